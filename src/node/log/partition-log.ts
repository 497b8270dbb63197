/**
 * One partition: its segments, what of them may be read, and who waits for more. Appending is in appender.ts; retention and
 * compaction replace segments through `replaceSegments`. All calls are of one thread and none of them waits.
 */
import * as path from 'node:path';
import type { Clock } from '../../clock';
import { ErrorCode } from '../../rpc/record_log';
import type { Removal } from '../../telemetry/metrics/removal';
import type { TopicConfig } from '../../topic-settings/topic-config';
import type { BatchSummary } from './batch-summary';
import { findDamageEnd, stillDamaged } from './damage';
import { NodeError, onDisk } from '../node-error';
import { Producers } from '../append/producers';
import { Segment } from './segment';
import type { Storage } from './segment';
import type { DamagedRange, IndexEntry } from './segment-index';
import { writeStateFile } from '../disk/state-file';
import type { PartitionTail } from './tail-cache';

export interface LogRead {
  /** What comes from the tail in memory is there until the next append: copy it, or write it, before anything else runs. */
  readonly chunks: readonly Uint8Array[];
  readonly summaries: readonly BatchSummary[];
  /** Where the next read goes on: the offset after the last batch, and the place in the file where it came from there. */
  readonly next: ReadCursor;
}

export interface ReadCursor {
  readonly offset: number;
  readonly segment?: Segment;
  readonly entry?: IndexEntry;
}

export interface PartitionLogOptions {
  readonly topic: string;
  readonly partition: number;
  readonly directory: string;
  readonly storage: Storage;
  readonly clock: Clock;
  readonly settings: TopicConfig;
  readonly tail: PartitionTail;
  /** Greater with each call, over all logs of the node. */
  readonly nextGeneration: () => number;
  readonly onDamage: (log: PartitionLog, range: DamagedRange) => void;
  /** The offsets are read again. */
  readonly onMended: (segment: Segment, range: DamagedRange) => void;
  readonly onRemoved: (removal: Removal) => void;
}

/** What is kept in the partition's own file. */
export interface PartitionState {
  readonly logStartOffset: number;
  readonly cleanedOffset: number;
  readonly tombstoneDueMs: number | null;
}
/** How often a damaged range is looked at again, at most. */
const DAMAGE_LOOK_MS = 5_000;
export const PARTITION_STATE_FILE = 'partition.json';

export class PartitionLog {
  readonly topic: string;
  readonly partition: number;
  readonly directory: string;
  readonly storage: Storage;
  readonly clock: Clock;
  readonly tail: PartitionTail;
  readonly producers = new Producers();
  settings: TopicConfig;
  /** Oldest first; the last one is appended to. */
  segments: Segment[];
  logStartOffset = 0;
  /** The offset of the next record to be read; records from here on are not yet as safe as the policy asks. */
  highWatermark = 0;
  /** Records below this were compacted. */
  cleanedOffset = 0;
  /** When the first tombstone that compaction left may go; Infinity: there is none. */
  tombstoneDueMs = Infinity;
  /** Grows whenever segments are replaced: what was read before may be gone. No other log of the node has the same one. */
  generation: number;
  deleted = false;
  /** Set by `fail`: everything is refused until the next start. */
  failure: NodeError | undefined;
  readonly #listeners = new Set<() => void>();
  /** The log start that this run saved; whatever becomes of the segments, the log begins no earlier. */
  #keptLogStart = 0;
  readonly #nextGeneration: PartitionLogOptions['nextGeneration'];
  readonly #onDamage: PartitionLogOptions['onDamage'];
  readonly #onMended: PartitionLogOptions['onMended'];
  readonly #onRemoved: PartitionLogOptions['onRemoved'];
  /** When each damaged range was looked at last. */
  readonly #damageLookedMs = new WeakMap<DamagedRange, number>();

  constructor(options: PartitionLogOptions) {
    this.topic = options.topic;
    this.partition = options.partition;
    this.directory = options.directory;
    this.storage = options.storage;
    this.clock = options.clock;
    this.settings = options.settings;
    this.tail = options.tail;
    this.#nextGeneration = options.nextGeneration;
    this.generation = options.nextGeneration();
    this.#onDamage = options.onDamage;
    this.#onMended = options.onMended;
    this.#onRemoved = options.onRemoved;
    this.segments = [new Segment(this.storage, this.directory, 0)];
  }

  get active(): Segment {
    const last = this.segments.at(-1);
    if (last === undefined) throw new NodeError(ErrorCode.STORAGE_ERROR, `${this.directory}: a log without segments`);
    return last;
  }

  get sizeBytes(): number {
    return this.segments.reduce((sum, segment) => sum + segment.size, 0);
  }

  /** Calls `listener` whenever there may be more to read, the log start moved, the generation grew, or the log is gone. Answers how to stop that. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  wakeListeners(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  /**
   * Whole batches from the one that holds the offset on, at least one, up to about `bytesMax`; nothing at the high watermark.
   * What must come from a file is put into `into`, if it fits. Throws OFFSET_OUT_OF_RANGE, or STORAGE_ERROR where the disk fails or the offset lies in a damaged range.
   */
  read(cursor: ReadCursor, bytesMax: number, into?: Uint8Array): LogRead {
    this.checkReadable(cursor.offset);
    if (cursor.offset === this.highWatermark) return { chunks: [], summaries: [], next: cursor };
    const tail = this.tail.read(cursor.offset, bytesMax);
    if (tail !== undefined && tail.summaries.length > 0) {
      return { ...tail, next: { offset: nextAfter(tail.summaries, cursor.offset) } };
    }
    return this.#readSegments(cursor, bytesMax, into);
  }

  checkReadable(offset: number): void {
    if (this.failure !== undefined) throw this.failure;
    if (this.deleted) throw new NodeError(ErrorCode.TOPIC_NOT_FOUND, `topic ${this.topic} was deleted`);
    if (offset >= this.logStartOffset && offset <= this.highWatermark) return;
    const range = `${this.logStartOffset} to ${this.highWatermark}`;
    const message = `${this.topic}-${this.partition}: offset ${offset} is not within ${range}`;
    throw new NodeError(ErrorCode.OFFSET_OUT_OF_RANGE, message);
  }

  #readSegments(cursor: ReadCursor, bytesMax: number, into: Uint8Array | undefined): LogRead {
    let start = cursor.entry;
    let index = this.segmentIndexOf(cursor.offset);
    if (cursor.segment === undefined || cursor.segment.retired || cursor.segment !== this.segments[index])
      start = undefined;
    for (; index < this.segments.length; index += 1, start = undefined) {
      const segment = this.segments[index];
      if (segment === undefined) break;
      const damaged = this.#damageAt(segment, cursor.offset);
      if (damaged !== undefined) throw this.#damageError(segment, damaged);
      const limits = { offset: cursor.offset, bytesMax, endOffset: this.highWatermark, into };
      const run = segment.read(limits, start);
      if (run.damage !== undefined) this.noteDamage(segment, run.damage.position);
      if (run.summaries.length > 0) {
        const next = { offset: nextAfter(run.summaries, cursor.offset), segment, entry: run.end };
        return { chunks: [run.bytes], summaries: run.summaries, next };
      }
      if (run.damage !== undefined) {
        const found = segment.index.damaged.find((range) => range.position === run.damage?.position);
        if (found !== undefined) throw this.#damageError(segment, found);
      }
    }
    // Compaction removed every record from the offset to the high watermark.
    return { chunks: [], summaries: [], next: { offset: this.highWatermark } };
  }

  /** The segment that holds the offset, or would. */
  segmentIndexOf(offset: number): number {
    let low = 0;
    let high = this.segments.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.segments[middle]?.baseOffset ?? Infinity) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** A batch that the index knows is not what its CRC says. */
  noteDamage(segment: Segment, position: number): void {
    if (segment.index.damaged.some((known) => known.position === position)) return;
    const range = findDamageEnd(segment, position, this.#segmentEndOffset(segment));
    segment.index.markDamaged(range);
    this.#damageLookedMs.set(range, this.clock.monotonicMs());
    this.#onDamage(this, range);
  }

  /** A range that a reader meets is looked at again, now and then: its file may have been restored. */
  #damageAt(segment: Segment, offset: number): DamagedRange | undefined {
    const known = segment.index.damageAt(offset);
    if (known === undefined) return undefined;
    const nowMs = this.clock.monotonicMs();
    if (nowMs - (this.#damageLookedMs.get(known) ?? Number.NEGATIVE_INFINITY) < DAMAGE_LOOK_MS) return known;
    this.#damageLookedMs.set(known, nowMs);
    // What is appended is written to the file that is open.
    if (segment !== this.active) segment.reopen();
    const left = stillDamaged(segment, known);
    if (left === known) return known;
    segment.index.mend(known, left);
    this.#onMended(segment, { ...known, nextOffset: left?.firstOffset ?? known.nextOffset });
    return this.#damageAt(segment, offset);
  }

  #segmentEndOffset(segment: Segment): number {
    const following = this.segments[this.segments.indexOf(segment) + 1];
    return following?.baseOffset ?? segment.nextOffset;
  }

  #damageError(segment: Segment, range: DamagedRange): NodeError {
    const where = `bytes ${range.position} to ${range.endPosition} of ${segment.file('log')}`;
    const what = `offsets ${range.firstOffset} to ${range.nextOffset - 1} of ${this.topic}-${this.partition} are damaged`;
    return new NodeError(ErrorCode.STORAGE_ERROR, `${what} (${where}); they were left as they are`);
  }

  /** Accounts for what was removed. */
  removed(removal: Omit<Removal, 'topic' | 'partition'>): void {
    this.#onRemoved({ topic: this.topic, partition: this.partition, ...removal });
  }

  /** How many records the offsets hold; where compaction left gaps, at most so many. */
  recordsBetween(from: number, to: number): number {
    return this.segments.reduce((sum, segment) => sum + segment.recordsBetween(from, to), 0);
  }

  /** DeleteRecords: moves the log start up and keeps it. Its files are the caller's. Throws OFFSET_OUT_OF_RANGE. */
  moveLogStart(offset: number): void {
    if (offset > this.highWatermark || offset < 0) this.checkReadable(offset);
    // Where retention got there first, a loss of power may bring its segments back.
    if (offset <= this.#keptLogStart) return;
    const before = this.logStartOffset;
    this.logStartOffset = Math.max(before, offset);
    try {
      this.saveState();
    } catch (error) {
      this.logStartOffset = before;
      throw error;
    }
    if (this.logStartOffset === before) return;
    this.tail.dropBelow(offset);
    this.wakeListeners();
  }

  /** Retention: the oldest segment's files are gone, and with them what memory holds of it. */
  forgetOldest(): void {
    this.segments = this.segments.slice(1);
    this.tail.dropBelow(this.logStartOffset);
    this.wakeListeners();
  }

  /** Compaction: `made` lies where `replaced`, neighbours, lay before. Begins a generation. */
  replaceSegments(replaced: readonly Segment[], made: Segment): void {
    const first = this.segments.findIndex((segment) => segment === replaced[0]);
    this.segments = [...this.segments.slice(0, first), made, ...this.segments.slice(first + replaced.length)];
    this.generation = this.#nextGeneration();
    this.tail.dropBelow(made.nextOffset);
    this.wakeListeners();
  }

  saveState(): void {
    onDisk('make', this.directory, () => this.storage.directories.make(this.directory));
    const { logStartOffset, cleanedOffset } = this;
    const tombstoneDueMs = this.tombstoneDueMs === Infinity ? null : this.tombstoneDueMs;
    const state: PartitionState = { logStartOffset, cleanedOffset, tombstoneDueMs };
    writeStateFile(this.storage.disk, path.join(this.directory, PARTITION_STATE_FILE), state);
    this.#keptLogStart = logStartOffset;
  }

  /** The files are no longer what this object says: whoever reads or waits learns it now, and every later caller too. */
  fail(failure: NodeError): void {
    this.failure = failure;
    this.wakeListeners();
  }

  /** The topic is gone: whoever waits learns it now. The caller removes the files. */
  delete(): void {
    this.deleted = true;
    this.tail.clear();
    for (const segment of this.segments) segment.retired = true;
    this.wakeListeners();
  }
}

function nextAfter(summaries: readonly BatchSummary[], offset: number): number {
  const last = summaries.at(-1);
  return last === undefined ? offset : last.lastOffset + 1;
}
