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
import { TOPIC_OPERATIONS } from '../admin/authorized-operations';
import type { Cluster } from '../cluster/cluster';
import { codesOf } from '../admin/error-codes';
import { pageOf } from '../admin/topic-pages';
import type { TopicOfPage } from '../admin/topic-pages';
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
    const names = request.topics.length === 0 ? [...known.keys()] : request.topics.map((each) => each.name);
    const page = pageOf({
      names,
      find: (name) => ({ topic: known.get(name), errorCode: missing(name) }),
      cursor: cursorOf(request),
      partitionsMax: Math.max(1, Math.min(request.responsePartitionLimit, PARTITIONS_PER_PAGE_MAX)),
    });
    return createDescribeTopicPartitionsResponse({
      topics: page.topics.map((each) => topicAnswer(each, services.cluster)),
      nextCursor: page.next === undefined ? null : createDescribeTopicPartitionsResponseCursor(page.next),
    });
  },
  failure: (request, errorCode) =>
    createDescribeTopicPartitionsResponse({
      topics: request.topics.map(({ name }) => createDescribeTopicPartitionsResponseTopic({ name, errorCode })),
    }),
  errors: (response) => codesOf(response.topics),
});

const missing = (name: string): ErrorCode =>
  topicNameProblem(name) === undefined ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : ErrorCode.INVALID_TOPIC_EXCEPTION;

/** A cursor before a topic's first partition begins at it. */
function cursorOf({ cursor }: DescribeTopicPartitionsRequest): DescribeTopicPartitionsRequest['cursor'] {
  return cursor !== null && cursor.partitionIndex < 0 ? { ...cursor, partitionIndex: 0 as PartitionId } : cursor;
}

function topicAnswer(each: TopicOfPage, cluster: Cluster): DescribeTopicPartitionsResponseTopic {
  return createDescribeTopicPartitionsResponseTopic({
    errorCode: each.errorCode,
    name: each.name,
    topicId: each.topic?.id ?? ZERO_TOPIC_ID,
    isInternal: isInternalTopic(each.name),
    topicAuthorizedOperations: TOPIC_OPERATIONS,
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
