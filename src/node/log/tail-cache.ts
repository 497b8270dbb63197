/**
 * The newest batches in memory, so that subscribers at the tail cost the disk nothing. One bound holds for all partitions
 * together: what was appended longest ago, anywhere, goes first, and its memory with it. What the log itself lost leaves at once.
 */
import type { BatchSummary } from './batch-summary';
import { discard } from '../../discard';

/** Batches that lie one behind the other in memory, with ascending offsets. */
export interface TailChunk {
  readonly bytes: Uint8Array;
  readonly summaries: readonly BatchSummary[];
}

export interface TailRun {
  readonly chunks: readonly Uint8Array[];
  readonly summaries: readonly BatchSummary[];
}

/** What an entry costs beyond its bytes, so that very many tiny appends stay within the bound too. */
const ENTRY_OVERHEAD_BYTES = 512;

/** A chunk's place in the order of all. */
interface Charge {
  /** undefined: the chunk has left before its turn. */
  tail: PartitionTail | undefined;
  bytes: number;
}

interface HeldChunk extends TailChunk {
  readonly charge: Charge;
}

export class TailCache {
  readonly bytesMax: number;
  #bytesHeld = 0;
  readonly #queue: Charge[] = [];
  #head = 0;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  add(charge: Charge): void {
    this.#queue.push(charge);
    this.#bytesHeld += charge.bytes;
    while (this.#bytesHeld > this.bytesMax) {
      const oldest = this.#queue[this.#head];
      if (oldest === undefined) break;
      this.#head += 1;
      this.#bytesHeld -= oldest.bytes;
      oldest.tail?.dropOldest();
    }
    if (this.#head > 1024 && this.#head * 2 > this.#queue.length) {
      this.#queue.splice(0, this.#head);
      this.#head = 0;
    }
  }

  /** The chunk leaves before its turn; its place in the order costs until then. */
  refund(charge: Charge): void {
    this.#bytesHeld -= charge.bytes - ENTRY_OVERHEAD_BYTES;
    charge.bytes = ENTRY_OVERHEAD_BYTES;
    charge.tail = undefined;
  }
}

export class PartitionTail {
  readonly #cache: TailCache;
  readonly #chunks: HeldChunk[] = [];

  constructor(cache: TailCache) {
    this.#cache = cache;
  }

  add(chunk: TailChunk): void {
    const charge = { tail: this, bytes: chunk.bytes.length + ENTRY_OVERHEAD_BYTES };
    this.#chunks.push({ ...chunk, charge });
    this.#cache.add(charge);
  }

  /** The bound wants it; its charge is paid back already. */
  dropOldest(): void {
    const oldest = this.#chunks.shift();
    if (oldest !== undefined) discard(oldest.bytes);
  }

  /** Drops what ends below the offset: the log holds it no longer, or not as it is here. */
  dropBelow(offset: number): void {
    let gone = 0;
    for (const { bytes, summaries, charge } of this.#chunks) {
      if ((summaries.at(-1)?.lastOffset ?? -1) >= offset) break;
      this.#cache.refund(charge);
      discard(bytes);
      gone += 1;
    }
    this.#chunks.splice(0, gone);
  }

  clear(): void {
    this.dropBelow(Infinity);
  }

  /** undefined where `offset` is not in memory. At least one batch, then as many as `bytesMax` allows; there until the next append. */
  read(offset: number, bytesMax: number): TailRun | undefined {
    let index = this.#find(offset);
    if (index === undefined) return undefined;
    const chunks: Uint8Array[] = [];
    const summaries: BatchSummary[] = [];
    let budget = bytesMax;
    for (; index < this.#chunks.length; index += 1) {
      const chunk = this.#chunks[index];
      if (chunk === undefined) break;
      const taken = takeFrom(chunk, offset, budget, summaries);
      if (taken.bytes.length > 0) chunks.push(taken.bytes);
      budget -= taken.bytes.length;
      if (!taken.complete) break;
    }
    return { chunks, summaries };
  }

  /** The chunk whose range holds the offset. */
  #find(offset: number): number | undefined {
    const first = this.#chunks[0]?.summaries[0];
    const last = this.#chunks.at(-1)?.summaries.at(-1);
    if (first === undefined || last === undefined) return undefined;
    if (offset < first.baseOffset || offset > last.lastOffset) return undefined;
    let low = 0;
    let high = this.#chunks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#chunks[middle]?.summaries[0]?.baseOffset ?? Infinity) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** Batches of one chunk from `offset` on while the budget lasts; the first of all is taken whatever its size. */
function takeFrom(
  chunk: TailChunk,
  offset: number,
  budget: number,
  summaries: BatchSummary[],
): { bytes: Uint8Array; complete: boolean } {
  let start = 0;
  let end = 0;
  for (const summary of chunk.summaries) {
    if (summary.lastOffset < offset) {
      start += summary.size;
      end = start;
      continue;
    }
    if (summaries.length > 0 && end - start + summary.size > budget) {
      return { bytes: chunk.bytes.subarray(start, end), complete: false };
    }
    summaries.push(summary);
    end += summary.size;
  }
  return { bytes: chunk.bytes.subarray(start, end), complete: true };
}
