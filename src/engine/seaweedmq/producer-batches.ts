/**
 * Idempotent producers of one partition, in this gateway's memory: the last five batches of each producer, whether the engine acked
 * them, and for those of a stream that died without saying, what is needed to find out. A gateway that starts anew knows no
 * producer and takes the first sequence it is given; so do several gateways that one producer moves between.
 */
import { BATCHES_REMEMBERED, judgeRequest, sequencesOf } from '../../protocol/producer-sequence';
import type { SequenceRange } from '../../protocol/producer-sequence';
import type { BatchHeader } from '../../protocol/record-batch';
import type { Offset } from '../../types';
import { EngineError } from '../engine-error';
import type { FoundRun } from './find-run';
import type { StoredRecord } from './records';

/** A stream died before it said whether a batch was appended (monotonic). What there is of it lies at or behind `from`, but for what it acked. */
export interface UnknownFate {
  readonly kind: 'unknown';
  readonly acked: FoundRun;
  readonly sinceMs: number;
  readonly from: Offset;
  readonly records: readonly StoredRecord[];
}

export type BatchFate =
  | UnknownFate
  | { readonly kind: 'sent' }
  | { readonly kind: 'acked'; readonly baseOffset: Offset; readonly logAppendTimeMs: number };

export interface ProducerBatch extends SequenceRange {
  fate: BatchFate;
}

/** `repeated`: it stands in the same append already. */
export type BatchVerdict =
  | { readonly kind: 'append' }
  | { readonly kind: 'repeated' }
  | { readonly kind: 'duplicate'; readonly batch: ProducerBatch };

interface Producer {
  epoch: number;
  batches: ProducerBatch[];
}

const PRODUCERS_MAX = 10_000;

export class ProducerBatches {
  readonly #producers = new Map<bigint, Producer>();

  /** One verdict for each batch of an append. Throws EngineError as Kafka refuses: an older epoch, a sequence that is not the next. */
  judge(headers: readonly BatchHeader[]): BatchVerdict[] {
    return judgeRequest((producerId) => this.#producers.get(producerId), headers).map((verdict) => {
      if (verdict.kind === 'invalid_producer_epoch' || verdict.kind === 'out_of_order_sequence') {
        throw new EngineError(verdict.kind, verdict.message);
      }
      return verdict;
    });
  }

  /** A batch that was judged to be appended, as `sent`. */
  remember(header: BatchHeader): ProducerBatch {
    const producer = this.#producer(header);
    if (header.producerEpoch > producer.epoch) {
      producer.epoch = header.producerEpoch;
      producer.batches = [];
    }
    const batch: ProducerBatch = { ...sequencesOf(header), fate: { kind: 'sent' } };
    producer.batches.push(batch);
    if (producer.batches.length > BATCHES_REMEMBERED) producer.batches.shift();
    return batch;
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
