/**
 * Varints, their sizes, and writing them at a position: zigzag as records hold them (protobuf's sint32 and sint64), and unsigned as
 * protobuf has lengths and its uint64.
 */
import type { Int64 } from '../types';

/** Bytes that an unsigned value below 2^32 takes. */
export function uvarintBytes(value: number): number {
  const rest = value >>> 0;
  if (rest < 0x80) return 1;
  if (rest < 0x4000) return 2;
  if (rest < 0x200000) return 3;
  return rest < 0x10000000 ? 4 : 5;
}

export const varintBytes = (value: number): number => uvarintBytes((value << 1) ^ (value >> 31));

/** Bytes that it takes as a zigzag varint. */
export function varlongBytes(value: Int64): number {
  if (typeof value === 'bigint') return bigVarintBytes(zigzag(value));
  if (value >= -0x40000000 && value < 0x40000000) return varintBytes(value);
  let rest = value < 0 ? -(value + 1) : value;
  let bytes = 1;
  for (rest = Math.floor(rest / 64); rest > 0; rest = Math.floor(rest / 128)) bytes++;
  return bytes;
}

/** Writes a zigzag varint and returns where it ends. There must be room. */
export function writeVarint(bytes: Uint8Array, position: number, value: number): number {
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  while (rest > 0x7f) {
    bytes[position++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  bytes[position++] = rest;
  return position;
}

/** As writeVarint for 64 bits. */
export function writeVarlong(bytes: Uint8Array, position: number, value: Int64): number {
  if (typeof value === 'bigint') return writeBigVarint(bytes, position, zigzag(value));
  if (value >= -0x40000000 && value < 0x40000000) return writeVarint(bytes, position, value);
  const magnitude = value < 0 ? -(value + 1) : value;
  let rest = Math.floor(magnitude / 64);
  bytes[position++] = ((magnitude % 64) << 1) | (value < 0 ? 1 : 0) | (rest > 0 ? 0x80 : 0);
  while (rest > 0) {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes[position++] = rest > 0 ? low | 0x80 : low;
  }
  return position;
}

const zigzag = (value: bigint): bigint => BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));

function bigVarintBytes(value: bigint): number {
  let bytes = 1;
  for (let rest = value; rest > 0x7fn; rest >>= 7n) bytes += 1;
  return bytes;
}

/** Writes an unsigned bigint of 64 bits and returns where it ends. There must be room. */
export function writeBigVarint(bytes: Uint8Array, position: number, value: bigint): number {
  let rest = value;
  for (; rest > 0x7fn; rest >>= 7n) bytes[position++] = Number(rest & 0x7fn) | 0x80;
  bytes[position++] = Number(rest);
  return position;
}

/** Bytes that an unsigned safe integer takes. */
export function uvarlongBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes += 1;
  return bytes;
}

/** Writes an unsigned safe integer and returns where it ends. There must be room. */
export function writeUvarlong(bytes: Uint8Array, position: number, value: number): number {
  let rest = value;
  while (rest > 0x7fff_ffff) {
    bytes[position++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  while (rest > 0x7f) {
    bytes[position++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  bytes[position++] = rest;
  return position;
}
