/** The heads of stored batches: protocol's, for bytes that may be anything. */
import { BATCH_HEADER_BYTES, MAGIC, isControl, magicAt, readBatchHeader } from '../../protocol/record-batch';
import type { BatchHeader } from '../../protocol/record-batch';
import { hasValidCrc } from '../../protocol/patch-batch';

export { BATCH_HEADER_BYTES };
export type { BatchHeader };

/** The head at a position; undefined where the bytes there cannot be one: too short, another magic, impossible numbers. */
export function plausibleHeader(bytes: Uint8Array, position: number): BatchHeader | undefined {
  if (position + BATCH_HEADER_BYTES > bytes.length || magicAt(bytes, position) !== MAGIC) return undefined;
  const header = readBatchHeader(bytes, position);
  if (header.bytes < BATCH_HEADER_BYTES || header.baseOffset < 0) return undefined;
  return header.lastOffsetDelta < 0 || header.recordCount < 0 ? undefined : header;
}

/** Whether the CRC of a batch is that of its bytes; they must all be there. */
export function crcMatches(bytes: Uint8Array, { position, bytes: size }: BatchHeader): boolean {
  return hasValidCrc(bytes, position, size);
}

export function isControlBatch({ attributes }: BatchHeader): boolean {
  return isControl(attributes);
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
