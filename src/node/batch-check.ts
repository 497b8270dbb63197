/** What an append must be before a byte of it is stored: whole batches of magic 2 with right lengths, CRCs and counts. */
import { ErrorCode } from '../rpc/record_log';
import { BATCH_HEADER_BYTES, crcMatches, plausibleHeader } from './batch-header';
import type { BatchHeader } from './batch-header';
import { NodeError } from './node-error';

/** The heads of all batches in `bytes`. Throws CORRUPT_BATCH or INVALID_RECORD. */
export function checkBatches(bytes: Uint8Array): BatchHeader[] {
  const headers: BatchHeader[] = [];
  let position = 0;
  while (position < bytes.length) {
    const header = plausibleHeader(bytes, position);
    if (header === undefined) {
      const rest = bytes.length - position;
      throw corrupt(
        position,
        `expected a record batch of magic 2 and at least ${BATCH_HEADER_BYTES} bytes, got ${rest} other bytes`,
      );
    }
    if (position + header.bytes > bytes.length) {
      throw corrupt(position, `the batch says it is ${header.bytes} bytes long, but ${bytes.length - position} came`);
    }
    if (!crcMatches(bytes, header)) throw corrupt(position, 'the CRC-32C does not match the bytes');
    const expectedCount = header.lastOffset - header.baseOffset + 1;
    if (header.recordCount !== expectedCount || expectedCount < 1) {
      const message = `batch at byte ${position}: expected ${expectedCount} records by its last offset delta, it says ${header.recordCount}`;
      throw new NodeError(ErrorCode.INVALID_RECORD, message);
    }
    headers.push(header);
    position += header.bytes;
  }
  if (headers.length === 0) throw corrupt(0, 'expected at least one batch, got no bytes');
  return headers;
}

function corrupt(position: number, reason: string): NodeError {
  return new NodeError(ErrorCode.CORRUPT_BATCH, `batch at byte ${position}: ${reason}`);
}
