/** What a fetch brought, checked as what a producer sends is. */
import { validateBatch, type ValidatedBatch } from '../../src/protocol/validate-batch';

/** All batches in the bytes, one behind the other. Throws the BatchError of the first that is wrong; no bytes are no batch. */
export function validateBatches(bytes: Uint8Array): ValidatedBatch[] {
  const batches: ValidatedBatch[] = [];
  for (let position = 0; position < bytes.byteLength;) {
    const batch = validateBatch(bytes, position);
    batches.push(batch);
    position += batch.header.bytes;
  }
  return batches;
}
