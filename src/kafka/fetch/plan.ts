/** From what a fetch names to partitions of the engine: topics are looked up, leader epochs checked, offsets that cannot be refused. */
import type { ValueFault } from '../../audit/proofs';
import type { IsolationLevel, Partition, PartitionRange, ReadResult, Topic } from '../../engine/engine';
import { ErrorCode } from '../../protocol/error-code';
import type { CallContext, Operation } from '../../telemetry/trace/operation';
import type { Offset } from '../../types';
import { LEADER_EPOCH, leaderEpochProblem } from '../cluster/leader-epoch';
import { findAllowedTopic, hasPartition, type FoundTopic } from '../find-topic';
import type { Services } from '../services';
import type { FetchTarget } from './fetch-target';

/** One partition of a fetch under way. */
export interface Slot {
  readonly target: FetchTarget;
  readonly isolation: IsolationLevel;
  readonly topic: Topic | undefined;
  readonly partition: Partition | undefined;
  /** Other than NONE: its answer. */
  errorCode: ErrorCode;
  /** Where the reader's epoch ended, if that is before what it asks for. */
  divergesAt: Offset | undefined;
  /** The last read; undefined until there was one. */
  result: ReadResult | undefined;
  /** Where the log begins and ends, which is told whether records are or not; undefined until it was heard. */
  range: PartitionRange | undefined;
  /** True while a read is under way. */
  reading: boolean;
  /** The read that brought the result, open until it is known whether the answer holds it. */
  poll: Operation | undefined;
  /** False where the answer has no room for the records of the result. */
  fits: boolean;
  /** Bytes of its room that stay empty because what follows is larger. */
  unusedBytes: number;
  /** What the last read met instead of records, where it failed for that. */
  faults: readonly ValueFault[];
  /** Wakes that brought nothing: a partition that wakes for nothing is not waited for again. */
  idleWakes: number;
  /** Its answer is made: whatever is still being read for it comes too late. */
  answered: boolean;
}

interface Reading {
  readonly isolation: IsolationLevel;
  /** Whether the client may read the topic. */
  readonly allows: (topic: string) => boolean;
}

export async function planSlots(
  targets: readonly FetchTarget[],
  { isolation, allows }: Reading,
  services: Services,
  context: CallContext,
): Promise<readonly Slot[]> {
  const found = new Map<string, FoundTopic>();
  const slots: Slot[] = [];
  for (const target of targets) {
    const name = target.topic === '' ? target.topicId : target.topic;
    let topic = found.get(name);
    if (topic === undefined) {
      const named = { name: target.topic, id: target.topicId };
      topic = await findAllowedTopic(named, { activity: 'fetch', allows }, services, context);
      found.set(name, topic);
    }
    slots.push(slotOf({ target, isolation, ...topic }, services));
  }
  return slots;
}

type Asked = Pick<Slot, 'target' | 'isolation' | 'topic' | 'errorCode'>;

/** A slot of which nothing was read yet. Every field by its name: V8 takes microseconds to add as many to a copy. */
export function newSlot({ target, isolation, topic, errorCode }: Asked, partition?: Partition): Slot {
  return {
    target,
    isolation,
    topic,
    partition,
    errorCode,
    divergesAt: undefined,
    result: undefined,
    range: undefined,
    reading: false,
    poll: undefined,
    fits: true,
    unusedBytes: 0,
    faults: [],
    idleWakes: 0,
    answered: false,
  };
}

function slotOf(asked: Asked, services: Services): Slot {
  const { topic, target } = asked;
  if (topic === undefined) return newSlot(asked);
  const errorCode = problemOf(target, topic);
  if (errorCode !== ErrorCode.NONE) return newSlot({ ...asked, errorCode });
  return newSlot(asked, services.engine.partition(topic, target.partition));
}

function problemOf(target: FetchTarget, topic: Topic): ErrorCode {
  if (!hasPartition(topic, target.partition)) return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
  const problem = leaderEpochProblem(target.currentLeaderEpoch);
  if (problem !== ErrorCode.NONE) return problem;
  // An epoch that was never led has no end, which Kafka tells a fetch as an offset out of range.
  if (target.lastFetchedEpoch > LEADER_EPOCH || target.fetchOffset < 0) return ErrorCode.OFFSET_OUT_OF_RANGE;
  return ErrorCode.NONE;
}
