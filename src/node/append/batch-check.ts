/** What an append must be before a byte of it is stored: one whole batch of magic 2 with the right length, CRC and count. */
import { ErrorCode } from '../../rpc/record_log';
import { BATCH_HEADER_BYTES, crcMatches, plausibleHeader } from '../log/batch-header';
import type { BatchHeader } from '../log/batch-header';
import { NodeError } from '../node-error';

/** The head of the batch that `bytes` are. Throws CORRUPT_BATCH or INVALID_RECORD. */
export function checkIncomingBatch(bytes: Uint8Array): BatchHeader {
  const header = plausibleHeader(bytes, 0);
  if (header === undefined) {
    const expected = `expected a record batch of magic 2 and at least ${BATCH_HEADER_BYTES} bytes`;
    throw corrupt(`${expected}, got ${bytes.length} other bytes`);
  }
  if (header.bytes > bytes.length) {
    throw corrupt(`the batch says it is ${header.bytes} bytes long, but ${bytes.length} came`);
  }
  if (header.bytes < bytes.length) {
    throw invalid(`expected one batch, ${bytes.length - header.bytes} bytes follow its ${header.bytes}`);
  }
  if (!crcMatches(bytes, header)) throw corrupt('the CRC-32C of the batch does not match its bytes');
  const expectedCount = header.lastOffset - header.baseOffset + 1;
  if (header.recordCount !== expectedCount || expectedCount < 1) {
    throw invalid(`expected ${expectedCount} records by the last offset delta, the batch says ${header.recordCount}`);
  }
  return header;
}

const corrupt = (reason: string): NodeError => new NodeError(ErrorCode.CORRUPT_BATCH, reason);
const invalid = (reason: string): NodeError => new NodeError(ErrorCode.INVALID_RECORD, reason);
