/**
 * The storage of committed offsets as telemetry sees it: each use of it is an operation apart from the rest of its request, so that a
 * storage that hangs is named, and what is stored or read is told to the metrics of lag.
 */
import { endFailed } from '../../../waiting/phase';
import { clientName } from '../../../telemetry/trace/client-name';
import type { AttributeValue, CallContext } from '../../../telemetry/trace/operation';
import type { Int64, TopicPartition } from '../../../types';
import type { StoredChanges } from '../../offsets-topic/offsets-log';
import type { UncommittedReads } from '../uncommitted-reads';
import type { GroupLag } from './group-lag';
import type { CommittedOffset, OffsetStorage, PartitionOffset } from './offset-storage';

type Attributes = Readonly<Record<string, AttributeValue>>;

export class WatchedOffsetStorage implements OffsetStorage {
  readonly #storage: OffsetStorage;
  readonly #lag: GroupLag;
  readonly #changes: StoredChanges;
  readonly #reads: UncommittedReads | undefined;

  /** Closes the first two. */
  constructor(storage: OffsetStorage, lag: GroupLag, changes: StoredChanges, reads?: UncommittedReads) {
    this.#storage = storage;
    this.#lag = lag;
    this.#changes = changes;
    this.#reads = reads;
  }

  async commit(group: string, offset: PartitionOffset, context: CallContext): Promise<void> {
    const attributes = { ...describe(group, offset), 'kafka.offset': attributeOf(offset.offset) };
    await during('offset.commit', attributes, context, (inner) => this.#storage.commit(group, offset, inner));
    this.#lag.committed(group, offset, offset.offset);
    this.#reads?.committed(group);
    this.#changes.committed(group, offset);
  }

  async fetch(group: string, of: TopicPartition, context: CallContext): Promise<CommittedOffset | undefined> {
    const since = this.#lag.commits;
    const committed = await during('offset.fetch', describe(group, of), context, (inner) =>
      this.#storage.fetch(group, of, inner),
    );
    this.#lag.found(group, of, committed?.offset, since);
    if (committed !== undefined) this.#reads?.committed(group);
    return committed;
  }

  fetchAll(group: string, context: CallContext): Promise<readonly PartitionOffset[]> {
    return this.#found(group, context, (inner) => this.#storage.fetchAll(group, inner));
  }

  fetchTopic(group: string, topic: string, context: CallContext): Promise<readonly PartitionOffset[]> {
    return this.#found(group, context, (inner) => this.#storage.fetchTopic(group, topic, inner));
  }

  async *pages(group: string, context: CallContext): AsyncGenerator<readonly PartitionOffset[]> {
    const since = this.#lag.commits;
    for await (const page of this.#storage.pages(group, context)) {
      for (const each of page) this.#lag.found(group, each, each.offset, since);
      yield page;
    }
  }

  hasOffsets(group: string, context: CallContext): Promise<boolean> {
    return during('offset.list', describe(group), context, (inner) => this.#storage.hasOffsets(group, inner));
  }

  async deleteOffsets(group: string, of: readonly TopicPartition[], context: CallContext): Promise<void> {
    await during('offset.delete', describe(group), context, (inner) => this.#storage.deleteOffsets(group, of, inner));
    this.#lag.forgotten(group, of);
    this.#changes.forgotten(group, of);
  }

  async deleteIf(
    group: string,
    of: TopicPartition,
    when: (committed: CommittedOffset) => boolean,
    context: CallContext,
  ): Promise<boolean> {
    const deleted = await during('offset.delete', describe(group, of), context, (inner) =>
      this.#storage.deleteIf(group, of, when, inner),
    );
    if (!deleted) return false;
    this.#lag.forgotten(group, [of]);
    this.#changes.forgotten(group, [of]);
    return true;
  }

  /** The lag of what went with its topic is forgotten when it is next asked for: nothing is committed there any more. */
  async deleteTopic(topic: string, context: CallContext): Promise<void> {
    const attributes = { 'messaging.destination.name': clientName(topic) };
    await during('offset.delete', attributes, context, (inner) => this.#storage.deleteTopic(topic, inner));
    this.#changes.topicForgotten(topic);
  }

  async deleteGroup(group: string, context: CallContext): Promise<void> {
    await during('offset.delete', describe(group), context, (inner) => this.#storage.deleteGroup(group, inner));
    this.#lag.forgotten(group);
    this.#changes.forgotten(group);
  }

  listGroups(context: CallContext): Promise<readonly string[]> {
    return during('offset.list', {}, context, (inner) => this.#storage.listGroups(inner));
  }

  async close(): Promise<void> {
    await this.#lag.close();
    await this.#storage.close();
  }

  async #found(
    group: string,
    context: CallContext,
    read: (inner: CallContext) => Promise<readonly PartitionOffset[]>,
  ): Promise<readonly PartitionOffset[]> {
    const since = this.#lag.commits;
    const found = await during('offset.fetch', describe(group), context, read);
    for (const each of found) this.#lag.found(group, each, each.offset, since);
    return found;
  }
}

/** Numbers of telemetry are exact up to 2^53 only. */
const attributeOf = (offset: Int64): AttributeValue => (typeof offset === 'number' ? offset : String(offset));

async function during<T>(
  name: 'offset.commit' | 'offset.fetch' | 'offset.delete' | 'offset.list',
  attributes: Attributes,
  context: CallContext,
  work: (inner: CallContext) => Promise<T>,
): Promise<T> {
  const operation = context.operation.child(name, { attributes });
  try {
    const result = await work({ operation, signal: context.signal });
    operation.end();
    return result;
  } catch (error) {
    endFailed(operation, error);
    throw error;
  }
}

function describe(group: string, of?: TopicPartition): Attributes {
  return {
    'messaging.consumer.group.name': clientName(group),
    ...(of === undefined
      ? {}
      : {
          'messaging.destination.name': clientName(of.topic),
          'messaging.destination.partition.id': String(of.partition),
        }),
  };
}
