/**
 * Goal: the last notable traces stay in the process, whether they are exported or not, within their bounds, and are found by what they
 * are about; traces in which nothing is notable leave no trace there.
 * Method: a tracer on a clock moved by hand, without an exporter.
 */
import { createTelemetry, type TelemetryOptions } from '../../src/telemetry/create-telemetry';
import type { Operation } from '../../src/telemetry/trace/operation';
import { MemorySink } from '../support/memory-sink';
import { ManualClock } from '../support/manual-clock';

function setUp(options: TelemetryOptions = {}) {
  const clock = new ManualClock();
  const telemetry = createTelemetry({ clock, ...options });
  const { recentTraces: recent, operations, hangWatch } = telemetry;
  const fetch = (attributes: Record<string, string | number> = {}) =>
    operations.root('request', { spanName: 'Fetch', attributes });
  const fail = (operation: Operation): void =>
    operation.end('engine_error', { type: 'unavailable', message: 'the broker is gone' });
  return { clock, recent, fetch, fail, hangWatch };
}

test.each<[string, TelemetryOptions]>([
  ['without an exporter', {}],
  ['where the trace mode keeps nothing', { sink: new MemorySink(), keep: { mode: 'off' } }],
  ['beside an exporter', { sink: new MemorySink(), keep: { baseRate: 1 } }],
])('what failed, was late or flagged is kept %s, and nothing else', (_name, options) => {
  const { clock, recent, fetch, fail } = setUp(options);
  fetch().end();
  expect(recent.held).toEqual({ traces: 0, bytes: 0 });
  const failed = fetch();
  const poll = failed.child('poll');
  fail(poll);
  failed.end();
  const late = fetch().setBudget(100);
  clock.advance(700);
  late.end('data');
  const flagged = fetch().flag('mismatch');
  flagged.end('data');
  expect(recent.get(failed.traceId)?.spans.map(({ name }) => name)).toEqual(['Fetch', 'poll']);
  expect(recent.get(failed.traceId)).toMatchObject({ reason: 'error', api: 'fetch', open: false });
  expect(
    recent
      .find({})
      .map(({ reason }) => reason)
      .sort(),
  ).toEqual(['error', 'mismatch', 'overrun']);
});

test('a trace that hangs is there while it hangs, and whole once it has ended', () => {
  const { clock, recent, fetch, hangWatch } = setUp();
  const root = fetch({ 'messaging.client.id': 'audit-svc' });
  const wait = root.child('range.info');
  clock.advance(2_000);
  hangWatch.sweep();
  expect(recent.get(root.traceId)).toMatchObject({ reason: 'stalled', api: 'fetch', open: true });
  expect(recent.find({ clientId: 'audit-svc' })).toHaveLength(1);
  wait.end();
  root.end();
  const whole = recent.get(root.traceId);
  expect(whole?.open).toBe(false);
  expect(whole?.spans.map(({ name }) => name)).toEqual(['Fetch', 'range.info', 'stall range.info']);
});

test('they are found by API, client, group, time, and by topic, partition and offset on one span', () => {
  const { clock, recent, fetch, fail } = setUp();
  const root = fetch({ 'messaging.client.id': 'audit-svc', 'messaging.consumer.group.name': 'audit' });
  const poll = (topic: string, partition: string, offset: number, records: number): void => {
    const attributes = { 'messaging.destination.name': topic, 'messaging.destination.partition.id': partition };
    root
      .child('poll', { attributes: { ...attributes, 'kafka.offset': offset } })
      .set('messaging.batch.message_count', records)
      .end('data');
  };
  poll('orders', '1', 100, 10);
  poll('invoices', '2', 500, 0);
  fail(root);
  const found = (query: Parameters<typeof recent.find>[0]): number => recent.find(query).length;
  expect(found({ api: 'Fetch', clientId: 'audit-svc', group: 'audit' })).toBe(1);
  expect(found({ topic: 'orders', partition: 1, offset: 109 })).toBe(1);
  expect(found({ topic: 'invoices', partition: 2, offset: 500 })).toBe(1);
  expect(found({ topic: 'orders', partition: 1, offset: 110 })).toBe(0);
  expect(found({ topic: 'orders', partition: 2 })).toBe(0);
  expect(found({ clientId: 'invoice-svc' })).toBe(0);
  expect(found({ sinceMs: clock.nowMs() })).toBe(1);
  expect(found({ sinceMs: clock.nowMs() + 1 })).toBe(0);
});

test('an outage that fails a thousand fetches a second leaves what came before it, and the ring stays within its bounds', () => {
  const { clock, recent, fetch, fail } = setUp();
  const before = fetch().flag('mismatch');
  before.end('data');
  for (let second = 0; second < 30; second++) {
    for (let index = 0; index < 1_000; index++) fail(fetch());
    clock.advance(1_000);
  }
  expect(recent.get(before.traceId)).toBeDefined();
  expect(recent.held.traces).toBe(301);
  const wide = 'x'.repeat(20_000);
  for (let second = 0; second < 200; second++) {
    for (let index = 0; index < 10; index++) fail(fetch({ 'messaging.client.id': wide }));
    clock.advance(1_000);
  }
  expect(recent.held.traces).toBeLessThanOrEqual(600);
  expect(recent.held.bytes).toBeLessThanOrEqual(8 << 20);
  expect(recent.get(before.traceId)).toBeUndefined();
});

test('a storm of hangs leaves the evidence from before it, and the first of its own as they ended', () => {
  const { clock, recent, fetch, fail, hangWatch } = setUp();
  const before = [fetch().flag('mismatch'), fetch()];
  const [flagged, stalled] = before;
  flagged?.end('data');
  const wait = stalled?.child('range.info');
  clock.advance(2_000);
  wait?.end();
  stalled?.end();
  const storm = Array.from({ length: 2_000 }, () => {
    const root = fetch();
    return { root, wait: root.child('range.info') };
  });
  for (let sweeps = 0; sweeps < 40; sweeps++) {
    clock.advance(250);
    hangWatch.sweep();
  }
  for (const each of storm) {
    each.wait.end();
    fail(each.root);
  }
  expect(before.filter(({ traceId }) => recent.get(traceId) === undefined)).toEqual([]);
  expect(recent.get(storm[0]?.root.traceId ?? '')).toMatchObject({ reason: 'stalled', open: false });
  expect(recent.held.traces).toBeGreaterThan(20);
  expect(recent.held.traces).toBeLessThan(200);
});
