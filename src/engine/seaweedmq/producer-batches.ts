/**
 * Idempotent producers of one partition, in this gateway's memory: the last five batches of each producer, whether the engine acked
 * them, and for those of a stream that died without saying, what is needed to find out. A gateway that starts anew knows no
 * producer and takes the first sequence it is given; so do several gateways that one producer moves between.
 */
import type { BatchHeader } from '../../protocol/record-batch';
import type { Offset } from '../../types';
import { EngineError } from '../engine-error';
import type { StoredRecord } from './records';

export type BatchFate =
  | { readonly kind: 'sent' }
  | { readonly kind: 'acked'; readonly baseOffset: Offset }
  /** The stream died first. What there is of it lies at or behind `from`. */
  | { readonly kind: 'unknown'; readonly from: Offset; readonly records: readonly StoredRecord[] };

export interface ProducerBatch {
  readonly producerId: bigint;
  readonly epoch: number;
  readonly baseSequence: number;
  readonly lastSequence: number;
  fate: BatchFate;
}

interface Producer {
  epoch: number;
  batches: ProducerBatch[];
}

/** Kafka remembers as many: a producer has at most five requests in flight. */
const BATCHES_MAX = 5;
const PRODUCERS_MAX = 10_000;
const SEQUENCES = 2 ** 31;

export class ProducerBatches {
  readonly #producers = new Map<bigint, Producer>();

  /**
   * The batch as it is remembered where it came before (its fate says what to answer), or remembered anew as `sent`. Throws
   * EngineError as Kafka refuses: an older epoch, a sequence that is not the next.
   */
  admit(header: BatchHeader): { readonly batch: ProducerBatch; readonly known: boolean } | undefined {
    if (header.producerId < 0n) return undefined;
    const producer = this.#producer(header);
    const lastSequence = (header.baseSequence + header.recordCount - 1) % SEQUENCES;
    if (header.producerEpoch < producer.epoch) {
      throw new EngineError(
        'invalid_producer_epoch',
        `producer ${header.producerId}: epoch ${header.producerEpoch} came after ${producer.epoch}`,
      );
    }
    if (header.producerEpoch > producer.epoch) {
      if (header.baseSequence !== 0) throw outOfOrder(header, 0);
      producer.epoch = header.producerEpoch;
      producer.batches = [];
    }
    const known = producer.batches.find(
      (batch) => batch.baseSequence === header.baseSequence && batch.lastSequence === lastSequence,
    );
    if (known !== undefined) return { batch: known, known: true };
    const newest = producer.batches.at(-1);
    const expected = newest === undefined ? header.baseSequence : (newest.lastSequence + 1) % SEQUENCES;
    if (header.baseSequence !== expected) throw outOfOrder(header, expected);
    const batch: ProducerBatch = {
      producerId: header.producerId,
      epoch: header.producerEpoch,
      baseSequence: header.baseSequence,
      lastSequence,
      fate: { kind: 'sent' },
    };
    producer.batches.push(batch);
    if (producer.batches.length > BATCHES_MAX) producer.batches.shift();
    return { batch, known: false };
  }

  /** The batch certainly did not happen: its sequence is expected again. */
  forget(batch: ProducerBatch): void {
    const producer = this.#producers.get(batch.producerId);
    if (producer !== undefined) producer.batches = producer.batches.filter((other) => other !== batch);
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

function outOfOrder(header: BatchHeader, expected: number): EngineError {
  return new EngineError(
    'out_of_order_sequence',
    `producer ${header.producerId}: expected sequence ${expected}, got ${header.baseSequence}`,
  );
}
