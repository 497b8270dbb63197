/**
 * Goal: the first line says since when it is so, also just after a trouble, and a trouble that comes and goes is told once. Method: the
 * summary over real incidents, on a clock moved by hand.
 */
import { Summaries } from '../../src/console/api/summary';
import type { ConsoleSources } from '../../src/console/sources';
import { createTelemetry } from '../../src/telemetry/create-telemetry';
import { ManualClock } from '../support/manual-clock';

const TARGET = '127.0.0.1:17777';

function setUp() {
  const clock = new ManualClock();
  const telemetry = createTelemetry({ clock });
  const startedMs = clock.nowMs();
  const sources = {
    clock,
    telemetry,
    engine: { ackMeaning: 'on disk' },
    about: { engine: 'node', startedMs },
  } as unknown as ConsoleSources;
  const summaries = new Summaries(sources);
  const line = () => {
    const { state, sinceMs, settles } = summaries.summary(undefined);
    return { state, sinceS: (sinceMs - startedMs) / 1_000, settles };
  };
  const open = (): void =>
    void telemetry.incidents.open('engine_unreachable', TARGET, { evidence: 'cannot be connected to' });
  const close = (): void => telemetry.incidents.close('engine_unreachable', TARGET, 'answers again');
  return { clock, telemetry, line, open, close };
}

test('it serves since its start, fails since the trouble began, and serves since the trouble was over', () => {
  const { clock, telemetry, line, open, close } = setUp();
  clock.advance(60_000);
  expect(line()).toEqual({ state: 'serving', sinceS: 0, settles: false });
  open();
  clock.advance(20_000);
  expect(line()).toEqual({ state: 'failing', sinceS: 60, settles: false });
  close();
  // It may come back within three seconds: nothing is said aloud by then.
  clock.advance(1_000);
  expect(line()).toEqual({ state: 'serving', sinceS: 80, settles: true });
  clock.advance(10_000);
  expect(line()).toEqual({ state: 'serving', sinceS: 80, settles: false });
  telemetry.close();
});

test('what comes back within a moment goes on since it first began', () => {
  const { clock, telemetry, line, open, close } = setUp();
  clock.advance(10_000);
  for (let times = 0; times < 5; times++) {
    open();
    clock.advance(1_000);
    expect(line()).toEqual({ state: 'failing', sinceS: 10, settles: false });
    close();
    clock.advance(1_000);
    expect(line()).toMatchObject({ state: 'serving', sinceS: 11 + 2 * times, settles: true });
  }
  telemetry.close();
});

test('a trouble that makes no request fail and pages nobody is none of the first line', () => {
  const { clock, telemetry, line } = setUp();
  telemetry.incidents.open('client_not_reading', 'deaf', { evidence: 'has taken nothing' });
  clock.advance(1_000);
  telemetry.incidents.close('client_not_reading', 'deaf');
  clock.advance(1_000);
  expect(line()).toEqual({ state: 'serving', sinceS: 0, settles: false });
  telemetry.close();
});
