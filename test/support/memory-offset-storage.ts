/** Committed offsets in memory: for tests, and for a gateway that is told not to keep any. */
import type { TopicPartition } from '../../src/types';
import type { CommittedOffset, OffsetStorage, PartitionOffset } from '../../src/kafka/groups/offsets/offset-storage';
import {
  byTopicAndPartition,
  checkCommit,
  closedError,
  PAGE_OFFSETS_MAX,
} from '../../src/kafka/groups/offsets/offset-storage';

export class MemoryOffsetStorage implements OffsetStorage {
  /** By group, then by topic and partition. */
  readonly #groups = new Map<string, Map<string, PartitionOffset>>();
  #closed = false;

  async commit(group: string, offset: PartitionOffset): Promise<void> {
    this.#checkOpen();
    checkCommit(offset);
    let offsets = this.#groups.get(group);
    if (offsets === undefined) this.#groups.set(group, (offsets = new Map<string, PartitionOffset>()));
    offsets.set(keyOf(offset), { ...offset });
  }

  async fetch(group: string, of: TopicPartition): Promise<CommittedOffset | undefined> {
    this.#checkOpen();
    return this.#groups.get(group)?.get(keyOf(of));
  }

  async fetchAll(group: string): Promise<readonly PartitionOffset[]> {
    this.#checkOpen();
    return [...(this.#groups.get(group)?.values() ?? [])].sort(byTopicAndPartition);
  }

  async *pages(group: string): AsyncGenerator<readonly PartitionOffset[]> {
    const all = await this.fetchAll(group);
    for (let from = 0; from < all.length; from += PAGE_OFFSETS_MAX) yield all.slice(from, from + PAGE_OFFSETS_MAX);
  }

  async fetchTopic(group: string, topic: string): Promise<readonly PartitionOffset[]> {
    return (await this.fetchAll(group)).filter((each) => each.topic === topic);
  }

  async hasOffsets(group: string): Promise<boolean> {
    this.#checkOpen();
    return this.#groups.has(group);
  }

  async deleteOffsets(group: string, of: readonly TopicPartition[]): Promise<void> {
    this.#checkOpen();
    const offsets = this.#groups.get(group);
    for (const each of of) offsets?.delete(keyOf(each));
    if (offsets?.size === 0) this.#groups.delete(group);
  }

  async deleteIf(group: string, of: TopicPartition, when: (committed: CommittedOffset) => boolean): Promise<boolean> {
    this.#checkOpen();
    const committed = this.#groups.get(group)?.get(keyOf(of));
    if (committed === undefined || !when(committed)) return false;
    await this.deleteOffsets(group, [of]);
    return true;
  }

  async deleteTopic(topic: string): Promise<void> {
    this.#checkOpen();
    for (const [group, offsets] of this.#groups) {
      await this.deleteOffsets(
        group,
        [...offsets.values()].filter((each) => each.topic === topic),
      );
    }
  }

  async deleteGroup(group: string): Promise<void> {
    this.#checkOpen();
    this.#groups.delete(group);
  }

  async listGroups(): Promise<readonly string[]> {
    this.#checkOpen();
    return [...this.#groups.keys()].sort();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#groups.clear();
  }

  #checkOpen(): void {
    if (this.#closed) throw closedError();
  }
}

const keyOf = (of: TopicPartition): string => `${of.partition}/${of.topic}`;
