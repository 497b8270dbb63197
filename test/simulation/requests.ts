/** Requests of Kafka's protocol as the simulation's clients make them, each to one partition or topic. */
import {
  createCreatableTopic,
  createCreatableTopicConfig,
  createCreateTopicsRequest,
} from '../../src/protocol/generated/create-topics';
import { createDeleteRecordsRequest, createDeleteRecordsTopic } from '../../src/protocol/generated/delete-records';
import { createDeleteTopicsRequest } from '../../src/protocol/generated/delete-topics';
import { createInitProducerIdRequest } from '../../src/protocol/generated/init-producer-id';
import {
  createListOffsetsPartition,
  createListOffsetsRequest,
  createListOffsetsTopic,
} from '../../src/protocol/generated/list-offsets';
import { createMetadataRequest, createMetadataRequestTopic } from '../../src/protocol/generated/metadata';
import { toOffset, toPartitionId } from '../../src/types';
import { CREATE_TOPICS, DELETE_RECORDS, DELETE_TOPICS, INIT_PRODUCER_ID } from '../kafka-answers/codecs';
import { LIST_OFFSETS, METADATA, type KafkaClient } from '../support/kafka-client';
import type { ModelPartition } from './model-partition';
import type { TopicRules } from './topic-rules';

const timeoutMs = 10_000;

export async function createTopic(
  client: KafkaClient,
  name: string,
  rules: TopicRules,
  numPartitions: number,
): Promise<number> {
  const configs = Object.entries(rules.configs).map(([key, value]) => createCreatableTopicConfig({ name: key, value }));
  const topic = createCreatableTopic({ name, numPartitions, replicationFactor: 1, configs });
  const answer = await client.call(CREATE_TOPICS, createCreateTopicsRequest({ topics: [topic], timeoutMs }));
  return answer.topics[0]?.errorCode ?? NONE_GIVEN;
}

export async function deleteTopic(client: KafkaClient, name: string): Promise<number> {
  const answer = await client.call(DELETE_TOPICS, createDeleteTopicsRequest({ topicNames: [name], timeoutMs }), 5);
  return answer.responses[0]?.errorCode ?? NONE_GIVEN;
}

export async function deleteRecords(
  client: KafkaClient,
  { topic: { name }, index }: ModelPartition,
  before: number,
): Promise<{ readonly errorCode: number; readonly lowWatermark: number }> {
  const partition = { partitionIndex: toPartitionId(index), offset: toOffset(before) };
  const topic = createDeleteRecordsTopic({ name, partitions: [partition] });
  const answer = await client.call(DELETE_RECORDS, createDeleteRecordsRequest({ topics: [topic], timeoutMs }));
  return answer.topics[0]?.partitions[0] ?? { errorCode: NONE_GIVEN, lowWatermark: -1 };
}

export const EARLIEST = -2;
export const LATEST = -1;

/** `timestamp`: milliseconds, or EARLIEST or LATEST. */
export async function listOffset(
  client: KafkaClient,
  { topic: { name }, index }: ModelPartition,
  timestamp: number,
): Promise<{ readonly errorCode: number; readonly offset: number }> {
  const partition = createListOffsetsPartition({ partitionIndex: toPartitionId(index), timestamp });
  const topic = createListOffsetsTopic({ name, partitions: [partition] });
  const answer = await client.call(LIST_OFFSETS, createListOffsetsRequest({ topics: [topic] }), 7);
  return answer.topics[0]?.partitions[0] ?? { errorCode: NONE_GIVEN, offset: -1 };
}

/** What stands for the id of a topic that is not there. */
export const NO_TOPIC = 'none';

export async function topicIdOf(client: KafkaClient, name: string): Promise<string> {
  const topics = [createMetadataRequestTopic({ name })];
  const answer = await client.call(METADATA, createMetadataRequest({ topics, allowAutoTopicCreation: false }), 12);
  const [topic] = answer.topics;
  return topic?.errorCode === 0 ? topic.topicId : NO_TOPIC;
}

export async function newProducer(
  client: KafkaClient,
): Promise<{ readonly producerId: bigint; readonly producerEpoch: number; readonly errorCode: number }> {
  return client.call(
    INIT_PRODUCER_ID,
    createInitProducerIdRequest({ transactionalId: null, producerId: -1n, producerEpoch: -1 }),
    4,
  );
}

/** No error of Kafka's. */
const NONE_GIVEN = -100;
