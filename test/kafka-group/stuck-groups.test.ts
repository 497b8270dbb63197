/**
 * Goal: a group that has members, has records to read and stands still is told of after a quarter of an hour, and nobody else. Method: the
 * watch on a clock of the test's own.
 */
import { type Lagging, StuckGroups } from '../../src/kafka/groups/stuck-groups';
import { DEFAULT_GROUP_SETTINGS } from '../../src/kafka/groups/classic/group-settings';
import { createTelemetry } from '../../src/telemetry/create-telemetry';
import { toPartitionId } from '../../src/types';
import { ManualClock } from '../support/manual-clock';

const AFTER_MS = DEFAULT_GROUP_SETTINGS.stuckAfterMs;

function open() {
  const clock = new ManualClock();
  const { incidents } = createTelemetry({ clock });
  const state = { members: 1, lagging: [] as readonly Lagging[] };
  const groups = new StuckGroups({
    clock,
    incidents,
    lagging: () => state.lagging,
    members: () => state.members,
    afterMs: AFTER_MS,
  });
  const at = (offset: number, records = 7): readonly Lagging[] => [
    { group: 'billing', of: { topic: 'orders', partition: toPartitionId(1) }, offset, records },
  ];
  const told = () => incidents.current().map(({ kind, target, evidence }) => `${kind} ${target} ${evidence}`);
  return { clock, state, groups, at, told };
}

test('a group that stands still for a quarter of an hour is told of, until it moves', () => {
  const { clock, state, at, told } = open();
  state.lagging = at(179);
  clock.advance(AFTER_MS);
  expect(told()).toEqual([]);
  clock.advance(60_000);
  expect(told()).toEqual([
    'group_stuck billing has 1 members and has not moved from orders-1@179 for 15 minutes, where 7 records wait',
  ]);
  state.lagging = at(180);
  clock.advance(60_000);
  expect(told()).toEqual([]);
});

test.each([
  [
    'moves now and then',
    (state: ReturnType<typeof open>['state'], at: ReturnType<typeof open>['at'], minute: number) =>
      void (state.lagging = at((minute / 10) | 0)),
  ],
  [
    'has no member',
    (state: ReturnType<typeof open>['state'], at: ReturnType<typeof open>['at']) =>
      void ((state.members = 0), (state.lagging = at(1))),
  ],
  ['has read everything', (state: ReturnType<typeof open>['state']) => void (state.lagging = [])],
  [
    'lost its members a moment ago',
    (state: ReturnType<typeof open>['state'], at: ReturnType<typeof open>['at'], minute: number) =>
      void ((state.members = minute % 14 === 0 ? 0 : 1), (state.lagging = at(1))),
  ],
])('one that %s is not', (_what, change) => {
  const { clock, state, at, told } = open();
  for (let minute = 0; minute < 120; minute++) {
    change(state, at, minute);
    clock.advance(60_000);
    expect(told()).toEqual([]);
  }
});
