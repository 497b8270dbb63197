/**
 * The targets of an engine: brokers, masters, filer, node. Each has one record of its health, however many channels lead to it; the
 * records are judged together, and tell the metrics.
 */
import type { Clock, Timer } from '../../clock';
import type { Telemetry } from '../../telemetry/telemetry';
import { type FilerChannel, FilerErrors } from '../filer/filer-errors';
import { JUDGE_MS, TargetHealth } from './target-health';
import type { TargetRole } from './target-role';

export class EngineTargets {
  readonly #clock: Clock;
  readonly #telemetry: Telemetry;
  readonly #targets = new Map<string, TargetHealth>();
  readonly #timer: Timer;

  constructor({ clock, telemetry }: { readonly clock: Clock; readonly telemetry: Telemetry }) {
    this.#clock = clock;
    this.#telemetry = telemetry;
    telemetry.instruments.observe('seaglass_engine_up', () => this.#series(({ up }) => (up ? 1 : 0)));
    telemetry.instruments.observe('seaglass_engine_breakers_open', () => this.#series(({ breakers }) => breakers.open));
    this.#timer = clock.every(JUDGE_MS, () => this.#judge());
  }

  /** The record of the target at this address; `probe` is kept where it is the first to ask. */
  of(address: string, role: TargetRole, probe: () => void): TargetHealth {
    let known = this.#targets.get(address);
    if (known === undefined) {
      known = new TargetHealth({ address, role, clock: this.#clock, telemetry: this.#telemetry, probe });
      this.#targets.set(address, known);
    }
    return known;
  }

  /** Of the calls to a filer that it answers with errors. */
  filerErrors(channel: () => FilerChannel): FilerErrors {
    const { incidents, waiting, failedRequests } = this.#telemetry;
    return new FilerErrors({ incidents, waiting, failedRequests, clock: this.#clock, channel });
  }

  close(): void {
    this.#timer.cancel();
  }

  #judge(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const target of this.#targets.values()) target.judge(nowMs);
  }

  *#series(
    value: (target: TargetHealth) => number,
  ): Iterable<readonly [{ readonly target: string; readonly role: string }, number]> {
    for (const target of this.#targets.values()) yield [{ target: target.address, role: target.role }, value(target)];
  }
}
