/**
 * What the gateway holds of one partition's log: what is known of its ends, the retained window, the sessions. It learns from every
 * frame, ack and answer, and forgets when the engine failed or went back: nothing kept is trusted until the engine has said again
 * where its log ends.
 *
 * An engine that compacts tells the log's generation on every stream. All that is kept is of the newest one that was told: the window and
 * what sessions have queued go when it grows, and a frame of an older one is not taken. The window answers only while a stream is open,
 * which would have told.
 */
import { toOffset } from '../../types';
import type { Offset, PartitionId, TopicPartition } from '../../types';
import { traceIds } from '../../telemetry/log/log';
import type { CallContext, Operation } from '../../telemetry/trace/operation';
import type { EngineCore } from '../core';
import type { LogState, LogUnit } from '../dialect';
import type { PartitionRange, ReadRequest, ReadResult, Topic } from '../engine';
import { EngineError } from '../../engine-error';
import { contradicted } from '../contradiction';
import type { EngineErrorCode } from '../../engine-error';
import { KnownRange } from './known-range';
import { PartitionSessions } from '../session/partition-sessions';
import { ignoreShared, unlessCancelled } from '../../waiting/deadline';
import { joinPhase, runPhase } from '../../waiting/phase';
import { outOfRange } from './read-result';
import type { FoundUnits } from './read-result';
import { RetainedWindow } from './retained-window';
import { WithheldData } from './withheld-data';
import type { Session, SessionOwner } from '../session/session';
import type { SessionEnd } from '../session/session-state';

/** After a stall reads go around sessions for so long. */
const STALL_RECOVERY_MS = 5_000;
/** Several heartbeats of a session: where one is open, a recent range is never asked for. */
const RECENT_MS = 5_000;
/** What puts in doubt who leads the partition and what its log holds. */
const DOUBTFUL: ReadonlySet<EngineErrorCode> = new Set(['unavailable', 'timeout', 'not_leader', 'contradiction']);

export class LogView<U extends LogUnit> implements SessionOwner<U> {
  readonly partition: PartitionId;
  readonly known = new KnownRange();
  readonly sessions: PartitionSessions<U>;
  readonly #core: EngineCore<U>;
  readonly #topic: () => Topic;
  readonly #window: RetainedWindow<U>;
  /** Of all that is kept here; 0: none was told. */
  #generation = 0;
  readonly #withheld: WithheldData<U>;
  #asking: Promise<PartitionRange> | undefined;
  #stalledUntilMs = Number.NEGATIVE_INFINITY;
  #closedBy: EngineError | undefined;

  constructor(core: EngineCore<U>, topic: () => Topic, partition: PartitionId) {
    this.#core = core;
    this.#topic = topic;
    this.partition = partition;
    this.#withheld = new WithheldData(core, () => this.topicPartition);
    this.sessions = new PartitionSessions(core, this);
    const { retained: budget, settings, clock } = core;
    this.#window = new RetainedWindow({ budget, bytesMax: settings.retainedBytesPerPartitionMax, clock });
  }

  get topic(): Topic {
    return this.#topic();
  }

  get topicPartition(): TopicPartition {
    return { topic: this.topic.name, partition: this.partition };
  }

  get name(): string {
    return `${this.topic.name}-${this.partition}`;
  }

  /** True for a while after a session stalled. */
  get avoidsSessions(): boolean {
    return this.#core.clock.monotonicMs() < this.#stalledUntilMs;
  }

  get generation(): number {
    return this.#generation;
  }

  /** False where the log may no longer hold what the answer does. */
  isCurrent({ generation, bytes, firstOffset }: ReadResult): boolean {
    if (this.#closedBy !== undefined) return false;
    const { logStartOffset = 0 } = this.known.range ?? {};
    return bytes === 0 || (generation === this.#generation && firstOffset >= logStartOffset);
  }

  assertOpen(): void {
    if (this.#closedBy !== undefined) throw this.#closedBy;
  }

  /** What needs no question, held for the reader. Throws 'offset_out_of_range' below the known log start. */
  atHand({ offset, bytesMax }: ReadRequest): FoundUnits<U> | undefined {
    const range = this.known.range;
    if (range === undefined) return undefined;
    if (offset < range.logStartOffset) throw outOfRange(this.topicPartition, offset, range);
    const units: U[] = [];
    let bytes = 0;
    let next = offset;
    let mode: 'retained' | 'reuse' | 'none' = 'none';
    let sessionId = '';
    const asksWindow = this.#backlog === 'log' || this.sessions.areTold;
    do {
      const kept = asksWindow ? this.#window.read(next, bytesMax - bytes, units) : 0;
      const session = kept > 0 ? undefined : this.sessions.withDataAt(next);
      const taken = session === undefined ? 0 : this.#take(session, bytesMax - bytes, units);
      if (kept + taken === 0) break;
      if (mode === 'none') mode = kept > 0 ? 'retained' : 'reuse';
      if (session !== undefined) sessionId = session.id;
      bytes += kept + taken;
      next = toOffset((units.at(-1)?.lastOffset ?? next) + 1);
    } while (bytes < bytesMax);
    return units.length === 0 ? undefined : { units, range, generation: this.#generation, mode, sessionId };
  }

  /**
   * Takes what was read around the sessions, and keeps it where no stream tells what happens to the log: elsewhere nobody has said of which
   * generation it is. Throws 'contradiction' where it does not answer `offset` without a step back.
   */
  keep(offset: Offset, units: readonly U[], reader: Operation): void {
    if (units.length > 0) this.#withheld.broughtElsewhere();
    let next = offset;
    let inOrder = units.length > 0;
    for (const unit of units) {
      inOrder &&= unit.lastOffset >= next && unit.lastOffset >= unit.baseOffset;
      next = toOffset(unit.lastOffset + 1);
    }
    if (!inOrder) {
      contradicted(this.#core.telemetry.instruments, 'stateless_read', { ...this.topicPartition, offset }, reader);
      const came = `${units.length} units came, not consecutive from there`;
      throw new EngineError('contradiction', `${this.name}: records from offset ${offset} were asked for; ${came}`);
    }
    if (this.#backlog === 'log') this.#window.add(offset, units);
  }

  /** Asks the engine; those who ask at the same time share one answer. */
  async range(context: CallContext): Promise<PartitionRange> {
    this.assertOpen();
    const what = `range of ${this.name}`;
    const asking = this.#asking;
    if (asking !== undefined) {
      // Whoever asks may still wait for the assignment: then that is what this caller waits for, too.
      await this.#core.assignments.of(this.topic, this.partition, context);
      return joinPhase(context, { name: 'range.info', what }, asking);
    }
    this.#asking = this.#ask(context).finally(() => (this.#asking = undefined));
    return unlessCancelled(this.#asking, context.signal, what);
  }

  /** As `range`, but never an answer to a question put before this call: such a one may lie behind what a client was told. */
  async rangeFromNow(context: CallContext): Promise<PartitionRange> {
    const startedMs = this.#core.clock.monotonicMs();
    const range = await this.range(context);
    return this.known.askedMs >= startedMs ? range : this.range(context);
  }

  async recentRange(context: CallContext): Promise<PartitionRange> {
    this.assertOpen();
    const { range, heardMs } = this.known;
    const isRecent = this.#core.clock.monotonicMs() - heardMs < RECENT_MS;
    return range !== undefined && isRecent ? range : this.range(context);
  }

  /** An append of this gateway's own was acked. */
  acked(range: PartitionRange, teller: Operation): void {
    this.ranged(range, teller);
    // Where later records are known of, the ack says nothing about the end.
    if (this.known.range?.highWatermark === range.highWatermark) this.known.toldMs = this.#core.clock.monotonicMs();
  }

  /** Takes what a frame, an ack or an answer said; `teller` is whose trace shows it. */
  ranged(range: PartitionRange, teller: Operation): void {
    const forgotten = this.known.range === undefined;
    this.known.heardMs = this.#core.clock.monotonicMs();
    this.known.learn(range);
    if (forgotten && this.#window.end > range.highWatermark) this.#wentBack(this.#window.end, range, teller);
    if (range.logStartOffset > 0) this.#trimBelow(range.logStartOffset);
  }

  brought(): void {
    this.#withheld.brought();
  }

  began(state: LogState, teller: Operation): void {
    const { generation = 0 } = state;
    // Also to a smaller one: a node that started anew may count from less.
    if (generation !== this.#generation) this.#begin(generation);
    this.ranged(state, teller);
  }

  told(state: LogState, teller: Operation): boolean {
    const { generation = 0 } = state;
    if (generation < this.#generation) return false;
    if (generation > this.#generation) this.#begin(generation);
    this.ranged(state, teller);
    return true;
  }

  ended(session: Session<U>, end: SessionEnd, error: EngineError | undefined): void {
    this.sessions.forget(session);
    if (error !== undefined) this.#core.storage.failed(error, { partition: this.name });
    if (end === 'stalled') this.#withheld.stalled(error?.message ?? end);
    if (end === 'stalled') this.#stalledUntilMs = this.#core.clock.monotonicMs() + STALL_RECOVERY_MS;
    // Out of range: the log start passed the session, or it began past the end. Nothing that is known became wrong.
    if (error !== undefined && error.code !== 'offset_out_of_range') this.#forget(error);
    // Nobody else may tell those who waited on it.
    if (error !== undefined || session.leases > 0) this.known.wakeAll();
  }

  /** An engine that does not answer, no longer leads or contradicts itself is looked up again, and nothing kept is trusted meanwhile. */
  failed(error: unknown): void {
    this.#core.storage.failed(error, { partition: this.name });
    if (error instanceof EngineError && DOUBTFUL.has(error.code)) this.#forget(error);
  }

  /** A read of records that the engine says it has brought nothing in its time. */
  unread(offset: Offset, beganMs: number): void {
    this.#withheld.unread(offset, beganMs);
  }

  /** A read had no answer: should its request fail, it is because of this partition. */
  blame(operation: Operation): void {
    this.#withheld.blame(operation);
  }

  /**
   * A call's caller left before its deadline could tell whether the leader still answers. A fetch does so every time: the question where
   * the log ends, which those who come later share, goes on for as long as it takes to tell.
   */
  leftUnanswered({ operation }: CallContext): void {
    this.range({ operation, signal: this.#core.lifetime }).catch(ignoreShared);
  }

  /** What is kept was found wrong: the engine is asked for it again. */
  distrust(): void {
    this.#window.clear();
  }

  /** The next reader asks the engine who leads, and for records. A session that somebody waits on goes on. */
  lookAnew(): void {
    this.#window.clear();
    this.sessions.closeWhere('renewed', ({ leases }) => leases === 0);
    this.#core.assignments.forget(this.topic, this.partition);
  }

  close(error: EngineError): void {
    if (this.#closedBy !== undefined) return;
    this.#closedBy = error;
    this.sessions.closeWhere('shutdown', () => true);
    this.#window.clear();
    this.#core.assignments.forget(this.topic, this.partition);
    this.known.forget();
    this.known.wakeAll();
  }

  /** Moves units from a session to its reader, and to the window for whoever asks again. */
  #take(session: Session<U>, bytesMax: number, into: U[]): number {
    const from = session.nextOffset;
    const first = into.length;
    const bytes = session.take(bytesMax, into);
    this.#core.storage.brought(this, from, session.nextOffset);
    this.#window.add(from, into.slice(first));
    this.sessions.merge(session);
    return bytes;
  }

  async #ask(context: CallContext): Promise<PartitionRange> {
    const { clock, settings, dialect, lifetime, assignments } = this.#core;
    const { version } = this.known;
    const startedMs = clock.monotonicMs();
    try {
      const assignment = await assignments.of(this.topic, this.partition, context, lifetime);
      const what = `range of ${this.name}`;
      const phase = { clock, lifetime, name: 'range.info', deadlineMs: settings.callDeadlineMs, what } as const;
      const ask = () => runPhase(context, phase, (inner) => dialect.range(assignment, this.topic, inner));
      const range = await this.#confirmed(ask, version, context.operation);
      this.known.askedMs = startedMs;
      return this.known.range ?? range;
    } catch (error) {
      this.failed(error);
      throw error;
    }
  }

  /**
   * An answer behind what was known before it was asked for is told, and asked for once more: of an engine that says it again records are
   * lost, and their offsets may be used again.
   */
  async #confirmed(ask: () => Promise<PartitionRange>, version: number, teller: Operation): Promise<PartitionRange> {
    const isBack = ({ highWatermark }: PartitionRange): boolean =>
      this.known.version === version && highWatermark < (this.known.range?.highWatermark ?? 0);
    let range = await ask();
    if (isBack(range)) {
      this.#wentBack(this.known.range?.highWatermark ?? range.highWatermark, range, teller);
      range = await ask();
    }
    if (isBack(range)) {
      this.known.heardMs = this.#core.clock.monotonicMs();
      this.known.set(range);
    } else this.ranged(range, teller);
    return range;
  }

  get #backlog(): 'session' | 'log' {
    return this.#core.dialect.backlog;
  }

  /** What is kept is of an older generation. A session that holds nothing goes on: what it brings next is of this one. */
  #begin(generation: number): void {
    this.#generation = generation;
    this.#window.clear();
    this.sessions.closeWhere('rewritten', (session) => session.hasData);
  }

  #trimBelow(logStart: Offset): void {
    this.#window.trimBelow(logStart);
    this.sessions.closeWhere('trimmed', (session) => session.live && session.nextOffset < logStart);
  }

  #wentBack(from: Offset, range: PartitionRange, teller: Operation): void {
    const { instruments, log } = this.#core.telemetry;
    contradicted(instruments, 'high_watermark_back', { ...this.topicPartition, offset: range.highWatermark }, teller);
    teller.flag('contradiction');
    log.write('warn', 'engine.high_watermark_back', 'the engine’s log ends before records that it had sent', {
      topic: this.topic.name,
      partition: this.partition,
      known: from,
      high_watermark: range.highWatermark,
      ...traceIds(teller),
    });
    this.#window.clear();
    this.sessions.closeWhere('trimmed', (session) => session.position > range.highWatermark);
  }

  #forget(error: EngineError): void {
    this.#core.assignments.invalidate(this.topic, this.partition, error);
    this.known.forget();
    this.#generation = 0;
  }
}
