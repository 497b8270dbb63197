/**
 * Goal: no order of events makes the end of a SeaweedMQ log contradict what is known of it. Method: random events (fast-check; a failure
 * prints seed and path) on one state, every step checked, and the stories of its table by hand.
 */
import fc from 'fast-check';
import { afterEvent, endOf, NOTHING_KNOWN } from '../../../src/engine/seaweedmq/log/log-end-state';
import type { LogEndEvent, LogEndState } from '../../../src/engine/seaweedmq/log/log-end-state';
import { toOffset } from '../../../src/types';

const offset = fc.nat(50).map(toOffset);
const leader = fc.constantFrom('one', 'other');
const nowMs = fc.nat(40_000);
const count = fc.nat(6);
const kind = <Kind extends LogEndEvent['kind']>(name: Kind) => fc.constant(name);

const event: fc.Arbitrary<LogEndEvent> = fc.oneof(
  fc.record({ kind: kind('asked') }),
  fc.record({ kind: kind('answered'), ask: count, leader, answer: offset, seen: offset, nowMs }),
  fc.record({ kind: kind('heard'), end: offset }),
  fc.record({ kind: kind('files'), end: offset, doubts: count }),
  fc.record({ kind: kind('reached'), end: offset }),
  fc.record({ kind: kind('saw'), end: offset }),
  fc.record({ kind: kind('placed'), answer: offset, offset }),
  fc.record({ kind: kind('nothing_at'), end: offset, nowMs }),
  fc.record({ kind: kind('went_back'), end: offset }),
  fc.record({ kind: kind('in_doubt') }),
  fc.record({ kind: kind('forgotten') }),
  fc.record({ kind: fc.constantFrom('held' as const, 'released' as const), leader }),
);

function check(before: LogEndState, moved: LogEndEvent, after: LogEndState): void {
  expect(after.excess).toBeGreaterThanOrEqual(0);
  expect(after.taken).toBeGreaterThanOrEqual(before.taken);
  expect(after.doubts).toBeGreaterThanOrEqual(before.doubts);
  // An offset that was given is never given again, unless its record was taken away on purpose.
  if (moved.kind !== 'went_back') expect(after.given).toBeGreaterThanOrEqual(before.given);
  for (const answer of [0, 7, 50].map(toOffset)) {
    expect(endOf(after, answer)).toBeLessThanOrEqual(answer);
    expect(endOf(after, answer)).toBeGreaterThanOrEqual(0);
  }
  switch (moved.kind) {
    case 'answered':
      if (moved.ask < before.taken) expect(after).toBe(before);
      // What was read before the question lies before the answer's end.
      else expect(endOf(after, moved.answer)).toBeGreaterThanOrEqual(Math.min(moved.seen, moved.answer));
      if (moved.ask >= before.taken && moved.leader !== before.leader) expect(after.excess).toBe(0);
      break;
    case 'files':
      // What was listed before a doubt is not kept behind it.
      if (moved.doubts !== before.doubts) expect(after.kept).toBe(before.kept);
      else expect(after.kept).toBe(Math.max(before.kept ?? 0, moved.end));
      expect(after.given).toBeGreaterThanOrEqual(moved.end);
      break;
    case 'heard':
      if (moved.end < Math.max(before.given, before.told) && moved.end !== before.behindAt) {
        expect(after).toMatchObject({ kept: undefined, told: 0, behindAt: moved.end, doubts: before.doubts + 1 });
        expect(after.given).toBe(Math.max(before.given, before.told));
      } else expect(after).toEqual({ ...before, told: Math.max(before.told, moved.end) });
      break;
    case 'in_doubt':
      expect(after).toMatchObject({ kept: undefined, told: 0, seen: 0, answer: 0, suspicion: undefined });
      expect(after.given).toBe(Math.max(before.given, before.told));
      if (!before.holds.has(before.leader)) expect(after.excess).toBe(0);
      break;
    case 'released':
      if (!after.holds.has(moved.leader) && moved.leader === before.leader) expect(after.excess).toBe(0);
      break;
    case 'nothing_at':
      if (after.told !== before.told) expect(after.excess).toBe(Math.max(before.answer - moved.end, 0));
      break;
    default:
  }
}

test('no order of events contradicts what is known', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 40 }), (events) => {
      let state = NOTHING_KNOWN;
      for (const moved of events) {
        const before = Object.freeze({ ...state });
        const after = afterEvent(before, moved);
        check(before, moved, after);
        state = after;
      }
      expect(events.reduce(afterEvent, NOTHING_KNOWN)).toEqual(state);
    }),
    { numRuns: 1_000 },
  );
});

const after = (...events: readonly LogEndEvent[]): LogEndState => events.reduce(afterEvent, NOTHING_KNOWN);
const answered = (answer: number, atMs: number, seen = 0): LogEndEvent => ({
  kind: 'answered',
  ask: 0,
  leader: 'one',
  answer: toOffset(answer),
  seen: toOffset(seen),
  nowMs: atMs,
});

test('a first record before what was answered shows the excess, for as long as a publisher keeps the partition loaded', () => {
  const placed = { kind: 'placed', answer: toOffset(30), offset: toOffset(20) } as const;
  const held = after({ kind: 'held', leader: 'one' }, answered(30, 1), placed, answered(31, 60_000));
  expect(endOf(held, toOffset(31))).toBe(21);
  const free = afterEvent(held, { kind: 'released', leader: 'one' });
  expect(endOf(free, toOffset(31))).toBe(31);
});

test('nothing behind the last record is excess after ten seconds, and not before', () => {
  const nothing = (nowAtMs: number): LogEndEvent => ({ kind: 'nothing_at', end: toOffset(20), nowMs: nowAtMs });
  const soon = after(answered(30, 0), nothing(0), answered(30, 9_999), nothing(9_999));
  expect(endOf(soon, toOffset(30))).toBe(30);
  expect(endOf(afterEvent(soon, nothing(10_000)), toOffset(30))).toBe(20);
});

test('a record that was read behind it takes an excess back', () => {
  const placed = { kind: 'placed', answer: toOffset(30), offset: toOffset(20) } as const;
  const state = after(answered(30, 1), placed, answered(40, 2, 38));
  expect(endOf(state, toOffset(40))).toBe(38);
});

test('what was seen before a question was given, whatever the answer, unless that was in doubt since', () => {
  const asked: readonly LogEndEvent[] = [{ kind: 'saw', end: toOffset(30) }, { kind: 'asked' }];
  expect(after(...asked, answered(22, 1, 30))).toMatchObject({ given: 30, seen: 30 });
  expect(after(...asked, { kind: 'in_doubt' }, answered(22, 1, 30))).toMatchObject({ given: 0, seen: 0 });
});

test('a broker that begins again behind its log is found out once, and what it gave stays given', () => {
  const heard = (end: number): LogEndEvent => ({ kind: 'heard', end: toOffset(end) });
  const behind = after(heard(30), { kind: 'files', end: toOffset(25), doubts: 0 }, heard(22));
  expect(behind).toMatchObject({ given: 30, kept: undefined, behindAt: 22, doubts: 1 });
  expect(afterEvent(behind, heard(22))).toMatchObject({ doubts: 1, told: 22 });
});
