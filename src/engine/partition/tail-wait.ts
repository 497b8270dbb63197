/**
 * Waiting at the end of a log whose sessions serve the tail only. An ack of this gateway's own appends wakes who waits; a session, for
 * what others write, is opened when nothing of the kind came for a moment. A session that brought a record is not waited on again:
 * nothing more comes of it. The stream of one that was overtaken ends with the wait.
 */
import type { CallContext } from '../../telemetry/trace/operation';
import type { Offset } from '../../types';
import type { EngineCore } from '../core';
import type { LogUnit } from '../dialect';
import type { ReadPosition } from '../engine';
import { EngineError } from '../../engine-error';
import type { LogView } from './log-view';
import { withDeadline } from '../../waiting/deadline';
import type { Session } from '../session/session';
import { TailProbe } from './tail-probe';

/** What a session that waits at the tail may be sent before anyone has read from it. */
export const TAIL_CREDIT_BYTES = 256 * 1024;
/** How long an ack may take to come before a stream is opened: a producer's next record is often that close. */
const ACK_GRACE_MS = 10;

export class TailWait<U extends LogUnit> {
  readonly #core: EngineCore<U>;
  readonly #log: LogView<U>;
  readonly #probe: TailProbe;

  constructor(core: EngineCore<U>, log: LogView<U>) {
    this.#core = core;
    this.#log = log;
    this.#probe = new TailProbe(core.clock, core.settings.firstMessageDeadlineMs / 4, () => this.#probeTail());
  }

  /** Resolves when a record is known of that the reader at the position may have, or when a read may say why not; rejects with 'cancelled' on the signal. */
  async past(position: ReadPosition, context: CallContext): Promise<void> {
    const { known, name } = this.#log;
    const { offset } = position;
    const what = `waiting at offset ${offset} of ${name}`;
    if (this.#unspentAt(offset) === undefined && (await this.#ackedSoon(position, context.signal, what))) return;
    const session = this.#unspentAt(offset) ?? this.#open(offset, context);
    if (session === undefined) return known.waitPast(position, context.signal, what);
    const done = this.#probe.waiting();
    session.lease();
    try {
      context.operation.link(session.link);
      await known.waitPast(position, context.signal, what);
    } finally {
      done();
      this.#leave(session);
    }
  }

  #leave(session: Session<U>): void {
    session.release();
    const overtaken = session.leases === 0 && this.#log.known.passed(session.nextOffset) && !session.hasData;
    if (overtaken) session.close('renewed');
  }

  /** True where whoever waits was woken before a stream is worth its price. */
  #ackedSoon(position: ReadPosition, signal: AbortSignal, what: string): Promise<boolean> {
    const limits = { clock: this.#core.clock, deadlineMs: ACK_GRACE_MS, what };
    return inTime(limits, signal, (inner) => this.#log.known.waitPast(position, inner, what));
  }

  #unspentAt(offset: Offset): Session<U> | undefined {
    return this.#log.sessions.all.find(
      (session) => session.nextOffset === offset && !session.ended && !session.brought,
    );
  }

  #open(offset: Offset, context: CallContext): Session<U> | undefined {
    this.#log.sessions.closeWhere('renewed', (session) => session.nextOffset === offset && session.leases === 0);
    return this.#log.sessions.open(offset, TAIL_CREDIT_BYTES, context);
  }

  /**
   * Asks on behalf of readers that wait at a silent tail. What is there wakes them; the session, which they leave then, is stalled where
   * it does not bring it soon.
   */
  async #probeTail(): Promise<void> {
    const { clock, settings, lifetime } = this.#core;
    const log = this.#log;
    const session = log.sessions.all.find((candidate) => candidate.leases > 0 && candidate.live);
    if (session === undefined) return;
    const heardMs = Math.max(session.lastFrameMs, log.known.askedMs);
    if (clock.monotonicMs() - heardMs < settings.firstMessageDeadlineMs) return;
    session.lease();
    try {
      const { highWatermark } = await log.range({ operation: session.operation, signal: lifetime });
      if (highWatermark <= session.position || (await this.#bringsSoon(session))) return;
      // Whoever was woken may have found that nothing is there.
      if (!log.known.passed(session.position)) return;
      session.stall(
        `the engine's log ends at ${highWatermark} and the stream brought nothing past ${session.position}`,
      );
    } catch {
      // The range.info operation holds the error; the waiting readers ask for themselves and tell their clients.
      log.known.wakeAll();
    } finally {
      this.#leave(session);
    }
  }

  /** The record may have been written just before the engine was asked, and be under way. */
  #bringsSoon(session: Session<U>): Promise<boolean> {
    const { clock, settings, lifetime } = this.#core;
    const what = `a record in session ${session.id}`;
    const limits = { clock, deadlineMs: settings.firstMessageDeadlineMs / 4, what };
    return inTime(limits, lifetime, async (signal) => {
      while (session.live && !session.brought) await session.arrivals.wait(signal, what);
    });
  }
}

/** False where the deadline came first. */
async function inTime(
  limits: Parameters<typeof withDeadline>[0],
  parent: AbortSignal,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<boolean> {
  try {
    await withDeadline(limits, parent, work);
    return true;
  } catch (error) {
    if (error instanceof EngineError && error.code === 'timeout') return false;
    throw error;
  }
}
