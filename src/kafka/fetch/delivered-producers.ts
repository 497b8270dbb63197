/**
 * Who made the records of an answer, as their own `traceparent` headers say: for records that were written through another gateway, or
 * before this one began. Few batches are looked into, and of each the first records.
 */
import { BatchError } from '../../protocol/batch-error';
import {
  codecOfAttributes,
  isControl,
  readBatchHeader,
  wholeBatchBytes,
  type BatchHeader,
} from '../../protocol/record-batch';
import { RecordCursor } from '../../protocol/record-cursor';
import { recordsSection } from '../../protocol/validate-batch';
import type { ProducerSpan, WrittenOffsets } from '../../telemetry/trace/trace-links';
import { toOffset } from '../../types';
import { RECORDS_LOOKED_AT_MAX, traceParentsOf } from '../produce/producer-links';

/** A batch that is longer than this, or becomes so when decompressed, costs more than its first records are worth; bytes. */
const COMPRESSED_BYTES_MAX = 64 * 1024;
const DECOMPRESSED_BYTES_MAX = 256 * 1024;
const HEADER_NAME = Buffer.from('traceparent');

type Offsets = Pick<WrittenOffsets, 'baseOffset' | 'lastOffset'>;

/**
 * Sampled spans that made records from `baseOffset` to `lastOffset`, at most 32. `mayLook` is asked for each batch that holds some of these, and
 * ends it by saying no. What cannot be read says nothing: whoever is given it will find that out.
 */
export function producersIn(
  chunks: readonly Uint8Array[],
  offsets: Offsets,
  mayLook: () => boolean,
): readonly ProducerSpan[] {
  const found = new Map<string, ProducerSpan>();
  try {
    for (const chunk of chunks) {
      let position = 0;
      for (let size = wholeBatchBytes(chunk, 0); size !== undefined; size = wholeBatchBytes(chunk, position)) {
        const header = readBatchHeader(chunk, position);
        position += size;
        if (header.lastOffset < offsets.baseOffset || header.baseOffset > offsets.lastOffset) continue;
        if (found.size >= RECORDS_LOOKED_AT_MAX || !mayLook()) return [...found.values()];
        lookInto(chunk, header, offsets, found);
      }
    }
  } catch (error) {
    if (!(error instanceof BatchError)) throw error;
  }
  return [...found.values()];
}

function lookInto(
  chunk: Uint8Array,
  header: BatchHeader,
  { baseOffset, lastOffset }: Offsets,
  found: Map<string, ProducerSpan>,
): void {
  const section = sectionOf(chunk, header);
  // Most records have none: that is found out without a walk.
  if (
    section === undefined ||
    !Buffer.from(section.buffer, section.byteOffset, section.byteLength).includes(HEADER_NAME)
  )
    return;
  const cursor = new RecordCursor(section, 0, section.byteLength);
  for (let looked = 0; cursor.hasMore && looked < RECORDS_LOOKED_AT_MAX;) {
    cursor.next();
    const offset = toOffset(header.baseOffset + cursor.offsetDelta);
    if (offset < baseOffset) continue;
    if (offset > lastOffset) return;
    looked++;
    if (cursor.headerCount === 0) continue;
    for (const { traceId, spanId, sampled } of traceParentsOf(section, cursor)) {
      const first = found.get(spanId)?.first ?? offset;
      if (sampled) found.set(spanId, { traceId, spanId, first, last: offset, storedSpanId: undefined });
      if (found.size >= RECORDS_LOOKED_AT_MAX) return;
    }
  }
}

/** Undefined where it is not worth its price. Throws BatchError. */
function sectionOf(chunk: Uint8Array, header: BatchHeader): Uint8Array | undefined {
  if (isControl(header.attributes)) return undefined;
  if (codecOfAttributes(header.attributes) !== 'none' && header.bytes > COMPRESSED_BYTES_MAX) return undefined;
  return recordsSection(chunk, header, DECOMPRESSED_BYTES_MAX);
}
