/** Values of 64 bits for property tests, near the edges more often than elsewhere. */
import fc from 'fast-check';
import { int64Of } from '../../src/protocol/int64';
import type { Int64 } from '../../src/types';

export const INT64_MIN = -(2n ** 63n);
export const INT64_MAX = 2n ** 63n - 1n;

/** Where a number stops being exact, where 64 bits end, and what Kafka's clients give a meaning of its own. */
export const EDGES: readonly Int64[] = [
  INT64_MIN,
  INT64_MIN + 1n,
  -(2n ** 62n),
  -(2n ** 53n) - 1n,
  -(2n ** 53n),
  -(2n ** 53n) + 1n,
  -6n,
  -3n,
  -2n,
  -1n,
  0n,
  1n,
  2n ** 53n - 1n,
  2n ** 53n,
  2n ** 53n + 1n,
  1_760_000_000_123_456_789n,
  2n ** 62n,
  INT64_MAX - 1n,
  INT64_MAX,
].map(int64Of);

export const int64s = (): fc.Arbitrary<Int64> =>
  fc.oneof(fc.constantFrom(...EDGES), fc.bigInt({ min: INT64_MIN, max: INT64_MAX }).map(int64Of), fc.maxSafeInteger());
