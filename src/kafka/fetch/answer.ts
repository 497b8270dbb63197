/** What was read becomes what is answered: each partition's data, the session's choice of them, grouped by topic. */
import { ErrorCode } from '../../protocol/error-code';
import {
  createEpochEndOffset,
  createFetchableTopicResponse,
  createFetchResponse,
  createPartitionData,
  type FetchableTopicResponse,
  type FetchResponse,
  type PartitionData,
} from '../../protocol/generated/fetch';
import { toLeaderEpoch, toOffset } from '../../types';
import { LEADER_EPOCH } from '../find-topic';
import type { FetchContext, Selected } from './fetch-sessions';
import type { FetchTarget } from './fetch-target';
import type { Slot } from './plan';

const NO_OFFSET = toOffset(-1);
const NO_RECORDS: readonly Uint8Array[] = [];

export function answerOf(session: FetchContext, slots: readonly Slot[]): FetchResponse {
  const selected = session.select(slots.map(partitionData));
  return createFetchResponse({
    errorCode: ErrorCode.NONE,
    sessionId: session.sessionId,
    responses: grouped(selected),
  });
}

/** Undefined where the partition was not read, because the answer was full. */
function partitionData(slot: Slot): PartitionData | undefined {
  const { target, result, errorCode, fits } = slot;
  if (slot.divergesAt !== undefined) {
    const divergingEpoch = createEpochEndOffset({ epoch: toLeaderEpoch(LEADER_EPOCH), endOffset: slot.divergesAt });
    return { ...failed(target, ErrorCode.NONE), divergingEpoch };
  }
  if (errorCode !== ErrorCode.NONE) return failed(target, errorCode);
  if (result === undefined) return undefined;
  return {
    partitionIndex: target.partition,
    errorCode: ErrorCode.NONE,
    highWatermark: result.highWatermark,
    // No transactions: everything is stable.
    lastStableOffset: result.highWatermark,
    logStartOffset: result.logStartOffset,
    divergingEpoch: NO_EPOCH_END,
    currentLeader: NO_LEADER,
    snapshotId: NO_SNAPSHOT,
    abortedTransactions: null,
    preferredReadReplica: -1,
    records: fits ? result.chunks : NO_RECORDS,
  };
}

const { divergingEpoch: NO_EPOCH_END, currentLeader: NO_LEADER, snapshotId: NO_SNAPSHOT } = createPartitionData();

function failed(target: FetchTarget, errorCode: ErrorCode): PartitionData {
  return createPartitionData({
    partitionIndex: target.partition,
    errorCode,
    highWatermark: NO_OFFSET,
    abortedTransactions: null,
    records: NO_RECORDS,
  });
}

/** One entry for each run of partitions of one topic: their order is the order they are served in. */
function grouped(selected: readonly Selected[]): readonly FetchableTopicResponse[] {
  const topics = new Map<string, { readonly target: FetchTarget; readonly partitions: PartitionData[] }>();
  for (const { target, data } of selected) {
    const key = target.topic === '' ? target.topicId : target.topic;
    let topic = topics.get(key);
    if (topic === undefined) topics.set(key, (topic = { target, partitions: [] }));
    topic.partitions.push(data ?? failed(target, ErrorCode.NONE));
  }
  return [...topics.values()].map(({ target, partitions }) =>
    createFetchableTopicResponse({ topic: target.topic, topicId: target.topicId, partitions }),
  );
}
