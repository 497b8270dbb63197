/**
 * Answers at once for an engine that does not: after five failures in a row, however far apart, calls of one kind are refused, but for
 * one probe a second; the first success closes it. So a hung engine costs a client one quick retriable error, not a deadline each time.
 */
import type { Clock } from '../../clock';
import { EngineError } from '../../engine-error';

const FAILURES_MAX = 5;
const PROBE_INTERVAL_MS = 1_000;

export class Breaker {
  readonly #clock: Clock;
  #failures = 0;
  #probedMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get open(): boolean {
    return this.#failures >= FAILURES_MAX;
  }

  /** Throws 'unavailable' where the call should not be tried. */
  admit(what: string): void {
    if (!this.open) return;
    const now = this.#clock.monotonicMs();
    if (now - this.#probedMs < PROBE_INTERVAL_MS) {
      throw new EngineError(
        'unavailable',
        `${what}: refused, the last ${this.#failures} calls failed; one is tried every ${PROBE_INTERVAL_MS} ms`,
      );
    }
    this.#probedMs = now;
  }

  succeeded(): void {
    this.#failures = 0;
  }

  failed(): void {
    this.#failures += 1;
    if (this.#failures === FAILURES_MAX) this.#probedMs = this.#clock.monotonicMs();
  }
}
