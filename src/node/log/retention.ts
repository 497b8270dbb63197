/**
 * Which of a partition's oldest segments may go, as Kafka decides it and in its order: those below the log start; those beyond
 * retention.bytes; those whose newest record is older than retention.ms. Whole segments only. The active segment goes where all of the
 * log may go, and then a new one takes its place.
 */
import type { RemovalCause } from '../../telemetry/metrics/removal';
import type { TopicConfig } from '../../topic-settings/topic-config';
import { onDisk } from '../node-error';
import type { PartitionLog } from './partition-log';
import type { Segment } from './segment';
import type { HostedPartition } from '../topics/hosted-topic';

/** Removes what may go, and accounts for it. Answers how many segments went. Throws STORAGE_ERROR; what went before that is gone. */
export function applyRetention(partition: HostedPartition, nowMs: number): number {
  const { log } = partition;
  const { deletes, retentionBytes, retentionMs } = log.settings;
  let removed = freeBelowLogStart(partition);
  if (deletes && retentionBytes >= 0) {
    removed += removeWhile(partition, 'retention_size', ({ size }) => log.sizeBytes - size >= retentionBytes);
  }
  if (deletes && retentionMs >= 0) {
    removed += removeWhile(partition, 'retention_time', (segment) =>
      isPastRetention(log.settings, newestMs(log, segment), nowMs),
    );
  }
  return removed;
}

/** DeleteRecords moved the log start over `records` records. */
export interface LogStartMove {
  readonly from: number;
  readonly to: number;
  readonly records: number;
}

/**
 * Removes the segments below the log start, and accounts for the bytes; of a move also for the records. Segments that stayed then, because
 * they were appended to or compacted, go at a later run, with the same cause.
 */
export function freeBelowLogStart(partition: HostedPartition, move?: LogStartMove): number {
  const { log } = partition;
  const isBelow = (_: Segment, following: Segment | undefined): boolean =>
    following !== undefined && following.baseOffset <= log.logStartOffset;
  return removeWhile(partition, 'delete_records', isBelow, move);
}

/** Whether retention removes a segment whose newest record is of `newestMs`. */
export function isPastRetention({ deletes, retentionMs }: TopicConfig, newestMs: number, nowMs: number): boolean {
  return deletes && retentionMs >= 0 && nowMs - newestMs > retentionMs;
}

/** Oldest first, until one must stay. Answers how many went. */
function removeWhile(
  { log, appender }: HostedPartition,
  cause: RemovalCause,
  mayGo: (segment: Segment, following: Segment | undefined) => boolean,
  move?: LogStartMove,
): number {
  const first = log.segments[0]?.baseOffset ?? 0;
  const from = move?.from ?? (cause === 'delete_records' ? first : log.logStartOffset);
  let to = move?.to ?? first;
  let records = move?.records ?? 0;
  let segments = 0;
  let bytes = 0;
  try {
    for (;;) {
      const [oldest, following] = log.segments;
      if (oldest === undefined) break;
      const end = following?.baseOffset ?? oldest.nextOffset;
      const isEmptyLog = following === undefined && end === oldest.baseOffset;
      // Nothing that may not be read yet goes.
      if (isEmptyLog || end > log.highWatermark || !mayGo(oldest, following)) break;
      if (following === undefined) appender.beginSegment();
      const { size } = oldest;
      // Also where its files cannot be removed, nobody reads them any more.
      records += oldest.recordsBetween(log.logStartOffset, end);
      to = Math.max(to, end);
      const unwritten = removeOldest(log);
      segments += 1;
      bytes += size;
      // A full disk has room now. Where it has none even so, what went is accounted for all the same.
      if (unwritten !== undefined) writeProducers(log, unwritten);
    }
  } finally {
    if (segments > 0) syncNames(log);
    if (segments > 0 || records > 0 || move !== undefined) log.removed({ cause, from, to, records, bytes });
  }
  return segments;
}

/** Without it a loss of power would bring the files back, and with them records that nobody may read any more. */
function syncNames({ directory, storage }: PartitionLog): void {
  onDisk('sync', directory, () => storage.disk.syncDirectory(directory));
}

/** Records without timestamps are as old as their file. */
function newestMs(log: PartitionLog, segment: Segment): number {
  // What is past 2^53 is rounded: it is no time that has been.
  if (segment.index.maxTimestampMs >= 0) return Number(segment.index.maxTimestampMs);
  return onDisk('ask the age of', segment.file('log'), () => log.storage.disk.modifiedMs(segment.file('log')));
}

/** The log start moves first: from then on nobody is told that the records are there. Answers the segment whose producers are still to be written down. */
function removeOldest(log: PartitionLog): Segment | undefined {
  const [oldest, following] = log.segments;
  if (oldest === undefined || following === undefined) return undefined;
  log.logStartOffset = Math.max(log.logStartOffset, following.baseOffset);
  const hasSnapshot = following.sealed && log.storage.disk.exists(following.file('snapshot'));
  const isKept = hasSnapshot || keepsProducers(log, following);
  oldest.remove();
  log.forgetOldest();
  return isKept ? undefined : following;
}

/** Without it a crash would forget who wrote what is gone, and take what they send again for new. False where the disk refuses. */
function keepsProducers(log: PartitionLog, following: Segment): boolean {
  try {
    writeProducers(log, following);
    return true;
  } catch {
    return false;
  }
}

function writeProducers({ producers }: PartitionLog, following: Segment): void {
  following.writeBeside('begin', producers.encode(following.baseOffset));
  following.sync('begin');
}
