/**
 * Goal: the log level and which traces are kept change while it runs, each change is in the log, and what was for a time comes back.
 * Method: telemetry as main starts it, with a clock and a log target of the test.
 */
import { Writable } from 'node:stream';
import { startTelemetry, type StartedTelemetry } from '../../src/telemetry/start-telemetry';
import { ManualClock } from '../support/manual-clock';

let clock: ManualClock;
let telemetry: StartedTelemetry;
let written: Record<string, unknown>[];

beforeEach(async () => {
  clock = new ManualClock();
  written = [];
  const target = new Writable({
    write(line: Buffer, _encoding, done) {
      written.push(JSON.parse(line.toString()) as Record<string, unknown>);
      done();
    },
  });
  telemetry = await startTelemetry({
    clock,
    otel: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' },
    trace: 'default',
    stallThresholdMs: 1_000,
    log: { level: 'info', form: 'json', target },
    version: '0.0.0',
  });
});
afterEach(() => telemetry.shutdown());

const changes = () =>
  written.filter((line) => line['event.name'] === 'settings.changed').map((line) => line['message']);

test('a log level holds from the change on, and comes back when its time is over', () => {
  telemetry.log.write('debug', 'quiet', 'not written');
  telemetry.runtime.change({ key: 'log.level', value: 'debug', forMs: 60_000, by: '127.0.0.1' });
  telemetry.log.write('debug', 'told', 'written');
  expect(telemetry.runtime.current()[0]).toEqual({
    ...{ key: 'log.level', value: 'debug', initial: 'info' },
    untilMs: clock.nowMs() + 60_000,
  });
  clock.advance(60_000);
  telemetry.log.write('debug', 'quiet', 'not written');
  expect(written.map((line) => line['event.name'])).toEqual(['settings.changed', 'told', 'settings.changed']);
  expect(changes()).toEqual([
    'log.level is debug now and was info (127.0.0.1 for 60 s)',
    'log.level is info now and was debug (its time was over)',
  ]);
  expect(telemetry.recentLines.all().map(({ event }) => event)).toEqual([
    'settings.changed',
    'told',
    'settings.changed',
  ]);
});

test('a change to a quieter level, and one from it, are in the log', () => {
  telemetry.runtime.change({ key: 'log.level', value: 'error', by: 'a' });
  telemetry.runtime.change({ key: 'log.level', value: 'warn', by: 'b' });
  expect(changes()).toHaveLength(2);
});

test('a later change replaces the time of an earlier one', () => {
  telemetry.runtime.change({ key: 'trace', value: 'all', forMs: 1_000, by: 'a' });
  telemetry.runtime.change({ key: 'trace', value: 'none', by: 'b' });
  clock.advance(10_000);
  expect(telemetry.runtime.current()[1]).toEqual({
    key: 'trace',
    value: 'off',
    initial: 'default',
    untilMs: undefined,
  });
});

test('which traces are kept holds from the change on', () => {
  const kept = (): boolean => telemetry.operations.root('request', { spanName: 'Fetch' }).kept;
  expect(kept()).toBe(false);
  telemetry.runtime.change({ key: 'trace', value: 'all', by: 'a' });
  expect(kept()).toBe(true);
  telemetry.runtime.change({ key: 'trace', value: 'default', by: 'a' });
  expect(kept()).toBe(false);
});

test('what is no value is refused and changes nothing', () => {
  expect(() => telemetry.runtime.change({ key: 'log.level', value: 'loud', by: 'a' })).toThrow(
    'log.level may be debug, info, warn, error, not loud',
  );
  expect(() => telemetry.runtime.change({ key: 'trace', value: 'toString', by: 'a' })).toThrow(RangeError);
  expect(changes()).toEqual([]);
});
