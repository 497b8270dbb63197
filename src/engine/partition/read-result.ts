/** The answer of a read, made of the units that were found. */
import { EMPTY_CENSUS, toOffset } from '../../types';
import type { Offset, TopicPartition } from '../../types';
import { addCensuses } from '../../audit/census';
import type { Dialect, LogUnit } from '../dialect';
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
  found: FoundUnits<U>,
): ReadResult {
  const { units, range, generation } = found;
  const first = units[0];
  const last = units.at(-1);
  if (first === undefined || last === undefined) throw new EngineError('internal', 'an answer of no units');
  const { chunks, bytes, census } = dialect.assemble(units, topic, offset);
  let engineCensus = EMPTY_CENSUS;
  for (const unit of units) engineCensus = addCensuses(engineCensus, unit.census);
  return {
    ...range,
    chunks,
    bytes,
    firstOffset: first.baseOffset > offset ? first.baseOffset : offset,
    nextOffset: toOffset(last.lastOffset + 1),
    engineCensus,
    deliveredCensus: census,
    generation,
    session: { id: found.sessionId, mode: found.mode },
  };
}

export function emptyResult(offset: Offset, range: PartitionRange, mode: SessionMode, sessionId: string): ReadResult {
  return {
    ...range,
    chunks: [],
    bytes: 0,
    firstOffset: offset,
    nextOffset: offset,
    engineCensus: EMPTY_CENSUS,
    deliveredCensus: EMPTY_CENSUS,
    generation: 0,
    session: { id: sessionId, mode },
  };
}

export function outOfRange({ topic, partition }: TopicPartition, offset: Offset, range: PartitionRange): EngineError {
  const there = `the log of ${topic}-${partition} holds ${range.logStartOffset} to ${range.highWatermark}`;
  return new EngineError('offset_out_of_range', `offset ${offset} was asked for; ${there}`);
}
