/** ListOffsets by time: the first record at or after a timestamp, or the one with the greatest timestamp. */
import { maxInt64 } from '../../protocol/int64';
import { timestampOf } from '../../protocol/record-batch';
import type { Int64 } from '../../types';
import { plausibleHeader } from './batch-header';
import { walkRecords } from './record-walk';
import { ErrorCode } from '../../rpc/record_log';
import { NodeError } from '../node-error';
import type { PartitionLog } from './partition-log';
import type { Segment } from './segment';
import type { IndexEntry } from './segment-index';

export interface FoundOffset {
  readonly offset: number;
  readonly timestampMs: Int64;
}

const RUN_BYTES = 1024 * 1024;

/** The first record whose timestamp is at or after `timestampMs`; undefined where there is none. */
export function findOffsetByTime(log: PartitionLog, timestampMs: Int64): FoundOffset | undefined {
  for (const segment of log.segments) {
    if (segment.index.maxTimestampMs < timestampMs || segment.nextOffset <= log.logStartOffset) continue;
    const found = findInSegment(log, segment, timestampMs);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The first record that has the greatest timestamp of the partition; undefined where there is no record with one. */
export function findMaxTimestamp(log: PartitionLog): FoundOffset | undefined {
  const [first, ...others] = log.segments.filter((segment) => segment.nextOffset > log.logStartOffset);
  if (first === undefined) return undefined;
  // The index also counts the records below the log start, so the segment that holds it is looked at itself.
  const inFirst = greatestIn(log, first);
  const elsewhere = others.reduce<Int64>((greatest, segment) => maxInt64(greatest, segment.index.maxTimestampMs), -1);
  if (elsewhere > (inFirst?.timestampMs ?? -1)) return findOffsetByTime(log, elsewhere);
  return inFirst;
}

function greatestIn(log: PartitionLog, segment: Segment): FoundOffset | undefined {
  if (segment.baseOffset >= log.logStartOffset) {
    const greatest = segment.index.maxTimestampMs;
    return greatest < 0 ? undefined : findInSegment(log, segment, greatest);
  }
  let found: FoundOffset | undefined;
  for (const { batch, maxTimestampMs } of batchesFrom(log, segment, segment.index.find(log.logStartOffset))) {
    if (maxTimestampMs <= (found?.timestampMs ?? -1)) continue;
    forEachTime(log, batch, (offset, timestampMs) => {
      if (timestampMs > (found?.timestampMs ?? -1)) found = { offset, timestampMs };
      return 'more';
    });
  }
  return found;
}

function findInSegment(log: PartitionLog, segment: Segment, timestampMs: Int64): FoundOffset | undefined {
  let found: FoundOffset | undefined;
  for (const { batch, maxTimestampMs } of batchesFrom(log, segment, segment.index.findTimestamp(timestampMs))) {
    if (maxTimestampMs < timestampMs) continue;
    forEachTime(log, batch, (offset, recordMs) => {
      if (recordMs < timestampMs) return 'more';
      found = { offset, timestampMs: recordMs };
      return 'stop';
    });
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Throws STORAGE_ERROR where the segment is damaged. */
function* batchesFrom(
  log: PartitionLog,
  segment: Segment,
  start: IndexEntry,
): Generator<{ batch: Uint8Array; maxTimestampMs: Int64 }> {
  let entry = start;
  for (;;) {
    const limits = { offset: log.logStartOffset, bytesMax: RUN_BYTES, endOffset: log.highWatermark };
    const run = segment.read(limits, entry);
    let at = 0;
    for (const { size, maxTimestampMs } of run.summaries) {
      yield { batch: run.bytes.subarray(at, at + size), maxTimestampMs };
      at += size;
    }
    if (run.summaries.length === 0 && run.damage !== undefined) {
      const where = `${segment.file('log')} at byte ${run.damage.position}`;
      throw new NodeError(ErrorCode.STORAGE_ERROR, `cannot look for a timestamp: ${where} is damaged`);
    }
    if (run.summaries.length === 0) return;
    entry = run.end;
  }
}

/** Records at or after the log start. */
function forEachTime(
  log: PartitionLog,
  batch: Uint8Array,
  visit: (offset: number, timestampMs: Int64) => 'more' | 'stop',
): void {
  const header = plausibleHeader(batch, 0);
  if (header === undefined) return;
  walkRecords(batch, header, (cursor) => {
    const offset = header.baseOffset + cursor.offsetDelta;
    return offset < log.logStartOffset ? 'more' : visit(offset, timestampOf(header, cursor.timestampDelta));
  });
}
