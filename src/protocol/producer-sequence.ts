/**
 * The rule of idempotent producers (KIP-98), as Kafka's ProducerAppendInfo has it: a batch among the last five of its producer was
 * appended before; any other follows the last one without a gap; a new epoch begins at sequence 0; a producer that is not known may
 * begin anywhere, because its state may have been removed. Who keeps the state, and where, is the caller's.
 */
import type { BatchHeader } from './record-batch';

/** A producer has at most five requests in flight. */
export const BATCHES_REMEMBERED = 5;

export interface SequenceRange {
  readonly firstSequence: number;
  readonly lastSequence: number;
}

/** What is remembered of one producer: its epoch and its last batches of that epoch, oldest first. */
export interface KnownProducer<B extends SequenceRange> {
  readonly epoch: number;
  readonly batches: readonly B[];
}

export type SequenceVerdict<B extends SequenceRange> =
  | { readonly kind: 'append' }
  | { readonly kind: 'duplicate'; readonly batch: B }
  | { readonly kind: 'out_of_order_sequence'; readonly message: string }
  | { readonly kind: 'invalid_producer_epoch'; readonly message: string };

/** What tells a batch of an idempotent producer. */
export type SequencedBatch = Pick<BatchHeader, 'producerId' | 'producerEpoch' | 'baseSequence' | 'lastOffsetDelta'>;

/** Sequences run from 0 to 2^31 - 1 and begin again. */
const SEQUENCES = 2 ** 31;

export function judgeSequence<B extends SequenceRange>(
  known: KnownProducer<B> | undefined,
  header: SequencedBatch,
): SequenceVerdict<B> {
  if (known === undefined) return { kind: 'append' };
  const { producerId, producerEpoch, baseSequence } = header;
  if (producerEpoch < known.epoch) {
    const message = `producer ${producerId} has the epoch ${known.epoch}, a batch of epoch ${producerEpoch} came`;
    return { kind: 'invalid_producer_epoch', message };
  }
  const { firstSequence, lastSequence } = sequencesOf(header);
  const batches = producerEpoch > known.epoch ? [] : known.batches;
  const batch = batches.find((one) => one.firstSequence === firstSequence && one.lastSequence === lastSequence);
  if (batch !== undefined) return { kind: 'duplicate', batch };
  const expected = ((batches.at(-1)?.lastSequence ?? -1) + 1) % SEQUENCES;
  if (baseSequence === expected) return { kind: 'append' };
  const message = `producer ${producerId}: expected sequence ${expected}, got ${baseSequence}`;
  return { kind: 'out_of_order_sequence', message };
}

/** The first and last sequence of a batch. */
export function sequencesOf({ baseSequence, lastOffsetDelta }: SequencedBatch): SequenceRange {
  return { firstSequence: baseSequence, lastSequence: (baseSequence + lastOffsetDelta) % SEQUENCES };
}

/** Whether a batch lies behind one that ended with `lastSequence`, whatever lies between: less than half of all sequences on. */
export function isSequenceBehind({ baseSequence }: SequencedBatch, lastSequence: number): boolean {
  return (baseSequence - lastSequence - 1 + SEQUENCES) % SEQUENCES < SEQUENCES / 2;
}
