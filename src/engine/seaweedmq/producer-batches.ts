/**
 * Idempotent producers of one partition, in this gateway's memory: the last five batches of each producer, whether the engine acked
 * them, and for those of a stream that died without saying, what is needed to find out. A gateway that starts anew knows no
 * producer and takes the first sequence it is given; so do several gateways that one producer moves between.
 */
import { BATCHES_REMEMBERED, judgeSequence, sequencesOf } from '../../protocol/producer-sequence';
import type { SequenceRange } from '../../protocol/producer-sequence';
import type { BatchHeader } from '../../protocol/record-batch';
import type { Offset } from '../../types';
import { EngineError } from '../engine-error';
import type { StoredRecord } from './records';

export type BatchFate =
  | { readonly kind: 'sent' }
  | { readonly kind: 'acked'; readonly baseOffset: Offset }
  /** The stream died first, then (monotonic). What there is of it lies at or behind `from`. */
  | {
      readonly kind: 'unknown';
      readonly sinceMs: number;
      readonly from: Offset;
      readonly records: readonly StoredRecord[];
    };

export interface ProducerBatch extends SequenceRange {
  readonly producerId: bigint;
  readonly epoch: number;
  fate: BatchFate;
}

interface Producer {
  epoch: number;
  batches: ProducerBatch[];
}

const PRODUCERS_MAX = 10_000;

export class ProducerBatches {
  readonly #producers = new Map<bigint, Producer>();

  /**
   * The batch as it is remembered where it came before (its fate says what to answer), or remembered anew as `sent`. Throws
   * EngineError as Kafka refuses: an older epoch, a sequence that is not the next.
   */
  admit(header: BatchHeader): { readonly batch: ProducerBatch; readonly known: boolean } | undefined {
    if (header.producerId < 0n) return undefined;
    const verdict = judgeSequence(this.#producers.get(header.producerId), header);
    if (verdict.kind === 'duplicate') return { batch: verdict.batch, known: true };
    if (verdict.kind !== 'append') throw new EngineError(verdict.kind, verdict.message);
    const producer = this.#producer(header);
    if (header.producerEpoch > producer.epoch) {
      producer.epoch = header.producerEpoch;
      producer.batches = [];
    }
    const batch: ProducerBatch = {
      producerId: header.producerId,
      epoch: header.producerEpoch,
      ...sequencesOf(header),
      fate: { kind: 'sent' },
    };
    producer.batches.push(batch);
    if (producer.batches.length > BATCHES_REMEMBERED) producer.batches.shift();
    return { batch, known: false };
  }

  /** The batch certainly did not happen: its sequence is expected again. */
  forget(batch: ProducerBatch): void {
    const producer = this.#producers.get(batch.producerId);
    if (producer === undefined) return;
    producer.batches = producer.batches.filter((other) => other !== batch);
    // Nothing is known of it then, whatever sequence it began at.
    if (producer.batches.length === 0) this.#producers.delete(batch.producerId);
  }

  #producer(header: BatchHeader): Producer {
    let producer = this.#producers.get(header.producerId);
    producer ??= { epoch: header.producerEpoch, batches: [] };
    // The order of the map is the order of use.
    this.#producers.delete(header.producerId);
    this.#producers.set(header.producerId, producer);
    const oldest = this.#producers.keys().next();
    if (this.#producers.size > PRODUCERS_MAX && oldest.done !== true) this.#producers.delete(oldest.value);
    return producer;
  }
}
