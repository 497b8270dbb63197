/**
 * How much a second, over the last windows: Kafka's Rate over a WindowedSum, which its quotas are measured by. Values are summed in
 * samples of one window each; the rate is their sum over the time since the oldest began, and windows that are missing count as empty.
 */
export interface RateWindows {
  /** Kafka's quota.window.num: samples that count, the current one among them. */
  readonly samples: number;
  /** Kafka's quota.window.size.seconds, in ms. */
  readonly windowMs: number;
}

interface Sample {
  startMs: number;
  lastMs: number;
  sum: number;
}

/** Times are whole milliseconds of a clock that never steps back. */
export class WindowedRate {
  readonly #windows: RateWindows;
  readonly #samples: Sample[] = [];
  #current = 0;

  constructor(windows: RateWindows) {
    this.#windows = windows;
  }

  record(value: number, nowMs: number): void {
    let sample = this.#samples[this.#current];
    if (sample === undefined) this.#samples[this.#current] = sample = emptySample(nowMs);
    else if (nowMs - sample.startMs >= this.#windows.windowMs) sample = this.#advance(nowMs);
    sample.sum += value;
    sample.lastMs = nowMs;
  }

  /** A second, of what was recorded. */
  perSecond(nowMs: number): number {
    const elapsedMs = this.elapsedMs(nowMs);
    let sum = 0;
    for (const sample of this.#samples) sum += sample.sum;
    return sum / (elapsedMs / 1_000);
  }

  /** The time that the rate is over, ms: at least all windows but the current one. */
  elapsedMs(nowMs: number): number {
    const { samples, windowMs } = this.#windows;
    this.#forget(nowMs - samples * windowMs, nowMs);
    let oldestMs = nowMs;
    for (const { startMs } of this.#samples) oldestMs = Math.min(oldestMs, startMs);
    const elapsedMs = nowMs - oldestMs;
    const missing = Math.max(0, samples - 1 - Math.floor(elapsedMs / windowMs));
    return elapsedMs + missing * windowMs;
  }

  /** One sample more than count is kept: the oldest may still reach into the time that counts. */
  #advance(nowMs: number): Sample {
    this.#current = (this.#current + 1) % (this.#windows.samples + 1);
    return (this.#samples[this.#current] = emptySample(nowMs));
  }

  /** Samples that nothing was recorded in since `sinceMs` begin anew. */
  #forget(sinceMs: number, nowMs: number): void {
    for (const sample of this.#samples) {
      if (sample.lastMs > sinceMs) continue;
      sample.startMs = nowMs;
      sample.lastMs = nowMs;
      sample.sum = 0;
    }
  }
}

const emptySample = (nowMs: number): Sample => ({ startMs: nowMs, lastMs: nowMs, sum: 0 });

/** The longest that a timer and the wire can say. */
const THROTTLE_MS_MAX = 2_147_483_647;

/**
 * How long nothing must be recorded until the rate is `limit` again, as Kafka computes it: ((O - T) / T) × W, rounded to a whole ms. 0
 * where the rate is within the limit.
 */
export function throttleMs(rate: WindowedRate, limit: number, nowMs: number): number {
  const observed = rate.perSecond(nowMs);
  if (observed <= limit) return 0;
  return Math.min(THROTTLE_MS_MAX, Math.round(((observed - limit) / limit) * rate.elapsedMs(nowMs)));
}
