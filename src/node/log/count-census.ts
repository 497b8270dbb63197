/** What a batch holds, counted by walking over its records: for appends that came without a census and for sidecars that were lost. */
import { BatchError } from '../../protocol/batch-error';
import type { Census } from '../../types';
import { isControlBatch, plausibleHeader } from './batch-header';
import { walkRecords } from './record-walk';

/**
 * The CRC of `batch` is known to be right. A batch whose records cannot be read all the same (a producer's fault that the log does
 * not look for) counts as its head says: records, and no values.
 */
export function countCensus(batch: Uint8Array): Census {
  const header = plausibleHeader(batch, 0);
  if (header === undefined) return { records: 0, nulls: 0, empties: 0, controls: 0, valueBytes: 0 };
  const records = header.recordCount;
  if (isControlBatch(header)) return { records, nulls: 0, empties: 0, controls: records, valueBytes: 0 };
  let nulls = 0;
  let empties = 0;
  let valueBytes = 0;
  try {
    walkRecords(batch, header, ({ valueLength }) => {
      if (valueLength < 0) nulls += 1;
      else if (valueLength === 0) empties += 1;
      else valueBytes += valueLength;
      return 'more';
    });
  } catch (error) {
    if (!(error instanceof BatchError)) throw error;
    return { records, nulls: 0, empties: 0, controls: 0, valueBytes: 0 };
  }
  return { records, nulls, empties, controls: 0, valueBytes };
}
