/**
 * Goal: lines carry what they should, are bounded in number and size, and never wait for a reader.
 * Method: the logger on a clock moved by hand, into a stream that is read or not.
 */
import { PassThrough, Writable } from 'node:stream';
import { clientName } from '../../src/telemetry/trace/client-name';
import { createTelemetry } from '../../src/telemetry/create-telemetry';
import { parseTraceParent, TraceLinks } from '../../src/telemetry/trace/trace-links';
import { createWinstonLogger } from '../../src/telemetry/log/winston-logger';
import { toOffset, toPartitionId } from '../../src/types';
import { ManualClock } from '../support/manual-clock';

function setUp(target: NodeJS.WritableStream = new PassThrough(), form: 'json' | 'pretty' = 'json') {
  const clock = new ManualClock();
  const telemetry = createTelemetry({ clock });
  let output = '';
  target.on('data', (text: Buffer) => (output += text.toString()));
  const log = createWinstonLogger({ clock, level: 'info', form, target, instruments: telemetry.instruments });
  const lines = () => output.trim().split('\n').filter(Boolean);
  return { clock, log, lines, instruments: telemetry.instruments };
}

test('a line is one JSON object with its event, time, level and attributes', () => {
  const { log, lines } = setUp();
  log.write('warn', 'engine.lost', 'the engine\nis gone', {
    trace_id: 'a'.repeat(32),
    'messaging.client.id': 'x\u001b[31m',
    left: undefined,
  });
  expect(JSON.parse(lines()[0] ?? '')).toEqual({
    level: 'warn',
    message: 'the engine is gone',
    time: '2023-11-14T22:13:20.000Z',
    'event.name': 'engine.lost',
    trace_id: 'a'.repeat(32),
    'messaging.client.id': 'x\\u{1b}[31m',
  });
});

test('on a terminal it is a readable line', () => {
  const { log, lines } = setUp(new PassThrough(), 'pretty');
  log.write('info', 'gateway.ready', 'the gateway serves', { bootstrap: '127.0.0.1:9092' });
  expect(lines()).toEqual(['22:13:20.000 INFO  the gateway serves (gateway.ready) bootstrap=127.0.0.1:9092']);
});

test('the level can be changed while it runs', () => {
  const { log, lines } = setUp();
  log.write('debug', 'a', 'unseen');
  expect(log.enabled('debug')).toBe(false);
  log.setLevel('debug');
  log.write('debug', 'a', 'seen');
  expect(lines()).toHaveLength(1);
});

test('ten lines of an event and topic in ten seconds, then one that counts the rest', () => {
  const { log, lines, clock, instruments } = setUp();
  for (let times = 0; times < 100; times++) log.write('warn', 'loss', 'again', { 'messaging.destination.name': 'a' });
  log.write('warn', 'loss', 'another topic', { 'messaging.destination.name': 'b' });
  expect(lines()).toHaveLength(11);
  clock.advance(10_000);
  log.write('warn', 'loss', 'again', { 'messaging.destination.name': 'a' });
  expect(JSON.parse(lines()[11] ?? '')).toMatchObject({ suppressed: 90 });
  expect(instruments.value('seaglass_telemetry_dropped_total', { signal: 'logs', reason: 'suppressed' })).toBe(90);
});

test('a loud topic silences no other, whichever name the attribute has', () => {
  const { log, lines } = setUp();
  for (let times = 0; times < 100; times++) log.write('warn', 'session.stalled', 'again', { topic: 'loud' });
  log.write('warn', 'session.stalled', 'once', { topic: 'quiet' });
  expect(lines()).toHaveLength(11);
  expect(JSON.parse(lines()[10] ?? '')).toMatchObject({ topic: 'quiet' });
});

test('what was removed from many partitions at once is told of each, however often bounded', () => {
  const { log, lines } = setUp();
  for (let times = 0; times < 20; times++) {
    for (let partition = 0; partition < 100; partition++) {
      log.write('info', 'records.removed', 'records were removed', { topic: 'orders', partition });
    }
  }
  expect(lines()).toHaveLength(100 * 10);
});

test('a reader that never reads costs lines, which are counted, and no wait', () => {
  const stuck = new Writable({ write: () => undefined });
  const { log, instruments, clock } = setUp(stuck);
  for (let times = 0; times < 3_000; times++) {
    clock.advance(10_000);
    log.write('info', 'event', 'x'.repeat(1_000));
  }
  expect(stuck.writableLength).toBeLessThan(1.2 * 1024 * 1024);
  expect(
    instruments.value('seaglass_telemetry_dropped_total', { signal: 'logs', reason: 'slow_reader' }),
  ).toBeGreaterThan(1_000);
});

test('logs that share a stream listen to it once, and all of them end with its reader', async () => {
  const target = new PassThrough();
  const clock = new ManualClock();
  const { instruments } = createTelemetry({ clock });
  const options = { clock, level: 'info', form: 'json', target, instruments } as const;
  const logs = Array.from({ length: 20 }, () => createWinstonLogger(options));
  expect(target.listenerCount('error')).toBe(1);
  target.destroy(new Error('EPIPE'));
  await new Promise((resolve) => target.once('close', resolve));
  for (const log of logs) log.write('info', 'event', 'unread');
  const dropped = { signal: 'logs', reason: 'slow_reader' };
  expect(instruments.value('seaglass_telemetry_dropped_total', dropped)).toBe(20);
});

test('names from clients are escaped and cut at 249 characters', () => {
  expect(clientName('orders')).toBe('orders');
  expect(clientName('a\u0000b\u202Ec\\d')).toBe('a\\u{0}b\\u{202e}c\\\\d');
  expect(clientName('\ud800')).toBe('\\u{d800}');
  expect(clientName('Grüße-😀')).toBe('Grüße-😀');
  expect(clientName('x'.repeat(1_000))).toHaveLength(249);
  expect(clientName('\u0000'.repeat(1_000)).length).toBeLessThanOrEqual(249);
});

test.each([
  ['00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', true],
  ['00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00', false],
  ['cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-comes', true],
])('traceparent %s is read', (text, sampled) => {
  expect(parseTraceParent(text)).toEqual({
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    spanId: '00f067aa0ba902b7',
    sampled,
  });
});

test.each([
  '',
  '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more',
  'ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  '00-00000000000000000000000000000000-00f067aa0ba902b7-01',
  '00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01',
  '00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01',
  `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01\n`,
])('%j is no traceparent', (text) => {
  expect(parseTraceParent(text)).toBeUndefined();
});

test('a fetch finds who wrote its records, at most 32, among as many runs as are remembered', () => {
  const links = new TraceLinks(100);
  const run = (first: number, last: number) => ({
    topic: 't',
    partition: toPartitionId(0),
    baseOffset: toOffset(first),
    lastOffset: toOffset(last),
  });
  const link = (n: number) => ({ traceId: 'a'.repeat(32), spanId: String(n).padStart(16, '0') });
  const kept = (n: number) => ({ ...link(n), whenDecided: (decided: (shown: boolean) => void) => decided(true) });
  for (let n = 0; n < 150; n++) links.written(run(n * 10, n * 10 + 9), kept(n), []);
  expect(links.linksFor(run(1_005, 1_012))).toEqual([link(100), link(101)]);
  expect(links.linksFor(run(0, 1_499))).toHaveLength(32);
  expect(links.linksFor(run(0, 499))).toEqual([]);
  expect(links.linksFor({ ...run(1_000, 1_001), partition: toPartitionId(1) })).toEqual([]);
  links.written(run(0, 4), kept(999), []);
  expect(links.linksFor(run(0, 1_499))).toEqual([link(999)]);
});

test('a writer whose trace is dropped leaves nothing, one that is not decided yet its producers alone', () => {
  const links = new TraceLinks(4);
  const run = (first: number, last = first) => ({
    topic: 't',
    partition: toPartitionId(0),
    baseOffset: toOffset(first),
    lastOffset: toOffset(last),
  });
  const deciding: ((shown: boolean) => void)[] = [];
  const link = (n: number) => ({ traceId: 'a'.repeat(32), spanId: String(n).padStart(16, '0') });
  const writer = (n: number) => ({
    ...link(n),
    whenDecided: (decided: (shown: boolean) => void) => void deciding.push(decided),
  });
  const producer = { traceId: 'b'.repeat(32), spanId: 'b'.repeat(16) };
  const made = { ...producer, first: toOffset(2), last: toOffset(2), storedSpanId: undefined };
  for (let n = 0; n < 3; n++) links.written(run(n), writer(n), n === 2 ? [made] : []);
  expect(links.linksFor(run(0, 9))).toEqual([producer]);
  deciding.forEach((decided, n) => decided(n === 0));
  // The producer is there to look at, whatever became of the trace here.
  expect(links.linksFor(run(0, 9))).toEqual([link(0), producer]);
  for (let n = 3; n < 40; n++) links.written(run(n), writer(n), []);
  deciding.slice(3).forEach((decided) => decided(true));
  expect(links.linksFor(run(0, 99))).toEqual([36, 37, 38, 39].map(link));
});
