/** The gateway's own delays: measured, told with their cause, and not held against others. Method: a clock and CPU times of the test's own. */
import type { Clock, Timer } from '../../src/clock';
import { EventLoopWatch } from '../../src/telemetry/event-loop/event-loop-watch';
import type { CpuTime } from '../../src/telemetry/event-loop/cpu-times';
import { Incidents } from '../../src/telemetry/incidents/incidents';
import { silentLogger } from '../../src/telemetry/log/log';
import { Metrics } from '../../src/telemetry/metrics/metrics';
import { ManualClock } from '../support/manual-clock';

const NO_TIMER: Timer = { cancel: () => undefined };

/** Time that passes without a timer running, until the test runs it. */
class BlockedClock implements Clock {
  atMs = 0;
  cpu: CpuTime = { ranMs: 0, waitedMs: 0, memoryMs: 0 };
  readonly nowMs = (): number => this.atMs;
  readonly monotonicMs = (): number => this.atMs;
  readonly after = (): Timer => NO_TIMER;
  readonly every = (): Timer => NO_TIMER;
}

function watch() {
  const clock = new BlockedClock();
  const instruments = new Metrics({ clock, runtimeMetrics: false });
  const incidents = new Incidents({ clock, instruments, log: silentLogger });
  const loop = new EventLoopWatch({ clock, instruments, incidents, cpuTimes: () => clock.cpu });
  const pass = (ms: number, cpu: Partial<CpuTime> = {}): void => {
    clock.atMs += ms;
    const { ranMs, waitedMs, memoryMs } = clock.cpu;
    clock.cpu = {
      ranMs: ranMs + (cpu.ranMs ?? 0),
      waitedMs: waitedMs + (cpu.waitedMs ?? 0),
      memoryMs: memoryMs + (cpu.memoryMs ?? 0),
    };
    loop.look();
  };
  const told = (): readonly string[] => incidents.current().map(({ kind, evidence }) => `${kind}: ${evidence}`);
  return { clock, instruments, loop, pass, told };
}

test('turns in time are no incident', () => {
  const { loop, pass, told } = watch();
  for (let turn = 0; turn < 20; turn++) pass(120);
  expect(told()).toEqual([]);
  expect(loop.blockedMs(0)).toBe(0);
});

test.each([
  [{ ranMs: 2_000 }, 'event_loop_late: did nothing else for 2.0 s: it computed for 2.0 s of it'],
  [
    {},
    'event_loop_late: did nothing else for 2.0 s: it used no CPU meanwhile: it was stopped, or waited for memory or a file',
  ],
  [{ waitedMs: 1_900 }, 'machine_starved: gave the gateway no core for 1.9 of 2.0 s'],
  [{ memoryMs: 1_500 }, 'machine_starved: kept the gateway waiting for 1.5 of 2.0 s'],
  // Others of its cgroup waited.
  [{ ranMs: 1_800, memoryMs: 1_500 }, 'event_loop_late: did nothing else for 2.0 s: it computed for 1.8 s of it'],
])('a loop that is two seconds late after %j', (cpu, sentence) => {
  const { loop, pass, told } = watch();
  pass(100);
  pass(2_100, cpu);
  expect(told()).toEqual([sentence]);
  expect(loop.blockedMs(0)).toBe(2_000);
  expect(loop.blockedMs(1_200)).toBe(1_000);
});

test('a machine that is starved now and then is told once, and to be over once it was not for long', () => {
  const clock = new ManualClock();
  const instruments = new Metrics({ clock, runtimeMetrics: false });
  const incidents = new Incidents({ clock, instruments, log: silentLogger });
  let waitedMs = 0;
  const cpuTimes = (): CpuTime => ({ ranMs: 0, waitedMs, memoryMs: 0 });
  const loop = new EventLoopWatch({ clock, instruments, incidents, cpuTimes });
  for (let times = 0; times < 14; times++) {
    waitedMs += 2_000;
    clock.block(2_100);
    clock.advance(105_000);
  }
  expect(instruments.value('seaglass_incidents_total', { kind: 'machine_starved' })).toBe(1);
  expect(incidents.current().map(({ kind, times }) => [kind, times])).toEqual([['machine_starved', 14]]);
  clock.advance(300_000);
  expect(incidents.current()).toEqual([]);
  loop.close();
});

test('the greatest delay is that of the last minute, however often it is asked for', () => {
  const { instruments, pass } = watch();
  pass(1_600);
  const shown = (): number | undefined => instruments.value('seaglass_event_loop_late_max_seconds', {});
  expect([shown(), shown()]).toEqual([1.5, 1.5]);
  for (let turn = 0; turn < 650; turn++) pass(100);
  expect(shown()).toBe(0);
});
