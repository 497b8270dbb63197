/** What took records out of a log: one line for each removal, and the words that both engines have for it. */
import type { Logger } from '../log/log';

export const REMOVAL_CAUSES = [
  'retention_time',
  'retention_size',
  'delete_records',
  'compaction',
  'topic_deletion',
] as const;
export type RemovalCause = (typeof REMOVAL_CAUSES)[number];

export interface Removal {
  readonly topic: string;
  readonly partition: number;
  readonly cause: RemovalCause;
  /** The first offset of the range that lost records; like what follows undefined where the engine did not say what the log held. */
  readonly from: number | undefined;
  /** The offset behind the range. */
  readonly to: number | undefined;
  /** Records that could be read before and cannot be read any more. */
  readonly records: number | undefined;
  /** Bytes that the storage has free again. DeleteRecords within a segment frees none: they go with the segment. */
  readonly bytes: number | undefined;
}

/** The line is written where the records were removed: by the node, or by the gateway that asked SeaweedMQ. */
export function writeRemoval(log: Logger, removal: Removal): void {
  log.write('info', 'records.removed', `records were removed: ${CAUSES_IN_WORDS[removal.cause]}`, { ...removal });
}

const CAUSES_IN_WORDS: Readonly<Record<RemovalCause, string>> = {
  retention_time: 'they were older than retention.ms',
  retention_size: 'the log was larger than retention.bytes',
  delete_records: 'a client asked for it (DeleteRecords)',
  compaction: 'newer records have their keys, or their tombstones were due',
  topic_deletion: 'their topic was deleted',
};
