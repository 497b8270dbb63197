/** The answer of a read, made of the units that were found; every field by its name, since V8 takes microseconds to add as many to a copy. */
import { EMPTY_CENSUS, toOffset } from '../../types';
import type { Offset, TopicPartition } from '../../types';
import { addCensuses } from '../../audit/census';
import { FaultyValues } from '../../audit/proofs';
import type { ValueFault } from '../../audit/proofs';
import { NO_VERDICTS } from '../../audit/verdict';
import type { Dialect, Judged, LogUnit } from '../dialect';
import type { PartitionRange, ReadResult, SessionMode, Topic } from '../engine';
import { EngineError } from '../../engine-error';

export interface FoundUnits<U extends LogUnit> {
  readonly units: readonly U[];
  /** Of the log that holds them. */
  readonly range: PartitionRange;
  readonly generation: number;
  readonly mode: SessionMode;
  readonly sessionId: string;
}

export function readResult<U extends LogUnit>(
  dialect: Dialect<U>,
  topic: Topic,
  offset: Offset,
  found: Omit<FoundUnits<U>, 'units'> & Judged<U>,
  release: () => void,
): ReadResult {
  const { units, range, generation, verdicts, faults } = found;
  const first = units[0];
  const last = units.at(-1);
  if (first === undefined || last === undefined) throw new EngineError('internal', 'an answer of no units');
  const { chunks, bytes, census } = dialect.assemble(units, topic, offset);
  let engineCensus = EMPTY_CENSUS;
  for (const unit of units) engineCensus = addCensuses(engineCensus, unit.census);
  return {
    logStartOffset: range.logStartOffset,
    lastStableOffset: range.lastStableOffset,
    highWatermark: range.highWatermark,
    chunks,
    bytes,
    firstOffset: first.baseOffset > offset ? first.baseOffset : offset,
    nextOffset: toOffset(last.lastOffset + 1),
    engineCensus,
    deliveredCensus: census,
    verdicts,
    // What the answer ends before is told by whoever reads it.
    faults: faults.filter(({ repaired }) => repaired),
    generation,
    session: { id: found.sessionId, mode: found.mode },
    release,
  };
}

export function emptyResult(offset: Offset, range: PartitionRange, mode: SessionMode, sessionId: string): ReadResult {
  return {
    logStartOffset: range.logStartOffset,
    lastStableOffset: range.lastStableOffset,
    highWatermark: range.highWatermark,
    chunks: [],
    bytes: 0,
    firstOffset: offset,
    nextOffset: offset,
    engineCensus: EMPTY_CENSUS,
    deliveredCensus: EMPTY_CENSUS,
    verdicts: NO_VERDICTS,
    faults: [],
    generation: 0,
    session: { id: sessionId, mode },
  };
}

export function outOfRange({ topic, partition }: TopicPartition, offset: Offset, range: PartitionRange): EngineError {
  const there = `the log of ${topic}-${partition} holds ${range.logStartOffset} to ${range.highWatermark}`;
  return new EngineError('offset_out_of_range', `offset ${offset} was asked for; ${there}`);
}

/** Retriable: another path, or a restored log, may bring what was produced. Nothing else is given in its place. */
export function faultyValues({ topic, partition }: TopicPartition, faults: readonly ValueFault[]): EngineError {
  const [first] = faults;
  const what = `${topic}-${partition}@${first?.offset ?? -1}`;
  const message = `the value of ${what} is not what was produced (${first?.verdict ?? 'altered'})`;
  return new EngineError('corrupt_batch', message, new FaultyValues(faults));
}
