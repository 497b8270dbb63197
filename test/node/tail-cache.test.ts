/**
 * Goal: what leaves the tail in memory is given back at once, not when V8 looks for it, and no reader ever sees memory that was given
 * back. Method: a tail of a few batches. The memory of appends that were handed to the log is looked at from outside; readers of a
 * node read all the while its tail turns over.
 */
import { startNode } from '../../src/node/start';
import type { RecordLogClient } from '../../src/rpc/record_log';
import type * as rpc from '../../src/rpc/record_log';
import { append, createPartition, openLogs, readAll } from './log-support';
import { MemoryDisk } from './memory-disk';
import {
  Publisher,
  Subscriber,
  call,
  connect,
  makeDirectory,
  removeDirectories,
  splitBatches,
  valueBatch,
} from './support';

afterEach(removeDirectories);

const BATCH_BYTES = 40_000;
const TAIL_BYTES = 3 * BATCH_BYTES;

const batch = (index: number): Buffer => valueBatch(Buffer.alloc(BATCH_BYTES - 1_000, `value ${index} `));

/** In memory of its own, as a handover brings it. */
function alone(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}

const appended = (
  batches: readonly Buffer[],
): { partition: ReturnType<typeof createPartition>; all: Promise<unknown> } => {
  const partition = createPartition(openLogs(new MemoryDisk(), { tailCacheBytesMax: TAIL_BYTES }));
  const answers = batches.map(
    (bytes) => new Promise((done) => partition.appender.append({ batch: bytes, census: undefined, done })),
  );
  return { partition, all: Promise.all(answers) };
};

test('an append that has left the tail has no memory any more, and is read from the file', async () => {
  const batches = Array.from({ length: 8 }, (_, index) => alone(batch(index)));
  const sizes = batches.map((bytes) => bytes.length);
  const { partition, all } = appended(batches);
  await all;
  expect(batches.map((bytes) => bytes.length)).toEqual(sizes.map((size, index) => (index < 5 ? 0 : size)));
  const read = readAll(partition.log, 0);
  expect(read.map(({ baseOffset, crcMatches }) => [baseOffset, crcMatches])).toEqual(
    sizes.map((_, index) => [index, true]),
  );
});

test('what leaves the log leaves the tail at once, and makes room there', async () => {
  const before = [0, 1, 2].map((index) => alone(batch(index)));
  const { partition, all } = appended(before);
  await all;
  partition.log.moveLogStart(2);
  expect(before.map(({ length }) => length > 0)).toEqual([false, false, true]);
  for (const index of [3, 4]) await append(partition, batch(index));
  expect(before.map(({ length }) => length > 0)).toEqual([false, false, true]);
  expect(readAll(partition.log, 2).map(({ baseOffset, crcMatches }) => [baseOffset, crcMatches])).toEqual(
    [2, 3, 4].map((offset) => [offset, true]),
  );
  partition.log.delete();
  expect(before.map(({ length }) => length)).toEqual([0, 0, 0]);
});

test('one that shares its memory with something else leaves that as it is', async () => {
  const whole = Buffer.concat([
    ...Array.from({ length: 8 }, (_, index) => batch(index)),
    Buffer.from('something else'),
  ]);
  const { length } = batch(0);
  const { all } = appended(
    Array.from({ length: 8 }, (_, index) => whole.subarray(index * length, (index + 1) * length)),
  );
  await all;
  expect(whole.subarray(8 * length).toString()).toBe('something else');
});

describe.each(['os', 'always'] as const)('with fsync=%s', (fsync) => {
  test('readers get everything whole while the tail turns over', async () => {
    const node = await startNode({ dataDirectory: makeDirectory(), tailCacheBytesMax: 64 * 1024, fsync });
    const client = connect(node.address);
    try {
      await call<rpc.TopicResponse>((done) =>
        client.createTopic({ name: 't', partitionCount: 1, configs: {}, id: Buffer.alloc(0) }, done),
      );
      const publisher = new Publisher(client, 't');
      await publisher.hello();
      const subscriber = new Subscriber(client, 't');
      await subscriber.init();
      // Of one turn, so that they lie together in memory.
      for (let index = 0; index < APPENDS; index += 1)
        publisher.send(valueBatch(Buffer.alloc(4_000, `value ${index} `)));
      const acked = (async () => {
        for (let index = 0; index < APPENDS; index += 1) await publisher.ack();
      })();
      await Promise.all([acked, followed(subscriber), readOnce(client), readOnce(client)]);
      subscriber.stream.end();
    } finally {
      client.close();
      await node.close();
    }
  });
});

const APPENDS = 400;

async function followed(subscriber: Subscriber): Promise<void> {
  for (let next = 0; next < APPENDS;) next = afterWhole(await subscriber.records(), next);
}

async function readOnce(client: RecordLogClient): Promise<void> {
  const topicPartition = { topic: 't', partition: 0 };
  for (let next = 0; next < APPENDS;) {
    const request = { topicPartition, offset: BigInt(next), bytesMax: 20_000n };
    const { records, error } = await call<rpc.ReadResponse>((done) => client.read(request, done));
    expect(error).toBeUndefined();
    if (records !== undefined) next = afterWhole(records, next);
  }
}

function afterWhole({ batches, infos }: rpc.Records, from: number): number {
  const whole = splitBatches(Buffer.from(batches));
  expect(whole.map(({ baseOffset, crcMatches }) => [baseOffset, crcMatches])).toEqual(
    infos.map((_, index) => [from + index, true]),
  );
  return from + whole.length;
}
