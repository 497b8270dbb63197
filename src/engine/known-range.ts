/**
 * What is known of where a partition's log begins and ends, and who waits for it to move. Knowledge grows with every frame, ack and
 * answer; when the engine failed it is forgotten, because a restarted engine may have another end.
 */
import type { Offset } from '../types';
import type { PartitionRange } from './engine';
import { cancelled } from './phase';

interface Waiter {
  readonly offset: Offset;
  readonly resolve: () => void;
}

export class KnownRange {
  readonly #waiters = new Set<Waiter>();
  #range: PartitionRange | undefined;
  #version = 0;
  /** When the engine was last asked (not told by a stream), on the monotonic scale. */
  askedMs = Number.NEGATIVE_INFINITY;
  /** When anybody last told: the engine, a stream or an ack; on the same scale. */
  heardMs = Number.NEGATIVE_INFINITY;
  /** When an append of this gateway's own last told where the log ends, on the same scale. */
  toldMs = Number.NEGATIVE_INFINITY;

  get range(): PartitionRange | undefined {
    return this.#range;
  }

  /** Changes whenever knowledge does: an answer asked for before is then no evidence against it. */
  get version(): number {
    return this.#version;
  }

  get waiting(): number {
    return this.#waiters.size;
  }

  /** Takes what the engine said where it goes beyond what is known. */
  learn({ logStartOffset, highWatermark }: PartitionRange): void {
    const known = this.#range;
    if (known !== undefined && known.logStartOffset >= logStartOffset && known.highWatermark >= highWatermark) return;
    this.set({
      logStartOffset:
        known !== undefined && known.logStartOffset > logStartOffset ? known.logStartOffset : logStartOffset,
      highWatermark: known !== undefined && known.highWatermark > highWatermark ? known.highWatermark : highWatermark,
    });
  }

  /** A stream brought everything below `offset`. */
  reached(offset: Offset): void {
    if (this.#range !== undefined) this.learn({ ...this.#range, highWatermark: offset });
  }

  /** Takes what the engine said even where it goes back. */
  set(range: PartitionRange): void {
    this.#range = range;
    this.#version += 1;
    for (const waiter of this.#waiters) if (this.passed(waiter.offset)) waiter.resolve();
  }

  forget(): void {
    this.#range = undefined;
    this.#version += 1;
    this.askedMs = Number.NEGATIVE_INFINITY;
    this.toldMs = Number.NEGATIVE_INFINITY;
  }

  /** True where a record at or past the offset exists, or the log start has passed it. */
  passed(offset: Offset): boolean {
    const range = this.#range;
    return range !== undefined && (range.highWatermark > offset || range.logStartOffset > offset);
  }

  /** Resolves when `passed`, or at `wakeAll`; rejects with 'cancelled' on the signal. */
  waitPast(offset: Offset, signal: AbortSignal, what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(cancelled(what));
        return;
      }
      if (this.passed(offset)) {
        resolve();
        return;
      }
      const onAbort = () => {
        this.#waiters.delete(waiter);
        reject(cancelled(what));
      };
      const waiter: Waiter = {
        offset,
        resolve: () => {
          this.#waiters.delete(waiter);
          signal.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiters.add(waiter);
    });
  }

  /** Wakes everyone: the engine failed, or the partition is gone; their next read says how. */
  wakeAll(): void {
    for (const waiter of this.#waiters) waiter.resolve();
  }
}
