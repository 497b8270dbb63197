/**
 * OffsetCommit: a group's place in its partitions is stored; the answer comes when it is. Topics by name, from version 10 on by id. As in
 * Kafka, partitions that are not there are answered for themselves, and the group is asked only if some are left.
 */
import type { Topic } from '../../engine/engine';
import { ErrorCode } from '../../protocol/error-code';
import {
  createOffsetCommitResponse,
  createOffsetCommitResponsePartition,
  createOffsetCommitResponseTopic,
  offsetCommitApi,
  readOffsetCommitRequest,
  writeOffsetCommitResponse,
} from '../../protocol/generated/offset-commit';
import type {
  OffsetCommitRequest,
  OffsetCommitRequestPartition,
  OffsetCommitRequestTopic,
  OffsetCommitResponse,
} from '../../protocol/generated/offset-commit';
import type { CallContext } from '../../telemetry/trace/operation';
import { ZERO_TOPIC_ID } from '../../types';
import { codesOf } from '../admin/error-codes';
import { errorCodeOf } from '../error-mapping';
import { countCommits } from '../groups/classic/group-telemetry';
import { mapBounded } from '../../waiting/map-bounded';
import type { PartitionOffset } from '../groups/offsets/offset-storage';
import { accessOf } from '../security/access';
import { AUTHORIZATION } from '../security/authorization-table';
import type { Services } from '../services';
import type { RequestContext } from './define-api';
import { defineApi } from './define-api';

const TOPIC_IDS_FROM = 10;
/** From it on a member of a group that is not there is told just that. */
const GROUP_ID_NOT_FOUND_FROM = 9;
/** Topics that are looked up, and offsets that wait to be stored, at the same time for one request. */
const LOOKUPS_MAX = 32;
const COMMITS_MAX = 1_000;

/** A partition of the request: an answer already, or what is to be stored. */
type Planned = ErrorCode | PartitionOffset;

export const offsetCommit = defineApi<OffsetCommitRequest, OffsetCommitResponse>({
  facts: offsetCommitApi,
  activity: 'coordinator',
  read: readOffsetCommitRequest,
  write: writeOffsetCommitResponse,
  handle: async (request, context, services) => {
    const byId = context.apiVersion >= TOPIC_IDS_FROM;
    const access = accessOf(context, services);
    const allows = (name: string): boolean => access.allows(AUTHORIZATION.offsetCommit.topic, name);
    const found = await mapBounded(request.topics, LOOKUPS_MAX, (asked) =>
      committedTopic(asked, { byId, allows }, services, context),
    );
    const nowMs = services.clock.nowMs();
    const plan = request.topics.flatMap((asked, index) =>
      asked.partitions.map((each) => planOne(found[index] ?? ErrorCode.UNKNOWN_SERVER_ERROR, each, request, nowMs)),
    );
    const isLeft = plan.some((each) => typeof each !== 'number');
    const refused = isLeft ? await checkGroup(request, context, services) : ErrorCode.NONE;
    // In the order of the request: of two for the same partition the later one stays.
    const codes = await mapBounded(plan, COMMITS_MAX, (each) => {
      if (typeof each === 'number') return Promise.resolve(each);
      if (refused !== ErrorCode.NONE) return Promise.resolve(refused);
      if (each.metadata.length > services.groups.settings.offsetMetadataBytesMax) {
        return Promise.resolve(ErrorCode.OFFSET_METADATA_TOO_LARGE);
      }
      return store(request.groupId, each, services, context);
    });
    const response = responseOf(request, codes);
    countCommits(services.telemetry.instruments, response.topics);
    return response;
  },
  failure: (request, errorCode) =>
    responseOf(
      request,
      request.topics.flatMap((topic) => topic.partitions.map(() => errorCode)),
    ),
  errors: function* (response) {
    for (const topic of response.topics) yield* codesOf(topic.partitions);
  },
});

async function committedTopic(
  asked: OffsetCommitRequestTopic,
  { byId, allows }: { readonly byId: boolean; readonly allows: (name: string) => boolean },
  { engine }: Services,
  context: CallContext,
): Promise<Topic | ErrorCode> {
  try {
    if (!byId && !allows(asked.name)) return ErrorCode.TOPIC_AUTHORIZATION_FAILED;
    if (!byId) return (await engine.topic(asked.name, context)) ?? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
    const topic = asked.topicId === ZERO_TOPIC_ID ? undefined : await engine.topicById(asked.topicId, context);
    if (topic === undefined) return ErrorCode.UNKNOWN_TOPIC_ID;
    return allows(topic.name) ? topic : ErrorCode.TOPIC_AUTHORIZATION_FAILED;
  } catch (error) {
    return errorCodeOf(error, 'coordinator');
  }
}

function planOne(
  topic: Topic | ErrorCode,
  asked: OffsetCommitRequestPartition,
  { retentionTimeMs }: OffsetCommitRequest,
  nowMs: number,
): Planned {
  if (typeof topic === 'number') return topic;
  const { partitionIndex: partition, committedOffset, committedLeaderEpoch: leaderEpoch } = asked;
  if (partition < 0 || partition >= topic.partitionCount) return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
  return {
    topic: topic.name,
    partition,
    offset: committedOffset,
    leaderEpoch,
    metadata: asked.committedMetadata ?? '',
    committedAtMs: nowMs,
    ...(retentionTimeMs === -1 ? {} : { expiresAtMs: Math.min(nowMs + retentionTimeMs, Number.MAX_SAFE_INTEGER) }),
  };
}

async function checkGroup(
  request: OffsetCommitRequest,
  context: RequestContext,
  { groups }: Services,
): Promise<ErrorCode> {
  const refused = await groups.whenLoaded(context);
  if (refused !== ErrorCode.NONE) return refused;
  const { groupId, memberId, groupInstanceId, generationIdOrMemberEpoch: generationId } = request;
  if (generationId >= 0 && groups.group(groupId) === undefined) {
    // A group that nobody joined has no members, whoever committed in it; one that is not there has no generation either.
    if (await groups.exists(groupId, context)) return ErrorCode.UNKNOWN_MEMBER_ID;
    const knowsNoGroup = context.apiVersion >= GROUP_ID_NOT_FOUND_FROM;
    return knowsNoGroup ? ErrorCode.GROUP_ID_NOT_FOUND : ErrorCode.ILLEGAL_GENERATION;
  }
  return groups.checkCommit(groupId, { memberId, groupInstanceId, generationId });
}

async function store(
  groupId: string,
  offset: PartitionOffset,
  { groups }: Services,
  context: CallContext,
): Promise<ErrorCode> {
  try {
    await groups.offsets.commit(groupId, offset, context);
    return ErrorCode.NONE;
  } catch (error) {
    return errorCodeOf(error, 'coordinator');
  }
}

/** `codes`: one for each partition of the request, in its order. */
function responseOf(request: OffsetCommitRequest, codes: readonly ErrorCode[]): OffsetCommitResponse {
  let next = 0;
  return createOffsetCommitResponse({
    topics: request.topics.map(({ name, topicId, partitions }) =>
      createOffsetCommitResponseTopic({
        name,
        topicId,
        partitions: partitions.map(({ partitionIndex }) => {
          const errorCode = codes[next] ?? ErrorCode.UNKNOWN_SERVER_ERROR;
          next += 1;
          return createOffsetCommitResponsePartition({ partitionIndex, errorCode });
        }),
      }),
    ),
  });
}
