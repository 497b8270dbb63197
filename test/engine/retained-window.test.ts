/** The retained window against a model: whatever was added and evicted, a read never answers with another offset's units or over a hole. */
import fc from 'fast-check';
import type { LogUnit } from '../../src/engine/dialect';
import { RetainedBudget, RetainedWindow } from '../../src/engine/partition/retained-window';
import { EMPTY_CENSUS, toOffset } from '../../src/types';
import { ManualClock } from '../support/manual-clock';

const UNIT_BYTES = 1_000;

const windowOf = (budget: RetainedBudget, bytesMax: number, clock = new ManualClock()): RetainedWindow<LogUnit> =>
  new RetainedWindow({ budget, bytesMax, clock });

/** Batches of a log: of one to three offsets, now and then behind a hole that compaction left. */
function makeLog(lengths: readonly number[]): LogUnit[] {
  let next = 0;
  return lengths.map((length) => {
    const baseOffset = toOffset(next + (length > 3 ? 2 : 0));
    const lastOffset = toOffset(baseOffset + (length % 3));
    next = lastOffset + 1;
    return { baseOffset, lastOffset, bytes: UNIT_BYTES, census: EMPTY_CENSUS };
  });
}

test('a read answers with the units that follow the offset in the log, or with none', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 5, maxLength: 40 }),
      fc.array(fc.record({ add: fc.boolean(), at: fc.nat(), count: fc.integer({ min: 1, max: 8 }) }), {
        maxLength: 60,
      }),
      fc.integer({ min: 2, max: 30 }),
      (lengths, steps, room) => {
        const log = makeLog(lengths);
        const budget = new RetainedBudget(room * 1_128);
        const window = windowOf(budget, 20 * 1_128);
        const end = (log.at(-1)?.lastOffset ?? 0) + 1;
        for (const { add, at, count } of steps) {
          const offset = toOffset(at % end);
          const first = log.findIndex((unit) => unit.lastOffset >= offset);
          if (add) window.add(offset, log.slice(first, first + count));
          else {
            const units: LogUnit[] = [];
            window.read(offset, count * UNIT_BYTES, units);
            expect(units.length).toBeLessThanOrEqual(count);
            expect(units).toEqual(log.slice(first, first + units.length));
          }
          expect(budget.bytes).toBe(window.bytes);
          expect(budget.bytes).toBeLessThanOrEqual(room * 1_128);
          expect(window.bytes).toBeLessThanOrEqual(20 * 1_128);
        }
      },
    ),
    { numRuns: 300 },
  );
});

test('what was just added is there, and what lies below the log start is not', () => {
  const log = makeLog([0, 0, 0, 0, 0]);
  const window = windowOf(new RetainedBudget(1e6), 1e6);
  window.add(toOffset(0), log);
  const units: LogUnit[] = [];
  expect(window.read(toOffset(2), 1, units)).toBe(UNIT_BYTES);
  expect(units).toEqual([log[2]]);
  window.trimBelow(toOffset(3));
  expect(window.read(toOffset(2), 1, [])).toBe(0);
  expect(window.read(toOffset(3), 1, [])).toBe(UNIT_BYTES);
});

test('all windows together stay within the budget, and the one used least recently pays', () => {
  const budget = new RetainedBudget(10 * 1_128);
  const windows = [0, 1].map(() => windowOf(budget, 1e6));
  const log = makeLog(Array.from({ length: 8 }, () => 0));
  for (const window of windows) window.add(toOffset(0), log);
  expect(windows.map((window) => window.bytes / 1_128)).toEqual([2, 8]);
  expect(budget.bytes).toBe(10 * 1_128);
});

// A reader would be given a value from here, and then a log in which its tombstone was already compacted away.
test('what was delivered long ago is not answered again', () => {
  const clock = new ManualClock();
  const budget = new RetainedBudget(1e6);
  const window = windowOf(budget, 1e6, clock);
  const [first, second, third] = makeLog([0, 0, 0]);
  if (first === undefined || second === undefined || third === undefined) throw new Error('three units');
  const read = (offset: number): LogUnit[] => {
    const units: LogUnit[] = [];
    window.read(toOffset(offset), 1e6, units);
    return units;
  };
  window.add(toOffset(0), [first]);
  clock.advance(299_000);
  window.add(toOffset(1), [second]);
  expect(read(0)).toEqual([first, second]);
  clock.advance(2_000);
  window.add(toOffset(2), [third]);
  expect(read(0)).toEqual([]);
  expect(read(2)).toEqual([third]);
  expect(budget.bytes).toBe(UNIT_BYTES + 128);
});
