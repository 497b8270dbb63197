/**
 * Goal: what is targeted is kept whatever the keep rule says, until its time is over, and nothing else; targets are bounded and logged.
 * Method: a tracer on a clock moved by hand.
 */
import { createTelemetry } from '../../src/telemetry/create-telemetry';
import { TARGETS_MAX } from '../../src/telemetry/trace/trace-targets';
import { ManualClock } from '../support/manual-clock';
import { MemorySink } from '../support/memory-sink';

function setUp(mode: 'default' | 'off' = 'default') {
  const clock = new ManualClock();
  const sink = new MemorySink();
  const lines: string[] = [];
  const log = {
    write: (_level: string, event: string, message: string) => void lines.push(`${event} ${message}`),
    enabled: () => true,
  };
  const keep = { mode, baseRate: 0, firstPerSecond: 0, slowestPerTopic: 0 };
  const telemetry = createTelemetry({ clock, sink, log, keep });
  const fetch = (client: string, group: string, topics: readonly string[]): string => {
    const root = telemetry.operations.root('request', { spanName: 'Fetch', shared: { 'messaging.client.id': client } });
    root.set('messaging.consumer.group.name', group);
    for (const topic of topics) {
      root.child('poll', { attributes: { 'messaging.destination.name': topic } }).end('data');
    }
    root.end();
    return root.traceId;
  };
  const kept = () => sink.spans.filter(({ parentSpanId }) => parentSpanId === undefined).map(({ traceId }) => traceId);
  return { clock, sink, lines, targets: telemetry.traceTargets, recent: telemetry.recentTraces, fetch, kept };
}

test.each([
  [{ client: 'audit-svc' }, [true, false, true]],
  [{ topic: 'orders' }, [true, true, false]],
  [{ group: 'audit', topic: 'invoices' }, [true, false, true]],
] as const)('%j is kept until its time is over', (names, fitting) => {
  const { clock, targets, fetch, kept, recent, sink } = setUp();
  const ask = (): string[] => [
    fetch('audit-svc', 'audit', ['orders', 'invoices']),
    fetch('shop', 'shop', ['orders']),
    fetch('audit-svc', 'audit', ['invoices']),
  ];
  ask();
  expect(kept()).toEqual([]);
  expect(targets.add(names, 300_000, '127.0.0.1')).toMatchObject({ ...names, traces: 0 });
  const asked = ask().filter((_, index) => fitting[index]);
  expect(kept()).toEqual(asked);
  expect(sink.spans[0]?.attributes['seaglass.keep_reason']).toBe('targeted');
  expect(recent.find().map(({ traceId }) => traceId)).toEqual(expect.arrayContaining(asked));
  expect(targets.list()).toMatchObject([{ ...names, traces: asked.length }]);
  clock.advance(300_000);
  expect(targets.list()).toEqual([]);
  ask();
  expect(kept()).toEqual(asked);
});

test('a target is kept where the trace mode keeps nothing, and at most a hundred a second of it', () => {
  const { clock, targets, fetch, kept } = setUp('off');
  targets.add({ client: 'busy' }, 60_000, '127.0.0.1');
  for (let index = 0; index < 1_000; index++) fetch('busy', 'busy', ['orders']);
  expect(kept()).toHaveLength(100);
  clock.advance(1_000);
  fetch('busy', 'busy', ['orders']);
  expect(kept()).toHaveLength(101);
});

test('beginning and end are logged, names escaped; what is refused says why', () => {
  const { targets, lines } = setUp();
  const { id } = targets.add({ topic: 'or\nders', client: 'audit-svc' }, 5_000, '127.0.0.1');
  expect(targets.remove(id, 'asked by 127.0.0.1')).toBe(true);
  expect(targets.remove(id, 'again')).toBe(false);
  expect(lines).toEqual([
    'trace.target.begun every trace is kept of client audit-svc, topic or\\u{a}ders for 5 s (127.0.0.1)',
    'trace.target.ended no longer every trace is kept of client audit-svc, topic or\\u{a}ders after 0 traces (asked by 127.0.0.1)',
  ]);
  expect(() => targets.add({}, 5_000, 'x')).toThrow(/name a client, a topic or a group/);
  expect(() => targets.add({ client: 'a' }, 7_200_000, 'x')).toThrow(/1 s to 60 min/);
  for (let index = 0; index < TARGETS_MAX; index++) targets.add({ client: `c${index}` }, 5_000, 'x');
  expect(() => targets.add({ client: 'one too many' }, 5_000, 'x')).toThrow(/16 targets/);
});
