/** Offsets go by Kafka's rules of retention, on a clock that the test moves, and never one that was committed meanwhile. */
import { ErrorCode } from '../../src/protocol/error-code';
import type { GroupSettings } from '../../src/kafka/groups/classic/group-settings';
import type { JoinAnswer } from '../../src/kafka/groups/classic/member';
import { FilerOffsetStorage } from '../../src/kafka/groups/offsets/filer-offset-storage';

import { OffsetExpiry } from '../../src/kafka/groups/offsets/offset-expiry';
import type { OffsetStorage, PartitionOffset } from '../../src/kafka/groups/offsets/offset-storage';
import { OrderedOffsetStorage } from '../../src/kafka/groups/offsets/ordered-offset-storage';
import { at } from './offset-contract';
import { bench, bytes, callContext, MemoryFiler, silentOperations } from './support';
import { MemoryOffsetStorage } from '../support/memory-offset-storage';

const RETENTION_MS = 100_000;
const context = callContext();

let newStorage: () => OffsetStorage;

function start(settings: Partial<GroupSettings> = {}) {
  const group = bench({ initialRebalanceDelayMs: 0, ...settings });
  const { clock, coordinator } = group;
  const inner = newStorage();
  const offsets = new OrderedOffsetStorage(inner, { clock, commitTimeoutMs: 5_000 });
  const told: string[] = [];
  const expiry = new OffsetExpiry({
    clock,
    operations: silentOperations,
    offsets,
    retentionMs: RETENTION_MS,
    checkIntervalMs: 10_000_000,
    ruleOf: (id) => coordinator.retentionRuleOf(id),
    groupsWithoutMembers: () => coordinator.withoutMembers(),
    onNoneLeft: async (id) => {
      told.push(id);
      await coordinator.offsetsGone(id);
    },
  });
  const commit = (topic: string, expiresAtMs?: number): Promise<void> =>
    offsets.commit('g', now(topic, clock.nowMs(), expiresAtMs), context);
  const topics = async () => (await offsets.fetchAll('g', context)).map(({ topic }) => topic);
  return { ...group, expiry, offsets, inner, told, commit, topics };
}

const now = (topic: string, committedAtMs: number, expiresAtMs?: number): PartitionOffset => ({
  ...at(topic, 0, 5),
  committedAtMs,
  ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
});

/** version 0, the topics, no user data. */
function subscription(...topics: string[]): Uint8Array {
  const names = topics.flatMap((topic) => [0, topic.length, ...bytes(topic)]);
  return Uint8Array.from([0, 0, 0, 0, 0, topics.length, ...names, 0, 0, 0, 0]);
}

async function joined(
  group: ReturnType<typeof start>,
  metadata: Uint8Array,
  protocolType = 'consumer',
): Promise<JoinAnswer> {
  const joining = group.join({
    protocolType,
    protocols: [{ name: 'range', metadata }],
    sessionTimeoutMs: 1_800_000,
  });
  group.clock.advance(0);
  const member = await joining;
  await group.sync(member, { [member.memberId]: 'all' });
  return member;
}

describe.each<[string, () => OffsetStorage]>([
  ['in memory', () => new MemoryOffsetStorage()],
  ['in the filer', () => new FilerOffsetStorage(new MemoryFiler())],
])('%s', (_storage, open) => {
  beforeEach(() => {
    newStorage = open;
  });

  test('those of clients that are no members go one by one, each from its own commit', async () => {
    const at = start();
    await at.commit('a');
    at.clock.advance(RETENTION_MS / 2);
    await at.commit('b');
    at.clock.advance(RETENTION_MS / 2 - 1);
    await at.expiry.check();
    expect(await at.topics()).toEqual(['a', 'b']);
    at.clock.advance(1);
    await at.expiry.check();
    expect(await at.topics()).toEqual(['b']);
    expect(at.told).toEqual([]);
    at.clock.advance(RETENTION_MS);
    await at.expiry.check();
    expect(at.told).toEqual(['g']);
  });

  test('those of a group that had members go once it has been empty for the retention, and the group with them', async () => {
    const group = start();
    const member = await joined(group, subscription('t'));
    await group.commit('t');
    group.clock.advance(RETENTION_MS * 2);
    await group.expiry.check();
    expect(await group.topics()).toEqual(['t']);
    group.leave(member.memberId);
    group.clock.advance(RETENTION_MS - 1);
    await group.expiry.check();
    expect(await group.topics()).toEqual(['t']);
    group.clock.advance(1);
    await group.expiry.check();
    expect(await group.topics()).toEqual([]);
    expect(group.coordinator.group('g')).toBeUndefined();
  });

  test('those of a group that made room for another one count from when it became empty all the same', async () => {
    const group = start({ groupsMax: 1 });
    const member = await joined(group, subscription('t'));
    await group.commit('t');
    group.clock.advance(RETENTION_MS * 2);
    group.leave(member.memberId);
    void group.join({ groupId: 'h' });
    group.clock.advance(RETENTION_MS - 1);
    expect(group.coordinator.group('g')).toBeUndefined();
    await group.expiry.check();
    expect(await group.topics()).toEqual(['t']);
    group.clock.advance(1);
    await group.expiry.check();
    expect(await group.topics()).toEqual([]);
  });

  test('a group without members and without offsets goes at the next check, one that has either stays', async () => {
    const group = start();
    const member = await joined(group, subscription('t'));
    await group.expiry.check();
    expect(group.coordinator.group('g')).toBeDefined();
    group.leave(member.memberId);
    await group.commit('t');
    await group.expiry.check();
    expect(group.coordinator.group('g')).toBeDefined();
    await group.offsets.deleteGroup('g', context);
    await group.expiry.check();
    expect(group.coordinator.group('g')).toBeUndefined();
  });

  test('a group that only ever refused its members goes, too', async () => {
    const group = start();
    expect((await group.join({ protocols: [] })).error).toBe(ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
    expect(group.coordinator.group('g')).toBeDefined();
    await group.expiry.check();
    expect(group.coordinator.group('g')).toBeUndefined();
  });

  test('those of a living group go where it has unsubscribed from the topic', async () => {
    const group = start();
    await joined(group, subscription('read', 'also'));
    await group.commit('read');
    await group.commit('left');
    group.clock.advance(RETENTION_MS);
    await group.expiry.check();
    expect(await group.topics()).toEqual(['read']);
  });

  test.each([
    ['of another protocol type', subscription('other'), 'connect'],
    ['whose metadata nobody here can read', Uint8Array.of(0), 'consumer'],
  ])('those of a living group %s stay', async (_what, metadata, protocolType) => {
    const group = start();
    await joined(group, metadata, protocolType);
    await group.commit('t');
    group.clock.advance(RETENTION_MS * 3);
    await group.expiry.check();
    expect(await group.topics()).toEqual(['t']);
  });

  test('a client that said how long (OffsetCommit v2 to v4) is heard, and an entry that says no time stays', async () => {
    const group = start();
    await group.commit('soon', group.clock.nowMs() + 10);
    await group.commit('late', group.clock.nowMs() + RETENTION_MS * 5);
    await group.offsets.commit('g', now('timeless', 0), context);
    group.clock.advance(10);
    await group.expiry.check();
    expect(await group.topics()).toEqual(['late', 'timeless']);
    group.clock.advance(RETENTION_MS * 2);
    await group.expiry.check();
    expect(await group.topics()).toEqual(['late', 'timeless']);
  });

  test('an offset that is committed while it is about to expire stays', async () => {
    const group = start();
    await group.commit('t');
    group.clock.advance(RETENTION_MS);
    let committing: Promise<void> | undefined;
    const { deleteIf } = group.offsets;
    group.offsets.deleteIf = (...parameters) => {
      committing = group.commit('t');
      return deleteIf.apply(group.offsets, parameters);
    };
    await group.expiry.check();
    await committing;
    expect(committing).toBeDefined();
    expect(await group.topics()).toEqual(['t']);
    expect(group.told).toEqual([]);
  });

  test('a storage that cannot be read ends a check, not the checks; the timer begins them and a close ends them', async () => {
    const group = start();
    await group.commit('t');
    group.clock.advance(RETENTION_MS);
    const { listGroups } = group.inner;
    group.inner.listGroups = () => Promise.reject(new Error('gone'));
    await group.expiry.check();
    expect(await group.topics()).toEqual(['t']);
    group.inner.listGroups = listGroups;
    group.clock.advance(10_000_000 - RETENTION_MS);
    await group.expiry.check();
    expect(await group.topics()).toEqual([]);
    await group.expiry.close();
    await group.commit('t');
    group.clock.advance(10_000_000 * 2);
    expect(await group.topics()).toEqual(['t']);
  });
});
