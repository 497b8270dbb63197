/**
 * Reads of one partition. What is at hand comes from the retained window and from the session whose next offset is the one asked
 * for; only then is the engine asked: by a session at exactly that offset (where sessions serve the backlog), or by its log (where
 * sessions only wait at the tail).
 */
import type { Offset } from '../../types';
import type { CallContext, Operation } from '../../telemetry/trace/operation';
import type { OperationName } from '../../telemetry/trace/operations';
import type { EngineCore } from '../core';
import { serverAttributes } from '../channel/server-address';
import type { Judged, LogUnit } from '../dialect';
import type { PartitionRange, ReadPosition, ReadRequest, ReadResult, SessionMode } from '../engine';
import { EngineError } from '../../engine-error';
import { releaser } from '../lease';
import type { LogView } from './log-view';
import { unlessCancelled } from '../../waiting/deadline';
import { endFailed, joinPhase, runPhase } from '../../waiting/phase';
import { furthest, readableEnd } from './range';
import { emptyResult, faultyValues, outOfRange, readResult } from './read-result';
import type { FoundUnits } from './read-result';
import type { Session } from '../session/session';
import type { SessionStateKind } from '../session/session-state';
import { TAIL_CREDIT_BYTES, TailWait } from './tail-wait';

/** Sessions that may end under a reader's hands before it reads without one. */
const ATTEMPTS_MAX = 3;
/** So long after an append of this gateway's own told where the log ends, a read there asks nobody: it is about to wait for more. */
const TOLD_FRESH_MS = 50;

/** Of the time that a stream is given, what it is given in any case: it may have been asked for long ago. */
const LAST_SHARE = 0.25;

/** What a reader waits for that finds a session which is not open yet. */
const OPENING_PHASES: Partial<Readonly<Record<SessionStateKind, OperationName>>> = {
  assigning: 'partition.assignment',
  opening: 'subscriber.create',
  initSent: 'subscriber.init',
};

export class PartitionReader<U extends LogUnit> {
  readonly #core: EngineCore<U>;
  readonly #log: LogView<U>;
  readonly #tail: TailWait<U> | undefined;

  constructor(core: EngineCore<U>, log: LogView<U>) {
    this.#core = core;
    this.#log = log;
    this.#tail = core.dialect.backlog === 'log' ? new TailWait(core, log) : undefined;
  }

  async read(request: ReadRequest, context: CallContext): Promise<ReadResult> {
    this.#log.assertOpen();
    const acquire = context.operation.child('session.acquire', {
      attributes: { 'kafka.offset': request.offset },
    });
    try {
      const known = this.#log.known.range;
      if (known !== undefined && isUndecided(known, request)) {
        // Asked for anew: a decision wakes no stream.
        const range = await this.#log.rangeFromNow(context);
        if (isUndecided(range, request)) {
          acquire.set('seaglass.session.mode', 'none').end('ok');
          return emptyResult(request.offset, range, 'none', '');
        }
      }
      const found = this.#log.atHand(request);
      if (found !== undefined) return await this.#answer(request, found, context, acquire);
      if (this.#core.dialect.backlog === 'log') return await this.#readByLog(request, context, acquire);
      return await this.#readBySession(request, context, acquire);
    } catch (error) {
      endFailed(acquire, error);
      if (isUnanswered(error)) this.#log.blame(context.operation);
      this.#core.storage.came(error, { partition: this.#log.name, operation: context.operation });
      this.#log.assertOpen();
      throw error;
    }
  }

  async waitFor(position: ReadPosition, context: CallContext): Promise<void> {
    const log = this.#log;
    const { offset } = position;
    log.assertOpen();
    if (log.known.isOver(position)) return;
    if (this.#tail !== undefined) return this.#tail.past(position, context);
    const session = log.sessions.at(offset) ?? log.sessions.open(offset, TAIL_CREDIT_BYTES, context);
    const what = `waiting at offset ${offset} of ${log.name}`;
    if (session === undefined) return log.known.waitPast(position, context.signal, what);
    session.lease();
    try {
      context.operation.link(session.link);
      if (await openedOrFailed(session, context.signal, what)) {
        await log.known.waitPast(position, context.signal, what);
      }
    } finally {
      session.release();
    }
  }

  async #readBySession(request: ReadRequest, context: CallContext, acquire: Operation): Promise<ReadResult> {
    const { offset, bytesMax } = request;
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
      if (this.#log.avoidsSessions) return this.#readStateless(request, context, acquire, 'stateless');
      const standing = this.#log.sessions.at(offset);
      const session = standing ?? this.#log.sessions.open(offset, bytesMax, context);
      if (session === undefined) return this.#readStateless(request, context, acquire, 'stateless');
      const mode = standing === undefined ? 'fresh' : 'reuse';
      acquire.set('seaglass.session.mode', mode).set('seaglass.session.id', session.id);
      // The wait for a session that is not open yet is that of its phases, which have names of their own.
      if (mode === 'fresh' || !session.live) acquire.end('ok');
      const result = await this.#readFrom(session, mode, request, context, acquire);
      if (result !== undefined) return result;
      this.#log.assertOpen();
    }
    return this.#readStateless(request, context, acquire, 'stateless');
  }

  /** Undefined where the session ended before it brought anything. */
  async #readFrom(
    session: Session<U>,
    mode: 'fresh' | 'reuse',
    request: ReadRequest,
    context: CallContext,
    acquire: Operation,
  ): Promise<ReadResult | undefined> {
    const log = this.#log;
    session.lease();
    try {
      if (!(await this.#opened(session, mode, context))) return undefined;
      acquire.end('ok');
      if (log.known.range === undefined) await log.range(context);
      const found = log.atHand(request) ?? (await this.#received(session, request, context));
      if (found !== undefined) {
        const came = mode === 'fresh' && found.mode === 'reuse' ? 'fresh' : found.mode;
        return await this.#answer(request, { ...found, mode: came }, context, acquire);
      }
      const range = log.known.range;
      if (range === undefined || !session.live || request.offset < range.highWatermark) return undefined;
      return emptyResult(request.offset, range, mode, session.id);
    } finally {
      session.release();
    }
  }

  /** False where a session that another read opened was refused as out of range: the log may have grown since it asked. */
  async #opened(session: Session<U>, mode: 'fresh' | 'reuse', context: CallContext): Promise<boolean> {
    try {
      const what = `session ${session.id} of ${this.#log.name}`;
      const name = mode === 'fresh' ? undefined : OPENING_PHASES[session.state.kind];
      if (name === undefined) await unlessCancelled(session.opened, context.signal, what);
      else {
        const attributes = { 'seaglass.session.id': session.id };
        await joinPhase(context, { name, what, attributes, channelState: session.channelState }, session.opened);
      }
      return true;
    } catch (error) {
      if (mode === 'reuse' && error instanceof EngineError && error.code === 'offset_out_of_range') return false;
      throw error;
    }
  }

  /**
   * Waits for what the engine is known to have; undefined at the tail, or where the session ended meanwhile, or where it went on with
   * another reader who took more than is kept.
   */
  async #received(session: Session<U>, request: ReadRequest, context: CallContext): Promise<FoundUnits<U> | undefined> {
    const { clock, settings } = this.#core;
    const { offset } = request;
    const allMs = settings.firstMessageDeadlineMs;
    while (session.live && session.nextOffset === offset && this.#log.known.passed(offset)) {
      const before = { ...session.counters };
      const what = `records from offset ${offset} of ${this.#log.name} in session ${session.id}`;
      const attributes = {
        'seaglass.session.id': session.id,
        'seaglass.session.position': session.position,
        ...serverAttributes(session.address),
      };
      try {
        const { channelState, lastFrameMs } = session;
        const startedMs = clock.monotonicMs();
        // Who asks with a short wait is gone before the deadline, and comes again: what was waited in all counts.
        const deadlineMs = Math.max(allMs * LAST_SHARE, allMs - (startedMs - session.owedSinceMs(startedMs)));
        const phase = { clock, name: 'stream.recv', deadlineMs, what, attributes, channelState } as const;
        await runPhase(context, phase, async (inner) => {
          await session.arrivals.wait(inner.signal, what);
          const { frames = 0, data = 0, bytes = 0 } = { ...session.counters };
          inner.operation
            .set('seaglass.stream.frames', frames - (before.frames ?? 0))
            .set('seaglass.stream.data', data - (before.data ?? 0))
            .set('seaglass.stream.bytes', bytes - (before.bytes ?? 0))
            .set('seaglass.stream.first_frame_ms', Math.round(session.lastFrameMs - startedMs))
            .set('seaglass.stream.max_gap_ms', Math.round(session.lastFrameMs - lastFrameMs));
        });
      } catch (error) {
        if (!(error instanceof EngineError) || error.code !== 'timeout') throw error;
        session.stall(
          `the engine has records from offset ${offset} on and sent none for ${Math.round(clock.monotonicMs() - session.owedSinceMs(clock.monotonicMs()))} ms`,
        );
        return undefined;
      }
      const found = this.#log.atHand(request);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  async #readByLog(request: ReadRequest, context: CallContext, acquire: Operation): Promise<ReadResult> {
    const { offset } = request;
    const { sessions, known } = this.#log;
    // What the engine is known to have and a stream did not bring is read from the log.
    sessions.closeWhere(
      'renewed',
      ({ nextOffset, leases, brought, hasData }) =>
        leases === 0 && ((nextOffset === offset && known.passed(offset)) || (brought && !hasData)),
    );
    const range = known.range;
    if (range?.highWatermark !== offset || !this.#isFresh(offset)) {
      return this.#readStateless(request, context, acquire, 'log');
    }
    const session = sessions.at(offset);
    const mode = session === undefined ? 'log' : 'reuse';
    acquire.set('seaglass.session.mode', mode).end('ok');
    return emptyResult(offset, range, mode, session?.id ?? '');
  }

  /** An own append said so just now, or the engine did, not long ago, and a session waits there since. */
  #isFresh(offset: Offset): boolean {
    const { clock, settings } = this.#core;
    const { askedMs, toldMs } = this.#log.known;
    const nowMs = clock.monotonicMs();
    if (nowMs - toldMs < TOLD_FRESH_MS) return true;
    const session = this.#log.sessions.at(offset);
    return (
      session?.live === true &&
      !session.brought &&
      askedMs >= session.lastFrameMs &&
      nowMs - askedMs < settings.firstMessageDeadlineMs / 4
    );
  }

  /** Reads without a session. The engine is asked where its log ends unless that is known to lie further on. */
  async #readStateless(
    request: ReadRequest,
    context: CallContext,
    acquire: Operation,
    mode: SessionMode,
  ): Promise<ReadResult> {
    const { offset, bytesMax } = request;
    const log = this.#log;
    acquire.set('seaglass.session.mode', mode).end('ok');
    const known = log.known.range;
    const range = known !== undefined && known.highWatermark > offset ? known : await log.rangeFromNow(context);
    if (offset < range.logStartOffset || offset > range.highWatermark) {
      throw outOfRange(log.topicPartition, offset, range);
    }
    if (offset >= readableEnd(range, request.isolation)) return emptyResult(offset, range, mode, '');
    const { clock, settings, dialect, assignments } = this.#core;
    const assignment = await assignments.of(log.topic, log.partition, context);
    const what = `reading ${log.name} from offset ${offset}`;
    const attributes = { 'kafka.offset': offset };
    const deadlineMs = settings.callDeadlineMs;
    // Of this generation or a later one, which nobody has told yet.
    const { generation } = log;
    const beganMs = clock.monotonicMs();
    try {
      const read = await runPhase(context, { clock, name: 'stateless.read', deadlineMs, what, attributes }, (inner) =>
        dialect.readBacklog({ assignment, topic: log.topic, offset, bytesMax, range }, inner),
      );
      log.keep(offset, read.units, context.operation);
      const found = { generation, mode, sessionId: '', ...read };
      return this.#answerNow(request, found, this.#judged(request, found), context, acquire);
    } catch (error) {
      log.failed(error);
      if (isUnanswered(error)) log.unread(offset, beganMs);
      if (isUnanswered(error) && error.code === 'cancelled') log.leftUnanswered(context);
      throw error;
    }
  }

  /** What is at hand may be wrong where the log is not: then the engine is asked for it once more. */
  async #answer(
    request: ReadRequest,
    found: FoundUnits<U>,
    context: CallContext,
    acquire: Operation,
  ): Promise<ReadResult> {
    const judged = this.#judged(request, found);
    if (judged.units.length > 0 || judged.faults.length === 0) {
      return this.#answerNow(request, found, judged, context, acquire);
    }
    this.#log.distrust();
    const result = await this.#readStateless(request, context, acquire, 'stateless');
    const repaired = judged.faults.map((fault) => ({ ...fault, repaired: true }));
    return { ...result, faults: [...repaired, ...result.faults] };
  }

  /** Of what the reader may have. */
  #judged({ offset, isolation }: ReadRequest, { units, range }: FoundUnits<U>): Judged<U> {
    const { topic, known } = this.#log;
    const end = readableEnd(known.range === undefined ? range : furthest(range, known.range), isolation);
    const isReadable = (units.at(-1)?.lastOffset ?? offset) < end;
    const readable = isReadable ? units : units.filter(({ lastOffset }) => lastOffset < end);
    return this.#core.dialect.judge(readable, topic);
  }

  /** Throws 'corrupt_batch' where the first record is not what was produced. */
  #answerNow(
    request: ReadRequest,
    found: FoundUnits<U>,
    judged: Judged<U>,
    context: CallContext,
    acquire: Operation,
  ): ReadResult {
    const { offset } = request;
    const { mode, sessionId, generation } = found;
    const { topic, known } = this.#log;
    if (judged.units.length === 0 && judged.faults.length > 0) {
      this.#log.distrust();
      throw faultyValues(this.#log.topicPartition, judged.faults);
    }
    acquire.set('seaglass.session.mode', mode).end('ok');
    const session = sessionId === '' ? undefined : this.#log.sessions.all.find(({ id }) => id === sessionId);
    if (session !== undefined) {
      context.operation
        .link(session.link)
        .set('seaglass.session.id', sessionId)
        .set('seaglass.session.position', session.position)
        .set('seaglass.session.age_ms', Math.round(this.#core.clock.monotonicMs() - session.openedMs));
    }
    context.operation.set('seaglass.session.mode', mode);
    const range = known.range === undefined ? found.range : furthest(found.range, known.range);
    const release = releaser(found.units);
    if (judged.units.length === 0) {
      release();
      return emptyResult(offset, range, mode, sessionId);
    }
    return readResult(this.#core.dialect, topic, offset, { generation, mode, sessionId, range, ...judged }, release);
  }
}

/** Whether there are records at the position that its reader may not have yet. */
function isUndecided(range: PartitionRange, { offset, isolation }: ReadPosition): boolean {
  return range.logStartOffset <= offset && readableEnd(range, isolation) <= offset && offset < range.highWatermark;
}

/** By its deadline, or as its reader gave up. */
function isUnanswered(error: unknown): error is EngineError {
  return error instanceof EngineError && (error.code === 'timeout' || error.code === 'cancelled');
}

/** True when open; false when opening failed, which the next read will say. */
async function openedOrFailed<U extends LogUnit>(
  session: Session<U>,
  signal: AbortSignal,
  what: string,
): Promise<boolean> {
  try {
    await unlessCancelled(session.opened, signal, what);
    return session.live;
  } catch (error) {
    if (signal.aborted) throw error;
    return false;
  }
}
