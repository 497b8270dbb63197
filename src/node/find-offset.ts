/** ListOffsets by time: the first record at or after a timestamp, or the one with the greatest timestamp. */
import { plausibleHeader } from './batch-header';
import { timestampOf, walkRecords } from './record-walk';
import { ErrorCode } from '../rpc/record_log';
import { NodeError } from './node-error';
import type { PartitionLog } from './partition-log';
import type { Segment } from './segment';

export interface FoundOffset {
  readonly offset: number;
  readonly timestampMs: number;
}

const RUN_BYTES = 1024 * 1024;

/** The first record whose timestamp is at or after `timestampMs`; undefined where there is none. */
export function findOffsetByTime(log: PartitionLog, timestampMs: number): FoundOffset | undefined {
  for (const segment of log.segments) {
    if (segment.index.maxTimestampMs < timestampMs || segment.nextOffset <= log.logStartOffset) continue;
    const found = findInSegment(log, segment, timestampMs);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The first record that has the greatest timestamp of the partition; undefined where there is no record with one. */
export function findMaxTimestamp(log: PartitionLog): FoundOffset | undefined {
  let greatest = -1;
  for (const segment of log.segments) {
    if (segment.nextOffset > log.logStartOffset) greatest = Math.max(greatest, segment.index.maxTimestampMs);
  }
  return greatest < 0 ? undefined : findOffsetByTime(log, greatest);
}

function findInSegment(log: PartitionLog, segment: Segment, timestampMs: number): FoundOffset | undefined {
  let entry = segment.index.findTimestamp(timestampMs);
  for (;;) {
    const limits = { offset: log.logStartOffset, bytesMax: RUN_BYTES, endOffset: log.highWatermark };
    const run = segment.read(limits, entry);
    let at = 0;
    for (const summary of run.summaries) {
      const batch = run.bytes.subarray(at, at + summary.size);
      at += summary.size;
      if (summary.maxTimestampMs < timestampMs) continue;
      const found = findInBatch(log, batch, timestampMs);
      if (found !== undefined) return found;
    }
    if (run.summaries.length === 0 && run.damage !== undefined) {
      const where = `${segment.file('log')} at byte ${run.damage.position}`;
      throw new NodeError(ErrorCode.STORAGE_ERROR, `cannot look for a timestamp: ${where} is damaged`);
    }
    if (run.summaries.length === 0) return undefined;
    entry = run.end;
  }
}

function findInBatch(log: PartitionLog, batch: Uint8Array, timestampMs: number): FoundOffset | undefined {
  const header = plausibleHeader(batch, 0);
  if (header === undefined) return undefined;
  let found: FoundOffset | undefined;
  walkRecords(batch, header, (cursor) => {
    const offset = header.baseOffset + cursor.offsetDelta;
    const recordMs = timestampOf(header, cursor);
    if (recordMs < timestampMs || offset < log.logStartOffset) return 'more';
    found = { offset, timestampMs: recordMs };
    return 'stop';
  });
  return found;
}
