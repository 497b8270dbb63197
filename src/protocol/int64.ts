/** Int64s: made of a bigint, and their arithmetic. All results are numbers wherever a number is exact. */
import type { Int64 } from '../types';

const BITS = 64;

/** The value must be one of 64 bits. */
export function int64Of(value: bigint): Int64 {
  const rounded = Number(value);
  return Number.isSafeInteger(rounded) ? rounded : value;
}

export function isInt64(value: Int64): boolean {
  if (typeof value === 'number') return Number.isSafeInteger(value);
  return BigInt.asIntN(BITS, value) === value && !Number.isSafeInteger(Number(value));
}

/** As Java adds longs: past the greatest comes the least. */
export function addInt64(a: Int64, b: Int64): Int64 {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return int64Of(BigInt.asIntN(BITS, BigInt(a) + BigInt(b)));
}

/** As Java subtracts longs, so that adding `b` again gives `a`. */
export function subtractInt64(a: Int64, b: Int64): Int64 {
  if (typeof a === 'number' && typeof b === 'number') {
    const difference = a - b;
    if (Number.isSafeInteger(difference)) return difference;
  }
  return int64Of(BigInt.asIntN(BITS, BigInt(a) - BigInt(b)));
}

export const maxInt64 = (a: Int64, b: Int64): Int64 => (b > a ? b : a);
