/**
 * Goal: a search in a trace store answers "slow fetches of topic X by client Y": every span of a fetch or produce names topics, client,
 * group, software, records and bytes; titles say the topic; times are whole; a trace is no longer than its request.
 * Method: a whole gateway that exports to an OTLP receiver, and requests by raw clients that behave as Java's do.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { ErrorCode } from '../../src/protocol/error-code';
import * as apiVersionsCodec from '../../src/protocol/generated/api-versions';
import { createFetchPartition, createFetchRequest, createFetchTopic } from '../../src/protocol/generated/fetch';
import { toOffset, toPartitionId } from '../../src/types';
import { FETCH, type Codec, type KafkaClient } from '../support/kafka-client';
import { GroupMember } from '../support/group-member';
import { OtlpReceiver, type ReceivedSpan } from '../support/otlp-receiver';
import { awaitTopic, batchOf, startWholeGateway, type WholeGateway } from './support';

const API_VERSIONS: Codec<apiVersionsCodec.ApiVersionsRequest, apiVersionsCodec.ApiVersionsResponse> = {
  facts: apiVersionsCodec.apiVersionsApi,
  write: apiVersionsCodec.writeApiVersionsRequest,
  read: apiVersionsCodec.readApiVersionsResponse,
};

const data = mkdtempSync(join(tmpdir(), 'seaglass-e2e-'));
let receiver: OtlpReceiver;
let gateway: WholeGateway;

beforeAll(async () => {
  receiver = await OtlpReceiver.start();
  const flags = { data, trace: 'all', 'groups.initial-rebalance-delay-ms': '0' };
  gateway = await startWholeGateway({ flags, receiver });
});
afterAll(async () => {
  await gateway.close();
  await receiver.close();
  rmSync(data, { recursive: true, force: true });
});

async function greeted(clientId: string): Promise<KafkaClient> {
  const client = await gateway.client(clientId);
  const software = { clientSoftwareName: 'apache-kafka-java', clientSoftwareVersion: '4.3.1' };
  const greeting = apiVersionsCodec.createApiVersionsRequest({ ...software });
  expect((await client.call(API_VERSIONS, greeting, 4)).errorCode).toBe(ErrorCode.NONE);
  return client;
}

const fetchOf = (topics: readonly string[], maxWaitMs = 0) =>
  createFetchRequest({
    maxWaitMs,
    minBytes: 1,
    maxBytes: 1_000_000,
    topics: topics.map((topic) =>
      createFetchTopic({
        topic,
        partitions: [
          createFetchPartition({
            partition: toPartitionId(0),
            fetchOffset: toOffset(0),
            partitionMaxBytes: 100_000,
          }),
        ],
      }),
    ),
  });

const traceOf = async (fits: (span: ReceivedSpan) => boolean): Promise<readonly ReceivedSpan[]> =>
  receiver.trace((await receiver.waitForSpan(fits)).traceId);

test('a fetch of a consumer whose coordinator connection is another one: all its spans say who, what and how much', async () => {
  const coordinator = await greeted('invoice-svc-1');
  const consumer = await greeted('invoice-svc-1');
  const producer = await greeted('shop');
  await awaitTopic(producer, 'orders');
  const batch = batchOf('a', 'bc', 'def');
  expect((await producer.produce('orders', batch)).errorCode).toBe(ErrorCode.NONE);
  const member = new GroupMember(coordinator, 'invoice-svc');
  await member.enter();
  expect((await consumer.fetch('orders', 0)).records.byteLength).toBe(batch.byteLength);

  const who = {
    'messaging.client.id': 'invoice-svc-1',
    'kafka.client.software.name': 'apache-kafka-java',
    'kafka.client.software.version': '4.3.1',
    'messaging.consumer.group.name': 'invoice-svc',
    'seaglass.group.known_by': 'client',
    'messaging.destination.name': 'orders',
    'messaging.batch.message_count': 3,
    'seaglass.bytes': batch.byteLength,
  };
  const fetched = await traceOf(
    ({ name, attributes }) => name === 'Fetch orders' && attributes['seaglass.bytes'] === batch.byteLength,
  );
  expect(fetched.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['Fetch orders', 'decode', 'poll orders', 'encode', 'response.write']),
  );
  for (const span of fetched) expect(span.attributes).toMatchObject(who);
  const root = fetched.find(({ kind }) => kind === 2);
  expect(root?.attributes).toMatchObject({
    'client.address': '127.0.0.1',
    'client.port': consumer.socket.localPort,
    'server.address': '127.0.0.1',
    'server.port': gateway.port,
  });
  expect(root?.resource).toMatchObject({
    'service.name': 'seaglass',
    'service.instance.id': expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
    'host.name': hostname(),
  });

  const produced = await traceOf(({ name }) => name === 'Produce orders');
  const sizes = { 'messaging.batch.message_count': 3, 'seaglass.bytes': batch.byteLength };
  for (const { attributes } of produced) {
    expect(attributes).toMatchObject({
      ...sizes,
      'messaging.client.id': 'shop',
      'messaging.destination.name': 'orders',
    });
    expect(attributes).not.toHaveProperty('messaging.consumer.group.name');
  }
  const ack = produced.find(({ name }) => name === 'publish.ack');
  expect(ack?.attributes['server.address']).toBe(join(data, 'node.sock'));

  const session = await traceOf(
    ({ name, attributes }) => name === 'JoinGroup' && attributes['messaging.consumer.group.name'] === 'invoice-svc',
  );
  expect(session[0]?.attributes['messaging.client.id']).toBe('invoice-svc-1');
});

test('two groups under one client id and address: a fetch of it is nobody’s', async () => {
  const [first, second, consumer] = [await greeted('rdkafka'), await greeted('rdkafka'), await greeted('rdkafka')];
  await awaitTopic(consumer, 'shared');
  await new GroupMember(first, 'billing').enter();
  await consumer.fetch('shared', 0, { maxWaitMs: 0 });
  await new GroupMember(second, 'shipping').enter();
  await consumer.call(FETCH, fetchOf(['shared', 'shared']), 12);
  await consumer.close();
  const groupsOf = (span: ReceivedSpan) => span.attributes['messaging.consumer.group.name'];
  const fetches = await receiver.waitUntil(() => {
    const found = receiver.spans.filter(({ name }) => name === 'Fetch shared');
    return found.length === 2 ? found : undefined;
  });
  expect(fetches.map(groupsOf)).toEqual(['billing', undefined]);
});

test('a fetch of seven topics names five and their count; each poll names its own', async () => {
  const client = await greeted('wide');
  const topics = Array.from({ length: 7 }, (_, index) => `wide-${index}`);
  for (const topic of topics) await awaitTopic(client, topic);
  await client.call(FETCH, fetchOf(topics), 12);
  const trace = await traceOf(({ name }) => name === 'Fetch 7 topics');
  const named = { 'seaglass.topics': topics.slice(0, 5).join(','), 'seaglass.topics.count': 7 };
  const root = trace.find(({ kind }) => kind === 2);
  expect(root?.attributes).toMatchObject(named);
  expect(root?.attributes).not.toHaveProperty('messaging.destination.name');
  expect(trace.find(({ name }) => name === 'encode')?.attributes).toMatchObject(named);
  const polls = trace.filter(({ name }) => name.startsWith('poll '));
  const tags = polls.map(({ attributes }) => [
    attributes['messaging.destination.name'],
    attributes['messaging.client.id'],
  ]);
  expect(tags.sort()).toEqual(topics.map((topic) => [topic, 'wide']));
});

test('every time among the attributes is a whole number', async () => {
  const client = await greeted('whole');
  await awaitTopic(client, 'whole');
  await client.fetch('whole', 0, { maxWaitMs: 33 });
  await traceOf(({ name }) => name === 'Fetch whole');
  const times = receiver.spans.flatMap(({ attributes }) =>
    Object.entries(attributes).filter(([key]) => /_ms$|_seconds$|duration/.test(key)),
  );
  expect(times.length).toBeGreaterThan(100);
  expect(times.filter(([, value]) => !Number.isInteger(value))).toEqual([]);
});
