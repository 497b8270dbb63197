/** Placeholder until protocol's record reader arrives. */
import type { Census } from '../types';
import { readBatchHeader, viewOf } from './batch-header';

export function countCensus(batch: Uint8Array): Census {
  const header = readBatchHeader(viewOf(batch), 0);
  return { records: header?.recordCount ?? 0, nulls: 0, empties: 0, controls: 0, valueBytes: 0 };
}
