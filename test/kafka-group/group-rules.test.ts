/**
 * Rules of Kafka's coordinator beyond the plain course of a group, on a clock that the test moves: who is fenced, who is waited for and how
 * long, who need not rebalance, and what each rebalance is told to have been caused by.
 */
import { GroupCoordinator } from '../../src/kafka/groups/classic/group-coordinator';
import type { GroupObserver } from '../../src/kafka/groups/classic/group-environment';
import { NO_OBSERVER } from '../../src/kafka/groups/classic/group-environment';
import { DEFAULT_GROUP_SETTINGS } from '../../src/kafka/groups/classic/group-settings';
import type { JoinAnswer } from '../../src/kafka/groups/classic/member';

import { ErrorCode } from '../../src/protocol/error-code';
import { ManualClock } from '../support/manual-clock';
import { bench, bytes, callContext, membersOf, text } from './support';
import type { Bench } from './support';
import { MemoryOffsetStorage } from '../support/memory-offset-storage';
import { expectWithin } from '../support/measured';

const SETTINGS = { initialRebalanceDelayMs: 0 };
const offer = (...names: string[]) => names.map((name) => ({ name, metadata: bytes(`${name} topics`) }));

/** The first leads. */
async function joined(at: Bench, ...fields: Parameters<Bench['join']>[0][]): Promise<JoinAnswer[]> {
  const joins = fields.map((each) => at.join(each));
  at.clock.advance(0);
  return Promise.all(joins);
}

async function stable(at: Bench, ...fields: Parameters<Bench['join']>[0][]): Promise<JoinAnswer[]> {
  const members = await joined(at, ...fields);
  const parts = Object.fromEntries(members.map((each, index) => [each.memberId, `part ${index}`]));
  await Promise.all(members.map((each, index) => at.sync(each, parts, fields[index]?.groupInstanceId ?? undefined)));
  return members;
}

const nth = (members: readonly JoinAnswer[], index: number): JoinAnswer => {
  const member = members[index];
  if (member === undefined) throw new Error(`no member ${index}`);
  return member;
};

describe('who has to sync', () => {
  test('a member that never asks for its assignment is out after the rebalance timeout, though the group is stable', async () => {
    const at = bench(SETTINGS);
    const members = await joined(at, { clientId: 'a' }, { clientId: 'b' });
    const [a, b] = [nth(members, 0), nth(members, 1)];
    expect((await at.sync(a, { [a.memberId]: 'all' })).error).toBe(ErrorCode.NONE);
    for (let second = 0; second < 55; second += 5) {
      at.clock.advance(5_000);
      expect([at.heartbeat(a), at.heartbeat(b)]).toEqual([ErrorCode.NONE, ErrorCode.NONE]);
    }
    at.clock.advance(5_000);
    expect([at.heartbeat(a), at.heartbeat(b)]).toEqual([ErrorCode.REBALANCE_IN_PROGRESS, ErrorCode.UNKNOWN_MEMBER_ID]);
  });

  test('one that asks late, of a stable group, stays', async () => {
    const at = bench(SETTINGS);
    const members = await joined(at, { clientId: 'a' }, { clientId: 'b' });
    const [a, b] = [nth(members, 0), nth(members, 1)];
    await at.sync(a, { [b.memberId]: 'late' });
    at.clock.advance(9_000);
    expect(text((await at.sync(b)).assignment)).toBe('late');
    expect(at.heartbeat(a)).toBe(ErrorCode.NONE);
    for (let second = 0; second < 60; second += 5) {
      at.clock.advance(5_000);
      expect([at.heartbeat(a), at.heartbeat(b)]).toEqual([ErrorCode.NONE, ErrorCode.NONE]);
    }
  });

  test('a sync for another protocol than the group’s is refused, and one of an old generation', async () => {
    const at = bench(SETTINGS);
    const [a] = await joined(at, { protocolType: 'sr', protocols: offer('v0') });
    const sync = (fields: object) =>
      at.coordinator.sync(
        'g',
        {
          memberId: a?.memberId ?? '',
          generationId: 1,
          groupInstanceId: null,
          protocolType: 'sr',
          protocolName: 'v0',
          assignments: new Map(),
          ...fields,
        },
        callContext(),
      );
    expect((await sync({ protocolType: 'consumer' })).error).toBe(ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
    expect((await sync({ protocolName: 'v1' })).error).toBe(ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
    expect((await sync({ generationId: 0 })).error).toBe(ErrorCode.ILLEGAL_GENERATION);
    expect(await sync({})).toMatchObject({ error: ErrorCode.NONE, protocolType: 'sr', protocolName: 'v0' });
  });
});

describe('who joins again', () => {
  test('the leader of a stable group starts a rebalance, a follower with the same offer does not', async () => {
    const at = bench(SETTINGS);
    const members = await stable(at, { clientId: 'a' }, { clientId: 'b' });
    const [a, b] = [nth(members, 0), nth(members, 1)];
    const follower = await at.join({ memberId: b.memberId });
    expect(follower).toMatchObject({ error: 0, generationId: 1, leaderId: a.memberId, members: [] });
    expect(text((await at.sync(b)).assignment)).toBe('part 1');
    void at.join({ memberId: a.memberId });
    expect(at.heartbeat(b)).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
  });

  test('before the assignment came, the same offer is told the same generation, another one starts a rebalance', async () => {
    const at = bench(SETTINGS);
    const members = await joined(at, { clientId: 'a' }, { clientId: 'b' });
    const [a, b] = [nth(members, 0), nth(members, 1)];
    const leader = await at.join({ memberId: a.memberId });
    expect(leader).toMatchObject({ generationId: 1, leaderId: a.memberId });
    expect(leader.members).toHaveLength(2);
    const waiting = at.sync(a);
    void at.join({ memberId: b.memberId, protocols: [{ name: 'range', metadata: bytes('other') }] });
    // The leader had assigned before it heard of the change, and its answer belonged to nobody.
    expect((await waiting).error).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
  });

  test('a client that asks twice has its last question answered at the barrier, the one before sends it back', async () => {
    const at = bench(SETTINGS);
    const [a] = await stable(at, { clientId: 'a' }, { clientId: 'b' });
    const first = at.join({ memberId: a?.memberId ?? '' });
    void at.join({ memberId: a?.memberId ?? '' });
    expect((await first).error).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
  });

  test('where the leader stays away, another member that joined leads', async () => {
    const at = bench(SETTINGS);
    const members = await stable(at, { clientId: 'a' }, { clientId: 'b' });
    const again = at.join({ memberId: nth(members, 1).memberId, protocols: offer('range') });
    at.clock.advance(60_000);
    expect(await again).toMatchObject({ generationId: 2, leaderId: nth(members, 1).memberId });
  });

  test('a member whose id was only just given out is waited for, until it leaves or its session ends', async () => {
    const at = bench(SETTINGS);
    const [a] = await stable(at, { clientId: 'a' });
    const [left, lost] = [await at.join({ memberIdRequired: true }), await at.join({ memberIdRequired: true })];
    let again: JoinAnswer | undefined;
    void at.join({ memberId: a?.memberId ?? '' }).then((answer) => (again = answer));
    expect(at.leave(left.memberId)).toEqual([ErrorCode.NONE]);
    await Promise.resolve();
    expect(again).toBeUndefined();
    at.clock.advance(10_000);
    await new Promise(setImmediate);
    expect(again).toMatchObject({ error: 0, generationId: 2 });
    expect((await at.join({ memberId: lost.memberId })).error).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
  });
});

describe('static members', () => {
  const asStatic = { groupInstanceId: 'i', sessionTimeoutMs: 100_000 };

  test('the former self is fenced everywhere', async () => {
    const at = bench(SETTINGS);
    const former = nth(await stable(at, asStatic), 0);
    await at.join(asStatic);
    const identity = { memberId: former.memberId, groupInstanceId: 'i', generationId: 1 };
    const { coordinator } = at;
    expect(coordinator.heartbeat('g', identity)).toBe(ErrorCode.FENCED_INSTANCE_ID);
    expect(coordinator.checkCommit('g', identity)).toBe(ErrorCode.FENCED_INSTANCE_ID);
    expect(coordinator.leave('g', [identity])).toEqual([ErrorCode.FENCED_INSTANCE_ID]);
    expect(
      (
        await at.sync(
          nth(
            [former].flatMap((each) => each ?? []),
            0,
          ),
          {},
          'i',
        )
      ).error,
    ).toBe(ErrorCode.FENCED_INSTANCE_ID);
    expect((await at.join({ ...asStatic, memberId: identity.memberId })).error).toBe(ErrorCode.FENCED_INSTANCE_ID);
    // Without its instance id nobody knows it.
    expect(coordinator.heartbeat('g', { ...identity, groupInstanceId: null })).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
    expect(coordinator.heartbeat('g', { ...identity, groupInstanceId: 'j' })).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
  });

  test('a former self that waits, at the barrier or for its assignment, is told so', async () => {
    const at = bench(SETTINGS);
    const members = await joined(at, { clientId: 'leader' }, asStatic);
    const waiting = at.sync(nth(members, 1), {}, 'i');
    const again = at.join(asStatic);
    expect((await waiting).error).toBe(ErrorCode.FENCED_INSTANCE_ID);
    void at.join(asStatic);
    expect((await again).error).toBe(ErrorCode.FENCED_INSTANCE_ID);
  });

  test('a follower that comes back is told who leads, and nobody rebalances', async () => {
    const at = bench(SETTINGS);
    const members = await stable(at, { clientId: 'leader', sessionTimeoutMs: 100_000 }, asStatic);
    const back = await at.join(asStatic);
    const leaderId = nth(members, 0).memberId;
    expect(back).toMatchObject({ generationId: 1, leaderId, skipAssignment: false, members: [] });
    expect(text((await at.sync(back, {}, 'i')).assignment)).toBe('part 1');
    expect(at.heartbeat(nth(members, 0))).toBe(ErrorCode.NONE);
  });

  test('that stay away from a rebalance stay members until their session ends', async () => {
    const at = bench(SETTINGS);
    const members = await stable(at, { clientId: 'a' }, asStatic);
    const again = at.join({ memberId: nth(members, 0).memberId });
    at.clock.advance(60_000);
    expect((await again).members.map((each) => each.groupInstanceId)).toEqual([null, 'i']);
    await at.sync(await again);
    expect(at.coordinator.group('g')?.members.size).toBe(2);
  });

  test('that come back to a full group are let in: it grows by nobody', async () => {
    const at = bench({ ...SETTINGS, membersMax: 1 });
    await stable(at, asStatic);
    expect(await at.join(asStatic)).toMatchObject({ error: 0, generationId: 1 });
    expect((await at.join()).error).toBe(ErrorCode.GROUP_MAX_SIZE_REACHED);
  });
});

test('ids given out to clients that never come back are bounded like members', async () => {
  const at = bench({ ...SETTINGS, membersMax: 2 });
  const codes = [];
  for (let index = 0; index < 3; index += 1) codes.push((await at.join({ memberIdRequired: true })).error);
  expect(codes).toEqual([ErrorCode.MEMBER_ID_REQUIRED, ErrorCode.MEMBER_ID_REQUIRED, ErrorCode.GROUP_MAX_SIZE_REACHED]);
});

test('commits are taken while members are called back, not while the assignment is awaited', async () => {
  const at = bench(SETTINGS);
  const [a] = await joined(at, { clientId: 'a' });
  const identity = { memberId: a?.memberId ?? '', groupInstanceId: null };
  expect(at.coordinator.checkCommit('g', { ...identity, generationId: 1 })).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
  if (a !== undefined) await at.sync(a);
  void at.join({ clientId: 'b' });
  expect(at.coordinator.checkCommit('g', { ...identity, generationId: 1 })).toBe(ErrorCode.NONE);
  expect(at.coordinator.checkCommit('g', { ...identity, generationId: -1 })).toBe(ErrorCode.ILLEGAL_GENERATION);
  at.coordinator.leave('g', [identity]);
});

test('heartbeats during a rebalance keep the session', async () => {
  const at = bench(SETTINGS);
  const [a] = await stable(at, { clientId: 'a' });
  if (a === undefined) throw new Error('one member');
  void at.join({ clientId: 'b' });
  for (let second = 0; second < 50; second += 5) {
    at.clock.advance(5_000);
    expect(at.heartbeat(a)).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
  }
});

test('every rebalance is told with its cause, and ends once', async () => {
  const clock = new ManualClock();
  const told: string[] = [];
  const observer: GroupObserver = {
    ...NO_OBSERVER,
    rebalanceBegan: (_, cause) => void told.push(`began: ${cause}`),
    generationBegan: (group) => void told.push(`generation ${group.generationId}`),
    rebalanceEnded: (_, end) => void told.push(`ended: ${end}`),
    memberLost: (_, __, loss) => void told.push(`lost: ${loss}`),
  };
  const settings = { ...DEFAULT_GROUP_SETTINGS, ...SETTINGS };
  const coordinator = new GroupCoordinator({ clock, offsets: new MemoryOffsetStorage(), settings, observer });
  const at: Bench = { clock, coordinator, ...membersOf(coordinator) };
  const steps: string[][] = [];
  const step = (): void => void steps.push(told.splice(0));

  const [a] = await stable(at, { clientId: 'a' });
  if (a === undefined) throw new Error('one member');
  step();
  const b = at.join({ clientId: 'b' });
  const [again, other] = await Promise.all([at.join({ memberId: a.memberId }), b]);
  void at.join({ memberId: other.memberId, protocols: [{ name: 'range', metadata: bytes('new') }] });
  step();
  await at.join({ memberId: a.memberId });
  await at.sync({ ...again, generationId: 3 });
  step();
  clock.advance(60_000);
  step();
  expect(steps).toEqual([
    ['began: member_joined', 'generation 1', 'ended: stable'],
    ['began: member_joined', 'generation 2', 'ended: superseded', 'began: member_changed'],
    ['generation 3', 'ended: stable'],
    ['lost: session_expired', 'began: session_expired', 'lost: session_expired', 'generation 4', 'ended: empty'],
  ]);
  void at.join({ clientId: 'c' });
  await coordinator.close();
  step();
  expect(steps.at(-1)).toEqual(['began: member_joined', 'ended: closed']);
});

describe('members that offer very many protocols', () => {
  test('cost time that grows with what they send, not with its square', async () => {
    const at = bench(SETTINGS);
    const offers = (from: string) => Array.from({ length: 60_000 }, (_, index) => `${from}-${index}`);
    const startedMs = performance.now();
    const members = await joined(
      at,
      { protocols: offer(...offers('a'), 'shared') },
      { protocols: offer(...offers('b'), 'shared') },
    );
    const refused = await at.join({ protocols: offer(...offers('c')) });
    expect(members.map(({ error, protocolName }) => [error, protocolName])).toEqual([
      [ErrorCode.NONE, 'shared'],
      [ErrorCode.NONE, 'shared'],
    ]);
    expect(refused.error).toBe(ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
    // Tens of seconds where each offer is looked for among the others.
    expectWithin('two joins of 60,000 protocols', performance.now() - startedMs, 5_000);
  });
});
