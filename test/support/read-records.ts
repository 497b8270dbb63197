/** The records of answers and segments, as values. */
import { readBatchRecords, type BatchRecord } from '../../src/protocol/record';
import { batchHeaders } from '../../src/protocol/record-batch';

/** Every record of every batch in the bytes, control records included. CRCs are not looked at. Throws BatchError. */
export function* readRecords(bytes: Uint8Array): Generator<BatchRecord, void, undefined> {
  for (const header of batchHeaders(bytes)) yield* readBatchRecords(bytes, header);
}
