/**
 * Committed offsets behind a storage that answers late, twice or not at all: changes of one partition reach it in the order in which
 * they were accepted (`commit-lanes.ts`), and none is waited for longer than the deadline.
 */
import type { Clock } from '../../../clock';
import { withDeadline } from '../../../waiting/deadline';
import type { CallContext } from '../../../telemetry/trace/operation';
import type { TopicPartition } from '../../../types';
import { CommitLanes } from './commit-lanes';
import { mapBounded } from '../../../waiting/map-bounded';
import type { CommittedOffset, OffsetStorage, PartitionOffset } from './offset-storage';
import { checkCommit, closedError } from './offset-storage';

export interface OrderedOffsetStorageOptions {
  readonly clock: Clock;
  /** From a commit's acceptance until it is stored or has failed; Kafka's offsets.commit.timeout.ms. */
  readonly commitTimeoutMs: number;
  readonly writesMax?: number;
  readonly waitingMax?: number;
}

/** Writes under way at the same time, over all groups: the embedded node takes those that wait for it together. */
const WRITES_MAX = 256;
/** Changes that wait, over all groups: some 100 bytes each beside the request they came with. */
const WAITING_MAX = 100_000;
/** Changes that one call asks for at the same time. */
const CHANGES_MAX = 32;
/** Longest that a read may take in all, ms. Each call of it has its own deadline. */
const READ_MS_MAX = 25_000;

export class OrderedOffsetStorage implements OffsetStorage {
  readonly #storage: OffsetStorage;
  readonly #options: OrderedOffsetStorageOptions;
  readonly #lanes: CommitLanes;
  #closed = false;

  /** Closes `storage`. */
  constructor(storage: OffsetStorage, options: OrderedOffsetStorageOptions) {
    this.#storage = storage;
    this.#options = options;
    const { writesMax = WRITES_MAX, waitingMax = WAITING_MAX } = options;
    this.#lanes = new CommitLanes({ storage, writesMax, waitingMax });
  }

  /** Changes that wait to be stored. */
  get waiting(): number {
    return this.#lanes.waiting;
  }

  /** What the client is told once it is stored; one that it has given up may be stored or not. */
  async commit(group: string, offset: PartitionOffset, context: CallContext): Promise<void> {
    this.#checkOpen();
    checkCommit(offset);
    const { clock, commitTimeoutMs: deadlineMs } = this.#options;
    await withDeadline({ clock, deadlineMs, what: 'storing a committed offset' }, context.signal, (signal) =>
      this.#lanes.commit(group, offset, { operation: context.operation, signal }),
    );
  }

  async fetch(group: string, of: TopicPartition, context: CallContext): Promise<CommittedOffset | undefined> {
    this.#checkOpen();
    return this.#storage.fetch(group, of, context);
  }

  async fetchAll(group: string, context: CallContext): Promise<readonly PartitionOffset[]> {
    this.#checkOpen();
    return this.#read('reading all offsets of a group', context, (inner) => this.#storage.fetchAll(group, inner));
  }

  pages(group: string, context: CallContext): AsyncIterable<readonly PartitionOffset[]> {
    return this.#storage.pages(group, context);
  }

  async fetchTopic(group: string, topic: string, context: CallContext): Promise<readonly PartitionOffset[]> {
    this.#checkOpen();
    return this.#read('reading the offsets of a topic', context, (inner) =>
      this.#storage.fetchTopic(group, topic, inner),
    );
  }

  async hasOffsets(group: string, context: CallContext): Promise<boolean> {
    this.#checkOpen();
    return this.#read('looking for offsets of a group', context, (inner) => this.#storage.hasOffsets(group, inner));
  }

  async deleteOffsets(group: string, of: readonly TopicPartition[], context: CallContext): Promise<void> {
    this.#checkOpen();
    await mapBounded(of, CHANGES_MAX, (each) =>
      this.#lanes.onPartition(group, each, () => this.#storage.deleteOffsets(group, [each], context), context.signal),
    );
  }

  async deleteIf(
    group: string,
    of: TopicPartition,
    when: (committed: CommittedOffset) => boolean,
    context: CallContext,
  ): Promise<boolean> {
    this.#checkOpen();
    let deleted = false;
    const run = async (): Promise<void> => {
      deleted = await this.#storage.deleteIf(group, of, when, context);
    };
    await this.#lanes.onPartition(group, of, run, context.signal);
    return deleted;
  }

  /** Of a topic that is deleted already: what was accepted before is waited for first. */
  async deleteTopic(topic: string, context: CallContext): Promise<void> {
    this.#checkOpen();
    await mapBounded(this.#lanes.groups(), CHANGES_MAX, (group) =>
      this.#lanes.onGroup(group, async () => undefined, context.signal),
    );
    await this.#storage.deleteTopic(topic, context);
  }

  async deleteGroup(group: string, context: CallContext): Promise<void> {
    this.#checkOpen();
    await this.#lanes.onGroup(group, () => this.#storage.deleteGroup(group, context), context.signal);
  }

  async listGroups(context: CallContext): Promise<readonly string[]> {
    this.#checkOpen();
    return this.#read('listing groups with offsets', context, (inner) => this.#storage.listGroups(inner));
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#lanes.close();
    await this.#storage.close();
  }

  #read<T>(what: string, context: CallContext, read: (context: CallContext) => Promise<T>): Promise<T> {
    const limits = { clock: this.#options.clock, deadlineMs: READ_MS_MAX, what };
    return withDeadline(limits, context.signal, (signal) => read({ operation: context.operation, signal }));
  }

  #checkOpen(): void {
    if (this.#closed) throw closedError();
  }
}
