/**
 * Goal: the sequence rule of idempotent producers is Kafka's. Method: single claims, and a property over runs of batches that cross
 * the end of the sequence space.
 */
import fc from 'fast-check';
import {
  BATCHES_REMEMBERED,
  judgeSequence,
  sequencesOf,
  type KnownProducer,
  type SequenceRange,
} from '../../src/protocol/producer-sequence';

const SEQUENCES = 2 ** 31;

const batch = (producerEpoch: number, baseSequence: number, records = 1) => ({
  producerId: 7n,
  producerEpoch,
  baseSequence,
  lastOffsetDelta: records - 1,
});
const known = (epoch: number, ...batches: SequenceRange[]): KnownProducer<SequenceRange> => ({ epoch, batches });

test('a producer that is not known may begin anywhere', () => {
  expect(judgeSequence(undefined, batch(3, 41)).kind).toBe('append');
});

test('an older epoch is refused, and a new one begins at 0', () => {
  const producer = known(2, { firstSequence: 0, lastSequence: 9 });
  expect(judgeSequence(producer, batch(1, 10)).kind).toBe('invalid_producer_epoch');
  expect(judgeSequence(producer, batch(3, 10)).kind).toBe('out_of_order_sequence');
  expect(judgeSequence(producer, batch(3, 0)).kind).toBe('append');
});

test('a gap and a step back are refused with what was expected and what came', () => {
  const producer = known(0, { firstSequence: 0, lastSequence: 9 });
  for (const sequence of [11, 9, 5]) {
    const verdict = judgeSequence(producer, batch(0, sequence));
    expect(verdict).toMatchObject({
      kind: 'out_of_order_sequence',
      message: expect.stringContaining(`got ${sequence}`),
    });
  }
});

test('the last five batches are told as duplicates and the next one appends, across the end of the sequences too', () => {
  const seed = Date.now();
  console.info(`seed ${seed}`);
  fc.assert(
    fc.property(
      fc.integer({ min: SEQUENCES - 200, max: SEQUENCES - 1 }),
      fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 12 }),
      (start, sizes) => {
        let sequence = start;
        const sent: ReturnType<typeof batch>[] = [];
        let batches: SequenceRange[] = [];
        for (const size of sizes) {
          const next = batch(0, sequence, size);
          const state = batches.length === 0 ? undefined : known(0, ...batches);
          expect(judgeSequence(state, next).kind).toBe('append');
          sent.push(next);
          batches = [...batches, sequencesOf(next)].slice(-BATCHES_REMEMBERED);
          sequence = (sequence + size) % SEQUENCES;
        }
        for (const one of sent.slice(-BATCHES_REMEMBERED)) {
          expect(judgeSequence(known(0, ...batches), one).kind).toBe('duplicate');
        }
      },
    ),
    { seed },
  );
});
