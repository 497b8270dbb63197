/**
 * A SubscribeMessage stream at an offset: init is never answered, the first frame is the first record, however late. Frames carry no
 * offset, so this is the one place that counts. Every record with a key is acked at once: the next of its key waits for that.
 */
import type { ClientDuplexStream } from '@grpc/grpc-js';
import { systemRandom } from '../../../random';
import { SeaweedMessagingService } from '../../../rpc/mq_broker';
import type { SubscribeMessageRequest, SubscribeMessageResponse } from '../../../rpc/mq_broker';
import { OffsetType } from '../../../rpc/mq_schema';
import type { Partition } from '../../../rpc/mq_schema';
import type { CallContext } from '../../../telemetry/trace/operation';
import { toOffset } from '../../../types';
import type { Offset } from '../../../types';
import { EngineError } from '../../../engine-error';
import { StreamReader } from '../../channel/stream-reader';
import type { MqCluster } from '../mq-cluster';
import { sharpen } from '../engine-codes';
import { mqTopic } from '../topics/partition-ring';
import { RecordUnit } from '../records/record-unit';

export interface SubscriptionOptions {
  readonly cluster: MqCluster;
  readonly topic: string;
  readonly partition: Partition;
  readonly leader: string;
  readonly offset: Offset;
}

export type SubscriptionFrame =
  | { readonly kind: 'data'; readonly unit: RecordUnit }
  | { readonly kind: 'ctrl' }
  | { readonly kind: 'end'; readonly error?: EngineError };

/** Records in flight per key. 0 would crash the broker. */
const SLIDING_WINDOW = 1;

/** Opens the stream and hands over its init. The caller owns it and closes it. */
export async function openSubscription(options: SubscriptionOptions, context: CallContext): Promise<Subscription> {
  const { cluster, leader } = options;
  const stream = await cluster.channel(leader).duplex(SeaweedMessagingService.subscribeMessage, context);
  const subscription = new Subscription(stream, options);
  subscription.init();
  return subscription;
}

export class Subscription {
  readonly what: string;
  readonly #stream: ClientDuplexStream<SubscribeMessageRequest, SubscribeMessageResponse>;
  readonly #reader: StreamReader<SubscribeMessageResponse>;
  readonly #options: SubscriptionOptions;
  #next: Offset;

  constructor(
    stream: ClientDuplexStream<SubscribeMessageRequest, SubscribeMessageResponse>,
    options: SubscriptionOptions,
  ) {
    this.what = `subscriber of ${options.topic} at offset ${options.offset}`;
    this.#stream = stream;
    this.#reader = new StreamReader(stream, this.what);
    this.#options = options;
    this.#next = options.offset;
  }

  init(): void {
    const { topic, partition, offset } = this.#options;
    // Two streams of the same three names would be one subscriber to the broker.
    const id = `seaglass-${systemRandom.uuid()}`;
    const init = {
      consumerGroup: id,
      consumerId: id,
      clientId: id,
      topic: mqTopic(topic),
      partitionOffset: { partition, startTsNs: 0n, startOffset: BigInt(offset) },
      offsetType: OffsetType.EXACT_OFFSET,
      filter: '',
      followerBroker: '',
      slidingWindowSize: SLIDING_WINDOW,
    };
    this.#stream.write({ message: { $case: 'init', init } });
  }

  /** The next frame; one reader only. Rejects with 'cancelled' on the signal and has then consumed nothing. */
  async receive(signal: AbortSignal): Promise<SubscriptionFrame> {
    const received = await this.#reader.receive(signal);
    if (received.kind === 'end') {
      const error = sharpen(received.error);
      return error instanceof EngineError ? { kind: 'end', error } : { kind: 'end' };
    }
    const { message } = received.message;
    // A frame with neither, or a record with a control part, holds no record.
    if (message?.$case === 'data' && message.data.ctrl === undefined) return this.#data(message.data);
    if (message?.$case !== 'ctrl') return { kind: 'ctrl' };
    const { error, isEndOfStream, isEndOfTopic } = message.ctrl;
    if (error !== '') return { kind: 'end', error: new EngineError('unavailable', `${this.what}: ${error}`) };
    return isEndOfStream || isEndOfTopic ? { kind: 'end' } : { kind: 'ctrl' };
  }

  close(): void {
    this.#stream.cancel();
  }

  #data({ key, value, tsNs }: { key: Uint8Array; value: Uint8Array; tsNs: bigint }): SubscriptionFrame {
    if (key.byteLength > 0 && this.#stream.writable) {
      this.#stream.write({ message: { $case: 'ack', ack: { key, tsNs } } });
    }
    const unit = new RecordUnit(this.#next, tsNs, key, value);
    this.#next = toOffset(this.#next + 1);
    return { kind: 'data', unit };
  }
}
