/** Goal: past the bound one holder of a part of a frame is read on, the others wait and are all told when they may go on. */
import { FrameBudget, type FrameHolder } from '../../src/server/frame-budget';

const BOUND = 100;

class Holder implements FrameHolder {
  resumed = 0;
  resume(): void {
    this.resumed++;
  }
}

const holders = (): [FrameBudget, Holder, Holder, Holder] => [
  new FrameBudget(BOUND),
  new Holder(),
  new Holder(),
  new Holder(),
];

test('below the bound everybody is read', () => {
  const [budget, first, second] = holders();
  budget.charge(BOUND);
  expect([budget.mayRead(first), budget.mayRead(second)]).toEqual([true, true]);
});

test('past the bound the first to ask is favoured, the others wait', () => {
  const [budget, first, second, third] = holders();
  budget.charge(BOUND + 1);
  expect([budget.mayRead(first), budget.mayRead(second), budget.mayRead(third)]).toEqual([true, false, false]);
  expect(budget.mayRead(first)).toBe(true);
  expect([second.resumed, third.resumed]).toEqual([0, 0]);
});

test('only a favoured holder that somebody waits for holds others up', () => {
  const [budget, first, second] = holders();
  budget.charge(BOUND + 1);
  budget.mayRead(first);
  expect(budget.holdsUp(first)).toBe(false);
  budget.mayRead(second);
  expect([budget.holdsUp(first), budget.holdsUp(second)]).toEqual([true, false]);
  budget.release(BOUND);
  expect(budget.holdsUp(first)).toBe(false);
});

test('when the favoured one has its frame, the next in line is favoured', () => {
  const [budget, first, second, third] = holders();
  budget.charge(BOUND + 1);
  for (const holder of [first, second, third]) budget.mayRead(holder);
  budget.done(first);
  expect([second.resumed, third.resumed]).toEqual([1, 0]);
  expect(budget.mayRead(second)).toBe(true);
  expect(budget.mayRead(first)).toBe(false);
  budget.done(second);
  expect([first.resumed, third.resumed]).toEqual([0, 1]);
});

test('all who wait go on once there is room', () => {
  const [budget, first, second, third] = holders();
  budget.charge(BOUND + 1);
  for (const holder of [first, second, third]) budget.mayRead(holder);
  budget.release(1);
  expect([first.resumed, second.resumed, third.resumed]).toEqual([0, 1, 1]);
  expect([budget.mayRead(second), budget.mayRead(third)]).toEqual([true, true]);
});

test('who leaves while waiting is told nothing, and does not keep its place', () => {
  const [budget, first, second, third] = holders();
  budget.charge(BOUND + 1);
  for (const holder of [first, second, third]) budget.mayRead(holder);
  budget.done(second);
  budget.done(first);
  expect([second.resumed, third.resumed]).toEqual([0, 1]);
});
