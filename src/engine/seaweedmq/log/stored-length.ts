/**
 * How long the value is that a record's stored bytes carry, told from lengths alone when they arrive. It shares nothing with the
 * envelope's decoder on purpose: what clients are given is held against it.
 */
import { startsWithMagic } from '../records/envelope';

export const NULL_VALUE = -1;
/** The bytes only take an offset. */
export const NO_RECORD = -2;

const HEAD_BYTES = 14;

/** The length of the value of the record that is stored at `offset`. */
export function storedValueLength(stored: Uint8Array, offset: number): number {
  const bytes = stored.byteLength;
  if (bytes === 0) return NULL_VALUE;
  if (!startsWithMagic(stored) || bytes < HEAD_BYTES || stored[4] !== 1) return bytes;
  const flags = stored[5] ?? 0;
  if (flags === 8 && bytes === HEAD_BYTES) return NO_RECORD;
  const start = (flags & 16) === 0 ? HEAD_BYTES : HEAD_BYTES + 8;
  const overhead = (flags & 0b1110_1000) !== 0 ? -1 : (flags & 4) === 0 ? start : headersEnd(stored, start);
  // No whole envelope: all of it is the value.
  if (overhead < 0 || overhead > bytes || ((flags & 2) !== 0 && overhead !== bytes)) return bytes;
  if (start > HEAD_BYTES && offset < offsetAt(stored, HEAD_BYTES)) return NO_RECORD;
  return (flags & 2) !== 0 ? NULL_VALUE : bytes - overhead;
}

/** Where the value begins behind the headers; -1 where they do not fit. */
function headersEnd(stored: Uint8Array, start: number): number {
  const end = stored.byteLength;
  let position = start + 4;
  if (position > end) return -1;
  for (let left = lengthAt(stored, start); left > 0; left--) {
    if (position + 8 > end) return -1;
    position += 4 + lengthAt(stored, position);
    if (position + 4 > end) return -1;
    const value = lengthAt(stored, position);
    // -1, as an unsigned number, is a null.
    position += 4 + (value === 0xffffffff ? 0 : value);
    if (position > end) return -1;
  }
  return position;
}

/** An unsigned number of four bytes. */
function lengthAt(bytes: Uint8Array, at: number): number {
  const low = ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
  return (bytes[at] ?? 0) * 0x1000000 + low;
}

/** A signed number of eight bytes. */
function offsetAt(bytes: Uint8Array, at: number): number {
  const high = lengthAt(bytes, at);
  return (high >= 0x80000000 ? high - 0x100000000 : high) * 0x100000000 + lengthAt(bytes, at + 4);
}
