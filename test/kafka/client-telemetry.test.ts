/**
 * Goal: what clients push of themselves (KIP-714) is asked for, taken and bounded as a Kafka broker does it, whatever they send. Method:
 * requests over a socket, time moved by hand, MetricsData written by protobuf's own writer; hostile bytes from a printed seed.
 */
import fc from 'fast-check';
import { readClientSamples, SAMPLES_MAX } from '../../src/kafka/client-telemetry/otlp-metrics';
import { compress } from '../../src/protocol/compression/compression';
import { ErrorCode } from '../../src/protocol/error-code';
import * as subscriptions from '../../src/protocol/generated/get-telemetry-subscriptions';
import * as pushes from '../../src/protocol/generated/push-telemetry';
import { ProtocolError } from '../../src/protocol/protocol-error';
import { ZERO_TOPIC_ID } from '../../src/types';
import { metricsData, PUSH, SUBSCRIPTIONS } from '../support/client-telemetry';
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

const ask = (clientInstanceId: string = ZERO_TOPIC_ID) =>
  client.call(SUBSCRIPTIONS, subscriptions.createGetTelemetrySubscriptionsRequest({ clientInstanceId }));
const push = async (fields: Partial<pushes.PushTelemetryRequest>): Promise<number> =>
  (await client.call(PUSH, pushes.createPushTelemetryRequest(fields))).errorCode;

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
  const metrics = compress('zstd', data);
  expect(await push({ clientInstanceId, subscriptionId, compressionType: ZSTD, metrics })).toBe(ErrorCode.NONE);
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
  // A bomb: 64 MiB of zeros in a few KiB.
  const bomb = compress('zstd', new Uint8Array(64 * 1024 * 1024));
  expect(await push({ ...mine, compressionType: ZSTD, metrics: bomb })).toBe(ErrorCode.INVALID_RECORD);
  expect(gateway.services.clientTelemetry.instances().flatMap(({ samples }) => samples)).toEqual([]);
});

test('a flood of series and of instances stays bounded', async () => {
  const { clientInstanceId, subscriptionId } = await ask();
  const flood = Array.from({ length: SAMPLES_MAX * 3 }, (_, index) => ({
    name: `metric.${String(index)}`,
    value: index,
  }));
  expect(await push({ clientInstanceId, subscriptionId, metrics: metricsData(flood) })).toBe(ErrorCode.NONE);
  expect(gateway.services.clientTelemetry.instances()[0]?.samples).toHaveLength(SAMPLES_MAX);
  for (let index = 0; index < 6; index++) {
    const other = await ask();
    const told = { clientInstanceId: other.clientInstanceId, subscriptionId: other.subscriptionId };
    expect(await push({ ...told, metrics: metricsData(flood) })).toBe(ErrorCode.NONE);
  }
  // What comes past the cap has one series in common, whatever it is called.
  const shown = gateway.telemetry.instruments.numbers('seaglass_client_metric').snapshot().values;
  expect(shown).toHaveLength(5_001);
  expect(shown.filter(({ labels }) => labels['client_instance_id'] === '_other')).toHaveLength(1);
  for (let index = 0; index < 1_500; index++) await ask();
  expect(gateway.services.clientTelemetry.instances()).toHaveLength(1_000);
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
