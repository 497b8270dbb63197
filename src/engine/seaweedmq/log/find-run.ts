/** How many of a run of records a partition's log already holds: an idempotent producer's batch of which no ack told. */
import type { Instruments } from '../../../telemetry/metrics/instruments';
import type { CallContext } from '../../../telemetry/trace/operation';
import type { Offset, TopicPartition } from '../../../types';
import type { PartitionRange } from '../../engine';
import { EngineError } from '../../../engine-error';
import { contradicted } from '../../contradiction';
import type { MqLog } from './mq-log';
import type { RecordUnit } from '../records/record-unit';
import { sameContent } from '../records/records';
import type { StoredRecord } from '../records/records';

/** How many of `records` (from the first) does the log already hold at or behind `from`, in their order? */
export interface WantedRun {
  readonly from: Offset;
  readonly records: readonly StoredRecord[];
  /**
   * `bytes`: this gateway sent them as they are given. `record`: another one may have stored them in another form. `content`: and, where
   * the log's time counts, with another time. In these two the records stand behind the first one of their batch.
   */
  readonly alike: 'bytes' | 'record' | 'content';
  /** What to make of offsets that the engine gave out and that nothing brings: a failure, or a lost end of the log. */
  readonly unreadable: 'fails' | 'lost';
}

export interface FoundRun {
  readonly baseOffset: Offset;
  readonly count: number;
}

export interface RunSearch {
  readonly log: MqLog;
  readonly leader: string;
  readonly range: PartitionRange;
  readonly instruments: Instruments;
  readonly at: TopicPartition;
}

export async function findRun(
  { log, leader, range, instruments, at }: RunSearch,
  { from, records, alike, unreadable }: WantedRun,
  context: CallContext,
): Promise<FoundRun> {
  if (records.length === 0) return { baseOffset: from, count: 0 };
  const logStartOffset = from > range.logStartOffset ? from : range.logStartOffset;
  let found: FoundRun = { baseOffset: logStartOffset, count: 0 };
  try {
    for await (const units of log.scan(leader, { ...range, logStartOffset }, context)) {
      for (const unit of units) {
        const wanted = records[found.count];
        if (wanted === undefined) return found;
        // What others wrote may lie between.
        if (unit.isPlaceholder || !isAlike(unit, wanted, alike)) continue;
        found = { baseOffset: found.count === 0 ? unit.baseOffset : found.baseOffset, count: found.count + 1 };
      }
    }
  } catch (error) {
    if (unreadable === 'fails' || !(error instanceof EngineError) || error.code !== 'contradiction') throw error;
    contradicted(instruments, 'record_lost', { ...at, offset: from }, context.operation);
  }
  return found;
}

function isAlike(unit: RecordUnit, record: StoredRecord, alike: WantedRun['alike']): boolean {
  if (alike !== 'bytes') {
    // One with a mark begins a batch, so it is in no other.
    const stored = { key: unit.key, value: unit.stored, tsNs: unit.tsNs };
    return unit.mark === undefined && sameContent(stored, record, alike === 'record' ? 'with time' : 'without time');
  }
  // The engine may make a record's time later, never earlier.
  if (unit.tsNs < record.tsNs) return false;
  return Buffer.compare(unit.key, record.key) === 0 && Buffer.compare(unit.stored, record.value) === 0;
}
