/** Whose records are in an answer, as their headers say: those that were given, few of them, and nothing where bytes are damaged. */
import { encodeBatch } from '../../src/protocol/encode-batch';
import { producersIn } from '../../src/kafka/fetch/delivered-producers';
import { toOffset } from '../../src/types';

const traceId = 'c'.repeat(32);
const spanOf = (index: number): string => (index + 1).toString(16).padStart(16, '0');
const batchOf = (count: number, baseOffset = 0): Uint8Array =>
  encodeBatch(
    Array.from({ length: count }, (_, index) => ({
      ...{ timestamp: 1, key: null, value: Buffer.from('v') },
      headers: [{ key: 'traceparent', value: Buffer.from(`00-${traceId}-${spanOf(index)}-01`) }],
    })),
    { baseOffset: toOffset(baseOffset) },
  );
const offsets = (first: number, last: number) => ({ baseOffset: toOffset(first), lastOffset: toOffset(last) });
const spans = (chunks: readonly Uint8Array[], first = 0, last = 1_000, looks = 1_000): readonly string[] =>
  producersIn(chunks, offsets(first, last), () => looks-- > 0).map(({ spanId }) => spanId);

test('records before the offset asked for, and behind the last one given, are nobody’s delivery', () => {
  expect(spans([batchOf(10)], 3, 5)).toEqual([3, 4, 5].map(spanOf));
});

test('no look is spent on a batch before them or behind them', () => {
  const three = Buffer.concat([0, 10, 20].map((baseOffset) => batchOf(10, baseOffset)));
  expect(spans([three], 12, 13, 1)).toEqual([2, 3].map(spanOf));
});

test('of a batch the first 32 that are given, of an answer 32 spans, and as many batches as looks are left', () => {
  expect(spans([batchOf(100)], 10)).toEqual(Array.from({ length: 32 }, (_, index) => spanOf(10 + index)));
  const two = Buffer.concat([batchOf(20), batchOf(40)]);
  expect(spans([two])).toHaveLength(32);
  expect(spans([two], 0, 1_000, 1)).toHaveLength(20);
  expect(spans([two], 0, 1_000, 0)).toEqual([]);
});

test('whatever is damaged or cut of a batch, a fetch that was answered is not undone', () => {
  const whole = batchOf(5);
  for (let at = 0; at < whole.byteLength; at++) {
    const damaged = Uint8Array.from(whole);
    damaged[at] = (damaged[at] ?? 0) ^ 0xff;
    expect(spans([damaged]).length).toBeLessThanOrEqual(32);
    expect(spans([whole.subarray(0, at)])).toEqual([]);
  }
});
