/**
 * Whose time a request spends. At each moment it is that of one of them, however many operations are open: idle where it waits for
 * something to happen, else the engine's where a call of it is under way, else the client's, else the gateway's own. So the shares of
 * a request add up to its duration. It costs a few additions for each operation.
 */
import type { Blame } from './operations';

export class WaitClock {
  /** Spent so far, ms; the gateway's share is what is left of the request's duration. */
  idleMs = 0;
  engineMs = 0;
  clientMs = 0;
  #idle = 0;
  #engine = 0;
  #client = 0;
  #changedMs = 0;

  began(blame: Blame, nowMs: number): void {
    if (blame !== 'gateway') this.#change(blame, 1, nowMs);
  }

  ended(blame: Blame, nowMs: number): void {
    if (blame !== 'gateway') this.#change(blame, -1, nowMs);
  }

  /** The root ends: what is still open was spent until here. */
  stop(nowMs: number): void {
    this.#spend(nowMs);
  }

  #change(blame: Blame, by: 1 | -1, nowMs: number): void {
    this.#spend(nowMs);
    if (blame === 'idle') this.#idle += by;
    else if (blame === 'engine') this.#engine += by;
    else this.#client += by;
  }

  #spend(nowMs: number): void {
    const spentMs = nowMs - this.#changedMs;
    this.#changedMs = nowMs;
    if (this.#idle > 0) this.idleMs += spentMs;
    else if (this.#engine > 0) this.engineMs += spentMs;
    else if (this.#client > 0) this.clientMs += spentMs;
  }
}
