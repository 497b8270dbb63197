/**
 * Who asked which offsets of a partition lately, and what was given: for `seaglass explain` and `seaglass journey`. One row for each run of
 * fetches of one reader: those that go on where the last one ended, within a second, or that ask the same again and get the same. Rows
 * are made once and used again, so that a fetch allocates nothing here; it holds names and offsets, no content.
 */
import type { Offset, PartitionId } from '../types';
import { RecentRows } from './recent-rows';

/** One partition of one fetch, answered. */
export interface Read {
  /** Tells readers apart. */
  readonly connection: string;
  /** As the client calls itself, escaped and cut; empty where it does not. */
  readonly client: string;
  readonly address: string;
  readonly topic: string;
  readonly partition: PartitionId;
  readonly offset: Offset;
  /** The offset after the last record given; the one asked for where none was. */
  readonly nextOffset: Offset;
  readonly records: number;
  readonly bytes: number;
  /** As it was told; -1 where it was not. */
  readonly highWatermark: number;
  /** Kafka's name of the error; NONE where it is none. */
  readonly error: string;
}

/** A run of reads. */
export interface ReadRow extends Read {
  /** Of the first and the last, milliseconds since the Unix epoch. */
  readonly firstMs: number;
  readonly lastMs: number;
  /** How many fetches it stands for. */
  readonly times: number;
}

type Row = { -readonly [K in keyof ReadRow]: ReadRow[K] };

const ROWS_MAX = 16_384;
/** Reads that go on are one row for so long, so that a row says when within a second. */
const RUN_MS_MAX = 1_000;

export class ReadHistory {
  readonly #rows: RecentRows<Row>;
  /** The newest row of each reader of a partition, by what its connection's signal, topic and partition are. */
  readonly #newest = new WeakMap<AbortSignal, Map<string, Map<number, Row>>>();

  constructor(rowsMax = ROWS_MAX) {
    this.#rows = new RecentRows(rowsMax);
  }

  /** `signal` is that of the connection, and aborts when it closes; `nowMs` since the Unix epoch. */
  read(read: Read, signal: AbortSignal, nowMs: number): void {
    const { topic, partition } = read;
    let topics = this.#newest.get(signal);
    if (topics === undefined) this.#newest.set(signal, (topics = new Map<string, Map<number, Row>>()));
    let partitions = topics.get(topic);
    if (partitions === undefined) topics.set(topic, (partitions = new Map<number, Row>()));
    const newest = partitions.get(partition);
    if (newest !== undefined && goesOn(newest, read, nowMs)) extend(newest, read, nowMs);
    else partitions.set(partition, this.#rows.add({ firstMs: nowMs, lastMs: nowMs, times: 1, ...read }));
  }

  /** Rows that fit, the newest first. */
  find(wanted: (row: ReadRow) => boolean, limit: number): readonly ReadRow[] {
    const found: ReadRow[] = [];
    for (const row of this.#rows.newestFirst()) {
      if (found.length >= limit) break;
      if (wanted(row)) found.push({ ...row });
    }
    return found.sort((a, b) => b.lastMs - a.lastMs);
  }
}

/** Whether the read belongs to the row; a row that another reader was given since does not. */
function goesOn(row: Row, read: Read, nowMs: number): boolean {
  const isOwn = row.connection === read.connection && row.topic === read.topic && row.partition === read.partition;
  if (!isOwn || row.error !== read.error) return false;
  const isSame = row.offset === read.offset && row.nextOffset === read.nextOffset;
  if (isSame) return true;
  const isNext = row.nextOffset === read.offset && row.nextOffset > row.offset && read.nextOffset > read.offset;
  return isNext && nowMs - row.firstMs < RUN_MS_MAX;
}

function extend(row: Row, read: Read, nowMs: number): void {
  row.times += 1;
  row.lastMs = nowMs;
  row.highWatermark = read.highWatermark;
  if (row.nextOffset === read.nextOffset) return;
  row.nextOffset = read.nextOffset;
  row.records += read.records;
  row.bytes += read.bytes;
}
