/**
 * One subscriber session: a stream, and the one loop that reads it. A session is keyed by the next offset it will yield; only a read
 * that asks exactly that offset takes from it. Readers wait on what the loop has queued and never touch the stream, so a read that
 * is given up loses nothing. Its life is its own trace, in slices.
 */
import { setMaxListeners } from 'node:events';
import type { Offset, PartitionId } from '../../types';
import type { CallContext, Operation, SpanLink } from '../../telemetry/trace/operation';
import { channelState } from '../channel/channel-state';
import type { EngineBase } from '../base';
import type { LogState, LogUnit, SubscriberStream } from '../dialect';
import type { Topic } from '../engine';
import { EngineError } from '../../engine-error';
import { contradicted } from '../contradiction';
import { cancelled, ignoreShared } from '../../waiting/deadline';
import { runPhase } from '../../waiting/phase';
import { ReadAhead } from './read-ahead';
import { assertMove } from './session-state';
import type { SessionEnd, SessionState } from './session-state';
import { SessionTrace } from './session-trace';
import type { SessionProgress } from './session-trace';
import { UnitQueue } from './unit-queue';
import { Wakeups } from '../../waiting/wakeups';

export interface SessionOwner<U extends LogUnit> {
  readonly topic: Topic;
  readonly partition: PartitionId;
  /** A stream began: init's answer is how the log is now. */
  began(state: LogState, teller: Operation): void;
  /** A frame said how the log was when it was sent. False where a later stream told more since: what came with the frame may be gone. */
  told(state: LogState, teller: Operation): boolean;
  /** A frame brought records. */
  brought(): void;
  ended(session: Session<U>, end: SessionEnd, error: EngineError | undefined): void;
}

/** What the queues of all sessions may hold together. */
export interface QueuesBudget<U extends LogUnit> {
  /** What one session may hold when all that hold something share alike. */
  fairShare(): number;
  /** Bytes arrived in a session's queue. */
  queued(session: Session<U>, bytes: number): void;
  /** Bytes left a session's queue: taken, or dropped with it. */
  released(session: Session<U>, bytes: number): void;
}

export interface SessionCore<U extends LogUnit> extends EngineBase<U> {
  readonly sessions: QueuesBudget<U>;
}

export interface SessionOptions {
  readonly id: string;
  readonly offset: Offset;
  /** How many bytes its first reader asks for. */
  readonly bytesMax: number;
}

export class Session<U extends LogUnit> {
  readonly id: string;
  readonly openedMs: number;
  /** Wakes at every data frame and at the end. */
  readonly arrivals = new Wakeups();
  readonly readAhead: ReadAhead;
  /** Readers that wait on it now; such a session is not closed for age or room. */
  leases = 0;
  /** When the last of them left. */
  usedMs: number;
  lastFrameMs: number;
  /** Resolves when init is answered (or handed over, where it never is); rejects with what went wrong. */
  readonly opened: Promise<void>;

  readonly #core: SessionCore<U>;
  readonly #owner: SessionOwner<U>;
  readonly #lifetime = new AbortController();
  readonly #drained = new Wakeups();
  #state: SessionState<U> = { kind: 'assigning' };
  readonly #queue: UnitQueue<U>;
  readonly #trace: SessionTrace;
  #address: string | undefined;
  #owed: { readonly offset: Offset; readonly sinceMs: number } | undefined;

  constructor(core: SessionCore<U>, owner: SessionOwner<U>, options: SessionOptions, context: CallContext) {
    this.id = options.id;
    this.#core = core;
    this.#owner = owner;
    // Every reader that waits for it listens.
    setMaxListeners(0, this.#lifetime.signal);
    this.#queue = new UnitQueue(options.offset);
    this.openedMs = core.clock.monotonicMs();
    this.usedMs = this.openedMs;
    this.lastFrameMs = this.openedMs;
    this.readAhead = new ReadAhead(core.settings.sessionQueueBytesMax, options.bytesMax);
    const { id, openedMs } = this;
    const { topic, partition } = owner;
    this.#trace = new SessionTrace(core, { id, topic: topic.name, partition, openedMs }, options.offset);
    this.#trace.entered(this.#state.kind);
    this.opened = this.#open(context);
    this.opened.catch(ignoreShared);
  }

  get state(): SessionState<U> {
    return this.#state;
  }

  /** Of the broker or node that it reads from; empty until that is known. */
  get address(): string {
    return this.#address ?? '';
  }

  /** gRPC's state of the channel that its stream is on. */
  readonly channelState = (): string | undefined => channelState(this.#core.dialect, this.#address);

  /** Keeps it for a reader until `release`. */
  lease(): void {
    this.leases += 1;
  }

  release(): void {
    this.leases -= 1;
    this.usedMs = this.#core.clock.monotonicMs();
  }

  /** What a read must ask to take from here. */
  get nextOffset(): Offset {
    return this.#queue.nextOffset;
  }

  /** The offset the stream will bring next. */
  get position(): Offset {
    return this.#queue.position;
  }

  /** Since when a reader waits here for what the engine is known to have; readers that gave up in between count. */
  owedSinceMs(nowMs: number): number {
    if (this.#owed?.offset !== this.nextOffset) this.#owed = { offset: this.nextOffset, sinceMs: nowMs };
    return this.#owed.sinceMs;
  }

  get queueBytes(): number {
    return this.readAhead.queuedBytes;
  }

  get hasData(): boolean {
    return !this.#queue.isEmpty;
  }

  get live(): boolean {
    return this.#state.kind === 'idle' || this.#state.kind === 'streaming';
  }

  /** True once its stream brought something: where sessions only wait at the tail, that is all that comes of it. */
  get brought(): boolean {
    return (this.counters?.data ?? 0) > 0;
  }

  get ended(): boolean {
    return this.#state.kind === 'stalled' || this.#state.kind === 'closing' || this.#state.kind === 'closed';
  }

  /** The session's own trace, for links. */
  get link(): SpanLink {
    const { traceId, spanId } = this.#trace.operation;
    return { traceId, spanId };
  }

  get operation(): Operation {
    return this.#trace.operation;
  }

  get counters(): SubscriberStream<U>['counters'] | undefined {
    return 'stream' in this.#state ? this.#state.stream?.counters : undefined;
  }

  /** Takes what is queued, up to `bytesMax` but, where `into` is empty, at least one unit; they are the caller's to keep. Returns their bytes. */
  take(bytesMax: number, into: U[]): number {
    const bytes = this.#queue.take(bytesMax, into);
    this.usedMs = this.#core.clock.monotonicMs();
    this.#released(bytes);
    return bytes;
  }

  /** The stream brought nothing although the engine has data, or fell silent: no reader may wait on it any more. */
  stall(why: string): void {
    if (this.ended) return;
    this.#setState({ kind: 'stalled', stream: this.#stream() });
    this.#trace.stalled(why, this.#progress());
    this.close('stalled', new EngineError('timeout', `session ${this.id}: ${why}`));
  }

  close(end: SessionEnd, error?: EngineError): void {
    if (this.#state.kind === 'closing' || this.#state.kind === 'closed') return;
    const stream = this.#stream();
    this.#setState({ kind: 'closing', stream });
    this.#lifetime.abort();
    stream?.close();
    this.#queue.clear();
    const dropped = this.readAhead.queuedBytes;
    this.readAhead.queuedBytes = 0;
    this.#core.sessions.released(this, dropped);
    this.#setState({ kind: 'closed', error });
    this.#trace.ended(end, error, this.#progress(stream));
    this.#owner.ended(this, end, error);
    this.arrivals.wake();
  }

  /** Ends the slice of its trace that is due and begins the next, linked to it. */
  slice(nowMs: number, sliceMs: number): void {
    if (this.ended || !this.#trace.isSliceDue(nowMs, sliceMs)) return;
    this.#trace.nextSlice(nowMs, this.#progress());
  }

  async #open(context: CallContext): Promise<void> {
    try {
      const { topic, partition } = this.#owner;
      const assignment = await this.#core.assignments.of(topic, partition, context, this.#lifetime.signal);
      this.#assertWanted();
      this.#address = assignment.address;
      this.#setState({ kind: 'opening' });
      const stream = await this.#phase(context, 'subscriber.create', this.#core.settings.createDeadlineMs, (inner) =>
        this.#core.dialect.openSubscriber(assignment, topic, this.nextOffset, inner).then((opened) => {
          // A stream that opens after its session was given up has no owner: it ends here.
          if (inner.signal.aborted) opened.close();
          else this.#setState({ kind: 'initSent', stream: opened });
          return opened;
        }),
      );
      const state = await this.#phase(context, 'subscriber.init', this.#core.settings.createDeadlineMs, (inner) =>
        stream.init(inner, this.readAhead.start()),
      );
      this.#assertWanted();
      this.lastFrameMs = this.#core.clock.monotonicMs();
      if (state !== undefined) this.#owner.began(state, this.#trace.operation);
      // A log that ends before this session's place ends the session.
      if (this.ended) return;
      this.#setState({ kind: 'idle', stream });
      this.#trace.nextSlice(this.lastFrameMs, this.#progress());
      void this.#receive(stream);
    } catch (error) {
      if (this.#lifetime.signal.aborted) {
        throw new EngineError('shutting_down', `session ${this.id} was closed while it opened`, error);
      }
      const failure = asEngineError(error, `session ${this.id}`);
      // A stream that was taken and not begun brings nothing, as one that falls silent: readers go around it.
      this.close(this.#state.kind === 'initSent' && failure.code === 'timeout' ? 'stalled' : 'failed', failure);
      throw failure;
    }
  }

  /** Between an answer and what follows it the session may have been closed: then it stays so. */
  #assertWanted(): void {
    if (this.#lifetime.signal.aborted) throw cancelled(`session ${this.id}`);
  }

  #phase<T>(
    context: CallContext,
    name: 'subscriber.create' | 'subscriber.init',
    deadlineMs: number,
    work: (context: CallContext) => Promise<T>,
  ): Promise<T> {
    const { topic, partition } = this.#owner;
    const what = `${name} for ${topic.name}-${partition} at offset ${this.nextOffset}`;
    const attributes = { 'seaglass.session.id': this.id, 'kafka.offset': this.nextOffset };
    return runPhase(
      context,
      {
        clock: this.#core.clock,
        lifetime: this.#lifetime.signal,
        channelState: this.channelState,
        ...{ name, deadlineMs, what, attributes },
      },
      work,
    );
  }

  /** The stream's only reader. */
  async #receive(stream: SubscriberStream<U>): Promise<void> {
    const { signal } = this.#lifetime;
    try {
      while (!signal.aborted) {
        // Where the protocol has no credit, not reading is what holds the engine back.
        while (stream.credit === undefined && this.readAhead.full) await this.#drained.wait(signal, this.id);
        const frame = await stream.receive(signal);
        this.lastFrameMs = this.#core.clock.monotonicMs();
        if (frame.kind === 'end') {
          throw frame.error ?? new EngineError('unavailable', `session ${this.id}: the engine ended the stream`);
        }
        if (frame.kind === 'ctrl') continue;
        // Before anything of the frame is taken: a log that was compacted, or begins or ends elsewhere, may end this session.
        if (!this.#owner.told(frame.state, this.#trace.operation)) this.close('rewritten');
        if (this.ended) return;
        if (frame.kind === 'data') this.#accept(frame.units, stream);
        if (frame.kind === 'data') this.arrivals.wake();
        else if (!this.hasData) this.#setState({ kind: 'idle', stream });
      }
    } catch (error) {
      this.close('failed', asEngineError(error, `session ${this.id}`));
    }
  }

  #accept(units: readonly U[], stream: SubscriberStream<U>): void {
    let bytes = 0;
    for (const unit of units) {
      if (!this.#queue.put(unit)) {
        const { topic, partition } = this.#owner;
        const at = { topic: topic.name, partition, offset: this.position };
        contradicted(this.#core.telemetry.instruments, 'stream_offset', at, this.#trace.operation);
        const got = `offsets ${unit.baseOffset}..${unit.lastOffset} came where ${this.position} was next`;
        throw new EngineError('contradiction', `session ${this.id}: ${got}`);
      }
      bytes += unit.bytes;
    }
    this.#owner.brought();
    this.readAhead.arrived(bytes);
    this.#core.sessions.queued(this, bytes);
    if (this.ended) return;
    this.#setState({ kind: 'streaming', stream });
  }

  #released(bytes: number): void {
    const credit = this.readAhead.taken(bytes, this.#core.sessions.fairShare());
    this.#core.sessions.released(this, bytes);
    const stream = this.#stream();
    if (credit > 0) stream?.credit?.(credit);
    if (!this.readAhead.full) this.#drained.wake();
  }

  #stream(): SubscriberStream<U> | undefined {
    return 'stream' in this.#state ? this.#state.stream : undefined;
  }

  /** The one place that moves between states. */
  #setState(next: SessionState<U>): void {
    const { kind } = this.#state;
    assertMove(kind, next.kind);
    this.#state = next;
    if (next.kind !== kind) this.#trace.entered(next.kind);
  }

  #progress(stream = this.#stream()): SessionProgress {
    return { nextOffset: this.nextOffset, position: this.position, counters: stream?.counters };
  }
}

function asEngineError(error: unknown, what: string): EngineError {
  return error instanceof EngineError ? error : new EngineError('internal', `${what}: ${String(error)}`, error);
}
