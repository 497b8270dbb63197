/** Requests about groups and their offsets, one or more for each row of the authorization table. */
import * as consumerGroupDescribe from '../../src/protocol/generated/consumer-group-describe';
import * as deleteGroups from '../../src/protocol/generated/delete-groups';
import * as describeGroups from '../../src/protocol/generated/describe-groups';
import * as describeTransactions from '../../src/protocol/generated/describe-transactions';
import * as findCoordinator from '../../src/protocol/generated/find-coordinator';
import * as heartbeat from '../../src/protocol/generated/heartbeat';
import * as joinGroup from '../../src/protocol/generated/join-group';
import * as leaveGroup from '../../src/protocol/generated/leave-group';
import * as listGroups from '../../src/protocol/generated/list-groups';
import * as offsetCommit from '../../src/protocol/generated/offset-commit';
import * as offsetDelete from '../../src/protocol/generated/offset-delete';
import * as offsetFetch from '../../src/protocol/generated/offset-fetch';
import * as syncGroup from '../../src/protocol/generated/sync-group';
import { toPartitionId } from '../../src/types';
import { codec } from '../kafka-answers/codec';
import { request, type AskedRequest } from './asked-request';

const PARTITION = toPartitionId(0);
const KEY_TYPE = { group: 0, transaction: 1, share: 2 } as const;

const CONSUMER_GROUP_DESCRIBE = codec(
  consumerGroupDescribe.consumerGroupDescribeApi,
  consumerGroupDescribe.writeConsumerGroupDescribeRequest,
  consumerGroupDescribe.readConsumerGroupDescribeResponse,
);
const DELETE_GROUPS = codec(
  deleteGroups.deleteGroupsApi,
  deleteGroups.writeDeleteGroupsRequest,
  deleteGroups.readDeleteGroupsResponse,
);
export const DESCRIBE_GROUPS = codec(
  describeGroups.describeGroupsApi,
  describeGroups.writeDescribeGroupsRequest,
  describeGroups.readDescribeGroupsResponse,
);
const DESCRIBE_TRANSACTIONS = codec(
  describeTransactions.describeTransactionsApi,
  describeTransactions.writeDescribeTransactionsRequest,
  describeTransactions.readDescribeTransactionsResponse,
);
export const FIND_COORDINATOR = codec(
  findCoordinator.findCoordinatorApi,
  findCoordinator.writeFindCoordinatorRequest,
  findCoordinator.readFindCoordinatorResponse,
);
const HEARTBEAT = codec(heartbeat.heartbeatApi, heartbeat.writeHeartbeatRequest, heartbeat.readHeartbeatResponse);
const JOIN_GROUP = codec(joinGroup.joinGroupApi, joinGroup.writeJoinGroupRequest, joinGroup.readJoinGroupResponse);
const LEAVE_GROUP = codec(
  leaveGroup.leaveGroupApi,
  leaveGroup.writeLeaveGroupRequest,
  leaveGroup.readLeaveGroupResponse,
);
const LIST_GROUPS = codec(
  listGroups.listGroupsApi,
  listGroups.writeListGroupsRequest,
  listGroups.readListGroupsResponse,
);
export const OFFSET_COMMIT = codec(
  offsetCommit.offsetCommitApi,
  offsetCommit.writeOffsetCommitRequest,
  offsetCommit.readOffsetCommitResponse,
);
const OFFSET_DELETE = codec(
  offsetDelete.offsetDeleteApi,
  offsetDelete.writeOffsetDeleteRequest,
  offsetDelete.readOffsetDeleteResponse,
);
const OFFSET_FETCH = codec(
  offsetFetch.offsetFetchApi,
  offsetFetch.writeOffsetFetchRequest,
  offsetFetch.readOffsetFetchResponse,
);
const SYNC_GROUP = codec(syncGroup.syncGroupApi, syncGroup.writeSyncGroupRequest, syncGroup.readSyncGroupResponse);

export const committed = (groupId: string, topics: readonly Partial<offsetCommit.OffsetCommitRequestTopic>[]) =>
  offsetCommit.createOffsetCommitRequest({
    groupId,
    generationIdOrMemberEpoch: -1,
    memberId: '',
    topics: topics.map((topic) =>
      offsetCommit.createOffsetCommitRequestTopic({
        ...topic,
        partitions: [
          offsetCommit.createOffsetCommitRequestPartition({
            partitionIndex: PARTITION,
            committedOffset: 0,
            committedMetadata: '',
          }),
        ],
      }),
    ),
  });

const offsetsOf = (groupId: string, topics: readonly Partial<offsetFetch.OffsetFetchRequestTopics>[] | null) =>
  offsetFetch.createOffsetFetchRequest({
    groups: [
      offsetFetch.createOffsetFetchRequestGroup({
        groupId,
        memberId: null,
        topics:
          topics?.map((topic) =>
            offsetFetch.createOffsetFetchRequestTopics({ ...topic, partitionIndexes: [PARTITION] }),
          ) ?? null,
      }),
    ],
  });

export const GROUP_REQUESTS: readonly AskedRequest[] = [
  request(
    'offsetCommit',
    'by name',
    OFFSET_COMMIT,
    ({ group, topic }) => committed(group, [{ name: topic }, { name: 'absent' }]),
    9,
  ),
  request('offsetCommit', 'by id', OFFSET_COMMIT, ({ group, topicId }) => committed(group, [{ topicId }]), 10),
  request(
    'offsetFetch',
    'by name',
    OFFSET_FETCH,
    ({ group, topic }) => offsetsOf(group, [{ name: topic }, { name: 'absent' }]),
    9,
  ),
  request('offsetFetch', 'by id', OFFSET_FETCH, ({ group, topicId }) => offsetsOf(group, [{ topicId }]), 10),
  request('offsetFetch', 'of all topics', OFFSET_FETCH, ({ group }) => offsetsOf(group, null), 9),
  request(
    'offsetFetch',
    'of one group',
    OFFSET_FETCH,
    ({ group, topic }) =>
      offsetFetch.createOffsetFetchRequest({
        groupId: group,
        topics: [offsetFetch.createOffsetFetchRequestTopic({ name: topic, partitionIndexes: [PARTITION] })],
      }),
    7,
  ),
  request('findCoordinator', 'of groups', FIND_COORDINATOR, ({ group }) =>
    findCoordinator.createFindCoordinatorRequest({ keyType: KEY_TYPE.group, coordinatorKeys: [group, 'others'] }),
  ),
  request(
    'findCoordinator',
    'of one group',
    FIND_COORDINATOR,
    ({ group }) => findCoordinator.createFindCoordinatorRequest({ keyType: KEY_TYPE.group, key: group }),
    3,
  ),
  request('findCoordinator', 'of a transactional id', FIND_COORDINATOR, ({ transactionalId }) =>
    findCoordinator.createFindCoordinatorRequest({ keyType: KEY_TYPE.transaction, coordinatorKeys: [transactionalId] }),
  ),
  request('findCoordinator', 'of a share group', FIND_COORDINATOR, ({ group }) =>
    findCoordinator.createFindCoordinatorRequest({
      keyType: KEY_TYPE.share,
      coordinatorKeys: [`${group}:AAAAAAAAAAAAAAAAAAAAAQ:0`],
    }),
  ),
  request('joinGroup', 'with a session that is too short', JOIN_GROUP, ({ group }) =>
    joinGroup.createJoinGroupRequest({
      groupId: group,
      // Refused behind the check: a member's id would be another one each time.
      sessionTimeoutMs: 1,
      rebalanceTimeoutMs: 10_000,
      protocolType: 'consumer',
      protocols: [joinGroup.createJoinGroupRequestProtocol({ name: 'range', metadata: new Uint8Array(0) })],
    }),
  ),
  request('heartbeat', 'of nobody', HEARTBEAT, ({ group }) =>
    heartbeat.createHeartbeatRequest({ groupId: group, generationId: 1, memberId: 'nobody' }),
  ),
  request('leaveGroup', 'of nobody', LEAVE_GROUP, ({ group }) =>
    leaveGroup.createLeaveGroupRequest({
      groupId: group,
      members: [leaveGroup.createMemberIdentity({ memberId: 'nobody' })],
    }),
  ),
  request('syncGroup', 'of nobody', SYNC_GROUP, ({ group }) =>
    syncGroup.createSyncGroupRequest({
      groupId: group,
      memberId: 'nobody',
      protocolType: 'consumer',
      protocolName: 'range',
    }),
  ),
  request('syncGroup', 'without a protocol', SYNC_GROUP, ({ group }) =>
    syncGroup.createSyncGroupRequest({ groupId: group, memberId: 'nobody', protocolType: null, protocolName: null }),
  ),
  request('describeGroups', 'with operations', DESCRIBE_GROUPS, ({ group }) =>
    describeGroups.createDescribeGroupsRequest({ groups: [group, 'others'], includeAuthorizedOperations: true }),
  ),
  request('listGroups', 'all', LIST_GROUPS, () => listGroups.createListGroupsRequest()),
  request(
    'deleteGroups',
    'that are not there',
    DELETE_GROUPS,
    () => deleteGroups.createDeleteGroupsRequest({ groupsNames: ['readers-gone', 'others'] }),
    2,
  ),
  request('offsetDelete', 'of two topics', OFFSET_DELETE, ({ group, topic }) =>
    offsetDelete.createOffsetDeleteRequest({
      groupId: group,
      topics: [topic, 'absent'].map((name) =>
        offsetDelete.createOffsetDeleteRequestTopic({
          name,
          partitions: [offsetDelete.createOffsetDeleteRequestPartition({ partitionIndex: PARTITION })],
        }),
      ),
    }),
  ),
  request('consumerGroupDescribe', 'of two groups', CONSUMER_GROUP_DESCRIBE, ({ group }) =>
    consumerGroupDescribe.createConsumerGroupDescribeRequest({ groupIds: [group, 'others'] }),
  ),
  request('describeTransactions', 'of one', DESCRIBE_TRANSACTIONS, ({ transactionalId }) =>
    describeTransactions.createDescribeTransactionsRequest({ transactionalIds: [transactionalId, 'others'] }),
  ),
];
