/**
 * Answers at once for an engine that does not: after five failures in a row, however far apart, calls of one kind are refused, but for
 * one probe a second; the first success closes it. So a hung engine costs a client one quick retriable error, not a deadline each time.
 */
import type { Clock } from '../../clock';
import { EngineError } from '../../engine-error';
import type { BreakerRecord } from './breaker-record';

const FAILURES_MAX = 5;
const PROBE_INTERVAL_MS = 1_000;

/** What the breaker is for, in words, and where it tells that it refuses. */
export interface BreakerTold {
  readonly name: string;
  readonly record: BreakerRecord | undefined;
}

export class Breaker {
  readonly #clock: Clock;
  readonly #told: BreakerTold;
  #failures = 0;
  #probedMs = 0;

  constructor(clock: Clock, told: BreakerTold) {
    this.#clock = clock;
    this.#told = told;
  }

  get open(): boolean {
    return this.#failures >= FAILURES_MAX;
  }

  /** Throws 'unavailable' where the call should not be tried. */
  admit(what: string): void {
    if (!this.open) return;
    const now = this.#clock.monotonicMs();
    if (now - this.#probedMs < PROBE_INTERVAL_MS) {
      this.#told.record?.refuses(this.#told.name);
      throw new EngineError(
        'unavailable',
        `${what}: refused, the last ${this.#failures} calls failed; one is tried every ${PROBE_INTERVAL_MS} ms`,
      );
    }
    this.#probedMs = now;
  }

  succeeded(): void {
    if (this.open) this.#told.record?.serves(this.#told.name);
    this.#failures = 0;
  }

  failed(): void {
    this.#failures += 1;
    if (this.#failures === FAILURES_MAX) this.#probedMs = this.#clock.monotonicMs();
    if (this.open) this.#told.record?.refuses(this.#told.name);
  }
}
