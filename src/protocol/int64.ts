/** Int64s: made of a bigint or of digits. All results are numbers wherever a number is exact. */
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
