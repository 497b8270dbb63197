/** Manual assignments of replicas: this broker is the only one, so each partition has exactly one replica, on it. */
import { ErrorCode } from '../../protocol/error-code';
import { AdminError } from './admin-error';

/** Throws AdminError(INVALID_REPLICA_ASSIGNMENT) in Kafka's words. */
export function checkReplicas(replicas: readonly number[], brokerId: number): void {
  if (replicas.length === 0) throw refused('The manual partition assignment includes an empty replica list.');
  for (const id of replicas) {
    if (id !== brokerId) {
      throw refused(`The manual partition assignment includes broker ${id}, but no such broker is registered.`);
    }
  }
  if (replicas.length > 1)
    throw refused(`The manual partition assignment includes the broker ${brokerId} more than once.`);
}

/** The number of partitions that are assigned. Throws AdminError unless they are 0, 1, 2 … with this broker as their replica. */
export function assignedPartitionCount(
  assignments: readonly { readonly partitionIndex: number; readonly brokerIds: readonly number[] }[],
  brokerId: number,
): number {
  const seen = new Set<number>();
  for (const { partitionIndex, brokerIds } of assignments) {
    if (seen.has(partitionIndex)) {
      throw refused(`Found multiple manual partition assignments for partition ${partitionIndex}`);
    }
    seen.add(partitionIndex);
    checkReplicas(brokerIds, brokerId);
  }
  for (let index = 0; index < assignments.length; index += 1) {
    if (!seen.has(index)) throw refused('partitions should be a consecutive 0-based integer sequence');
  }
  return assignments.length;
}

const refused = (message: string): AdminError => new AdminError(ErrorCode.INVALID_REPLICA_ASSIGNMENT, message);
