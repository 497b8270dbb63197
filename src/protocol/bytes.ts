/**
 * Big-endian integers at a position of a byte array, without a view of it: for reading or patching one field of a batch; and parts
 * put together.
 */
import type { Int64 } from '../types';

const TWO_TO_32 = 4294967296;

const at = (bytes: Uint8Array, position: number): number => bytes[position] ?? 0;

export const int16At = (bytes: Uint8Array, position: number): number =>
  ((at(bytes, position) << 24) >> 16) | at(bytes, position + 1);

export const int32At = (bytes: Uint8Array, position: number): number =>
  (at(bytes, position) << 24) |
  (at(bytes, position + 1) << 16) |
  (at(bytes, position + 2) << 8) |
  at(bytes, position + 3);

export const uint32At = (bytes: Uint8Array, position: number): number => int32At(bytes, position) >>> 0;

/** As Reader.int64Exact. */
export function int64ExactAt(bytes: Uint8Array, position: number): Int64 {
  const value = int32At(bytes, position) * TWO_TO_32 + uint32At(bytes, position + 4);
  return Number.isSafeInteger(value) ? value : bigint64At(bytes, position);
}

/** Saturates at ±(2^53 - 1), as Reader.int64 does. */
export function int64At(bytes: Uint8Array, position: number): number {
  const value = int32At(bytes, position) * TWO_TO_32 + uint32At(bytes, position + 4);
  if (value > Number.MAX_SAFE_INTEGER) return Number.MAX_SAFE_INTEGER;
  return value < -Number.MAX_SAFE_INTEGER ? -Number.MAX_SAFE_INTEGER : value;
}

export const bigint64At = (bytes: Uint8Array, position: number): bigint =>
  (BigInt(int32At(bytes, position)) << 32n) | BigInt(uint32At(bytes, position + 4));

export function setInt16At(bytes: Uint8Array, position: number, value: number): void {
  bytes[position] = value >> 8;
  bytes[position + 1] = value;
}

export function setInt32At(bytes: Uint8Array, position: number, value: number): void {
  bytes[position] = value >>> 24;
  bytes[position + 1] = value >>> 16;
  bytes[position + 2] = value >>> 8;
  bytes[position + 3] = value;
}

export function setInt64At(bytes: Uint8Array, position: number, value: Int64): void {
  if (typeof value === 'bigint') return setBigint64At(bytes, position, value);
  setInt32At(bytes, position, Math.floor(value / TWO_TO_32));
  setInt32At(bytes, position + 4, value >>> 0);
}

export function setBigint64At(bytes: Uint8Array, position: number, value: bigint): void {
  setInt32At(bytes, position, Number(BigInt.asIntN(32, value >> 32n)));
  setInt32At(bytes, position + 4, Number(BigInt.asUintN(32, value)));
}

/** The parts in one piece. A copy: for what cannot be worked on in parts. */
export function joined(parts: readonly Uint8Array[]): Buffer {
  let bytes = 0;
  for (const part of parts) bytes += part.byteLength;
  const whole = Buffer.allocUnsafe(bytes);
  let position = 0;
  for (const part of parts) {
    whole.set(part, position);
    position += part.byteLength;
  }
  return whole;
}
