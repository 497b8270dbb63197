/**
 * For dialects without heartbeats: while readers wait at a silent tail, the engine is asked now and then where its log ends, because
 * a stream that died without a word looks like an idle one. Nobody waiting, nothing asked.
 */
import type { Clock, Timer } from '../../clock';

export class TailProbe {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #probe: () => Promise<void>;
  #timer: Timer | undefined;
  #waiting = 0;
  #running = false;

  constructor(clock: Clock, intervalMs: number, probe: () => Promise<void>) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#probe = probe;
  }

  /** A reader began to wait; call what is returned when it no longer does. */
  waiting(): () => void {
    this.#waiting += 1;
    this.#timer ??= this.#clock.every(this.#intervalMs, () => void this.#run());
    return () => {
      this.#waiting -= 1;
      if (this.#waiting > 0) return;
      this.#timer?.cancel();
      this.#timer = undefined;
    };
  }

  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    try {
      await this.#probe();
    } finally {
      this.#running = false;
    }
  }
}
