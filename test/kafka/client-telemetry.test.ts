/**
 * Goal: what clients push of themselves (KIP-714) is asked for, taken and bounded as a Kafka broker does it, whatever they send. Method:
 * requests over a socket, time moved by hand, MetricsData written by protobuf's own writer; hostile bytes from a printed seed.
 */
import fc from 'fast-check';
import { readClientSamples, SAMPLES_MAX } from '../../src/kafka/client-telemetry/otlp-metrics';
import { codecId, CODECS, compress } from '../../src/protocol/compression/compression';
import { ErrorCode } from '../../src/protocol/error-code';
import * as subscriptions from '../../src/protocol/generated/get-telemetry-subscriptions';
import * as pushes from '../../src/protocol/generated/push-telemetry';
import { ProtocolError } from '../../src/protocol/protocol-error';
import { ZERO_TOPIC_ID } from '../../src/types';
import { dataOf, gaugeOf, metricsData, PUSH, SUBSCRIPTIONS } from '../support/client-telemetry';
import { startTestGateway, type TestGateway } from '../support/gateway';
import type { KafkaClient } from '../support/kafka-client';
import { ManualClock } from '../support/manual-clock';

const INTERVAL_MS = 60_000;
const ZSTD = 4;

let gateway: TestGateway;
let clock: ManualClock;
let client: KafkaClient;

beforeEach(async () => {
  clock = new ManualClock();
  gateway = await startTestGateway({ clock, clientTelemetry: { intervalMs: INTERVAL_MS, metrics: ['*'] } });
  client = await gateway.client('audit-svc');
});
afterEach(() => gateway.close());

const ask = (clientInstanceId: string = ZERO_TOPIC_ID, by = client) =>
  by.call(SUBSCRIPTIONS, subscriptions.createGetTelemetrySubscriptionsRequest({ clientInstanceId }));
const push = async (fields: Partial<pushes.PushTelemetryRequest>, by = client): Promise<number> =>
  (await by.call(PUSH, pushes.createPushTelemetryRequest(fields))).errorCode;
const pushZstd = (data: Uint8Array, fields: Partial<pushes.PushTelemetryRequest>, by = client): Promise<number> =>
  push({ ...fields, compressionType: ZSTD, metrics: compress('zstd', data) }, by);
const instances = () => gateway.services.clientTelemetry.instances();

const series = (name: string): number | undefined =>
  gateway.telemetry.instruments.value('seaglass_client_metric', { metric: name, client_id: 'audit-svc' });

test('a client without an id is given one, and told what to push, how often and how', async () => {
  const answer = await ask();
  expect(answer).toMatchObject({
    errorCode: ErrorCode.NONE,
    acceptedCompressionTypes: [4, 3, 1, 2],
    pushIntervalMs: INTERVAL_MS,
    telemetryMaxBytes: 1_048_576,
    deltaTemporality: false,
    requestedMetrics: ['*'],
  });
  expect(answer.clientInstanceId).not.toBe(ZERO_TOPIC_ID);
});

test('what it pushes is a metric under its instance id, until it is silent for three intervals', async () => {
  const { clientInstanceId, subscriptionId } = await ask();
  const data = metricsData([
    { name: 'org.apache.kafka.consumer.fetch.manager.fetch.latency.avg', value: 4_000 },
    { name: 'org.apache.kafka.consumer.lag', value: 7, attributes: { topic: 'orders', partition: '1' } },
  ]);
  expect(await pushZstd(data, { clientInstanceId, subscriptionId })).toBe(ErrorCode.NONE);
  expect(series('org.apache.kafka.consumer.fetch.manager.fetch.latency.avg')).toBe(4_000);
  const lag = { client_instance_id: clientInstanceId, topic: 'orders', partition: '1' };
  expect(gateway.telemetry.instruments.value('seaglass_client_metric', lag)).toBe(7);
  clock.advance(3 * INTERVAL_MS + 1);
  expect(series('org.apache.kafka.consumer.lag')).toBeUndefined();
});

test('who asks or pushes too often is throttled, and who terminated pushes no more', async () => {
  const { clientInstanceId, subscriptionId } = await ask();
  expect((await ask(clientInstanceId)).errorCode).toBe(ErrorCode.THROTTLING_QUOTA_EXCEEDED);
  const metrics = metricsData([{ name: 'a.b', value: 1 }]);
  const mine = { clientInstanceId, subscriptionId, metrics };
  expect(await push(mine)).toBe(ErrorCode.NONE);
  expect(await push(mine)).toBe(ErrorCode.THROTTLING_QUOTA_EXCEEDED);
  clock.advance(INTERVAL_MS);
  expect(await push(mine)).toBe(ErrorCode.NONE);
  expect(await push({ ...mine, terminating: true })).toBe(ErrorCode.NONE);
  expect(await push({ ...mine, terminating: true })).toBe(ErrorCode.INVALID_REQUEST);
});

test('an old subscription and an unknown compression are said, and the client may ask again at once', async () => {
  const { clientInstanceId, subscriptionId } = await ask();
  expect(await push({ clientInstanceId, subscriptionId: subscriptionId + 1 })).toBe(ErrorCode.UNKNOWN_SUBSCRIPTION_ID);
  clock.advance(1);
  expect((await ask(clientInstanceId)).errorCode).toBe(ErrorCode.NONE);
  const unknown = { clientInstanceId, subscriptionId, compressionType: 9 };
  expect(await push(unknown)).toBe(ErrorCode.UNSUPPORTED_COMPRESSION_TYPE);
  expect((await ask(clientInstanceId)).errorCode).toBe(ErrorCode.NONE);
});

test('too much, and what is no OpenTelemetry, is refused and leaves nothing behind', async () => {
  const { clientInstanceId, subscriptionId } = await ask();
  const mine = { clientInstanceId, subscriptionId };
  expect(await push({ ...mine, metrics: new Uint8Array(1_048_577) })).toBe(ErrorCode.TELEMETRY_TOO_LARGE);
  clock.advance(INTERVAL_MS);
  expect(await push({ ...mine, metrics: Buffer.from('no protobuf') })).toBe(ErrorCode.INVALID_RECORD);
  clock.advance(INTERVAL_MS);
  // A group, which nobody sends: 1 MiB of fields within it.
  const group = Buffer.concat([
    Buffer.from([0x1b]),
    Buffer.alloc(1_000_000, Buffer.from([0x20, 0])),
    Buffer.from([0x1c]),
  ]);
  expect(await pushZstd(group, mine)).toBe(ErrorCode.INVALID_RECORD);
  expect(instances().flatMap(({ samples }) => samples)).toEqual([]);
});

test.each(CODECS)('what is packed by %s is read, and a bomb of it is too large', async (codec) => {
  const { clientInstanceId, subscriptionId } = await ask();
  const mine = { clientInstanceId, subscriptionId, compressionType: codecId(codec) };
  expect(await push({ ...mine, metrics: compress(codec, metricsData([{ name: 'a.b', value: 7 }])) })).toBe(0);
  expect(series('a.b')).toBe(7);
  clock.advance(INTERVAL_MS);
  // 16 MiB of zeros, in at most 1 MiB where it is packed.
  const bomb = { ...mine, metrics: compress(codec, new Uint8Array(16 * 1024 * 1024)) };
  expect(await push(bomb)).toBe(ErrorCode.TELEMETRY_TOO_LARGE);
  expect(series('a.b')).toBe(7);
});

test('an instance has one subscription as long as the settings stay, and another one where they are others', async () => {
  const idsBy = async (metrics: readonly string[], intervalMs: number): Promise<readonly number[]> => {
    const other = await startTestGateway({ clock, clientTelemetry: { intervalMs, metrics } });
    const by = await other.client('audit-svc');
    const ids = ['AAECAwQFBgcICQoLDA0ODw', 'AAECAwQFBgcICQoLDA0OEA'].map(
      async (id) => (await ask(id, by)).subscriptionId,
    );
    const given = await Promise.all(ids);
    await other.close();
    return given;
  };
  const consumer = 'org.apache.kafka.consumer.';
  const first = await idsBy([consumer], INTERVAL_MS);
  expect(await idsBy([consumer], INTERVAL_MS)).toEqual(first);
  const others = [
    await idsBy(['org.apache.kafka.producer.'], INTERVAL_MS),
    await idsBy([consumer], INTERVAL_MS + 1),
    await idsBy([consumer.slice(0, -1)], INTERVAL_MS + 1),
    await idsBy([consumer, '*'], INTERVAL_MS),
  ];
  const all = [first, ...others].flat();
  expect(new Set(all).size).toBe(all.length);
  // A client that outlived the start of a gateway with other settings.
  const told = { clientInstanceId: 'AAECAwQFBgcICQoLDA0ODw', subscriptionId: first[0] ?? 0 };
  expect(await push({ ...told, metrics: metricsData([]) })).toBe(ErrorCode.UNKNOWN_SUBSCRIPTION_ID);
});

test.each([ZERO_TOPIC_ID, 'AAAAAAAAAAAAAAAAAAAAAQ'])(
  'nobody pushes as %s, which Kafka has reserved',
  async (reserved) => {
    const { subscriptionId } = await ask('AAAAAAAAAAAAAAAAAAAAAg');
    const metrics = metricsData([{ name: 'a.b', value: 1 }]);
    expect(await push({ clientInstanceId: reserved, subscriptionId, metrics })).toBe(ErrorCode.INVALID_REQUEST);
    expect(instances().map(({ id }) => id)).toEqual(['AAAAAAAAAAAAAAAAAAAAAg']);
  },
);

test('a connection brings few instances in an interval, and pushes nothing out with more', async () => {
  const known = await ask();
  for (let index = 0; index < 3; index++) expect((await ask()).errorCode).toBe(ErrorCode.NONE);
  for (let index = 0; index < 1_200; index++) expect((await ask()).errorCode).toBe(ErrorCode.THROTTLING_QUOTA_EXCEEDED);
  const fresh = { clientInstanceId: 'AAECAwQFBgcICQoLDA0ODw', metrics: metricsData([{ name: 'a.b', value: 1 }]) };
  expect(await push(fresh)).toBe(ErrorCode.THROTTLING_QUOTA_EXCEEDED);
  const { clientInstanceId, subscriptionId } = known;
  expect(await push({ ...fresh, clientInstanceId, subscriptionId })).toBe(ErrorCode.NONE);
  expect(instances()).toHaveLength(4);
  expect((await ask(ZERO_TOPIC_ID, await gateway.client('other'))).errorCode).toBe(ErrorCode.NONE);
  clock.advance(INTERVAL_MS);
  expect((await ask()).errorCode).toBe(ErrorCode.NONE);
}, 60_000);

const EMPTY_POINT = Buffer.from([0x0a, 0]);
const UNKNOWN_FIELD = Buffer.from([0x20, 0]);
test.each([
  ['points without a number', gaugeOf('many', Buffer.alloc(3_000_000, EMPTY_POINT))],
  ['fields that nobody knows', gaugeOf('many', Buffer.alloc(3_000_000, UNKNOWN_FIELD))],
  ['messages that hold nothing', Buffer.alloc(3_000_000, Buffer.from([0x2a, 0]))],
])('past a bound of %s nothing more of a push is looked at', async (_, many) => {
  const { clientInstanceId, subscriptionId } = await ask();
  const point = gaugeAt(4.5);
  const data = dataOf([gaugeOf('first', point), many, gaugeOf('last', point)]);
  expect(compress('zstd', data).byteLength).toBeLessThan(10_000);
  expect(await pushZstd(data, { clientInstanceId, subscriptionId })).toBe(ErrorCode.NONE);
  expect(instances()[0]?.samples.map(({ metric }) => metric)).toEqual(['first']);
});

/** A gauge of one point. */
function gaugeAt(value: number): Uint8Array {
  const gauge = Buffer.from([0x0a, 9, 0x21, ...new Uint8Array(8)]);
  gauge.writeDoubleLE(value, 3);
  return gauge;
}

test('texts are cut as they are read, and what all clients said together stays bounded', async () => {
  const long = 'x'.repeat(1_000_000);
  const { clientInstanceId, subscriptionId } = await ask();
  const attributes = { topic: long, partition: long, node_id: long };
  const longest = metricsData([{ name: 'a.b', value: 1, attributes }]);
  expect(await pushZstd(longest, { clientInstanceId, subscriptionId })).toBe(ErrorCode.NONE);
  const [sample] = instances()[0]?.samples ?? [];
  expect([sample?.topic, sample?.partition, sample?.node].map((text) => text?.length)).toEqual([249, 10, 64]);

  const points = Array.from({ length: SAMPLES_MAX }, (_, index) => ({
    ...{ name: `metric.${String(index)}`, value: index },
    attributes: { topic: `${String(index)}-${'t'.repeat(240)}`, node_id: `${String(index)}-${'n'.repeat(60)}` },
  }));
  const many = metricsData(points);
  for (let index = 0; index < 80; index++) {
    const by = await gateway.client('audit-svc');
    const other = await ask(ZERO_TOPIC_ID, by);
    expect(await pushZstd(many, other, by)).toBe(ErrorCode.NONE);
    await by.close();
  }
  const held = instances();
  const texts = held.flatMap(({ samples }) => samples.map(({ topic, node }) => topic.length + node.length));
  expect(texts.reduce((sum, length) => sum + length, 0) * 2).toBeLessThan(32 * 1024 * 1024);
  expect(held).toHaveLength(81);
  expect([held[0]?.samples.length, held.at(-1)?.samples.length]).toEqual([0, SAMPLES_MAX]);
}, 180_000);

test('a flood of series and of instances stays bounded', async () => {
  const flood = Array.from({ length: SAMPLES_MAX * 3 }, (_, index) => ({
    name: `metric.${String(index)}`,
    value: index,
  }));
  for (let index = 0; index < 12; index++) {
    const by = await gateway.client('audit-svc');
    const other = await ask(ZERO_TOPIC_ID, by);
    expect(await pushZstd(metricsData(flood), other, by)).toBe(ErrorCode.NONE);
  }
  expect(instances()[0]?.samples).toHaveLength(SAMPLES_MAX);
  // What comes past the cap has one series in common, whatever it is called.
  const shown = gateway.telemetry.instruments.numbers('seaglass_client_metric').snapshot().values;
  expect(shown).toHaveLength(5_001);
  expect(shown.filter(({ labels }) => labels['client_instance_id'] === '_other')).toHaveLength(1);
  for (let index = 0; index < 300; index++) {
    const by = await gateway.client('audit-svc');
    for (let each = 0; each < 4; each++) await ask(ZERO_TOPIC_ID, by);
    await by.close();
  }
  expect(instances()).toHaveLength(1_000);
}, 180_000);

test('names that a client makes up are cut and escaped, and what cannot be a name has no series', async () => {
  const { clientInstanceId, subscriptionId } = await ask();
  const points = [
    { name: 'a.b', value: 1, attributes: { topic: `"}\n${'x'.repeat(1_000)}` } },
    { name: 'no "name"\n', value: 2 },
    { name: 'a'.repeat(1_000), value: 3 },
    { name: 'not.finite', value: Number.POSITIVE_INFINITY },
  ];
  expect(await push({ clientInstanceId, subscriptionId, metrics: metricsData(points) })).toBe(ErrorCode.NONE);
  const shown = gateway.telemetry.instruments.numbers('seaglass_client_metric').snapshot().values;
  expect(shown.map(({ labels, value }) => [labels['metric'], value])).toEqual([['a.b', 1]]);
  const topic = String(shown[0]?.labels['topic']);
  expect(topic.length).toBeLessThan(300);
  expect(topic).not.toMatch(/[\n\r]/);
});

test('no bytes do more than be refused', () => {
  const seed = Number(process.env['SEAGLASS_TEST_SEED'] ?? Date.now());
  process.stderr.write(`client telemetry: seed ${String(seed)}\n`);
  const valid = metricsData([{ name: 'a.b', value: 1, attributes: { topic: 'orders' } }]);
  const damaged = fc
    .tuple(fc.nat(valid.length - 1), fc.nat(255))
    .map(([at, byte]) => valid.map((old, index) => (index === at ? byte : old)));
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), damaged), (bytes) => {
      try {
        expect(readClientSamples(bytes).length).toBeLessThanOrEqual(SAMPLES_MAX);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
      }
    }),
    { seed, numRuns: 5_000 },
  );
});
