/** Which record has a time: the first at or after one, or the newest. */
import type { CallContext } from '../../../telemetry/trace/operation';
import { toOffset } from '../../../types';
import type { Int64, Offset } from '../../../types';
import type { PartitionRange } from '../../engine';
import type { MqLog } from './mq-log';
import type { RecordTime } from '../records/record-unit';

export interface SearchedLog {
  readonly log: MqLog;
  readonly leader: string;
  readonly range: PartitionRange;
}

const LISTING_AGE_MS_MAX = 1_000;

/** The first record at or after a time. */
export async function findFirst(
  { log, leader, range }: SearchedLog,
  timestampMs: Int64,
  context: CallContext,
): Promise<RecordTime | undefined> {
  await log.flushed.refresh(LISTING_AGE_MS_MAX, context);
  let offset = await log.times.olderUntil(range.logStartOffset, timestampMs, context);
  while (offset < range.highWatermark) {
    const units = await log.readMany({ leader, offset, range }, context);
    const found = units.find((unit) => !unit.isPlaceholder && unit.timestampMs >= timestampMs);
    if (found !== undefined) return { offset: found.baseOffset, timestampMs: found.timestampMs };
    const last = units.at(-1);
    if (last === undefined) return undefined;
    offset = await log.times.olderUntil(toOffset(last.lastOffset + 1), timestampMs, context);
  }
  return undefined;
}

/** The first of the records with the greatest time. */
export async function findNewest(searched: SearchedLog, context: CallContext): Promise<RecordTime | undefined> {
  const { log, leader, range } = searched;
  const { logStartOffset, highWatermark } = range;
  await log.flushed.refresh(LISTING_AGE_MS_MAX, context);
  const files = await log.times.from(logStartOffset, context);
  let newest: RecordTime | undefined;
  let end = logStartOffset;
  // What is in no file: holes, mostly empty, and the tail.
  for (const { first, last } of files) {
    if (first > end) newest = newer(newest, await newestIn(searched, end, first, context));
    if (last >= end) end = toOffset(last + 1);
  }
  newest = newer(newest, await newestIn(searched, end, highWatermark, context));
  const candidates = files.flatMap(({ first, last, newest: candidate }) =>
    candidate ? [{ first, last, candidate }] : [],
  );
  candidates.sort((a, b) => (newer(a.candidate, b.candidate) === a.candidate ? -1 : 1));
  for (const { first, last, candidate } of candidates) {
    if (newer(newest, candidate) !== candidate) break;
    const { offset, timestampMs } = candidate;
    const unit = offset < logStartOffset ? undefined : await log.at({ leader, offset, range }, context);
    if (unit?.isPlaceholder === false && unit.timestampMs === timestampMs) return candidate;
    // It was deleted, or its offset given again: which other one it is, only the records tell.
    const start = first > logStartOffset ? first : logStartOffset;
    newest = newer(newest, await newestIn(searched, start, toOffset(last + 1), context));
  }
  return newest;
}

async function newestIn(
  { log, leader, range }: SearchedLog,
  start: Offset,
  end: Offset,
  context: CallContext,
): Promise<RecordTime | undefined> {
  let newest: RecordTime | undefined;
  let offset = start;
  while (offset < end) {
    const units = await log.readMany({ leader, offset, range }, context);
    for (const unit of units) {
      if (unit.isPlaceholder || unit.baseOffset >= end) continue;
      newest = newer(newest, { offset: unit.baseOffset, timestampMs: unit.timestampMs });
    }
    const last = units.at(-1);
    if (last === undefined) break;
    offset = toOffset(last.lastOffset + 1);
  }
  return newest;
}

/** The one with the greater time, of equals the first. */
function newer(one: RecordTime | undefined, other: RecordTime | undefined): RecordTime | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  if (one.timestampMs !== other.timestampMs) return one.timestampMs > other.timestampMs ? one : other;
  return one.offset <= other.offset ? one : other;
}
