/** SeaweedMQ's partitions are ranges of a ring of 2,520 slots; which range is which Kafka partition, and what its directory is called. */
import type { BrokerPartitionAssignment } from '../../../rpc/mq_broker';
import type { Partition, Topic } from '../../../rpc/mq_schema';
import { toPartitionId } from '../../../types';
import type { PartitionId } from '../../../types';

export const RING_SIZE = 2520;
export const NAMESPACE = 'kafka';
export const TOPICS_DIRECTORY = `/topics/${NAMESPACE}`;

export const mqTopic = (name: string): Topic => ({ namespace: NAMESPACE, name });

export const partitionIds = (count: number): PartitionId[] =>
  Array.from({ length: count }, (_, index) => toPartitionId(index));

/** The range of partition `partition` of `count`; the last one ends at the ring's end. */
export function ringRange(partition: PartitionId, count: number): { readonly start: number; readonly stop: number } {
  const width = Math.floor(RING_SIZE / count);
  return { start: partition * width, stop: partition === count - 1 ? RING_SIZE : (partition + 1) * width };
}

/** The assignment of exactly that range; its partition must be sent back as it is, with its `unix_time_ns`. */
export function findAssignment(
  assignments: readonly BrokerPartitionAssignment[],
  partition: PartitionId,
): (BrokerPartitionAssignment & { readonly partition: Partition }) | undefined {
  const { start, stop } = ringRange(partition, assignments.length);
  for (const assignment of assignments) {
    const found = assignment.partition;
    if (found?.rangeStart === start && found.rangeStop === stop) return { ...assignment, partition: found };
  }
  return undefined;
}

/** `v2006-01-02-15-04-05`: the UTC second of the generation, so two of one second share a directory. */
export function generationDirectory(unixTimeNs: bigint): string {
  const text = new Date(Number(unixTimeNs / 1_000_000n)).toISOString();
  return `v${text.slice(0, 19).replace(/[T:]/g, '-')}`;
}

/** Where the engine keeps a partition's log files. */
export function partitionDirectory(topic: string, partition: Omit<Partition, 'ringSize'>): string {
  const range = `${pad(partition.rangeStart)}-${pad(partition.rangeStop)}`;
  return `${TOPICS_DIRECTORY}/${topic}/${generationDirectory(partition.unixTimeNs)}/${range}`;
}

const pad = (value: number): string => String(value).padStart(4, '0');
