/**
 * CRC-32C of a value. A call into native code takes 0.3 µs however short the value is; by tables it takes a nanosecond a byte, so short values go
 * by tables, eight bytes at a step.
 */
import { crc32c } from '@node-rs/crc32';

/** Where both take as long, measured. */
const TABLE_BYTES_MAX = 192;
/** Castagnoli's polynomial, reflected. */
const POLYNOMIAL = 0x82f63b78;

/** What a byte adds to the checksum where none follows it in its step, where one does, two … */
const T0 = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ POLYNOMIAL;
  return crc;
});
const [T1, T2, T3] = [behind(T0), behind(behind(T0)), behind(behind(behind(T0)))];
const T4 = behind(T3);
const [T5, T6, T7] = [behind(T4), behind(behind(T4)), behind(behind(behind(T4)))];

/** The same table for a byte that one more follows. */
function behind(table: Int32Array): Int32Array {
  return table.map((value) => (value >>> 8) ^ (T0[value & 255] ?? 0));
}

/** A signed number of 32 bits; 0 where there are no bytes. */
export function checksumOf(value: Uint8Array): number {
  const { byteLength } = value;
  if (byteLength === 0) return 0;
  return byteLength > TABLE_BYTES_MAX ? crc32c(value) | 0 : byTables(value, byteLength);
}

function byTables(bytes: Uint8Array, length: number): number {
  let crc = -1;
  let at = 0;
  // Each index is within its table or the bytes.
  for (; at + 8 <= length; at += 8) {
    crc ^= (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
    crc ^= ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
    crc =
      (T7[crc & 255] ?? 0) ^
      (T6[(crc >>> 8) & 255] ?? 0) ^
      (T5[(crc >>> 16) & 255] ?? 0) ^
      (T4[crc >>> 24] ?? 0) ^
      (T3[bytes[at + 4] ?? 0] ?? 0) ^
      (T2[bytes[at + 5] ?? 0] ?? 0) ^
      (T1[bytes[at + 6] ?? 0] ?? 0) ^
      (T0[bytes[at + 7] ?? 0] ?? 0);
  }
  for (; at < length; at += 1) crc = (crc >>> 8) ^ (T0[(crc ^ (bytes[at] ?? 0)) & 255] ?? 0);
  return ~crc;
}
