/** SeaweedMQ as a dialect: `messaging_pb.SeaweedMessaging` at the partitions' leaders and the filer, through the cluster's channels. */
import { setMaxListeners } from 'node:events';
import { SeaweedMessagingService } from '../../rpc/mq_broker';
import type { Partition } from '../../rpc/mq_schema';
import { type Logger, traceIds } from '../../telemetry/log';
import type { CallContext } from '../../telemetry/operation';
import { toOffset, toPartitionId } from '../../types';
import type { Offset, TopicPartition } from '../../types';
import type { Assignment, Dialect } from '../dialect';
import type { LogDirs, PartitionRange, Topic } from '../engine';
import { EngineError, isUnreachable } from '../engine-error';
import { createFilerStore } from '../filer-store';
import { runPhase } from '../phase';
import { Cluster } from './cluster';
import type { ClusterOptions } from './cluster';
import { findFirst, findNewest } from './find-offset';
import { LogFiles } from './log-files';
import { MqLog } from './mq-log';
import { findAssignment, mqTopic, partitionDirectory, TOPICS_DIRECTORY } from './partition-ring';
import { ProducerBatches } from './producer-batches';
import { MqPublisher } from './publisher';
import type { FoundRun, TailAtOpen, WantedRun } from './publisher';
import { recordSettings } from './record-settings';
import type { RecordSettings } from './record-settings';
import { assembleBatches } from './records';
import type { StoredRecord } from './records';
import type { RecordTime, RecordUnit } from './record-unit';
import { MqSubscriber } from './subscriber';
import { openSubscription } from './subscription';
import { Topics } from './topics';

/** A partition as the engine addresses it, and what the gateway keeps of its log. */
export interface MqPartition {
  readonly partition: Partition;
  readonly log: MqLog;
  readonly producers: ProducerBatches;
}

type MqAssignment = Assignment<MqPartition>;
type SeaweedMqDialect = Dialect<RecordUnit, MqPartition>;

export interface SeaweedMqOptions extends ClusterOptions {
  /** What holds where a topic has no setting of its own. */
  readonly topicDefaults: ReadonlyMap<string, string>;
  readonly log: Logger;
}

const ACK_MEANING =
  'the broker has the records in its memory; it writes them to the filer every 5 s or 8 MiB, and a broker that is killed before loses them';
const LISTINGS_MAX = 16;
/** Two seconds' records at more than the engine takes. A broker that is further back did not forget: what no file holds was taken away. */
const FORGOTTEN_MAX = 1_000_000;

/** Throws EngineError('invalid_config') for addresses that are none. */
export function createSeaweedMqDialect(options: SeaweedMqOptions): SeaweedMqDialect {
  return new SeaweedMq(options);
}

class SeaweedMq implements SeaweedMqDialect {
  readonly name = 'seaweedmq';
  readonly ackMeaning = ACK_MEANING;
  readonly backlog = 'log';
  readonly keepsPublishersOpen = true;
  readonly filer: SeaweedMqDialect['filer'];
  readonly #options: SeaweedMqOptions;
  readonly #cluster: Cluster;
  readonly #files: LogFiles;
  readonly #topics: Topics;
  readonly #lifetime = new AbortController();
  /** By partition directory: it names topic, generation and range. */
  readonly #partitions = new Map<string, MqPartition>();

  constructor(options: SeaweedMqOptions) {
    const { settings, clock } = options;
    // Every call in flight listens to it.
    setMaxListeners(0, this.#lifetime.signal);
    this.#options = options;
    this.#cluster = new Cluster(options);
    this.#files = new LogFiles(this.#cluster);
    this.filer = createFilerStore({ channel: () => this.#cluster.filer(), settings, clock });
    this.#topics = new Topics({
      cluster: this.#cluster,
      filer: this.filer,
      clock,
      highWatermark: (topic, led, context) => this.#highWatermark(topic, led.partition, led.leaderBroker, context),
      lifetime: this.#lifetime.signal,
    });
  }

  listTopics(context: CallContext): Promise<readonly Topic[]> {
    return this.#topics.list(context);
  }

  createTopic(...parameters: Parameters<SeaweedMqDialect['createTopic']>): Promise<Topic> {
    return this.#topics.create(...parameters);
  }

  async deleteTopic(name: string, context: CallContext): Promise<void> {
    await this.#topics.delete(name, context);
    for (const directory of this.#partitions.keys()) {
      if (directory.startsWith(`${TOPICS_DIRECTORY}/${name}/`)) this.#partitions.delete(directory);
    }
  }

  createPartitions(name: string, partitionCount: number, context: CallContext): Promise<Topic> {
    return this.#topics.grow(name, partitionCount, context);
  }

  alterTopicConfigs(name: string, configs: ReadonlyMap<string, string>, context: CallContext): Promise<Topic> {
    return this.#topics.alter(name, configs, context);
  }

  /** The sizes of the log files; what is not flushed yet has none. */
  async logDirs(topics: readonly Topic[], context: CallContext): Promise<LogDirs> {
    const partitions: (TopicPartition & { readonly sizeBytes: number })[] = [];
    const all = topics.flatMap((topic) =>
      Array.from({ length: topic.partitionCount }, (_, index) => ({ topic, partition: toPartitionId(index) })),
    );
    for (let start = 0; start < all.length; start += LISTINGS_MAX) {
      const sized = all.slice(start, start + LISTINGS_MAX).map(async ({ topic, partition }) => {
        const { details } = await this.assign(topic, partition, context);
        await details.log.flushed.refresh(0, context);
        return { topic: topic.name, partition, sizeBytes: details.log.flushed.sizeBytes };
      });
      partitions.push(...(await Promise.all(sized)));
    }
    return { path: TOPICS_DIRECTORY, totalBytes: -1, usableBytes: -1, partitions };
  }

  async assign(topic: Topic, partition: TopicPartition['partition'], context: CallContext): Promise<MqAssignment> {
    const assignments = await this.#topics.lookUp(topic.name, context);
    const found = findAssignment(assignments, partition);
    if (found === undefined || assignments.length !== topic.partitionCount) {
      throw new EngineError(
        'partition_not_found',
        `partition ${partition} of ${topic.name}: the engine has ${assignments.length} partitions, expected ${topic.partitionCount}`,
      );
    }
    if (found.leaderBroker === '') {
      throw new EngineError('not_leader', `partition ${partition} of ${topic.name} has no leader`);
    }
    const details = this.#partitionOf(topic, found.partition);
    return { topicPartition: { topic: topic.name, partition }, address: found.leaderBroker, details };
  }

  /** What was kept of the broker's memory may be another broker's now. */
  doubted({ details, topicPartition }: MqAssignment, error: unknown): void {
    details.log.forget();
    this.#topics.doubt(topicPartition.topic, error instanceof EngineError && !isUnreachable(error));
  }

  async openSubscriber(
    assignment: MqAssignment,
    topic: Topic,
    offset: Offset,
    context: CallContext,
  ): Promise<MqSubscriber> {
    const { address: leader, details } = assignment;
    const { instruments, clock, settings } = this.#options;
    const options = { cluster: this.#cluster, topic: topic.name, partition: details.partition, leader, offset };
    const subscription = await openSubscription(options, context);
    const what = `the log's record for ${subscription.what}`;
    const phase = { clock, name: 'subscriber.init', deadlineMs: settings.callDeadlineMs, what } as const;
    const lookUp = (at: Offset, outer: CallContext) =>
      runPhase(outer, phase, async (inner) => {
        const range = await this.range(assignment, topic, inner);
        const unit = at < range.highWatermark ? await details.log.at({ leader, offset: at, range }, inner) : undefined;
        return { unit, range };
      });
    return new MqSubscriber({ subscription, lookUp, instruments }, context.operation);
  }

  async openPublisher(assignment: MqAssignment, topic: Topic, context: CallContext): Promise<MqPublisher> {
    const { address: leader, details, topicPartition } = assignment;
    const { clock, instruments } = this.#options;
    // A broker that cannot be reached is found out where every call finds it out.
    await this.#cluster.channel(leader).ready(context);
    const publisher = new MqPublisher({
      openStream: (what, listener) => this.#cluster.publishing.open(leader, what, listener),
      partition: details.partition,
      topic: topic.name,
      settings: () => this.#settings(this.#topics.state(topic.name)?.topic ?? topic),
      logStartOffset: () => this.#topics.logStart(topic.name, topicPartition.partition),
      reached: (end) => details.log.end.reached(end),
      producers: details.producers,
      findRun: (wanted, inner) => this.#findRun(assignment, topic, wanted, inner),
      clock,
      instruments,
    });
    try {
      await publisher.hello(context);
      await this.#takeForgotten(publisher, assignment, context);
      publisher.begin(await this.#tailAtOpen(assignment, topic, context));
    } catch (error) {
      publisher.close();
      throw error;
    }
    return publisher;
  }

  async range(
    { address, details, topicPartition }: MqAssignment,
    topic: Topic,
    context: CallContext,
  ): Promise<PartitionRange> {
    const highWatermark = await this.#logEnd(topic.name, details, address, context);
    const logStart = this.#topics.logStart(topic.name, topicPartition.partition);
    // A broker that lost its memory counts from further back than a log start that was moved since.
    return { logStartOffset: logStart < highWatermark ? logStart : highWatermark, highWatermark };
  }

  readBacklog(
    { assignment, offset, bytesMax, range }: Parameters<SeaweedMqDialect['readBacklog']>[0],
    context: CallContext,
  ): Promise<readonly RecordUnit[]> {
    return assignment.details.log.read({ leader: assignment.address, offset, bytesMax, range }, context);
  }

  async findOffset(
    { assignment, topic, target }: Parameters<SeaweedMqDialect['findOffset']>[0],
    context: CallContext,
  ): Promise<RecordTime | undefined> {
    const range = await this.range(assignment, topic, context);
    const searched = { log: assignment.details.log, leader: assignment.address, range };
    if (target === 'max_timestamp') return findNewest(searched, context);
    return findFirst(searched, target.timestampMs, context);
  }

  async deleteRecords(
    { assignment, topic, before }: Parameters<SeaweedMqDialect['deleteRecords']>[0],
    context: CallContext,
  ): Promise<PartitionRange> {
    const range = await this.range(assignment, topic, context);
    const offset = before === 'high_watermark' ? range.highWatermark : before;
    if (offset > range.highWatermark) {
      throw new EngineError('offset_out_of_range', `deleting before ${offset}: the log ends at ${range.highWatermark}`);
    }
    await this.#topics.moveLogStart(topic.name, assignment.topicPartition.partition, offset, context);
    return this.range(assignment, topic, context);
  }

  assemble(
    ...[units, topic, offset]: Parameters<SeaweedMqDialect['assemble']>
  ): ReturnType<SeaweedMqDialect['assemble']> {
    return assembleBatches(units, this.#settings(topic), offset);
  }

  channelStates(): ReadonlyMap<string, string> {
    return this.#cluster.channelStates();
  }

  async problems(context: CallContext): Promise<readonly string[]> {
    const problems: string[] = [];
    const check = async (work: Promise<unknown>): Promise<void> => {
      try {
        await work;
      } catch (error) {
        problems.push(error instanceof Error ? error.message : String(error));
      }
    };
    await Promise.all([
      check(this.#cluster.anyBroker(SeaweedMessagingService.listTopics, {}, context)),
      check(this.filer.get('/topics', 'kafka', context)),
    ]);
    return problems;
  }

  close(): Promise<void> {
    this.#lifetime.abort();
    this.#cluster.close();
    return Promise.resolve();
  }

  #settings(topic: Topic): RecordSettings {
    return recordSettings(topic, this.#options.topicDefaults);
  }

  #partitionOf(topic: Topic, partition: Partition): MqPartition {
    const directory = partitionDirectory(topic.name, partition);
    let known = this.#partitions.get(directory);
    if (known?.partition.unixTimeNs !== partition.unixTimeNs) {
      const { clock, instruments } = this.#options;
      const options = { directory, files: this.#files, clock, instruments, cluster: this.#cluster };
      const log = new MqLog({ ...options, topic: topic.name, partition });
      known = { partition, log, producers: new ProducerBatches() };
      this.#partitions.set(directory, known);
    }
    return known;
  }

  /** What the broker says, and where that is before the end of the log files, what they say. */
  async #logEnd(topic: string, { log, partition }: MqPartition, leader: string, context: CallContext): Promise<Offset> {
    // Asked for first: what is flushed in between is no contradiction.
    await log.end.kept(context);
    const told = await this.#highWatermark(topic, partition, leader, context);
    log.end.told(told);
    const kept = await log.end.kept(context);
    return told > kept ? told : kept;
  }

  async #highWatermark(topic: string, partition: Partition, leader: string, context: CallContext): Promise<Offset> {
    const method = SeaweedMessagingService.getPartitionRangeInfo;
    const answer = await this.#cluster.call(leader, method, { topic: mqTopic(topic), partition }, context);
    if (answer.error !== '') {
      throw new EngineError('unavailable', `range of ${topic} at ${leader}: ${answer.error}`);
    }
    return toOffset(Number(answer.offsetRange?.highWaterMark ?? 0n));
  }

  /** A broker that stands before the log's end gives offsets that records have: they are taken before anything is written. */
  async #takeForgotten(
    publisher: MqPublisher,
    { address, details, topicPartition }: MqAssignment,
    context: CallContext,
  ): Promise<void> {
    const { end: logEnd, flushed } = details.log;
    await logEnd.kept(context);
    // Asked for before the broker is: what others write in between is not forgotten.
    const { given } = logEnd;
    const told = await this.#highWatermark(topicPartition.topic, details.partition, address, context);
    if (told >= given) return;
    const kept = await this.#logEnd(topicPartition.topic, details, address, context);
    let end = kept > given ? kept : given;
    this.#options.instruments.add('seaglass_engine_contradictions_total', { kind: 'offsets_forgotten' });
    this.#options.log.write('warn', 'engine.offsets_forgotten', 'the broker goes on before the end of its log', {
      ...topicPartition,
      broker: told,
      log_end: end,
      lost_records: end - kept,
      ...traceIds(context.operation),
    });
    if (end - told > FORGOTTEN_MAX) {
      logEnd.wentBack(kept);
      end = kept;
    }
    if (told >= end) return;
    const lastTsNs = (await flushed.last(context))?.lastTsNs ?? 0n;
    await publisher.takeForgotten({ from: told, end, lastTsNs }, context);
  }

  /** Where the partition ends, and its last timestamp where a record tells it: only then may records be raw. */
  async #tailAtOpen(assignment: MqAssignment, topic: Topic, context: CallContext): Promise<TailAtOpen> {
    const range = await this.range(assignment, topic, context);
    const nextOffset = range.highWatermark;
    if (nextOffset === range.logStartOffset && nextOffset === 0) return { nextOffset, lastTsNs: 0n };
    const last = toOffset(nextOffset - 1);
    if (last < range.logStartOffset) return { nextOffset, lastTsNs: undefined };
    try {
      const { address: leader, details } = assignment;
      const unit = await details.log.at({ leader, offset: last, range }, context);
      return { nextOffset, lastTsNs: unit?.tsNs };
    } catch (error) {
      // A log that cannot be read now must not keep records from being written: they are enveloped.
      if (error instanceof EngineError && error.code === 'contradiction') return { nextOffset, lastTsNs: undefined };
      throw error;
    }
  }

  /** How much of a run of records the log holds at or behind an offset: all of it, a part at the end, or nothing. */
  async #findRun(
    assignment: MqAssignment,
    topic: Topic,
    { from, records, unreadable }: WantedRun,
    context: CallContext,
  ): Promise<FoundRun> {
    const range = await this.range(assignment, topic, context);
    const logStartOffset = from > range.logStartOffset ? from : range.logStartOffset;
    let found: FoundRun = { baseOffset: logStartOffset, count: 0 };
    try {
      for await (const units of assignment.details.log.scan(
        assignment.address,
        { ...range, logStartOffset },
        context,
      )) {
        for (const unit of units) {
          const wanted = records[found.count];
          if (wanted === undefined) return found;
          if (sameRecord(unit, wanted)) {
            found = { baseOffset: found.count === 0 ? unit.baseOffset : found.baseOffset, count: found.count + 1 };
          } else {
            const restarts = records[0] !== undefined && sameRecord(unit, records[0]);
            found = { baseOffset: unit.baseOffset, count: restarts ? 1 : 0 };
          }
        }
      }
    } catch (error) {
      if (unreadable === 'fails' || !(error instanceof EngineError) || error.code !== 'contradiction') throw error;
      this.#options.instruments.add('seaglass_engine_contradictions_total', { kind: 'record_lost' });
    }
    return found;
  }
}

/** The engine may make a record's time later, never earlier. */
function sameRecord(unit: RecordUnit, record: StoredRecord): boolean {
  if (unit.tsNs < record.tsNs) return false;
  return Buffer.compare(unit.key, record.key) === 0 && Buffer.compare(unit.stored, record.value) === 0;
}
