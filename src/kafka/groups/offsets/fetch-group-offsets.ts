/** What one group of an OffsetFetch is answered: the offsets it asks for, or all it has. As in Kafka it need not exist, nor its topics. */
import { ErrorCode } from '../../../protocol/error-code';
import type { CallContext } from '../../../telemetry/trace/operation';
import { toLeaderEpoch, ZERO_TOPIC_ID } from '../../../types';
import type { Int64, LeaderEpoch, PartitionId, TopicId } from '../../../types';
import { errorCodeOf } from '../../error-mapping';
import type { Services } from '../../services';
import type { AskedTopic, AskedTopics } from './asked-offsets';
import { mapBounded } from '../../../waiting/map-bounded';
import type { CommittedOffset } from './offset-storage';

export interface FetchedOffset {
  readonly partitionIndex: PartitionId;
  /** -1 where nothing was committed. */
  readonly committedOffset: Int64;
  readonly committedLeaderEpoch: LeaderEpoch;
  readonly metadata: string;
  readonly errorCode: ErrorCode;
}

export interface FetchedTopic {
  readonly name: string;
  readonly topicId: TopicId;
  readonly partitions: readonly FetchedOffset[];
}

export interface FetchedGroup {
  readonly errorCode: ErrorCode;
  readonly topics: readonly FetchedTopic[];
}

export interface AskedGroup {
  readonly groupId: string;
  readonly topics: AskedTopics;
  /** True where topics are told by their ids. */
  readonly byId: boolean;
}

/** Partitions that are read at the same time for one group. */
const FETCHES_MAX = 32;
const LOOKUPS_MAX = 32;
/** Topics that are read whole at the same time. */
const TOPICS_MAX = 4;
/** Fewer partitions are looked up one by one. */
const WHOLE_TOPIC_FROM = 32;
const LOOKUPS_PER_WHOLE = 4;

interface Surroundings {
  readonly services: Services;
  /** Whether the client may hear of the topic; those that it may not are left out where all are asked for, else refused. */
  readonly allows: (topic: string) => boolean;
}

/** Never throws EngineError: a storage that cannot be read is the group's error code. */
export async function fetchGroupOffsets(
  asked: AskedGroup,
  surroundings: Surroundings,
  context: CallContext,
): Promise<FetchedGroup> {
  try {
    const topics =
      asked.topics === null
        ? await allTopics(asked, surroundings, context)
        : await askedTopics(asked, asked.topics, surroundings, context);
    return { errorCode: ErrorCode.NONE, topics };
  } catch (error) {
    return { errorCode: fetchCodeOf(errorCodeOf(error, 'coordinator')), topics: [] };
  }
}

/** Older Java consumers give up on COORDINATOR_NOT_AVAILABLE in an answer to OffsetFetch; all try again on this one. */
const fetchCodeOf = (code: ErrorCode): ErrorCode =>
  code === ErrorCode.COORDINATOR_NOT_AVAILABLE ? ErrorCode.COORDINATOR_LOAD_IN_PROGRESS : code;

async function askedTopics(
  { groupId, byId }: AskedGroup,
  asked: readonly AskedTopic[],
  { services, allows }: Surroundings,
  context: CallContext,
): Promise<readonly FetchedTopic[]> {
  const { offsets } = services.groups;
  const topics = await mapBounded(asked, LOOKUPS_MAX, async ({ topicId = ZERO_TOPIC_ID, ...each }) => {
    const name = byId ? (await services.engine.topicById(topicId, context))?.name : each.name;
    const refusal = refusalOf(name, allows);
    return { ...each, name, topicId, refusal, readable: refusal === undefined ? name : undefined };
  });
  const whole = await mapBounded(topics, TOPICS_MAX, async ({ readable: name, partitionIndexes }) => {
    if (name === undefined || !isMuchOfTopic(partitionIndexes)) return undefined;
    const stored = await offsets.fetchTopic(groupId, name, context);
    return new Map(stored.map((each) => [each.partition, each]));
  });
  const wanted = topics.flatMap(({ readable: topic, refusal, partitionIndexes }, index) =>
    partitionIndexes.map((partition) => ({ topic, refusal, partition, stored: whole[index] })),
  );
  const answers = await mapBounded(wanted, FETCHES_MAX, async ({ topic, refusal, partition, stored }) => {
    if (topic === undefined) return answerOf(partition, undefined, refusal);
    if (stored !== undefined) return answerOf(partition, stored.get(partition));
    // No storage has one: Kafka answers that nothing is committed there.
    if (partition < 0) return answerOf(partition, undefined);
    return answerOf(partition, await offsets.fetch(groupId, { topic, partition }, context));
  });
  let next = 0;
  return topics.map(({ name = '', topicId, partitionIndexes }) => ({
    name,
    topicId,
    partitions: answers.slice(next, (next += partitionIndexes.length)),
  }));
}

function refusalOf(name: string | undefined, allows: (topic: string) => boolean): ErrorCode | undefined {
  if (name === undefined) return ErrorCode.UNKNOWN_TOPIC_ID;
  return allows(name) ? undefined : ErrorCode.TOPIC_AUTHORIZATION_FAILED;
}

/** A lookup costs some five times as much as an offset of a whole topic. How large the topic is shows in the partitions that are asked for. */
function isMuchOfTopic(partitions: readonly PartitionId[]): boolean {
  if (partitions.length < WHOLE_TOPIC_FROM) return false;
  const highest = partitions.reduce((max, partition) => Math.max(max, partition), 0);
  return partitions.length * LOOKUPS_PER_WHOLE >= highest + 1;
}

async function allTopics(
  { groupId, byId }: AskedGroup,
  { services, allows }: Surroundings,
  context: CallContext,
): Promise<readonly FetchedTopic[]> {
  const byTopic = new Map<string, FetchedOffset[]>();
  for (const each of await services.groups.offsets.fetchAll(groupId, context)) {
    let list = byTopic.get(each.topic);
    if (list === undefined) byTopic.set(each.topic, (list = []));
    list.push(answerOf(each.partition, each));
  }
  const topics: FetchedTopic[] = [];
  for (const [name, partitions] of byTopic) {
    if (!allows(name)) continue;
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
): FetchedOffset {
  return {
    partitionIndex,
    committedOffset: committed?.offset ?? -1,
    committedLeaderEpoch: toLeaderEpoch(committed?.leaderEpoch ?? -1),
    metadata: committed?.metadata ?? '',
    errorCode,
  };
}
