/**
 * The time for which a connection is not read because its client is over a quota (KIP-219). Of several throttles at once, as overlapping
 * requests may bring, the one that ends last counts.
 */
import type { Clock, Timer } from '../clock';
import type { ThrottleUnderWay } from '../kafka/quotas/throttling';

export class Mute {
  readonly #clock: Clock;
  readonly #ended: () => void;
  readonly #throttles: ThrottleUnderWay[] = [];
  #untilMs = 0;
  #timer: Timer | undefined;

  /** `ended` is called when the time is over or was ended. */
  constructor(clock: Clock, ended: () => void) {
    this.#clock = clock;
    this.#ended = ended;
  }

  get isOn(): boolean {
    return this.#timer !== undefined;
  }

  leftMs(nowMs: number): number {
    return this.isOn ? Math.max(0, this.#untilMs - nowMs) : 0;
  }

  begin(throttle: ThrottleUnderWay): void {
    this.#throttles.push(throttle);
    const untilMs = this.#clock.monotonicMs() + throttle.ms;
    if (this.isOn && untilMs <= this.#untilMs) return;
    this.#untilMs = untilMs;
    this.#timer?.cancel();
    this.#timer = this.#clock.after(throttle.ms, () => this.#end('ok'));
  }

  /** Before its time: the connection closes, or the gateway stops. Does nothing where it is not on. */
  end(): void {
    if (this.isOn) this.#end('cancelled');
  }

  #end(outcome: 'ok' | 'cancelled'): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    for (const throttle of this.#throttles.splice(0)) throttle.end(outcome);
    this.#ended();
  }
}
