/** OffsetCommit and OffsetFetch over their bytes and a real filer: what is left out, what is not there, and what is asked for twice. */
import { randomUUID } from 'node:crypto';
import { ErrorCode } from '../../src/protocol/error-code';
import * as commitCodec from '../../src/protocol/generated/offset-commit';
import * as fetchCodec from '../../src/protocol/generated/offset-fetch';
import { toLeaderEpoch, toOffset, toPartitionId, ZERO_TOPIC_ID, type TopicId } from '../../src/types';
import { asRequest, makeTopic } from '../engine/support';
import { startHandlers, type HandlerBench } from '../kafka-admin/handlers';
import { COMMIT, FETCH } from './group-calls';

const BY_ID = 10;
const BY_NAME = 9;

let bench: HandlerBench;
let name: string;
let topicId: TopicId;
beforeAll(async () => {
  bench = await startHandlers();
  ({ name, id: topicId } = await makeTopic(bench.engine, bench.telemetry, 3));
}, 180_000);
afterAll(() => bench.close(), 60_000);

const partitions = (...indexes: number[]) => indexes.map(toPartitionId);

interface CommitOptions {
  readonly topic?: { readonly name?: string; readonly topicId?: TopicId };
  readonly member?: Partial<commitCodec.OffsetCommitRequest>;
  readonly version?: number;
}

async function commit(
  groupId: string,
  fields: Partial<commitCodec.OffsetCommitRequestPartition>,
  { topic = { name }, member = {}, version = topic.topicId === undefined ? BY_NAME : BY_ID }: CommitOptions = {},
) {
  const partition = commitCodec.createOffsetCommitRequestPartition({ committedOffset: toOffset(7), ...fields });
  const topics = [commitCodec.createOffsetCommitRequestTopic({ ...topic, partitions: [partition] })];
  const request = commitCodec.createOffsetCommitRequest({ groupId, topics, ...member });
  return (await bench.call(COMMIT, request, version)).topics;
}

const fetchGroups = async (
  groups: readonly Partial<fetchCodec.OffsetFetchRequestGroup>[],
  version = BY_NAME,
): Promise<readonly fetchCodec.OffsetFetchResponseGroup[]> => {
  const asked = groups.map((each) => fetchCodec.createOffsetFetchRequestGroup(each));
  return (await bench.call(FETCH, fetchCodec.createOffsetFetchRequest({ groups: asked }), version)).groups;
};

test('metadata that are null are read as empty, and a leader epoch as it was', async () => {
  const groupId = `g-${randomUUID()}`;
  const fields = { committedMetadata: null, committedLeaderEpoch: toLeaderEpoch(5) };
  expect((await commit(groupId, fields))[0]?.partitions).toMatchObject([{ errorCode: ErrorCode.NONE }]);
  const topics = [fetchCodec.createOffsetFetchRequestTopics({ name, partitionIndexes: partitions(0) })];
  expect((await fetchGroups([{ groupId, topics }]))[0]?.topics[0]?.partitions).toEqual([
    { partitionIndex: 0, committedOffset: 7, committedLeaderEpoch: 5, metadata: '', errorCode: ErrorCode.NONE },
  ]);
});

test.each<[string, () => TopicId]>([
  ['that is no topic’s', () => Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64url') as TopicId],
  ['of zeros', () => ZERO_TOPIC_ID],
])('a topic id %s is told for its topic alone', async (_, idOf) => {
  const groupId = `g-${randomUUID()}`;
  const unknown = idOf();
  expect(await commit(groupId, {}, { topic: { topicId: unknown } })).toMatchObject([
    { topicId: unknown, partitions: [{ partitionIndex: 0, errorCode: ErrorCode.UNKNOWN_TOPIC_ID }] },
  ]);
  await commit(groupId, {}, { topic: { topicId } });
  const topics = [unknown, topicId].map((id) =>
    fetchCodec.createOffsetFetchRequestTopics({ topicId: id, partitionIndexes: partitions(0) }),
  );
  expect(await fetchGroups([{ groupId, topics }], BY_ID)).toMatchObject([
    {
      errorCode: ErrorCode.NONE,
      topics: [
        { topicId: unknown, partitions: [{ committedOffset: -1, errorCode: ErrorCode.UNKNOWN_TOPIC_ID }] },
        { topicId, partitions: [{ committedOffset: 7, errorCode: ErrorCode.NONE }] },
      ],
    },
  ]);
});

describe('a member of a generation that commits', () => {
  const made = { memberId: 'made-up', generationIdOrMemberEpoch: 5 };
  const refusal = async (groupId: string, member: Partial<commitCodec.OffsetCommitRequest>, version: number) =>
    (await commit(groupId, {}, { member, version }))[0]?.partitions[0]?.errorCode;

  test.each([2, 5, 8, BY_NAME])('is unknown to a group of offsets alone, in version %i', async (version) => {
    const groupId = `g-${randomUUID()}`;
    await commit(groupId, {});
    expect(await refusal(groupId, made, version)).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
    const nobody = { memberId: '', generationIdOrMemberEpoch: 0 };
    expect(await refusal(groupId, nobody, version)).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
    expect(await refusal(groupId, { memberId: 'made-up' }, version)).toBe(ErrorCode.NONE);
  });

  test.each<[number, ErrorCode]>([
    [2, ErrorCode.ILLEGAL_GENERATION],
    [8, ErrorCode.ILLEGAL_GENERATION],
    [BY_NAME, ErrorCode.GROUP_ID_NOT_FOUND],
  ])('to no group is told in the words of version %i', async (version, code) => {
    const groupId = `g-${randomUUID()}`;
    expect(await refusal(groupId, made, version)).toBe(code);
    await commit(groupId, {});
    await asRequest(bench.telemetry, (context) => bench.services.groups.deleteGroup(groupId, context));
    expect(await refusal(groupId, made, version)).toBe(code);
  });
});

test('a group, a topic or a partition that is asked for again and again is answered once', async () => {
  const [groupId, other] = [`g-${randomUUID()}`, `g-${randomUUID()}`];
  await commit(groupId, { partitionIndex: toPartitionId(1) });
  const asked = (...indexes: number[]) => [
    fetchCodec.createOffsetFetchRequestTopics({ name, partitionIndexes: partitions(...indexes) }),
  ];
  const groups = await fetchGroups([
    { groupId, topics: [...asked(1, 1, 0), ...asked(1)] },
    { groupId: other, topics: null },
    { groupId, topics: asked(2, 1) },
    { groupId: other, topics: asked(0) },
  ]);
  expect(groups).toMatchObject([
    {
      groupId,
      topics: [{ partitions: [{ partitionIndex: 1 }, { partitionIndex: 0 }, { partitionIndex: 2 }] }],
    },
    { groupId: other, topics: [] },
  ]);
  expect(groups.map((each) => each.topics.length)).toEqual([1, 0]);
  const one = fetchCodec.createOffsetFetchRequest({ groupId, topics: [...asked(1, 1), ...asked(1)] });
  const { topics } = await bench.call(FETCH, one, 7);
  expect(topics).toMatchObject([{ partitions: [{ partitionIndex: 1, committedOffset: 7 }] }]);
  expect(topics[0]?.partitions).toHaveLength(1);
});
