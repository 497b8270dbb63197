/** Makes one record batch of records: what SeaweedMQ's records are answered as, what compaction writes, and what clients in tests send. */
import { assert } from '../assert';
import { setBigint64At, setInt16At, setInt32At, setInt64At } from './bytes';
import { codecId, compress } from './compression/compression';
import type { Codec } from './compression/compression';
import { headerKeyBytes } from './header-key';
import { maxInt64, subtractInt64 } from './int64';
import { crcOf } from './patch-batch';
import { BATCH_HEADER_BYTES, BATCH_PREFIX_BYTES, BatchAttribute, BatchPosition, MAGIC } from './record-batch';
import type { RecordHeader } from './record';
import { varintBytes, varlongBytes, writeVarint, writeVarlong } from './varint';
import type { Int64, LeaderEpoch, Offset } from '../types';

/** A record to be encoded. Without offsets they are numbered from the batch's base offset on; given ones ascend. */
export interface EncodableRecord {
  readonly offset?: Offset;
  readonly timestamp: Int64;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers?: readonly RecordHeader[];
}

export interface BatchOptions {
  /** Offset of the first record; 0 in what a producer sends. */
  readonly baseOffset?: Offset;
  /** Last offset the batch stands for, where records behind its last one were removed. */
  readonly lastOffset?: Offset;
  readonly codec?: Codec;
  readonly partitionLeaderEpoch?: LeaderEpoch;
  /** The log's time, which all records then have; without it each keeps its own. */
  readonly logAppendTime?: Int64;
  readonly producerId?: bigint;
  readonly producerEpoch?: number;
  readonly baseSequence?: number;
  readonly transactional?: boolean;
  readonly control?: boolean;
  /** Given the bytes of the encoded records before they are compressed. */
  readonly inspect?: (section: Uint8Array) => void;
}

/** One encoded batch. One of no records stands for the offsets from `baseOffset` to `lastOffset`, which it must be given. */
export function encodeBatch(records: readonly EncodableRecord[], options: BatchOptions = {}): Uint8Array {
  const first = records[0];
  assert(
    first !== undefined || (options.lastOffset ?? -1) >= (options.baseOffset ?? 0),
    'a record, or a gap to stand for',
  );
  const baseOffset = options.baseOffset ?? first?.offset ?? 0;
  const baseTimestamp = first?.timestamp ?? -1;
  const codec = first === undefined ? 'none' : (options.codec ?? 'none');
  let batch: Uint8Array;
  if (codec === 'none') {
    batch = Buffer.allocUnsafe(BATCH_HEADER_BYTES + sectionBytes(records, baseOffset, baseTimestamp));
    writeSection(batch, BATCH_HEADER_BYTES, records, baseOffset, baseTimestamp);
    options.inspect?.(batch.subarray(BATCH_HEADER_BYTES));
  } else {
    const section = Buffer.allocUnsafe(sectionBytes(records, baseOffset, baseTimestamp));
    writeSection(section, 0, records, baseOffset, baseTimestamp);
    options.inspect?.(section);
    const compressed = compress(codec, section);
    batch = Buffer.allocUnsafe(BATCH_HEADER_BYTES + compressed.byteLength);
    batch.set(compressed, BATCH_HEADER_BYTES);
  }
  writeHeader(batch, records, { ...options, codec }, baseOffset);
  return batch;
}

function writeHeader(
  batch: Uint8Array,
  records: readonly EncodableRecord[],
  options: BatchOptions,
  baseOffset: number,
): void {
  const last = records[records.length - 1];
  const lastOffset = options.lastOffset ?? last?.offset ?? baseOffset + records.length - 1;
  setInt64At(batch, BatchPosition.baseOffset, baseOffset);
  setInt32At(batch, BatchPosition.batchLength, batch.byteLength - BATCH_PREFIX_BYTES);
  setInt32At(batch, BatchPosition.partitionLeaderEpoch, options.partitionLeaderEpoch ?? -1);
  batch[BatchPosition.magic] = MAGIC;
  setInt16At(batch, BatchPosition.attributes, attributesOf(options));
  setInt32At(batch, BatchPosition.lastOffsetDelta, lastOffset - baseOffset);
  setInt64At(batch, BatchPosition.baseTimestamp, records[0]?.timestamp ?? -1);
  setInt64At(batch, BatchPosition.maxTimestamp, options.logAppendTime ?? maxTimestampOf(records));
  setBigint64At(batch, BatchPosition.producerId, options.producerId ?? -1n);
  setInt16At(batch, BatchPosition.producerEpoch, options.producerEpoch ?? -1);
  setInt32At(batch, BatchPosition.baseSequence, options.baseSequence ?? -1);
  setInt32At(batch, BatchPosition.recordCount, records.length);
  setInt32At(batch, BatchPosition.crc, crcOf(batch, 0, batch.byteLength));
}

function attributesOf(options: BatchOptions): number {
  return (
    codecId(options.codec ?? 'none') |
    (options.logAppendTime === undefined ? 0 : BatchAttribute.logAppendTime) |
    (options.transactional === true ? BatchAttribute.transactional : 0) |
    (options.control === true ? BatchAttribute.control : 0)
  );
}

function maxTimestampOf(records: readonly EncodableRecord[]): Int64 {
  let max: Int64 = -1;
  for (const record of records) max = maxInt64(max, record.timestamp);
  return max;
}

function sectionBytes(records: readonly EncodableRecord[], baseOffset: number, baseTimestamp: Int64): number {
  let bytes = 0;
  let index = 0;
  for (const record of records) {
    const length = recordBytes(
      record,
      (record.offset ?? baseOffset + index) - baseOffset,
      subtractInt64(record.timestamp, baseTimestamp),
    );
    bytes += varintBytes(length) + length;
    index++;
  }
  return bytes;
}

/** A record's size without its length field. */
export function recordBytes(record: EncodableRecord, offsetDelta: number, timestampDelta: Int64): number {
  const headers = record.headers ?? [];
  let bytes =
    1 + varlongBytes(timestampDelta) + varintBytes(offsetDelta) + fieldBytes(record.key) + fieldBytes(record.value);
  bytes += varintBytes(headers.length);
  for (const header of headers) {
    const key = Buffer.byteLength(header.key);
    bytes += varintBytes(key) + key + fieldBytes(header.value);
  }
  return bytes;
}

const fieldBytes = (field: Uint8Array | null): number =>
  field === null ? 1 : varintBytes(field.byteLength) + field.byteLength;

function writeSection(
  target: Buffer | Uint8Array,
  start: number,
  records: readonly EncodableRecord[],
  baseOffset: number,
  baseTimestamp: Int64,
): void {
  let position = start;
  let index = 0;
  for (const record of records) {
    const offsetDelta = (record.offset ?? baseOffset + index) - baseOffset;
    assert(offsetDelta >= index, 'ascending offsets from the base offset on');
    position = writeRecord(target, position, record, offsetDelta, subtractInt64(record.timestamp, baseTimestamp));
    index++;
  }
}

function writeRecord(
  target: Uint8Array,
  start: number,
  record: EncodableRecord,
  offsetDelta: number,
  timestampDelta: Int64,
): number {
  let position = writeVarint(target, start, recordBytes(record, offsetDelta, timestampDelta));
  target[position++] = 0;
  position = writeVarlong(target, position, timestampDelta);
  position = writeVarint(target, position, offsetDelta);
  position = writeField(target, position, record.key);
  position = writeField(target, position, record.value);
  const headers = record.headers ?? [];
  position = writeVarint(target, position, headers.length);
  for (const header of headers) {
    position = writeField(target, position, headerKeyBytes(header.key));
    position = writeField(target, position, header.value);
  }
  return position;
}

function writeField(target: Uint8Array, start: number, field: Uint8Array | null): number {
  if (field === null) return writeVarint(target, start, -1);
  const position = writeVarint(target, start, field.byteLength);
  target.set(field, position);
  return position + field.byteLength;
}
