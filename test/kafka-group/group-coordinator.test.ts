/**
 * The classic group protocol against Kafka's rules, on a clock that the test moves: who waits, who is answered, and with what.
 */
import { ErrorCode } from '../../src/protocol/error-code';
import { bench, bytes, callContext, text } from './support';
import type { Bench } from './support';

/** A stable group, where the initial delay is 0. */
async function stableGroup(at: Bench, ...names: string[]): Promise<Awaited<ReturnType<Bench['join']>>[]> {
  const joins = names.map((name) => at.join({ clientId: name }));
  at.clock.advance(0);
  const members = await Promise.all(joins);
  const leader = members.find((each) => each.memberId === each.leaderId);
  if (leader === undefined) throw new Error('no leader');
  const assignments = Object.fromEntries(members.map((each, index) => [each.memberId, `part ${index}`]));
  await Promise.all(members.map((each) => at.sync(each, each === leader ? assignments : {})));
  return members;
}

test('the first members wait for the initial delay, one leads and sees all offers', async () => {
  const at = bench();
  const joins = [at.join({ clientId: 'a' }), at.join({ clientId: 'b' })];
  at.clock.advance(2_999);
  expect(at.coordinator.group('g')?.state.name).toBe('PreparingRebalance');
  // The second member came after the first, so the barrier waits once more.
  at.clock.advance(3_001);
  const [a, b] = await Promise.all(joins);
  expect(a).toMatchObject({ error: ErrorCode.NONE, generationId: 1, protocolName: 'range', protocolType: 'consumer' });
  expect(a?.leaderId).toBe(a?.memberId);
  expect(b?.leaderId).toBe(a?.memberId);
  expect(a?.members.map((each) => text(each.metadata))).toEqual(['topics', 'topics']);
  expect(b?.members).toEqual([]);
});

test('the initial delay is not stretched beyond the rebalance timeout', async () => {
  const at = bench({ initialRebalanceDelayMs: 3_000 });
  const joins = [at.join({ rebalanceTimeoutMs: 7_000 })];
  for (let step = 0; step < 6; step += 1) {
    at.clock.advance(1_000);
    joins.push(at.join({ rebalanceTimeoutMs: 7_000 }));
  }
  at.clock.advance(1_000);
  const answers = await Promise.all(joins);
  expect(new Set(answers.map((each) => each.generationId))).toEqual(new Set([1]));
});

test('an assignment comes back byte for byte, and members left out get an empty one', async () => {
  const at = bench({ initialRebalanceDelayMs: 0 });
  const joins = [at.join(), at.join()];
  at.clock.advance(0);
  const [leader, follower] = await Promise.all(joins);
  if (leader === undefined || follower === undefined) throw new Error('two members');
  const waiting = at.sync(follower);
  const answer = await at.sync(leader, { [leader.memberId]: '\u0000{"json":1}' });
  expect(text(answer.assignment)).toBe('\u0000{"json":1}');
  expect(await waiting).toMatchObject({ error: ErrorCode.NONE, assignment: new Uint8Array(0) });
  expect(at.coordinator.group('g')?.state.name).toBe('Stable');
});

test('a client that knows the round is given its id first, and forgotten where it never returns', async () => {
  const at = bench({ initialRebalanceDelayMs: 0 });
  const first = await at.join({ memberIdRequired: true });
  expect(first.error).toBe(ErrorCode.MEMBER_ID_REQUIRED);
  expect(first.memberId).toMatch(/^client-[0-9a-f-]{36}$/);
  const second = at.join({ memberIdRequired: true, memberId: first.memberId });
  at.clock.advance(0);
  expect(await second).toMatchObject({ error: ErrorCode.NONE, memberId: first.memberId, generationId: 1 });

  const lost = await at.join({ memberIdRequired: true });
  at.clock.advance(10_000);
  expect((await at.join({ memberIdRequired: true, memberId: lost.memberId })).error).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
});

test('a new member closes the barrier; the others hear of it by heartbeat and join again', async () => {
  const at = bench({ initialRebalanceDelayMs: 0 });
  const [a] = await stableGroup(at, 'a');
  if (a === undefined) throw new Error('one member');
  expect(at.heartbeat(a)).toBe(ErrorCode.NONE);
  const newcomer = at.join({ clientId: 'b' });
  expect(at.heartbeat(a)).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
  const again = await at.join({ memberId: a.memberId });
  expect(again).toMatchObject({ generationId: 2, leaderId: a.memberId });
  expect(await newcomer).toMatchObject({ generationId: 2, leaderId: a.memberId });
  expect(at.heartbeat(a, 1)).toBe(ErrorCode.ILLEGAL_GENERATION);
});

test('a member that does not come back to the barrier is out when the rebalance timeout ends', async () => {
  const at = bench({ initialRebalanceDelayMs: 0 });
  const [a] = await stableGroup(at, 'a');
  const newcomer = at.join({ clientId: 'b' });
  for (let second = 0; second < 60; second += 5) {
    if (a !== undefined) at.heartbeat(a);
    at.clock.advance(5_000);
  }
  const b = await newcomer;
  expect(b).toMatchObject({ generationId: 2, leaderId: b.memberId });
  expect(b.members).toHaveLength(1);
  expect(a && at.heartbeat(a)).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
});

test('a session that ends takes its member out and the rest rebalance', async () => {
  const at = bench({ initialRebalanceDelayMs: 0 });
  const [a, b] = await stableGroup(at, 'a', 'b');
  if (a === undefined || b === undefined) throw new Error('two members');
  at.clock.advance(9_000);
  expect(at.heartbeat(a)).toBe(ErrorCode.NONE);
  at.clock.advance(2_000);
  expect(at.heartbeat(a)).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
  expect(at.heartbeat(b)).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
  expect(await at.join({ memberId: a.memberId })).toMatchObject({ generationId: 2, leaderId: a.memberId });
});

test('a leader that never assigns is out, and the group does not wait for ever', async () => {
  const at = bench({ initialRebalanceDelayMs: 0 });
  const joins = [at.join({ sessionTimeoutMs: 1_800_000 }), at.join({ sessionTimeoutMs: 1_800_000 })];
  at.clock.advance(0);
  const [leader, follower] = await Promise.all(joins);
  if (leader === undefined || follower === undefined) throw new Error('two members');
  const waiting = at.sync(follower);
  at.clock.advance(60_000);
  expect((await waiting).error).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
  expect(await at.join({ memberId: follower.memberId })).toMatchObject({
    error: ErrorCode.NONE,
    generationId: 2,
    leaderId: follower.memberId,
  });
});

test('members that leave, several at once, rebalance the group once', async () => {
  const at = bench({ initialRebalanceDelayMs: 0 });
  const members = await stableGroup(at, 'a', 'b', 'c');
  const [a, b, c] = members.map((each) => each.memberId);
  expect(at.leave(a ?? '', 'nobody', b ?? '')).toEqual([ErrorCode.NONE, ErrorCode.UNKNOWN_MEMBER_ID, ErrorCode.NONE]);
  const again = await at.join({ memberId: c ?? '' });
  expect(again).toMatchObject({ generationId: 2, leaderId: c });
  expect(at.leave(c ?? '')).toEqual([ErrorCode.NONE]);
  expect(at.coordinator.group('g')).toMatchObject({ state: { name: 'Empty' }, generationId: 3 });
});

test('the protocol is what most members prefer among those that all know', async () => {
  const at = bench({ initialRebalanceDelayMs: 0 });
  const offer = (...names: string[]) => names.map((name) => ({ name, metadata: bytes(name) }));
  const joins = [
    at.join({ protocols: offer('range', 'sticky', 'robin') }),
    at.join({ protocols: offer('robin', 'sticky') }),
    at.join({ protocols: offer('sticky', 'robin') }),
    at.join({ protocols: offer('robin', 'sticky', 'range') }),
  ];
  at.clock.advance(0);
  const answers = await Promise.all(joins);
  expect(new Set(answers.map((each) => each.protocolName))).toEqual(new Set(['sticky']));
  expect(text(answers[0]?.members[1]?.metadata ?? bytes(''))).toBe('sticky');
});

test.each([
  [{ groupId: '' }, ErrorCode.INVALID_GROUP_ID],
  [{ sessionTimeoutMs: 5_999 }, ErrorCode.INVALID_SESSION_TIMEOUT],
  [{ sessionTimeoutMs: 1_800_001 }, ErrorCode.INVALID_SESSION_TIMEOUT],
  [{ protocols: [] }, ErrorCode.INCONSISTENT_GROUP_PROTOCOL],
  [{ protocolType: '' }, ErrorCode.INCONSISTENT_GROUP_PROTOCOL],
  [{ protocolType: 'connect' }, ErrorCode.INCONSISTENT_GROUP_PROTOCOL],
  [{ protocols: [{ name: 'other', metadata: bytes('') }] }, ErrorCode.INCONSISTENT_GROUP_PROTOCOL],
  [{ memberId: 'made-up' }, ErrorCode.UNKNOWN_MEMBER_ID],
  [{ groupId: 'unknown', memberId: 'made-up' }, ErrorCode.UNKNOWN_MEMBER_ID],
])('a join with %j is refused', async (fields, error) => {
  const at = bench({ initialRebalanceDelayMs: 0 });
  await stableGroup(at, 'a');
  expect((await at.join(fields)).error).toBe(error);
});

test('a full group refuses one more, and lets its own members come back', async () => {
  const at = bench({ initialRebalanceDelayMs: 0, membersMax: 2 });
  const [a] = await stableGroup(at, 'a', 'b');
  expect((await at.join()).error).toBe(ErrorCode.GROUP_MAX_SIZE_REACHED);
  expect((await at.join({ memberIdRequired: true })).error).toBe(ErrorCode.GROUP_MAX_SIZE_REACHED);
  void at.join({ memberId: a?.memberId ?? '' });
  expect(at.coordinator.group('g')?.state.name).toBe('PreparingRebalance');
});

test('empty groups make room for new ones; beyond that new groups are refused', async () => {
  const at = bench({ initialRebalanceDelayMs: 0, groupsMax: 1 });
  const [a] = await stableGroup(at, 'a');
  expect((await at.join({ groupId: 'h' })).error).toBe(ErrorCode.COORDINATOR_NOT_AVAILABLE);
  at.leave(a?.memberId ?? '');
  const other = at.join({ groupId: 'h' });
  at.clock.advance(0);
  expect((await other).error).toBe(ErrorCode.NONE);
  expect(at.coordinator.group('g')).toBeUndefined();
});

test('large offers are refused where all members together hold too much; a member may come back with its own', async () => {
  const at = bench({ initialRebalanceDelayMs: 0, membersBytesMax: 50_000 });
  const offering = (size: number) => ({ protocols: [{ name: 'range', metadata: Buffer.alloc(size) }] });
  const joining = at.join(offering(30_000));
  at.clock.advance(0);
  const first = await joining;
  expect(first.error).toBe(ErrorCode.NONE);
  expect((await at.join({ groupId: 'h', ...offering(30_000) })).error).toBe(ErrorCode.COORDINATOR_NOT_AVAILABLE);
  void at.join({ memberId: first.memberId, ...offering(30_001) });
  expect(at.coordinator.group('g')?.members.get(first.memberId)?.protocols[0]?.metadata.length).toBe(30_001);
  at.leave(first.memberId);
  const other = at.join({ groupId: 'h', ...offering(30_000) });
  at.clock.advance(0);
  expect((await other).error).toBe(ErrorCode.NONE);
});

test('small offers count too, over all groups, and room that is given back is found again', async () => {
  const at = bench({ initialRebalanceDelayMs: 0, membersBytesMax: 50_000 });
  const offer = [{ name: 'range', metadata: Buffer.alloc(5_000) }];
  const joined = async (groupId: string) => {
    const joining = at.join({ groupId, protocols: offer });
    at.clock.advance(0);
    return joining;
  };
  const answers = [];
  for (let n = 0; n < 9; n++) answers.push(await joined(`g${n}`));
  expect(answers.map(({ error }) => error)).toEqual([
    ...Array.from({ length: 8 }, () => ErrorCode.NONE),
    ErrorCode.COORDINATOR_NOT_AVAILABLE,
  ]);
  at.coordinator.leave('g0', [{ memberId: answers[0]?.memberId ?? '', groupInstanceId: null }]);
  expect((await joined('g9')).error).toBe(ErrorCode.NONE);
  expect((await joined('g10')).error).toBe(ErrorCode.COORDINATOR_NOT_AVAILABLE);
});

test('ids that were given out count, too', async () => {
  const at = bench({ membersBytesMax: 10 * 1_024 });
  const codes = [];
  for (let n = 0; n < 11; n++) codes.push((await at.join({ memberIdRequired: true })).error);
  expect(codes.slice(9)).toEqual([ErrorCode.MEMBER_ID_REQUIRED, ErrorCode.COORDINATOR_NOT_AVAILABLE]);
});

test('assignments count: a leader whose are too much comes again, those that take the place of others are let in', async () => {
  const at = bench({ initialRebalanceDelayMs: 0, membersBytesMax: 50_000 });
  const joining = at.join();
  at.clock.advance(0);
  const leader = await joining;
  const assigning = (size: number) =>
    at.sync(leader, { [leader.memberId]: 'x'.repeat(size), nobody: 'x'.repeat(90_000) });
  expect((await assigning(60_000)).error).toBe(ErrorCode.COORDINATOR_NOT_AVAILABLE);
  expect((await assigning(40_000)).assignment).toHaveLength(40_000);
  expect((await at.join({ groupId: 'h', protocols: [{ name: 'range', metadata: Buffer.alloc(10_000) }] })).error).toBe(
    ErrorCode.COORDINATOR_NOT_AVAILABLE,
  );
  const again = await at.join({ memberId: leader.memberId });
  expect(again.generationId).toBe(2);
  expect((await at.sync(again, { [again.memberId]: 'y'.repeat(45_000) })).error).toBe(ErrorCode.NONE);
});

test('of several empty groups the one that is empty for longest makes room', async () => {
  const at = bench({ initialRebalanceDelayMs: 0, groupsMax: 2 });
  const joined = async (groupId: string) => {
    const joining = at.join({ groupId });
    at.clock.advance(0);
    return joining;
  };
  const [g, h] = [await joined('g'), await joined('h')];
  at.clock.advance(10);
  at.coordinator.leave('h', [{ memberId: h.memberId, groupInstanceId: null }]);
  at.clock.advance(10);
  at.coordinator.leave('g', [{ memberId: g.memberId, groupInstanceId: null }]);
  expect((await joined('i')).error).toBe(ErrorCode.NONE);
  expect([...at.coordinator.all()].map(({ id }) => id)).toEqual(['g', 'i']);
});

describe('static members', () => {
  const asStatic = { groupInstanceId: 'i1', sessionTimeoutMs: 1_000_000 };

  test('come back under a new id without a rebalance, and the former self is fenced', async () => {
    const at = bench({ initialRebalanceDelayMs: 0 });
    const joining = at.join(asStatic);
    at.clock.advance(0);
    const first = await joining;
    await at.sync(first, { [first.memberId]: 'mine' }, 'i1');
    const back = await at.join(asStatic);
    expect(back).toMatchObject({ error: ErrorCode.NONE, generationId: 1, skipAssignment: true });
    expect(back.memberId).not.toBe(first.memberId);
    expect(back.leaderId).toBe(back.memberId);
    expect(text((await at.sync(back, {}, 'i1')).assignment)).toBe('mine');
    expect((await at.sync(first, {}, 'i1')).error).toBe(ErrorCode.FENCED_INSTANCE_ID);
    expect((await at.join({ ...asStatic, memberId: first.memberId })).error).toBe(ErrorCode.FENCED_INSTANCE_ID);
  });

  test('that cannot be told to skip are not told that they lead', async () => {
    const at = bench({ initialRebalanceDelayMs: 0 });
    const joining = at.join(asStatic);
    at.clock.advance(0);
    const first = await joining;
    await at.sync(first, { [first.memberId]: 'mine' }, 'i1');
    const back = await at.join({ ...asStatic, skipAssignmentKnown: false });
    expect(back).toMatchObject({ leaderId: first.memberId, skipAssignment: false, members: [] });
  });

  test('with another offer keep their assignment while the protocol stays; where it changes the group rebalances', async () => {
    const at = bench({ initialRebalanceDelayMs: 0 });
    const offer = (...names: string[]) => names.map((name) => ({ name, metadata: bytes(`${name} topics`) }));
    const joining = at.join({ ...asStatic, protocols: offer('range', 'robin') });
    at.clock.advance(0);
    const first = await joining;
    await at.sync(first, { [first.memberId]: 'mine' }, 'i1');
    const other = await at.join({ ...asStatic, protocols: [{ name: 'range', metadata: bytes('other topics') }] });
    expect(other).toMatchObject({ generationId: 1, skipAssignment: true });
    expect(other.members.map((each) => text(each.metadata))).toEqual(['other topics']);
    const back = await at.join({ ...asStatic, protocols: offer('range', 'robin') });
    expect(back).toMatchObject({ generationId: 1 });
    const changed = await at.join({ ...asStatic, protocols: offer('robin', 'range') });
    expect(changed.error).toBe(ErrorCode.NONE);
    expect(changed).toMatchObject({ generationId: 2, protocolName: 'robin', skipAssignment: false });
  });

  test('are removed by their instance id alone', async () => {
    const at = bench({ initialRebalanceDelayMs: 0 });
    const joining = at.join(asStatic);
    at.clock.advance(0);
    await joining;
    expect(at.coordinator.leave('g', [{ memberId: '', groupInstanceId: 'i2' }])).toEqual([ErrorCode.UNKNOWN_MEMBER_ID]);
    expect(at.coordinator.leave('g', [{ memberId: 'x', groupInstanceId: 'i1' }])).toEqual([
      ErrorCode.FENCED_INSTANCE_ID,
    ]);
    expect(at.coordinator.leave('g', [{ memberId: '', groupInstanceId: 'i1' }])).toEqual([ErrorCode.NONE]);
    expect(at.coordinator.group('g')?.state.name).toBe('Empty');
  });
});

test('who may commit: members of the generation, and strangers only where nobody is a member', async () => {
  const at = bench({ initialRebalanceDelayMs: 0 });
  const check = (memberId: string, generationId: number, groupId = 'g') =>
    at.coordinator.checkCommit(groupId, { memberId, generationId, groupInstanceId: null });
  expect(check('', -1)).toBe(ErrorCode.NONE);
  expect(check('x', 3)).toBe(ErrorCode.ILLEGAL_GENERATION);
  // Clients of old commit to a group without a name.
  expect(check('', -1, '')).toBe(ErrorCode.NONE);
  const [a] = await stableGroup(at, 'a');
  expect(check('', -1)).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
  expect(check(a?.memberId ?? '', 1)).toBe(ErrorCode.NONE);
  expect(check(a?.memberId ?? '', 0)).toBe(ErrorCode.ILLEGAL_GENERATION);
  expect(check('x', 1)).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
  void at.join({ memberId: a?.memberId ?? '' });
  expect(check(a?.memberId ?? '', 2)).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
  at.leave(a?.memberId ?? '');
  expect(check('', -1)).toBe(ErrorCode.NONE);
});

test('a join that is given up rejects, and its member goes with its session', async () => {
  const at = bench();
  const gone = new AbortController();
  const waiting = at.coordinator.join(
    {
      groupId: 'g',
      memberId: '',
      groupInstanceId: null,
      clientId: 'c',
      clientHost: 'h',
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 10_000,
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: bytes('') }],
      memberIdRequired: false,
      skipAssignmentKnown: true,
    },
    callContext(gone.signal),
  );
  gone.abort();
  await expect(waiting).rejects.toMatchObject({ code: 'cancelled' });
  at.clock.advance(3_000);
  at.clock.advance(10_000);
  expect(at.coordinator.group('g')).toMatchObject({ state: { name: expect.stringMatching('Empty') } });
});

test('closing answers everybody who waits', async () => {
  const at = bench();
  const waiting = at.join();
  await at.coordinator.close();
  expect((await waiting).error).toBe(ErrorCode.NOT_COORDINATOR);
});

test.each([1, 2, 3, 4, 5])('random joins, syncs, heartbeats and leaves keep the rules (seed %i)', async (seed) => {
  const at = bench({ initialRebalanceDelayMs: 100, membersMax: 8 });
  let state = seed * 2_654_435_761;
  const random = (below: number): number => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 1) >>> 0;
    return state % below;
  };
  const known = new Map<string, number>();
  const settled: Promise<void>[] = [];
  for (let step = 0; step < 400; step += 1) {
    const ids = [...known.keys()];
    const id = ids[random(Math.max(ids.length, 1))] ?? '';
    const member = { memberId: id, generationId: known.get(id) ?? -1 } as Awaited<ReturnType<Bench['join']>>;
    const action = random(5);
    if (action === 0 || id === '') {
      settled.push(at.join().then((answer) => void known.set(answer.memberId, answer.generationId)));
    } else if (action === 1) {
      settled.push(at.join({ memberId: id }).then((answer) => void known.set(id, answer.generationId)));
    } else if (action === 2) {
      settled.push(at.sync(member).then(() => undefined));
    } else if (action === 3) {
      at.heartbeat(member);
    } else {
      at.leave(id);
      known.delete(id);
    }
    at.clock.advance(random(4_000));
    await Promise.resolve();
    const group = at.coordinator.group('g');
    if (group === undefined) continue;
    expect(group.members.size).toBeLessThanOrEqual(8);
    expect(group.members.size === 0).toBe(group.leaderId === undefined);
    if (group.leaderId !== undefined) expect(group.members.has(group.leaderId)).toBe(true);
    if (group.state.name === 'Empty') expect(group.members.size).toBe(0);
  }
  await at.coordinator.close();
  await Promise.all(settled);
});
