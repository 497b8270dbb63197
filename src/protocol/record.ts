/** Records as values: read lazily out of a batch, and the shape a batch is made of. */
import { BatchError } from './batch-error';
import { headerKeyOf } from './header-key';
import type { HeaderKey } from './header-key';
import { timestampOf, timestampTypeOf } from './record-batch';
import type { BatchHeader, TimestampType } from './record-batch';
import { RecordCursor } from './record-cursor';
import { recordsSection } from './validate-batch';
import { Reader } from './reader';
import type { Int64, Offset } from '../types';

/** A header's key may occur more than once, and their order counts. */
export interface RecordHeader {
  readonly key: HeaderKey;
  readonly value: Uint8Array | null;
}

/** Null and empty differ, for keys and for values. Byte arrays are views into what the record was read from. */
export interface KafkaRecord {
  readonly offset: Offset;
  /** Milliseconds since 1970; -1 for none. */
  readonly timestamp: Int64;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly RecordHeader[];
}

export interface BatchRecord extends KafkaRecord {
  readonly timestampType: TimestampType;
}

const NO_HEADERS: readonly RecordHeader[] = [];

/** The records of one batch. Throws BatchError. */
export function* readBatchRecords(bytes: Uint8Array, header: BatchHeader): Generator<BatchRecord, void, undefined> {
  const section = recordsSection(bytes, header);
  const cursor = new RecordCursor(section, 0, section.byteLength);
  const timestampType = timestampTypeOf(header.attributes);
  for (let left = header.recordCount; left > 0; left--) {
    if (!cursor.hasMore)
      throw new BatchError('invalid_record', `expected ${header.recordCount} records, got ${cursor.count}`);
    cursor.next();
    yield {
      offset: (header.baseOffset + cursor.offsetDelta) as Offset,
      timestamp: timestampOf(header, cursor.timestampDelta),
      timestampType,
      key: slice(section, cursor.keyStart, cursor.keyLength),
      value: slice(section, cursor.valueStart, cursor.valueLength),
      headers: cursor.headerCount === 0 ? NO_HEADERS : readHeaders(section, cursor),
    };
  }
}

/** The headers of the record that the cursor stands at. */
export function readHeaders(section: Uint8Array, cursor: RecordCursor): RecordHeader[] {
  const reader = new Reader(section);
  reader.position = cursor.headersStart;
  const headers: RecordHeader[] = [];
  for (let left = cursor.headerCount; left > 0; left--) {
    const key = headerKeyOf(reader.raw(reader.varint()));
    const length = reader.varint();
    headers.push({ key, value: length < 0 ? null : reader.raw(length) });
  }
  return headers;
}

const slice = (bytes: Uint8Array, start: number, length: number): Uint8Array | null =>
  length < 0 ? null : bytes.subarray(start, start + length);
