/**
 * Bytes of fetch answers that wait for their sockets, over all connections. A fetch asks how much it may read and holds that until
 * its answer has left. One that is alone is filled; many slow readers that ask for much are given little each, and every fetch at
 * least one batch.
 */

/** Of what is left, one fetch gets at most a share: the next one must find something too. */
const SHARE = 1 / 4;
/** Of a fetch that meets no other: by default more than Kafka's fetch.max.bytes. */
const SHARE_ALONE = 7 / 8;

export class ResponseBudget {
  /** Bytes granted and not given back; past the budget by at most one batch a fetch. */
  held = 0;
  readonly #bytesMax: number;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** How many of `wanted` bytes may be read now; 0 where nothing is left and only one batch is. Holds them until `release`. */
  take(wanted: number): number {
    const left = Math.max(0, this.#bytesMax - this.held);
    const granted = Math.min(wanted, Math.ceil(left * (this.held === 0 ? SHARE_ALONE : SHARE)));
    this.held += granted;
    return granted;
  }

  /** What was read instead of what was granted. */
  adjust(granted: number, used: number): void {
    this.held += used - granted;
  }

  release(bytes: number): void {
    this.held -= bytes;
  }
}
