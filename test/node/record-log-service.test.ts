/** The record log's promises at its own boundary: real gRPC over a real unix socket, one node in this process. */
import { ErrorCode } from '../../src/rpc/record_log';
import type * as rpc from '../../src/rpc/record_log';
import type { RecordLogClient } from '../../src/rpc/record_log';
import { startNode } from '../../src/node/start';
import type { RunningNode } from '../../src/node/start';
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

let node: RunningNode;
let client: RecordLogClient;

beforeEach(async () => {
  node = await startNode({ dataDirectory: makeDirectory() });
  client = connect(node.address);
});
afterEach(async () => {
  client.close();
  await node.close();
  removeDirectories();
});

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
  for (let index = 0; index < 100; index += 1) publisher.send(valueBatch(`value ${index}`), [censusOf(1, 7)]);
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
  expect(await subscriber.init()).toEqual({ error: undefined, position: 0n, logStartOffset: 0n, highWatermark: 1n });
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
