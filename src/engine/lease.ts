/**
 * Memory that several units lie in, and who still reads it: the queue of its session, the retained window, readers whose answer is on its
 * way. When the last of them is done it is given back. A reader that never says so keeps it from that, and V8 frees it some time.
 */
export class Lease {
  #holders: number;
  readonly #giveBack: () => void;

  /** `holders` have it already. */
  constructor(holders: number, giveBack: () => void) {
    this.#holders = holders;
    this.#giveBack = giveBack;
  }

  /** Only for what is held: memory that was given back is empty. */
  hold(): void {
    if (this.#holders === 0) throw new Error('the memory of a unit was given back already');
    this.#holders += 1;
  }

  /** Once for each holder. */
  release(): void {
    this.#holders -= 1;
    if (this.#holders === 0) this.#giveBack();
  }
}

export interface Leased {
  readonly lease?: Lease | undefined;
}

/** Releases what a reader holds, at the first call. */
export function releaser(units: readonly Leased[]): () => void {
  let held = true;
  return () => {
    if (!held) return;
    held = false;
    for (const { lease } of units) lease?.release();
  };
}
