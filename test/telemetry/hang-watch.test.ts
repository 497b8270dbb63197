/**
 * Goal: what is overdue is reported while it hangs, where it hangs, ever more rarely; what is on time is not.
 * Method: a clock moved by hand.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createTelemetry } from '../../src/telemetry/create-telemetry';

import { OPERATIONS, type OperationName } from '../../src/telemetry/trace/operations';
import { ManualClock } from '../support/manual-clock';
import { OtlpReceiver } from '../support/otlp-receiver';
import { MemorySink } from '../support/memory-sink';

function setUp(mode: 'default' | 'off' = 'default') {
  const clock = new ManualClock();
  const sink = new MemorySink();
  const lines: string[] = [];
  const log = {
    write: (_l: string, event: string, message: string) => void lines.push(`${event} ${message}`),
    enabled: () => true,
  };
  const telemetry = createTelemetry({ clock, sink, log, keep: { mode, firstPerSecond: 0, baseRate: 0 } });
  const stalls = () => sink.spans.filter((span) => span.attributes['seaglass.stall'] === true);
  return { clock, sink, telemetry, lines, stalls };
}

const phases = Object.keys(OPERATIONS).filter((name) => name !== 'request') as OperationName[];

test.each(phases)('a hang in %s is told by its path at the threshold', (name) => {
  const { clock, telemetry, stalls, lines } = setUp();
  const root = telemetry.operations.root('request', { spanName: 'Fetch' });
  const child = root.child(name, { budgetMs: 200 });
  clock.advance(1_199);
  expect(stalls()).toHaveLength(0);
  clock.advance(300);
  expect(stalls()).toHaveLength(1);
  expect(stalls()[0]).toMatchObject({ name: `stall ${OPERATIONS[name].phase}`, parentSpanId: child.spanId });
  expect(stalls()[0]?.attributes['seaglass.path']).toBe(`fetch>${OPERATIONS[name].phase}`);
  expect(lines).toHaveLength(1);
});

test('stalls of one operation come after 1, 2, 4 … 60 s and then every minute, numbered', () => {
  const { clock, telemetry, stalls, lines } = setUp();
  telemetry.operations.root('request', { spanName: 'Fetch', budgetMs: 0 });
  const seen: number[] = [];
  for (let step = 0; step < 4 * 250; step++) {
    clock.advance(250);
    if (stalls().length > seen.length) seen.push((step + 1) / 4);
  }
  expect(seen).toEqual([1, 2, 4, 8, 16, 32, 60, 120, 180, 240]);
  expect(stalls().map((span) => span.attributes['seaglass.stall.seq'])).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(lines).toHaveLength(1);
});

test('long polls of 500 ms and 30 s for a minute give no stall, nor does the moment after them', () => {
  const { clock, telemetry, stalls } = setUp();
  for (const waitMs of [500, 30_000]) {
    for (let elapsed = 0; elapsed < 60_000; elapsed += waitMs) {
      // The root keeps its default budget on purpose: waiting for a child that is on time is no fault.
      const root = telemetry.operations.root('request', { spanName: 'Fetch' });
      const poll = root.child('long_poll', { budgetMs: waitMs });
      clock.advance(waitMs);
      poll.end('idle_timeout');
      clock.advance(200);
      root.end('idle_timeout');
    }
  }
  expect(stalls()).toHaveLength(0);
});

test('a wait that hangs on after its request was answered does not make the trace longer', () => {
  const { clock, telemetry, stalls } = setUp();
  const root = telemetry.operations.root('request', { spanName: 'Fetch' });
  const wait = root.child('range.info', { budgetMs: 200 });
  const startedMs = clock.nowMs();
  clock.advance(500);
  root.end('data');
  clock.advance(2_000);
  const [first] = stalls();
  expect(first).toMatchObject({ startMs: startedMs, endMs: startedMs + 500, parentSpanId: wait.spanId });
  expect(first?.attributes['seaglass.stall.age_ms']).toBe(1_250);
  expect(first?.error?.message).toBe('range.info still waiting after 1.3 s');
});

test.each([
  ['publisher_not_acked', 'publish.ack', 500],
  ['client_not_reading', 'response.write', 1_000],
] as const)('%s: what the gateway itself slept through is not held against it', (kind, phase, budgetMs) => {
  const { clock, telemetry } = setUp();
  const wait = telemetry.operations.root('request', { spanName: 'Produce' }).child(phase);
  clock.advance(budgetMs + 1_200);
  clock.block(5_000);
  clock.advance(500);
  expect(telemetry.incidents.isOpen('event_loop_late')).toBe(true);
  expect(telemetry.incidents.isOpen(kind)).toBe(false);
  clock.advance(2_000);
  expect(telemetry.incidents.isOpen(kind)).toBe(true);
  wait.end();
  telemetry.close();
});

test('a root that hangs between its phases is named itself', () => {
  const { clock, telemetry, stalls } = setUp();
  const root = telemetry.operations.root('request', { spanName: 'Fetch' });
  root.child('decode').end();
  clock.advance(2_500);
  expect(stalls()[0]?.attributes['seaglass.path']).toBe('fetch');
});

test('with tracing off nothing is exported, and the hang is still counted and logged', () => {
  const { clock, telemetry, sink, lines } = setUp('off');
  telemetry.operations.root('request', { spanName: 'Fetch' }).child('stream.recv');
  clock.advance(2_000);
  expect(sink.spans).toHaveLength(0);
  expect(lines[0]).toContain('stream.recv still waiting after');
  expect(telemetry.instruments.value('seaglass_stalls_total', { phase: 'stream.recv' })).toBe(1);
});

test('when thousands hang at once, reports are spread over the sweeps and every one is made', () => {
  const { clock, telemetry, stalls } = setUp();
  for (let index = 0; index < 1_000; index++) telemetry.operations.root('request', { spanName: 'Fetch', budgetMs: 0 });
  clock.advance(1_000);
  expect(stalls()).toHaveLength(128);
  clock.advance(1_900);
  expect(new Set(stalls().map((span) => span.parentSpanId)).size).toBe(1_000);
});

test('the trace of a stalled operation past the bound of a trace has no orphans', () => {
  const { clock, telemetry, sink } = setUp();
  const root = telemetry.operations.root('request', { spanName: 'Fetch' });
  for (let index = 0; index < 1_100; index++) root.child('poll').end();
  const hung = root.child('poll').child('stream.recv');
  clock.advance(3_000);
  hung.end('deadline');
  for (const { operations } of [telemetry.inflight()]) expect(operations.length).toBeGreaterThan(0);
  root.end();
  telemetry.close();
  const open = telemetry.operations.phases.find((phase) => phase.name === 'poll')?.head;
  open?.end();
  const ids = new Set(sink.spans.map((span) => span.spanId));
  expect(sink.spans.filter((span) => span.parentSpanId !== undefined && !ids.has(span.parentSpanId))).toEqual([]);
  expect(sink.spans.some((span) => span.spanId === hung.spanId)).toBe(true);
});

test('a process killed in mid-hang leaves the stall span behind', async () => {
  const receiver = await OtlpReceiver.start();
  const register = join(__dirname, '..', 'support', 'register.cjs');
  const child = spawn(process.execPath, ['-r', register, join(__dirname, 'hanging-process.ts')], {
    env: { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.httpEndpoint },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  try {
    const stall = await receiver.waitForSpan((span) => span.name === 'stall subscriber.init');
    child.kill('SIGKILL');
    await exited;
    expect(receiver.trace(stall.traceId).map((span) => span.name)).toEqual(['stall subscriber.init']);
    expect(stall.parentSpanId).toMatch(/^[0-9a-f]{16}$/);
  } finally {
    child.kill('SIGKILL');
    await exited;
    await receiver.close();
  }
});
