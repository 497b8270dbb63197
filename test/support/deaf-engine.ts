/** An engine of one topic, or of none, that answers nothing, not even to a signal: but for what a test says of its partitions. */
import type { Engine, Partition, PartitionRange, Topic } from '../../src/engine/engine';
import { toPartitionId, toTopicId } from '../../src/types';

const never = <T>(): Promise<T> => new Promise<T>(() => undefined);

export function topicOf(partitionCount: number): Topic {
  return { name: 'there', id: toTopicId('0123456789abcdefghijkA'), partitionCount, configs: new Map() };
}

interface Known {
  /** Undefined: it knows nothing. */
  readonly topic?: Topic | undefined;
  /** What it said of each partition before. */
  readonly range?: PartitionRange | undefined;
  /** What one of its partitions does after all. */
  readonly partition?: (index: number) => Partial<Partition>;
}

export function deafEngine({ topic, range, partition = () => ({}) }: Known): Engine {
  const filer = {
    put: never,
    get: never,
    delete: never,
    list: () => ({ [Symbol.asyncIterator]: () => ({ next: never }) }),
    walk: () => ({ [Symbol.asyncIterator]: () => ({ next: never }) }),
  };
  const partitionOf = ({ name }: Topic, index: number): Partition => ({
    topicPartition: { topic: name, partition: toPartitionId(index) },
    known: range,
    read: never,
    isCurrent: () => true,
    waitFor: never,
    append: never,
    range: never,
    recentRange: never,
    findOffset: never,
    deleteRecords: never,
    ...partition(index),
  });
  return {
    kind: 'embedded',
    ackMeaning: '',
    abilities: new Set(),
    filer,
    proofs: { find: never },
    topics: never,
    topic: (name) => (topic === undefined ? never() : Promise.resolve(name === topic.name ? topic : undefined)),
    topicById: never,
    createTopic: never,
    deleteTopic: never,
    createPartitions: never,
    alterTopicConfigs: never,
    partition: partitionOf,
    logDirs: never,
    problems: never,
    clock: never,
    close: () => Promise.resolve(),
  };
}
