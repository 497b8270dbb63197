/** What an OffsetFetch asks for, each group, topic and partition once: an answer must not grow with what is only repeated. */
import type { PartitionId, TopicId } from '../../../types';
import { eachPartitionOnce } from '../../each-partition-once';

export interface AskedTopic {
  readonly name: string;
  readonly topicId?: TopicId;
  readonly partitionIndexes: readonly PartitionId[];
}

/** Null: all that have a committed offset. */
export type AskedTopics = readonly AskedTopic[] | null;

interface Asking {
  readonly groupId: string;
  readonly topics: AskedTopics;
}

/** In the order in which they are first named. */
export function eachOnce(groups: readonly Asking[]): readonly Asking[] {
  const byId = new Map<string, AskedTopic[] | null>();
  for (const { groupId, topics } of groups) {
    const before = byId.get(groupId);
    if (topics === null || before === null) byId.set(groupId, null);
    else if (before === undefined) byId.set(groupId, [...topics]);
    else for (const topic of topics) before.push(topic);
  }
  return [...byId].map(([groupId, topics]) => ({ groupId, topics: topics === null ? null : eachTopicOnce(topics) }));
}

const eachTopicOnce = (topics: readonly AskedTopic[]): readonly AskedTopic[] =>
  eachPartitionOnce(topics, {
    keyOf: ({ topicId = '', name }) => `${topicId}/${name}`,
    partitionsOf: ({ partitionIndexes }) => partitionIndexes,
    indexOf: (index) => index,
  }).map(({ topic, partitions }) => ({ ...topic, partitionIndexes: partitions }));
