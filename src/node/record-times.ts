/** Placeholder until protocol's record reader arrives. */
import { readBatchHeader, viewOf } from './batch-header';

export function forEachRecordTime(batch: Uint8Array, visit: (offset: number, timestampMs: number) => boolean): void {
  const header = readBatchHeader(viewOf(batch), 0);
  if (header !== undefined) visit(header.baseOffset, header.maxTimestampMs);
}
