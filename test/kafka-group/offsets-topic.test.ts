/**
 * Goal: `__consumer_offsets` is the topic that Kafka has, and whoever reads it is told what groups committed and what they are, in Kafka's
 * records. Method: requests over a socket, on each engine; records are taken apart here, and their keys compared with Kafka 4.3.1's bytes.
 */
import { randomUUID } from 'node:crypto';
import { CompactedLog } from '../../src/kafka/offsets-topic/compacted-log';
import { offsetsPartitionOf } from '../../src/kafka/offsets-topic/offsets-records';
import { ErrorCode } from '../../src/protocol/error-code';
import * as deleteCodec from '../../src/protocol/generated/delete-groups';
import * as describeCodec from '../../src/protocol/generated/describe-configs';
import * as findCodec from '../../src/protocol/generated/find-coordinator';
import * as listCodec from '../../src/protocol/generated/list-offsets';
import { createMetadataRequest } from '../../src/protocol/generated/metadata';
import { Reader } from '../../src/protocol/reader';
import { toOffset, toPartitionId } from '../../src/types';
import { readRecords } from '../engine/batches';
import { stableRange } from '../engine/support';
import { createTopic, deleteTopic } from '../e2e/support';
import { onEmbedded, onSeaweedMq, type RunningGateway } from '../kafka/engines';
import { GroupMember } from '../support/group-member';
import { type Codec, type KafkaClient, LIST_OFFSETS, METADATA } from '../support/kafka-client';
import { seeded } from '../support/random';
import { expectEnd } from '../support/client-headers';

const NAME = '__consumer_offsets';
const EARLIEST = -2;
const FIND: Codec<findCodec.FindCoordinatorRequest, findCodec.FindCoordinatorResponse> = {
  facts: findCodec.findCoordinatorApi,
  write: findCodec.writeFindCoordinatorRequest,
  read: findCodec.readFindCoordinatorResponse,
};
const DESCRIBE: Codec<describeCodec.DescribeConfigsRequest, describeCodec.DescribeConfigsResponse> = {
  facts: describeCodec.describeConfigsApi,
  write: describeCodec.writeDescribeConfigsRequest,
  read: describeCodec.readDescribeConfigsResponse,
};
const DELETE: Codec<deleteCodec.DeleteGroupsRequest, deleteCodec.DeleteGroupsResponse> = {
  facts: deleteCodec.deleteGroupsApi,
  write: deleteCodec.writeDeleteGroupsRequest,
  read: deleteCodec.readDeleteGroupsResponse,
};

const topicNamed = async (client: KafkaClient, name: string) =>
  (await client.call(METADATA, createMetadataRequest({ topics: null }))).topics.find((topic) => topic.name === name);

const findCoordinator = (client: KafkaClient, group: string) =>
  client.call(FIND, findCodec.createFindCoordinatorRequest({ keyType: 0, coordinatorKeys: [group] }));

async function earliest(client: KafkaClient, partition: number): Promise<number> {
  const asked = listCodec.createListOffsetsPartition({ partitionIndex: toPartitionId(partition), timestamp: EARLIEST });
  const topics = [listCodec.createListOffsetsTopic({ name: NAME, partitions: [asked] })];
  const answer = await client.call(LIST_OFFSETS, listCodec.createListOffsetsRequest({ topics }));
  const found = answer.topics[0]?.partitions[0];
  expect(found?.errorCode).toBe(ErrorCode.NONE);
  return Number(found?.offset);
}

const KEYS = new Map([
  [1, 'offset'],
  [2, 'group'],
]);

/** A record of the topic in words; undefined values are the ends of keys. */
function told(key: Uint8Array | null, value: Uint8Array | null): Record<string, unknown> {
  const of = new Reader(key ?? new Uint8Array(0));
  const kind = KEYS.get(of.int16());
  const group = of.string();
  const where = kind === 'offset' ? { topic: of.string(), partition: of.int32() } : {};
  expectEnd(of);
  if (value === null) return { group, ...where, value };
  const reader = new Reader(value);
  expect(reader.int16()).toBe(3);
  if (kind === 'offset') {
    const offset = reader.int64();
    const leaderEpoch = reader.int32();
    const metadata = reader.string();
    expect(reader.int64()).toBeGreaterThan(1.7e12);
    expectEnd(reader);
    return { group, ...where, offset, leaderEpoch, metadata };
  }
  const head = { protocolType: reader.string(), generation: reader.int32(), protocol: reader.nullableString() };
  const leader = reader.nullableString();
  expect(reader.int64()).toBeGreaterThan(1.7e12);
  const members = Array.from({ length: reader.int32() }, () => {
    const member = { id: reader.string(), instanceId: reader.nullableString(), clientId: reader.string() };
    const more = { host: reader.string(), rebalanceMs: reader.int32(), sessionMs: reader.int32() };
    const [subscription, assignment] = [reader.bytes(), reader.bytes()].map((each) => Buffer.from(each).toString());
    return { ...member, ...more, subscription, assignment };
  });
  expectEnd(reader);
  return { group, ...head, leader, members };
}

/** What a consumer that begins at the beginning is given of the group. */
async function readAll(client: KafkaClient, group: string) {
  const partition = offsetsPartitionOf(group);
  const { records } = await client.fetch(NAME, await earliest(client, partition), { partition });
  return readRecords([records])
    .map(({ key, value }) => told(key, value))
    .filter((each) => each['group'] === group);
}

test.each([
  ['', 0],
  ['simple', 26],
])('group %j is in the partition where Kafka keeps it', (group, partition) => {
  expect(offsetsPartitionOf(group)).toBe(partition);
});

describe.each<[string, () => Promise<RunningGateway>]>([
  ['the embedded node', () => onEmbedded()],
  ['SeaweedMQ', () => onSeaweedMq()],
])('on %s', (_, start) => {
  let running: RunningGateway;
  let client: KafkaClient;
  let topic: string;
  beforeEach(async () => {
    running = await start();
    client = await running.gateway.client('reader');
    topic = await running.gateway.topic();
  });
  afterEach(() => running.close());

  test('it is there once a coordinator was looked for: internal, compacted, not to be deleted', async () => {
    expect(await topicNamed(client, NAME)).toBeUndefined();
    await findCoordinator(client, 'g');
    const found = await topicNamed(client, NAME);
    expect(found).toMatchObject({ errorCode: ErrorCode.NONE, isInternal: true });
    expect(found?.partitions.map(({ partitionIndex }) => partitionIndex)).toEqual(
      Array.from({ length: 50 }, (__, i) => i),
    );
    const resources = [{ resourceType: 2, resourceName: NAME, configurationKeys: null }];
    const described = await client.call(DESCRIBE, describeCodec.createDescribeConfigsRequest({ resources }));
    const own = described.results[0]?.configs.filter(({ configSource }) => configSource === 1);
    expect(new Map(own?.map(({ name, value }) => [name, value]))).toEqual(
      new Map([
        ['cleanup.policy', 'compact'],
        ['compression.type', 'producer'],
        ['segment.bytes', '104857600'],
      ]),
    );
    expect(await createTopic(client, NAME, {})).toBe(ErrorCode.TOPIC_ALREADY_EXISTS);
    expect(await deleteTopic(client, NAME)).toBe(ErrorCode.INVALID_REQUEST);
    const other = await (await running.another()).client();
    await findCoordinator(other, 'g');
    expect((await topicNamed(other, NAME))?.topicId).toBe(found?.topicId);
  });

  test('it tells what was committed, as it is and as it changes', async () => {
    await findCoordinator(client, 'simple');
    const simple = new GroupMember(client, 'simple');
    expect(await simple.commit(topic, 5)).toBe(ErrorCode.NONE);
    expect(await readAll(client, 'simple')).toMatchObject([{ topic, partition: 0, offset: 5, metadata: '' }]);
    const partition = offsetsPartitionOf('simple');
    const start = await earliest(client, partition);
    const { partition: end, records } = await client.fetch(NAME, start, { partition, maxWaitMs: 500 });
    const key = readRecords([records])[0]?.key ?? Buffer.alloc(0);
    const expected = `0001000673696d706c65${Buffer.from([0, topic.length]).toString('hex')}${Buffer.from(topic).toString('hex')}00000000`;
    expect(Buffer.from(key).toString('hex')).toBe(expected);
    const parked = client.fetch(NAME, end.highWatermark, { partition, maxWaitMs: 60_000 });
    const writer = new GroupMember(await running.gateway.client(), 'simple');
    expect(await writer.commit(topic, 6)).toBe(ErrorCode.NONE);
    const arrived = readRecords([(await parked).records]);
    expect(arrived.map((each) => [each.offset, told(each.key, each.value)])).toMatchObject([
      [Number(end.highWatermark), { topic, offset: 6 }],
    ]);
    expect(await readAll(client, 'simple')).toMatchObject([{ offset: 6 }]);
    await client.call(DELETE, deleteCodec.createDeleteGroupsRequest({ groupsNames: ['simple'] }));
    expect(await readAll(client, 'simple')).toEqual([{ group: 'simple', topic, partition: 0, value: null }]);
  });

  test('it tells what a group is: its generation, its members, what they were assigned', async () => {
    const group = `g-${randomUUID()}`;
    const member = new GroupMember(client, group, { groupInstanceId: 'i', metadata: Buffer.from('offer') });
    await findCoordinator(client, group);
    await member.join();
    await member.sync(Buffer.from('mine'));
    const stable = {
      ...{ group, protocolType: 'consumer', generation: 1, leader: member.memberId },
      members: [
        { id: member.memberId, instanceId: 'i', clientId: 'reader', subscription: 'offer', assignment: 'mine' },
      ],
    };
    expect(await readAll(client, group)).toMatchObject([stable]);
    await member.commit(topic, 7);
    const other = await (await running.another()).client();
    await findCoordinator(other, group);
    expect(await readAll(other, group)).toMatchObject([stable, { topic, offset: 7 }]);
    const gone = await other.fetch(NAME, 0, { partition: offsetsPartitionOf(group) });
    expect(gone.partition.errorCode).toBe(ErrorCode.OFFSET_OUT_OF_RANGE);
  });
});

test('of each key the newest record is read, from whatever offset on, however often it is compacted', () => {
  const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  const below = seeded(seed);
  const log = new CompactedLog(toOffset(1_000));
  const model = new Map<string, { offset: number; value: string | null }>();
  let next = 1_000;
  for (let step = 0; step < 20_000; step += 1) {
    const key = `k${below(300)}`;
    const value = below(5) === 0 ? null : `v${step}`;
    log.put({
      group: 'g',
      topic: 't',
      key: Buffer.from(key),
      value: value === null ? null : Buffer.from(value),
      timestamp: 1,
    });
    if (value !== null || (model.get(key)?.value ?? null) !== null) {
      model.set(key, { offset: next, value });
      next += 1;
    }
    if (step % 97 !== 0) continue;
    const from = 1_000 + below(next - 999);
    const read = log
      .from(toOffset(from), Infinity)
      .map((each) => [Number(each.offset), each.value?.toString() ?? null]);
    const expected = [...model.values()].filter(({ offset }) => offset >= from).sort((a, b) => a.offset - b.offset);
    expect({ seed, read }).toEqual({ seed, read: expected.map(({ offset, value: kept }) => [offset, kept]) });
  }
  expect(log.range).toEqual(stableRange(1_000, next));
});
