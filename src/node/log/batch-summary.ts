/** What the node knows of a stored batch without its bytes. */
import type { Census, Int64 } from '../../types';
import type { BatchHeader } from './batch-header';

export interface BatchSummary {
  readonly baseOffset: number;
  readonly lastOffset: number;
  /** In bytes, head included. */
  readonly size: number;
  readonly maxTimestampMs: Int64;
  readonly census: Census;
}

export function summarize(header: BatchHeader, census: Census): BatchSummary {
  return {
    baseOffset: header.baseOffset,
    lastOffset: header.lastOffset,
    size: header.bytes,
    maxTimestampMs: header.maxTimestamp,
    census,
  };
}
