/**
 * What the engine does wrong, switch by switch, on the scripted SeaweedMQ: every call ends by its deadline with a code that clients
 * retry, and no wrong record is ever delivered. Deadlines are shortened; what is claimed is that they hold, not their lengths.
 */
import { systemClock } from '../../../src/clock';
import { startScriptedSeaweedMQ, startSilentPeer } from '../../support/scripted-seaweedmq';
import type { ScriptedSeaweedMQ } from '../../support/scripted-seaweedmq';
import type { Engine, Partition } from '../../../src/engine/engine';
import { toPartitionId } from '../../../src/types';
import { appendOf, readRecords, value } from '../batches';
import { idempotentAppend } from '../idempotent-appends';
import { asRequest, codeOf, drain, makeTopic, read, recordAt, retried, waitFor } from '../support';
import { openMqEngine } from './support';
import type { MqEngine } from './support';

const DEADLINES = {
  connectDeadlineMs: 400,
  lookupDeadlineMs: 400,
  createDeadlineMs: 400,
  callDeadlineMs: 800,
  appendDeadlineMs: 400,
  firstMessageDeadlineMs: 400,
};

let mq: ScriptedSeaweedMQ;
let gateway: MqEngine;
beforeEach(async () => {
  mq = await startScriptedSeaweedMQ();
  gateway = openMqEngine({ brokers: [mq.address], filer: mq.filer }, DEADLINES);
});
afterEach(async () => {
  await gateway.close();
  await mq.stop();
  gateway.telemetry.close();
});

async function partitionOf(count: number, flushed = 0): Promise<Partition> {
  const { engine, telemetry } = gateway;
  const topic = await makeTopic(engine, telemetry);
  for (let index = 0; index < count; index += 1) {
    if (index === flushed && index > 0) mq.flush(topic.name, 0);
    mq.append(topic.name, 0, { key: Buffer.from('k'), value: Buffer.from(`v${index}`) });
  }
  if (flushed > 0 && flushed === count) mq.flush(topic.name, 0);
  return engine.partition(topic, toPartitionId(0));
}

const texts = async (partition: Partition): Promise<(string | undefined)[]> =>
  (await drain(gateway.telemetry, partition)).map((record) => record.value?.toString());
const expected = (count: number): string[] => Array.from({ length: count }, (_, index) => `v${index}`);
const append = (partition: Partition, text: string) =>
  asRequest(gateway.telemetry, (context) => partition.append(appendOf([value(text)]), context));

const RETRIABLE = ['timeout', 'unavailable'];

describe('a call that is never answered ends by its deadline', () => {
  test.each(['lookup', 'range', 'fetch', 'filer'] as const)('%s, for a read', async (call) => {
    const partition = await partitionOf(3);
    mq.switches[call] = 'never';
    expect(RETRIABLE).toContain(await codeOf(read(gateway.telemetry, partition, 0)));
    mq.switches[call] = 'normal';
  });

  test.each(['publishInit', 'publishAck', 'lookup'] as const)('%s, for an append', async (call) => {
    const partition = await partitionOf(0);
    mq.switches[call] = 'never';
    expect(RETRIABLE).toContain(await codeOf(append(partition, 'v')));
  });

  test.each(['configureTopic', 'filer'] as const)('%s, for a new topic', async (call) => {
    mq.switches[call] = 'never';
    expect(RETRIABLE).toContain(await codeOf(makeTopic(gateway.engine, gateway.telemetry)));
  });
});

describe('an answer that comes behind its deadline is taken for no other', () => {
  const lateMs = DEADLINES.callDeadlineMs + 200;
  test.each(['lookup', 'range', 'fetch', 'filer'] as const)('%s, for a read', async (call) => {
    const partition = await partitionOf(4, 2);
    mq.switches[call] = { lateMs };
    expect([...RETRIABLE, 'resolved']).toContain(await codeOf(read(gateway.telemetry, partition, 1)));
    mq.switches[call] = 'normal';
    for (const offset of [3, 0, 2]) {
      const record = await retried(() => recordAt(gateway.telemetry, partition, offset));
      expect(record.value?.toString()).toBe(`v${offset}`);
    }
  });

  test.each(['publishInit', 'publishAck'] as const)('%s, for an append', async (call) => {
    const partition = await partitionOf(0);
    const { topic } = partition.topicPartition;
    mq.switches[call] = { lateMs };
    expect(RETRIABLE).toContain(await codeOf(append(partition, 'v')));
    mq.switches[call] = 'normal';
    const { baseOffset } = await retried(() => append(partition, 'w'));
    expect(baseOffset).toBe(mq.records(topic, 0).length - 1);
    expect((await texts(partition)).at(-1)).toBe('w');
  });
});

test('a peer that accepts TCP and never sends SETTINGS ends by the connect deadline', async () => {
  const silent = await startSilentPeer();
  const lost = openMqEngine({ brokers: [silent.address], filer: mq.filer }, DEADLINES);
  try {
    expect(RETRIABLE).toContain(await codeOf(makeTopic(lost.engine, lost.telemetry)));
  } finally {
    await lost.close();
    lost.telemetry.close();
    await silent.stop();
  }
});

test.each(['subscribe', 'receive'] as const)(
  'a subscriber whose %s hangs is a stall, and the log answers',
  async (call) => {
    mq.switches[call] = 'never';
    const partition = await partitionOf(0);
    const { telemetry } = gateway;
    expect((await read(telemetry, partition, 0)).chunks).toEqual([]);
    const woken = waitFor(telemetry, partition, 0);
    await new Promise((resolve) => setImmediate(resolve));
    mq.append(partition.topicPartition.topic, 0, { value: Buffer.from('there') });
    await woken;
    expect((await recordAt(telemetry, partition, 0)).value?.toString()).toBe('there');
  },
);

test('what a stream brought and nothing confirms is named while it hangs, and ends by the deadline of calls', async () => {
  const partition = await partitionOf(0);
  const { telemetry } = gateway;
  expect((await read(telemetry, partition, 0)).chunks).toEqual([]);
  const woken = waitFor(telemetry, partition, 0);
  while (mq.subscribers.open === 0) await new Promise((resolve) => setImmediate(resolve));
  mq.switches.range = 'never';
  mq.append(partition.topicPartition.topic, 0, { value: Buffer.from('there') });
  const verifying = (): boolean => telemetry.inflight().operations.some(({ phase }) => phase === 'subscriber.init');
  while (!verifying()) await new Promise((resolve) => setImmediate(resolve));
  await woken;
  while (verifying()) await new Promise((resolve) => setImmediate(resolve));
  mq.switches.range = 'normal';
  const record = await retried(() => recordAt(telemetry, partition, 0));
  expect(record.value?.toString()).toBe('there');
});

test('a stateless read that returns other offsets’ records is not believed', async () => {
  mq.switches.fetchShift = 1;
  const partition = await partitionOf(6, 3);
  expect(await texts(partition)).toEqual(expected(6));
});

test('a stateless read that returns nothing hides no record', async () => {
  mq.switches.fetchBlind = true;
  mq.switches.unflushedHole = true;
  const partition = await partitionOf(6, 3);
  expect(await texts(partition)).toEqual(expected(6));
});

test('the only unflushed record, which the entries leave out, is read by a subscriber', async () => {
  mq.switches.fetchBlind = true;
  mq.switches.unflushedHole = true;
  const partition = await partitionOf(4, 3);
  expect(await texts(partition)).toEqual(expected(4));
});

test('where nothing brings what the engine says it has, the read fails and says so', async () => {
  mq.switches.fetchBlind = true;
  mq.switches.unflushedHole = true;
  mq.switches.receive = 'never';
  const partition = await partitionOf(1);
  expect([...RETRIABLE, 'contradiction']).toContain(await codeOf(read(gateway.telemetry, partition, 0)));
});

test.each([
  ['begins elsewhere', () => (mq.switches.subscribeShift = 1)],
  ['brings empty values', () => (mq.switches.emptyValues = true)],
  ['dies after its first record', () => (mq.switches.subscribeDiesAfter = 1)],
])('a stream that %s delivers no wrong record', async (_name, set) => {
  const { telemetry } = gateway;
  const partition = await partitionOf(0);
  set();
  for (let offset = 0; offset < 8; offset += 1) {
    expect((await read(telemetry, partition, offset)).chunks).toEqual([]);
    const woken = waitFor(telemetry, partition, offset);
    await new Promise((resolve) => setImmediate(resolve));
    mq.append(partition.topicPartition.topic, 0, { key: Buffer.from('k'), value: Buffer.from(`v${offset}`) });
    await woken;
    let text: string | undefined;
    for (let attempt = 0; text === undefined && attempt < 5; attempt += 1) {
      const { chunks } = await read(telemetry, partition, offset).catch(() => ({ chunks: [] }));
      text = readRecords(chunks)
        .find((record) => record.offset === offset)
        ?.value?.toString();
    }
    expect(text).toBe(`v${offset}`);
  }
});

test('a stream that brings its records once more when they are flushed moves no end and delivers no wrong record', async () => {
  const { telemetry } = gateway;
  mq.switches.subscribeRepeats = true;
  const partition = await partitionOf(0);
  const { topic } = partition.topicPartition;
  expect((await read(telemetry, partition, 0)).chunks).toEqual([]);
  const woken = waitFor(telemetry, partition, 0);
  await new Promise((resolve) => setImmediate(resolve));
  for (const text of expected(3)) mq.append(topic, 0, { key: Buffer.from(text), value: Buffer.from(text) });
  await woken;
  mq.flush(topic, 0);
  // Answered behind what the stream brought, on its connection.
  await asRequest(telemetry, (context) => partition.range(context));
  expect(await texts(partition)).toEqual(expected(3));
  expect((await read(telemetry, partition, 3)).chunks).toEqual([]);
  expect(partition.known?.highWatermark).toBe(3);
});

test('a publisher whose stream dies fails its appends, and the next append opens another', async () => {
  const partition = await partitionOf(0);
  mq.switches.publishDiesAfter = 2;
  const results = await Promise.all(['a', 'b', 'c', 'd'].map((text) => codeOf(append(partition, text))));
  expect(results).toEqual(['resolved', 'resolved', 'unavailable', 'unavailable']);
  mq.switches.publishDiesAfter = undefined;
  expect((await append(partition, 'e')).baseOffset).toBe(mq.records(partition.topicPartition.topic, 0).length - 1);
});

test('an idempotent producer whose stream died is appended once, however often it retries', async () => {
  const partition = await partitionOf(0);
  const topic = partition.topicPartition.topic;
  const batch = (sequence: number, ...values: string[]) =>
    idempotentAppend(gateway.telemetry, partition, [sequence, ...values]);
  expect(await batch(0, 'a', 'b')).toMatchObject({ baseOffset: 0, duplicate: false });
  expect(await batch(0, 'a', 'b')).toMatchObject({ baseOffset: 0, duplicate: true });
  mq.switches.publishDiesAfter = 1;
  // The stream that is open has acked two already: the first record of this batch is appended, then the stream dies.
  expect(await codeOf(batch(2, 'c', 'd'))).toBe('unavailable');
  mq.switches.publishDiesAfter = undefined;
  expect(mq.records(topic, 0)).toHaveLength(3);
  expect(await batch(2, 'c', 'd')).toMatchObject({ baseOffset: 2 });
  expect(await batch(2, 'c', 'd')).toMatchObject({ baseOffset: 2, duplicate: true });
  expect(mq.records(topic, 0)).toHaveLength(4);
  expect(await texts(partition)).toEqual(['a', 'b', 'c', 'd']);
  expect(await codeOf(batch(9, 'x'))).toBe('out_of_order_sequence');
});

test('of batches that hold the same and the same time, none is taken for another once somebody else writes there, too', async () => {
  const partition = await partitionOf(0);
  const { topic } = partition.topicPartition;
  await append(partition, 'a');
  mq.append(topic, 0, { value: Buffer.from('other') });
  await append(partition, 'b');
  mq.switches.publishDiesAfter = 2;
  // The first record is appended, then the stream dies without an ack.
  const write = () =>
    Promise.all([0, 1].map((sequence) => idempotentAppend(gateway.telemetry, partition, [sequence, 'v'])));
  expect(await codeOf(write())).toBe('unavailable');
  mq.switches.publishDiesAfter = undefined;
  await write();
  expect(await texts(partition)).toEqual(['a', 'other', 'b', 'v', 'v']);
});

test('of several batches each is appended once where their stream dies between them, though they hold the same', async () => {
  const partition = await partitionOf(0);
  const { topic } = partition.topicPartition;
  const append = (...batches: Parameters<typeof idempotentAppend>[2][]) =>
    Promise.allSettled(batches.map((batch) => idempotentAppend(gateway.telemetry, partition, batch)));
  const refused = { status: 'rejected', reason: { code: 'unavailable' } };
  const acked = (baseOffset: number) => ({ status: 'fulfilled', value: { baseOffset } });
  mq.switches.publishDiesAfter = 0;
  // The first record is appended, then the stream dies without an ack.
  expect(await append([0, 'v'], [1, 'v', 'w'], [3, 'x'])).toMatchObject([refused, refused, refused]);
  expect(mq.records(topic, 0)).toHaveLength(1);
  mq.switches.publishDiesAfter = 2;
  // The first is found, and of the second both records are appended; the third takes its stream along.
  expect(await append([0, 'v'], [1, 'v', 'w'], [3, 'x'], [4, 'y'])).toMatchObject([
    acked(0),
    acked(1),
    refused,
    refused,
  ]);
  mq.switches.publishDiesAfter = undefined;
  expect(await append([0, 'v'], [1, 'v', 'w'], [3, 'x'], [4, 'y'])).toMatchObject([0, 1, 3, 4].map(acked));
  const again = await append([3, 'x'], [4, 'y']);
  expect(again).toMatchObject([3, 4].map((baseOffset) => ({ value: { baseOffset, duplicate: true } })));
  expect(await texts(partition)).toEqual(['v', 'v', 'w', 'x', 'y']);
});

test('a retry of an append whose offset the engine used up and lost is refused for a while, then appended', async () => {
  const clock = { ...systemClock, aheadMs: 0, monotonicMs: () => systemClock.monotonicMs() + clock.aheadMs };
  const late = openMqEngine({ brokers: [mq.address], filer: mq.filer }, {}, clock);
  try {
    const topic = await makeTopic(late.engine, late.telemetry);
    const partition = late.engine.partition(topic, toPartitionId(0));
    const batch = () => idempotentAppend(late.telemetry, partition, [0, 'v']);
    // The record takes an offset, the stream dies, and nothing brings the record: it is in no file, no buffer, no stream.
    mq.switches.publishDiesAfter = 0;
    mq.switches.fetchBlind = true;
    mq.switches.unflushedHole = true;
    mq.switches.receive = 'never';
    expect(await codeOf(batch())).toBe('unavailable');
    mq.switches.publishDiesAfter = undefined;
    expect(await codeOf(batch())).toBe('contradiction');
    expect(mq.records(topic.name, 0)).toHaveLength(1);
    // The stream may be one that the broker forgot: it makes way for another, and the partition is never without one meanwhile.
    const { unloads } = mq.publishers;
    const streams = mq.calls.get('publishMessage') ?? 0;
    expect(await codeOf(batch())).toBe('contradiction');
    expect(mq.calls.get('publishMessage')).toBe(streams + 1);
    clock.aheadMs += 60_000;
    expect(await batch()).toMatchObject({ baseOffset: 1, duplicate: false });
    expect(await batch()).toMatchObject({ baseOffset: 1, duplicate: true });
    expect(mq.publishers).toEqual({ open: 1, unloads });
  } finally {
    await late.close();
    late.telemetry.close();
  }
});

test.each([
  [2, 'topic_not_found'],
  [6, 'not_leader'],
  [42, 'invalid_record'],
  [102, 'unavailable'],
])('a publisher refused with the broker’s code %i fails with %s', async (code, engineCode) => {
  const partition = await partitionOf(0);
  mq.switches.publishRefusal = { code, message: 'refused' };
  expect(await codeOf(append(partition, 'v'))).toBe(engineCode);
});

test('a burst of one key at the tail is read from the log, not at the pace of its gate', async () => {
  mq.switches.sameKeyGating = true;
  const { telemetry } = gateway;
  const partition = await partitionOf(0);
  await read(telemetry, partition, 0);
  const woken = waitFor(telemetry, partition, 0);
  await new Promise((resolve) => setImmediate(resolve));
  const burst = Array.from({ length: 1_000 }, (_, index) => ({
    key: Buffer.from('one'),
    value: Buffer.from(`v${index}`),
  }));
  mq.append(partition.topicPartition.topic, 0, ...burst);
  await woken;
  // At the pace of the gate, 137 ms a record, the test would be over before.
  expect(await texts(partition)).toEqual(expected(1_000));
});

test('many topics are made at once by a cluster that is slow to make one', async () => {
  const lateMs = DEADLINES.callDeadlineMs / 4;
  mq.switches.configureTopic = { lateMs };
  const { engine, telemetry } = gateway;
  const topics = await Promise.all(Array.from({ length: 12 }, () => makeTopic(engine, telemetry)));
  expect(new Set(topics.map(({ id }) => id)).size).toBe(12);
});

test('topics that others made are listed, with the same id by every gateway', async () => {
  mq.createTopic('of.others', 2);
  const other = openMqEngine({ brokers: [mq.address], filer: mq.filer });
  const idIn = async ({ engine, telemetry }: { engine: Engine; telemetry: MqEngine['telemetry'] }) =>
    (await asRequest(telemetry, (context) => engine.topic('of.others', context)))?.id;
  try {
    const id = await idIn(gateway);
    expect(id).toMatch(/^[\w-]{22}$/);
    expect(await idIn(other)).toBe(id);
  } finally {
    await other.close();
    other.telemetry.close();
  }
});

test('a topic that is listed while it is being made has the id that it keeps', async () => {
  const { engine, telemetry } = gateway;
  // Between its configuration and its state, which holds the id.
  mq.switches.range = { lateMs: 300 };
  const request = { name: 'in.the.making', partitionCount: 1, configs: new Map<string, string>() };
  const made = asRequest(telemetry, (context) => engine.createTopic(request, context));
  const other = openMqEngine({ brokers: [mq.address], filer: mq.filer }, { topicsAgeMsMax: 0 });
  try {
    const look = () => asRequest(other.telemetry, (context) => other.engine.topic(request.name, context));
    let seen = await look();
    while (seen === undefined) seen = await look();
    expect(seen.id).toBe((await made).id);
  } finally {
    await made;
    await other.close();
    other.telemetry.close();
  }
});

test('partitions grow only while a topic holds no record', async () => {
  const { engine, telemetry } = gateway;
  const { name } = await makeTopic(engine, telemetry);
  const grow = (count: number) => asRequest(telemetry, (context) => engine.createPartitions(name, count, context));
  expect(await codeOf(grow(1))).toBe('invalid_partitions');
  expect(await grow(2)).toMatchObject({ name, partitionCount: 2 });
  mq.append(name, 1, { value: Buffer.from('v') });
  expect(await codeOf(grow(3))).toBe('invalid_partitions');
});
