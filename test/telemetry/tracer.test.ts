/**
 * Goal: operations become the right spans, at the right time, or none; the keep rule keeps what matters.
 * Method: a tracer on a clock moved by hand, its spans in memory.
 */
import { describeTopics } from '../../src/kafka/request-topics';
import { createTelemetry } from '../../src/telemetry/create-telemetry';
import type { TelemetryOptions } from '../../src/telemetry/create-telemetry';
import type { FinishedSpan } from '../../src/telemetry/trace/finished-span';

import { TRACE_OPERATIONS_MAX } from '../../src/telemetry/trace/trace-tree';
import { ManualClock } from '../support/manual-clock';
import { MemorySink } from '../support/memory-sink';

function setUp(options: TelemetryOptions = {}) {
  const clock = new ManualClock();
  const sink = new MemorySink();
  const telemetry = createTelemetry({ clock, sink, ...options });
  return { clock, sink, telemetry, root: (api = 'Fetch') => telemetry.operations.root('request', { spanName: api }) };
}

const nothing = { baseRate: 0, firstPerSecond: 0, slowestPerTopic: 0 };
const byName = (spans: readonly FinishedSpan[], name: string): FinishedSpan => {
  const span = spans.find((each) => each.name === name);
  if (span === undefined) throw new Error(`no span ${name} among ${spans.map((each) => each.name).join(', ')}`);
  return span;
};

describe('spans of a kept trace', () => {
  test('carry the ids given up front, their parents, times, phase, path and outcome', () => {
    const { clock, sink, root } = setUp();
    const fetch = root();
    clock.advance(5);
    const poll = fetch.child('poll', {
      spanName: 'poll orders',
      attributes: { 'messaging.destination.name': 'orders' },
    });
    const init = poll.child('subscriber.init', { budgetMs: 200 }).set('seaglass.session.mode', 'fresh');
    const ids = [fetch.spanId, poll.spanId, init.spanId];
    clock.advance(20);
    init.end('data');
    poll.end('data');
    fetch.end();
    expect(sink.spans.map((each) => each.spanId)).toEqual(ids);
    expect(new Set(sink.spans.map((each) => each.traceId))).toEqual(new Set([fetch.traceId]));
    const span = byName(sink.spans, 'subscriber.init');
    expect(span).toMatchObject({ parentSpanId: poll.spanId, kind: 'INTERNAL', error: undefined });
    expect(span.endMs - span.startMs).toBe(20);
    expect(span.attributes).toMatchObject({
      'seaglass.phase': 'subscriber.init',
      'seaglass.path': 'fetch>subscriber.init',
      'seaglass.outcome': 'data',
      'seaglass.wait.budget_ms': 200,
      'seaglass.session.mode': 'fresh',
    });
    expect(byName(sink.spans, 'Fetch')).toMatchObject({ kind: 'SERVER', parentSpanId: undefined });
    expect(byName(sink.spans, 'Fetch').attributes).toMatchObject({
      'seaglass.keep_reason': 'first',
      'seaglass.path': 'fetch',
    });
  });

  test('stay without status unless they failed, and say the type of the error where they did', () => {
    const { sink, root } = setUp({ keep: { mode: 'all' } });
    const fetch = root();
    fetch.child('long_poll').end('idle_timeout');
    fetch.child('subscriber.create').end('cancelled', { type: 'cancelled', message: 'the client left' });
    fetch.child('subscriber.init').end('deadline', { type: 'deadline', message: 'no answer in 2 s' });
    fetch.child('stream.recv').end('engine_error');
    fetch.end();
    expect(byName(sink.spans, 'long_poll').error).toBeUndefined();
    expect(byName(sink.spans, 'subscriber.create').error).toBeUndefined();
    expect(byName(sink.spans, 'subscriber.init')).toMatchObject({ error: { message: 'no answer in 2 s' } });
    expect(byName(sink.spans, 'subscriber.init').attributes['error.type']).toBe('deadline');
    expect(byName(sink.spans, 'stream.recv').attributes['error.type']).toBe('engine_error');
    expect(byName(sink.spans, 'Fetch').error).toBeUndefined();
    expect(byName(sink.spans, 'Fetch').attributes['seaglass.keep_reason']).toBe('error');
  });

  test('wait for a descendant that outlives the root, and come once, without orphans', () => {
    const { sink, root } = setUp();
    const fetch = root();
    const poll = fetch.child('poll');
    const wait = poll.child('stream.recv');
    poll.end('cancelled');
    fetch.end();
    expect(sink.spans).toHaveLength(0);
    wait.end('cancelled');
    expect(sink.spans.map((each) => each.name)).toEqual(['Fetch', 'poll', 'stream.recv']);
  });

  test('never reach past their root: what went on longer says for how long', () => {
    const { clock, sink, root } = setUp();
    const fetch = root();
    const given = fetch.child('range.info');
    clock.advance(5);
    fetch.end();
    clock.advance(2_000);
    const late = given.child('engine.connect');
    clock.advance(30);
    late.end();
    given.end('deadline', { type: 'timeout', message: 'no answer' });
    fetch.child('response.write').end();
    const whole = byName(sink.spans, 'Fetch');
    expect(whole.endMs - whole.startMs).toBe(5);
    for (const { startMs, endMs } of sink.spans) {
      expect(startMs).toBeGreaterThanOrEqual(whole.startMs);
      expect(endMs).toBeLessThanOrEqual(whole.endMs);
    }
    expect(byName(sink.spans, 'range.info').attributes).toMatchObject({
      'seaglass.outlived_root_ms': 2_030,
      'seaglass.duration_ms': 2_035,
    });
    expect(byName(sink.spans, 'engine.connect').attributes['seaglass.duration_ms']).toBe(30);
    expect(byName(sink.spans, 'response.write')).toMatchObject({ parentSpanId: fetch.spanId });
    expect(whole.attributes).not.toHaveProperty('seaglass.outlived_root_ms');
  });

  test('that start after their trace was exported join it beneath their parent; after a dropped one only failures show', () => {
    const kept = setUp({ keep: { mode: 'all' } });
    const fetch = kept.root();
    fetch.end();
    fetch.child('response.write').end();
    expect(kept.sink.spans[1]).toMatchObject({ traceId: fetch.traceId, parentSpanId: fetch.spanId });

    const dropped = setUp({ keep: nothing });
    const late = dropped.root();
    late.end();
    late.child('response.write').end();
    expect(dropped.sink.spans).toHaveLength(0);
    late.child('response.write').end('error', { type: 'EPIPE', message: 'the peer left' });
    expect(dropped.sink.spans).toHaveLength(1);
    expect(dropped.sink.spans[0]).toMatchObject({ traceId: late.traceId, parentSpanId: undefined });
  });

  test('are at most so many a trace, the rest is counted, and children of the rest find a parent that is there', () => {
    const { sink, root } = setUp();
    const fetch = root();
    for (let index = 1; index < TRACE_OPERATIONS_MAX; index++) fetch.child('poll').end();
    const beyond = fetch.child('poll');
    beyond.child('stream.recv').end();
    beyond.end();
    fetch.end();
    expect(sink.spans).toHaveLength(TRACE_OPERATIONS_MAX);
    expect(sink.spans[0]?.attributes['seaglass.operations_omitted']).toBe(2);
    const ids = new Set(sink.spans.map((each) => each.spanId));
    expect(sink.spans.slice(1).every((each) => ids.has(each.parentSpanId ?? ''))).toBe(true);
  });

  test('hold at most 32 links and count the rest; what is set after the end is ignored', () => {
    const { sink, root } = setUp();
    const fetch = root();
    for (let index = 0; index < 40; index++) fetch.link({ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) });
    fetch.end();
    fetch.set('late', 1).end('error');
    expect(sink.spans).toHaveLength(1);
    expect(sink.spans[0]).toMatchObject({ linksDropped: 8, error: undefined });
    expect(sink.spans[0]?.links).toHaveLength(32);
    expect(sink.spans[0]?.attributes).not.toHaveProperty('late');
  });
});

test('a request’s time is shared out: what is open below it says whose it is, and the rest is the gateway’s own', () => {
  const { clock, telemetry, root } = setUp();
  const fetch = root();
  const spend = (name: 'long_poll' | 'range.info' | 'decode', ms: number): void => {
    const operation = fetch.child(name);
    clock.advance(ms);
    operation.end();
  };
  spend('decode', 3);
  spend('long_poll', 40);
  spend('range.info', 5);
  spend('long_poll', 10);
  clock.advance(2);
  fetch.end();
  const spent = (blame: string) => telemetry.instruments.value('seaglass_wait_seconds_total', { api: 'Fetch', blame });
  expect(['idle', 'engine', 'client', 'gateway'].map((blame) => Math.round(1_000 * (spent(blame) ?? -1)))).toEqual([
    50, 5, 0, 5,
  ]);
});

describe('the keep rule', () => {
  const reasonOf = (options: TelemetryOptions, run: (setup: ReturnType<typeof setUp>) => void): unknown => {
    const setup = setUp(options);
    run(setup);
    return setup.sink.spans[0]?.attributes['seaglass.keep_reason'];
  };

  test('keeps overruns past 500 ms, and not a long poll that used its budget', () => {
    const late = ({ root, clock }: ReturnType<typeof setUp>, tookMs: number): void => {
      const fetch = root().setBudget(30_000);
      clock.advance(tookMs);
      fetch.end('idle_timeout');
    };
    expect(reasonOf({ keep: nothing }, (setup) => late(setup, 30_400))).toBeUndefined();
    expect(reasonOf({ keep: nothing }, (setup) => late(setup, 30_600))).toBe('overrun');
  });

  test('keeps what is flagged, and says the flag even where everything is kept', () => {
    const flagged = ({ root }: ReturnType<typeof setUp>): void => root().flag('mismatch').end();
    expect(reasonOf({ keep: nothing }, flagged)).toBe('mismatch');
    expect(reasonOf({ keep: { mode: 'all' } }, flagged)).toBe('mismatch');
    expect(reasonOf({ keep: { mode: 'off' } }, flagged)).toBeUndefined();
  });

  test('keeps a trace the client sampled, beneath the client’s span, and leaves out one it did not', () => {
    const remote = { traceId: '1'.repeat(32), spanId: '2'.repeat(16) };
    const sampled = setUp({ keep: nothing });
    const root = sampled.telemetry.operations.root('request', { remoteParent: { ...remote, sampled: true } });
    expect(root.kept).toBe(true);
    root.end();
    expect(sampled.sink.spans[0]).toMatchObject({
      traceId: remote.traceId,
      parentSpanId: remote.spanId,
      parentIsRemote: true,
    });
    expect(sampled.sink.spans[0]?.attributes['seaglass.keep_reason']).toBe('client_sampled');
    const unsampled = setUp({ keep: { baseRate: 1 } });
    unsampled.telemetry.operations.root('request', { remoteParent: { ...remote, sampled: false } }).end();
    expect(unsampled.sink.spans).toHaveLength(0);
  });

  test('keeps the first ten a second of each API', () => {
    const { clock, sink, root } = setUp({ keep: { baseRate: 0 } });
    for (let second = 0; second < 2; second++) {
      for (let index = 0; index < 30; index++) {
        root('Fetch').end();
        root('Metadata').end();
      }
      clock.advance(1_000);
    }
    expect(sink.spans.filter((each) => each.name === 'Fetch')).toHaveLength(20);
    expect(sink.spans.filter((each) => each.name === 'Metadata')).toHaveLength(20);
  });

  test('holds for each API, however many topics others than requests are named by', () => {
    const { clock, sink, telemetry, root } = setUp({ keep: { baseRate: 0, slowestPerTopic: 3 } });
    for (let topic = 0; topic < 200; topic++)
      telemetry.operations.root('subscriber.session', { spanName: `subscriber session orders-${topic}` }).end();
    sink.spans.length = 0;
    let decided = 0;
    for (let index = 0; index < 50; index++) {
      const fetch = root();
      fetch.whenDecided(() => (decided += 1));
      fetch.end();
    }
    expect(sink.spans).toHaveLength(10);
    clock.advance(11_000);
    expect(decided).toBe(50);
    const reasons = sink.spans
      .filter(({ name }) => name === 'Fetch')
      .map((each) => each.attributes['seaglass.keep_reason']);
    expect(reasons).toEqual([...Array<string>(10).fill('first'), ...Array<string>(3).fill('slowest')]);
  });

  test('of an API that was busy in the second before it keeps the first two, and ten again once it is not', () => {
    const { clock, sink, root } = setUp({ keep: { baseRate: 0, slowestPerTopic: 0 } });
    const keptOf = (asked: number): number => {
      const before = sink.spans.length;
      for (let index = 0; index < asked; index++) root('Produce').end();
      clock.advance(1_000);
      return sink.spans.length - before;
    };
    expect([60, 60, 50, 60, 20].map(keptOf)).toEqual([10, 2, 2, 10, 2]);
    clock.advance(1_000);
    expect(keptOf(20)).toBe(10);
  });

  test('keeps the slowest three of each API and topic in every ten seconds, idle time not counted', () => {
    const { clock, sink, telemetry } = setUp({ keep: { ...nothing, slowestPerTopic: 3 } });
    const fetch = (topic: string, busyMs: number, idleMs = 0): string => {
      const root = telemetry.operations.root('request', { spanName: 'Fetch' }).setBudget(10_000);
      root.set('messaging.destination.name', topic);
      const wait = root.child('long_poll');
      clock.advance(idleMs);
      wait.end('idle_timeout');
      clock.advance(busyMs);
      root.end();
      return root.traceId;
    };
    const slow = [fetch('orders', 9), fetch('orders', 8)];
    for (let index = 0; index < 200; index++) fetch('orders', 1 + (index % 3), 20);
    slow.push(fetch('orders', 7, 300), fetch('audit', 1));
    expect(sink.spans).toHaveLength(0);
    clock.advance(11_000);
    const roots = sink.spans.filter(({ parentSpanId }) => parentSpanId === undefined);
    expect(new Set(roots.map(({ traceId }) => traceId))).toEqual(new Set(slow));
    expect(new Set(roots.map(({ attributes }) => attributes['seaglass.keep_reason']))).toEqual(new Set(['slowest']));
    const held = fetch('orders', 1);
    telemetry.close();
    expect(sink.spans.at(-1)?.traceId).toBe(held);
  });

  test('a request about several topics is one of the slowest of each that it names', () => {
    const { clock, sink, telemetry } = setUp({ keep: { ...nothing, slowestPerTopic: 1 } });
    const fetch = (topics: readonly string[], busyMs: number): string => {
      const root = telemetry.operations.root('request', { spanName: 'Fetch' });
      describeTopics(root, topics);
      clock.advance(busyMs);
      root.end();
      return root.traceId;
    };
    const seven = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    const slowB = fetch(['b'], 80);
    const several = fetch(seven, 50);
    fetch(seven.slice(1, 3), 20);
    fetch(['a'], 40);
    const slowC = fetch(['b', 'c'], 60);
    const past = fetch(['g'], 5);
    const others = fetch(['x', 'y'], 1);
    expect(sink.spans).toHaveLength(0);
    clock.advance(11_000);
    const kept = sink.spans.map(({ traceId }) => traceId);
    expect(new Set(kept)).toEqual(new Set([slowB, several, slowC, past, others]));
    expect(kept).toHaveLength(5);
  });

  test.each([
    ['the first of a second', {}],
    ['all', { mode: 'all' as const }],
  ])('the slowest three are remembered also where they were exported as %s', (_as, keep) => {
    const { clock, sink, telemetry, root } = setUp({ keep: { baseRate: 0, ...keep } });
    const took = [3, 9, 1, 8, 2, 7].map((busyMs) => {
      const fetch = root();
      clock.advance(busyMs);
      fetch.end();
      return { busyMs, traceId: fetch.traceId };
    });
    expect([sink.spans.length, telemetry.recentTraces.find()]).toEqual([6, []]);
    clock.advance(11_000);
    const slow = took.filter(({ busyMs }) => busyMs >= 7).map(({ traceId }) => traceId);
    expect(new Set(telemetry.recentTraces.find().map(({ traceId }) => traceId))).toEqual(new Set(slow));
    expect(sink.spans).toHaveLength(6);
  });

  test('keeps one idle poll a minute of each client and topic, and all that brought something', () => {
    const { clock, sink, telemetry } = setUp({ keep: { baseRate: 1 } });
    const poll = (client: string, topic: string): void => {
      const root = telemetry.operations.root('request', {
        spanName: 'Fetch',
        shared: { 'messaging.client.id': client },
        attributes: { 'messaging.destination.name': topic },
      });
      root.idle().end();
    };
    for (let half = 0; half < 240; half++) {
      for (const client of ['a', 'b']) for (const topic of ['orders', 'audit']) poll(client, topic);
      clock.advance(500);
    }
    expect(sink.spans).toHaveLength(2 * 4);
    expect(sink.spans[0]?.attributes['seaglass.keep_reason']).toBe('idle');
    telemetry.operations.root('request', { spanName: 'Fetch' }).end('data');
    expect(sink.spans).toHaveLength(9);
  });

  test('keeps about the base rate of the rest', () => {
    const { sink, root, telemetry } = setUp({ keep: { ...nothing, baseRate: 0.1 } });
    for (let index = 0; index < 20_000; index++) root().end();
    // 20,000 draws at 0.1: six standard deviations are 255.
    expect(Math.abs(sink.spans.length - 2_000)).toBeLessThan(255);
    expect(telemetry.instruments.value('seaglass_traces_total', { keep_reason: 'rate' })).toBe(sink.spans.length);
    expect(telemetry.instruments.value('seaglass_traces_total', { keep_reason: 'dropped' })).toBe(
      20_000 - sink.spans.length,
    );
  });
});
