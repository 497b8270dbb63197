/**
 * A Clock that goes by itself and leaps over hours in which nobody does anything: what is due meanwhile runs in the order of its time, at
 * its time. For whole gateways that are to have stood in one state for long.
 */
import { type Clock, systemClock, type Timer } from '../../src/clock';

interface Pending {
  atMs: number;
  readonly periodMs: number | undefined;
  readonly action: () => void;
  timer: Timer;
}

export class LeapingClock implements Clock {
  #leaptMs = 0;
  readonly #pending = new Set<Pending>();

  nowMs(): number {
    return systemClock.nowMs() + Math.floor(this.#leaptMs);
  }

  monotonicMs(): number {
    return systemClock.monotonicMs() + this.#leaptMs;
  }

  after(delayMs: number, action: () => void): Timer {
    return this.#schedule(delayMs, undefined, action);
  }

  every(periodMs: number, action: () => void): Timer {
    return this.#schedule(periodMs, periodMs, action);
  }

  leap(ms: number): void {
    const untilMs = this.monotonicMs() + ms;
    for (;;) {
      const [due] = [...this.#pending].filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs);
      if (due === undefined) break;
      this.#passTo(due.atMs);
      due.timer.cancel();
      this.#fire(due);
    }
    this.#passTo(untilMs);
    for (const each of this.#pending) {
      each.timer.cancel();
      this.#wait(each);
    }
  }

  #passTo(atMs: number): void {
    this.#leaptMs += Math.max(0, atMs - this.monotonicMs());
  }

  #schedule(delayMs: number, periodMs: number | undefined, action: () => void): Timer {
    const pending: Pending = {
      atMs: this.monotonicMs() + delayMs,
      periodMs,
      action,
      timer: { cancel: () => undefined },
    };
    this.#pending.add(pending);
    this.#wait(pending);
    return {
      cancel: () => {
        pending.timer.cancel();
        this.#pending.delete(pending);
      },
    };
  }

  #wait(pending: Pending): void {
    const leftMs = Math.max(0, pending.atMs - this.monotonicMs());
    pending.timer = systemClock.after(leftMs, () => this.#fire(pending));
  }

  #fire(pending: Pending): void {
    if (pending.periodMs === undefined) this.#pending.delete(pending);
    else {
      pending.atMs = Math.max(pending.atMs + pending.periodMs, this.monotonicMs());
      this.#wait(pending);
    }
    pending.action();
  }
}
