/**
 * The log behind `__consumer_offsets`. Nothing is kept for it: what groups committed, and what they are, lies in the engine's filer. When
 * somebody reads the topic, the log is made of what is stored, and grows by what this gateway stores from then on; a while after the
 * last read it is dropped. A log made anew begins at an offset that no earlier one reached, so whoever comes back is out of range, and
 * not somewhere else: from the beginning it is told all there is, as of any compacted topic.
 */
import type { Clock, Timer } from '../../clock';
import { EngineError } from '../../engine-error';
import { unlessCancelled } from '../../waiting/deadline';
import { endFailed } from '../../waiting/phase';
import { Wakeups } from '../../waiting/wakeups';
import type { CallContext, OperationSource } from '../../telemetry/trace/operation';
import { toOffset, type PartitionId, type TopicPartition } from '../../types';
import type { OffsetStorage, PartitionOffset } from '../groups/offsets/offset-storage';
import type { StoredGroup } from '../groups/classic/stored-group';
import { CompactedLog, type LoggedRecord } from './compacted-log';
import {
  groupKey,
  groupValue,
  offsetKey,
  offsetsPartitionOf,
  offsetValue,
  OFFSETS_PARTITIONS,
} from './offsets-records';

/** What is stored, as it is told to whoever keeps a log of it. */
export interface StoredChanges {
  committed(group: string, offset: PartitionOffset): void;
  /** These, or all that the group has committed. */
  forgotten(group: string, of?: readonly TopicPartition[]): void;
  /** What every group has committed there. */
  topicForgotten(topic: string): void;
  stored(group: StoredGroup): void;
  removed(group: string): void;
}

export interface OffsetsLogOptions {
  readonly clock: Clock;
  readonly operations: OperationSource;
  readonly offsets: Pick<OffsetStorage, 'listGroups' | 'pages'>;
  readonly groups: (context: CallContext) => AsyncIterable<{ readonly group: StoredGroup | undefined }>;
}

/** How long a log that nobody reads is kept. */
const IDLE_MS_MAX = 600_000;
const CHECK_INTERVAL_MS = 60_000;
/** What all records may take in memory. */
const BYTES_MAX = 128 * 1024 * 1024;
/** Offsets for each millisecond: more than are ever committed in one. */
const OFFSETS_PER_MS = 1_000;

export class OffsetsLog implements StoredChanges {
  readonly arrivals = new Wakeups();
  readonly #options: OffsetsLogOptions;
  readonly #checks: Timer;
  readonly #closing = new AbortController();
  #partitions: readonly CompactedLog[] | undefined;
  #making: Promise<void> | undefined;
  /** Of the log that is being made. */
  #changes: (() => void)[] | undefined;
  #bytes = 0;
  #usedMs = 0;
  #listed = false;

  constructor(options: OffsetsLogOptions) {
    this.#options = options;
    this.#checks = options.clock.every(CHECK_INTERVAL_MS, () => {
      if (options.clock.monotonicMs() - this.#usedMs > IDLE_MS_MAX) this.#drop();
    });
  }

  /** True once the topic is there: somebody has looked for the coordinator of a group, or groups are stored. */
  get listed(): boolean {
    return this.#listed;
  }

  list(): void {
    this.#listed = true;
  }

  /** Undefined where no log was made, or it was dropped since. */
  known(partition: PartitionId): CompactedLog | undefined {
    return this.#partitions?.[partition];
  }

  /** Makes the log where there is none. Throws EngineError; the next call tries again. */
  async open(partition: PartitionId, { signal }: CallContext): Promise<CompactedLog> {
    this.#usedMs = this.#options.clock.monotonicMs();
    if (this.#partitions === undefined) {
      this.#making ??= this.#make().finally(() => (this.#making = undefined));
      await unlessCancelled(this.#making, signal, 'reading what groups have committed');
    }
    const log = this.known(partition);
    if (log === undefined) throw new EngineError('unavailable', 'the log of __consumer_offsets was dropped');
    return log;
  }

  committed(group: string, offset: PartitionOffset): void {
    this.#change(() => this.#put(offsetRecord(group, offset)));
  }

  forgotten(group: string, of?: readonly TopicPartition[]): void {
    this.#change(() => {
      const timestamp = this.#options.clock.nowMs();
      if (of === undefined) this.#end((record) => record.group === group && record.topic !== undefined, group);
      else for (const each of of) this.#put({ ...keyRecord(group, each), value: null, timestamp });
    });
  }

  topicForgotten(topic: string): void {
    this.#change(() => this.#end((record) => record.topic === topic));
  }

  stored(group: StoredGroup): void {
    this.#change(() => this.#put(groupRecord(group)));
  }

  removed(group: string): void {
    this.#change(() => this.#end((record) => record.group === group && record.topic === undefined, group));
  }

  async close(): Promise<void> {
    this.#checks.cancel();
    this.#closing.abort();
    await this.#making?.catch(() => undefined);
    this.#drop();
  }

  /** What happens while a log is made is told behind it. */
  #change(apply: () => void): void {
    if (this.#changes !== undefined) this.#changes.push(apply);
    else if (this.#partitions !== undefined) {
      apply();
      if (this.#bytes > BYTES_MAX) this.#drop();
      this.arrivals.wake();
    }
  }

  #put(record: NewRecord): void {
    this.#bytes += this.#partitions?.[offsetsPartitionOf(record.group)]?.put(record) ?? 0;
  }

  /** Tells of each that it is gone; where they are all of one group, its partition is all that is looked through. */
  #end(which: (record: LoggedRecord) => boolean, group?: string): void {
    const timestamp = this.#options.clock.nowMs();
    const all = this.#partitions ?? [];
    const logs = group === undefined ? all : all.slice(offsetsPartitionOf(group), offsetsPartitionOf(group) + 1);
    for (const log of logs) {
      for (const record of log.records.filter(which)) this.#put({ ...record, value: null, timestamp });
    }
  }

  #drop(): void {
    this.#partitions = undefined;
    this.#bytes = 0;
    this.arrivals.wake();
  }

  /** One for all who wait, so it belongs to none of their requests. */
  async #make(): Promise<void> {
    const operation = this.#options.operations.root('filer.call', { spanName: 'read committed offsets' });
    const changes: (() => void)[] = [];
    this.#changes = changes;
    try {
      await this.#read({ operation, signal: this.#closing.signal });
      operation.end();
    } catch (error) {
      this.#drop();
      endFailed(operation, error);
      throw error;
    } finally {
      this.#changes = undefined;
    }
    for (const apply of changes) apply();
  }

  async #read(context: CallContext): Promise<void> {
    const { clock, offsets, groups } = this.#options;
    const first = toOffset(clock.nowMs() * OFFSETS_PER_MS);
    this.#partitions = undefined;
    this.#bytes = 0;
    const made = Array.from({ length: OFFSETS_PARTITIONS }, () => new CompactedLog(first));
    const put = (record: NewRecord): void => {
      this.#bytes += made[offsetsPartitionOf(record.group)]?.put(record) ?? 0;
      if (this.#bytes <= BYTES_MAX) return;
      throw new EngineError('storage_error', `what groups have committed takes more than ${BYTES_MAX} bytes`);
    };
    for await (const { group } of groups(context)) if (group !== undefined) put(groupRecord(group));
    for (const group of await offsets.listGroups(context)) {
      for await (const page of offsets.pages(group, context)) for (const each of page) put(offsetRecord(group, each));
    }
    this.#partitions = made;
  }
}

type NewRecord = Omit<LoggedRecord, 'offset'>;

function keyRecord(group: string, of: TopicPartition): Pick<NewRecord, 'group' | 'topic' | 'key'> {
  return { group, topic: of.topic, key: offsetKey(group, of) };
}

function offsetRecord(group: string, offset: PartitionOffset): NewRecord {
  return { ...keyRecord(group, offset), value: offsetValue(offset), timestamp: offset.committedAtMs };
}

function groupRecord(group: StoredGroup): NewRecord {
  const { id, storedAtMs } = group;
  return { group: id, topic: undefined, key: groupKey(id), value: groupValue(group), timestamp: storedAtMs };
}
