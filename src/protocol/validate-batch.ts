/**
 * Whether a batch is what it says: size, magic, CRC-32C, then every record's lengths, and that counts and offsets agree. What is
 * learnt on the way (census, timestamps, null keys) comes back, so no batch is walked twice. No object is made per record.
 */
import { BatchError } from './batch-error';
import { decompress, DECOMPRESSED_BYTES_MAX } from './compression/compression';
import { hasValidCrc } from './patch-batch';
import {
  BATCH_HEADER_BYTES,
  codecOfAttributes,
  isControl,
  readBatchHeader,
  timestampOf,
  wholeBatchBytes,
} from './record-batch';
import type { BatchHeader } from './record-batch';
import { RecordCursor } from './record-cursor';
import type { Census, Int64 } from '../types';

export interface ValidatedBatch {
  readonly header: BatchHeader;
  readonly census: Census;
  /** Of the records themselves; with log append time, that time. The header's own maximum may be another. Milliseconds. */
  readonly minTimestamp: Int64;
  readonly maxTimestamp: Int64;
  /** The offset delta of the first record that has the largest timestamp. */
  readonly maxTimestampOffsetDelta: number;
  /** Records without a key, which a compacted topic refuses. */
  readonly nullKeys: number;
  /** Bytes of the records after decompression, without the batch's header. */
  readonly recordsBytes: number;
}

export interface ValidateOptions {
  /** What one batch may become when decompressed. */
  readonly decompressedBytesMax?: number;
  /** Given the records once they are known to be right, decompressed: nobody needs to do that again. */
  readonly inspect?: (section: Uint8Array) => void;
}

/** The batch at the position. Throws BatchError. */
export function validateBatch(bytes: Uint8Array, position: number, options: ValidateOptions = {}): ValidatedBatch {
  const size = wholeBatchBytes(bytes, position);
  if (size === undefined) {
    throw new BatchError(
      'corrupt_batch',
      `expected a whole batch at byte ${position}, got ${bytes.byteLength - position} bytes`,
    );
  }
  if (!hasValidCrc(bytes, position, size)) {
    throw new BatchError(
      'corrupt_batch',
      `expected the CRC-32C of the batch at byte ${position} to match, it does not`,
    );
  }
  const header = readBatchHeader(bytes, position);
  checkCounts(header);
  const records = recordsSection(bytes, header, options.decompressedBytesMax ?? DECOMPRESSED_BYTES_MAX);
  const batch = walkRecords(header, records);
  options.inspect?.(records);
  return batch;
}

/** The bytes that hold a batch's records, decompressed where they are compressed. Throws BatchError. */
export function recordsSection(
  bytes: Uint8Array,
  header: BatchHeader,
  bytesMax: number = DECOMPRESSED_BYTES_MAX,
): Uint8Array {
  const section = bytes.subarray(header.position + BATCH_HEADER_BYTES, header.position + header.bytes);
  return decompress(codecOfAttributes(header.attributes), section, bytesMax);
}

function checkCounts(header: BatchHeader): void {
  if (header.recordCount < 1) throw invalid(header, 'at least one record', `a count of ${header.recordCount}`);
  if (header.lastOffsetDelta !== header.recordCount - 1) {
    throw invalid(header, `a last offset delta of ${header.recordCount - 1}`, `${header.lastOffsetDelta}`);
  }
}

function walkRecords(header: BatchHeader, records: Uint8Array): ValidatedBatch {
  const cursor = new RecordCursor(records, 0, records.byteLength);
  let nulls = 0;
  let empties = 0;
  let nullKeys = 0;
  let valueBytes = 0;
  let minTimestamp: Int64 = Infinity;
  let maxTimestamp: Int64 = -Infinity;
  let maxTimestampOffsetDelta = 0;
  for (let expected = 0; expected < header.recordCount; expected++) {
    if (!cursor.hasMore) throw invalid(header, `${header.recordCount} records`, `${expected}`);
    cursor.next();
    if (cursor.offsetDelta !== expected) throw invalid(header, `offset delta ${expected}`, `${cursor.offsetDelta}`);
    if (cursor.keyLength < 0) nullKeys++;
    if (cursor.valueLength < 0) nulls++;
    else if (cursor.valueLength === 0) empties++;
    else valueBytes += cursor.valueLength;
    const timestamp = timestampOf(header, cursor.timestampDelta);
    if (timestamp < minTimestamp) minTimestamp = timestamp;
    if (timestamp > maxTimestamp) {
      maxTimestamp = timestamp;
      maxTimestampOffsetDelta = expected;
    }
  }
  if (cursor.hasMore) throw invalid(header, `${header.recordCount} records`, 'bytes after the last one');
  const controls = isControl(header.attributes) ? header.recordCount : 0;
  return {
    header,
    census:
      controls > 0 ? controlCensus(controls) : { records: header.recordCount, nulls, empties, controls, valueBytes },
    minTimestamp,
    maxTimestamp,
    maxTimestampOffsetDelta,
    nullKeys,
    recordsBytes: records.byteLength,
  };
}

/** Transaction markers are no values: they count as controls only. */
const controlCensus = (controls: number): Census => ({
  records: controls,
  nulls: 0,
  empties: 0,
  controls,
  valueBytes: 0,
});

const invalid = (header: BatchHeader, expected: string, got: string): BatchError =>
  new BatchError('invalid_record', `batch at byte ${header.position}: expected ${expected}, got ${got}`);
