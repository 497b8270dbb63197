/**
 * The only place that asks the time or sets a timer. Logic takes a Clock, so that tests own time.
 */
export interface Timer {
  /** Stops the timer; a timer that has fired or was cancelled ignores it. */
  cancel(): void;
}

export interface Clock {
  /** Milliseconds since the Unix epoch, integer. */
  nowMs(): number;
  /** Milliseconds on a clock that never steps back, with fractions; only differences mean something. */
  monotonicMs(): number;
  /** Runs `action` once, `delayMs` (≥ 0) from now. The timer does not keep the process alive. */
  after(delayMs: number, action: () => void): Timer;
  /** Runs `action` every `periodMs` (> 0). The timer does not keep the process alive. */
  every(periodMs: number, action: () => void): Timer;
}

/** Node's timers take no more, and fire at once where they are asked for more: 24.8 days. */
const DELAY_MS_MAX = 2 ** 31 - 1;

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, action) {
    const handle = setTimeout(action, Math.min(delayMs, DELAY_MS_MAX)).unref();
    return { cancel: () => clearTimeout(handle) };
  },
  every(periodMs, action) {
    const handle = setInterval(action, Math.min(periodMs, DELAY_MS_MAX)).unref();
    return { cancel: () => clearInterval(handle) };
  },
};
