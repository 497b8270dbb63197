/**
 * Data that the engine says it has and does not send: a stream brought nothing in its time, and a read beside it brought the records at
 * once. Open until a stream of the partition brings records again.
 */
import type { EngineCore } from '../core';
import type { LogUnit } from '../dialect';

/** Streams are not tried for a while after one stalled. */
const HOLD_MS = 60_000;
const SHARE_MAX = 0.5;

export class WithheldData<U extends LogUnit> {
  readonly #core: EngineCore<U>;
  readonly #name: () => string;
  #why: string | undefined;
  #isTold = false;

  constructor(core: EngineCore<U>, name: () => string) {
    this.#core = core;
    this.#name = name;
  }

  /** A stream brought nothing in its time. Where the gateway itself slept meanwhile, that says nothing. */
  stalled(why: string): void {
    const { clock, settings, telemetry } = this.#core;
    const forMs = settings.firstMessageDeadlineMs;
    telemetry.eventLoop.look();
    if (telemetry.eventLoop.blockedMs(clock.monotonicMs() - forMs) > forMs * SHARE_MAX) return;
    this.#why = why;
  }

  /** Records came by a read beside the stream. */
  broughtElsewhere(): void {
    if (this.#why === undefined) return;
    const evidence = `has records that no stream brings: ${this.#why}, and a read brought them at once`;
    this.#why = undefined;
    this.#isTold = true;
    this.#core.telemetry.incidents.open('engine_withholds_data', this.#name(), { evidence, holdMs: HOLD_MS });
  }

  /** A stream brought records. */
  brought(): void {
    if (!this.#isTold && this.#why === undefined) return;
    this.#why = undefined;
    this.#isTold = false;
    this.#core.telemetry.incidents.close(
      'engine_withholds_data',
      this.#name(),
      'is sent its records by a stream again',
    );
  }
}
