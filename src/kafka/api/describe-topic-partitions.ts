/** DescribeTopicPartitions: topics and their partitions, page by page (KIP-966). */
import { ErrorCode } from '../../protocol/error-code';
import {
  createDescribeTopicPartitionsResponse,
  createDescribeTopicPartitionsResponseCursor,
  createDescribeTopicPartitionsResponsePartition,
  createDescribeTopicPartitionsResponseTopic,
  describeTopicPartitionsApi,
  readDescribeTopicPartitionsRequest,
  writeDescribeTopicPartitionsResponse,
} from '../../protocol/generated/describe-topic-partitions';
import type {
  DescribeTopicPartitionsRequest,
  DescribeTopicPartitionsResponse,
  DescribeTopicPartitionsResponseTopic,
} from '../../protocol/generated/describe-topic-partitions';
import { ZERO_TOPIC_ID } from '../../types';
import type { PartitionId } from '../../types';
import type { Cluster } from '../cluster/cluster';
import { codesOf } from '../admin/error-codes';
import { pageOf } from '../admin/topic-pages';
import type { TopicOfPage } from '../admin/topic-pages';
import { type Access, accessOf } from '../security/access';
import { AUTHORIZATION } from '../security/authorization-table';
import { isInternalTopic, topicNameProblem } from '../topic-names';
import { defineApi } from './define-api';

/** Kafka's max.request.partition.size.limit. */
const PARTITIONS_PER_PAGE_MAX = 2_000;

export const describeTopicPartitions = defineApi<DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse>({
  facts: describeTopicPartitionsApi,
  read: readDescribeTopicPartitionsRequest,
  write: writeDescribeTopicPartitionsResponse,
  handle: async (request, context, services) => {
    const known = new Map((await services.engine.topics(context)).map((topic) => [topic.name, topic]));
    const access = accessOf(context, services);
    const { names, denied } = namesOf(request, known.keys(), access);
    const page = pageOf({
      names,
      find: (name) => ({ topic: known.get(name), errorCode: missing(name) }),
      cursor: cursorOf(request),
      partitionsMax: Math.max(1, Math.min(request.responsePartitionLimit, PARTITIONS_PER_PAGE_MAX)),
    });
    return createDescribeTopicPartitionsResponse({
      topics: [
        ...page.topics.map((each) => topicAnswer(each, services.cluster, access)),
        ...denied.map((name) =>
          createDescribeTopicPartitionsResponseTopic({ name, errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED }),
        ),
      ],
      nextCursor: page.next === undefined ? null : createDescribeTopicPartitionsResponseCursor(page.next),
    });
  },
  failure: (request, errorCode) =>
    createDescribeTopicPartitionsResponse({
      topics: request.topics.map(({ name }) => createDescribeTopicPartitionsResponseTopic({ name, errorCode })),
    }),
  errors: (response) => codesOf(response.topics),
});

/** Those whose partitions are told, and those that were named and may not be: whether these exist is not looked up. */
function namesOf({ topics, cursor }: DescribeTopicPartitionsRequest, known: Iterable<string>, access: Access) {
  const { topic, listed } = AUTHORIZATION.describeTopicPartitions;
  if (topics.length === 0) return { names: [...known].filter((name) => access.allows(listed, name)), denied: [] };
  const asked = topics.map(({ name }) => name).filter((name) => cursor === null || name >= cursor.topicName);
  const denied = access.denied(topic, asked);
  return { names: asked.filter((name) => !denied.has(name)), denied: [...denied].sort() };
}

const missing = (name: string): ErrorCode =>
  topicNameProblem(name) === undefined ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : ErrorCode.INVALID_TOPIC_EXCEPTION;

/** A cursor before a topic's first partition begins at it. */
function cursorOf({ cursor }: DescribeTopicPartitionsRequest): DescribeTopicPartitionsRequest['cursor'] {
  return cursor !== null && cursor.partitionIndex < 0 ? { ...cursor, partitionIndex: 0 as PartitionId } : cursor;
}

function topicAnswer(each: TopicOfPage, cluster: Cluster, access: Access): DescribeTopicPartitionsResponseTopic {
  return createDescribeTopicPartitionsResponseTopic({
    errorCode: each.errorCode,
    name: each.name,
    topicId: each.topic?.id ?? ZERO_TOPIC_ID,
    isInternal: isInternalTopic(each.name),
    topicAuthorizedOperations: access.operations('TOPIC', each.name),
    partitions: each.partitions.map((partitionIndex) => {
      const { leaderId, leaderEpoch, replicas } = cluster.leadership(each.name, partitionIndex);
      return createDescribeTopicPartitionsResponsePartition({
        partitionIndex,
        leaderId,
        leaderEpoch,
        replicaNodes: replicas,
        isrNodes: replicas,
        eligibleLeaderReplicas: [],
        lastKnownElr: [],
      });
    }),
  });
}
