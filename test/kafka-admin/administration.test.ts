/**
 * Administration of groups, offsets and the cluster over its bytes and a real filer, in every version. The codes and words are those that a
 * Kafka 4.3 broker without an authorizer gave to the same requests.
 */
import { randomUUID } from 'node:crypto';
import { EngineError } from '../../src/engine-error';
import { alterPartitionReassignments } from '../../src/kafka/api/alter-partition-reassignments';
import { consumerGroupDescribe } from '../../src/kafka/api/consumer-group-describe';
import { deleteGroups } from '../../src/kafka/api/delete-groups';
import { describeClientQuotas } from '../../src/kafka/api/describe-client-quotas';
import { electLeaders } from '../../src/kafka/api/elect-leaders';
import { findCoordinator } from '../../src/kafka/api/find-coordinator';
import { offsetDelete } from '../../src/kafka/api/offset-delete';
import { ActiveProducers } from '../../src/kafka/produce/active-producers';
import { ErrorCode } from '../../src/protocol/error-code';
import * as reassignCodec from '../../src/protocol/generated/alter-partition-reassignments';
import * as consumerGroupCodec from '../../src/protocol/generated/consumer-group-describe';
import * as groupsCodec from '../../src/protocol/generated/delete-groups';
import * as quotasCodec from '../../src/protocol/generated/describe-client-quotas';
import * as describeCodec from '../../src/protocol/generated/describe-groups';
import * as electCodec from '../../src/protocol/generated/elect-leaders';
import * as coordinatorCodec from '../../src/protocol/generated/find-coordinator';
import * as offsetsCodec from '../../src/protocol/generated/offset-delete';
import { toOffset, toPartitionId } from '../../src/types';
import { callContext } from '../kafka-group/support';
import { ManualClock } from '../support/manual-clock';
import { DESCRIBE } from '../kafka-group/group-calls';
import { startHandlers } from './handlers';
import type { HandlerBench } from './handlers';

const DELETE = {
  api: deleteGroups,
  write: groupsCodec.writeDeleteGroupsRequest,
  read: groupsCodec.readDeleteGroupsResponse,
};
const OFFSETS = {
  api: offsetDelete,
  write: offsetsCodec.writeOffsetDeleteRequest,
  read: offsetsCodec.readOffsetDeleteResponse,
};
const CONSUMER_GROUPS = {
  api: consumerGroupDescribe,
  write: consumerGroupCodec.writeConsumerGroupDescribeRequest,
  read: consumerGroupCodec.readConsumerGroupDescribeResponse,
};
const ELECT = {
  api: electLeaders,
  write: electCodec.writeElectLeadersRequest,
  read: electCodec.readElectLeadersResponse,
};
const REASSIGN = {
  api: alterPartitionReassignments,
  write: reassignCodec.writeAlterPartitionReassignmentsRequest,
  read: reassignCodec.readAlterPartitionReassignmentsResponse,
};
const QUOTAS = {
  api: describeClientQuotas,
  write: quotasCodec.writeDescribeClientQuotasRequest,
  read: quotasCodec.readDescribeClientQuotasResponse,
};
const COORDINATOR = {
  api: findCoordinator,
  write: coordinatorCodec.writeFindCoordinatorRequest,
  read: coordinatorCodec.readFindCoordinatorResponse,
};
const TOPIC = 'administered';
const at = (partition: number) => toPartitionId(partition);

let bench: HandlerBench;
beforeAll(async () => {
  bench = await startHandlers();
  await bench.engine.createTopic({ name: TOPIC, partitionCount: 2, configs: new Map() }, callContext());
}, 180_000);
afterAll(() => bench.close());

async function committedGroup(): Promise<string> {
  const group = `g-${randomUUID()}`;
  const offset = { topic: TOPIC, offset: toOffset(3), leaderEpoch: -1, metadata: '', committedAtMs: 1 };
  for (const partition of [0, 1]) {
    await bench.services.groups.offsets.commit(group, { ...offset, partition: at(partition) }, callContext());
  }
  return group;
}

const codesOf = (entries: readonly { readonly errorCode: number }[]): number[] => entries.map((each) => each.errorCode);

test.each([0, 1, 2, 3])('DeleteGroups v%i deletes what is there, and answers each group by itself', async (version) => {
  const group = await committedGroup();
  const groupsNames = ['no-such', group, group];
  const { results } = await bench.call(DELETE, groupsCodec.createDeleteGroupsRequest({ groupsNames }), version);
  expect(results.map((each) => [each.groupId, each.errorCode])).toEqual([
    ['no-such', ErrorCode.GROUP_ID_NOT_FOUND],
    [group, ErrorCode.NONE],
  ]);
  expect(await bench.services.groups.offsets.fetchAll(group, callContext())).toEqual([]);
});

test('DeleteGroups deletes what was committed under the empty group id, and OffsetCommit goes on taking it', async () => {
  const offset = { topic: TOPIC, offset: toOffset(3), leaderEpoch: -1, metadata: '', committedAtMs: 1 };
  const request = groupsCodec.createDeleteGroupsRequest({ groupsNames: [''] });
  for (const expected of [ErrorCode.NONE, ErrorCode.GROUP_ID_NOT_FOUND]) {
    if (expected === ErrorCode.NONE) {
      await bench.services.groups.offsets.commit('', { ...offset, partition: at(0) }, callContext());
    }
    expect(codesOf((await bench.call(DELETE, request)).results)).toEqual([expected]);
  }
});

test('DescribeGroups answers in the order of the request, a group that is named twice once', async () => {
  const [first, second] = [await committedGroup(), await committedGroup()];
  const groups = [second, first, second, 'no-such', first];
  const answer = await bench.call(DESCRIBE, describeCodec.createDescribeGroupsRequest({ groups }));
  expect(answer.groups.map(({ groupId, groupState }) => [groupId, groupState])).toEqual([
    [second, 'Empty'],
    [first, 'Empty'],
    ['no-such', 'Dead'],
  ]);
});

test('a storage that fails is told in a code that clients retry, and the group is still there', async () => {
  const group = await committedGroup();
  const { offsets } = bench.services.groups;
  const broken = jest
    .spyOn(offsets, 'deleteGroup')
    .mockRejectedValueOnce(new EngineError('unavailable', 'the filer is away'));
  const request = groupsCodec.createDeleteGroupsRequest({ groupsNames: [group] });
  expect(codesOf((await bench.call(DELETE, request)).results)).toEqual([ErrorCode.COORDINATOR_NOT_AVAILABLE]);
  broken.mockRestore();
  expect(await offsets.fetchAll(group, callContext())).toHaveLength(2);
  expect(codesOf((await bench.call(DELETE, request)).results)).toEqual([ErrorCode.NONE]);
});

test('OffsetDelete deletes single offsets and says which partitions do not exist', async () => {
  const groupId = await committedGroup();
  const topics = [
    { name: TOPIC, partitions: [{ partitionIndex: at(0) }, { partitionIndex: at(9) }] },
    { name: 'no-such', partitions: [{ partitionIndex: at(0) }] },
    { name: TOPIC, partitions: [] },
  ];
  const response = await bench.call(OFFSETS, offsetsCodec.createOffsetDeleteRequest({ groupId, topics }));
  const unknown = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
  expect(response.topics.map((each) => codesOf(each.partitions))).toEqual([[ErrorCode.NONE, unknown], [unknown]]);
  const left = await bench.services.groups.offsets.fetchAll(groupId, callContext());
  expect(left.map((each) => each.partition)).toEqual([1]);
});

test.each([
  ['', ErrorCode.INVALID_GROUP_ID],
  ['no-such', ErrorCode.GROUP_ID_NOT_FOUND],
])('OffsetDelete of the group "%s" is refused whole', async (groupId, errorCode) => {
  const topics = [{ name: TOPIC, partitions: [{ partitionIndex: at(0) }] }];
  const request = offsetsCodec.createOffsetDeleteRequest({ groupId, topics });
  expect(await bench.call(OFFSETS, request)).toMatchObject({ errorCode, topics: [] });
});

test.each([0, 1])('ConsumerGroupDescribe v%i sends clients on to DescribeGroups', async (version) => {
  const group = await committedGroup();
  const request = consumerGroupCodec.createConsumerGroupDescribeRequest({ groupIds: [group, 'no-such'] });
  const errorCode = ErrorCode.GROUP_ID_NOT_FOUND;
  expect((await bench.call(CONSUMER_GROUPS, request, version)).groups).toMatchObject([
    { groupId: group, errorCode, errorMessage: `Group ${group} is not a consumer group.` },
    { groupId: 'no-such', errorCode, errorMessage: 'Group no-such not found.' },
  ]);
});

test.each([0, 1, 2])('ElectLeaders v%i: no partition needs an election', async (version) => {
  const topicPartitions = [{ topic: TOPIC, partitions: [at(0), at(9)] }];
  const request = electCodec.createElectLeadersRequest({ topicPartitions, timeoutMs: 30_000 });
  const { replicaElectionResults } = await bench.call(ELECT, request, version);
  const expected = [ErrorCode.ELECTION_NOT_NEEDED, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION];
  expect(replicaElectionResults.map((each) => codesOf(each.partitionResult))).toEqual([expected]);
  const all = electCodec.createElectLeadersRequest({ topicPartitions: null, timeoutMs: 30_000 });
  const answered = await bench.call(ELECT, all, version);
  expect(answered.replicaElectionResults).toEqual([{ topic: TOPIC, partitionResult: [] }]);
});

test.each([0, 1])('AlterPartitionReassignments v%i: a replica may stay, and nothing else', async (version) => {
  const brokerId = bench.services.cluster.selfId;
  const replicas = [[brokerId], [brokerId + 1], [], [brokerId, brokerId], null];
  const partitions = replicas.map((each) => ({ partitionIndex: at(0), replicas: each }));
  const topics = [{ name: TOPIC, partitions }];
  const request = reassignCodec.createAlterPartitionReassignmentsRequest({ topics, timeoutMs: 30_000 });
  const { responses } = await bench.call(REASSIGN, request, version);
  const wrong = ErrorCode.INVALID_REPLICA_ASSIGNMENT;
  expect(responses.map((each) => codesOf(each.partitions))).toEqual([
    [ErrorCode.NONE, wrong, wrong, wrong, ErrorCode.NO_REASSIGNMENT_IN_PROGRESS],
  ]);
});

test.each([
  [[['user', 0, 'u']], ErrorCode.NONE],
  [[['user', 0, null]], ErrorCode.INVALID_REQUEST],
  [[['user', 7, null]], ErrorCode.INVALID_REQUEST],
  [
    [
      ['user', 2, null],
      ['user', 2, null],
    ],
    ErrorCode.INVALID_REQUEST,
  ],
  [
    [
      ['ip', 2, null],
      ['user', 2, null],
    ],
    ErrorCode.INVALID_REQUEST,
  ],
  [[['other', 2, null]], ErrorCode.UNSUPPORTED_VERSION],
] as const)('DescribeClientQuotas with %j', async (filter, errorCode) => {
  const components = filter.map(([entityType, matchType, match]) => ({ entityType, matchType, match }));
  const response = await bench.call(QUOTAS, quotasCodec.createDescribeClientQuotasRequest({ components }));
  expect(response).toMatchObject({ errorCode, entries: errorCode === ErrorCode.NONE ? [] : null });
});

test('that there are no transactions is said in the code at which each client gives up at once', async () => {
  const transaction = { keyType: 1, key: 't', coordinatorKeys: ['t'] };
  const request = coordinatorCodec.createFindCoordinatorRequest(transaction);
  const errorMessage = expect.stringContaining('transactions are not supported') as string;
  const one = await bench.call(COORDINATOR, request, 2);
  expect(one).toMatchObject({ errorCode: ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, errorMessage });
  const batched = await bench.call(COORDINATOR, request, 6);
  expect(batched.coordinators).toMatchObject([{ errorCode: ErrorCode.UNSUPPORTED_VERSION, errorMessage }]);
});

test('of an idempotent producer the last batch is told, for a day, and of so many producers only', () => {
  const clock = new ManualClock();
  const producers = new ActiveProducers(clock, 2);
  const batch = { producerEpoch: 0, baseSequence: 0, lastOffsetDelta: 4, maxTimestamp: 7 };
  for (const producerId of [1n, 2n, 3n, -1n]) producers.acked('t/0', { ...batch, producerId }, -1);
  producers.acked('t/0', { ...batch, producerId: 2n, baseSequence: 5 }, 99);
  expect(producers.byPartition().get('t/0')).toMatchObject([
    { producerId: 3n, lastSequence: 4, lastTimestamp: 7 },
    { producerId: 2n, lastSequence: 9, lastTimestamp: 99 },
  ]);
  clock.advance(24 * 60 * 60 * 1_000 + 1);
  expect(producers.byPartition().size).toBe(0);
});
