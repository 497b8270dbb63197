/**
 * Whether a frame that was begun keeps coming: the next bytes that the least rate makes of a window must be there within the window, or
 * the frame whole. What came before buys no time, so a peer that sent much and stops is late as soon as one that sent little.
 */
export interface FrameRate {
  readonly windowMs: number;
  readonly bytesPerSecondMin: number;
}

export class FrameProgress {
  readonly #windowMs: number;
  readonly #windowBytes: number;
  #begunMs = 0;
  #bytes = 0;
  /** Until when the frame must be whole; undefined while nobody waits for it. */
  #wholeByMs: number | undefined;

  constructor({ windowMs, bytesPerSecondMin }: FrameRate) {
    this.#windowMs = windowMs;
    this.#windowBytes = (bytesPerSecondMin * windowMs) / 1_000;
  }

  /** A frame begins. */
  begin(nowMs: number): void {
    this.#begunMs = nowMs;
    this.#bytes = 0;
    this.#wholeByMs = undefined;
  }

  arrived(bytes: number, nowMs: number): void {
    this.#bytes += bytes;
    if (this.#bytes < this.#windowBytes) return;
    this.#begunMs = nowMs;
    this.#bytes = 0;
  }

  /** The gateway did not read for so long. */
  paused(forMs: number): void {
    this.#begunMs += forMs;
    if (this.#wholeByMs !== undefined) this.#wholeByMs += forMs;
  }

  /** Others wait for the frame: what is missing of it must come at this rate, one window given. The first call counts. */
  hurry(bytesMissing: number, bytesPerSecondMin: number, nowMs: number): void {
    this.#wholeByMs ??= nowMs + this.#windowMs + (bytesMissing / bytesPerSecondMin) * 1_000;
  }

  /** Nobody waits any more. */
  relax(): void {
    this.#wholeByMs = undefined;
  }

  isLate(nowMs: number): boolean {
    return nowMs - this.#begunMs > this.#windowMs || nowMs > (this.#wholeByMs ?? Infinity);
  }
}
