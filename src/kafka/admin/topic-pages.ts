/**
 * Pages of DescribeTopicPartitions (KIP-966): topics in the order of their names, partitions in the order of their indexes, at most so
 * many partitions a page, and a cursor to the first one that did not fit.
 */
import { ErrorCode } from '../../protocol/error-code';
import type { Topic } from '../../engine/engine';
import { toPartitionId } from '../../types';
import type { PartitionId } from '../../types';

export interface PageCursor {
  readonly topicName: string;
  readonly partitionIndex: PartitionId;
}

export interface TopicOfPage {
  readonly name: string;
  /** Undefined where the topic does not exist or its name is not allowed; `errorCode` says which. */
  readonly topic: Topic | undefined;
  readonly errorCode: ErrorCode;
  readonly partitions: readonly PartitionId[];
}

export interface Page {
  readonly topics: readonly TopicOfPage[];
  readonly next: PageCursor | undefined;
}

export interface PageRequest {
  /** In any order; names that come twice count once. */
  readonly names: readonly string[];
  readonly find: (name: string) => { readonly topic: Topic | undefined; readonly errorCode: ErrorCode };
  readonly cursor: PageCursor | null;
  readonly partitionsMax: number;
}

export function pageOf(request: PageRequest): Page {
  const { cursor } = request;
  const names = [...new Set(request.names)].sort().filter((name) => cursor === null || name >= cursor.topicName);
  const topics: TopicOfPage[] = [];
  let left = request.partitionsMax;
  for (const name of names) {
    const { topic, errorCode } = request.find(name);
    const first = cursor?.topicName === name ? cursor.partitionIndex : 0;
    if (left === 0) return { topics, next: { topicName: name, partitionIndex: toPartitionId(first) } };
    if (topic === undefined) {
      topics.push({ name, topic, errorCode, partitions: [] });
      continue;
    }
    const end = Math.min(topic.partitionCount, first + left);
    const partitions = Array.from({ length: Math.max(end - first, 0) }, (_, index) => toPartitionId(first + index));
    topics.push({ name, topic, errorCode: ErrorCode.NONE, partitions });
    left -= partitions.length;
    if (end < topic.partitionCount) return { topics, next: { topicName: name, partitionIndex: toPartitionId(end) } };
  }
  return { topics, next: undefined };
}
