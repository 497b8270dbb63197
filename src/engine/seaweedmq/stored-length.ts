/**
 * How long the value is that a record's stored bytes carry, told from lengths alone when they arrive. It shares nothing with the
 * envelope's decoder on purpose: what clients are given is held against it.
 */
import { startsWithMagic } from './envelope';

export const NULL_VALUE = -1;
/** The bytes only take an offset. */
export const NO_RECORD = -2;

const HEAD_BYTES = 14;

export function storedValueLength(stored: Uint8Array): number {
  const bytes = stored.byteLength;
  if (bytes === 0) return NULL_VALUE;
  if (!startsWithMagic(stored) || bytes < HEAD_BYTES || stored[4] !== 1) return bytes;
  const flags = stored[5] ?? 0;
  if (flags === 8 && bytes === HEAD_BYTES) return NO_RECORD;
  const overhead = flags > 7 ? -1 : (flags & 4) === 0 ? HEAD_BYTES : headersEnd(stored);
  // No whole envelope: all of it is the value.
  if (overhead < 0 || ((flags & 2) !== 0 && overhead !== bytes)) return bytes;
  return (flags & 2) !== 0 ? NULL_VALUE : bytes - overhead;
}

/** Where the value begins behind the headers; -1 where they do not fit. */
function headersEnd(stored: Uint8Array): number {
  const end = stored.byteLength;
  let position = HEAD_BYTES + 4;
  if (position > end) return -1;
  for (let left = lengthAt(stored, HEAD_BYTES); left > 0; left--) {
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
