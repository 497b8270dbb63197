/** The group APIs over their bytes and a real filer: a member joins, commits, leaves, and finds its offsets again, in every version. */
import { randomUUID } from 'node:crypto';
import { heartbeat } from '../../src/kafka/api/heartbeat';
import { joinGroup } from '../../src/kafka/api/join-group';
import { leaveGroup } from '../../src/kafka/api/leave-group';
import { syncGroup } from '../../src/kafka/api/sync-group';
import { ErrorCode } from '../../src/protocol/error-code';
import * as describeCodec from '../../src/protocol/generated/describe-groups';
import * as heartbeatCodec from '../../src/protocol/generated/heartbeat';
import * as joinCodec from '../../src/protocol/generated/join-group';
import * as leaveCodec from '../../src/protocol/generated/leave-group';
import * as listCodec from '../../src/protocol/generated/list-groups';
import * as commitCodec from '../../src/protocol/generated/offset-commit';
import * as fetchCodec from '../../src/protocol/generated/offset-fetch';
import * as syncCodec from '../../src/protocol/generated/sync-group';
import { toLeaderEpoch, toOffset, toPartitionId } from '../../src/types';
import type { TopicId } from '../../src/types';
import { makeTopic } from '../engine/support';
import { startHandlers } from '../kafka-admin/handlers';
import type { HandlerBench } from '../kafka-admin/handlers';
import { COMMIT, DESCRIBE, FETCH, LIST } from './group-calls';
import { bytes, text } from './support';

const JOIN = { api: joinGroup, write: joinCodec.writeJoinGroupRequest, read: joinCodec.readJoinGroupResponse };
const SYNC = { api: syncGroup, write: syncCodec.writeSyncGroupRequest, read: syncCodec.readSyncGroupResponse };
const BEAT = {
  api: heartbeat,
  write: heartbeatCodec.writeHeartbeatRequest,
  read: heartbeatCodec.readHeartbeatResponse,
};
const LEAVE = { api: leaveGroup, write: leaveCodec.writeLeaveGroupRequest, read: leaveCodec.readLeaveGroupResponse };

let bench: HandlerBench;
let topicName: string;
let topicId: TopicId;
beforeAll(async () => {
  bench = await startHandlers();
  ({ name: topicName, id: topicId } = await makeTopic(bench.engine, bench.telemetry, 3));
}, 180_000);
afterAll(() => bench.close(), 60_000);

const partition = toPartitionId;

/** Joins with the id first where the version asks for it. */
async function join(groupId: string, version: number) {
  const request = joinCodec.createJoinGroupRequest({
    groupId,
    sessionTimeoutMs: 30_000,
    rebalanceTimeoutMs: version >= 1 ? 60_000 : -1,
    protocolType: 'sr',
    protocols: [{ name: 'v0', metadata: bytes('\u0000opaque') }],
  });
  const first = await bench.call(JOIN, request, version);
  if (version < 4) return first;
  expect(first.errorCode).toBe(ErrorCode.MEMBER_ID_REQUIRED);
  return bench.call(JOIN, { ...request, memberId: first.memberId }, version);
}

test.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])(
  'a member joins (v%i), syncs, beats, is described and leaves',
  async (version) => {
    const groupId = `g-${randomUUID()}`;
    const joined = await join(groupId, version);
    expect(joined).toMatchObject({ errorCode: 0, generationId: 1, protocolName: 'v0', leader: joined.memberId });
    expect(joined.members.map((each) => text(each.metadata))).toEqual(['\u0000opaque']);
    const { memberId, generationId } = joined;
    const syncVersion = Math.min(version, 5);
    const synced = await bench.call(
      SYNC,
      syncCodec.createSyncGroupRequest({
        groupId,
        memberId,
        generationId,
        protocolType: syncVersion >= 5 ? 'sr' : null,
        protocolName: syncVersion >= 5 ? 'v0' : null,
        assignments: [{ memberId, assignment: bytes('{"leader":true}') }],
      }),
      syncVersion,
    );
    expect(synced.errorCode).toBe(0);
    expect(text(synced.assignment)).toBe('{"leader":true}');
    const beat = heartbeatCodec.createHeartbeatRequest({ groupId, memberId, generationId });
    expect(await bench.call(BEAT, beat, Math.min(version, 4))).toMatchObject({ errorCode: 0 });

    const describeVersion = Math.min(version, 6);
    const describe = describeCodec.createDescribeGroupsRequest({ groups: [groupId, 'no-such'] });
    const { groups } = await bench.call(DESCRIBE, describe, describeVersion);
    expect(groups).toMatchObject([
      {
        groupId,
        groupState: 'Stable',
        protocolType: 'sr',
        protocolData: 'v0',
        members: [{ memberId, clientId: 'client' }],
      },
      { groupId: 'no-such', errorCode: describeVersion >= 6 ? ErrorCode.GROUP_ID_NOT_FOUND : 0, groupState: 'Dead' },
    ]);
    expect(text(groups[0]?.members[0]?.memberAssignment ?? bytes(''))).toBe('{"leader":true}');

    const leaveVersion = Math.min(version, 5);
    const leave = leaveCodec.createLeaveGroupRequest(
      leaveVersion < 3
        ? { groupId, memberId }
        : { groupId, members: [{ memberId, groupInstanceId: null, reason: null }] },
    );
    expect(await bench.call(LEAVE, leave, leaveVersion)).toMatchObject({ errorCode: 0 });
    expect(await bench.call(BEAT, beat)).toMatchObject({ errorCode: ErrorCode.UNKNOWN_MEMBER_ID });
  },
);

test('a sync that does not name the protocol is refused from version 5 on', async () => {
  const groupId = `g-${randomUUID()}`;
  const { memberId, generationId } = await join(groupId, 9);
  const request = syncCodec.createSyncGroupRequest({
    groupId,
    memberId,
    generationId,
    protocolType: 'sr',
    protocolName: null,
  });
  expect(await bench.call(SYNC, request)).toMatchObject({ errorCode: ErrorCode.INCONSISTENT_GROUP_PROTOCOL });
});

const commitRequest = (groupId: string, version: number, metadata: string | null = 'note') =>
  commitCodec.createOffsetCommitRequest({
    groupId,
    topics: [
      {
        ...commitCodec.createOffsetCommitRequestTopic(version >= 10 ? { topicId } : { name: topicName }),
        partitions: [0, 2, 7].map((index) => ({
          partitionIndex: partition(index),
          committedOffset: toOffset(40 + index),
          committedLeaderEpoch: toLeaderEpoch(version >= 6 ? 0 : -1),
          committedMetadata: metadata,
        })),
      },
    ],
  });

test.each([2, 3, 4, 5, 6, 7, 8, 9, 10])(
  'offsets committed in version %i are fetched in every version',
  async (version) => {
    const groupId = `g-${randomUUID()}`;
    const committed = await bench.call(COMMIT, commitRequest(groupId, version), version);
    expect(committed.topics[0]?.partitions.map((each) => each.errorCode)).toEqual([
      0,
      0,
      ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
    ]);
    const expected = (fetchVersion: number) => [
      { partitionIndex: 0, committedOffset: 40, metadata: 'note', errorCode: 0 },
      {
        partitionIndex: 1,
        committedOffset: -1,
        metadata: '',
        errorCode: 0,
        ...(fetchVersion >= 5 ? { committedLeaderEpoch: -1 } : {}),
      },
      { partitionIndex: 2, committedOffset: 42, metadata: 'note', errorCode: 0 },
    ];
    const partitionIndexes = [0, 1, 2].map(partition);
    for (let fetchVersion = 1; fetchVersion <= 10; fetchVersion += 1) {
      if (fetchVersion < 8) {
        const request = fetchCodec.createOffsetFetchRequest({
          groupId,
          topics: [{ name: topicName, partitionIndexes }],
        });
        const { topics } = await bench.call(FETCH, request, fetchVersion);
        expect(topics).toMatchObject([{ name: topicName, partitions: expected(fetchVersion) }]);
      } else {
        const topic = fetchVersion >= 10 ? { topicId } : { name: topicName };
        const topics = [{ ...fetchCodec.createOffsetFetchRequestTopics(topic), partitionIndexes }];
        const group = fetchCodec.createOffsetFetchRequestGroup({ groupId, topics });
        const { groups } = await bench.call(
          FETCH,
          fetchCodec.createOffsetFetchRequest({ groups: [group] }),
          fetchVersion,
        );
        expect(groups).toMatchObject([
          { groupId, errorCode: 0, topics: [{ ...topic, partitions: expected(fetchVersion) }] },
        ]);
      }
    }
  },
);

test('no list of topics means all that have offsets', async () => {
  const groupId = `g-${randomUUID()}`;
  await bench.call(COMMIT, commitRequest(groupId, 9), 9);
  const one = await bench.call(FETCH, fetchCodec.createOffsetFetchRequest({ groupId, topics: null }), 7);
  expect(one.topics).toMatchObject([{ name: topicName, partitions: [{ partitionIndex: 0 }, { partitionIndex: 2 }] }]);
  const all = fetchCodec.createOffsetFetchRequest({
    groups: [groupId, 'no-such'].map((id) => fetchCodec.createOffsetFetchRequestGroup({ groupId: id, topics: null })),
  });
  expect((await bench.call(FETCH, all, 10)).groups).toMatchObject([
    { groupId, errorCode: 0, topics: [{ topicId, partitions: [{ committedOffset: 40 }, { committedOffset: 42 }] }] },
    { groupId: 'no-such', errorCode: 0, topics: [] },
  ]);
});

test('a note of 4,096 characters, the most that is taken, comes back as it was', async () => {
  const groupId = `g-${randomUUID()}`;
  const note = `${'x'.repeat(4_095)}ü`;
  const committed = await bench.call(COMMIT, commitRequest(groupId, 9, note), 9);
  expect(committed.topics[0]?.partitions[0]?.errorCode).toBe(ErrorCode.NONE);
  const { topics } = await bench.call(FETCH, fetchCodec.createOffsetFetchRequest({ groupId, topics: null }), 7);
  expect(topics[0]?.partitions.map(({ metadata }) => metadata)).toEqual([note, note]);
});

test('what cannot be committed is refused: long notes, unknown topics, strangers in a group with members', async () => {
  const groupId = `g-${randomUUID()}`;
  const long = await bench.call(COMMIT, commitRequest(groupId, 9, 'x'.repeat(4_097)), 9);
  expect(long.topics[0]?.partitions[0]?.errorCode).toBe(ErrorCode.OFFSET_METADATA_TOO_LARGE);
  const unknown = commitRequest(groupId, 9);
  const elsewhere = { ...unknown, topics: unknown.topics.map((each) => ({ ...each, name: 'no-such' })) };
  const refused = (await bench.call(COMMIT, elsewhere, 9)).topics[0]?.partitions;
  expect(refused?.map((each) => each.errorCode)).toEqual(Array(3).fill(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION));
  await join(groupId, 9);
  const stranger = (await bench.call(COMMIT, commitRequest(groupId, 9), 9)).topics[0]?.partitions;
  expect(stranger?.map((each) => each.errorCode)).toEqual([
    ErrorCode.UNKNOWN_MEMBER_ID,
    ErrorCode.UNKNOWN_MEMBER_ID,
    ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
  ]);
});

test('groups with members and groups with offsets alone are listed, by state and type', async () => {
  const [alive, stored] = [`alive-${randomUUID()}`, `stored-${randomUUID()}`];
  await join(alive, 9);
  await bench.call(COMMIT, commitRequest(stored, 9), 9);
  const list = async (fields: Partial<listCodec.ListGroupsRequest>, version = 5) =>
    (await bench.call(LIST, listCodec.createListGroupsRequest(fields), version)).groups;
  const find = (groups: readonly listCodec.ListedGroup[], id: string) => groups.find((each) => each.groupId === id);
  for (const version of [0, 1, 2, 3])
    expect(find(await list({}, version), alive)).toMatchObject({ protocolType: 'sr' });
  const all = await list({});
  expect(find(all, alive)).toMatchObject({ groupState: 'CompletingRebalance', groupType: 'classic' });
  expect(find(all, stored)).toMatchObject({ groupState: 'Empty', protocolType: '' });
  for (const version of [4, 5]) {
    expect(find(await list({ statesFilter: ['empty'] }, version), alive)).toBeUndefined();
    expect(find(await list({ statesFilter: ['empty'] }, version), stored)).toBeDefined();
    const either = await list({ statesFilter: ['Empty', 'CompletingRebalance', 'Stable'] }, version);
    expect([find(either, alive), find(either, stored)].map((each) => each?.groupState)).toEqual([
      'CompletingRebalance',
      'Empty',
    ]);
    expect(await list({ statesFilter: ['no such state'] }, version)).toEqual([]);
  }
  expect(await list({ typesFilter: ['consumer'] })).toEqual([]);
});

test('the group of the empty name, under which clients without a group commit, is described as any other', async () => {
  const describe = async (version: number) =>
    (await bench.call(DESCRIBE, describeCodec.createDescribeGroupsRequest({ groups: [''] }), version)).groups;
  expect(await describe(5)).toMatchObject([{ groupId: '', groupState: 'Dead', errorCode: ErrorCode.NONE }]);
  expect(await describe(6)).toMatchObject([{ groupId: '', errorCode: ErrorCode.GROUP_ID_NOT_FOUND }]);
  await bench.call(COMMIT, commitRequest('', 9), 9);
  expect(await describe(6)).toMatchObject([{ groupId: '', groupState: 'Empty', errorCode: ErrorCode.NONE }]);
});
