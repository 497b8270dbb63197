/** Verdicts on values: properties over random values, damages and neighbours. */
import * as fc from 'fast-check';
import { VerdictHistory } from '../../src/audit/verdict-history';
import { addVerdicts, isSameValue, NO_VERDICTS, proofOf, VERDICTS, verdictOf } from '../../src/audit/verdict';
import type { VerdictCounts } from '../../src/audit/verdict';
import { toOffset, toPartitionId } from '../../src/types';

const present = fc.uint8Array({ minLength: 1, maxLength: 600 });
const value = fc.option(fc.uint8Array({ maxLength: 600 }), { nil: null });

test('what was produced matches, whatever it is and whatever lies around it', () => {
  fc.assert(
    fc.property(value, fc.array(value), (one, others) => {
      expect(verdictOf(proofOf(one), proofOf(one), others.map(proofOf))).toBe('match');
    }),
  );
});

test('without a proof nothing is said', () => {
  fc.assert(
    fc.property(
      value,
      fc.array(value),
      (got, others) => verdictOf(undefined, proofOf(got), others.map(proofOf)) === 'unknown',
    ),
  );
});

test('a value that became null or empty is lost, one that was cut is truncated', () => {
  fc.assert(
    fc.property(present, fc.nat(), (produced, cut) => {
      const expected = proofOf(produced);
      expect(verdictOf(expected, proofOf(null))).toBe('lost');
      expect(verdictOf(expected, proofOf(new Uint8Array(0)))).toBe('lost');
      const shorter = produced.subarray(0, cut % produced.length);
      if (shorter.length > 0) expect(verdictOf(expected, proofOf(shorter))).toBe('truncated');
      expect(verdictOf(proofOf(new Uint8Array(0)), proofOf(null))).toBe('lost');
    }),
  );
});

test('any bit that flips, and any byte that comes in addition, is told', () => {
  fc.assert(
    fc.property(present, fc.nat(), (produced, at) => {
      const flipped = Uint8Array.from(produced);
      const bit = at % (produced.length * 8);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(verdictOf(proofOf(produced), proofOf(flipped))).toBe('altered');
      expect(verdictOf(proofOf(produced), proofOf(Uint8Array.from([...produced, at & 0xff])))).toBe('altered');
      expect(verdictOf(proofOf(null), proofOf(produced))).toBe('altered');
      expect(verdictOf(proofOf(new Uint8Array(0)), proofOf(produced))).toBe('altered');
      expect(verdictOf(proofOf(null), proofOf(new Uint8Array(0)))).toBe('altered');
    }),
  );
});

test('the value of another offset is told as such; nulls and empty values are not', () => {
  fc.assert(
    fc.property(present, present, fc.array(value), (one, other, more) => {
      fc.pre(!isSameValue(proofOf(one), proofOf(other)));
      const neighbours = [...more, other].map(proofOf);
      expect(verdictOf(proofOf(one), proofOf(other), neighbours)).toBe('wrong_offset');
      expect(verdictOf(proofOf(one), proofOf(null), [...neighbours, proofOf(null)])).toBe('lost');
    }),
  );
});

test('counts add up', () => {
  const counts = fc.record(Object.fromEntries(VERDICTS.map((each) => [each, fc.nat()]))) as fc.Arbitrary<VerdictCounts>;
  fc.assert(
    fc.property(counts, counts, (a, b) => {
      const sum = addVerdicts(a, b);
      expect(VERDICTS.map((each) => sum[each])).toEqual(VERDICTS.map((each) => a[each] + b[each]));
      expect(addVerdicts(NO_VERDICTS, a)).toEqual(a);
      expect(addVerdicts(a, NO_VERDICTS)).toEqual(a);
    }),
  );
});

test('the history is bounded, newest first, and a record met again moves up and counts', () => {
  const history = new VerdictHistory(3);
  const told: number[] = [];
  const stop = history.watch((entry) => told.push(entry.times));
  const met = (offset: number, nowMs: number): boolean =>
    history.met(
      {
        topic: 't',
        partition: toPartitionId(0),
        offset: toOffset(offset),
        lastOffset: toOffset(offset),
        readOnAt: toOffset(offset + 1),
        records: 1,
        verdict: 'lost',
        expected: proofOf(Uint8Array.of(1)),
        got: proofOf(null),
        origin: { clientId: 'billing', traceId: 'ab'.repeat(16) },
        repaired: false,
        consumer: 'audit',
        traceId: 'cd'.repeat(16),
      },
      nowMs,
    );
  expect([met(1, 10), met(2, 20), met(1, 30)]).toEqual([true, true, false]);
  expect(history.list().map(({ offset }) => offset)).toEqual([1, 2]);
  expect(history.list({ offset: 1 })).toMatchObject([{ firstMs: 10, lastMs: 30, times: 2, consumer: 'audit' }]);
  met(3, 40);
  expect(history.hasForgotten).toBe(false);
  met(4, 50);
  expect(history.hasForgotten).toBe(true);
  expect(history.list().map(({ offset }) => offset)).toEqual([4, 3, 1]);
  expect(history.list({ topic: 'other' })).toEqual([]);
  stop();
  met(5, 60);
  expect(told).toEqual([1, 1, 2, 1, 1]);
});
