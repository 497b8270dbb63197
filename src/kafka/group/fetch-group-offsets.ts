/** What one group of an OffsetFetch is answered: the offsets it asks for, or all it has. */
import { ErrorCode } from '../../protocol/error-code';
import type { CallContext } from '../../telemetry/operation';
import { toLeaderEpoch, toOffset, ZERO_TOPIC_ID } from '../../types';
import type { LeaderEpoch, Offset, PartitionId, TopicId } from '../../types';
import { errorCodeOf } from '../error-mapping';
import type { Services } from '../services';
import { mapBounded } from './map-bounded';
import type { CommittedOffset } from './offset-storage';

export interface AskedTopic {
  readonly name: string;
  readonly topicId?: TopicId;
  readonly partitionIndexes: readonly PartitionId[];
}

export interface FetchedPartition {
  readonly partitionIndex: PartitionId;
  readonly committedOffset: Offset;
  readonly committedLeaderEpoch: LeaderEpoch;
  readonly metadata: string;
  readonly errorCode: ErrorCode;
}

export interface FetchedTopic {
  readonly name: string;
  readonly topicId: TopicId;
  readonly partitions: readonly FetchedPartition[];
}

export interface FetchedGroup {
  readonly errorCode: ErrorCode;
  readonly topics: readonly FetchedTopic[];
}

export interface AskedGroup {
  readonly groupId: string;
  /** Null: all that have a committed offset. */
  readonly topics: readonly AskedTopic[] | null;
  /** True where topics are told by their ids. */
  readonly byId: boolean;
}

/** Filer calls at the same time for one topic. */
const FETCHES_MAX = 32;

/** Never throws EngineError: a storage that cannot be read is the group's error code. */
export async function fetchGroupOffsets(
  asked: AskedGroup,
  services: Services,
  context: CallContext,
): Promise<FetchedGroup> {
  if (asked.groupId === '') return { errorCode: ErrorCode.INVALID_GROUP_ID, topics: [] };
  try {
    const topics =
      asked.topics === null
        ? await allTopics(asked, services, context)
        : await askedTopics(asked, asked.topics, services, context);
    return { errorCode: ErrorCode.NONE, topics };
  } catch (error) {
    return { errorCode: errorCodeOf(error, 'coordinator'), topics: [] };
  }
}

async function askedTopics(
  { groupId, byId }: AskedGroup,
  asked: readonly AskedTopic[],
  services: Services,
  context: CallContext,
): Promise<readonly FetchedTopic[]> {
  const topics: FetchedTopic[] = [];
  for (const { name: givenName, topicId = ZERO_TOPIC_ID, partitionIndexes } of asked) {
    const name = byId ? (await services.engine.topicById(topicId, context))?.name : givenName;
    const partitions =
      name === undefined
        ? partitionIndexes.map((index) => answerOf(index, undefined, ErrorCode.UNKNOWN_TOPIC_ID))
        : await mapBounded(partitionIndexes, FETCHES_MAX, async (partition) =>
            answerOf(partition, await services.groups.offsets.fetch(groupId, { topic: name, partition }, context)),
          );
    topics.push({ name: name ?? '', topicId, partitions });
  }
  return topics;
}

async function allTopics(
  { groupId, byId }: AskedGroup,
  services: Services,
  context: CallContext,
): Promise<readonly FetchedTopic[]> {
  const byTopic = new Map<string, FetchedPartition[]>();
  for (const each of await services.groups.offsets.fetchAll(groupId, context)) {
    let list = byTopic.get(each.topic);
    if (list === undefined) byTopic.set(each.topic, (list = []));
    list.push(answerOf(each.partition, each));
  }
  const topics: FetchedTopic[] = [];
  for (const [name, partitions] of byTopic) {
    const topicId = byId ? (await services.engine.topic(name, context))?.id : ZERO_TOPIC_ID;
    // A topic that was deleted has no id to answer with.
    if (topicId !== undefined) topics.push({ name, topicId, partitions });
  }
  return topics;
}

function answerOf(
  partitionIndex: PartitionId,
  committed: CommittedOffset | undefined,
  errorCode: ErrorCode = ErrorCode.NONE,
): FetchedPartition {
  return {
    partitionIndex,
    committedOffset: committed?.offset ?? toOffset(-1),
    committedLeaderEpoch: toLeaderEpoch(committed?.leaderEpoch ?? -1),
    metadata: committed?.metadata ?? '',
    errorCode,
  };
}
