/**
 * ListOffsets: where a log starts and ends, and which record has a time. The engine has no remote tiers: the local log is the whole one
 * (-4), nothing was ever tiered (-5), and nothing waits to be (-6), which Kafka answers alike where remote storage is off.
 */
import type { IsolationLevel, Partition } from '../../engine/engine';
import { readableEnd } from '../../engine/partition/range';
import { ErrorCode } from '../../protocol/error-code';
import {
  createListOffsetsPartitionResponse,
  createListOffsetsResponse,
  createListOffsetsTopicResponse,
  listOffsetsApi,
  readListOffsetsRequest,
  writeListOffsetsResponse,
  type ListOffsetsPartitionResponse,
  type ListOffsetsRequest,
  type ListOffsetsResponse,
  type ListOffsetsTopic,
} from '../../protocol/generated/list-offsets';
import type { CallContext } from '../../telemetry/trace/operation';
import { toLeaderEpoch, toOffset, type Int64, type LeaderEpoch, type Offset, type PartitionId } from '../../types';
import { duplicatesOf } from '../admin/duplicates';
import { askPartitions } from '../each-partition';
import { LEADER_EPOCH } from '../cluster/leader-epoch';
import { eachPartitionOnce } from '../each-partition-once';
import { isolationOf } from '../isolation';
import { accessOf } from '../security/access';
import { AUTHORIZATION } from '../security/authorization-table';
import type { Services } from '../services';
import { defineApi, type RequestContext } from './define-api';

/** The timestamps that are questions. */
const Special = {
  latest: -1,
  earliest: -2,
  maxTimestamp: -3,
  earliestLocal: -4,
  latestTiered: -5,
  earliestPendingUpload: -6,
} as const;

/** The version that first has each question; an older client cannot ask it. */
const SINCE: Readonly<Record<number, number>> = {
  [Special.latest]: 0,
  [Special.earliest]: 0,
  [Special.maxTimestamp]: 7,
  [Special.earliestLocal]: 8,
  [Special.latestTiered]: 9,
  [Special.earliestPendingUpload]: 11,
};

const WAIT_MS_DEFAULT = 2_000;
const WAIT_MS_MAX = 30_000;
/** What a client's own wait is exceeded by at most. */
const GRACE_MS = 1_000;

const NO_TIME = -1;
const NONE: Found = { offset: toOffset(-1), timestamp: NO_TIME, leaderEpoch: toLeaderEpoch(-1) };

interface Found {
  readonly offset: Offset;
  readonly timestamp: Int64;
  readonly leaderEpoch: LeaderEpoch;
}

interface Question {
  readonly topic: string;
  readonly partition: PartitionId;
  readonly currentLeaderEpoch: LeaderEpoch;
  readonly timestamp: Int64;
}

export const listOffsets = defineApi<ListOffsetsRequest, ListOffsetsResponse>({
  facts: listOffsetsApi,
  read: readListOffsetsRequest,
  write: writeListOffsetsResponse,
  handle,
  failure: (request, errorCode) =>
    answer(request.topics, () => ({ ...createListOffsetsPartitionResponse(), errorCode })),
  errors: function* (response) {
    for (const topic of response.topics) for (const partition of topic.partitions) yield partition.errorCode;
  },
});

async function handle(
  request: ListOffsetsRequest,
  context: RequestContext,
  services: Services,
): Promise<ListOffsetsResponse> {
  const waitMs = waitOf(request, context.apiVersion);
  context.operation.setBudget(waitMs);
  const twice = duplicatesOf(questionsOf(request.topics).map(keyOf));
  const topics = eachOnce(request.topics);
  const questions = questionsOf(topics);
  const names = topics.map(({ name }) => name);
  const denied = accessOf(context, services).denied(AUTHORIZATION.listOffsets.topic, names);
  const refusals = questions.map((question) =>
    denied.has(question.topic) ? ErrorCode.TOPIC_AUTHORIZATION_FAILED : refusalOf(question, twice, context.apiVersion),
  );
  const asked = questions.filter((_question, index) => refusals[index] === undefined);
  const isolation = isolationOf(request.isolationLevel);
  const answers = await askPartitions(asked, { waitMs, services, context }, (question, partition, call) =>
    find({ ...question, isolation }, partition, call),
  );
  const [refused, answered] = [refusals.values(), answers.values()];
  return answer(topics, (partitionIndex) => {
    const found = refused.next().value ?? answered.next().value;
    const empty = createListOffsetsPartitionResponse({ partitionIndex });
    if (found === undefined) return { ...empty, errorCode: ErrorCode.UNKNOWN_SERVER_ERROR };
    return typeof found === 'number' ? { ...empty, errorCode: found } : { ...empty, ...found };
  });
}

const eachOnce = (topics: readonly ListOffsetsTopic[]): readonly ListOffsetsTopic[] =>
  eachPartitionOnce(topics, {
    keyOf: ({ name }) => name,
    partitionsOf: ({ partitions }) => partitions,
    indexOf: ({ partitionIndex }) => partitionIndex,
  }).map(({ topic, partitions }) => ({ ...topic, partitions }));

const questionsOf = (topics: readonly ListOffsetsTopic[]): readonly Question[] =>
  topics.flatMap(({ name, partitions }) =>
    partitions.map(({ partitionIndex, currentLeaderEpoch, timestamp }) => ({
      topic: name,
      partition: partitionIndex,
      currentLeaderEpoch,
      timestamp,
    })),
  );

const keyOf = ({ topic, partition }: Question): string => `${topic}/${partition}`;

/** From version 10 on the client says how long it waits. */
function waitOf({ timeoutMs }: ListOffsetsRequest, version: number): number {
  if (version < 10 || timeoutMs <= 0) return WAIT_MS_DEFAULT;
  return Math.min(timeoutMs, WAIT_MS_MAX) + GRACE_MS;
}

async function find(
  { timestamp, isolation }: Question & { readonly isolation: IsolationLevel },
  partition: Partition,
  call: CallContext,
): Promise<Found> {
  switch (timestamp) {
    case Special.latest:
      return at(readableEnd(await partition.range(call), isolation), NO_TIME);
    case Special.earliest:
    case Special.earliestLocal:
      return at((await partition.range(call)).logStartOffset, NO_TIME);
    case Special.latestTiered:
    case Special.earliestPendingUpload:
      return NONE;
    default: {
      const target = timestamp === Special.maxTimestamp ? 'max_timestamp' : { timestampMs: timestamp };
      const found = await partition.findOffset(target, call);
      return found === undefined ? NONE : at(found.offset, found.timestampMs);
    }
  }
}

const at = (offset: Offset, timestamp: Int64): Found => ({
  offset,
  timestamp,
  leaderEpoch: LEADER_EPOCH,
});

/** As in Kafka, before it is looked whether there is such a partition. */
function refusalOf(question: Question, twice: ReadonlySet<string>, apiVersion: number): ErrorCode | undefined {
  if (twice.has(keyOf(question))) return ErrorCode.INVALID_REQUEST;
  const { timestamp } = question;
  const since = SINCE[Number(timestamp)] ?? Infinity;
  return timestamp < 0 && apiVersion < since ? ErrorCode.UNSUPPORTED_VERSION : undefined;
}

function answer(
  topics: readonly ListOffsetsTopic[],
  each: (partition: PartitionId) => ListOffsetsPartitionResponse,
): ListOffsetsResponse {
  return createListOffsetsResponse({
    topics: topics.map(({ name, partitions }) =>
      createListOffsetsTopicResponse({
        name,
        partitions: partitions.map(({ partitionIndex }) => ({ ...each(partitionIndex), partitionIndex })),
      }),
    ),
  });
}
