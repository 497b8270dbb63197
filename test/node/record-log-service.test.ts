/** The record log's promises at its own boundary: real gRPC over a real unix socket, one node in this process. */
import { crc32c } from '@node-rs/crc32';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { ErrorCode } from '../../src/rpc/record_log';
import type * as rpc from '../../src/rpc/record_log';
import type { RecordLogClient } from '../../src/rpc/record_log';
import { startNode } from '../../src/node/start';
import type { NodeOptions, RunningNode } from '../../src/node/start';
import {
  Publisher,
  Subscriber,
  call,
  censusOf,
  connect,
  makeDirectory,
  removeDirectories,
  splitBatches,
  valueBatch,
} from './support';

let directory: string;
let node: RunningNode;
let client: RecordLogClient;

beforeEach(async () => {
  directory = makeDirectory();
  node = await startNode({ dataDirectory: directory });
  client = connect(node.address);
});
afterEach(async () => {
  client.close();
  await node.close();
  removeDirectories();
});

async function restart(options: Partial<NodeOptions> = {}): Promise<void> {
  client.close();
  await node.close();
  node = await startNode({ dataDirectory: directory, ...options });
  client = connect(node.address);
}

function read(topic: string, offset: number): Promise<rpc.ReadResponse> {
  const request = { topicPartition: { topic, partition: 0 }, offset: BigInt(offset), bytesMax: 1n << 20n };
  return call<rpc.ReadResponse>((done) => client.read(request, done));
}

function deleteRecords(topic: string, beforeOffset: bigint): Promise<rpc.GetPartitionRangeResponse> {
  const request = { topicPartition: { topic, partition: 0 }, beforeOffset };
  return call<rpc.GetPartitionRangeResponse>((done) => client.deleteRecords(request, done));
}

async function createTopic(name: string, configs: Record<string, string> = {}, partitionCount = 1): Promise<void> {
  const answer = await call<rpc.TopicResponse>((done) =>
    client.createTopic({ name, partitionCount, configs, id: Buffer.alloc(0) }, done),
  );
  expect(answer.error).toBeUndefined();
}

test('appends are acked in order with consecutive offsets, and read back as they were sent', async () => {
  await createTopic('t');
  const publisher = new Publisher(client, 't');
  expect(await publisher.hello()).toEqual({ error: undefined, logStartOffset: 0n, highWatermark: 0n });
  for (let index = 0; index < 100; index += 1) publisher.send(valueBatch(`value ${index}`), censusOf(1, 7));
  for (let index = 0; index < 100; index += 1) expect((await publisher.ack()).baseOffset).toBe(BigInt(index));
  const request = { topicPartition: { topic: 't', partition: 0 }, offset: 0n, bytesMax: 1n << 20n };
  const { records, error } = await call<rpc.ReadResponse>((done) => client.read(request, done));
  expect(error).toBeUndefined();
  const batches = splitBatches(records?.batches ?? Buffer.alloc(0));
  expect(batches.map((batch) => batch.baseOffset)).toEqual(Array.from({ length: 100 }, (_, index) => index));
  expect(batches.every((batch) => batch.crcMatches)).toBe(true);
  expect(records?.infos).toHaveLength(100);
  expect(records?.infos[7]?.census).toEqual(censusOf(1, 7));
  expect(records?.highWatermark).toBe(100n);
});

test('a subscriber gets what is there and then what comes', async () => {
  await createTopic('t');
  const publisher = new Publisher(client, 't');
  await publisher.hello();
  await publisher.append(valueBatch('first'));
  const subscriber = new Subscriber(client, 't');
  const state = { logStartOffset: 0n, highWatermark: 1n, generation: expect.any(BigInt) };
  expect(await subscriber.init()).toEqual({ error: undefined, position: 0n, ...state });
  expect((await subscriber.records()).infos[0]?.baseOffset).toBe(0n);
  await publisher.append(valueBatch('second'));
  expect((await subscriber.records()).infos[0]?.baseOffset).toBe(1n);
  subscriber.stream.end();
});

test('an init outside the log is answered with OFFSET_OUT_OF_RANGE', async () => {
  await createTopic('t');
  const subscriber = new Subscriber(client, 't', { offset: 5 });
  expect((await subscriber.init()).error?.code).toBe(ErrorCode.OFFSET_OUT_OF_RANGE);
});

test('what is no batch, is several, or lies about itself, is refused whole, and the stream goes on', async () => {
  await createTopic('t');
  const publisher = new Publisher(client, 't');
  await publisher.hello();
  const good = valueBatch('good');
  const flipped = Buffer.from(good);
  flipped[70] = (flipped[70] ?? 0) ^ 1;
  expect((await publisher.append(flipped)).error?.code).toBe(ErrorCode.CORRUPT_BATCH);
  expect((await publisher.append(Buffer.concat([good, good]))).error?.code).toBe(ErrorCode.INVALID_RECORD);
  expect((await publisher.append(good.subarray(0, 65))).error?.code).toBe(ErrorCode.CORRUPT_BATCH);
  expect((await publisher.append(Buffer.alloc(0))).error?.code).toBe(ErrorCode.CORRUPT_BATCH);
  const lying = Buffer.from(good);
  lying.writeInt32BE(5, 57);
  lying.writeUInt32BE(crc32c(lying.subarray(21)), 17);
  expect((await publisher.append(lying)).error?.code).toBe(ErrorCode.INVALID_RECORD);
  expect(await publisher.append(good)).toMatchObject({ error: undefined, baseOffset: 0n });
});

test('an idempotent producer: repeats are answered with their first offset, gaps and old epochs are refused', async () => {
  await createTopic('t');
  const publisher = new Publisher(client, 't');
  await publisher.hello();
  const send = (baseSequence: number, producerEpoch = 0): Promise<rpc.Ack> =>
    publisher.append(valueBatch('v', { producerId: 9n, producerEpoch, baseSequence }));
  for (let sequence = 0; sequence < 7; sequence += 1) expect((await send(sequence)).baseOffset).toBe(BigInt(sequence));
  for (let sequence = 2; sequence < 7; sequence += 1) {
    expect(await send(sequence)).toMatchObject({ duplicate: true, baseOffset: BigInt(sequence), error: undefined });
  }
  expect((await send(1)).error?.code).toBe(ErrorCode.OUT_OF_ORDER_SEQUENCE);
  expect((await send(9)).error?.code).toBe(ErrorCode.OUT_OF_ORDER_SEQUENCE);
  expect((await send(3, 1)).error?.code).toBe(ErrorCode.OUT_OF_ORDER_SEQUENCE);
  expect(await send(0, 1)).toMatchObject({ baseOffset: 7n, duplicate: false });
  expect((await send(7)).error?.code).toBe(ErrorCode.INVALID_PRODUCER_EPOCH);
});

test('LogAppendTime is written into the batch, its CRC made anew, and told', async () => {
  await createTopic('t', { 'message.timestamp.type': 'LogAppendTime' });
  const publisher = new Publisher(client, 't');
  await publisher.hello();
  const before = Date.now();
  const { logAppendTimeMs } = await publisher.append(valueBatch('v'));
  expect(Number(logAppendTimeMs)).toBeGreaterThanOrEqual(before);
  const [batch] = splitBatches((await read('t', 0)).records?.batches ?? Buffer.alloc(0));
  expect(batch?.crcMatches).toBe(true);
  expect(batch?.bytes.readInt16BE(21)).toBe(8);
  expect(batch?.bytes.readBigInt64BE(35)).toBe(logAppendTimeMs);
  expect(batch?.bytes.readInt32BE(12)).toBe(0);
});

test('no more is sent than there is credit for, but for one batch', async () => {
  await createTopic('t');
  const publisher = new Publisher(client, 't');
  await publisher.hello();
  for (let index = 0; index < 10; index += 1) await publisher.append(valueBatch(Buffer.alloc(1_000)));
  const subscriber = new Subscriber(client, 't', { credit: 1, heartbeatMs: 20 });
  await subscriber.init();
  expect((await subscriber.records()).infos.map(({ baseOffset }) => baseOffset)).toEqual([0n]);
  expect((await subscriber.next()).$case).toBe('heartbeat');
  subscriber.credit(100_000);
  const offsets: bigint[] = [];
  while (offsets.length < 9) {
    const message = await subscriber.next();
    if (message.$case === 'records') offsets.push(...message.records.infos.map(({ baseOffset }) => baseOffset));
  }
  expect(offsets).toEqual([1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n, 9n]);
  subscriber.stream.end();
});

test('an idle subscriber gets heartbeats, and one at once when the log start moves', async () => {
  await createTopic('t');
  const publisher = new Publisher(client, 't');
  await publisher.hello();
  await publisher.append(valueBatch('v'));
  const quick = new Subscriber(client, 't', { offset: 1, heartbeatMs: 20 });
  await quick.init();
  expect(await quick.next()).toEqual({
    $case: 'heartbeat',
    heartbeat: { position: 1n, logStartOffset: 0n, highWatermark: 1n, generation: expect.any(BigInt) },
  });
  quick.stream.end();
  const slow = new Subscriber(client, 't', { offset: 1, heartbeatMs: 600_000 });
  await slow.init();
  await deleteRecords('t', -1n);
  expect(await slow.next()).toEqual({
    $case: 'heartbeat',
    heartbeat: { position: 1n, logStartOffset: 1n, highWatermark: 1n, generation: expect.any(BigInt) },
  });
  slow.stream.end();
});

test('a subscriber whose position is deleted, whose topic is deleted, or whose node stops is told and ended', async () => {
  await createTopic('a');
  await createTopic('b');
  const publisher = new Publisher(client, 'a');
  await publisher.hello();
  await publisher.append(valueBatch('v'));
  const passed = new Subscriber(client, 'a', { credit: 0 });
  await passed.init();
  await deleteRecords('a', 1n);
  expect(await passed.next()).toMatchObject({ $case: 'end', end: { code: ErrorCode.OFFSET_OUT_OF_RANGE } });
  await expect(passed.next()).rejects.toThrow('the stream ended');
  const deleted = new Subscriber(client, 'a', { offset: 1 });
  await deleted.init();
  await call<rpc.TopicResponse>((done) => client.deleteTopic({ name: 'a' }, done));
  expect(await deleted.next()).toMatchObject({ $case: 'end', end: { code: ErrorCode.TOPIC_NOT_FOUND } });
  expect((await publisher.append(valueBatch('v'))).error?.code).toBe(ErrorCode.TOPIC_NOT_FOUND);
  const stopped = new Subscriber(client, 'b');
  await stopped.init();
  await node.close();
  expect(await stopped.next()).toMatchObject({ $case: 'end', end: { code: ErrorCode.SHUTTING_DOWN } });
});

test('topics are created, listed by name, altered, grown and deleted, and are there after a start', async () => {
  await createTopic('b');
  await createTopic('a', { 'retention.ms': '5', 'some.setting': 'kept' }, 3);
  const again = await call<rpc.TopicResponse>((done) =>
    client.createTopic({ name: 'a', partitionCount: 1, configs: {}, id: Buffer.alloc(0) }, done),
  );
  expect(again.error?.code).toBe(ErrorCode.TOPIC_EXISTS);
  const grown = await call<rpc.TopicResponse>((done) =>
    client.createPartitions({ name: 'a', partitionCount: 5 }, done),
  );
  expect(grown.topic?.partitionCount).toBe(5);
  const shrunk = await call<rpc.TopicResponse>((done) =>
    client.createPartitions({ name: 'a', partitionCount: 5 }, done),
  );
  expect(shrunk.error?.code).toBe(ErrorCode.INVALID_PARTITIONS);
  const wrong = await call<rpc.TopicResponse>((done) =>
    client.alterTopicConfigs({ name: 'a', configs: { 'cleanup.policy': 'shred' } }, done),
  );
  expect(wrong.error).toEqual({
    code: ErrorCode.INVALID_CONFIG,
    message: 'Invalid value shred for configuration cleanup.policy: String must be one of: compact, delete',
  });
  await call<rpc.TopicResponse>((done) =>
    client.alterTopicConfigs({ name: 'b', configs: { 'internal.segment.bytes': '99' } }, done),
  );
  const before = await call<rpc.ListTopicsResponse>((done) => client.listTopics({}, done));
  await restart();
  const after = await call<rpc.ListTopicsResponse>((done) => client.listTopics({}, done));
  expect(after.topics).toEqual(before.topics);
  expect(after.topics.map(({ name, partitionCount, configs }) => ({ name, partitionCount, configs }))).toEqual([
    { name: 'a', partitionCount: 5, configs: { 'retention.ms': '5', 'some.setting': 'kept' } },
    { name: 'b', partitionCount: 1, configs: { 'internal.segment.bytes': '99' } },
  ]);
});

test('a log that is made again, and one of a node that starts again, is of a greater generation', async () => {
  const generationOf = async (): Promise<bigint> => {
    const subscriber = new Subscriber(client, 't');
    const { generation } = await subscriber.init();
    subscriber.stream.end();
    return generation;
  };
  await createTopic('t');
  const first = await generationOf();
  await call<rpc.TopicResponse>((done) => client.deleteTopic({ name: 't' }, done));
  await createTopic('t');
  const second = await generationOf();
  await restart();
  const third = await generationOf();
  expect(second).toBeGreaterThan(first);
  expect(third).toBeGreaterThan(second);
});

test('a name used again is another topic with another id and no records', async () => {
  await createTopic('t');
  const publisher = new Publisher(client, 't');
  await publisher.hello();
  await publisher.append(valueBatch('old'));
  const deleted = await call<rpc.TopicResponse>((done) => client.deleteTopic({ name: 't' }, done));
  await createTopic('t');
  const { topics } = await call<rpc.ListTopicsResponse>((done) => client.listTopics({}, done));
  expect(Buffer.from(topics[0]?.id ?? []).equals(Buffer.from(deleted.topic?.id ?? []))).toBe(false);
  expect((await read('t', 0)).records?.infos).toEqual([]);
  expect((await read('t', 1)).error?.code).toBe(ErrorCode.OFFSET_OUT_OF_RANGE);
  expect(fs.readdirSync(path.join(directory, 'topics'))).toHaveLength(0);
});

test('records, producers and identity are there after a start, and nothing is walked over', async () => {
  await createTopic('t', { 'internal.segment.bytes': '400' });
  const publisher = new Publisher(client, 't');
  await publisher.hello();
  const batch = (baseSequence: number): Buffer =>
    valueBatch('v'.repeat(90), { producerId: 3n, producerEpoch: 0, baseSequence });
  for (let sequence = 0; sequence < 10; sequence += 1) await publisher.append(batch(sequence));
  const { clusterId, nodeId } = node;
  await restart();
  expect(node).toMatchObject({ clusterId, nodeId, recovery: { segments: 0, truncatedBytes: 0 } });
  expect(clusterId).toMatch(/^[\w-]{22}$/);
  const next = new Publisher(client, 't');
  expect((await next.hello()).highWatermark).toBe(10n);
  expect(await next.append(batch(9))).toMatchObject({ duplicate: true, baseOffset: 9n });
  expect(await next.append(batch(10))).toMatchObject({ duplicate: false, baseOffset: 10n });
  const described = await call<rpc.DescribeNodeResponse>((done) => client.describeNode({}, done));
  expect(described).toMatchObject({ nodeId, fsync: 'os', recovery: { clusterId } });
  const dirs = await call<rpc.DescribeLogDirsResponse>((done) => client.describeLogDirs({}, done));
  expect(dirs.partitions).toEqual([{ topicPartition: { topic: 't', partition: 0 }, sizeBytes: expect.any(BigInt) }]);
  expect(dirs.totalBytes).toBeGreaterThan(0n);
});

test('a batch of 40 MB passes in and out', async () => {
  await createTopic('t');
  const publisher = new Publisher(client, 't');
  await publisher.hello();
  const batch = valueBatch(Buffer.alloc(40_000_000, 3));
  expect((await publisher.append(batch)).error).toBeUndefined();
  const subscriber = new Subscriber(client, 't', { credit: 1_000_000 });
  await subscriber.init();
  const { batches } = await subscriber.records();
  expect(Buffer.from(batches).subarray(16).equals(batch.subarray(16))).toBe(true);
  subscriber.stream.end();
});

test('a subscriber that does not read is held back at its own cost', async () => {
  await createTopic('t');
  const publisher = new Publisher(client, 't');
  await publisher.hello();
  for (let index = 0; index < 64; index += 1) await publisher.append(valueBatch(Buffer.alloc(1_000_000, index)));
  const subscriber = new Subscriber(client, 't');
  await subscriber.init();
  subscriber.stream.pause();
  const other = new Subscriber(client, 't');
  await other.init();
  const offsets: number[] = [];
  while (offsets.length < 64) {
    for (const { baseOffset } of (await other.records()).infos) offsets.push(Number(baseOffset));
  }
  other.stream.end();
  subscriber.stream.resume();
  for (let next = 0; next < 64;) {
    for (const { baseOffset } of (await subscriber.records()).infos) {
      expect(Number(baseOffset)).toBe(next);
      next += 1;
    }
  }
  subscriber.stream.end();
});

test('retention moves the log start under a running node', async () => {
  await restart({ initialTaskDelayMs: 0, retentionCheckIntervalMs: 20 });
  await createTopic('t', { 'internal.segment.bytes': '1000', 'retention.bytes': '1500' });
  const publisher = new Publisher(client, 't');
  await publisher.hello();
  for (let index = 0; index < 20; index += 1)
    await publisher.append(valueBatch(Buffer.alloc(300), { timestampMs: Date.now() }));
  const subscriber = new Subscriber(client, 't', { offset: 20, heartbeatMs: 20 });
  await subscriber.init();
  for (;;) {
    const message = await subscriber.next();
    if (message.$case === 'heartbeat' && message.heartbeat.logStartOffset > 10n) break;
  }
  subscriber.stream.end();
});
