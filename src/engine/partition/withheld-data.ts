/**
 * Data that the engine says it has and does not send. A stream brought nothing in its time, and a read beside it brought the records: open
 * until a stream of the partition brings records again. Or reads of what it says it has go unanswered, and no target that they need is told
 * to be in trouble: open until a read brings records again.
 */
import type { IncidentKind } from '../../telemetry/incidents/incident-kinds';
import type { Offset } from '../../types';
import type { EngineCore } from '../core';
import type { LogUnit } from '../dialect';

/** Streams are not tried for a while after one stalled. */
const HOLD_MS = 60_000;
const SHARE_MAX = 0.5;
/** A read that was left sooner says nothing. */
const READ_MS_MIN = 400;
const UNREAD_MS_MIN = 4_000;
const UNREAD_READS_MIN = 2;
/** Unanswered reads that lie further apart are not one trouble. */
const UNREAD_GAP_MS_MAX = 10_000;
/** What answers nothing says so of itself. */
const MUTE: readonly IncidentKind[] = ['engine_unreachable', 'engine_silent'];
/** What says it better, being told of the target itself. */
const OF_TARGETS: readonly IncidentKind[] = [...MUTE, 'filer_failing', 'breaker_open'];

/** Reads one behind the other that brought nothing. */
interface Unread {
  readonly sinceMs: number;
  lastMs: number;
  reads: number;
}

export class WithheldData<U extends LogUnit> {
  readonly #core: EngineCore<U>;
  readonly #name: () => string;
  #why: string | undefined;
  #isTold = false;
  #unread: Unread | undefined;
  #isUnreadTold = false;

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

  /** A read of records that the engine says it has, begun then, ended by its deadline or was given up. */
  unread(offset: Offset, beganMs: number): void {
    const { clock, telemetry } = this.#core;
    const nowMs = clock.monotonicMs();
    if (nowMs - beganMs < READ_MS_MIN) return;
    const known = this.#unread;
    const isOne = known !== undefined && beganMs - known.lastMs <= UNREAD_GAP_MS_MAX;
    const unread = isOne ? known : { sinceMs: beganMs, lastMs: nowMs, reads: 0 };
    this.#unread = unread;
    unread.lastMs = nowMs;
    unread.reads += 1;
    const forMs = nowMs - unread.sinceMs;
    telemetry.eventLoop.look();
    if (unread.reads < UNREAD_READS_MIN || forMs - telemetry.eventLoop.blockedMs(unread.sinceMs) < UNREAD_MS_MIN)
      return;
    if (OF_TARGETS.some((kind) => telemetry.incidents.isOpen(kind))) return;
    const seconds = (forMs / 1_000).toFixed(1);
    const evidence = `has records from offset ${offset} on, as the engine says, and ${unread.reads} reads of them brought nothing in ${seconds} s`;
    this.#isUnreadTold = true;
    const consequence = 'fetches there are answered late, and empty or with a retriable error';
    telemetry.incidents.open('engine_withholds_data', this.#name(), { evidence, consequence, holdMs: HOLD_MS });
  }

  /** Records came by a read beside the stream. */
  broughtElsewhere(): void {
    this.#unread = undefined;
    if (this.#isUnreadTold) this.#close('is read again');
    const why = this.#why;
    if (why === undefined) return;
    this.#why = undefined;
    // Also where that is over just now, which is why the read brought them.
    if (this.#core.telemetry.incidents.current().some(({ kind }) => MUTE.includes(kind))) return;
    const evidence = `has records that no stream brings: ${why}, and a read brought them`;
    this.#isTold = true;
    this.#core.telemetry.incidents.open('engine_withholds_data', this.#name(), { evidence, holdMs: HOLD_MS });
  }

  /** A stream brought records. */
  brought(): void {
    if (!this.#isTold && this.#why === undefined) return;
    this.#why = undefined;
    this.#isTold = false;
    this.#close('is sent its records by a stream again');
  }

  #close(evidence: string): void {
    this.#isUnreadTold = false;
    this.#core.telemetry.incidents.close('engine_withholds_data', this.#name(), evidence);
  }
}
