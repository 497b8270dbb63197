/**
 * Kafka's token bucket for changes of partitions (KIP-599): it fills at the quota's rate up to what all windows hold, may be overdrawn by
 * one change, and refuses further ones until it is no longer below zero.
 */
import type { RateWindows } from './windowed-rate';

export class TokenBucket {
  readonly #seconds: number;
  #tokens: number;
  #filledMs: number;

  /** Full. */
  constructor({ samples, windowMs }: RateWindows, limit: number, nowMs: number) {
    this.#seconds = (samples * windowMs) / 1_000;
    this.#tokens = this.#seconds * limit;
    this.#filledMs = nowMs;
  }

  take(tokens: number, limit: number, nowMs: number): void {
    this.#fill(limit, nowMs);
    this.#tokens = Math.min(this.#seconds * limit, this.#tokens - tokens);
  }

  /** Until it is no longer below zero, ms; 0 where it is not. */
  throttleMs(limit: number, nowMs: number): number {
    this.#fill(limit, nowMs);
    return this.#tokens < 0 ? Math.round((-this.#tokens / limit) * 1_000) : 0;
  }

  #fill(limit: number, nowMs: number): void {
    this.#tokens = Math.min(this.#seconds * limit, this.#tokens + (limit * (nowMs - this.#filledMs)) / 1_000);
    this.#filledMs = nowMs;
  }
}
