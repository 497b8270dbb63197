/**
 * Idempotent producers of one partition, in this gateway's memory: the last five batches of each producer, whether the engine acked
 * them, and for those of a stream that died without saying, what is needed to find out. What other gateways appended, or this one before
 * it began anew, the log tells (logged-producers.ts).
 */
import { BATCHES_REMEMBERED, isSequenceBehind, judgeSequence, sequencesOf } from '../../../protocol/producer-sequence';
import type { SequencedBatch, SequenceRange } from '../../../protocol/producer-sequence';
import type { BatchHeader } from '../../../protocol/record-batch';
import type { Offset } from '../../../types';
import { EngineError } from '../../../engine-error';
import type { FoundRun, WantedRun } from '../log/find-run';
import type { StoredRecord } from '../records/records';

/** It is not known how much of a batch was appended (monotonic). What there is of it lies at or behind `from`, but for what was acked. */
export interface UnknownFate {
  readonly kind: 'unknown';
  readonly acked: FoundRun;
  readonly sinceMs: number;
  readonly from: Offset;
  readonly records: readonly StoredRecord[];
  readonly alike: WantedRun['alike'];
}

type BatchFate =
  | UnknownFate
  | { readonly kind: 'sent' }
  /** The log holds its first record, there; how many more is looked for when the producer sends it again. */
  | { readonly kind: 'logged'; readonly baseOffset: Offset }
  | { readonly kind: 'acked'; readonly baseOffset: Offset; readonly logAppendTimeMs: number };

export interface ProducerBatch extends SequenceRange {
  fate: BatchFate;
}

type BatchVerdict = { readonly kind: 'append' } | { readonly kind: 'duplicate'; readonly batch: ProducerBatch };

interface Producer {
  epoch: number;
  batches: ProducerBatch[];
  /** When it last appended here (monotonic). */
  usedMs: number;
  /** True where the last batch is one that the log told of: what followed it may have been lost with a broker. */
  logged: boolean;
}

const PRODUCERS_MAX = 10_000;

export class ProducerBatches {
  readonly #producers = new Map<bigint, Producer>();

  /** Throws EngineError as Kafka refuses: an older epoch, a sequence that is not the next. */
  judge(header: BatchHeader): BatchVerdict {
    const known = this.#followsLost(header) ? undefined : this.#producers.get(header.producerId);
    const verdict = judgeSequence(known, header);
    if (verdict.kind === 'append' || verdict.kind === 'duplicate') return verdict;
    throw new EngineError(verdict.kind, verdict.message);
  }

  /** Whether what is known of the batch's producer says that it is the next one, or one that came before. */
  isExpected(header: BatchHeader): boolean {
    const producer = this.#producers.get(header.producerId);
    if (producer === undefined) return false;
    const { kind } = judgeSequence(producer, header);
    return kind === 'append' || kind === 'duplicate';
  }

  /** When the producer last appended here; undefined for one that is not known. */
  usedMs({ producerId }: BatchHeader): number | undefined {
    return this.#producers.get(producerId)?.usedMs;
  }

  /** A batch that was judged to be appended, as `sent`. */
  remember(header: BatchHeader, nowMs: number): ProducerBatch {
    return this.#add(header, { kind: 'sent' }, { usedMs: nowMs, logged: false });
  }

  /** The log holds a batch's first record. Told in the log's order; what is known already stays. */
  found(mark: SequencedBatch, baseOffset: Offset): void {
    const known = this.#producers.get(mark.producerId);
    const last = known?.batches.at(-1);
    if (known !== undefined && mark.producerEpoch < known.epoch) return;
    const isOld =
      known?.epoch === mark.producerEpoch && last !== undefined && !isSequenceBehind(mark, last.lastSequence);
    if (!isOld) this.#add(mark, { kind: 'logged', baseOffset }, { usedMs: known?.usedMs ?? 0, logged: true });
  }

  /** The log told of what came before, and the batch lies behind it, not next to it. */
  #followsLost(header: BatchHeader): boolean {
    const producer = this.#producers.get(header.producerId);
    if (producer?.logged !== true || judgeSequence(producer, header).kind !== 'out_of_order_sequence') return false;
    return (
      header.producerEpoch > producer.epoch || isSequenceBehind(header, producer.batches.at(-1)?.lastSequence ?? -1)
    );
  }

  #add(header: SequencedBatch, fate: BatchFate, told: Pick<Producer, 'usedMs' | 'logged'>): ProducerBatch {
    const producer = Object.assign(this.#producer(header), told);
    if (header.producerEpoch > producer.epoch) {
      producer.epoch = header.producerEpoch;
      producer.batches = [];
    }
    const batch: ProducerBatch = { ...sequencesOf(header), fate };
    producer.batches.push(batch);
    if (producer.batches.length > BATCHES_REMEMBERED) producer.batches.shift();
    return batch;
  }

  #producer(header: SequencedBatch): Producer {
    let producer = this.#producers.get(header.producerId);
    producer ??= { epoch: header.producerEpoch, batches: [], usedMs: 0, logged: false };
    // The order of the map is the order of use.
    this.#producers.delete(header.producerId);
    this.#producers.set(header.producerId, producer);
    const oldest = this.#producers.keys().next();
    if (this.#producers.size > PRODUCERS_MAX && oldest.done !== true) this.#producers.delete(oldest.value);
    return producer;
  }
}
