/** The breakers of one target that are open, and the incident that tells of them while calls are refused. */
import type { Telemetry } from '../../telemetry/telemetry';

export interface BreakerRecordOptions {
  readonly address: string;
  readonly role: string;
  readonly telemetry: Telemetry;
}

/** A breaker closes with the next such call that is served; where nobody makes one, its incident ends after this time. */
const HOLD_MS = 10_000;

export class BreakerRecord {
  readonly #options: BreakerRecordOptions;
  /** Kinds of calls, as people say them. */
  readonly #open = new Set<string>();
  #isNews = false;

  constructor(options: BreakerRecordOptions) {
    this.#options = options;
  }

  get open(): number {
    return this.#open.size;
  }

  /** Calls of this kind are refused from now on, or one was refused. */
  refuses(name: string): void {
    this.#open.add(name);
    this.#isNews = true;
  }

  serves(name: string): void {
    if (!this.#open.delete(name) || this.#open.size > 0) return;
    const { telemetry, address } = this.#options;
    this.#isNews = false;
    telemetry.incidents.close('breaker_open', address, 'serves such calls again');
  }

  /** Called now and then: a call refused costs no more than a mark. */
  tell(): void {
    if (!this.#isNews) return;
    this.#isNews = false;
    const { telemetry, address, role } = this.#options;
    const evidence = `is asked for ${[...this.#open].join(', ')} once a second only: five such calls failed in a row`;
    telemetry.incidents.open('breaker_open', address, { noun: role, evidence, holdMs: HOLD_MS });
  }
}
