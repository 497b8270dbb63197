/**
 * What is known of where a partition's log begins and ends, and who waits for it to move. Knowledge grows with every frame, ack and
 * answer; when the engine failed it is forgotten, because a restarted engine may have another end.
 */
import type { Offset } from '../../types';
import type { PartitionRange, ReadPosition } from '../engine';
import { cancelled } from '../../waiting/deadline';
import { furthest, readableEnd } from './range';

interface Waiter {
  readonly position: ReadPosition;
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
  learn(range: PartitionRange): void {
    const known = this.#range;
    const isNews =
      known === undefined ||
      known.logStartOffset < range.logStartOffset ||
      known.lastStableOffset < range.lastStableOffset ||
      known.highWatermark < range.highWatermark;
    if (isNews) this.set(furthest(known ?? range, range));
  }

  /** Takes what the engine said even where it goes back. */
  set(range: PartitionRange): void {
    this.#range = range;
    this.#version += 1;
    for (const waiter of this.#waiters) if (this.isOver(waiter.position)) waiter.resolve();
  }

  forget(): void {
    this.#range = undefined;
    this.#version += 1;
    this.askedMs = Number.NEGATIVE_INFINITY;
    this.toldMs = Number.NEGATIVE_INFINITY;
  }

  /** True where a record at or past the offset exists, whoever may read it, or the log start has passed it. */
  passed(offset: Offset): boolean {
    return this.isOver({ offset, isolation: 'read_uncommitted' });
  }

  /** True where a record at or past the position exists that its reader may have, or the log start has passed it. */
  isOver({ offset, isolation }: ReadPosition): boolean {
    const range = this.#range;
    return range !== undefined && (readableEnd(range, isolation) > offset || range.logStartOffset > offset);
  }

  /** Resolves when `isOver`, or at `wakeAll`; rejects with 'cancelled' on the signal. */
  waitPast(position: ReadPosition, signal: AbortSignal, what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(cancelled(what));
        return;
      }
      if (this.isOver(position)) {
        resolve();
        return;
      }
      const onAbort = () => {
        this.#waiters.delete(waiter);
        reject(cancelled(what));
      };
      const waiter: Waiter = {
        position,
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
