/**
 * Who wrote which offsets of a partition lately, and when they were acked: for `seaglass journey`. One row for each run of appends of one
 * client that follow one another within a second. Names and offsets, no content.
 */
import type { Offset, PartitionId } from '../types';
import { RecentRows } from './recent-rows';

/** One batch that the engine acked. */
export interface Write {
  readonly client: string;
  readonly address: string;
  readonly topic: string;
  readonly partition: PartitionId;
  readonly baseOffset: Offset;
  readonly lastOffset: Offset;
  readonly bytes: number;
}

/** A run of appends. */
export interface WriteRow extends Write {
  /** When the first and the last were acked, milliseconds since the Unix epoch. */
  readonly firstMs: number;
  readonly lastMs: number;
  /** How many batches it stands for. */
  readonly times: number;
}

type Row = { -readonly [K in keyof WriteRow]: WriteRow[K] };

const ROWS_MAX = 16_384;
const RUN_MS_MAX = 1_000;

export class WriteHistory {
  readonly #rows: RecentRows<Row>;
  /** By whatever the caller keeps of the partition. */
  readonly #newest = new WeakMap<object, Row>();

  constructor(rowsMax = ROWS_MAX) {
    this.#rows = new RecentRows(rowsMax);
  }

  /** `partition` is an object that stands for the partition; `nowMs` since the Unix epoch. */
  wrote(write: Write, partition: object, nowMs: number): void {
    const newest = this.#newest.get(partition);
    if (newest !== undefined && goesOn(newest, write, nowMs)) {
      newest.times += 1;
      newest.lastMs = nowMs;
      newest.lastOffset = write.lastOffset;
      newest.bytes += write.bytes;
      return;
    }
    this.#newest.set(partition, this.#rows.add({ firstMs: nowMs, lastMs: nowMs, times: 1, ...write }));
  }

  /** Who wrote the offset, the newest first: a topic that was made anew has had it more than once. */
  of(topic: string, partition: PartitionId, offset: Offset): readonly WriteRow[] {
    return [...this.#rows.newestFirst()]
      .filter(
        (row) =>
          row.topic === topic && row.partition === partition && row.baseOffset <= offset && offset <= row.lastOffset,
      )
      .map((row) => ({ ...row }))
      .sort((a, b) => b.lastMs - a.lastMs);
  }
}

/** Whether the batch belongs to the row; a row that was given to another partition since does not. */
function goesOn(row: Row, write: Write, nowMs: number): boolean {
  return (
    row.topic === write.topic &&
    row.partition === write.partition &&
    row.client === write.client &&
    row.address === write.address &&
    row.lastOffset + 1 === write.baseOffset &&
    nowMs - row.firstMs < RUN_MS_MAX
  );
}
