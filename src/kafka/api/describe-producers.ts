/** DescribeProducers: the idempotent producers that wrote to partitions through this gateway (KIP-664). None is ever in a transaction. */
import { ErrorCode } from '../../protocol/error-code';
import {
  createDescribeProducersResponse,
  createPartitionResponse,
  createProducerState,
  createTopicResponse,
  describeProducersApi,
  readDescribeProducersRequest,
  writeDescribeProducersResponse,
} from '../../protocol/generated/describe-producers';
import type {
  DescribeProducersRequest,
  DescribeProducersResponse,
  TopicRequest,
} from '../../protocol/generated/describe-producers';
import type { CallContext } from '../../telemetry/trace/operation';
import { refusalOf } from '../admin/admin-error';
import type { Refusal } from '../admin/admin-error';
import { existingTopic } from '../admin/config-resource';
import { codesOf } from '../admin/error-codes';
import { hasPartition } from '../find-topic';
import { partitionKey } from '../produce/active-producers';
import type { ActiveProducer } from '../produce/active-producers';
import { accessOf } from '../security/access';
import { ACCESS_WORDS } from '../security/access-words';
import { AUTHORIZATION } from '../security/authorization-table';
import type { Services } from '../services';
import { topicNameProblem } from '../topic-names';
import { defineApi } from './define-api';

const NOT_HOSTED = 'This server does not host this topic-partition.';
const NO_PARTITION: Refusal = { errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, errorMessage: null };
const NOT_ALLOWED: Refusal = {
  errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED,
  errorMessage: ACCESS_WORDS.TOPIC_AUTHORIZATION_FAILED,
};
/** No coordinator ever wrote a marker. */
const NO_COORDINATOR = -1;

export const describeProducers = defineApi<DescribeProducersRequest, DescribeProducersResponse>({
  facts: describeProducersApi,
  read: readDescribeProducersRequest,
  write: writeDescribeProducersResponse,
  handle: async (request, context, services) => {
    const active = services.activeProducers.byPartition();
    const topics = [];
    const access = accessOf(context, services);
    for (const asked of request.topics) {
      const isAllowed =
        topicNameProblem(asked.name) !== undefined || access.allows(AUTHORIZATION.describeProducers.topic, asked.name);
      topics.push(isAllowed ? await describeTopic(asked, active, services, context) : refuseAll(asked, NOT_ALLOWED));
    }
    return createDescribeProducersResponse({ topics });
  },
  failure: (request, errorCode) =>
    createDescribeProducersResponse({
      topics: request.topics.map((asked) => refuseAll(asked, { errorCode, errorMessage: null })),
    }),
  errors: function* (response) {
    for (const topic of response.topics) yield* codesOf(topic.partitions);
  },
});

async function describeTopic(
  asked: TopicRequest,
  active: ReadonlyMap<string, readonly ActiveProducer[]>,
  services: Services,
  context: CallContext,
) {
  const { name, partitionIndexes } = asked;
  try {
    const topic = await existingTopic(name, NOT_HOSTED, services, context);
    const partitions = partitionIndexes.map((partitionIndex) =>
      hasPartition(topic, partitionIndex)
        ? createPartitionResponse({
            partitionIndex,
            errorMessage: null,
            activeProducers: (active.get(partitionKey(topic.id, partitionIndex)) ?? []).map((each) =>
              createProducerState({ ...each, coordinatorEpoch: NO_COORDINATOR }),
            ),
          })
        : createPartitionResponse({ partitionIndex, ...NO_PARTITION }),
    );
    return createTopicResponse({ name, partitions });
  } catch (error) {
    return refuseAll(asked, refusalOf(error, 'log'));
  }
}

function refuseAll({ name, partitionIndexes }: TopicRequest, refusal: Refusal) {
  const partitions = partitionIndexes.map((partitionIndex) => createPartitionResponse({ partitionIndex, ...refusal }));
  return createTopicResponse({ name, partitions });
}
