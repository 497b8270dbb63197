/**
 * Committed offsets: what a group has read of each partition. Two implementations (in memory, in the filer) pass one contract suite.
 * A failure is an error, never an absence: "no offset committed" would send a consumer back to the beginning.
 */
import { EngineError } from '../../../engine-error';
import type { CallContext } from '../../../telemetry/trace/operation';
import { isInt64 } from '../../../protocol/int64';
import type { Int64, TopicPartition } from '../../../types';

export interface CommittedOffset {
  /** As the client committed it: the next offset the group will read, or below 0 what only its clients understand. */
  readonly offset: Int64;
  /** -1 where the client did not say. */
  readonly leaderEpoch: number;
  /** The client's own note; empty where it gave none. */
  readonly metadata: string;
  /** Milliseconds since the epoch. */
  readonly committedAtMs: number;
  /** When it expires, where its client said so (OffsetCommit v2 to v4); milliseconds since the epoch. */
  readonly expiresAtMs?: number;
}

export type PartitionOffset = TopicPartition & CommittedOffset;

export const PAGE_OFFSETS_MAX = 1_000;

/** Every method throws EngineError; after close EngineError('shutting_down'). */
export interface OffsetStorage {
  /** Overwrites what was there. Throws EngineError('invalid_request') on an offset that is no int64 or a partition below 0. */
  commit(group: string, offset: PartitionOffset, context: CallContext): Promise<void>;
  /** Undefined where nothing was committed. */
  fetch(group: string, of: TopicPartition, context: CallContext): Promise<CommittedOffset | undefined>;
  /** In the order of topic names and partitions; empty where nothing was committed. */
  fetchAll(group: string, context: CallContext): Promise<readonly PartitionOffset[]>;
  /** The same topic by topic, the partitions of each in order, at most PAGE_OFFSETS_MAX in a page; one topic is held at a time. */
  pages(group: string, context: CallContext): AsyncIterable<readonly PartitionOffset[]>;
  /** What was committed in one topic, in the order of partitions. */
  fetchTopic(group: string, topic: string, context: CallContext): Promise<readonly PartitionOffset[]>;
  /** Whether anything was committed: a few calls, however much it is. */
  hasOffsets(group: string, context: CallContext): Promise<boolean>;
  /** Absent ones are no error. */
  deleteOffsets(group: string, of: readonly TopicPartition[], context: CallContext): Promise<void>;
  /** Deletes it where `when` holds of what is stored; no commit comes between. Resolves with whether it did. */
  deleteIf(
    group: string,
    of: TopicPartition,
    when: (committed: CommittedOffset) => boolean,
    context: CallContext,
  ): Promise<boolean>;
  /** What all groups have committed in this topic. */
  deleteTopic(topic: string, context: CallContext): Promise<void>;
  /** An absent group is no error. */
  deleteGroup(group: string, context: CallContext): Promise<void>;
  /** Groups with at least one committed offset, in the order of names. */
  listGroups(context: CallContext): Promise<readonly string[]>;
  close(): Promise<void>;
}

export function closedError(): EngineError {
  return new EngineError('shutting_down', 'the storage of committed offsets is closed');
}

export function checkCommit(offset: PartitionOffset): void {
  if (!isInt64(offset.offset)) {
    throw new EngineError('invalid_request', `expected a committed offset of 64 bits, got ${offset.offset}`);
  }
  if (!Number.isSafeInteger(offset.partition) || offset.partition < 0) {
    throw new EngineError('invalid_request', `expected a partition of at least 0, got ${offset.partition}`);
  }
}

export function byTopicAndPartition(a: TopicPartition, b: TopicPartition): number {
  if (a.topic !== b.topic) return a.topic < b.topic ? -1 : 1;
  return a.partition - b.partition;
}
