/**
 * The first so many of each second: of traces of one API, of a reason, of a target. Where each of them costs, a busy second is followed
 * by one that lets fewer through.
 */

/** What is asked more often in a second is busy in the next one. */
const BUSY_PER_SECOND = 50;

/** How many were seen in the current second, and in the one before. */
export class KeepQuota {
  #second = -1;
  #taken = 0;
  #takenBefore = 0;

  /** True for the first `limit` of a second, or the first `busyLimit` where the second before it was busy. */
  take(nowMs: number, limit: number, busyLimit = limit): boolean {
    const second = Math.floor(nowMs / 1_000);
    if (second !== this.#second) {
      this.#takenBefore = second === this.#second + 1 ? this.#taken : 0;
      this.#second = second;
      this.#taken = 0;
    }
    return this.#taken++ < (this.#takenBefore > BUSY_PER_SECOND ? busyLimit : limit);
  }
}
