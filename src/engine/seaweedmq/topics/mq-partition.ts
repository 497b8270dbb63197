/** A partition as the engine addresses it, and what the gateway keeps of its log. */
import type { Partition } from '../../../rpc/mq_schema';
import type { Offset } from '../../../types';
import type { PartitionRange } from '../../engine';
import type { LoggedProducers } from '../publish/logged-producers';
import type { ProvenLog } from '../proof/proven-log';
import type { MqLog } from '../log/mq-log';

export interface MqPartition {
  readonly partition: Partition;
  readonly log: MqLog;
  readonly producers: LoggedProducers;
  readonly proofs: ProvenLog;
}

/**
 * Where its log begins and ends; without transactions all of it is stable. A broker that lost its memory counts from further back than a
 * log start that was moved since.
 */
export function rangeTo(highWatermark: Offset, logStart: Offset): PartitionRange {
  const logStartOffset = logStart < highWatermark ? logStart : highWatermark;
  return { logStartOffset, lastStableOffset: highWatermark, highWatermark };
}
