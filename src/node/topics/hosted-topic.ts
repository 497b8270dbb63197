/** A topic as the node holds it: what is stored of it, and for each partition its log and who appends to it. */
import type { Appender } from '../append/appender';
import type { PartitionLog } from '../log/partition-log';
import type { StoredTopic } from './topic-file';

export interface HostedPartition {
  readonly log: PartitionLog;
  readonly appender: Appender;
}

export interface HostedTopic extends StoredTopic {
  readonly partitions: HostedPartition[];
}

/** The log starts of all partitions, added up. */
export function logStartOf({ partitions }: HostedTopic): number {
  return partitions.reduce((sum, { log }) => sum + log.logStartOffset, 0);
}
