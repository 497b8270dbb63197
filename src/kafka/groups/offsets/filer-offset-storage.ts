/**
 * Committed offsets in the filer, in the layout that SeaweedFS's own Kafka gateway uses, so that both read each other's:
 *
 *   /topics/kafka/.meta/consumer_offsets/<group>/<topic>/<partition>/offset
 *
 * What is in the entry is told by `offset-entry.ts`. Names are escaped (`filer-names.ts`).
 */
import type { Filer, WalkedEntry } from '../../../engine/engine';
import type { CallContext } from '../../../telemetry/trace/operation';
import { toPartitionId } from '../../../types';
import type { TopicPartition } from '../../../types';
import { escapeName, unescapeName } from '../filer-names';
import { mapBounded } from '../../../waiting/map-bounded';
import { decodeOffset, encodeOffset } from './offset-entry';
import type { CommittedOffset, OffsetStorage, PartitionOffset } from './offset-storage';
import { byTopicAndPartition, checkCommit, closedError, PAGE_OFFSETS_MAX } from './offset-storage';

const ROOT = '/topics/kafka/.meta/consumer_offsets';
const ENTRY = 'offset';
/** Filer calls in flight for one request. */
const CALLS_MAX = 32;

export class FilerOffsetStorage implements OffsetStorage {
  readonly #filer: Filer;
  #closed = false;

  constructor(filer: Filer) {
    this.#filer = filer;
  }

  async commit(group: string, offset: PartitionOffset, context: CallContext): Promise<void> {
    this.#checkOpen();
    checkCommit(offset);
    await this.#filer.put(directoryOf(group, offset), ENTRY, encodeOffset(offset), context);
  }

  async fetch(group: string, of: TopicPartition, context: CallContext): Promise<CommittedOffset | undefined> {
    this.#checkOpen();
    const directory = directoryOf(group, of);
    const entry = await this.#filer.get(directory, ENTRY, context);
    return entry === undefined ? undefined : decodeOffset(entry.content, `${directory}/${ENTRY}`);
  }

  async fetchAll(group: string, context: CallContext): Promise<readonly PartitionOffset[]> {
    const all: PartitionOffset[] = [];
    for await (const page of this.pages(group, context)) all.push(...page);
    // Topics are in the order of their escaped names here.
    return all.sort(byTopicAndPartition);
  }

  /** The walk shows topic after topic, the partitions of one in the order of their digits. */
  async *pages(group: string, context: CallContext): AsyncGenerator<readonly PartitionOffset[]> {
    this.#checkOpen();
    let page: PartitionOffset[] = [];
    let ofTopic: PartitionOffset[] = [];
    const endTopic = (): void => {
      page.push(...ofTopic.sort(byTopicAndPartition));
      ofTopic = [];
    };
    const groupDirectory = groupDirectoryOf(group);
    for await (const entry of this.#filer.walk(groupDirectory, context)) {
      const offset = offsetIn(entry, groupDirectory);
      if (offset === undefined) continue;
      if (ofTopic[0] !== undefined && ofTopic[0].topic !== offset.topic) endTopic();
      ofTopic.push(offset);
      for (; page.length >= PAGE_OFFSETS_MAX; page = page.slice(PAGE_OFFSETS_MAX))
        yield page.slice(0, PAGE_OFFSETS_MAX);
    }
    endTopic();
    for (; page.length > 0; page = page.slice(PAGE_OFFSETS_MAX)) yield page.slice(0, PAGE_OFFSETS_MAX);
  }

  async fetchTopic(group: string, topic: string, context: CallContext): Promise<readonly PartitionOffset[]> {
    this.#checkOpen();
    const groupDirectory = groupDirectoryOf(group);
    const found: PartitionOffset[] = [];
    for await (const entry of this.#filer.walk(`${groupDirectory}/${escapeName(topic)}`, context)) {
      const offset = offsetIn(entry, groupDirectory);
      if (offset !== undefined) found.push(offset);
    }
    return found.sort(byTopicAndPartition);
  }

  async hasOffsets(group: string, context: CallContext): Promise<boolean> {
    this.#checkOpen();
    const groupDirectory = groupDirectoryOf(group);
    // Directories outlive the offsets in them, so one offset has to be seen; the first is found in the first of each, nearly always.
    for await (const topic of this.#namesIn(groupDirectory, context)) {
      const topicDirectory = `${groupDirectory}/${escapeName(topic)}`;
      for await (const partition of this.#namesIn(topicDirectory, context)) {
        if (!PARTITION_NAME.test(partition)) continue;
        if ((await this.#filer.get(`${topicDirectory}/${partition}`, ENTRY, context)) !== undefined) return true;
      }
    }
    return false;
  }

  async deleteOffsets(group: string, of: readonly TopicPartition[], context: CallContext): Promise<void> {
    this.#checkOpen();
    await mapBounded(of, CALLS_MAX, async (each) => {
      const topicDirectory = `${groupDirectoryOf(group)}/${escapeName(each.topic)}`;
      await this.#filer.delete(topicDirectory, String(each.partition), { recursive: true }, context);
    });
  }

  /** Alone it cannot keep a commit from coming between: `OrderedOffsetStorage` does. */
  async deleteIf(
    group: string,
    of: TopicPartition,
    when: (committed: CommittedOffset) => boolean,
    context: CallContext,
  ): Promise<boolean> {
    const committed = await this.fetch(group, of, context);
    if (committed === undefined || !when(committed)) return false;
    await this.deleteOffsets(group, [of], context);
    return true;
  }

  async deleteTopic(topic: string, context: CallContext): Promise<void> {
    const groups = await this.#groupNames(context);
    await mapBounded(groups, CALLS_MAX, (group) =>
      this.#filer.delete(groupDirectoryOf(group), escapeName(topic), { recursive: true }, context),
    );
  }

  async deleteGroup(group: string, context: CallContext): Promise<void> {
    this.#checkOpen();
    await this.#filer.delete(ROOT, escapeName(group), { recursive: true }, context);
  }

  async listGroups(context: CallContext): Promise<readonly string[]> {
    const groups = await this.#groupNames(context);
    const found = await mapBounded(groups, CALLS_MAX, async (group) =>
      (await this.hasOffsets(group, context)) ? [group] : [],
    );
    return found.flat().sort();
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  async #groupNames(context: CallContext): Promise<string[]> {
    this.#checkOpen();
    const names: string[] = [];
    for await (const name of this.#namesIn(ROOT, context)) names.push(name);
    return names;
  }

  /** Names of the directories in this one, unescaped. */
  async *#namesIn(directory: string, context: CallContext): AsyncGenerator<string> {
    for await (const entry of this.#filer.list(directory, context)) {
      const name = entry.isDirectory ? unescapeName(entry.name) : undefined;
      if (name !== undefined) yield name;
    }
  }

  #checkOpen(): void {
    if (this.#closed) throw closedError();
  }
}

const PARTITION_NAME = /^(?:0|[1-9][0-9]{0,9})$/;

const groupDirectoryOf = (group: string): string => `${ROOT}/${escapeName(group)}`;

function directoryOf(group: string, of: TopicPartition): string {
  return `${groupDirectoryOf(group)}/${escapeName(of.topic)}/${of.partition}`;
}

/** Undefined where the entry is no offset: another name, or in a directory that `directoryOf` does not give. */
function offsetIn(entry: WalkedEntry, groupDirectory: string): PartitionOffset | undefined {
  if (entry.isDirectory || entry.name !== ENTRY) return undefined;
  const [escaped = '', partition = '', ...deeper] = entry.directory.slice(groupDirectory.length + 1).split('/');
  const topic = unescapeName(escaped);
  if (topic === undefined || !PARTITION_NAME.test(partition) || deeper.length > 0) return undefined;
  return {
    topic,
    partition: toPartitionId(Number(partition)),
    ...decodeOffset(entry.content, `${entry.directory}/${ENTRY}`),
  };
}
