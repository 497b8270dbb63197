/**
 * What is kept of a group over a restart, on a clock that the test moves and a filer in memory: the group as its last stable generation
 * left it, never a new empty one in its place. A restart is a second coordinator over the same filer.
 */
import { EngineError } from '../../src/engine-error';
import { GroupCoordinator } from '../../src/kafka/groups/classic/group-coordinator';
import { GroupMetadata } from '../../src/kafka/groups/classic/group-metadata';
import { GroupMetadataStorage } from '../../src/kafka/groups/classic/group-metadata-storage';
import type { GroupSettings } from '../../src/kafka/groups/classic/group-settings';
import { DEFAULT_GROUP_SETTINGS } from '../../src/kafka/groups/classic/group-settings';
import type { JoinAnswer } from '../../src/kafka/groups/classic/member';

import { ErrorCode } from '../../src/protocol/error-code';
import type { Logger } from '../../src/telemetry/log/log';
import { createTelemetry } from '../../src/telemetry/create-telemetry';
import { ManualClock } from '../support/manual-clock';
import { at } from './offset-contract';
import { bytes, callContext, MemoryFiler, membersOf, silentOperations, text } from './support';
import type { Members } from './support';
import { MemoryOffsetStorage } from '../support/memory-offset-storage';

const PATH = '/topics/kafka/.meta/consumer_groups';
const telemetry = createTelemetry();
afterAll(() => telemetry.close());

interface Started extends Members {
  readonly coordinator: GroupCoordinator;
  readonly clock: ManualClock;
  readonly logged: string[];
}

/** A coordinator over what the filer holds, not asked to load yet. */
function start(filer: MemoryFiler, settings: Partial<GroupSettings> = {}): Started {
  const clock = new ManualClock();
  const logged: string[] = [];
  const log: Logger = { write: (_, event, message) => void logged.push(`${event}: ${message}`), enabled: () => true };
  const watched = { ...telemetry, operations: silentOperations, log };
  const metadata = new GroupMetadata({ storage: new GroupMetadataStorage(filer), telemetry: watched, clock });
  const coordinator = new GroupCoordinator({
    clock,
    offsets: new MemoryOffsetStorage(),
    metadata,
    settings: { ...DEFAULT_GROUP_SETTINGS, initialRebalanceDelayMs: 0, ...settings },
  });
  return { coordinator, clock, logged, ...membersOf(coordinator) };
}

async function loaded(filer: MemoryFiler, settings?: Partial<GroupSettings>): Promise<Started> {
  const at = start(filer, settings);
  expect(await at.coordinator.whenLoaded(callContext())).toBe(ErrorCode.NONE);
  return at;
}

/** Two members, the second a static one, with a part each. */
async function stable(at: Started): Promise<readonly [JoinAnswer, JoinAnswer]> {
  const joins = [at.join({ clientId: 'a' }), at.join({ clientId: 'b', groupInstanceId: 'i' })] as const;
  at.clock.advance(0);
  const [a, b] = await Promise.all(joins);
  const parts = { [a.memberId]: 'part \u0000 of a', [b.memberId]: 'part of b' };
  await Promise.all([at.sync(a, parts), at.sync(b, {}, 'i')]);
  return [a, b];
}

test('members go on in their generation, with their assignments, and a stale generation is refused', async () => {
  const filer = new MemoryFiler();
  const [a, b] = await stable(await loaded(filer));
  const at = await loaded(filer);
  expect(at.coordinator.group('g')).toMatchObject({
    state: { name: 'Stable' },
    generationId: 1,
    protocolType: 'consumer',
    protocolName: 'range',
    leaderId: a.memberId,
  });
  expect([...(at.coordinator.group('g')?.members.values() ?? [])]).toMatchObject([
    { id: a.memberId, groupInstanceId: null, clientId: 'a', clientHost: '/127.0.0.1', sessionTimeoutMs: 10_000 },
    { id: b.memberId, groupInstanceId: 'i', clientId: 'b', rebalanceTimeoutMs: 60_000 },
  ]);
  expect(at.heartbeat(a)).toBe(ErrorCode.NONE);
  expect(at.heartbeat(a, 0)).toBe(ErrorCode.ILLEGAL_GENERATION);
  const check = (generationId: number) =>
    at.coordinator.checkCommit('g', { memberId: a.memberId, groupInstanceId: null, generationId });
  expect([check(1), check(0)]).toEqual([ErrorCode.NONE, ErrorCode.ILLEGAL_GENERATION]);
  expect(text((await at.sync(a)).assignment)).toBe('part \u0000 of a');
  expect(text((await at.sync(b, {}, 'i')).assignment)).toBe('part of b');
  expect((await at.sync(b, {}, 'other')).error).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
});

test('a follower with the same offer is told its generation; the leader rebalances into the next one', async () => {
  const filer = new MemoryFiler();
  const [a, b] = await stable(await loaded(filer));
  const at = await loaded(filer);
  expect(await at.join({ memberId: b.memberId, groupInstanceId: 'i' })).toMatchObject({ error: 0, generationId: 1 });
  const again = at.join({ memberId: a.memberId });
  const other = at.join({ memberId: b.memberId, groupInstanceId: 'i' });
  expect(await again).toMatchObject({ error: 0, generationId: 2, leaderId: a.memberId });
  expect(await other).toMatchObject({ error: 0, generationId: 2 });
});

test('sessions begin anew, and members that stay away are out', async () => {
  const filer = new MemoryFiler();
  const [a] = await stable(await loaded(filer));
  const at = await loaded(filer);
  at.clock.advance(9_999);
  expect(at.heartbeat(a)).toBe(ErrorCode.NONE);
  at.clock.advance(1);
  expect(at.heartbeat(a)).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
  at.clock.advance(60_000);
  expect(at.coordinator.group('g')).toMatchObject({ state: { name: 'Empty' }, generationId: 2 });
  await at.coordinator.close();
  const after = await loaded(filer);
  expect(after.coordinator.group('g')).toMatchObject({
    state: { name: 'Empty' },
    generationId: 2,
    protocolType: 'consumer',
  });
  expect(after.coordinator.group('g')?.members.size).toBe(0);
});

test('a rebalance that was under way is forgotten: the generation before it goes on', async () => {
  const filer = new MemoryFiler();
  const before = await loaded(filer);
  const [a] = await stable(before);
  void before.join({ clientId: 'newcomer' });
  expect(before.heartbeat(a)).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
  const at = await loaded(filer);
  expect(at.heartbeat(a)).toBe(ErrorCode.NONE);
});

test('a static member that came back under a new id has that id after a restart', async () => {
  const filer = new MemoryFiler();
  const before = await loaded(filer);
  const [, b] = await stable(before);
  const back = await before.join({ groupInstanceId: 'i' });
  const at = await loaded(filer);
  expect((await at.sync(b, {}, 'i')).error).toBe(ErrorCode.FENCED_INSTANCE_ID);
  expect(text((await at.sync(back, {}, 'i')).assignment)).toBe('part of b');
});

test('a static member whose new id cannot be stored has its old one, and comes back with another', async () => {
  const filer = new MemoryFiler();
  const at = await loaded(filer);
  const [a, b] = await stable(at);
  filer.failWith = new EngineError('unavailable', 'the filer is gone');
  expect(await at.join({ groupInstanceId: 'i' })).toMatchObject({
    error: ErrorCode.COORDINATOR_NOT_AVAILABLE,
    memberId: '',
  });
  expect([...(at.coordinator.group('g')?.members.keys() ?? [])]).toEqual([a.memberId, b.memberId]);
  expect(at.heartbeat(b)).toBe(ErrorCode.NONE);
  expect(text((await at.sync(b, {}, 'i')).assignment)).toBe('part of b');
  filer.failWith = undefined;
  const back = await at.join({ groupInstanceId: 'i' });
  expect(back).toMatchObject({ error: ErrorCode.NONE, generationId: 1 });
  expect((await at.sync(b, {}, 'i')).error).toBe(ErrorCode.FENCED_INSTANCE_ID);
  expect(text((await at.sync(back, {}, 'i')).assignment)).toBe('part of b');
});

test('an assignment that no entry can hold is answered as Kafka answers one past its largest batch', async () => {
  const at = await loaded(new MemoryFiler());
  const joining = at.join();
  at.clock.advance(0);
  const leader = await joining;
  const refused = await at.sync(leader, { [leader.memberId]: 'x'.repeat(7 * 1024 * 1024) });
  expect(refused.error).toBe(ErrorCode.UNKNOWN_SERVER_ERROR);
  expect(at.heartbeat(leader)).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
});

test('an assignment that cannot be stored is nobody’s: members hear a code they retry, and rebalance', async () => {
  const filer = new MemoryFiler();
  const at = await loaded(filer);
  const joins = [at.join(), at.join()] as const;
  at.clock.advance(0);
  const [leader, follower] = await Promise.all(joins);
  filer.failWith = new EngineError('unavailable', 'the filer is gone');
  const waiting = at.sync(follower);
  expect((await at.sync(leader, { [leader.memberId]: 'all' })).error).toBe(ErrorCode.COORDINATOR_NOT_AVAILABLE);
  expect(await waiting).toMatchObject({ error: ErrorCode.COORDINATOR_NOT_AVAILABLE, assignment: new Uint8Array(0) });
  expect(at.heartbeat(leader)).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
  filer.failWith = undefined;
  const [again] = await Promise.all([at.join({ memberId: leader.memberId }), at.join({ memberId: follower.memberId })]);
  expect(again).toMatchObject({ error: 0, generationId: 2 });
  expect(text((await at.sync(again, { [leader.memberId]: 'all' })).assignment)).toBe('all');
});

test.each(['put', 'delete'] as const)(
  'a write that was given up and is carried out late does not undo a newer %s',
  async (newer) => {
    const filer = new MemoryFiler();
    const at = await loaded(filer);
    const joining = at.join();
    at.clock.advance(0);
    const leader = await joining;
    // A filer that hangs: the call ends for us, and is carried out once the filer goes on, behind the next write.
    const late: (() => Promise<void>)[] = [];
    const [put, get] = [filer.put.bind(filer), filer.get.bind(filer)];
    filer.put = (...call) => {
      late.push(() => put(...call));
      return Promise.reject(new EngineError('timeout', 'no answer'));
    };
    expect((await at.sync(leader, { [leader.memberId]: 'lost' })).error).toBe(ErrorCode.COORDINATOR_NOT_AVAILABLE);
    filer.put = put;
    let calls = 0;
    filer.get = async (...call) => {
      calls += 1;
      if (calls === 2) for (const each of late.splice(0)) await each();
      return get(...call);
    };
    if (newer === 'put') {
      const again = await at.join({ memberId: leader.memberId });
      expect((await at.sync(again, { [leader.memberId]: 'kept' })).error).toBe(ErrorCode.NONE);
      const after = await loaded(filer);
      expect(text((await after.sync(again)).assignment)).toBe('kept');
    } else {
      at.leave(leader.memberId);
      expect(await at.coordinator.deleteGroup('g', callContext())).toBe(ErrorCode.NONE);
      expect([...filer.entries.keys()]).toEqual([]);
    }
    expect(late).toEqual([]);
  },
);

test('an assignment that is stored after its group went on belongs to nobody', async () => {
  const filer = new MemoryFiler();
  const at = await loaded(filer);
  const joining = at.join();
  at.clock.advance(0);
  const leader = await joining;
  const stored = filer.hold();
  const waiting = at.sync(leader, { [leader.memberId]: 'all' });
  void at.join({ clientId: 'newcomer' });
  expect((await waiting).error).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
  stored.release();
  await at.coordinator.close();
  expect(at.logged).toEqual([]);
});

test('while groups cannot be loaded nobody is answered as if there were none, and the first who asks later loads them', async () => {
  const filer = new MemoryFiler();
  const [a] = await stable(await loaded(filer));
  filer.failWith = new EngineError('unavailable', 'the filer is gone');
  const at = start(filer);
  at.coordinator.load();
  expect((await at.join()).error).toBe(ErrorCode.COORDINATOR_NOT_AVAILABLE);
  expect((await at.sync(a)).error).toBe(ErrorCode.COORDINATOR_NOT_AVAILABLE);
  expect(at.heartbeat(a)).toBe(ErrorCode.NONE);
  expect(at.leave(a.memberId)).toEqual([ErrorCode.COORDINATOR_LOAD_IN_PROGRESS]);
  expect(at.coordinator.checkCommit('g', { memberId: '', groupInstanceId: null, generationId: -1 })).toBe(
    ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
  );
  expect(await at.coordinator.deleteGroup('g', callContext())).toBe(ErrorCode.COORDINATOR_NOT_AVAILABLE);
  expect(at.logged[0]).toMatch(/^group\.load_failed: .*the filer is gone/);
  filer.failWith = undefined;
  expect((await at.sync(a)).error).toBe(ErrorCode.NONE);
  expect(at.heartbeat(a)).toBe(ErrorCode.NONE);
});

test('a load that failed is begun again by a commit alone, of a consumer that is no member', async () => {
  const filer = new MemoryFiler();
  filer.failWith = new EngineError('unavailable', 'the filer is gone');
  const at = start(filer);
  const commit = () => at.coordinator.checkCommit('g', { memberId: '', groupInstanceId: null, generationId: -1 });
  expect(commit()).toBe(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
  await new Promise(setImmediate);
  filer.failWith = undefined;
  expect(commit()).toBe(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
  await new Promise(setImmediate);
  expect(commit()).toBe(ErrorCode.NONE);
});

test('a load that takes long is waited for a while, then the client is told that it lasts', async () => {
  const filer = new MemoryFiler();
  const [a] = await stable(await loaded(filer));
  const at = start(filer);
  const held = filer.hold();
  const early = [at.sync(a), at.join({ memberId: a.memberId })];
  expect(at.heartbeat(a)).toBe(ErrorCode.NONE);
  at.clock.advance(1_000);
  expect((await Promise.all(early)).map(({ error }) => error)).toEqual([
    ErrorCode.REBALANCE_IN_PROGRESS,
    ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
  ]);
  const late = at.sync(a);
  held.release();
  expect((await late).error).toBe(ErrorCode.NONE);
});

test.each([
  ['no JSON', bytes('{"type":')],
  ['another kind of entry', bytes('{"type":"offset","value":1}')],
  ['a later version', bytes('{"type":"group","version":2}')],
  ['a name that no answer can hold', bytes(`{"type":"group","version":1,"group":"${'x'.repeat(32_768)}"}`)],
  ['another group’s name', undefined],
])('an entry with %s is reported, and the other groups are there', async (_, content) => {
  const filer = new MemoryFiler();
  const [a] = await stable(await loaded(filer));
  filer.entries.set(`${PATH}/broken`, content ?? filer.entries.get(`${PATH}/g`) ?? bytes(''));
  const at = await loaded(filer);
  expect(at.logged).toEqual([expect.stringMatching(/^group\.damaged: /)]);
  expect(at.heartbeat(a)).toBe(ErrorCode.NONE);
  expect(at.coordinator.group('broken')?.members.size).toBe(0);
});

test('the offsets of a group whose entry is damaged count from the load, for nobody knows when it lost its members', async () => {
  const filer = new MemoryFiler();
  filer.entries.set(`${PATH}/broken`, bytes('{"type":'));
  const at = start(filer);
  at.clock.advance(1_000);
  const sinceMs = at.clock.nowMs();
  expect(await at.coordinator.whenLoaded(callContext())).toBe(ErrorCode.NONE);
  at.clock.advance(1_000);
  expect(at.coordinator.retentionRuleOf('broken')).toEqual({ from: 'empty', sinceMs });
});

test('an empty group that made room for others is known after a restart, in memory or out of it', async () => {
  const filer = new MemoryFiler();
  const before = await loaded(filer, { groupsMax: 1 });
  const sinceMs = new Map<string, number>();
  for (const groupId of ['g1', 'g2', 'g3']) {
    before.clock.advance(10);
    const joining = before.join({ groupId });
    before.clock.advance(0);
    const identity = { memberId: (await joining).memberId, groupInstanceId: null };
    expect(before.coordinator.leave(groupId, [identity])).toEqual([ErrorCode.NONE]);
    sinceMs.set(groupId, before.clock.nowMs());
  }
  const rules = ({ coordinator }: Started) => ['g1', 'g2', 'g3'].map((id) => coordinator.retentionRuleOf(id));
  const empty = (id: string) => ({ from: 'empty', sinceMs: sinceMs.get(id) });
  // As many again as are in memory are known, the oldest is forgotten.
  expect(rules(before)).toEqual([{ from: 'commit', isSubscribed: expect.any(Function) }, empty('g2'), empty('g3')]);
  await before.coordinator.close();

  const after = await loaded(filer, { groupsMax: 1 });
  expect([...after.coordinator.all()].map(({ id }) => id)).toEqual(['g3']);
  expect(rules(after).slice(1)).toEqual([empty('g2'), empty('g3')]);
  // Who comes back goes on in the next generation.
  const joining = after.join({ groupId: 'g2' });
  after.clock.advance(0);
  expect(await joining).toMatchObject({ error: ErrorCode.NONE, generationId: 3 });
  expect(after.coordinator.withoutMembers()).toEqual(['g3']);
  await after.coordinator.offsetsGone('g3');
  await after.coordinator.close();
  expect([...filer.entries.keys()]).toEqual([`${PATH}/g2`]);
});

test('a group whose entry is damaged is deleted with its offsets', async () => {
  const filer = new MemoryFiler();
  filer.entries.set(`${PATH}/broken`, bytes('{"type":'));
  const { coordinator } = await loaded(filer);
  await coordinator.offsets.commit('broken', at('t', 0, 5), callContext());
  expect(await coordinator.deleteGroup('broken', callContext())).toBe(ErrorCode.NONE);
  expect([...filer.entries.keys()].filter((path) => path.startsWith(PATH))).toEqual([]);
});

test('a group over the size that is allowed now rebalances as soon as it is loaded, and the last to come are out', async () => {
  const filer = new MemoryFiler();
  const [a, b] = await stable(await loaded(filer));
  const at = await loaded(filer, { membersMax: 1 });
  expect(at.heartbeat(a)).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
  const joining = at.join({ memberId: a.memberId });
  expect((await at.join({ memberId: b.memberId })).error).toBe(ErrorCode.GROUP_MAX_SIZE_REACHED);
  expect(await joining).toMatchObject({ error: 0, generationId: 2 });
});

test('a deleted group is gone after a restart; one with members is not deleted', async () => {
  const filer = new MemoryFiler();
  const at = await loaded(filer);
  const [a, b] = await stable(at);
  expect(await at.coordinator.deleteGroup('g', callContext())).toBe(ErrorCode.NON_EMPTY_GROUP);
  at.leave(a.memberId, b.memberId);
  expect(at.coordinator.group('g')?.state.name).toBe('Empty');
  expect(await at.coordinator.deleteGroup('g', callContext())).toBe(ErrorCode.NONE);
  expect(await at.coordinator.deleteGroup('g', callContext())).toBe(ErrorCode.GROUP_ID_NOT_FOUND);
  expect(filer.entries.size).toBe(0);
  expect((await loaded(filer)).coordinator.group('g')).toBeUndefined();
});

test('names that are no file names, and bytes of every value, come back', async () => {
  const filer = new MemoryFiler();
  const at = await loaded(filer);
  const groupId = `../a%2F ü\u0000${'x'.repeat(180)}`;
  const metadata = Uint8Array.from({ length: 256 }, (_, index) => index);
  const joining = at.join({ groupId, protocols: [{ name: 'v0', metadata }], protocolType: 'sr' });
  at.clock.advance(0);
  const joined = await joining;
  const identity = { memberId: joined.memberId, groupInstanceId: null, generationId: 1 };
  const assignments = new Map([[joined.memberId, metadata]]);
  const request = { ...identity, protocolType: 'sr', protocolName: 'v0', assignments };
  expect((await at.coordinator.sync(groupId, request, callContext())).error).toBe(ErrorCode.NONE);
  const after = await loaded(filer);
  const [member] = after.coordinator.group(groupId)?.members.values() ?? [];
  expect(member?.assignment).toEqual(metadata);
  expect(member?.protocols).toEqual([{ name: 'v0', metadata }]);
});
