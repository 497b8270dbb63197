/**
 * A publisher stream: hello awaited, records pipelined, exactly one ack for each, in order. Acks are matched to the append that
 * waits by counting, so an append that its caller gave up keeps its place. When the stream dies, what was sent and not acked is
 * remembered: an idempotent producer's retry is then looked for in the log before it is sent again.
 */
import type { Clock } from '../../../clock';
import type { PublishMessageResponse } from '../../../rpc/mq_broker';
import type { Partition } from '../../../rpc/mq_schema';
import type { Instruments } from '../../../telemetry/metrics/instruments';
import { readBatchHeader } from '../../../protocol/record-batch';
import type { CallContext } from '../../../telemetry/trace/operation';
import { toOffset } from '../../../types';
import type { Offset, TopicPartition } from '../../../types';
import type { PublisherStream } from '../../dialect';
import type { AppendRequest, AppendResult } from '../../engine';
import { EngineError } from '../../../engine-error';
import { contradicted } from '../../contradiction';
import type { RecordOrigin } from '../../../audit/proofs';
import { cancelled, ignoreShared, unlessCancelled } from '../../../waiting/deadline';
import { notYetAcked, planAppend } from './append-plan';
import type { AppendPlan } from './append-plan';
import { publishError, sharpen } from '../engine-codes';
import type { FoundRun, WantedRun } from '../log/find-run';
import { FirstOffset } from '../log/first-offset';
import type { Acked, Forgotten } from '../log/first-offset';
import { rangeTo } from '../topics/mq-partition';
import { mqTopic } from '../topics/partition-ring';
import { PendingAppends } from './pending-appends';
import type { LoggedProducers } from './logged-producers';
import type { ProducerBatch, UnknownFate } from './producer-batches';
import { frameOf, frameRecords } from '../../../grpc/publish-frames';
import type { PublishListener, BrokerPublishStream } from '../../../grpc/broker-stream';
import { storedTimeMs } from '../records/records';
import { UNREADABLE_MS_MAX } from '../log/unreadable';
import type { RecordSettings } from '../topics/record-settings';
import type { StoredRecord } from '../records/records';

export interface PublisherOptions {
  readonly openStream: (what: string, listener: PublishListener) => BrokerPublishStream;
  readonly partition: Partition;
  readonly at: TopicPartition;
  /** The topic's settings as they are now: they may change while the stream is open. */
  readonly settings: () => RecordSettings;
  readonly logStartOffset: () => Offset;
  readonly producers: LoggedProducers;
  /** Reads what the log says of producers. */
  readonly followProducers: (context: CallContext) => Promise<void>;
  /** Told where the first thing written went. */
  readonly placed: (offset: Offset) => void;
  /** Told how far acks went whenever an append has all of its own. */
  readonly acked: (end: Offset) => void;
  /** Told of every record that was acked, and at which offset. */
  readonly proved: (offset: Offset, record: StoredRecord, origin: RecordOrigin | undefined) => void;
  /** Told of offsets that the broker gives again, before anything is written behind them. */
  readonly forgot: (forgotten: Forgotten) => void;
  /** Told when the stream ends how far its acks went, and whether this side closed it. */
  readonly ended: (end: Offset, how: 'closed' | 'lost') => void;
  readonly findRun: (wanted: WantedRun, context: CallContext) => Promise<FoundRun>;
  readonly clock: Clock;
  readonly instruments: Instruments;
}

/** Where the partition ended when the stream was opened; the timestamp undefined where it could not be told. */
export interface TailAtOpen {
  readonly nextOffset: Offset;
  readonly lastTsNs: bigint | undefined;
  /** Offsets below it were given to records, whatever the broker gives next. */
  readonly validFrom: Offset;
}

export class MqPublisher implements PublisherStream {
  readonly #options: PublisherOptions;
  readonly #stream: BrokerPublishStream;
  readonly #what: string;
  readonly #greeted: Promise<void>;
  /** Settles `#greeted`; undefined once it is. */
  #greet: { readonly resolve: () => void; readonly reject: (error: EngineError) => void } | undefined;
  readonly #pending: PendingAppends;
  /** Until it is known where records go. */
  #first: FirstOffset | undefined;
  #failure: EngineError | undefined;
  /** Where the next ack is expected; what is sent from now on lies there or behind. */
  #nextOffset: Offset = toOffset(0);
  /** The log's end as the broker said it when the stream was opened. */
  #tail: Offset = toOffset(0);
  #placed = false;
  /** Undefined once another writer was seen, or where it never was known: then every record is enveloped. */
  #lastTsNs: bigint | undefined;
  /** Appends behind a retry that is being looked for wait for it: their order is the producer's. */
  #gate: Promise<void> | undefined;

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#pending = new PendingAppends(options.clock);
    this.#what = `publisher of ${options.at.topic} [${options.partition.rangeStart}, ${options.partition.rangeStop})`;
    this.#greeted = new Promise((resolve, reject) => (this.#greet = { resolve, reject }));
    this.#greeted.catch(ignoreShared);
    this.#stream = options.openStream(this.#what, {
      received: (answer) => this.#received(answer),
      ended: (error) => this.#fail(this.#ended(error)),
    });
  }

  get failed(): boolean {
    return this.#failure !== undefined;
  }

  get silentSinceMs(): number | undefined {
    return this.#pending.silentSinceMs;
  }

  /** Sends init and resolves with the broker's hello. */
  async hello(context: CallContext): Promise<void> {
    const init = {
      topic: mqTopic(this.#options.at.topic),
      partition: this.#options.partition,
      ackInterval: 1,
      followerBroker: '',
      publisherName: 'seaglass',
    };
    this.#stream.write(frameOf({ message: { $case: 'init', init } }));
    await unlessCancelled(this.#greeted, context.signal, this.#what);
  }

  /** Lets appends begin. */
  begin({ nextOffset, lastTsNs, validFrom }: TailAtOpen): void {
    this.#tail = nextOffset;
    this.#nextOffset = nextOffset;
    this.#lastTsNs = lastTsNs;
    const marks = this.#options.settings().envelope !== 'never';
    if (validFrom === 0 || (!marks && nextOffset >= validFrom)) return;
    this.#nextOffset = validFrom;
    this.#first = new FirstOffset(this.#pending, {
      validFrom,
      marks,
      write: (frames) => this.#stream.write(frames),
      forgot: (forgotten) => {
        if (marks) this.#lastTsNs = undefined;
        this.#options.forgot(forgotten);
      },
    });
  }

  async append(request: AppendRequest, context: CallContext): Promise<AppendResult> {
    while (this.#gate !== undefined) await this.#gate;
    this.#assertOpen();
    if (context.signal.aborted) throw cancelled(this.#what);
    const mayBeElsewhere = this.#mayBeElsewhere(request);
    if (!mayBeElsewhere) {
      const plan = this.#plan(request);
      if (this.#unknownOf(plan) === undefined) return this.#carryOut(plan, undefined, request, context);
    }
    const open = this.#holdBack();
    let done: Promise<AppendResult>;
    try {
      if (mayBeElsewhere) {
        await this.#pending.drained(context.signal);
        this.#assertOpen();
        await this.#options.followProducers(context);
      }
      const unknown = this.#unknownOf(this.#plan(request));
      const found = unknown && (await this.#lookFor(unknown, context));
      this.#assertOpen();
      done = this.#carryOut(this.#plan(request), found, request, context);
    } finally {
      open();
    }
    return done;
  }

  close(): void {
    this.#fail(new EngineError('unavailable', `${this.#what}: closed`), 'closed');
    this.#stream.cancel();
  }

  #assertOpen(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  #plan({ batch }: AppendRequest): AppendPlan {
    const { envelope, valueProof, logAppendTime } = this.#options.settings();
    return planAppend(batch, this.#options.producers.batches, {
      mode: envelope,
      valueProof,
      lastTsNs: this.#lastTsNs,
      nowMs: this.#options.clock.nowMs(),
      logAppendTime,
    });
  }

  /** Where records must be raw, the log tells of no producer. */
  #mayBeElsewhere({ batch }: AppendRequest): boolean {
    const { settings, producers, clock } = this.#options;
    if (settings().envelope === 'never') return false;
    return producers.mayBeElsewhere(readBatchHeader(batch, 0), clock.monotonicMs());
  }

  /** The fate of a batch of which it is to be found out what the log holds. */
  #unknownOf(plan: AppendPlan): UnknownFate | undefined {
    if (plan.kind === 'new') return undefined;
    const { batch, records } = plan;
    if (batch.fate.kind === 'logged') {
      const { clock, settings } = this.#options;
      const { baseOffset } = batch.fate;
      const acked = { baseOffset, count: 1 };
      const sinceMs = clock.monotonicMs();
      const alike = settings().logAppendTime ? 'content' : 'record';
      batch.fate = { kind: 'unknown', sinceMs, from: toOffset(baseOffset + 1), records, acked, alike };
    }
    return batch.fate.kind === 'unknown' ? batch.fate : undefined;
  }

  /** Sends at once what is to be sent: what is called next is behind it. */
  #carryOut(
    plan: AppendPlan,
    found: FoundRun | undefined,
    { origin }: AppendRequest,
    context: CallContext,
  ): Promise<AppendResult> {
    this.#lastTsNs = plan.lastTsNs;
    if (plan.kind === 'known') return this.#repeat(plan.batch, found, origin, context);
    const { header, records } = plan;
    const { clock, producers } = this.#options;
    const batch = header && producers.batches.remember(header, clock.monotonicMs());
    return this.#send({ records, batch, origin, context });
  }

  /** A batch that came before: its first answer, or, where the engine never said, what the log says. */
  #repeat(
    batch: ProducerBatch,
    found: FoundRun | undefined,
    origin: RecordOrigin | undefined,
    context: CallContext,
  ): Promise<AppendResult> {
    let { fate } = batch;
    if (fate.kind === 'unknown' && found !== undefined) {
      const { records } = fate;
      if (found.count < records.length) {
        batch.fate = { kind: 'sent' };
        return this.#send({ records, batch, origin, context, found });
      }
      fate = { kind: 'acked', baseOffset: found.baseOffset, logAppendTimeMs: this.#timeOf(records) };
      batch.fate = fate;
    }
    if (fate.kind !== 'acked') return Promise.reject(notYetAcked());
    const { baseOffset, logAppendTimeMs } = fate;
    const end = toOffset(baseOffset + Math.max(batch.lastSequence - batch.firstSequence + 1, 1));
    return Promise.resolve({
      baseOffset,
      logAppendTimeMs,
      duplicate: true,
      ...rangeTo(end > this.#nextOffset ? end : this.#nextOffset, this.#options.logStartOffset()),
    });
  }

  /** What the log holds of a batch of which no ack told. */
  async #lookFor({ from, records, acked, sinceMs, alike }: UnknownFate, context: CallContext): Promise<FoundRun> {
    const unreadable = this.#options.clock.monotonicMs() - sinceMs < UNREADABLE_MS_MAX ? 'fails' : 'lost';
    const wanted = { from, records: records.slice(acked.count), alike, unreadable } as const;
    const rest = await this.#options.findRun(wanted, context);
    return acked.count === 0 ? rest : { ...acked, count: acked.count + rest.count };
  }

  /** Appends wait until the returned function is called. */
  #holdBack(): () => void {
    let open = (): void => undefined;
    this.#gate = new Promise((resolve) => {
      open = () => {
        this.#gate = undefined;
        resolve();
      };
    });
    return () => open();
  }

  #timeOf(records: readonly StoredRecord[]): number {
    return this.#options.settings().logAppendTime ? storedTimeMs(records) : -1;
  }

  #send(append: {
    readonly records: readonly StoredRecord[];
    readonly batch: ProducerBatch | undefined;
    readonly origin: RecordOrigin | undefined;
    readonly context: CallContext;
    /** What the log already has of it. */
    readonly found?: FoundRun;
  }): Promise<AppendResult> {
    const { records, batch, origin, context, found } = append;
    return new Promise((resolve, reject) => {
      const onAbort = (): void => reject(cancelled(this.#what));
      const settled = (): void => context.signal.removeEventListener('abort', onAbort);
      context.signal.addEventListener('abort', onAbort, { once: true });
      this.#pending.push({
        records,
        batch,
        origin,
        logAppendTimeMs: this.#timeOf(records),
        acked: found?.count ?? 0,
        baseOffset: found === undefined || found.count === 0 ? undefined : found.baseOffset,
        resolve: (result) => {
          settled();
          resolve(result);
        },
        reject: (error) => {
          settled();
          reject(error);
        },
      });
      if (this.#first === undefined) this.#stream.write(frameRecords(records, found?.count ?? 0));
      else if (this.#pending.size === 1) this.#first.ask();
    });
  }

  /** The hello first, then acks. */
  #received({ errorCode, error, shouldClose, assignedOffset }: PublishMessageResponse): void {
    if (this.#failure !== undefined) return;
    try {
      if (errorCode !== 0 || error !== '') throw publishError(errorCode, error, this.#what);
      if (this.#greet === undefined) this.#acked(toOffset(Number(assignedOffset)));
      else this.#greet.resolve();
      this.#greet = undefined;
      if (shouldClose) throw new EngineError('unavailable', `${this.#what}: the broker asked to close the stream`);
    } catch (caught) {
      const internal = (): EngineError => new EngineError('internal', `${this.#what}: failed`, caught);
      this.#fail(caught instanceof EngineError ? caught : internal());
      this.#stream.cancel();
    }
  }

  #acked(offset: Offset): void {
    this.#pending.heard();
    this.#options.producers.appended(offset);
    const pending = this.#pending.first;
    if (pending === undefined) {
      throw new EngineError('contradiction', `${this.#what}: an ack that no append waits for`);
    }
    if (this.#first !== undefined && this.#askedFirst(this.#first, offset) === 'placeholder') return;
    if (offset !== this.#nextOffset) this.#otherWriter(offset);
    this.#nextOffset = toOffset(offset + 1);
    pending.baseOffset ??= offset;
    const record = pending.records[pending.acked];
    if (record?.proof !== undefined) this.#options.proved(offset, record, pending.origin);
    pending.acked += 1;
    if (pending.acked < pending.records.length) return;
    this.#pending.shift();
    this.#options.acked(this.#nextOffset);
    const { baseOffset, logAppendTimeMs } = pending;
    if (pending.batch !== undefined) pending.batch.fate = { kind: 'acked', baseOffset, logAppendTimeMs };
    pending.resolve({
      baseOffset,
      logAppendTimeMs,
      duplicate: false,
      ...rangeTo(this.#nextOffset, this.#options.logStartOffset()),
    });
  }

  #askedFirst(first: FirstOffset, offset: Offset): Acked {
    if (!this.#placed) this.#options.placed(offset);
    this.#placed = true;
    const acked = first.acked(offset);
    if (first.found) this.#first = undefined;
    if (acked === 'record' && offset !== this.#tail) this.#otherWriter(offset);
    const next = acked === 'record' ? offset : toOffset(offset + 1);
    if (next > this.#nextOffset) this.#nextOffset = next;
    return acked;
  }

  /** Offsets that are not ours lie between: someone else writes here, so what the last timestamp is can no longer be told. */
  #otherWriter(offset: Offset): void {
    this.#lastTsNs = undefined;
    const { instruments, at } = this.#options;
    contradicted(instruments, 'append_interleaved', { ...at, offset });
  }

  #fail(error: EngineError, how: 'closed' | 'lost' = 'lost'): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#options.ended(this.#nextOffset, how);
    this.#greet?.reject(error);
    this.#greet = undefined;
    const sinceMs = this.#options.clock.monotonicMs();
    let from = this.#nextOffset;
    for (const { batch, records, reject, baseOffset, acked: count } of this.#pending.take()) {
      const acked = { baseOffset: baseOffset ?? from, count };
      if (batch !== undefined) batch.fate = { kind: 'unknown', sinceMs, from, records, acked, alike: 'bytes' };
      // The stream is in order: what was sent later lies behind all of this one.
      from = toOffset(from + records.length - count);
      reject(error);
    }
  }

  #ended(error: EngineError | undefined): EngineError {
    const sharpened = sharpen(error);
    return sharpened instanceof EngineError
      ? sharpened
      : new EngineError('unavailable', `${this.#what}: the broker ended the stream`);
  }
}
