/** The proof of one record on the node: its batch's CRC-32C vouches for the value that is there. */
import type { FoundProof } from '../../audit/proofs';
import { proofOf } from '../../audit/verdict';
import { readBatchHeader } from '../../protocol/record-batch';
import { readBatchRecords } from '../../protocol/record';
import type { Offset } from '../../types';
import { judgeBatches } from './judge-batches';
import type { BatchUnit } from './wire';

/** Undefined where the batch does not match its CRC, or holds no record at the offset. Throws BatchError for records that cannot be read. */
export function proofInBatch(unit: BatchUnit, offset: Offset): FoundProof | undefined {
  if (judgeBatches([unit], 'auto').units.length === 0) return undefined;
  for (const record of readBatchRecords(unit.data, readBatchHeader(unit.data, 0))) {
    if (record.offset === offset) return { ...proofOf(record.value), from: 'batch', origin: undefined };
  }
  return undefined;
}
