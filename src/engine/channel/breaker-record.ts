/** The breakers of one target that are open, and the incident that tells of them while calls are refused; the metric counts the same. */
import type { Clock } from '../../clock';
import type { Telemetry } from '../../telemetry/telemetry';

export interface BreakerRecordOptions {
  readonly address: string;
  readonly role: string;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
}

/** A breaker closes with the next such call that is served; where nobody makes one, none is refused: so it is told after this time. */
const HOLD_MS = 10_000;

export class BreakerRecord {
  readonly #options: BreakerRecordOptions;
  /** Kinds of calls, as people say them, and when one was refused last. */
  readonly #open = new Map<string, number>();
  #isNews = false;

  constructor(options: BreakerRecordOptions) {
    this.#options = options;
  }

  get open(): number {
    return this.#open.size;
  }

  /** Calls of this kind are refused from now on, or one was refused. */
  refuses(name: string): void {
    this.#open.set(name, this.#options.clock.monotonicMs());
    this.#isNews = true;
  }

  serves(name: string): void {
    this.#over(name, 'serves such calls again');
  }

  /** Called now and then: a call refused costs no more than a mark. */
  tell(nowMs: number): void {
    for (const [name, refusedMs] of this.#open)
      if (nowMs - refusedMs >= HOLD_MS) this.#over(name, 'is asked for no such calls any more');
    if (!this.#isNews) return;
    this.#isNews = false;
    const { telemetry, address, role } = this.#options;
    const evidence = `is asked for ${[...this.#open.keys()].join(', ')} once a second only: five such calls failed in a row`;
    telemetry.incidents.open('breaker_open', address, { noun: role, evidence });
  }

  #over(name: string, evidence: string): void {
    if (!this.#open.delete(name)) return;
    // Of the others, where there are any.
    this.#isNews = this.#open.size > 0;
    const { telemetry, address } = this.#options;
    if (!this.#isNews) telemetry.incidents.close('breaker_open', address, evidence);
  }
}
