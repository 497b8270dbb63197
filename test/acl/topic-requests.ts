/** Requests about topics and their records, one or more for each row of the authorization table. */
import * as createPartitions from '../../src/protocol/generated/create-partitions';
import * as createTopics from '../../src/protocol/generated/create-topics';
import * as deleteRecords from '../../src/protocol/generated/delete-records';
import * as deleteTopics from '../../src/protocol/generated/delete-topics';
import * as describeProducers from '../../src/protocol/generated/describe-producers';
import * as describeTopicPartitions from '../../src/protocol/generated/describe-topic-partitions';
import * as fetch from '../../src/protocol/generated/fetch';
import * as initProducerId from '../../src/protocol/generated/init-producer-id';
import * as listOffsets from '../../src/protocol/generated/list-offsets';
import * as metadata from '../../src/protocol/generated/metadata';
import * as offsetForLeaderEpoch from '../../src/protocol/generated/offset-for-leader-epoch';
import * as produce from '../../src/protocol/generated/produce';
import { toOffset, toPartitionId } from '../../src/types';
import { batchOf } from '../e2e/support';
import { codec } from '../kafka-answers/codec';
import { FETCH, LIST_OFFSETS, METADATA, PRODUCE } from '../support/kafka-client';
import { request, type AskedRequest } from './asked-request';

const PARTITION = toPartitionId(0);

/** Of the settings one is kept: which there are is compared elsewhere. */
const CREATE_TOPICS = codec(createTopics.createTopicsApi, createTopics.writeCreateTopicsRequest, (reader, version) => {
  const { topics, ...answer } = createTopics.readCreateTopicsResponse(reader, version);
  const one = topics.map((topic) => ({
    ...topic,
    configs: topic.configs?.filter(({ name }) => name === 'retention.ms') ?? null,
  }));
  return { ...answer, topics: one };
});
const CREATE_PARTITIONS = codec(
  createPartitions.createPartitionsApi,
  createPartitions.writeCreatePartitionsRequest,
  createPartitions.readCreatePartitionsResponse,
);
const DELETE_RECORDS = codec(
  deleteRecords.deleteRecordsApi,
  deleteRecords.writeDeleteRecordsRequest,
  deleteRecords.readDeleteRecordsResponse,
);
const DELETE_TOPICS = codec(
  deleteTopics.deleteTopicsApi,
  deleteTopics.writeDeleteTopicsRequest,
  deleteTopics.readDeleteTopicsResponse,
);
const DESCRIBE_PRODUCERS = codec(
  describeProducers.describeProducersApi,
  describeProducers.writeDescribeProducersRequest,
  describeProducers.readDescribeProducersResponse,
);
const DESCRIBE_TOPIC_PARTITIONS = codec(
  describeTopicPartitions.describeTopicPartitionsApi,
  describeTopicPartitions.writeDescribeTopicPartitionsRequest,
  describeTopicPartitions.readDescribeTopicPartitionsResponse,
);
export const INIT_PRODUCER_ID = codec(
  initProducerId.initProducerIdApi,
  initProducerId.writeInitProducerIdRequest,
  initProducerId.readInitProducerIdResponse,
);
const OFFSET_FOR_LEADER_EPOCH = codec(
  offsetForLeaderEpoch.offsetForLeaderEpochApi,
  offsetForLeaderEpoch.writeOffsetForLeaderEpochRequest,
  offsetForLeaderEpoch.readOffsetForLeaderEpochResponse,
);

const topicToCreate = (name: string) =>
  createTopics.createCreatableTopic({ name, numPartitions: 1, replicationFactor: 1 });

const metadataOf = (name: string, fields: Partial<metadata.MetadataRequest> = {}) =>
  metadata.createMetadataRequest({
    topics: [metadata.createMetadataRequestTopic({ name })],
    allowAutoTopicCreation: false,
    ...fields,
  });

const fetched = (fields: Partial<fetch.FetchTopic>, more: Partial<fetch.FetchRequest> = {}) =>
  fetch.createFetchRequest({
    maxWaitMs: 0,
    minBytes: 0,
    maxBytes: 1_000_000,
    topics: [
      fetch.createFetchTopic({
        ...fields,
        partitions: [
          fetch.createFetchPartition({ partition: PARTITION, fetchOffset: toOffset(0), partitionMaxBytes: 1_000_000 }),
        ],
      }),
    ],
    ...more,
  });

const produced = (fields: Partial<produce.TopicProduceData>, more: Partial<produce.ProduceRequest> = {}) =>
  produce.createProduceRequest({
    acks: -1,
    timeoutMs: 5_000,
    topicData: [
      produce.createTopicProduceData({
        ...fields,
        partitionData: [produce.createPartitionProduceData({ index: PARTITION, records: batchOf('a value') })],
      }),
    ],
    ...more,
  });

export const TOPIC_REQUESTS: readonly AskedRequest[] = [
  request('fetch', 'by name', FETCH, ({ topic }) => fetched({ topic }), 12),
  request('fetch', 'by id', FETCH, ({ topicId }) => fetched({ topicId }), 17),
  request('fetch', 'of a topic that does not exist', FETCH, () => fetched({ topic: 'ok-missing' }), 12),
  request('fetch', 'as a replica', FETCH, ({ topic }) => fetched({ topic }, { replicaId: 7 }), 12),
  request(
    'listOffsets',
    'the end',
    LIST_OFFSETS,
    ({ topic }) =>
      listOffsets.createListOffsetsRequest({
        topics: [topic, 'absent'].map((name) =>
          listOffsets.createListOffsetsTopic({
            name,
            partitions: [listOffsets.createListOffsetsPartition({ partitionIndex: PARTITION, timestamp: -1 })],
          }),
        ),
      }),
    10,
  ),
  request('metadata', 'by name', METADATA, ({ topic }) => metadataOf(topic), 12),
  request(
    'metadata',
    'by name, with operations',
    METADATA,
    ({ topic }) =>
      metadataOf(topic, { includeTopicAuthorizedOperations: true, includeClusterAuthorizedOperations: true }),
    10,
  ),
  request('metadata', 'of a topic that does not exist', METADATA, () => metadataOf('ok-missing'), 12),
  request('metadata', 'of a name that is not allowed', METADATA, () => metadataOf('ok-not/allowed'), 12),
  request(
    'metadata',
    'by id',
    METADATA,
    ({ topicId }) =>
      metadata.createMetadataRequest({ topics: [metadata.createMetadataRequestTopic({ topicId, name: null })] }),
    12,
  ),
  request('metadata', 'of all topics', METADATA, () => metadata.createMetadataRequest({ topics: null }), 12),
  request('createTopics', 'one that exists', CREATE_TOPICS, ({ topic }) =>
    createTopics.createCreateTopicsRequest({
      timeoutMs: 10_000,
      topics: [topicToCreate(topic), topicToCreate('ok-not/allowed')],
    }),
  ),
  request('deleteTopics', 'one that does not exist', DELETE_TOPICS, () =>
    deleteTopics.createDeleteTopicsRequest({
      timeoutMs: 10_000,
      topics: [deleteTopics.createDeleteTopicState({ name: 'ok-missing' })],
    }),
  ),
  request('deleteRecords', 'up to the start', DELETE_RECORDS, ({ topic }) =>
    deleteRecords.createDeleteRecordsRequest({
      timeoutMs: 5_000,
      topics: [topic, 'absent'].map((name) =>
        deleteRecords.createDeleteRecordsTopic({
          name,
          partitions: [deleteRecords.createDeleteRecordsPartition({ partitionIndex: PARTITION, offset: toOffset(0) })],
        }),
      ),
    }),
  ),
  request('createPartitions', 'a second one', CREATE_PARTITIONS, ({ topic }) =>
    createPartitions.createCreatePartitionsRequest({
      validateOnly: true,
      timeoutMs: 5_000,
      topics: [topic, 'absent'].map((name) =>
        createPartitions.createCreatePartitionsTopic({ name, count: 2, assignments: null }),
      ),
    }),
  ),
  request(
    'initProducerId',
    'of an idempotent producer',
    INIT_PRODUCER_ID,
    () => initProducerId.createInitProducerIdRequest({ transactionalId: null, producerId: -1n, producerEpoch: -1 }),
    4,
  ),
  request(
    'initProducerId',
    'of a transactional producer',
    INIT_PRODUCER_ID,
    ({ transactionalId }) =>
      initProducerId.createInitProducerIdRequest({
        transactionalId,
        transactionTimeoutMs: 1_000,
        producerId: -1n,
        producerEpoch: -1,
      }),
    4,
  ),
  request('offsetForLeaderEpoch', 'of two topics', OFFSET_FOR_LEADER_EPOCH, ({ topic }) =>
    offsetForLeaderEpoch.createOffsetForLeaderEpochRequest({
      replicaId: -1,
      topics: [topic, 'absent'].map((name) =>
        offsetForLeaderEpoch.createOffsetForLeaderTopic({
          topic: name,
          partitions: [offsetForLeaderEpoch.createOffsetForLeaderPartition({ partition: PARTITION })],
        }),
      ),
    }),
  ),
  request('describeProducers', 'of two topics', DESCRIBE_PRODUCERS, ({ topic }) =>
    describeProducers.createDescribeProducersRequest({
      topics: [topic, 'absent', 'ok-not/allowed'].map((name) =>
        describeProducers.createTopicRequest({ name, partitionIndexes: [PARTITION] }),
      ),
    }),
  ),
  request('describeTopicPartitions', 'of named topics', DESCRIBE_TOPIC_PARTITIONS, ({ topic }) =>
    describeTopicPartitions.createDescribeTopicPartitionsRequest({
      responsePartitionLimit: 10,
      topics: [topic, 'absent'].map((name) => describeTopicPartitions.createTopicRequest({ name })),
    }),
  ),
  request('describeTopicPartitions', 'of all topics', DESCRIBE_TOPIC_PARTITIONS, () =>
    describeTopicPartitions.createDescribeTopicPartitionsRequest({ responsePartitionLimit: 10, topics: [] }),
  ),
  request('produce', 'by name', PRODUCE, ({ topic }) => produced({ name: topic }), 12),
  request('produce', 'by id', PRODUCE, ({ topicId }) => produced({ topicId }), 13),
  request('produce', 'to a topic that does not exist', PRODUCE, () => produced({ name: 'ok-missing' }), 12),
  // What changes the list of topics comes last.
  {
    ...request(
      'metadata',
      'of a topic that would be made',
      METADATA,
      ({ made }) => metadataOf(made, { allowAutoTopicCreation: true }),
      12,
    ),
    // Whether it is made shows in what is there afterwards: Kafka answers before it is.
    needs: 'made',
  },
  {
    ...request('createTopics', 'a topic', CREATE_TOPICS, ({ made }) =>
      createTopics.createCreateTopicsRequest({ timeoutMs: 10_000, topics: [topicToCreate(made)] }),
    ),
    needs: 'made',
  },
  {
    ...request('deleteTopics', 'by name', DELETE_TOPICS, ({ doomed }) =>
      deleteTopics.createDeleteTopicsRequest({
        timeoutMs: 10_000,
        topics: [deleteTopics.createDeleteTopicState({ name: doomed })],
      }),
    ),
    needs: 'doomed',
  },
  {
    ...request('deleteTopics', 'by id', DELETE_TOPICS, ({ doomedId }) =>
      deleteTopics.createDeleteTopicsRequest({
        timeoutMs: 10_000,
        topics: [deleteTopics.createDeleteTopicState({ name: null, topicId: doomedId })],
      }),
    ),
    needs: 'doomed',
  },
];
