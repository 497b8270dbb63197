/** One partition that a fetch reads, as its request or its fetch session says. */
import type { FetchPartition, FetchTopic } from '../../protocol/generated/fetch';
import type { LeaderEpoch, Offset, PartitionId, TopicId } from '../../types';

export interface FetchTarget {
  /** Empty from version 13 on, where topics are named by their ids; before, the id is zero. */
  readonly topic: string;
  readonly topicId: TopicId;
  readonly partition: PartitionId;
  readonly currentLeaderEpoch: LeaderEpoch;
  readonly lastFetchedEpoch: LeaderEpoch;
  readonly fetchOffset: Offset;
  readonly partitionBytesMax: number;
}

export function targetOf(topic: FetchTopic, partition: FetchPartition): FetchTarget {
  return {
    topic: topic.topic,
    topicId: topic.topicId,
    partition: partition.partition,
    currentLeaderEpoch: partition.currentLeaderEpoch,
    lastFetchedEpoch: partition.lastFetchedEpoch,
    fetchOffset: partition.fetchOffset,
    partitionBytesMax: partition.partitionMaxBytes,
  };
}

/** Tells partitions of a session apart. */
export const targetKey = (topic: string, topicId: TopicId, partition: PartitionId): string =>
  topic === '' ? `${topicId}/${partition}` : `${topic}/${partition}`;
