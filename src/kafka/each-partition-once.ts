/** What a request says of topics and their partitions, as Kafka's maps keep it. */
import type { PartitionId } from '../types';

interface Parts<T, P> {
  /** Tells topics apart. */
  readonly keyOf: (topic: T) => string;
  readonly partitionsOf: (topic: T) => readonly P[];
  readonly indexOf: (partition: P) => PartitionId;
}

interface TopicOnce<T, P> {
  readonly topic: T;
  readonly partitions: readonly P[];
}

/** Topics and their partitions in the order in which they are first named; of a partition named again the last counts. */
export function eachPartitionOnce<T, P>(
  topics: readonly T[],
  { keyOf, partitionsOf, indexOf }: Parts<T, P>,
): readonly TopicOnce<T, P>[] {
  const byKey = new Map<string, { readonly topic: T; readonly partitions: Map<PartitionId, P> }>();
  for (const topic of topics) {
    const key = keyOf(topic);
    let once = byKey.get(key);
    if (once === undefined) byKey.set(key, (once = { topic, partitions: new Map() }));
    for (const partition of partitionsOf(topic)) once.partitions.set(indexOf(partition), partition);
  }
  return [...byKey.values()].map(({ topic, partitions }) => ({ topic, partitions: [...partitions.values()] }));
}
