/** What was read becomes what is answered: each partition's data, the session's choice of them, grouped by topic. */
import { ErrorCode } from '../../protocol/error-code';
import {
  createEpochEndOffset,
  createFetchableTopicResponse,
  createFetchResponse,
  createPartitionData,
  type AbortedTransaction,
  type FetchableTopicResponse,
  type FetchRequest,
  type FetchResponse,
  type PartitionData,
} from '../../protocol/generated/fetch';
import { toOffset } from '../../types';
import { LEADER_EPOCH } from '../cluster/leader-epoch';
import type { Answered } from './fetch-session';
import type { FetchContext } from './fetch-sessions';
import type { FetchTarget } from './fetch-target';
import type { Slot } from './plan';

/** KIP-98. Without transactions all that is there is committed. */
export const ISOLATION_LEVEL = { readUncommitted: 0, readCommitted: 1 } as const;

const NO_OFFSET = toOffset(-1);
const NONE_ABORTED: readonly AbortedTransaction[] = [];
/** Kafka tells that nothing was aborted where it read for who wants what is committed, and where it did not come to read. */
const NEVER_READ: ReadonlySet<ErrorCode> = new Set([
  ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
  ErrorCode.UNKNOWN_TOPIC_ID,
  ErrorCode.TOPIC_AUTHORIZATION_FAILED,
]);
const NO_RECORDS: readonly Uint8Array[] = [];

export function answerOf(
  session: FetchContext,
  slots: readonly Slot[],
  { isolationLevel }: FetchRequest,
): FetchResponse {
  return responseOf(session, session.select(resultsOf(slots, isolationLevel)));
}

/** The answer as it would be; the session does not take it for told. */
export function answerAsItWouldBe(
  session: FetchContext,
  slots: readonly Slot[],
  { isolationLevel }: FetchRequest,
): FetchResponse {
  return responseOf(session, session.peek(resultsOf(slots, isolationLevel)));
}

function resultsOf(slots: readonly Slot[], isolationLevel: number): readonly Answered[] {
  const aborted = isolationLevel === ISOLATION_LEVEL.readCommitted ? NONE_ABORTED : null;
  return slots.map((slot) => ({ target: slot.target, data: partitionData(slot, aborted) }));
}

function responseOf({ sessionId }: FetchContext, selected: readonly Answered[]): FetchResponse {
  return createFetchResponse({ errorCode: ErrorCode.NONE, sessionId, responses: grouped(selected) });
}

/** As Kafka: where the log begins and ends is told of every partition that is not refused, whether records of it are there or not. */
function partitionData(slot: Slot, aborted: typeof NONE_ABORTED | null): PartitionData {
  const { target, result, range, errorCode, fits, divergesAt } = slot;
  if (range === undefined || (errorCode !== ErrorCode.NONE && divergesAt === undefined))
    return failed(target, errorCode);
  return {
    partitionIndex: target.partition,
    errorCode: ErrorCode.NONE,
    highWatermark: range.highWatermark,
    lastStableOffset: range.lastStableOffset,
    logStartOffset: range.logStartOffset,
    divergingEpoch:
      divergesAt === undefined ? NO_EPOCH_END : createEpochEndOffset({ epoch: LEADER_EPOCH, endOffset: divergesAt }),
    currentLeader: NO_LEADER,
    snapshotId: NO_SNAPSHOT,
    abortedTransactions: divergesAt === undefined ? aborted : null,
    preferredReadReplica: -1,
    records: fits && result !== undefined ? result.chunks : NO_RECORDS,
  };
}

const { divergingEpoch: NO_EPOCH_END, currentLeader: NO_LEADER, snapshotId: NO_SNAPSHOT } = createPartitionData();

function failed(target: FetchTarget, errorCode: ErrorCode): PartitionData {
  return createPartitionData({
    partitionIndex: target.partition,
    errorCode,
    highWatermark: NO_OFFSET,
    abortedTransactions: NEVER_READ.has(errorCode) ? NONE_ABORTED : null,
    records: NO_RECORDS,
  });
}

/** One entry for each run of partitions of one topic: their order is the order they are served in. */
function grouped(selected: readonly Answered[]): readonly FetchableTopicResponse[] {
  const topics = new Map<string, { readonly target: FetchTarget; readonly partitions: PartitionData[] }>();
  for (const { target, data } of selected) {
    const key = target.topic === '' ? target.topicId : target.topic;
    let topic = topics.get(key);
    if (topic === undefined) topics.set(key, (topic = { target, partitions: [] }));
    topic.partitions.push(data);
  }
  return [...topics.values()].map(({ target, partitions }) =>
    createFetchableTopicResponse({ topic: target.topic, topicId: target.topicId, partitions }),
  );
}
