/** What is said of where a log begins and ends: joined, and seen as a reader sees it. */
import type { Offset } from '../../types';
import type { IsolationLevel, PartitionRange } from '../engine';

/** What two answers say together, whichever was first: a log only moves on. */
export function furthest(one: PartitionRange, other: PartitionRange): PartitionRange {
  return {
    logStartOffset: later(one.logStartOffset, other.logStartOffset),
    lastStableOffset: later(one.lastStableOffset, other.lastStableOffset),
    highWatermark: later(one.highWatermark, other.highWatermark),
  };
}

/** Where the log ends for a reader: no record at this offset or past it is for them yet. */
export function readableEnd(range: PartitionRange, isolation: IsolationLevel): Offset {
  return isolation === 'read_committed' ? range.lastStableOffset : range.highWatermark;
}

const later = (one: Offset, other: Offset): Offset => (one > other ? one : other);
