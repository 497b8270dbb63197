/**
 * Goal: one request is one trace, named by its API, whose phases are there and ended; produce and fetch point at who made the records.
 * Method: raw requests to a gateway that keeps every trace in memory.
 */
import { encodeBatch } from '../../src/protocol/encode-batch';
import { createFetchPartition, createFetchRequest, createFetchTopic } from '../../src/protocol/generated/fetch';
import { toOffset, toPartitionId } from '../../src/types';
import { startTestGateway, type TestGateway } from '../support/gateway';
import { FETCH, type KafkaClient } from '../support/kafka-client';
import { MemorySink } from '../support/memory-sink';

const sink = new MemorySink();
const PRODUCER = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };
const SECRET = 'canary-5f2c1d';

let gateway: TestGateway;
let client: KafkaClient;

beforeAll(async () => {
  gateway = await startTestGateway({ telemetry: { sink, keep: { mode: 'all' } } });
  client = await gateway.client('span-client');
});
afterAll(() => gateway.close());

const spansOf = (root: string) => {
  const found = sink.spans.filter(({ name, kind }) => kind === 'SERVER' && name.split(' ')[0] === root).at(-1);
  return sink.spans.filter(({ traceId }) => traceId === found?.traceId);
};
/** A trace is exported once the answer has left; the next request's answer shows that it has. */
const settled = async (topic: string): Promise<void> => {
  await client.fetch(topic, 0, { maxWaitMs: 0 });
};

test('produce and fetch are traces with their phases, linked to who made the records', async () => {
  const topic = await gateway.topic();
  const headers = [{ key: 'traceparent', value: Buffer.from(`00-${PRODUCER.traceId}-${PRODUCER.spanId}-01`) }];
  const record = { timestamp: Date.now(), key: Buffer.from(SECRET), value: Buffer.from(SECRET), headers };
  await client.produce(topic, encodeBatch([record]));
  await client.fetch(topic, 0);
  await settled(topic);
  const produced = spansOf('Produce');
  expect(produced.map(({ name }) => name)).toEqual(
    expect.arrayContaining([`Produce ${topic}`, 'decode', `send ${topic}`, 'encode', 'response.write']),
  );
  const root = produced.find(({ name }) => name === `Produce ${topic}`);
  expect(root?.kind).toBe('SERVER');
  expect(root?.attributes).toMatchObject({
    'kafka.api.key': 0,
    'kafka.api.version': 12,
    'messaging.client.id': 'span-client',
  });
  const send = produced.find(({ name }) => name === `send ${topic}`);
  expect(send?.links).toContainEqual(PRODUCER);
  const fetched = spansOf('Fetch');
  const poll = fetched.find(({ name }) => name === `poll ${topic}`);
  expect(poll?.attributes).toMatchObject({ 'seaglass.values.present': 1, 'seaglass.bytes.engine': SECRET.length });
  expect(poll?.links).toContainEqual({ traceId: send?.traceId, spanId: send?.spanId });
  expect(JSON.stringify(sink.spans)).not.toContain(SECRET);
});

test('each poll tells what its own partition was given, whatever the fetch was given in all', async () => {
  const topic = await gateway.topic({ partitions: 3 });
  const records = encodeBatch([1, 2].map((timestamp) => ({ timestamp, key: null, value: Buffer.alloc(500) })));
  for (const partition of [0, 1]) await client.produce(topic, records, { partition });
  const partitions = [0, 1, 2].map((index) =>
    createFetchPartition({ partition: toPartitionId(index), fetchOffset: toOffset(0), partitionMaxBytes: 600 }),
  );
  // The first batch is larger than asked for, and the answer has no room for the second.
  const request = createFetchRequest({ maxBytes: 1_200, topics: [createFetchTopic({ topic, partitions })] });
  await client.call(FETCH, request, 12);
  await settled(topic);
  const fetched = sink.spans.find(({ name, attributes }) => name === `Fetch ${topic}` && attributes['seaglass.bytes']);
  const polls = sink.spans.filter(({ name, traceId }) => name === `poll ${topic}` && traceId === fetched?.traceId);
  const given = polls.map(({ attributes }) => [
    attributes['messaging.destination.partition.id'],
    attributes['messaging.batch.message_count'],
    attributes['seaglass.bytes'],
  ]);
  expect(given.sort()).toEqual([
    ['0', 2, records.byteLength],
    ['1', 0, 0],
    ['2', 0, 0],
  ]);
});

test('calls to the engine carry the names of RPC, and a fetch says whether it found data at once', async () => {
  const topic = await gateway.topic();
  await client.produce(topic, encodeBatch([{ timestamp: 1, key: null, value: Buffer.from('abc') }]));
  const writer = spansOf('Produce').find(({ name }) => name === 'publisher.create');
  const rpc = { 'rpc.system.name': 'grpc', 'server.address': expect.any(String) as string };
  expect(writer?.attributes).toMatchObject({ ...rpc, 'rpc.method': 'seaglass.v1.RecordLog/Publish' });
  await client.fetch(topic, 0);
  await settled(topic);
  const fetched = sink.spans.filter(({ name }) => name === `Fetch ${topic}`).at(-1);
  expect(fetched?.attributes['seaglass.data_available']).toBe(true);
  const call = sink.spans.find(({ attributes }) => attributes['rpc.status_code'] !== undefined);
  expect(call?.attributes).toMatchObject({ ...rpc, 'rpc.status_code': 'OK' });
  const received = sink.spans.filter(({ name }) => name === 'stream.recv');
  for (const { attributes } of received) {
    expect(attributes['seaglass.stream.first_frame_ms']).toBeGreaterThanOrEqual(0);
    expect(attributes['seaglass.stream.max_gap_ms']).toBeGreaterThanOrEqual(0);
  }
});

test('counters of a topic are there at 0 before any of its values is delivered', async () => {
  const topic = await gateway.topic();
  await client.produce(topic, encodeBatch([{ timestamp: 1, key: null, value: Buffer.from('abc') }]));
  const { instruments } = gateway.telemetry;
  for (const kind of ['present', 'empty', 'null', 'control', 'mismatch']) {
    expect(instruments.value('seaglass_record_values_total', { topic, kind, side: 'delivered' })).toBe(0);
  }
  for (const side of ['engine', 'delivered']) {
    expect(instruments.value('seaglass_value_bytes_total', { topic, side })).toBe(0);
  }
  expect(instruments.value('seaglass_offset_gaps_total', { topic })).toBe(0);
});

test('nothing stays in flight, and values are counted on both sides', async () => {
  const topic = await gateway.topic();
  const batch = encodeBatch([
    { timestamp: 1, key: null, value: Buffer.from('abc') },
    { timestamp: 1, key: null, value: Buffer.alloc(0) },
    { timestamp: 1, key: null, value: null },
  ]);
  await client.produce(topic, batch);
  await client.fetch(topic, 0);
  const { instruments } = gateway.telemetry;
  for (const side of ['engine', 'delivered']) {
    for (const kind of ['present', 'empty', 'null']) {
      expect(instruments.value('seaglass_record_values_total', { topic, kind, side })).toBe(1);
    }
    expect(instruments.value('seaglass_value_bytes_total', { topic, side })).toBe(3);
  }
  expect(instruments.value('seaglass_record_values_total', { topic, kind: 'mismatch', side: 'delivered' })).toBe(0);
  await client.close();
  const open = gateway.telemetry.inflight().operations.filter(({ path }) => path.startsWith('request'));
  expect(open).toEqual([]);
});
