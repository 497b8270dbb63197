/** A member of a group over a raw connection: each call is one request, and nothing happens by itself. */
import { ErrorCode } from '../../src/protocol/error-code';
import * as heartbeatCodec from '../../src/protocol/generated/heartbeat';
import * as joinCodec from '../../src/protocol/generated/join-group';
import * as leaveCodec from '../../src/protocol/generated/leave-group';
import * as commitCodec from '../../src/protocol/generated/offset-commit';
import * as fetchCodec from '../../src/protocol/generated/offset-fetch';
import * as syncCodec from '../../src/protocol/generated/sync-group';
import { toPartitionId } from '../../src/types';
import type { Int64 } from '../../src/types';
import type { Codec, KafkaClient } from './kafka-client';

const JOIN: Codec<joinCodec.JoinGroupRequest, joinCodec.JoinGroupResponse> = {
  facts: joinCodec.joinGroupApi,
  write: joinCodec.writeJoinGroupRequest,
  read: joinCodec.readJoinGroupResponse,
};
const SYNC: Codec<syncCodec.SyncGroupRequest, syncCodec.SyncGroupResponse> = {
  facts: syncCodec.syncGroupApi,
  write: syncCodec.writeSyncGroupRequest,
  read: syncCodec.readSyncGroupResponse,
};
const HEARTBEAT: Codec<heartbeatCodec.HeartbeatRequest, heartbeatCodec.HeartbeatResponse> = {
  facts: heartbeatCodec.heartbeatApi,
  write: heartbeatCodec.writeHeartbeatRequest,
  read: heartbeatCodec.readHeartbeatResponse,
};
const LEAVE: Codec<leaveCodec.LeaveGroupRequest, leaveCodec.LeaveGroupResponse> = {
  facts: leaveCodec.leaveGroupApi,
  write: leaveCodec.writeLeaveGroupRequest,
  read: leaveCodec.readLeaveGroupResponse,
};
const COMMIT: Codec<commitCodec.OffsetCommitRequest, commitCodec.OffsetCommitResponse> = {
  facts: commitCodec.offsetCommitApi,
  write: commitCodec.writeOffsetCommitRequest,
  read: commitCodec.readOffsetCommitResponse,
};
const OFFSETS: Codec<fetchCodec.OffsetFetchRequest, fetchCodec.OffsetFetchResponse> = {
  facts: fetchCodec.offsetFetchApi,
  write: fetchCodec.writeOffsetFetchRequest,
  read: fetchCodec.readOffsetFetchResponse,
};
/** The last versions that name topics. */
const COMMIT_VERSION = 9;
const OFFSETS_VERSION = 9;
/** The last one in which a client says how long its offset is kept. */
const RETENTION_VERSION = 4;

export interface MemberOptions {
  readonly groupInstanceId?: string;
  readonly sessionTimeoutMs?: number;
  readonly rebalanceTimeoutMs?: number;
  readonly protocolType?: string;
  readonly metadata?: Uint8Array;
}

export class GroupMember {
  memberId = '';
  generationId = -1;
  /** What the last join brought: for the leader, who its members are. */
  joined: joinCodec.JoinGroupResponse | undefined;
  readonly #client: KafkaClient;
  readonly #groupId: string;
  readonly #options: MemberOptions;

  constructor(client: KafkaClient, groupId: string, options: MemberOptions = {}) {
    this.#client = client;
    this.#groupId = groupId;
    this.#options = options;
  }

  /** Takes over who another one is, as a client does whose connection broke. */
  resume(other: { readonly memberId: string; readonly generationId: number }): void {
    this.memberId = other.memberId;
    this.generationId = other.generationId;
  }

  get leads(): boolean {
    return this.joined?.leader === this.memberId;
  }

  /** Resolves when the join barrier opens; asks twice where it is given its id first. */
  async join(): Promise<joinCodec.JoinGroupResponse> {
    const { sessionTimeoutMs = 30_000, rebalanceTimeoutMs = 60_000, protocolType = 'consumer' } = this.#options;
    const request = joinCodec.createJoinGroupRequest({
      groupId: this.#groupId,
      memberId: this.memberId,
      groupInstanceId: this.#options.groupInstanceId ?? null,
      sessionTimeoutMs,
      rebalanceTimeoutMs,
      protocolType,
      protocols: [
        joinCodec.createJoinGroupRequestProtocol({
          name: 'range',
          metadata: this.#options.metadata ?? Buffer.from('subscription'),
        }),
      ],
    });
    const answer = await this.#client.call(JOIN, request);
    if (answer.errorCode === ErrorCode.MEMBER_ID_REQUIRED) {
      this.memberId = answer.memberId;
      return this.join();
    }
    if (answer.errorCode === ErrorCode.NONE) {
      this.memberId = answer.memberId;
      this.generationId = answer.generationId;
      this.joined = answer;
    }
    return answer;
  }

  /** Joins as every client does: while the gateway still loads its groups, it asks again. */
  async enter(): Promise<joinCodec.JoinGroupResponse> {
    let answer = await this.join();
    while (answer.errorCode === ErrorCode.COORDINATOR_LOAD_IN_PROGRESS) answer = await this.join();
    return answer;
  }

  /** The leader assigns `assignment` to everybody, or each its own; the others wait for it. */
  sync(
    assignment: Uint8Array | ((memberId: string) => Uint8Array) = Buffer.from('assignment'),
  ): Promise<syncCodec.SyncGroupResponse> {
    const members = this.leads ? (this.joined?.members ?? []) : [];
    return this.#client.call(
      SYNC,
      syncCodec.createSyncGroupRequest({
        ...this.#identity(),
        protocolType: this.#options.protocolType ?? 'consumer',
        protocolName: 'range',
        assignments: members.map(({ memberId }) =>
          syncCodec.createSyncGroupRequestAssignment({
            memberId,
            assignment: typeof assignment === 'function' ? assignment(memberId) : assignment,
          }),
        ),
      }),
    );
  }

  async heartbeat(): Promise<number> {
    return (await this.#client.call(HEARTBEAT, heartbeatCodec.createHeartbeatRequest(this.#identity()))).errorCode;
  }

  async leave(): Promise<number> {
    const { memberId } = this;
    const members = [leaveCodec.createMemberIdentity({ memberId, groupInstanceId: null })];
    const request = leaveCodec.createLeaveGroupRequest({ groupId: this.#groupId, members });
    return (await this.#client.call(LEAVE, request)).errorCode;
  }

  /** The partition's error code. */
  async commit(
    topic: string,
    offset: Int64,
    { partition = 0, metadata = '', retentionTimeMs = -1 } = {},
  ): Promise<number> {
    const { generationId, ...identity } = this.#identity();
    const request = commitCodec.createOffsetCommitRequest({
      ...identity,
      generationIdOrMemberEpoch: generationId,
      retentionTimeMs,
      topics: [
        commitCodec.createOffsetCommitRequestTopic({
          name: topic,
          partitions: [
            commitCodec.createOffsetCommitRequestPartition({
              partitionIndex: toPartitionId(partition),
              committedOffset: offset,
              committedMetadata: metadata,
            }),
          ],
        }),
      ],
    });
    const version = retentionTimeMs === -1 ? COMMIT_VERSION : RETENTION_VERSION;
    const answer = await this.#client.call(COMMIT, request, version);
    return answer.topics[0]?.partitions[0]?.errorCode ?? -1;
  }

  /** What the group has committed; its error code where it could not be read. */
  async committed(topic: string, partition = 0): Promise<{ readonly errorCode: number; readonly offset: Int64 }> {
    const topics = [
      fetchCodec.createOffsetFetchRequestTopics({ name: topic, partitionIndexes: [toPartitionId(partition)] }),
    ];
    const group = fetchCodec.createOffsetFetchRequestGroup({ groupId: this.#groupId, topics });
    const request = fetchCodec.createOffsetFetchRequest({ groups: [group] });
    const [answer] = (await this.#client.call(OFFSETS, request, OFFSETS_VERSION)).groups;
    const found = answer?.topics[0]?.partitions[0];
    const ofGroup = answer?.errorCode ?? ErrorCode.NONE;
    const errorCode = ofGroup === ErrorCode.NONE ? (found?.errorCode ?? ErrorCode.NONE) : ofGroup;
    return { errorCode, offset: found?.committedOffset ?? -1 };
  }

  #identity() {
    const { memberId, generationId } = this;
    return { groupId: this.#groupId, memberId, generationId, groupInstanceId: this.#options.groupInstanceId ?? null };
  }
}
