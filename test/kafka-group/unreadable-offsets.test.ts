/**
 * What a storage of offsets that cannot be read is answered with, over the bytes of every version: a code that clients retry, where that
 * version has it, and never "nothing committed" or "no such group". One read fails and those beside it do not, so that no half is told.
 */
import { randomUUID } from 'node:crypto';
import { EngineError } from '../../src/engine-error';
import { ErrorCode } from '../../src/protocol/error-code';
import * as describeCodec from '../../src/protocol/generated/describe-groups';
import * as listCodec from '../../src/protocol/generated/list-groups';
import * as fetchCodec from '../../src/protocol/generated/offset-fetch';
import { toPartitionId, type TopicId } from '../../src/types';
import { makeTopic } from '../engine/support';
import { startHandlers, type HandlerBench } from '../kafka-admin/handlers';
import { DESCRIBE, FETCH, LIST } from './group-calls';

/** Of OffsetFetch: a code for the whole answer, several groups, topic ids. */
const [CODE_FROM, GROUPS_FROM, BY_ID] = [2, 8, 10];

const versionsOf = ({ requestVersions: { min, max } }: { readonly requestVersions: { min: number; max: number } }) =>
  Array.from({ length: max - min + 1 }, (_, index) => min + index);
const indexes = (count: number) => Array.from({ length: count }, (_, index) => toPartitionId(index));

let bench: HandlerBench;
let name: string;
let topicId: TopicId;
beforeAll(async () => {
  bench = await startHandlers();
  ({ name, id: topicId } = await makeTopic(bench.engine, bench.telemetry, 2));
}, 180_000);
afterEach(() => jest.restoreAllMocks());
afterAll(() => bench.close(), 60_000);

/** The next read of this kind fails. */
const failing = (method: 'fetch' | 'fetchAll' | 'fetchTopic' | 'hasOffsets' | 'listGroups') =>
  jest.spyOn(bench.services.groups.offsets, method).mockRejectedValueOnce(new EngineError('unavailable', 'gone'));

const request = (groupIds: readonly string[], partitions: number | null, version: number) => {
  const partitionIndexes = indexes(partitions ?? 0);
  if (version < GROUPS_FROM) {
    const topics = partitions === null ? null : [{ name, partitionIndexes }];
    return fetchCodec.createOffsetFetchRequest({ groupId: groupIds[0] ?? '', topics });
  }
  const topic = version >= BY_ID ? { topicId } : { name };
  const topics =
    partitions === null ? null : [fetchCodec.createOffsetFetchRequestTopics({ ...topic, partitionIndexes })];
  return fetchCodec.createOffsetFetchRequest({
    groups: groupIds.map((groupId) => fetchCodec.createOffsetFetchRequestGroup({ groupId, topics })),
  });
};

describe.each([
  { what: 'partitions that are named', partitions: 2, method: 'fetch', from: 1 },
  { what: 'a topic that is read whole', partitions: 32, method: 'fetchTopic', from: 1 },
  { what: 'all that the group has', partitions: null, method: 'fetchAll', from: CODE_FROM },
] as const)('OffsetFetch of $what', ({ partitions, method, from }) => {
  const errorCode = ErrorCode.COORDINATOR_LOAD_IN_PROGRESS;

  test.each(versionsOf(fetchCodec.offsetFetchApi).filter((version) => version >= from))(
    'is told to come again, in version %i',
    async (version) => {
      const [groupId, other] = [`g-${randomUUID()}`, `g-${randomUUID()}`];
      const reads = failing(method);
      const answer = await bench.call(FETCH, request([groupId, other], partitions, version), version);
      expect(reads).toHaveBeenCalled();
      if (version >= GROUPS_FROM) {
        // Of two that are read at the same time either may be the one whose read fails.
        expect(answer.groups.map((each) => each.groupId)).toEqual([groupId, other]);
        const [failed, read] = [...answer.groups].sort((a, b) => b.errorCode - a.errorCode);
        expect([failed?.errorCode, read?.errorCode]).toEqual([errorCode, ErrorCode.NONE]);
        expect(failed?.topics).toEqual([]);
      } else if (version >= CODE_FROM) {
        expect(answer).toMatchObject({ errorCode, topics: [] });
      } else {
        const each = indexes(partitions ?? 0).map((partitionIndex) => ({ partitionIndex, errorCode }));
        expect(answer.topics).toMatchObject([{ name, partitions: each }]);
      }
    },
  );
});

test.each(versionsOf(listCodec.listGroupsApi))('ListGroups says that it could not, in version %i', async (version) => {
  failing('listGroups');
  const answer = await bench.call(LIST, listCodec.createListGroupsRequest(), version);
  expect(answer).toMatchObject({ errorCode: ErrorCode.COORDINATOR_NOT_AVAILABLE, groups: [] });
});

test.each(versionsOf(describeCodec.describeGroupsApi))(
  'DescribeGroups takes no group for dead of which it knows nothing, in version %i',
  async (version) => {
    const [unread, absent] = [`g-${randomUUID()}`, `g-${randomUUID()}`];
    failing('hasOffsets');
    const asked = describeCodec.createDescribeGroupsRequest({ groups: [unread, absent] });
    expect((await bench.call(DESCRIBE, asked, version)).groups).toMatchObject([
      { groupId: unread, errorCode: ErrorCode.COORDINATOR_NOT_AVAILABLE, groupState: '' },
      { groupId: absent, groupState: 'Dead' },
    ]);
  },
);
