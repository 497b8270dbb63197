/** A subscriber stream of the record log: init answered at once, then batches as credit allows, and heartbeats. */
import type { ClientDuplexStream } from '@grpc/grpc-js';
import type { Clock } from '../../clock';
import type { Faults } from '../../drills/faults';
import type { Handover } from '../../handover';
import type { Records, SubscribeRequest, SubscribeResponse } from '../../rpc/record_log';
import type { CallContext } from '../../telemetry/trace/operation';
import type { Instruments } from '../../telemetry/metrics/instruments';
import type { Offset } from '../../types';
import type { Frame, LogState, SubscriberStream } from '../dialect';
import { EngineError } from '../../engine-error';
import { Lease } from '../lease';
import { StreamReader } from '../channel/stream-reader';
import type { Received } from '../channel/stream-reader';
import { nullAnswer } from './null-answer';
import { errorOf, offsetOf, stateOf, throwRefusal, unitsOf, wireHandover } from './wire';
import type { BatchUnit, NodePartition } from './wire';

export interface RecordLogSubscriberOptions {
  readonly topicPartition: NodePartition;
  readonly offset: Offset;
  readonly heartbeatIntervalMs: number;
  readonly instruments: Instruments;
  readonly clock: Clock;
  readonly handover: Handover | undefined;
  /** Of drills. */
  readonly faults: Faults | undefined;
}

/** How long an engine may take to end a stream that was ended here. */
const END_MS_MAX = 1_000;

export class RecordLogSubscriber implements SubscriberStream<BatchUnit> {
  readonly counters = { frames: 0, data: 0, ctrl: 0, bytes: 0, emptyValues: 0 };
  readonly #stream: ClientDuplexStream<SubscribeRequest, SubscribeResponse>;
  readonly #reader: StreamReader<SubscribeResponse>;
  readonly #options: RecordLogSubscriberOptions;
  readonly #what: string;
  readonly #handedTo: number;
  #closed = false;

  constructor(stream: ClientDuplexStream<SubscribeRequest, SubscribeResponse>, options: RecordLogSubscriberOptions) {
    const { topic, partition } = options.topicPartition;
    this.#what = `subscriber of ${topic}-${partition} at offset ${options.offset}`;
    this.#stream = stream;
    this.#reader = new StreamReader(stream, this.#what);
    this.#options = options;
    this.#handedTo = options.handover?.newStream() ?? 0;
    options.handover?.open(this.#handedTo);
  }

  async init(context: CallContext, creditBytes: number): Promise<LogState> {
    const init = {
      topicPartition: this.#options.topicPartition,
      offset: BigInt(this.#options.offset),
      creditBytes: BigInt(creditBytes),
      heartbeatIntervalMs: this.#options.heartbeatIntervalMs,
      subscriberName: 'seaglass',
      handover: wireHandover(this.#options.handover, this.#handedTo),
    };
    this.#stream.write({ message: { $case: 'init', init } });
    const { faults, instruments, topicPartition } = this.#options;
    const answer = this.#message(await this.#reader.receive(context.signal));
    const message = faults?.strike('null_answer', topicPartition) === undefined ? answer : undefined;
    if (message === undefined) throw nullAnswer(instruments, topicPartition, this.#what, context.operation);
    if (message.$case === 'end') throw this.#ended(errorOf(message.end, this.#what));
    if (message.$case !== 'init')
      throw new EngineError('contradiction', `${this.#what}: expected the init answer, got ${message.$case}`);
    this.#count('init');
    throwRefusal(message.init.error, this.#what);
    const position = offsetOf(message.init.position, 'position');
    if (position !== this.#options.offset) {
      throw new EngineError('contradiction', `${this.#what}: the engine began at ${position}`);
    }
    return stateOf(message.init);
  }

  async receive(signal: AbortSignal): Promise<Frame<BatchUnit>> {
    const received = await this.#reader.receive(signal);
    if (received.kind === 'end' && received.error === undefined) return { kind: 'end' };
    const message = this.#message(received);
    switch (message?.$case) {
      case 'records': {
        const records = this.#withBatches(message.records);
        this.#count('data');
        this.counters.data += records.infos.length;
        this.counters.bytes += records.batches.byteLength;
        const units = unitsOf(records, this.#what, this.#leaseOf(message.records, records));
        for (const unit of units) this.counters.emptyValues += unit.census.empties;
        return { kind: 'data', units, state: stateOf(records) };
      }
      case 'heartbeat':
        this.#count('heartbeat');
        return { kind: 'heartbeat', state: stateOf(message.heartbeat) };
      case 'end': {
        this.#count('end');
        return { kind: 'end', error: this.#ended(errorOf(message.end, this.#what)) };
      }
      default:
        this.counters.ctrl += 1;
        this.#count('ctrl');
        return { kind: 'ctrl' };
    }
  }

  #withBatches(records: Records): Records {
    const { handedOverBytes } = records;
    if (handedOverBytes === undefined) return records;
    const batches = this.#options.handover?.take(this.#handedTo, handedOverBytes);
    if (batches !== undefined) return { ...records, batches };
    throw new EngineError('contradiction', `${this.#what}: ${handedOverBytes} bytes were not handed over`);
  }

  /** Of what was handed over: it goes back once no unit of it is read any more. */
  #leaseOf({ handedOverBytes }: Records, { infos, batches }: Records): Lease | undefined {
    const { handover } = this.#options;
    if (handover === undefined || handedOverBytes === undefined) return undefined;
    return new Lease(infos.length, () => handover.giveBack(batches));
  }

  credit(bytes: number): void {
    if (this.#reader.ended || !this.#stream.writable) return;
    this.#stream.write({ message: { $case: 'credit', credit: { bytes: BigInt(bytes) } } });
  }

  /**
   * Ends the stream as HTTP/2 has it, and cancels it only where the engine does not answer that: servers end a connection whose peer
   * resets a thousand streams within seconds, with all that is under way on it.
   */
  close(): void {
    this.#options.handover?.close(this.#handedTo);
    if (this.#closed || this.#reader.ended) return;
    this.#closed = true;
    this.#reader.discard();
    this.#stream.end();
    const timer = this.#options.clock.after(END_MS_MAX, () => this.#stream.cancel());
    this.#stream.once('status', () => timer.cancel());
  }

  #message(received: Received<SubscribeResponse>): SubscribeResponse['message'] {
    if (received.kind === 'message') return received.message.message;
    throw this.#ended(received.error);
  }

  #ended(error: EngineError | undefined): EngineError {
    return error ?? new EngineError('unavailable', `${this.#what}: the engine ended the stream`);
  }

  #count(kind: string): void {
    this.counters.frames += 1;
    this.#options.instruments.add('seaglass_stream_frames_total', { kind });
  }
}
