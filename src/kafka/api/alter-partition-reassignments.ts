/** AlterPartitionReassignments: the one replica stays where it is, which may be asked for; nothing else can be done (KIP-455). */
import { ErrorCode } from '../../protocol/error-code';
import {
  alterPartitionReassignmentsApi,
  createAlterPartitionReassignmentsResponse,
  createReassignablePartitionResponse,
  createReassignableTopicResponse,
  readAlterPartitionReassignmentsRequest,
  writeAlterPartitionReassignmentsResponse,
} from '../../protocol/generated/alter-partition-reassignments';
import type {
  AlterPartitionReassignmentsRequest,
  AlterPartitionReassignmentsResponse,
  ReassignablePartition,
  ReassignableTopic,
} from '../../protocol/generated/alter-partition-reassignments';
import type { Topic } from '../../engine/engine';
import type { CallContext } from '../../telemetry/trace/operation';
import { AdminError, NO_ERROR, refusalOf } from '../admin/admin-error';
import type { Refusal } from '../admin/admin-error';
import { withinClientTimeout } from '../../waiting/give-up';
import { codesOf } from '../admin/error-codes';
import { clusterWords } from '../security/access-words';
import { checkReplicas } from '../admin/replica-assignment';
import { hasPartition } from '../find-topic';
import type { Services } from '../services';
import { defineApi } from './define-api';

export const alterPartitionReassignments = defineApi<
  AlterPartitionReassignmentsRequest,
  AlterPartitionReassignmentsResponse
>({
  facts: alterPartitionReassignmentsApi,
  read: readAlterPartitionReassignmentsRequest,
  write: writeAlterPartitionReassignmentsResponse,
  handle: (request, context, services) =>
    withinClientTimeout(context, { clock: services.clock, timeoutMs: request.timeoutMs }, async (within) => {
      const { allowReplicationFactorChange } = request;
      const responses = [];
      for (const asked of request.topics) responses.push(await reassignOf(asked, services, within));
      return createAlterPartitionReassignmentsResponse({ allowReplicationFactorChange, responses });
    }),
  failure: ({ allowReplicationFactorChange }, errorCode) =>
    createAlterPartitionReassignmentsResponse({
      allowReplicationFactorChange,
      errorCode,
      errorMessage: clusterWords(errorCode),
    }),
  errors: function* (response) {
    yield* codesOf([response]);
    for (const topic of response.responses) yield* codesOf(topic.partitions);
  },
});

async function reassignOf({ name, partitions }: ReassignableTopic, services: Services, context: CallContext) {
  const topic = await namedTopic(name, services, context).then(
    (found) => found,
    (error: unknown) => refusalOf(error),
  );
  return createReassignableTopicResponse({
    name,
    partitions: partitions.map((each) =>
      createReassignablePartitionResponse({
        partitionIndex: each.partitionIndex,
        ...('errorCode' in topic ? topic : outcomeOf(topic, each, services.cluster.selfId)),
      }),
    ),
  });
}

async function namedTopic(name: string, services: Services, context: CallContext): Promise<Topic> {
  const topic = name === '' ? undefined : await services.engine.topic(name, context);
  if (topic !== undefined) return topic;
  throw new AdminError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `Unable to find a topic named ${name}.`);
}

function outcomeOf(topic: Topic, { partitionIndex, replicas }: ReassignablePartition, brokerId: number): Refusal {
  if (!hasPartition(topic, partitionIndex)) {
    const errorMessage = `Unable to find partition ${topic.name}:${partitionIndex}.`;
    return { errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, errorMessage };
  }
  // No replicas: what is under way is to be given up, and nothing ever is.
  if (replicas === null) return { errorCode: ErrorCode.NO_REASSIGNMENT_IN_PROGRESS, errorMessage: null };
  try {
    checkReplicas(replicas, brokerId);
    return NO_ERROR;
  } catch (error) {
    return refusalOf(error);
  }
}
