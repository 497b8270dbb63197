/**
 * Idempotent producers as DescribeProducers tells of them (KIP-664): of each partition and producer the last batch that was acked through this
 * gateway. It begins empty, and who was silent for a day is no longer told of, as in Kafka (producer.id.expiration.ms).
 */
import type { Clock } from '../../clock';
import { sequencesOf } from '../../protocol/producer-sequence';
import type { BatchHeader } from '../../protocol/record-batch';
import type { Int64, PartitionId, TopicId } from '../../types';

export interface ActiveProducer {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly lastSequence: number;
  /** Of the last record, milliseconds. */
  readonly lastTimestamp: Int64;
}

interface Entry extends ActiveProducer {
  readonly partition: string;
  readonly usedMs: number;
}

type Batch = Pick<BatchHeader, 'producerId' | 'producerEpoch' | 'baseSequence' | 'lastOffsetDelta' | 'maxTimestamp'>;

/** Over all partitions; past it the one that was silent longest is forgotten. */
const PRODUCERS_MAX = 10_000;
const EXPIRE_MS = 24 * 60 * 60 * 1_000;

export const partitionKey = (topic: TopicId, partition: PartitionId): string => `${topic}/${partition}`;

export class ActiveProducers {
  readonly #clock: Clock;
  readonly #producersMax: number;
  /** In the order of use. */
  readonly #entries = new Map<string, Entry>();

  constructor(clock: Clock, producersMax = PRODUCERS_MAX) {
    this.#clock = clock;
    this.#producersMax = producersMax;
  }

  /** A batch was acked; those without a producer id are nobody's. `timestampMs` is the log's own where it sets one, or -1. */
  acked(partition: string, batch: Batch, timestampMs: number): void {
    const { producerId, producerEpoch, maxTimestamp } = batch;
    if (producerId < 0n) return;
    const key = `${partition}/${producerId}`;
    this.#entries.delete(key);
    this.#entries.set(key, {
      partition,
      producerId,
      producerEpoch,
      lastSequence: sequencesOf(batch).lastSequence,
      lastTimestamp: timestampMs < 0 ? maxTimestamp : timestampMs,
      usedMs: this.#clock.monotonicMs(),
    });
    const oldest = this.#entries.keys().next();
    if (this.#entries.size > this.#producersMax && oldest.done !== true) this.#entries.delete(oldest.value);
  }

  /** All of them by `partitionKey`; forgets who was silent for a day. */
  byPartition(): ReadonlyMap<string, readonly ActiveProducer[]> {
    const sinceMs = this.#clock.monotonicMs() - EXPIRE_MS;
    const found = new Map<string, ActiveProducer[]>();
    for (const [key, entry] of this.#entries) {
      if (entry.usedMs < sinceMs) {
        this.#entries.delete(key);
        continue;
      }
      const list = found.get(entry.partition);
      if (list === undefined) found.set(entry.partition, [entry]);
      else list.push(entry);
    }
    return found;
  }
}
