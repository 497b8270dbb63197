/**
 * Goal: real clients settle at their quota, told so by the gateway, and nobody takes their waiting for a hang. Method: perf tools of Kafka and
 * librdkafka send and read five times what a second grants, against dist/main.js; only that they are not too fast is bounded closely.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as alterCodec from '../../src/protocol/generated/alter-client-quotas';
import { get, samples } from '../e2e/support';
import { ALTER_CLIENT_QUOTAS } from '../kafka-answers/codecs';
import { type GatewayProcess, startGatewayProcess } from '../support/gateway-process';
import { KafkaClient } from '../support/kafka-client';
import { describeWhere } from '../support/outside-program';
import { javaNeeds, tool } from './java';
import { python, pythonNeed } from './python';

const needs = [pythonNeed('confluent-kafka', 'confluent_kafka'), ...javaNeeds];
const missing = needs.filter(({ found }) => !found).map(({ what }) => what);
const run = promisify(execFile);
const TIMEOUT_MS = 180_000;

const BYTES_PER_SECOND = 250_000;
/** Windows of a second, the current one among them: what two seconds grant comes at once. */
const WINDOWS = 3;
const VALUE_BYTES = 5_000;
const MESSAGES = 250;
/** All of it less the burst, at the rate, is 3 seconds: requests go one by one, and the last is not waited for. */
const SECONDS_MIN = 2;

describeWhere(missing.length === 0, `clients at their quotas need ${missing.join(', ')}`)(
  'clients at their quotas',
  () => {
    let gateway: GatewayProcess;

    beforeAll(async () => {
      gateway = await startGatewayProcess({ flags: ['--quota-window-num', String(WINDOWS)] });
      const client = await KafkaClient.connect(Number(gateway.bootstrap.split(':')[1]), 'admin');
      const ops = ['producer_byte_rate', 'consumer_byte_rate'].map((key) =>
        alterCodec.createOpData({ key, value: BYTES_PER_SECOND }),
      );
      const entity = [alterCodec.createEntityData({ entityType: 'client-id', entityName: null })];
      const request = alterCodec.createAlterClientQuotasRequest({
        entries: [alterCodec.createEntryData({ entity, ops })],
      });
      expect((await client.call(ALTER_CLIENT_QUOTAS, request)).entries[0]?.errorCode).toBe(0);
      await client.close();
    }, TIMEOUT_MS);
    afterAll(() => gateway.stop(), TIMEOUT_MS);

    const metrics = async (): Promise<string> => (await get(`${gateway.console}/metrics`)).text;
    const sum = async (name: string, label: string): Promise<number> =>
      [...samples(await metrics(), name)].reduce(
        (all, [labels, value]) => all + (labels.includes(label) ? value : 0),
        0,
      );
    const throttled = (quota: string): Promise<number> => sum('seaglass_throttled_requests_total', `quota="${quota}"`);

    test(
      'a Java producer and a Java consumer',
      async () => {
        const topic = 'perf';
        const common = ['--bootstrap-server', gateway.bootstrap, '--topic', topic, '--num-records', String(MESSAGES)];
        const sent = await tool('org.apache.kafka.tools.ProducerPerformance', [
          ...common,
          ...['--record-size', String(VALUE_BYTES), '--throughput', '-1'],
          ...['--command-property', 'batch.size=50000', 'max.in.flight.requests.per.connection=1'],
        ]);
        const perSecond = Number(/records sent, ([\d.]+) records\/sec/.exec(sent)?.[1]);
        expect(perSecond).toBeGreaterThan(0);
        expect(perSecond).toBeLessThan(MESSAGES / SECONDS_MIN);
        expect(await throttled('produce')).toBeGreaterThan(0);
        const read = await tool('org.apache.kafka.tools.ConsumerPerformance', [
          ...common,
          ...['--timeout', '120000', '--hide-header'],
        ]);
        // start.time, end.time, MB, MB/s, messages, messages/s, rebalance ms, fetch ms, …
        const row =
          read
            .split('\n')
            .map((line) => line.split(','))
            .find((cells) => cells.length >= 10) ?? [];
        expect(Number(row[4])).toBe(MESSAGES);
        expect(Number(row[7])).toBeGreaterThan(SECONDS_MIN * 1_000);
        expect(await throttled('fetch')).toBeGreaterThan(0);
      },
      TIMEOUT_MS,
    );

    test(
      'a librdkafka producer, which hears of it',
      async () => {
        const before = await throttled('produce');
        const script = join(__dirname, 'python', 'throttled.py');
        const { stdout } = await run(python, [script, gateway.bootstrap, 'rd', String(MESSAGES), String(VALUE_BYTES)]);
        const [seconds = 0, throttles = 0] = stdout.trim().split(' ').map(Number);
        expect(seconds).toBeGreaterThan(SECONDS_MIN);
        expect(throttles).toBeGreaterThan(0);
        expect(await throttled('produce')).toBeGreaterThan(before);
      },
      TIMEOUT_MS,
    );

    test('no throttle was taken for a hang', async () => {
      expect(await sum('seaglass_stalls_total', 'phase="throttle"')).toBe(0);
    });
  },
);
