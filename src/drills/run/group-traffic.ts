/** Groups of the drills' own: one that only commits, one that has just begun. */
import * as heartbeat from '../../protocol/generated/heartbeat';
import * as joinGroup from '../../protocol/generated/join-group';
import * as offsetCommit from '../../protocol/generated/offset-commit';
import * as syncGroup from '../../protocol/generated/sync-group';
import { toPartitionId } from '../../types';
import type { DrillClient, DrillCodec } from './drill-client';
import { DRILL_GROUP } from '../drill-list';
import { again, pause, type TrafficPlace, values } from './traffic-parts';

const PROTOCOL = 'range';
/** Of a group that has just begun, until it commits first. */
const READS_BEFORE_COMMIT = 20;
const MEMBER_ID_REQUIRED = 79;
/** Longer than it takes until it is told that the record before is kept back. */
const WRITE_EVERY_MS = 8_000;

const COMMIT: DrillCodec<offsetCommit.OffsetCommitRequest, offsetCommit.OffsetCommitResponse> = {
  ...{ key: offsetCommit.offsetCommitApi.key, version: 8 },
  ...{ write: offsetCommit.writeOffsetCommitRequest, read: offsetCommit.readOffsetCommitResponse },
};
const JOIN: DrillCodec<joinGroup.JoinGroupRequest, joinGroup.JoinGroupResponse> = {
  ...{ key: joinGroup.joinGroupApi.key, version: 6 },
  ...{ write: joinGroup.writeJoinGroupRequest, read: joinGroup.readJoinGroupResponse },
};
const SYNC: DrillCodec<syncGroup.SyncGroupRequest, syncGroup.SyncGroupResponse> = {
  ...{ key: syncGroup.syncGroupApi.key, version: 4 },
  ...{ write: syncGroup.writeSyncGroupRequest, read: syncGroup.readSyncGroupResponse },
};
const HEARTBEAT: DrillCodec<heartbeat.HeartbeatRequest, heartbeat.HeartbeatResponse> = {
  ...{ key: heartbeat.heartbeatApi.key, version: 4 },
  ...{ write: heartbeat.writeHeartbeatRequest, read: heartbeat.readHeartbeatResponse },
};

interface Member {
  readonly memberId: string;
  readonly generationId: number;
}

/** A commit without being a member, as administration tools make it. */
export async function commitAlone(client: DrillClient, topic: string): Promise<void> {
  await commit(client, topic, { memberId: '', generationId: -1 }, 1);
}

/** A member that joins, reads with heartbeats, and commits only after some reads. */
export async function youngGroup(place: TrafficPlace, signal: AbortSignal): Promise<void> {
  let member: Member | undefined;
  let reads = 0;
  await again(place, signal, async (client) => {
    member ??= await join(client, place.topic);
    await client.fetch(place.topic, reads, 100);
    const { memberId, generationId } = member;
    await client.call(HEARTBEAT, heartbeat.createHeartbeatRequest({ groupId: DRILL_GROUP, memberId, generationId }));
    if (++reads >= READS_BEFORE_COMMIT) await commit(client, place.topic, member, reads);
  });
}

/** A member that commits all that it is given, and a producer that writes a record every now and then. */
export async function follow(place: TrafficPlace, signal: AbortSignal): Promise<void> {
  const { topic, clock } = place;
  let member: Member | undefined;
  let next = 0;
  const write = async (client: DrillClient): Promise<void> => {
    await client.produce(topic, values(1, clock));
    await pause(clock, signal, WRITE_EVERY_MS);
  };
  const read = async (client: DrillClient): Promise<void> => {
    member ??= await join(client, topic);
    const { memberId, generationId } = member;
    const last = (await client.fetch(topic, next)).records.at(-1);
    await client.call(HEARTBEAT, heartbeat.createHeartbeatRequest({ groupId: DRILL_GROUP, memberId, generationId }));
    if (last === undefined) return;
    next = last.offset + 1;
    await commit(client, topic, member, next);
  };
  await Promise.all([again(place, signal, write), again(place, signal, read)]);
}

async function join(client: DrillClient, topic: string, memberId = ''): Promise<Member> {
  const protocols = [joinGroup.createJoinGroupRequestProtocol({ name: PROTOCOL, metadata: subscriptionOf(topic) })];
  const timeouts = { sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 10_000 };
  const request = { groupId: DRILL_GROUP, memberId, protocolType: 'consumer', protocols, ...timeouts };
  const joined = await client.call(JOIN, joinGroup.createJoinGroupRequest(request));
  if (joined.errorCode === MEMBER_ID_REQUIRED) return join(client, topic, joined.memberId);
  const member = { memberId: joined.memberId, generationId: joined.generationId };
  const assignment = assignmentOf(topic);
  const assignments = [syncGroup.createSyncGroupRequestAssignment({ memberId: member.memberId, assignment })];
  await client.call(SYNC, syncGroup.createSyncGroupRequest({ groupId: DRILL_GROUP, ...member, assignments }));
  return member;
}

async function commit(client: DrillClient, topic: string, member: Member, offset: number): Promise<void> {
  const partitions = [
    offsetCommit.createOffsetCommitRequestPartition({ partitionIndex: toPartitionId(0), committedOffset: offset }),
  ];
  const request = offsetCommit.createOffsetCommitRequest({
    ...{ groupId: DRILL_GROUP, memberId: member.memberId, generationIdOrMemberEpoch: member.generationId },
    topics: [offsetCommit.createOffsetCommitRequestTopic({ name: topic, partitions })],
  });
  await client.call(COMMIT, request);
}

/** Kafka's ConsumerProtocolSubscription v0: version, topics, no user data. */
function subscriptionOf(topic: string): Buffer {
  const bytes = Buffer.alloc(12 + topic.length);
  bytes.writeInt32BE(1, 2);
  bytes.writeInt16BE(topic.length, 6);
  bytes.write(topic, 8, 'latin1');
  bytes.writeInt32BE(-1, 8 + topic.length);
  return bytes;
}

/** ConsumerProtocolAssignment v0: version, partition 0 of the topic, no user data. */
function assignmentOf(topic: string): Buffer {
  const bytes = Buffer.alloc(20 + topic.length);
  bytes.writeInt32BE(1, 2);
  bytes.writeInt16BE(topic.length, 6);
  bytes.write(topic, 8, 'latin1');
  bytes.writeInt32BE(1, 8 + topic.length);
  bytes.writeInt32BE(-1, 16 + topic.length);
  return bytes;
}
