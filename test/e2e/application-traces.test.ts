/**
 * Goal: an application that sends a sampled `traceparent` with a record sees in its own trace where the record was stored and to whom it was
 * delivered, within bounds; one that does not sample sees nothing.
 * Method: a whole gateway that exports to an OTLP receiver; raw producers and consumers.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CODECS, initCompression } from '../../src/protocol/compression/compression';
import { encodeBatch } from '../../src/protocol/encode-batch';
import { ErrorCode } from '../../src/protocol/error-code';
import { GroupMember } from '../support/group-member';
import { OtlpReceiver, type ReceivedSpan } from '../support/otlp-receiver';
import { awaitTopic, createTopic, startWholeGateway, type WholeGateway } from './support';

const PER_TRACE = 6;
const data = mkdtempSync(join(tmpdir(), 'seaglass-e2e-'));
let receiver: OtlpReceiver;
let gateway: WholeGateway;
let traces = 0;

beforeAll(async () => {
  await initCompression();
  receiver = await OtlpReceiver.start();
  gateway = await start();
});
afterAll(async () => {
  await gateway.close();
  await receiver.close();
  rmSync(data, { recursive: true, force: true });
});

const start = (more: Readonly<Record<string, string>> = {}): Promise<WholeGateway> => {
  const flags = {
    data,
    'traces.application-spans-per-trace': String(PER_TRACE),
    'groups.initial-rebalance-delay-ms': '0',
    ...more,
  };
  return startWholeGateway({ flags, receiver });
};

/** A span of an application, and a record's header that names it. */
function applicationSpan(flags: '00' | '01' = '01') {
  const traceId = (++traces).toString(16).padStart(32, 'c');
  const spanId = traces.toString(16).padStart(16, 'd');
  return { traceId, spanId, headers: [{ key: 'traceparent', value: Buffer.from(`00-${traceId}-${spanId}-${flags}`) }] };
}

const record = (headers: { key: string; value: Buffer }[] = []) => ({
  timestamp: Date.now(),
  key: null,
  value: Buffer.from('v'),
  headers,
});

const named = (traceId: string, name: string): Promise<ReceivedSpan> =>
  receiver.waitForSpan((span) => span.traceId === traceId && span.name.startsWith(name));

test('stored and delivered are spans of the producer’s trace, the delivery beneath the storage, each linked to the gateway’s own', async () => {
  const producer = await gateway.client('shop');
  expect(await createTopic(producer, 'orders', {}, 2)).toBe(ErrorCode.NONE);
  await awaitTopic(producer, 'orders');
  const consumer = await gateway.client('invoice-svc-1');
  await new GroupMember(await gateway.client('invoice-svc-1'), 'invoice-svc').enter();
  const fetching = consumer.fetch('orders', 0, { partition: 1, maxWaitMs: 5_000 });
  const span = applicationSpan();
  const batch = encodeBatch([record(), record(), record(span.headers)]);
  expect(await producer.produce('orders', batch, { partition: 1 })).toMatchObject({ baseOffset: 0 });
  await fetching;

  const stored = await named(span.traceId, 'stored ');
  expect(stored).toMatchObject({ name: 'stored orders-1@2', parentSpanId: span.spanId, kind: 5 });
  expect(stored.attributes).toMatchObject({
    'messaging.destination.name': 'orders',
    'messaging.destination.partition.id': '1',
    'kafka.offset': 2,
    'messaging.client.id': 'shop',
  });
  const delivered = await named(span.traceId, 'delivered ');
  expect(delivered).toMatchObject({ name: 'delivered to invoice-svc', parentSpanId: stored.spanId, kind: 4 });
  expect(delivered.attributes).toMatchObject({
    'kafka.offset': 2,
    'messaging.client.id': 'invoice-svc-1',
    'messaging.consumer.group.name': 'invoice-svc',
    'seaglass.group.known_by': 'client',
  });
  // The wait of the long poll is none of the record's.
  expect(delivered.startMs).toBeGreaterThanOrEqual(stored.startMs);
  const send = await receiver.waitForSpan(({ name }) => name === 'send orders');
  expect(stored.links).toEqual([{ traceId: send.traceId, spanId: send.spanId }]);
});

test.each(CODECS)(
  'records of one context are one span, and the offsets count whatever stands between: %s',
  async (codec) => {
    const producer = await gateway.client('shop');
    const topic = `coded-${codec}`;
    await awaitTopic(producer, topic);
    const [first, second] = [applicationSpan(), applicationSpan()];
    const headers = [first.headers, first.headers, [], second.headers];
    await producer.produce(topic, encodeBatch([record()]));
    await producer.produce(topic, encodeBatch(headers.map(record), { codec }));
    expect((await named(first.traceId, 'stored ')).name).toBe(`stored ${topic}-0@1-2`);
    expect((await named(second.traceId, 'stored ')).name).toBe(`stored ${topic}-0@4`);
  },
);

test('what is not sampled is told nowhere; a trace gets no more spans than the setting says', async () => {
  const client = await gateway.client('many');
  await awaitTopic(client, 'bounded');
  const [unsampled, sampled, last] = [applicationSpan('00'), applicationSpan(), applicationSpan()];
  await client.produce('bounded', encodeBatch([unsampled, sampled].map(({ headers }) => record(headers))));
  for (let index = 0; index < 2 * PER_TRACE; index++) await client.fetch('bounded', 0);
  await client.produce('bounded', encodeBatch([record(last.headers)]));
  await named(last.traceId, 'stored ');
  expect(receiver.trace(unsampled.traceId)).toEqual([]);
  const told = receiver.trace(sampled.traceId).map(({ name }) => name);
  expect(told).toHaveLength(PER_TRACE);
  expect(told[0]).toBe('stored bounded-0@1');
  expect(new Set(told.slice(1))).toEqual(new Set(['delivered to many']));
});

test('a gateway that did not write the records tells by their own headers who was given them, where it may look', async () => {
  const topics = CODECS.map((codec) => `kept-${codec}`);
  const [before, given, unsampled] = [applicationSpan(), applicationSpan(), applicationSpan('00')];
  const client = await gateway.client('writer');
  for (const [index, codec] of CODECS.entries()) {
    const topic = topics[index] ?? '';
    await awaitTopic(client, topic);
    const headers = [before.headers, [], given.headers, given.headers, unsampled.headers];
    await client.produce(topic, encodeBatch(headers.map(record), { codec }));
  }
  await gateway.close();
  const read = async (clientId: string): Promise<void> => {
    const reader = await gateway.client(clientId);
    for (const topic of topics) expect((await reader.fetch(topic, 1)).partition.errorCode).toBe(ErrorCode.NONE);
  };
  const delivered = (traceId: string) => receiver.trace(traceId).filter(({ name }) => name.startsWith('delivered '));

  gateway = await start({ 'traces.application-spans-looks-per-second': '0' });
  await read('blind');
  await gateway.close();
  expect(delivered(given.traceId)).toEqual([]);

  gateway = await start();
  // In one answer with those of others, and told as they are.
  const own = applicationSpan();
  const [topic = ''] = topics;
  await (await gateway.client('writer')).produce(topic, encodeBatch([record(own.headers)]));
  await read('auditor');
  // What waits to be exported leaves before the gateway does.
  await gateway.close();
  gateway = await start();
  // Of the first five codecs one span each, up to the bound of a trace.
  const told = delivered(given.traceId);
  expect(new Set(told.map(({ attributes }) => attributes['messaging.destination.name']))).toEqual(new Set(topics));
  for (const span of told) {
    expect(span).toMatchObject({ name: 'delivered to auditor', parentSpanId: given.spanId });
    expect(span.attributes).toMatchObject({ 'kafka.offset': 2, 'messaging.batch.message_count': 2 });
  }
  expect(delivered(own.traceId)).toMatchObject([{ name: 'delivered to auditor', attributes: { 'kafka.offset': 5 } }]);
  // It lies before the offset that was asked for.
  expect([delivered(before.traceId), receiver.trace(unsampled.traceId)]).toEqual([[], []]);
}, 60_000);
