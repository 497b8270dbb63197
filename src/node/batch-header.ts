/**
 * The 61-byte head of a Kafka record batch (magic 2), all the node reads of a batch it stores:
 *
 *   0 base offset i64 · 8 length of what follows i32 · 12 partition leader epoch i32 · 16 magic i8 · 17 CRC-32C u32 of all from 21 on
 *   21 attributes i16 · 23 last offset delta i32 · 27 base timestamp i64 · 35 max timestamp i64 · 43 producer id i64
 *   51 producer epoch i16 · 53 base sequence i32 · 57 count of records i32 · 61 records
 */
import { crc32c } from '@node-rs/crc32';

export const BATCH_HEADER_BYTES = 61;
/** Offset and length, which the length field does not count. */
export const BATCH_PREFIX_BYTES = 12;
const CRC_START = 21;
const TIMESTAMP_TYPE_BIT = 0x08;
const TRANSACTIONAL_BIT = 0x10;
const CONTROL_BIT = 0x20;

export interface BatchHeader {
  readonly baseOffset: number;
  readonly lastOffset: number;
  /** Of the whole batch, in bytes. */
  readonly size: number;
  readonly crc: number;
  readonly attributes: number;
  readonly baseTimestampMs: number;
  readonly maxTimestampMs: number;
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly recordCount: number;
  readonly isControl: boolean;
  readonly isTransactional: boolean;
}

/** undefined where the bytes at `position` cannot be a whole batch head: too short, another magic, impossible lengths. */
export function readBatchHeader(view: DataView, position: number): BatchHeader | undefined {
  if (position + BATCH_HEADER_BYTES > view.byteLength) return undefined;
  const size = view.getInt32(position + 8) + BATCH_PREFIX_BYTES;
  const lastOffsetDelta = view.getInt32(position + 23);
  const recordCount = view.getInt32(position + 57);
  const baseOffset = readLong(view, position);
  if (size < BATCH_HEADER_BYTES || view.getInt8(position + 16) !== 2) return undefined;
  if (lastOffsetDelta < 0 || recordCount < 0 || baseOffset < 0) return undefined;
  const attributes = view.getInt16(position + 21);
  return {
    baseOffset,
    lastOffset: baseOffset + lastOffsetDelta,
    size,
    crc: view.getUint32(position + 17),
    attributes,
    baseTimestampMs: readLong(view, position + 27),
    maxTimestampMs: readLong(view, position + 35),
    producerId: view.getBigInt64(position + 43),
    producerEpoch: view.getInt16(position + 51),
    baseSequence: view.getInt32(position + 53),
    recordCount,
    isControl: (attributes & CONTROL_BIT) !== 0,
    isTransactional: (attributes & TRANSACTIONAL_BIT) !== 0,
  };
}

/** Whether the batch's CRC is that of its bytes; they must all be there. */
export function crcMatches(bytes: Uint8Array, position: number, header: BatchHeader): boolean {
  return crc32c(bytes.subarray(position + CRC_START, position + header.size)) === header.crc;
}

/** Gives a batch its place in the log. Neither field is covered by the CRC. */
export function patchOffsetAndEpoch(view: DataView, position: number, baseOffset: number, leaderEpoch: number): void {
  view.setBigInt64(position, BigInt(baseOffset));
  view.setInt32(position + 12, leaderEpoch);
}

/** message.timestamp.type=LogAppendTime: type and max timestamp are set and the CRC is made anew; the records stay as they are. */
export function patchLogAppendTime(
  bytes: Uint8Array,
  view: DataView,
  position: number,
  size: number,
  nowMs: number,
): void {
  view.setInt16(position + 21, view.getInt16(position + 21) | TIMESTAMP_TYPE_BIT);
  view.setBigInt64(position + 35, BigInt(nowMs));
  view.setUint32(position + 17, crc32c(bytes.subarray(position + CRC_START, position + size)));
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function readLong(view: DataView, position: number): number {
  return view.getInt32(position) * 0x1_0000_0000 + view.getUint32(position + 4);
}
