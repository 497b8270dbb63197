/**
 * How far the acks of one partition went and when, as long as its log files are not known to hold what was acked: marks some seconds
 * apart, not each ack.
 */
import type { Offset } from '../../../types';

export interface AckMark {
  /** Offsets below it were acked. */
  readonly end: Offset;
  /** When the last of them was, on the monotonic clock. */
  readonly atMs: number;
}

const APART_MS = 5_000;
/** Past it the oldest and the newest say enough. */
const MARKS_MAX = 64;

export class UnstoredAcks {
  readonly #marks: AckMark[] = [];

  get oldest(): AckMark | undefined {
    return this.#marks[0];
  }

  /** How far all acks went. */
  get newest(): AckMark | undefined {
    return this.#marks.at(-1);
  }

  acked(end: Offset, nowMs: number): void {
    const before = this.#marks.at(-2);
    const last = this.#marks.at(-1);
    // The last mark goes along with the acks until it is far enough from the one before.
    if (before !== undefined && last !== undefined && last.atMs - before.atMs < APART_MS) this.#marks.pop();
    this.#marks.push({ end, atMs: nowMs });
    if (this.#marks.length > MARKS_MAX) this.#marks.splice(1, 1);
  }

  /** Log files hold the offsets below `end`. The oldest mark that they reach; undefined where they reach none. */
  stored(end: Offset): AckMark | undefined {
    const oldest = this.#marks[0];
    const left = this.#marks.findIndex((mark) => mark.end > end);
    const reached = this.#marks.splice(0, left === -1 ? this.#marks.length : left);
    return reached.length > 0 ? oldest : undefined;
  }
}
