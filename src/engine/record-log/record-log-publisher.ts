/**
 * A publisher stream of the record log: hello, then appends, pipelined, acked in their order. An append that its caller gave up keeps
 * its place in that order, so that no ack can reach the wrong one.
 */
import type { ClientDuplexStream } from '@grpc/grpc-js';
import type { Clock } from '../../clock';
import { HANDOVER_BYTES_MIN } from '../../handover';
import type { Handover } from '../../handover';
import type { Ack, Append, PublishRequest, PublishResponse } from '../../rpc/record_log';
import type { CallContext } from '../../telemetry/trace/operation';
import type { PublisherStream } from '../dialect';
import type { AppendRequest, AppendResult } from '../engine';
import { EngineError } from '../../engine-error';
import { cancelled } from '../../waiting/deadline';
import { StreamReader } from '../channel/stream-reader';
import { errorOf, offsetOf, rangeOf, throwRefusal, toNumber, wireCensus, wireHandover } from './wire';
import type { NodePartition } from './wire';

const NO_BYTES = new Uint8Array();

interface RecordLogPublisherOptions {
  readonly topicPartition: NodePartition;
  readonly handover: Handover | undefined;
  readonly clock: Clock;
}

interface Pending {
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: EngineError) => void;
}

export class RecordLogPublisher implements PublisherStream {
  readonly #stream: ClientDuplexStream<PublishRequest, PublishResponse>;
  readonly #reader: StreamReader<PublishResponse>;
  readonly #what: string;
  readonly #topicPartition: NodePartition;
  readonly #lifetime = new AbortController();
  readonly #handover: Handover | undefined;
  readonly #clock: Clock;
  readonly #handsTo: number;
  #hands = false;
  #pending: Pending[] = [];
  /** When the last ack came, or the first append behind it was sent. */
  #heardMs = 0;
  #failure: EngineError | undefined;

  constructor(
    stream: ClientDuplexStream<PublishRequest, PublishResponse>,
    { topicPartition, handover, clock }: RecordLogPublisherOptions,
  ) {
    this.#what = `publisher of ${topicPartition.topic}-${topicPartition.partition}`;
    this.#topicPartition = topicPartition;
    this.#stream = stream;
    this.#handover = handover;
    this.#clock = clock;
    this.#handsTo = handover?.newStream() ?? 0;
    this.#reader = new StreamReader(stream, this.#what);
  }

  get failed(): boolean {
    return this.#failure !== undefined;
  }

  get silentSinceMs(): number | undefined {
    return this.#pending.length === 0 ? undefined : this.#heardMs;
  }

  /** Sends init and resolves with the engine's hello. */
  async open(context: CallContext): Promise<void> {
    const init = {
      topicPartition: this.#topicPartition,
      handover: wireHandover(this.#handover, this.#handsTo),
    };
    this.#stream.write({ message: { $case: 'init', init } });
    const received = await this.#reader.receive(context.signal);
    if (received.kind === 'end') throw this.#ended(received.error);
    if (received.message.message?.$case !== 'hello') {
      throw new EngineError('contradiction', `${this.#what}: expected hello`);
    }
    const { hello } = received.message.message;
    throwRefusal(hello.error, this.#what);
    this.#hands = hello.handover === true;
    void this.#receiveAcks();
  }

  append(request: AppendRequest, context: CallContext): Promise<AppendResult> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) {
        reject(this.#failure);
        return;
      }
      if (context.signal.aborted) {
        reject(cancelled(this.#what));
        return;
      }
      const onAbort = () => reject(cancelled(this.#what));
      const settled = () => context.signal.removeEventListener('abort', onAbort);
      context.signal.addEventListener('abort', onAbort, { once: true });
      if (this.#pending.length === 0) this.#heardMs = this.#clock.monotonicMs();
      this.#pending.push({
        resolve: (result) => {
          settled();
          resolve(result);
        },
        reject: (error) => {
          settled();
          reject(error);
        },
      });
      this.#stream.write({ message: { $case: 'append', append: this.#append(request) } });
    });
  }

  #append({ batch, census }: AppendRequest): Append {
    const counted = wireCensus(census);
    if (this.#handover === undefined || !this.#hands || batch.byteLength < HANDOVER_BYTES_MIN)
      return { batch, census: counted };
    // The frame that it came in is still read here, so it is a copy that is given away.
    const copy = Buffer.allocUnsafeSlow(batch.byteLength);
    copy.set(batch);
    this.#handover.give(this.#handsTo, copy);
    return { batch: NO_BYTES, census: counted, handedOverBytes: batch.byteLength };
  }

  close(): void {
    this.#fail(new EngineError('unavailable', `${this.#what}: closed`));
    this.#lifetime.abort();
    this.#stream.cancel();
  }

  async #receiveAcks(): Promise<void> {
    try {
      for (;;) {
        const received = await this.#reader.receive(this.#lifetime.signal);
        if (received.kind === 'end') throw this.#ended(received.error);
        if (received.message.message?.$case !== 'ack') {
          throw new EngineError('contradiction', `${this.#what}: expected an ack`);
        }
        this.#acked(received.message.message.ack);
      }
    } catch (error) {
      this.#fail(error instanceof EngineError ? error : new EngineError('internal', `${this.#what}: failed`, error));
      this.#stream.cancel();
    }
  }

  #acked(ack: Ack): void {
    const pending = this.#pending.shift();
    this.#heardMs = this.#clock.monotonicMs();
    if (pending === undefined) throw new EngineError('contradiction', `${this.#what}: an ack that no append waits for`);
    const refusal = errorOf(ack.error, this.#what);
    if (refusal !== undefined) {
      pending.reject(refusal);
      return;
    }
    pending.resolve({
      baseOffset: offsetOf(ack.baseOffset, 'base offset'),
      logAppendTimeMs: toNumber(ack.logAppendTimeMs, 'log append time'),
      duplicate: ack.duplicate,
      ...rangeOf(ack),
    });
  }

  #fail(error: EngineError): void {
    this.#failure ??= error;
    const pending = this.#pending;
    this.#pending = [];
    for (const { reject } of pending) reject(this.#failure);
  }

  #ended(error: EngineError | undefined): EngineError {
    return error ?? new EngineError('unavailable', `${this.#what}: the engine ended the stream`);
  }
}
