/**
 * The blocks of proofs in memory: those that wait to be written, and beside them those that were used last. One that does not wait is let go
 * for a newer one; one that waits only where so many do that the filer takes nothing, or not as fast as proofs come.
 */
import type { KeptBlock } from './proven-log';

/** About 18 KiB each. */
export const BLOCKS_MAX = 1_024;
/** Of those that wait: 72 MiB. */
export const BLOCKS_WAITING_MAX = 4_096;

export class KeptBlocks {
  /** Their entries have all of them; in the order of their last use. */
  readonly #idle = new Set<KeptBlock>();
  /** In the order in which they began to wait. */
  readonly #waiting = new Set<KeptBlock>();

  get anyWaits(): boolean {
    return this.#waiting.size > 0;
  }

  /** Makes room for it. Answers how many proofs were dropped unwritten for that. */
  add(kept: KeptBlock): number {
    const dropped = this.#makeRoom();
    this.#idle.add(kept);
    return dropped;
  }

  used(kept: KeptBlock): void {
    if (this.#idle.delete(kept)) this.#idle.add(kept);
  }

  /** It has proofs that are not in its entry. */
  waits(kept: KeptBlock): void {
    this.#idle.delete(kept);
    this.#waiting.add(kept);
  }

  written(kept: KeptBlock): void {
    if (this.#waiting.delete(kept)) this.#idle.add(kept);
  }

  waitsStill(kept: KeptBlock): boolean {
    return this.#waiting.has(kept);
  }

  waiting(): readonly KeptBlock[] {
    return [...this.#waiting];
  }

  forget(kept: KeptBlock): void {
    kept.of.forget(kept);
    this.#idle.delete(kept);
    this.#waiting.delete(kept);
  }

  #makeRoom(): number {
    for (const oldest of this.#idle) {
      if (this.#idle.size + this.#waiting.size < BLOCKS_MAX) return 0;
      this.forget(oldest);
    }
    if (this.#waiting.size < BLOCKS_WAITING_MAX) return 0;
    for (const oldest of this.#waiting) {
      if (oldest.writing !== undefined) continue;
      this.forget(oldest);
      return oldest.unwritten;
    }
    return 0;
  }
}
