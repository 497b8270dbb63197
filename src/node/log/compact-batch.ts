/**
 * One batch with fewer records, as Kafka's cleaner leaves it: base offset, last offset, producer and sequence stay, the records that
 * stay are copied as they are. A batch whose tombstones are to go at some time says so (KIP-534): attribute bit 6 is set
 * and the base timestamp is that time, to which the records' deltas are then relative.
 */
import { setInt16At, setInt32At, setInt64At } from '../../protocol/bytes';
import { compress } from '../../protocol/compression/compression';
import { addInt64, maxInt64, subtractInt64 } from '../../protocol/int64';
import { crcOf } from '../../protocol/patch-batch';
import {
  BATCH_HEADER_BYTES,
  BatchAttribute,
  BatchPosition,
  codecOfAttributes,
  timestampOf,
} from '../../protocol/record-batch';
import { Reader } from '../../protocol/reader';
import { varintBytes, varlongBytes, writeVarint, writeVarlong } from '../../protocol/varint';
import type { RecordCursor } from '../../protocol/record-cursor';
import type { Int64 } from '../../types';
import type { BatchHeader } from './batch-header';
import { walkRecords } from './record-walk';

export interface BatchRewrite {
  /** Whether a record stays. */
  readonly keeps: (cursor: RecordCursor, section: Uint8Array) => boolean;
  /** For a batch with tombstones that has no delete horizon yet: the time from which they may go. */
  readonly deleteHorizonMs: number;
}

export type RewrittenBatch =
  | { readonly kind: 'same' }
  | { readonly kind: 'empty' }
  /** `horizonMs`: of the tombstones in it; none: there are none. */
  | { readonly kind: 'rewritten'; readonly bytes: Uint8Array };

interface KeptRecord {
  readonly timestampDelta: Int64;
  readonly offsetDelta: number;
  readonly keyLength: number;
  /** The bytes from the key's first to the record's last. */
  readonly rest: Uint8Array;
}

export function hasDeleteHorizon({ attributes }: BatchHeader): boolean {
  return (attributes & BatchAttribute.deleteHorizon) !== 0;
}

/** Throws BatchError where the records cannot be read. */
export function rewriteBatch(bytes: Uint8Array, header: BatchHeader, rewrite: BatchRewrite): RewrittenBatch {
  const kept: KeptRecord[] = [];
  const seen: { tombstones: boolean; newestMs: Int64 } = { tombstones: false, newestMs: -1 };
  const ends = new RecordEnds();
  walkRecords(bytes, header, (cursor, section) => {
    const end = ends.next(section);
    if (!rewrite.keeps(cursor, section)) return 'more';
    const { timestampDelta, offsetDelta, keyLength, keyStart } = cursor;
    kept.push({ timestampDelta, offsetDelta, keyLength, rest: section.subarray(keyStart, end) });
    if (cursor.valueLength < 0) seen.tombstones = true;
    seen.newestMs = maxInt64(seen.newestMs, timestampOf(header, timestampDelta));
    return 'more';
  });
  if (kept.length === 0) return { kind: 'empty' };
  const setsHorizon = seen.tombstones && !hasDeleteHorizon(header);
  if (kept.length === header.recordCount && !setsHorizon) return { kind: 'same' };
  const baseTimestamp = setsHorizon ? rewrite.deleteHorizonMs : header.baseTimestamp;
  const section = writeRecords(kept, subtractInt64(header.baseTimestamp, baseTimestamp));
  const attributes = header.attributes | (setsHorizon ? BatchAttribute.deleteHorizon : 0);
  return {
    kind: 'rewritten',
    bytes: withRecords(bytes, header, {
      section,
      attributes,
      baseTimestamp,
      newestMs: seen.newestMs,
      kept: kept.length,
    }),
  };
}

/** A batch without records: what remains of the last one of a producer, so that its sequence is not forgotten. */
export function emptied(bytes: Uint8Array, header: BatchHeader): Uint8Array {
  const { attributes, baseTimestamp, maxTimestamp: newestMs } = header;
  const uncompressed = attributes & ~(BatchAttribute.codecMask | BatchAttribute.deleteHorizon);
  const section = new Uint8Array(0);
  return withRecords(bytes, header, { section, attributes: uncompressed, baseTimestamp, newestMs, kept: 0 });
}

function withRecords(
  bytes: Uint8Array,
  header: BatchHeader,
  to: { section: Uint8Array; attributes: number; baseTimestamp: Int64; newestMs: Int64; kept: number },
): Uint8Array {
  const records = to.kept === 0 ? to.section : compress(codecOfAttributes(header.attributes), to.section);
  const batch = Buffer.allocUnsafeSlow(BATCH_HEADER_BYTES + records.length);
  batch.set(bytes.subarray(header.position, header.position + BATCH_HEADER_BYTES));
  batch.set(records, BATCH_HEADER_BYTES);
  setInt32At(batch, BatchPosition.batchLength, batch.length - BatchPosition.partitionLeaderEpoch);
  setInt16At(batch, BatchPosition.attributes, to.attributes);
  setInt64At(batch, BatchPosition.baseTimestamp, to.baseTimestamp);
  setInt64At(batch, BatchPosition.maxTimestamp, to.newestMs);
  setInt32At(batch, BatchPosition.recordCount, to.kept);
  setInt32At(batch, BatchPosition.crc, crcOf(batch, 0, batch.length));
  return batch;
}

function writeRecords(kept: readonly KeptRecord[], timestampShift: Int64): Uint8Array {
  let total = 0;
  for (const record of kept) {
    const length = bodyBytes(record, timestampShift);
    total += varintBytes(length) + length;
  }
  const section = Buffer.allocUnsafeSlow(total);
  let at = 0;
  for (const record of kept) {
    at = writeVarint(section, at, bodyBytes(record, timestampShift));
    section[at] = 0;
    at = writeVarlong(section, at + 1, addInt64(record.timestampDelta, timestampShift));
    at = writeVarint(section, at, record.offsetDelta);
    at = writeVarint(section, at, record.keyLength);
    section.set(record.rest, at);
    at += record.rest.length;
  }
  return section;
}

function bodyBytes({ timestampDelta, offsetDelta, keyLength, rest }: KeptRecord, timestampShift: Int64): number {
  const head =
    1 + varlongBytes(addInt64(timestampDelta, timestampShift)) + varintBytes(offsetDelta) + varintBytes(keyLength);
  return head + rest.length;
}

/** Where the records of a section end, one after the other. */
class RecordEnds {
  #position = 0;

  next(section: Uint8Array): number {
    const reader = new Reader(section);
    reader.position = this.#position;
    const length = reader.varint();
    this.#position = reader.position + length;
    return this.#position;
  }
}
