/** ElectLeaders: every partition is led by its one replica, so no election is needed (KIP-183, KIP-460). */
import { ErrorCode } from '../../protocol/error-code';
import {
  createElectLeadersResponse,
  createPartitionResult,
  createReplicaElectionResult,
  electLeadersApi,
  readElectLeadersRequest,
  writeElectLeadersResponse,
} from '../../protocol/generated/elect-leaders';
import type {
  ElectLeadersRequest,
  ElectLeadersResponse,
  PartitionResult,
  TopicPartitions,
} from '../../protocol/generated/elect-leaders';
import type { CallContext } from '../../telemetry/trace/operation';
import { refusalOf } from '../admin/admin-error';
import { withinClientTimeout } from '../../waiting/give-up';
import { codesOf } from '../admin/error-codes';
import { hasPartition } from '../find-topic';
import type { Services } from '../services';
import { defineApi } from './define-api';

/** Preferred and unclean. */
const ELECTION_TYPES: ReadonlySet<number> = new Set([0, 1]);

export const electLeaders = defineApi<ElectLeadersRequest, ElectLeadersResponse>({
  facts: electLeadersApi,
  read: readElectLeadersRequest,
  write: writeElectLeadersResponse,
  handle: (request, context, services) =>
    withinClientTimeout(context, { clock: services.clock, timeoutMs: request.timeoutMs }, async (within) => {
      if (!ELECTION_TYPES.has(request.electionType)) {
        return answerAll(request, ErrorCode.INVALID_REQUEST, `Unknown election type ${request.electionType}`);
      }
      // Asked for all topics, Kafka leaves out the partitions that need no election.
      if (request.topicPartitions === null) return leaderless(services, within);
      const results = [];
      for (const asked of request.topicPartitions) results.push(await electOf(asked, services, within));
      return createElectLeadersResponse({ replicaElectionResults: results });
    }),
  failure: (request, errorCode) => answerAll(request, errorCode, null),
  errors: function* (response) {
    yield* codesOf([response]);
    for (const { partitionResult } of response.replicaElectionResults) {
      yield* codesOf(partitionResult.filter((each) => each.errorCode !== ErrorCode.ELECTION_NOT_NEEDED));
    }
  },
});

async function leaderless(services: Services, context: CallContext): Promise<ElectLeadersResponse> {
  try {
    const topics = await services.engine.topics(context);
    return createElectLeadersResponse({
      replicaElectionResults: topics.map(({ name }) => createReplicaElectionResult({ topic: name })),
    });
  } catch (error) {
    return createElectLeadersResponse({ errorCode: refusalOf(error).errorCode });
  }
}

async function electOf({ topic: name, partitions }: TopicPartitions, services: Services, context: CallContext) {
  const all = (errorCode: number, errorMessage: string | null): readonly PartitionResult[] =>
    partitions.map((partitionId) => createPartitionResult({ partitionId, errorCode, errorMessage }));
  const result = (partitionResult: readonly PartitionResult[]) =>
    createReplicaElectionResult({ topic: name, partitionResult });
  try {
    const topic = name === '' ? undefined : await services.engine.topic(name, context);
    if (topic === undefined) return result(all(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `No such topic as ${name}`));
    return result(
      partitions.map((partitionId) =>
        createPartitionResult(
          hasPartition(topic, partitionId)
            ? {
                partitionId,
                errorCode: ErrorCode.ELECTION_NOT_NEEDED,
                errorMessage: 'Leader election not needed for topic partition.',
              }
            : {
                partitionId,
                errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
                errorMessage: `No such partition as ${name}-${partitionId}`,
              },
        ),
      ),
    );
  } catch (error) {
    const { errorCode, errorMessage } = refusalOf(error);
    return result(all(errorCode, errorMessage));
  }
}

function answerAll(request: ElectLeadersRequest, errorCode: ErrorCode, errorMessage: string | null) {
  return createElectLeadersResponse({
    errorCode,
    replicaElectionResults: (request.topicPartitions ?? []).map(({ topic, partitions }) =>
      createReplicaElectionResult({
        topic,
        partitionResult: partitions.map((partitionId) =>
          createPartitionResult({ partitionId, errorCode, errorMessage }),
        ),
      }),
    ),
  });
}
