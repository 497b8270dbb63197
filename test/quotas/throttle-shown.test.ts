/**
 * Goal: a throttle is seen wherever people look: as a span with a link to its request, among what waits, by principal within a cap, and never
 * as a stall. Method: a producer far over its quota on a gateway that keeps every span, whose clock the test moves past any threshold.
 */
import { waiting } from '../../src/console/api/inflight';
import { encodeBatch } from '../../src/protocol/encode-batch';
import { Metrics } from '../../src/telemetry/metrics/metrics';
import { startTestGateway, type TestGateway } from '../support/gateway';
import { type KafkaClient, PRODUCE, produceRequest } from '../support/kafka-client';
import { ManualClock } from '../support/manual-clock';
import { MemorySink } from '../support/memory-sink';

/** Past any threshold of a stall. */
const LATER_MS = 5_000;
const clock = new ManualClock();
const sink = new MemorySink();
let gateway: TestGateway;
let client: KafkaClient;
let throttleMs = 0;

beforeAll(async () => {
  gateway = await startTestGateway({ clock, telemetry: { clock, sink, keep: { mode: 'all' } } });
  const topic = await gateway.topic();
  gateway.services.quotas.become([
    { entity: new Map([['client-id', 'greedy']]), values: new Map([['producer_byte_rate', 10]]) },
  ]);
  client = await gateway.client('greedy');
  const records = encodeBatch([{ timestamp: 1, key: null, value: Buffer.alloc(500_000) }]);
  throttleMs = (await client.call(PRODUCE, produceRequest(topic, records), 12)).throttleTimeMs;
  // What the gateway does by itself at its start is over.
  const others = () => gateway.telemetry.inflight().operations.filter(({ phase }) => phase !== 'throttle');
  while (others().length > 0) await new Promise(setImmediate);
});
afterAll(() => gateway.close());

test('what waits says that the client is over its quota, for how long, and since when', () => {
  expect(throttleMs).toBeGreaterThan(10 * LATER_MS);
  clock.advance(LATER_MS);
  const { groups, overdue } = waiting(gateway);
  expect(overdue).toBe(0);
  const [group] = groups.filter(({ what }) => what.includes('quota'));
  expect(group).toMatchObject({
    ...{ blame: 'client', what: 'the client is over its quota of produce', waiting: 1, overdue: 0 },
    incident: undefined,
    // Overdue is what is past the budget.
    rows: [
      {
        overdueMs: LATER_MS - throttleMs,
        phase: 'throttle',
        client: 'greedy',
        ageMs: LATER_MS,
        budgetMs: throttleMs,
        stalls: 0,
      },
    ],
  });
});

test('no stall, no incident and no failed request is made of it', async () => {
  const { instruments, incidents } = gateway.telemetry;
  expect(instruments.value('seaglass_inflight', { phase: 'throttle' })).toBe(1);
  const stalls = (await instruments.snapshots()).find(({ name }) => name === 'seaglass_stalls_total');
  expect(stalls?.values.filter(({ value }) => value > 0)).toEqual([]);
  expect(incidents.current()).toEqual([]);
});

test('its span has the quota, the time and the client, and is linked to the request that it follows', async () => {
  await client.close();
  const spans = () => sink.spans.filter(({ name }) => name === 'throttle');
  while (spans().length === 0) await new Promise(setImmediate);
  const request = sink.spans.find(({ name }) => name.startsWith('Produce'));
  expect(request?.attributes).toMatchObject({
    'seaglass.throttle.ms': throttleMs,
    'seaglass.throttle.quota': 'produce',
  });
  const [span] = spans();
  expect(span?.attributes).toMatchObject({
    'seaglass.throttle.ms': throttleMs,
    'seaglass.throttle.quota': 'produce',
    'messaging.client.id': 'greedy',
  });
  expect(span?.links).toEqual([{ traceId: request?.traceId, spanId: request?.spanId }]);
});

test('principals past the cap are counted together', async () => {
  const instruments = new Metrics({ clock, runtimeMetrics: false });
  for (let user = 0; user < 1_000; user++) {
    const labels = { quota: 'produce', principal: `user-${user}` };
    instruments.add('seaglass_throttled_requests_total', labels);
    instruments.add('seaglass_throttle_seconds_total', labels, 2);
  }
  for (const [name, each] of [
    ['seaglass_throttled_requests_total', 1],
    ['seaglass_throttle_seconds_total', 2],
  ] as const) {
    const family = (await instruments.snapshots()).find((snapshot) => snapshot.name === name);
    const named = new Map(family?.values.map(({ labels, value }) => [String(labels['principal']), value]));
    expect(named.size).toBe(65);
    expect(named.get('_other')).toBe((1_000 - 64) * each);
  }
});
