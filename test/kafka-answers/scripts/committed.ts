/** OffsetCommit, OffsetFetch, OffsetDelete, DeleteGroups and FindCoordinator, of groups that have no members. */
import { createFindCoordinatorRequest } from '../../../src/protocol/generated/find-coordinator';
import {
  createOffsetCommitRequest,
  createOffsetCommitRequestPartition,
  createOffsetCommitRequestTopic,
  type OffsetCommitRequest,
  type OffsetCommitRequestPartition,
} from '../../../src/protocol/generated/offset-commit';
import {
  createOffsetDeleteRequest,
  createOffsetDeleteRequestPartition,
  createOffsetDeleteRequestTopic,
} from '../../../src/protocol/generated/offset-delete';
import {
  createOffsetFetchRequest,
  createOffsetFetchRequestGroup,
  createOffsetFetchRequestTopic,
  createOffsetFetchRequestTopics,
  type OffsetFetchRequest,
} from '../../../src/protocol/generated/offset-fetch';
import { createDeleteGroupsRequest } from '../../../src/protocol/generated/delete-groups';
import { toLeaderEpoch, toOffset, toPartitionId } from '../../../src/types';
import { DELETE_GROUPS, FIND_COORDINATOR, OFFSET_COMMIT, OFFSET_DELETE, OFFSET_FETCH } from '../codecs';
import type { Script } from '../script';

type Asked = readonly [topic: string, ...partitions: number[]];

export async function committedScript(script: Script): Promise<void> {
  await script.topic('consumed', 4);
  await coordinator(script);
  await commits(script);
  await fetches(script);
  await deletions(script);
}

async function coordinator(script: Script): Promise<void> {
  const find = (key: string, keyType = 0) => createFindCoordinatorRequest({ key, keyType, coordinatorKeys: [key] });
  // Kafka makes the topic of groups first; until then it knows no coordinator.
  for (let code = -1; code !== 0;) {
    const found = await script.untold(FIND_COORDINATOR, find('group'));
    code = found?.coordinators[0]?.errorCode ?? 0;
  }
  await script.askInAll(FIND_COORDINATOR, 'a group’s', find('group'));
  await script.askInAll(FIND_COORDINATOR, 'of a kind that nobody knows', find('group', 9), 1);
  await script.ask(FIND_COORDINATOR, 'of an empty name', find(''));
  await script.ask(FIND_COORDINATOR, 'of no names', { ...find(''), coordinatorKeys: [] });
  await script.ask(FIND_COORDINATOR, 'of one group twice', { ...find(''), coordinatorKeys: ['group', 'group'] });
}

async function commits(script: Script): Promise<void> {
  const commit = (
    committedOffset: number,
    fields: Partial<OffsetCommitRequestPartition> = {},
    request: Partial<OffsetCommitRequest> = {},
    name = 'consumed',
  ) =>
    createOffsetCommitRequest({
      groupId: 'group',
      topics: [
        createOffsetCommitRequestTopic({
          name,
          topicId: script.idOf(name),
          partitions: [createOffsetCommitRequestPartition({ committedOffset: toOffset(committedOffset), ...fields })],
        }),
      ],
      ...request,
    });
  const index = (partitionIndex: number) => ({ partitionIndex: toPartitionId(partitionIndex) });
  await coordinates(script, commit(0, {}, { groupId: 'warm' }));
  await script.askInAll(OFFSET_COMMIT, 'an offset', (version) =>
    commit(version, { committedLeaderEpoch: toLeaderEpoch(3), committedMetadata: 'why' }),
  );
  await script.askInAll(OFFSET_COMMIT, 'a topic that is not there', commit(1, {}, {}, 'not-there'));
  await script.ask(OFFSET_COMMIT, 'a partition that is not there', commit(1, index(9)));
  await script.ask(OFFSET_COMMIT, 'metadata of null', commit(1, { ...index(1), committedMetadata: null }));
  await script.ask(
    OFFSET_COMMIT,
    'metadata of 4096 bytes',
    commit(1, { ...index(2), committedMetadata: 'm'.repeat(4096) }),
  );
  await script.ask(
    OFFSET_COMMIT,
    'metadata of 4097 bytes',
    commit(1, { ...index(2), committedMetadata: 'm'.repeat(4097) }),
  );
  for (const offset of [-1, -2, -100]) {
    await script.ask(OFFSET_COMMIT, `offset ${offset}`, commit(offset, {}, { groupId: `below${offset}` }));
    await script.ask(
      OFFSET_FETCH,
      `offset ${offset} that was committed`,
      fetch(script, `below${offset}`, ['consumed', 0]),
    );
  }
  await script.ask(
    OFFSET_COMMIT,
    'leader epoch -2',
    commit(1, { ...index(3), committedLeaderEpoch: toLeaderEpoch(-2) }),
  );
  await script.ask(OFFSET_COMMIT, 'no topics', { ...commit(1), topics: [] });
  for (const version of [2, 9])
    await script.ask(OFFSET_COMMIT, 'a group without a name', commit(1, {}, { groupId: '' }), version);
  await script.ask(
    OFFSET_COMMIT,
    'a generation of a group without members',
    commit(1, {}, { generationIdOrMemberEpoch: 1, memberId: 'made-up' }),
  );
  await script.ask(
    OFFSET_COMMIT,
    'a generation of a group that is not there',
    commit(1, {}, { groupId: 'no-group', generationIdOrMemberEpoch: 1, memberId: 'made-up' }),
  );
  await script.ask(OFFSET_COMMIT, 'generation 0 without a member', commit(1, {}, { generationIdOrMemberEpoch: 0 }));
  await script.ask(OFFSET_COMMIT, 'a member without a generation', commit(1, {}, { memberId: 'made-up' }));
  await script.ask(OFFSET_COMMIT, 'a static member without a generation', commit(1, {}, { groupInstanceId: 'i' }));
  await script.ask(
    OFFSET_COMMIT,
    'with a time to keep it',
    commit(1, {}, { groupId: 'kept', retentionTimeMs: 1_000 }),
    4,
  );
  const again = commit(5).topics;
  await script.ask(OFFSET_COMMIT, 'one topic twice', {
    ...commit(5),
    groupId: 'twice',
    topics: [...again, ...commit(6).topics],
  });
  await script.ask(OFFSET_FETCH, 'what a topic that stood twice was given', fetch(script, 'twice', ['consumed', 0]));
}

/** The coordinator loads its partition; until then Kafka answers that it is not the one. */
async function coordinates(script: Script, request: OffsetCommitRequest): Promise<void> {
  for (let code = -1; code !== 0;) {
    code = (await script.untold(OFFSET_COMMIT, request))?.topics[0]?.partitions[0]?.errorCode ?? -1;
  }
}

function fetch(script: Script, groupId: string, ...asked: readonly Asked[]): OffsetFetchRequest {
  const topics = asked.map(([name, ...indexes]) => ({
    name,
    topicId: script.idOf(name),
    partitionIndexes: indexes.map(toPartitionId),
  }));
  return createOffsetFetchRequest({
    groupId,
    topics: topics.map((each) => createOffsetFetchRequestTopic(each)),
    groups: [
      createOffsetFetchRequestGroup({ groupId, topics: topics.map((each) => createOffsetFetchRequestTopics(each)) }),
    ],
  });
}

async function fetches(script: Script): Promise<void> {
  const all = (groupId: string) => ({
    ...fetch(script, groupId),
    topics: null,
    groups: [createOffsetFetchRequestGroup({ groupId, topics: null })],
  });
  await script.askInAll(
    OFFSET_FETCH,
    'an offset, and one that nobody committed',
    fetch(script, 'group', ['consumed', 0, 1, 3]),
  );
  await script.askInAll(OFFSET_FETCH, 'all of a group', all('group'), 2);
  await script.askInAll(OFFSET_FETCH, 'a group that is not there', fetch(script, 'no-group', ['consumed', 0]));
  await script.askInAll(OFFSET_FETCH, 'all of a group that is not there', all('no-group'), 2);
  await script.askInAll(OFFSET_FETCH, 'a topic that is not there', fetch(script, 'group', ['not-there', 0]));
  await script.askInAll(OFFSET_FETCH, 'a partition that is not there', fetch(script, 'group', ['consumed', 9]));
  await script.askInAll(
    OFFSET_FETCH,
    'what is stable',
    { ...fetch(script, 'group', ['consumed', 0]), requireStable: true },
    7,
  );
  await script.ask(OFFSET_FETCH, 'no topics', fetch(script, 'group'));
  for (const version of [1, 9])
    await script.ask(OFFSET_FETCH, 'a group without a name', fetch(script, '', ['consumed', 0]), version);
  const [one] = fetch(script, 'group', ['consumed', 0]).groups;
  if (one === undefined) return;
  const more = { ...one, groupId: 'no-group' };
  await script.askInAll(OFFSET_FETCH, 'two groups', createOffsetFetchRequest({ groups: [one, more] }), 8);
  await script.ask(OFFSET_FETCH, 'one group twice', createOffsetFetchRequest({ groups: [one, one] }));
  await script.ask(OFFSET_FETCH, 'no groups', createOffsetFetchRequest({ groups: [] }));
  await script.ask(
    OFFSET_FETCH,
    'as a member that is not one',
    createOffsetFetchRequest({ groups: [{ ...one, memberId: 'made-up', memberEpoch: 3 }] }),
  );
  await script.ask(
    OFFSET_FETCH,
    'as a member that is not one, by name',
    createOffsetFetchRequest({ groups: [{ ...one, memberId: 'made-up', memberEpoch: 3 }] }),
    9,
  );
}

async function deletions(script: Script): Promise<void> {
  const offsets = (groupId: string, name: string, ...indexes: number[]) =>
    createOffsetDeleteRequest({
      groupId,
      topics: [
        createOffsetDeleteRequestTopic({
          name,
          partitions: indexes.map((each) =>
            createOffsetDeleteRequestPartition({ partitionIndex: toPartitionId(each) }),
          ),
        }),
      ],
    });
  await script.ask(OFFSET_DELETE, 'offsets, one of them not committed', offsets('group', 'consumed', 0, 3));
  await script.ask(OFFSET_DELETE, 'of a partition and a topic that are not there', offsets('group', 'consumed', 9));
  await script.ask(OFFSET_DELETE, 'of a topic that is not there', offsets('group', 'not-there', 0));
  await script.ask(OFFSET_DELETE, 'of a group that is not there', offsets('no-group', 'consumed', 0));
  await script.ask(OFFSET_DELETE, 'of a group without a name', offsets('', 'consumed', 0));
  await script.ask(OFFSET_FETCH, 'what is left', fetch(script, 'group', ['consumed', 0, 1]));
  const groups = (...groupsNames: string[]) => createDeleteGroupsRequest({ groupsNames });
  await script.askInAll(DELETE_GROUPS, 'a group that is not there', groups('no-group'));
  await script.ask(DELETE_GROUPS, 'two groups, one not there', groups('group', 'no-group'));
  await script.ask(DELETE_GROUPS, 'a group without a name', groups(''));
  await script.ask(DELETE_GROUPS, 'one group twice', groups('warm', 'warm'));
  await script.ask(DELETE_GROUPS, 'no groups', groups());
}
