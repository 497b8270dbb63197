/**
 * The publisher of one partition: one stream, opened by the first append, pipelined, in the order of the calls. A stream that failed
 * is thrown away at once and the assignment asked for again; the error goes to whoever waits, never a silent retry, because the
 * append may have happened.
 */
import type { Timer } from '../../clock';
import type { CallContext, Operation } from '../../telemetry/trace/operation';
import type { PartitionId } from '../../types';
import type { EngineCore } from '../core';
import type { PublisherStream } from '../dialect';
import type { AppendRequest, AppendResult, Topic } from '../engine';
import { channelState } from '../channel/channel-state';
import { serverAttributes } from '../channel/server-address';
import { EngineError } from '../../engine-error';
import { cancelled, ignoreShared } from '../../waiting/deadline';
import { blameOf } from '../../telemetry/incidents/incidents';
import { targetOf } from '../../telemetry/incidents/waiting-requests';
import { CHANNEL_STATE, endFailed, runPhase } from '../../waiting/phase';

/** A stream that owes acks and has brought none for so long is left once somebody gave up: others would wait in vain. */
const SILENT_MS_MAX = 3_000;

/** An append that came before the stream was open. */
interface Early {
  readonly send: (stream: PublisherStream) => void;
  readonly fail: (error: unknown) => void;
}

export class Publisher {
  /** Appends that wait for an ack or for the stream. */
  pending = 0;
  usedMs: number;
  readonly #core: EngineCore;
  readonly #topic: () => Topic;
  readonly #partition: PartitionId;
  #stream: PublisherStream | undefined;
  /** A stream that the next one replaces. It is closed behind it, because SeaweedMQ unloads a partition that nobody has open. */
  #outgoing: PublisherStream | undefined;
  #early: Early[] | undefined;
  /** Where its stream goes. */
  #address: string | undefined;
  /** The same as its spans name it. */
  #broker: Readonly<Record<string, string | number>> = {};
  #closedBy: EngineError | undefined;
  /** That a stream was left for its silence was told, and nothing was acked since. */
  #isTold = false;
  /** The last that gave up since something was acked. */
  #gaveUp: Operation | undefined;
  /** Of a stream that somebody gave up before it counts as silent. */
  #check: Timer | undefined;

  constructor(core: EngineCore, topic: () => Topic, partition: PartitionId) {
    this.#core = core;
    this.#topic = topic;
    this.#partition = partition;
    this.usedMs = core.clock.monotonicMs();
  }

  get open(): boolean {
    return (this.#stream ?? this.#early ?? this.#outgoing) !== undefined;
  }

  async append(request: AppendRequest, context: CallContext): Promise<AppendResult> {
    if (this.#closedBy !== undefined) throw this.#closedBy;
    this.pending += 1;
    try {
      const stream = this.#usable();
      if (stream !== undefined) return await this.#send(stream, request, context);
      return await this.#sendWhenOpen(request, context);
    } finally {
      this.pending -= 1;
      this.usedMs = this.#core.clock.monotonicMs();
    }
  }

  /** Ends the stream; the next append opens another. */
  release(): void {
    const stream = this.#stream;
    this.#stream = undefined;
    stream?.close();
    this.#closeOutgoing();
    this.#check?.cancel();
  }

  close(error: EngineError): void {
    this.#closedBy ??= error;
    this.release();
  }

  #usable(): PublisherStream | undefined {
    if (this.#stream?.failed === true) {
      this.#drop(this.#stream, new EngineError('unavailable', `the publish stream of ${this.#name()} had failed`));
    }
    return this.#stream;
  }

  #sendWhenOpen(request: AppendRequest, context: CallContext): Promise<AppendResult> {
    return new Promise((resolve, reject) => {
      let joined: Operation | undefined;
      const leave = () => {
        joined?.end('cancelled');
        // Not sent yet, so it did not happen.
        this.#early = this.#early?.filter((other) => other !== early);
        reject(cancelled(`append to ${this.#name()}`));
      };
      const settled = () => context.signal.removeEventListener('abort', leave);
      const early: Early = {
        send: (stream) => {
          settled();
          joined?.end('ok');
          this.#send(stream, request, context).then(resolve, reject);
        },
        fail: (error) => {
          settled();
          if (joined !== undefined) endFailed(joined, error);
          reject(error instanceof Error ? error : new EngineError('internal', String(error)));
        },
      };
      if (context.signal.aborted) {
        reject(cancelled(`append to ${this.#name()}`));
        return;
      }
      context.signal.addEventListener('abort', leave, { once: true });
      if (this.#early !== undefined) {
        // Who opens the stream has the phases of opening it; who finds it being opened waits for the same.
        joined = context.operation.child('publisher.create').live(CHANNEL_STATE, this.#channelState);
        this.#early.push(early);
        return;
      }
      this.#early = [early];
      this.#open(context).then(
        (stream) => this.#opened(stream),
        (error: unknown) => this.#openFailed(error),
      );
    });
  }

  async #open(context: CallContext): Promise<PublisherStream> {
    const { clock, settings, dialect, lifetime, assignments } = this.#core;
    const topic = this.#topic();
    const assignment = await assignments.of(topic, this.#partition, context, lifetime);
    const what = `publisher of ${this.#name()}`;
    const deadlineMs = settings.createDeadlineMs;
    this.#address = assignment.address;
    this.#broker = serverAttributes(assignment.address);
    const phase = {
      clock,
      lifetime,
      name: 'publisher.create',
      deadlineMs,
      what,
      channelState: this.#channelState,
    } as const;
    return runPhase(context, phase, (inner) => {
      const opening = dialect.openPublisher(assignment, topic, inner);
      // A stream that opens after its deadline has no owner: it ends here.
      opening.then((stream) => inner.signal.aborted && stream.close(), ignoreShared);
      return opening;
    });
  }

  #opened(stream: PublisherStream): void {
    const early = this.#early ?? [];
    this.#early = undefined;
    if (this.#closedBy !== undefined) {
      stream.close();
      for (const { fail } of early) fail(this.#closedBy);
      return;
    }
    this.#stream = stream;
    this.#closeOutgoing();
    for (const { send } of early) send(stream);
  }

  #openFailed(error: unknown): void {
    const early = this.#early ?? [];
    this.#early = undefined;
    this.#core.assignments.invalidate(this.#topic(), this.#partition, error);
    for (const { fail } of early) fail(error);
  }

  async #send(stream: PublisherStream, request: AppendRequest, context: CallContext): Promise<AppendResult> {
    const { clock, settings } = this.#core;
    const attributes = {
      'messaging.batch.message_count': request.census.records,
      'seaglass.bytes': request.batch.byteLength,
      ...this.#broker,
    };
    const what = `append to ${this.#name()}`;
    const deadlineMs = settings.appendDeadlineMs;
    try {
      const phase = {
        clock,
        name: 'publish.ack',
        deadlineMs,
        what,
        attributes,
        channelState: this.#channelState,
      } as const;
      const result = await runPhase(context, phase, (inner) => stream.append(request, inner));
      this.#core.storage.stored(this.#address, request.batch.byteLength);
      if (this.#isTold) this.#core.telemetry.stalls.acked(this.#name());
      this.#isTold = false;
      this.#gaveUp = undefined;
      return result;
    } catch (error) {
      const appended = { address: this.#address, bytes: request.batch.byteLength };
      const { operation } = context;
      this.#core.storage.failed(error, { partition: this.#name(), appended, operation });
      // After a timeout nothing is known of the stream; behind a failure nothing it carried is trusted.
      const code = error instanceof EngineError ? error.code : 'internal';
      if (code === 'timeout' || code === 'cancelled') {
        this.#gaveUp = operation;
        this.#leaveOnceSilent(stream);
      }
      if (code === 'timeout' || code === 'cancelled' || code === 'unavailable')
        operation.blame(blameOf('publisher_not_acked', this.#target()));
      if (stream.failed || code === 'timeout' || code === 'unavailable' || code === 'not_leader')
        this.#drop(stream, error);
      // A log that lost a record may have been unloaded below the stream: what it takes is lost, too.
      else if (code === 'contradiction') this.#replace(stream);
      throw error;
    }
  }

  /** What it owes stays unknown to whoever waits, as behind the deadline of appends. */
  #leaveOnceSilent(stream: PublisherStream): void {
    const { clock, telemetry } = this.#core;
    const sinceMs = stream.silentSinceMs;
    if (this.#stream !== stream || sinceMs === undefined) return;
    const silentMs = clock.monotonicMs() - sinceMs;
    // What came while the gateway itself slept was not read yet.
    const leftMs = SILENT_MS_MAX - telemetry.eventLoop.awakeMs(sinceMs);
    this.#check?.cancel();
    if (leftMs > 0) {
      this.#check = clock.after(leftMs, () => {
        if (stream.silentSinceMs === sinceMs) this.#leaveOnceSilent(stream);
      });
      return;
    }
    const name = this.#name();
    telemetry.stalls.unacked({ target: this.#target(), partition: name, silentMs, operation: this.#gaveUp });
    this.#isTold = true;
    const seconds = (silentMs / 1_000).toFixed(1);
    this.#drop(stream, new EngineError('timeout', `the publish stream of ${name} acked nothing for ${seconds} s`));
  }

  #replace(stream: PublisherStream): void {
    if (this.#stream !== stream) return;
    this.#closeOutgoing();
    this.#outgoing = stream;
    this.#stream = undefined;
  }

  #closeOutgoing(): void {
    this.#outgoing?.close();
    this.#outgoing = undefined;
  }

  readonly #channelState = (): string | undefined => channelState(this.#core.dialect, this.#address);

  #drop(stream: PublisherStream, error: unknown): void {
    if (this.#stream === stream) this.#stream = undefined;
    this.#core.assignments.invalidate(this.#topic(), this.#partition, error);
    stream.close();
  }

  /** As incidents name where it goes. */
  #target(): string {
    return targetOf((key) => this.#broker[key]) ?? this.#name();
  }

  #name(): string {
    return `${this.#topic().name}-${this.#partition}`;
  }
}
