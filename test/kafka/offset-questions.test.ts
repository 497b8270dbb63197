/**
 * Goal: what ListOffsets and OffsetForLeaderEpoch are asked, they answer with Kafka's codes, the questions of one request apart. Method:
 * raw requests of each version that has a question, to a whole gateway on each engine, with three records in one partition.
 */
import { encodeBatch } from '../../src/protocol/encode-batch';
import { ErrorCode } from '../../src/protocol/error-code';
import {
  createListOffsetsPartition,
  createListOffsetsRequest,
  createListOffsetsTopic,
} from '../../src/protocol/generated/list-offsets';
import * as epochCodec from '../../src/protocol/generated/offset-for-leader-epoch';
import { toLeaderEpoch, toPartitionId } from '../../src/types';
import { LIST_OFFSETS, type Codec, type KafkaClient } from '../support/kafka-client';
import { ENGINES, type RunningGateway } from './engines';

const OFFSET_FOR_LEADER_EPOCH: Codec<epochCodec.OffsetForLeaderEpochRequest, epochCodec.OffsetForLeaderEpochResponse> =
  {
    facts: epochCodec.offsetForLeaderEpochApi,
    write: epochCodec.writeOffsetForLeaderEpochRequest,
    read: epochCodec.readOffsetForLeaderEpochResponse,
  };

interface Asked {
  readonly name?: string;
  readonly partition?: number;
  readonly timestamp?: number;
  readonly currentLeaderEpoch?: number;
}

describe.each(ENGINES)('on %s', (_kind, start) => {
  let running: RunningGateway;
  let client: KafkaClient;
  let topic: string;

  beforeAll(async () => {
    running = await start();
    client = await running.gateway.client();
    topic = await running.gateway.topic();
    const timestamp = Date.now();
    await client.produce(
      topic,
      encodeBatch([0, 1, 2].map((n) => ({ timestamp: timestamp + n, key: null, value: null }))),
    );
  });
  afterAll(() => running.close());

  async function listOffsets(asked: readonly Asked[], version?: number) {
    const topics = asked.map(({ name = topic, partition = 0, timestamp = -1, currentLeaderEpoch = -1 }) =>
      createListOffsetsTopic({
        name,
        partitions: [
          createListOffsetsPartition({
            partitionIndex: toPartitionId(partition),
            timestamp,
            currentLeaderEpoch: toLeaderEpoch(currentLeaderEpoch),
          }),
        ],
      }),
    );
    const response = await client.call(LIST_OFFSETS, createListOffsetsRequest({ topics }), version);
    return response.topics.flatMap(({ partitions }) => partitions);
  }

  describe('ListOffsets', () => {
    test.each([
      ['latest', -1, 1, 3],
      ['earliest', -2, 1, 0],
      ['of the greatest time', -3, 7, 2],
      ['earliest local', -4, 8, 0],
      ['latest tiered', -5, 9, -1],
      ['earliest pending upload', -6, 11, -1],
    ])('%s (%i) is answered from version %i on, with %i', async (_what, timestamp, since, offset) => {
      for (let version = 1; version <= LIST_OFFSETS.facts.requestVersions.max; version++) {
        const [answer] = await listOffsets([{ timestamp }], version);
        expect({ version, ...answer }).toMatchObject(
          version < since
            ? { version, errorCode: ErrorCode.UNSUPPORTED_VERSION, offset: -1, timestamp: -1 }
            : { version, errorCode: ErrorCode.NONE, offset },
        );
      }
    });

    test.each([-7, -1_000])('the question %i is none yet', async (timestamp) => {
      const [answer] = await listOffsets([{ timestamp }]);
      expect(answer).toMatchObject({ errorCode: ErrorCode.UNSUPPORTED_VERSION, offset: -1, timestamp: -1 });
    });

    test('what is no question is said before what does not exist', async () => {
      const [answer] = await listOffsets([{ name: 'nowhere', timestamp: -7 }]);
      expect(answer?.errorCode).toBe(ErrorCode.UNSUPPORTED_VERSION);
    });

    test('a partition that is named twice is refused once, the others are answered', async () => {
      const answers = await listOffsets([{}, { partition: 1 }, { timestamp: -2 }, { name: 'nowhere' }]);
      expect(answers).toMatchObject([
        { errorCode: ErrorCode.INVALID_REQUEST, offset: -1 },
        { errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, offset: -1 },
        { errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, offset: -1 },
      ]);
    });

    test('who knows another leader epoch is told', async () => {
      const answers = await listOffsets([{ currentLeaderEpoch: 0 }]);
      expect(answers).toMatchObject([{ errorCode: ErrorCode.NONE, offset: 3, leaderEpoch: 0 }]);
      const [answer] = await listOffsets([{ currentLeaderEpoch: 1 }]);
      expect(answer).toMatchObject({ errorCode: ErrorCode.UNKNOWN_LEADER_EPOCH, offset: -1 });
    });
  });

  describe('OffsetForLeaderEpoch', () => {
    test.each([
      ['the epoch that leads ends where the log does', { leaderEpoch: 0 }, ErrorCode.NONE, 0, 3],
      ['an epoch to come has no end', { leaderEpoch: 1 }, ErrorCode.NONE, -1, -1],
      ['no epoch has none', { leaderEpoch: -1 }, ErrorCode.NONE, -1, -1],
      ['who knows the leader’s epoch is answered', { leaderEpoch: 0, currentLeaderEpoch: 0 }, ErrorCode.NONE, 0, 3],
      [
        'who knows one to come is told so',
        { leaderEpoch: 0, currentLeaderEpoch: 1 },
        ErrorCode.UNKNOWN_LEADER_EPOCH,
        -1,
        -1,
      ],
      ['no such partition', { leaderEpoch: 0, partition: 1 }, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, -1, -1],
      ['no such topic', { leaderEpoch: 0, name: 'nowhere' }, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, -1, -1],
    ] as const)('%s', async (_what, asked: Asked & { leaderEpoch: number }, errorCode, leaderEpoch, endOffset) => {
      const { name = topic, partition = 0, currentLeaderEpoch = -1 } = asked;
      const request = epochCodec.createOffsetForLeaderEpochRequest({
        topics: [
          epochCodec.createOffsetForLeaderTopic({
            topic: name,
            partitions: [
              epochCodec.createOffsetForLeaderPartition({
                partition: toPartitionId(partition),
                currentLeaderEpoch: toLeaderEpoch(currentLeaderEpoch),
                leaderEpoch: toLeaderEpoch(asked.leaderEpoch),
              }),
            ],
          }),
        ],
      });
      const { min, max } = epochCodec.offsetForLeaderEpochApi.requestVersions;
      for (let version = min; version <= max; version++) {
        const { topics } = await client.call(OFFSET_FOR_LEADER_EPOCH, request, version);
        expect(topics[0]?.partitions).toMatchObject([{ errorCode, partition, leaderEpoch, endOffset }]);
      }
    });
  });
});
