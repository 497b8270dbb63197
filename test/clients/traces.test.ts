/**
 * Goal: an application whose client is librdkafka sees in its own trace where its record was stored and to whom it was delivered, on either
 * engine; and its consumer that waits for records leaves one trace of a poll and one of a heartbeat a minute.
 * Method: confluent-kafka against a whole gateway by its defaults, which exports to an OTLP receiver.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { awaitTopic, startWholeGateway, type WholeGateway } from '../e2e/support';
import { startChild } from '../support/child';
import { OtlpReceiver, type ReceivedSpan } from '../support/otlp-receiver';
import { startWeed, type Weed } from '../support/weed';
import { describeWith } from './engines';
import { python, pythonNeed } from './python';

const IDLE_SECONDS = 4;
/** Of a poll each 50 ms and a beat each 100 ms, on a machine that has other things to do. */
const IDLE_REQUESTS_MIN = 5;
const SPAN = { traceId: 'c0ffee'.padEnd(32, '1'), spanId: 'c0ffee'.padEnd(16, '2') };
const TOPIC = 'checkouts';
const needs = [pythonNeed('confluent-kafka', 'confluent_kafka')];

describe.each(['embedded', 'seaweedmq'] as const)('%s', (engine) => {
  describeWith(`traces of confluent-kafka on ${engine}`, needs, () => {
    const data = mkdtempSync(join(tmpdir(), 'seaglass-traces-'));
    let weed: Weed | undefined;
    let receiver: OtlpReceiver;
    let gateway: WholeGateway;
    let seconds = 0;

    beforeAll(async () => {
      receiver = await OtlpReceiver.start();
      if (engine === 'seaweedmq') weed = await startWeed();
      const cluster =
        weed === undefined
          ? { data }
          : { engine, brokers: weed.broker.address, masters: weed.master, filer: weed.filer };
      gateway = await startWholeGateway({ flags: { ...cluster, 'groups.initial-rebalance-delay-ms': '0' }, receiver });
      await awaitTopic(await gateway.client('admin'), TOPIC);
      const begun = performance.now();
      const traceparent = `00-${SPAN.traceId}-${SPAN.spanId}-01`;
      const reader = ['invoice-svc', 'invoice-svc-1', String(IDLE_SECONDS)];
      const program = join(__dirname, 'python', 'traced.py');
      const client = startChild(python, [program, `127.0.0.1:${gateway.port}`, TOPIC, traceparent, ...reader], {
        directory: __dirname,
      });
      await client.printed(/^done$/m, 120_000);
      seconds = (performance.now() - begun) / 1_000;
    }, 240_000);

    afterAll(async () => {
      await gateway.close();
      await weed?.stop();
      await receiver.close();
      rmSync(data, { recursive: true, force: true });
    }, 60_000);

    const named = (name: string): Promise<ReceivedSpan> =>
      receiver.waitForSpan((span) => span.traceId === SPAN.traceId && span.name.startsWith(name));

    test('the storage is a span beneath the application’s, the delivery to the group beneath that', async () => {
      const stored = await named('stored ');
      expect(stored).toMatchObject({ name: `stored ${TOPIC}-0@2`, parentSpanId: SPAN.spanId });
      expect(stored.attributes).toMatchObject({ 'kafka.offset': 2, 'messaging.client.id': 'shop' });
      const delivered = await named('delivered ');
      expect(delivered).toMatchObject({ name: 'delivered to invoice-svc', parentSpanId: stored.spanId });
      expect(delivered.attributes).toMatchObject({
        'kafka.offset': 2,
        'messaging.client.id': 'invoice-svc-1',
        'messaging.consumer.group.name': 'invoice-svc',
      });
      // The gateway's own trace of the very produce is linked, and kept as the application sampled its own.
      const [link] = stored.links;
      const send = await receiver.waitForSpan(
        ({ traceId, spanId }) => traceId === link?.traceId && spanId === link.spanId,
      );
      expect(send).toMatchObject({ name: `send ${TOPIC}`, attributes: { 'messaging.client.id': 'shop' } });
    });

    test('its reader that waits leaves one idle poll and one heartbeat a minute', async () => {
      const metrics = await (await fetch(`${gateway.console}/metrics`)).text();
      const counted = (api: string): number =>
        metrics
          .split('\n')
          .filter(
            (line) => line.startsWith(`seaglass_request_duration_seconds_count{`) && line.includes(`api="${api}"`),
          )
          .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
      const minutes = Math.ceil(seconds / 60) + 1;
      for (const [api, title] of [
        ['Fetch', `Fetch ${TOPIC}`],
        ['Heartbeat', 'Heartbeat'],
      ] as const) {
        expect(counted(api)).toBeGreaterThan(IDLE_REQUESTS_MIN);
        const idle = (await keptOf(title)).filter(({ attributes }) => attributes['seaglass.keep_reason'] === 'idle');
        expect(idle.length).toBeGreaterThan(0);
        expect(idle.length).toBeLessThanOrEqual(minutes);
      }
    });

    async function keptOf(title: string): Promise<readonly ReceivedSpan[]> {
      const ofReader = (span: ReceivedSpan): boolean =>
        span.kind === 2 && span.name === title && span.attributes['messaging.client.id'] === 'invoice-svc-1';
      await receiver.waitForSpan((span) => ofReader(span) && span.attributes['seaglass.keep_reason'] === 'idle');
      return receiver.spans.filter(ofReader);
    }
  });
});
