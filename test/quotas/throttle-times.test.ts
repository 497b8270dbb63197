/**
 * Goal: a throttle is as long as Kafka's. Method: runs of uses at random times, measured here, by a second way of computing it that keeps
 * every use, and by Kafka 4.3.1's own classes, whose answers are recorded in throttle-times.txt. To record them again:
 * SEAGLASS_TEST_WRITE=1 npx jest test/quotas/throttle-times
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { TokenBucket } from '../../src/kafka/quotas/token-bucket';
import { type RateWindows, throttleMs, WindowedRate } from '../../src/kafka/quotas/windowed-rate';
import { kafkaClassPath } from '../bench/jars';
import { javaCommand } from '../clients/java';
import { ManualClock } from '../support/manual-clock';
import { seeded } from '../support/random';

interface Use {
  readonly atMs: number;
  readonly value: number;
}

/** All that was used, in stretches that begin with the first use a window or more after the one before began. */
function referenceThrottle(uses: readonly Use[], { samples, windowMs }: RateWindows, limit: number): number {
  const nowMs = uses.at(-1)?.atMs ?? 0;
  const stretches: Use[][] = [];
  for (const use of uses) {
    const last = stretches.at(-1);
    if (last?.[0] === undefined || use.atMs - last[0].atMs >= windowMs) stretches.push([use]);
    else last.push(use);
  }
  const recent = stretches.filter((stretch) => nowMs - (stretch.at(-1)?.atMs ?? 0) < samples * windowMs);
  const sum = recent.flat().reduce((total, { value }) => total + value, 0);
  const sinceMs = nowMs - Math.min(...recent.flat().map(({ atMs }) => atMs));
  const wholeWindows = Math.floor(sinceMs / windowMs);
  const overMs = sinceMs + Math.max(0, samples - 1 - wholeWindows) * windowMs;
  const rate = (sum / overMs) * 1_000;
  // As long as an int32 can say.
  return rate > limit ? Math.min(2_147_483_647, Math.round(((rate - limit) / limit) * overMs)) : 0;
}

test('a throttle is ((O - T) / T) × W of what was used in the windows that count', () => {
  const use = fc.record({ afterMs: fc.integer({ min: 0, max: 4_000 }), value: fc.integer({ min: 0, max: 5_000_000 }) });
  const run = fc.record({
    samples: fc.integer({ min: 2, max: 15 }),
    windowMs: fc.integer({ min: 1, max: 3 }).map((seconds) => seconds * 1_000),
    limit: fc.integer({ min: 1, max: 2_000_000 }),
    uses: fc.array(use, { minLength: 1, maxLength: 60 }),
  });
  fc.assert(
    fc.property(run, ({ samples, windowMs, limit, uses }) => {
      const clock = new ManualClock();
      const windows = { samples, windowMs };
      const rate = new WindowedRate(windows);
      const all: Use[] = [];
      for (const { afterMs, value } of uses) {
        clock.advance(afterMs);
        const atMs = clock.monotonicMs();
        rate.record(value, atMs);
        all.push({ atMs, value });
        const there = referenceThrottle(all, windows, limit);
        // Sums in another order may round another way.
        expect(Math.abs(throttleMs(rate, limit, atMs) - there)).toBeLessThanOrEqual(1);
      }
    }),
  );
});

const RECORDED = join(__dirname, 'throttle-times.txt');
const RUNS = 60;
const USES = 60;

/** `rate|bucket samples windowSeconds limit`, then `at value` lines; times as of a clock that has run for a day. */
function script(): string {
  const below = seeded(11);
  const random = { integer: (min: number, past: number) => min + below(past - min) };
  const lines: string[] = [];
  for (let run = 0; run < RUNS; run++) {
    const kind = run % 3 === 2 ? 'bucket' : 'rate';
    const limit = kind === 'rate' ? random.integer(1, 2_000_000) : random.integer(1, 50);
    lines.push(`${kind} ${random.integer(2, 15)} ${random.integer(1, 4)} ${limit}`);
    let atMs = 86_400_000;
    for (let use = 0; use < USES; use++) {
      atMs += random.integer(0, random.integer(1, 4_000));
      lines.push(`${atMs} ${kind === 'rate' ? random.integer(0, 4 * limit) : random.integer(0, 400)}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

async function record(): Promise<void> {
  const classPath = await kafkaClassPath(join(__dirname, '..', '..'));
  const source = join(__dirname, 'ThrottleTimes.java');
  writeFileSync(RECORDED, execFileSync(javaCommand, ['-cp', classPath, source], { input: script(), encoding: 'utf8' }));
}

test('runs are throttled as Kafka’s own classes throttle them', async () => {
  if (process.env['SEAGLASS_TEST_WRITE'] === '1') await record();
  const recorded = readFileSync(RECORDED, 'utf8').trim();
  expect(recorded.replace(/^(\d+ \d+) \d+$/gm, '$1')).toBe(script().trim());
  for (const run of recorded.split(/\n(?=rate|bucket)/)) {
    const [head = '', ...lines] = run.split('\n');
    const [kind, samples, seconds, limit] = head.split(' ');
    const windows = { samples: Number(samples), windowMs: Number(seconds) * 1_000 };
    const uses = lines.map((line) => line.split(' ').map(Number) as [number, number, number]);
    const throttles = kind === 'rate' ? ofRate(windows, Number(limit), uses) : ofBucket(windows, Number(limit), uses);
    expect([head, throttles]).toEqual([head, uses.map(([, , throttle]) => throttle)]);
  }
});

function ofRate(windows: RateWindows, limit: number, uses: readonly [number, number, number][]): readonly number[] {
  const rate = new WindowedRate(windows);
  return uses.map(([atMs, value]) => {
    rate.record(value, atMs);
    return throttleMs(rate, limit, atMs);
  });
}

function ofBucket(windows: RateWindows, limit: number, uses: readonly [number, number, number][]): readonly number[] {
  const bucket = new TokenBucket(windows, limit, 0);
  return uses.map(([atMs, value]) => {
    const throttle = bucket.throttleMs(limit, atMs);
    if (throttle === 0) bucket.take(value, limit, atMs);
    return throttle;
  });
}
