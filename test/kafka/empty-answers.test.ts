/**
 * Goal: a Fetch answer without records has records of length 0, never null, in every version: clients take a null for a broken answer
 * (librdkafka: "invalid MessageSetSize -1"). Method: each version on a socket, at the end of a log and refused, on every engine.
 */
import { ErrorCode } from '../../src/protocol/error-code';
import { encodeBatch } from '../../src/protocol/encode-batch';
import { createFetchPartition, createFetchRequest, createFetchTopic } from '../../src/protocol/generated/fetch';
import { createMetadataRequest, createMetadataRequestTopic } from '../../src/protocol/generated/metadata';
import { toOffset, toPartitionId, type TopicId, toTopicId } from '../../src/types';
import type { TestGateway } from '../support/gateway';
import { FETCH, type KafkaClient, METADATA } from '../support/kafka-client';
import { ENGINES, type RunningGateway } from './engines';

const { min, max } = FETCH.facts.requestVersions;
const VERSIONS = Array.from({ length: max - min + 1 }, (_, index) => min + index);

describe.each(ENGINES)('on %s', (_kind, start) => {
  let running: RunningGateway;
  let gateway: TestGateway;
  let client: KafkaClient;
  let topic: string;
  let topicId: TopicId;

  beforeAll(async () => {
    running = await start();
    gateway = running.gateway;
    client = await gateway.client();
    topic = await gateway.topic();
    await client.produce(topic, encodeBatch([{ timestamp: Date.now(), key: null, value: Buffer.from('v') }]));
    const request = createMetadataRequest({ topics: [createMetadataRequestTopic({ name: topic })] });
    topicId = (await client.call(METADATA, request)).topics[0]?.topicId ?? toTopicId('');
  });
  afterAll(() => running.close());

  test.each(VERSIONS)('version %i', async (version) => {
    const ask = async (fetchOffset: number, partition = 0) => {
      const asked = createFetchPartition({
        partition: toPartitionId(partition),
        fetchOffset: toOffset(fetchOffset),
        partitionMaxBytes: 1_000,
      });
      const topics = [createFetchTopic({ topic, topicId, partitions: [asked] })];
      const request = createFetchRequest({ maxWaitMs: 0, minBytes: 1, maxBytes: 1_000, topics });
      const [answer] = (await client.call(FETCH, request, version)).responses[0]?.partitions ?? [];
      return { errorCode: answer?.errorCode, records: answer?.records };
    };
    expect((await ask(0)).records).toHaveLength(1);
    expect(await ask(1)).toEqual({ errorCode: ErrorCode.NONE, records: [] });
    expect(await ask(9)).toEqual({ errorCode: ErrorCode.OFFSET_OUT_OF_RANGE, records: [] });
    expect(await ask(0, 7)).toEqual({ errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, records: [] });
  });
});
