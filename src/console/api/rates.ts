/**
 * How fast numbers grow that nobody else keeps a rate of: ends of logs, counters by topic. A rate is over what lies between this look and
 * the one that is at least two seconds old. Names that are not looked at for a while are forgotten.
 */
import type { Clock } from '../../clock';

interface Seen {
  value: number;
  atMs: number;
  rate: number | undefined;
}

const SPAN_MS_MIN = 2_000;
const FORGOTTEN_MS = 60_000;
const NAMES_MAX = 10_000;

export class Rates {
  readonly #clock: Clock;
  /** The one longest unseen first. */
  readonly #seen = new Map<string, Seen>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Per second; undefined where it was not looked at before, or fell. */
  of(name: string, value: number): number | undefined {
    const atMs = this.#clock.monotonicMs();
    const known = this.#seen.get(name);
    if (known === undefined || atMs - known.atMs > FORGOTTEN_MS || value < known.value) {
      this.#remember(name, { value, atMs, rate: undefined });
      return undefined;
    }
    if (atMs - known.atMs < SPAN_MS_MIN) return known.rate;
    const rate = ((value - known.value) * 1_000) / (atMs - known.atMs);
    this.#remember(name, { value, atMs, rate });
    return rate;
  }

  #remember(name: string, seen: Seen): void {
    this.#seen.delete(name);
    this.#seen.set(name, seen);
    if (this.#seen.size <= NAMES_MAX) return;
    for (const oldest of this.#seen.keys()) {
      this.#seen.delete(oldest);
      return;
    }
  }
}
