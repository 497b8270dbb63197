/**
 * A record batch of magic 2 (Kafka 0.11 and later, KIP-98), header and the reading of it. All integers are big-endian:
 *
 *      0  int64   base offset                  -- what the log fills in; not covered by the CRC
 *      8  int32   batch length                 -- bytes after this field
 *     12  int32   partition leader epoch       -- what the log fills in; not covered by the CRC
 *     16  int8    magic, 2
 *     17  uint32  CRC-32C of everything from 21 on
 *     21  int16   attributes                   -- bits 0-2 codec · 3 timestamps are the log's · 4 transactional · 5 control · 6 delete horizon
 *     23  int32   last offset delta
 *     27  int64   base timestamp, milliseconds
 *     35  int64   max timestamp, milliseconds
 *     43  int64   producer id, -1 for none
 *     51  int16   producer epoch, -1 for none
 *     53  int32   base sequence, -1 for none
 *     57  int32   record count
 *     61  records, compressed as one by the codec
 *
 * The functions named …At read one field of the batch that starts at a position of a larger byte array, without copying.
 */
import { BatchError } from './batch-error';
import { bigint64At, int16At, int32At, int64At, int64ExactAt, uint32At } from './bytes';
import { codecOf } from './compression/compression';
import type { Codec } from './compression/compression';
import { addInt64 } from './int64';
import type { Int64, LeaderEpoch, Offset } from '../types';

export const BATCH_HEADER_BYTES = 61;
/** Base offset and batch length: what stands before the part that the length counts. */
export const BATCH_PREFIX_BYTES = 12;
export const MAGIC = 2;
/** Behind the prefix: the CRC, magic, attributes and two lengths of a message of magic 0. */
const OLDEST_MESSAGE_BYTES = 14;

export const BatchPosition = {
  baseOffset: 0,
  batchLength: 8,
  partitionLeaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  recordCount: 57,
  records: 61,
} as const;

export const BatchAttribute = {
  codecMask: 0x07,
  logAppendTime: 0x08,
  transactional: 0x10,
  control: 0x20,
  deleteHorizon: 0x40,
} as const;

export type TimestampType = 'create_time' | 'log_append_time';

export interface BatchHeader {
  /** Where the batch starts in the bytes it was read from, and how many it takes, header included. */
  readonly position: number;
  readonly bytes: number;
  readonly baseOffset: Offset;
  readonly lastOffset: Offset;
  readonly partitionLeaderEpoch: LeaderEpoch;
  readonly magic: number;
  readonly crc: number;
  readonly attributes: number;
  readonly lastOffsetDelta: number;
  /** Milliseconds; with a delete horizon, that horizon. */
  readonly baseTimestamp: Int64;
  readonly maxTimestamp: Int64;
  /** -1n for a producer that is not idempotent; epoch and sequence are -1 with it. */
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly recordCount: number;
}

export const baseOffsetAt = (bytes: Uint8Array, position: number): Offset =>
  int64At(bytes, position + BatchPosition.baseOffset) as Offset;
/** The whole batch's size, header included; anything may stand there if the batch was not validated. */
export const batchBytesAt = (bytes: Uint8Array, position: number): number =>
  int32At(bytes, position + BatchPosition.batchLength) + BATCH_PREFIX_BYTES;
export const magicAt = (bytes: Uint8Array, position: number): number => bytes[position + BatchPosition.magic] ?? -1;
export const attributesAt = (bytes: Uint8Array, position: number): number =>
  int16At(bytes, position + BatchPosition.attributes);
export const maxTimestampAt = (bytes: Uint8Array, position: number): Int64 =>
  int64ExactAt(bytes, position + BatchPosition.maxTimestamp);
export const recordCountAt = (bytes: Uint8Array, position: number): number =>
  int32At(bytes, position + BatchPosition.recordCount);

/** Throws BatchError('unsupported_compression') for an id that is no codec. */
export const codecOfAttributes = (attributes: number): Codec => codecOf(attributes & BatchAttribute.codecMask);
export const timestampTypeOf = (attributes: number): TimestampType =>
  (attributes & BatchAttribute.logAppendTime) === 0 ? 'create_time' : 'log_append_time';
export const isTransactional = (attributes: number): boolean => (attributes & BatchAttribute.transactional) !== 0;
export const isControl = (attributes: number): boolean => (attributes & BatchAttribute.control) !== 0;

/** A record's time: its own, or the batch's where that is the log's. */
export const timestampOf = (header: BatchHeader, timestampDelta: Int64): Int64 =>
  (header.attributes & BatchAttribute.logAppendTime) === 0
    ? addInt64(header.baseTimestamp, timestampDelta)
    : header.maxTimestamp;

/**
 * Whether a whole batch stands at the position, by its declared length: its size, or undefined where the bytes end before it
 * does. Throws BatchError where no batch can have that length.
 */
export function wholeBatchBytes(bytes: Uint8Array, position: number): number | undefined {
  const remaining = bytes.byteLength - position;
  if (remaining < BATCH_PREFIX_BYTES) return undefined;
  const size = batchBytesAt(bytes, position);
  if (remaining > BatchPosition.magic && size >= BATCH_PREFIX_BYTES && magicAt(bytes, position) !== MAGIC) {
    const magic = magicAt(bytes, position);
    throw new BatchError(
      magic < MAGIC ? 'unsupported_magic' : 'corrupt_batch',
      `expected a batch of magic ${MAGIC} at byte ${position}, got ${magic}`,
    );
  }
  if (size < BATCH_HEADER_BYTES) {
    throw new BatchError(
      'corrupt_batch',
      `expected a batch of at least ${BATCH_HEADER_BYTES} bytes at byte ${position}, got ${size}`,
    );
  }
  return size > remaining ? undefined : size;
}

/**
 * Whether a whole message of any format stands at the position, as Kafka reads on behind a batch: bytes that end before it does are none.
 * Throws BatchError where no message begins so.
 */
export function hasMessageAt(bytes: Uint8Array, position: number): boolean {
  const remaining = bytes.byteLength - position;
  if (remaining < BATCH_PREFIX_BYTES) return false;
  const size = batchBytesAt(bytes, position);
  if (size < BATCH_PREFIX_BYTES + OLDEST_MESSAGE_BYTES) {
    throw new BatchError('corrupt_batch', `expected a message at byte ${position}, got a size of ${size} bytes`);
  }
  if (remaining <= BatchPosition.magic) return false;
  const magic = magicAt(bytes, position);
  if (magic > MAGIC) {
    throw new BatchError('corrupt_batch', `expected a magic of at most ${MAGIC} at byte ${position}, got ${magic}`);
  }
  return size <= remaining;
}

/** The header of the batch at the position, of which at least the header must be there. Checks nothing else. */
export function readBatchHeader(bytes: Uint8Array, position: number): BatchHeader {
  if (position + BATCH_HEADER_BYTES > bytes.byteLength) {
    throw new BatchError(
      'corrupt_batch',
      `expected ${BATCH_HEADER_BYTES} bytes of batch header at byte ${position}, got ${bytes.byteLength - position}`,
    );
  }
  const baseOffset = baseOffsetAt(bytes, position);
  const lastOffsetDelta = int32At(bytes, position + BatchPosition.lastOffsetDelta);
  return {
    position,
    bytes: batchBytesAt(bytes, position),
    baseOffset,
    lastOffset: (baseOffset + lastOffsetDelta) as Offset,
    partitionLeaderEpoch: int32At(bytes, position + BatchPosition.partitionLeaderEpoch) as LeaderEpoch,
    magic: magicAt(bytes, position),
    crc: uint32At(bytes, position + BatchPosition.crc),
    attributes: attributesAt(bytes, position),
    lastOffsetDelta,
    baseTimestamp: int64ExactAt(bytes, position + BatchPosition.baseTimestamp),
    maxTimestamp: maxTimestampAt(bytes, position),
    producerId: bigint64At(bytes, position + BatchPosition.producerId),
    producerEpoch: int16At(bytes, position + BatchPosition.producerEpoch),
    baseSequence: int32At(bytes, position + BatchPosition.baseSequence),
    recordCount: recordCountAt(bytes, position),
  };
}

/**
 * The headers of all batches in the bytes, one behind the other. A fetch answer may end in the middle of a batch: `cut` leaves that
 * one out, `whole` throws BatchError('corrupt_batch').
 */
export function batchHeaders(bytes: Uint8Array, end: 'whole' | 'cut' = 'whole'): BatchHeader[] {
  const headers: BatchHeader[] = [];
  let position = 0;
  while (position < bytes.byteLength) {
    const size = wholeBatchBytes(bytes, position);
    if (size === undefined) {
      if (end === 'cut') break;
      throw new BatchError(
        'corrupt_batch',
        `expected a whole batch at byte ${position}, got ${bytes.byteLength - position} bytes`,
      );
    }
    headers.push(readBatchHeader(bytes, position));
    position += size;
  }
  return headers;
}
