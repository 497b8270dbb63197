/**
 * Questions about single partitions (ListOffsets, OffsetForLeaderEpoch), asked side by side under one deadline. What has no answer by
 * then is answered with a code that the client retries.
 */
import type { Partition } from '../engine/engine';
import { ErrorCode } from '../protocol/error-code';
import type { CallContext } from '../telemetry/trace/operation';
import { toPartitionId, ZERO_TOPIC_ID, type PartitionId } from '../types';
import type { RequestContext } from './api/define-api';
import { errorCodeOf } from './error-mapping';
import { leaderEpochProblem } from './cluster/leader-epoch';
import { findTopic, hasPartition } from './find-topic';
import { giveUpAfter } from '../waiting/give-up';
import type { Services } from './services';

/** What the request has named for one partition. */
export interface PartitionQuestion {
  readonly topic: string;
  readonly partition: PartitionId;
  readonly currentLeaderEpoch: number;
}

/** Resolves with an answer or an error code for each question, in their order. Never rejects. */
export async function askPartitions<Q extends PartitionQuestion, A>(
  questions: readonly Q[],
  options: { readonly waitMs: number; readonly services: Services; readonly context: RequestContext },
  ask: (question: Q, partition: Partition, context: CallContext) => Promise<A>,
): Promise<readonly (A | ErrorCode)[]> {
  const { waitMs, services, context } = options;
  const giveUp = giveUpAfter(waitMs, context.signal, services.clock);
  const inner = { operation: context.operation, signal: giveUp.signal };
  const late = giveUp.reached.then(() => ErrorCode.REQUEST_TIMED_OUT);
  const one = async (question: Q): Promise<A | ErrorCode> => {
    try {
      const { topic, errorCode } = await findTopic({ name: question.topic, id: ZERO_TOPIC_ID }, 'log', services, inner);
      if (topic === undefined) return question.topic === '' ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : errorCode;
      if (!hasPartition(topic, question.partition)) return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
      const problem = leaderEpochProblem(question.currentLeaderEpoch);
      if (problem !== ErrorCode.NONE) return problem;
      return await ask(question, services.engine.partition(topic, toPartitionId(question.partition)), inner);
    } catch (error) {
      return errorCodeOf(error, 'log');
    }
  };
  const answers = await Promise.all(questions.map((question) => Promise.race([one(question), late])));
  giveUp.abandon();
  return answers;
}
