/** A Clock that tests move by hand. Timers run in the order of their times, during `advance`. */
import type { Clock, Timer } from '../../src/clock';

interface Pending {
  atMs: number;
  readonly periodMs: number | undefined;
  readonly action: () => void;
}

export class ManualClock implements Clock {
  #nowMs = 0;
  readonly #epochMs: number;
  readonly #pending = new Set<Pending>();

  constructor(epochMs = 1_700_000_000_000) {
    this.#epochMs = epochMs;
  }

  nowMs(): number {
    return this.#epochMs + Math.floor(this.#nowMs);
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  /** How many timers are set. */
  get timers(): number {
    return this.#pending.size;
  }

  after(delayMs: number, action: () => void): Timer {
    return this.#schedule({ atMs: this.#nowMs + delayMs, periodMs: undefined, action });
  }

  every(periodMs: number, action: () => void): Timer {
    return this.#schedule({ atMs: this.#nowMs + periodMs, periodMs, action });
  }

  advance(byMs: number): void {
    const untilMs = this.#nowMs + byMs;
    for (;;) {
      const due = [...this.#pending].filter((each) => each.atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (due === undefined) break;
      this.#nowMs = Math.max(this.#nowMs, due.atMs);
      if (due.periodMs === undefined) this.#pending.delete(due);
      else due.atMs += due.periodMs;
      due.action();
    }
    this.#nowMs = untilMs;
  }

  /** Time passes, and nothing runs meanwhile; then what was due runs, each timer once. */
  block(forMs: number): void {
    this.#nowMs += forMs;
    for (const each of this.#pending)
      if (each.periodMs !== undefined && each.atMs < this.#nowMs) each.atMs = this.#nowMs;
    this.advance(0);
  }

  #schedule(pending: Pending): Timer {
    this.#pending.add(pending);
    return { cancel: () => void this.#pending.delete(pending) };
  }
}
