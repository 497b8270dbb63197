/**
 * Which of a partition's oldest segments may go, as Kafka decides it: below the log start; older than retention.ms by their newest
 * record; beyond retention.bytes. Whole segments only. The active segment goes only by time, and then a new one takes its place.
 */
import { onDisk } from './node-error';
import type { PartitionLog } from './partition-log';
import type { Segment } from './segment';
import type { Partition } from './topics';

/** Removes what may go. Answers how many segments went. Throws STORAGE_ERROR; what went before that is gone. */
export function applyRetention({ log, appender }: Partition, nowMs: number): number {
  let removed = 0;
  while (log.segments.length > 1 && mayGo(log, nowMs)) {
    removeOldest(log);
    removed += 1;
  }
  const { active } = log;
  if (log.segments.length === 1 && active.nextOffset > active.baseOffset && isExpired(log, active, nowMs)) {
    appender.beginSegment();
    removeOldest(log);
    removed += 1;
  }
  return removed;
}

function mayGo(log: PartitionLog, nowMs: number): boolean {
  const [oldest, following] = log.segments;
  if (oldest === undefined || following === undefined) return false;
  if (following.baseOffset <= log.logStartOffset) return true;
  // Nothing that may not be read yet goes.
  if (following.baseOffset > log.highWatermark) return false;
  if (isExpired(log, oldest, nowMs)) return true;
  const { deletes, retentionBytes } = log.settings;
  return deletes && retentionBytes >= 0 && log.sizeBytes - oldest.size >= retentionBytes;
}

function isExpired(log: PartitionLog, segment: Segment, nowMs: number): boolean {
  const { deletes, retentionMs } = log.settings;
  if (!deletes || retentionMs < 0 || segment.nextOffset > log.highWatermark) return false;
  return nowMs - newestMs(log, segment) > retentionMs;
}

/** Records without timestamps are as old as their file. */
function newestMs(log: PartitionLog, segment: Segment): number {
  if (segment.index.maxTimestampMs >= 0) return segment.index.maxTimestampMs;
  return onDisk('ask the age of', segment.file('log'), () => log.storage.disk.modifiedMs(segment.file('log')));
}

/** The log start moves first: from then on nobody is told that the records are there. */
function removeOldest(log: PartitionLog): void {
  const [oldest, following] = log.segments;
  if (oldest === undefined || following === undefined) return;
  log.logStartOffset = Math.max(log.logStartOffset, following.baseOffset);
  oldest.remove();
  log.segments = log.segments.slice(1);
  log.wakeListeners();
}
