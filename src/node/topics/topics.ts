/**
 * All topics of a node: created, changed and deleted here, each change kept in `topics.json` before it is answered. A topic's
 * files are in a directory named for its id, so a name that is used again never meets the files of its predecessor.
 */
import * as path from 'node:path';
import { ErrorCode } from '../../rpc/record_log';
import type { TopicPartition } from '../../rpc/record_log';
import type { Removal } from '../../telemetry/metrics/removal';
import { topicConfig, type TopicConfig } from '../../topic-settings/topic-config';
import { Appender } from '../append/appender';
import { DurableDirectories } from '../disk/durable-directories';
import { ExpiredOnArrival } from '../append/expired-on-arrival';
import { FileCache } from '../disk/file-cache';
import { NodeError, onDisk, reasonOf } from '../node-error';
import type { NodeContext } from '../node-settings';
import { PartitionLog } from '../log/partition-log';
import { recoverPartition, reloadActive } from '../log/recovery';
import type { RecoveryEvents, RecoveryReport } from '../log/recovery';
import { Reserve } from '../disk/reserve';
import { closePartition, sealSegment } from '../log/seal';
import type { Segment, Storage } from '../log/segment';
import type { DamagedRange } from '../log/segment-index';
import { PartitionTail, TailCache } from '../log/tail-cache';
import { logStartOf } from './hosted-topic';
import type { HostedPartition, HostedTopic } from './hosted-topic';
import { checkTopicConfigs, settingTexts, warnOfRefused } from './topic-configs';
import { readTopicFile, writeTopicFile } from './topic-file';
import type { StoredTopic } from './topic-file';

const TOPIC_NAME_BYTES_MAX = 249;
const PARTITIONS_MAX = 100_000;
/** A node that starts later begins with greater generations, unless the one before began more than one a microsecond. */
const GENERATIONS_PER_MS = 1_000;

export class Topics {
  readonly storage: Storage;
  readonly #context: NodeContext;
  readonly #tailCache: TailCache;
  readonly #topics = new Map<string, HostedTopic>();
  readonly #sealing = new Set<Promise<void>>();
  readonly #reserve: Reserve;
  readonly #expired: ExpiredOnArrival;
  #lastGeneration: number;
  #deleting: string[] = [];

  constructor(context: NodeContext) {
    this.#context = context;
    this.#reserve = new Reserve(context);
    this.#expired = new ExpiredOnArrival(context.clock, context.logger);
    this.#lastGeneration = context.clock.nowMs() * GENERATIONS_PER_MS;
    this.storage = {
      disk: context.disk,
      files: new FileCache(context.disk, context.openFilesMax),
      directories: new DurableDirectories(context.disk, context.dataDirectory),
    };
    this.#tailCache = new TailCache(context.tailCacheBytesMax);
  }

  /** Reads and recovers everything. Throws STORAGE_ERROR. */
  open(): RecoveryReport {
    const report: RecoveryReport = { partitions: 0, segments: 0, batches: 0, truncatedBytes: 0, damagedRanges: 0 };
    const stored = readTopicFile(this.#context.disk, this.#context.dataDirectory);
    for (const topic of stored.topics) {
      warnOfRefused(topic, this.#context.logger);
      this.#topics.set(topic.name, this.#build(topic, report));
    }
    for (const id of stored.deleting) this.#removeFiles(id);
    this.#reserve.hold();
    return report;
  }

  /** In the order of their names. */
  list(): HostedTopic[] {
    return [...this.#topics.values()].sort((left, right) => (left.name < right.name ? -1 : 1));
  }

  partitions(): HostedPartition[] {
    return [...this.#topics.values()].flatMap((topic) => topic.partitions);
  }

  /** Throws TOPIC_NOT_FOUND. */
  topic(name: string): HostedTopic {
    const topic = this.#topics.get(name);
    if (topic === undefined) throw new NodeError(ErrorCode.TOPIC_NOT_FOUND, `topic ${name} does not exist`);
    return topic;
  }

  /** Throws TOPIC_NOT_FOUND or PARTITION_NOT_FOUND. */
  partition(name: string, partition: number): HostedPartition {
    const topic = this.topic(name);
    const found = topic.partitions[partition];
    if (found !== undefined) return found;
    const message = `topic ${name} has partitions 0 to ${topic.partitionCount - 1}, not ${partition}`;
    throw new NodeError(ErrorCode.PARTITION_NOT_FOUND, message);
  }

  /** The partition that a call means. Throws as `partition` does; TOPIC_NOT_FOUND, too, where another topic has the name by now. */
  meant(at: TopicPartition | undefined): HostedPartition {
    const { topic: name = '', partition = -1, topicId } = at ?? {};
    if (topicId !== undefined && Buffer.from(topicId).toString('hex') !== this.topic(name).id)
      throw new NodeError(ErrorCode.TOPIC_NOT_FOUND, `topic ${name} was deleted and made again`);
    return this.partition(name, partition);
  }

  /** `id`: 16 bytes, or none. Throws TOPIC_EXISTS, INVALID_*, STORAGE_ERROR. */
  create(name: string, partitionCount: number, configs: Readonly<Record<string, string>>, id: Uint8Array): HostedTopic {
    if (this.#topics.has(name)) throw new NodeError(ErrorCode.TOPIC_EXISTS, `topic ${name} exists`);
    if (name === '' || Buffer.byteLength(name) > TOPIC_NAME_BYTES_MAX) {
      throw new NodeError(ErrorCode.INVALID_REQUEST, `a topic's name has 1 to ${TOPIC_NAME_BYTES_MAX} bytes`);
    }
    if (id.length !== 0 && id.length !== 16) {
      throw new NodeError(ErrorCode.INVALID_REQUEST, `a topic's id has 16 bytes, got ${id.length}`);
    }
    checkPartitionCount(partitionCount, 1);
    checkTopicConfigs(configs, this.#context.topicDefaults);
    const stored: StoredTopic = {
      name,
      id: (id.length === 16 ? Buffer.from(id) : this.#context.random.bytes(16)).toString('hex'),
      partitionCount,
      configs: { ...configs },
      createdAtMs: this.#context.clock.nowMs(),
    };
    const sameId =
      [...this.#topics.values()].some((topic) => topic.id === stored.id) || this.#deleting.includes(stored.id);
    if (sameId) throw new NodeError(ErrorCode.TOPIC_EXISTS, `the id ${stored.id} is another topic's`);
    this.#save([...this.#topics.values(), stored], this.#deleting);
    const topic = this.#build(stored, undefined);
    this.#topics.set(name, topic);
    return topic;
  }

  /** Resolves once nothing of the topic can be read; its files go before it resolves. Throws TOPIC_NOT_FOUND, STORAGE_ERROR. */
  async delete(name: string): Promise<HostedTopic> {
    const topic = this.topic(name);
    const others = [...this.#topics.values()].filter((other) => other !== topic);
    const deleting = [...this.#deleting, topic.id];
    try {
      this.#save(others, deleting);
    } catch (error) {
      if (!this.#reserve.release()) throw error;
      this.#save(others, deleting);
    }
    this.#deleting = deleting;
    this.#topics.delete(name);
    const gone = new NodeError(ErrorCode.TOPIC_NOT_FOUND, `topic ${name} was deleted`);
    await Promise.all(topic.partitions.map(({ appender }) => appender.stop(gone)));
    this.#expired.forget(name);
    for (const { log } of topic.partitions) {
      accountForDeletion(log);
      log.delete();
    }
    await this.sealed();
    this.#removeFiles(topic.id);
    this.#reserve.hold();
    return topic;
  }

  /** Throws TOPIC_NOT_FOUND, INVALID_PARTITIONS, STORAGE_ERROR. */
  addPartitions(name: string, partitionCount: number): HostedTopic {
    const topic = this.topic(name);
    checkPartitionCount(partitionCount, topic.partitionCount + 1);
    const added: HostedPartition[] = [];
    for (let partition = topic.partitionCount; partition < partitionCount; partition += 1) {
      added.push(this.#buildPartition(topic, partition, undefined));
    }
    return this.#replace({ ...topic, partitionCount, partitions: [...topic.partitions, ...added] });
  }

  /** Throws TOPIC_NOT_FOUND, INVALID_CONFIG, STORAGE_ERROR. */
  alterConfigs(name: string, configs: Readonly<Record<string, string>>): HostedTopic {
    const topic = this.topic(name);
    checkTopicConfigs(configs, this.#context.topicDefaults);
    const settings = this.#settingsOf(configs);
    const altered = this.#replace({ ...topic, configs: { ...configs } });
    for (const { log } of altered.partitions) log.settings = settings;
    return altered;
  }

  /** Resolves when no segment is being sealed. */
  async sealed(): Promise<void> {
    await Promise.all([...this.#sealing]);
  }

  /** Answers what is under way, refuses the rest with `reason`, and leaves every segment as a start believes it. */
  async close(reason: NodeError): Promise<void> {
    const partitions = this.partitions();
    await Promise.all(partitions.map(({ appender }) => appender.stop(reason)));
    await this.sealed();
    for (const partition of partitions) closePartition(partition, this.#context);
    this.storage.files.closeAll();
  }

  #replace(topic: HostedTopic): HostedTopic {
    this.#save(
      [...this.#topics.values()].map((other) => (other.name === topic.name ? topic : other)),
      this.#deleting,
    );
    this.#topics.set(topic.name, topic);
    return topic;
  }

  #save(topics: readonly StoredTopic[], deleting: readonly string[]): void {
    const stored = topics.map(({ name, id, partitionCount, configs, createdAtMs }) => ({
      name,
      id,
      partitionCount,
      configs,
      createdAtMs,
    }));
    writeTopicFile(this.#context.disk, this.#context.dataDirectory, { topics: stored, deleting: [...deleting] });
  }

  #build(stored: StoredTopic, report: RecoveryReport | undefined): HostedTopic {
    const partitions: HostedPartition[] = [];
    for (let partition = 0; partition < stored.partitionCount; partition += 1) {
      partitions.push(this.#buildPartition(stored, partition, report));
    }
    return { ...stored, partitions };
  }

  /** Builds a partition; with a report, out of the files that are on the disk. */
  #buildPartition(topic: StoredTopic, partition: number, report: RecoveryReport | undefined): HostedPartition {
    const log = new PartitionLog({
      topic: topic.name,
      partition,
      directory: path.join(this.#topicDirectory(topic.id), String(partition)),
      storage: this.storage,
      clock: this.#context.clock,
      settings: this.#settingsOf(topic.configs),
      tail: new PartitionTail(this.#tailCache),
      nextGeneration: () => (this.#lastGeneration += 1),
      onDamage: ({ directory }, range) => this.#events().damaged(directory, range),
      onMended: (segment, range) => this.#mended(segment, range),
      onRemoved: (removal) => this.#removed(topic, removal),
    });
    const walked = report !== undefined && recoverPartition(log, report, this.#events());
    // What can be read is synced, and so is what a producer's retry is told to be there.
    if (walked && this.#context.fsync === 'always') log.active.sync();
    const appender: Appender = new Appender({
      log,
      fsync: this.#context.fsync,
      afterTurn: this.#context.afterTurn,
      onSealed: (owner, segment, producers) =>
        this.#seal(sealSegment(owner, { segment, producers }, this.#context, (reason) => void appender.fail(reason))),
      onWritten: (owner) => this.#expired.appended(owner),
      reload: (owner) => reloadActive(owner, this.#events()),
    });
    appender.unsyncedWrites = walked;
    return { log, appender };
  }

  #removed({ id, name }: StoredTopic, removal: Removal): void {
    const topic = this.#topics.get(name);
    const logStartOffset = topic?.id === id ? logStartOf(topic) : undefined;
    this.#context.removals.add(removal, { id, name, logStartOffset });
  }

  /** The index beside the segment may have been written without what is read again, and a start would believe it. */
  #mended(segment: Segment, { firstOffset, nextOffset }: DamagedRange): void {
    const { logger } = this.#context;
    const file = segment.file('log');
    logger.write('info', 'node.damage.mended', 'stored bytes that were damaged are whole again', {
      ...{ file, firstOffset, nextOffset },
    });
    try {
      segment.removeIndex();
    } catch (error) {
      logger.write('warn', 'node.damage.index_kept', reasonOf(error), { file });
    }
  }

  #seal(done: Promise<void>): void {
    this.#sealing.add(done);
    void done.finally(() => this.#sealing.delete(done));
  }

  /** A topic's own settings over the node's defaults. */
  #settingsOf(configs: Readonly<Record<string, string>>): TopicConfig {
    return topicConfig(settingTexts(configs), this.#context.topicDefaults);
  }

  #topicDirectory(id: string): string {
    return path.join(this.#context.dataDirectory, 'topics', id);
  }

  /** What cannot be removed now is removed at the next start: the id stays in `deleting` until its files are gone. */
  #removeFiles(id: string): void {
    const directory = this.#topicDirectory(id);
    try {
      this.storage.files.forgetBelow(directory);
      this.storage.directories.forget(directory);
      onDisk('remove', directory, () => this.#removeTree(directory));
      this.#deleting = this.#deleting.filter((other) => other !== id);
      this.#save([...this.#topics.values()], this.#deleting);
    } catch (error) {
      const reason = reasonOf(error);
      this.#context.logger.write('warn', 'node.topic.remove_failed', reason, { directory });
    }
  }

  /** Before its id is forgotten: what a loss of power brought back would stay for ever. */
  #removeTree(directory: string): void {
    const { disk } = this.#context;
    if (disk.exists(directory)) disk.removeTree(directory);
    // Also where it is gone already: who removed it may have been killed before this.
    if (disk.exists(path.dirname(directory))) disk.syncDirectory(path.dirname(directory));
  }

  #events(): RecoveryEvents {
    const { logger } = this.#context;
    return {
      truncated: (file, position, bytes) =>
        logger.write('warn', 'node.recovery.truncated', 'a torn write was cut', { file, position, bytes }),
      damaged: (file, range) =>
        logger.write('error', 'node.damage', 'stored bytes are damaged; they were left as they are', {
          file,
          ...range,
        }),
    };
  }
}

/** Once nothing more is appended, and before the segments are given up. */
function accountForDeletion(log: PartitionLog): void {
  const { logStartOffset: from, highWatermark: to, sizeBytes: bytes } = log;
  const records = log.recordsBetween(from, to);
  if (records > 0 || bytes > 0) log.removed({ cause: 'topic_deletion', from, to, records, bytes });
}

function checkPartitionCount(count: number, min: number): void {
  if (Number.isInteger(count) && count >= min && count <= PARTITIONS_MAX) return;
  throw new NodeError(ErrorCode.INVALID_PARTITIONS, `expected ${min} to ${PARTITIONS_MAX} partitions, got ${count}`);
}
