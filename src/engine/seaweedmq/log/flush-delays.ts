/** How late each broker writes what it acked, as far as it was seen: how long it is waited for before it is told. */
const PATIENCE_MS = { min: 30_000, max: 300_000 };
/** How much later than it means to, or than it did lately, a broker may write. */
const FACTOR = 2;
/** A broker that wrote late once is not late for ever. */
const KEPT = 20;
const BROKERS_MAX = 200;

export class FlushDelays {
  readonly #byBroker = new Map<string, number[]>();
  readonly #minMs: number;

  /** `intervalMs`: how often brokers mean to write. */
  constructor(intervalMs: number) {
    this.#minMs = Math.max(PATIENCE_MS.min, FACTOR * intervalMs);
  }

  /** Acked records were not in log files for at least so long, and then were. */
  seen(broker: string, delayMs: number): void {
    const delays = this.#byBroker.get(broker) ?? [];
    if (delays.length === 0 && this.#byBroker.size >= BROKERS_MAX) return;
    this.#byBroker.set(broker, [...delays, delayMs].slice(-KEPT));
  }

  /** Twice the interval, or the longest that was seen lately, within bounds. */
  patienceMs(broker: string): number {
    const longestMs = Math.max(0, ...(this.#byBroker.get(broker) ?? []));
    return Math.max(this.#minMs, Math.min(FACTOR * longestMs, PATIENCE_MS.max));
  }
}
