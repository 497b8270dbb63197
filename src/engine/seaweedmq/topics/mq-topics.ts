/**
 * Topics: which exist and what Kafka knows of them, as last listed or changed. Made through ConfigureTopic, deleted in the filer,
 * because no RPC deletes.
 */
import type { Clock } from '../../../clock';
import type { BrokerPartitionAssignment } from '../../../rpc/mq_broker';
import type { Logger } from '../../../telemetry/log/log';
import type { CallContext } from '../../../telemetry/trace/operation';
import { refusedTexts } from '../../../topic-settings/holding';
import { toOffset } from '../../../types';
import type { Offset, PartitionId } from '../../../types';
import type { CreateTopicRequest, Filer, PartitionRange, Topic } from '../../engine';
import { EngineError } from '../../../engine-error';
import { unlessCancelled } from '../../../waiting/deadline';
import type { MqCluster } from '../mq-cluster';
import { beginGeneration } from './configure-topic';
import type { HighWatermarkOf } from './configure-topic';
import { rangeTo } from './mq-partition';
import { findAssignment, generationDirectory, partitionIds } from './partition-ring';
import { TopicEntries } from './topic-entries';
import { TopicLeaders } from './topic-leaders';
import { firstTopicId, META_NAME } from './topic-state';
import type { TopicState } from './topic-state';

export interface TopicsOptions {
  readonly cluster: MqCluster;
  readonly filer: Filer;
  readonly clock: Clock;
  readonly log: Logger;
  readonly highWatermark: HighWatermarkOf;
  /** Aborts when the dialect closes. */
  readonly lifetime: AbortSignal;
}

/** A partition that unloads writes once more: a deleted topic's directory may come back this much later. */
const SWEEP_AFTER_MS = 1_500;

export class MqTopics {
  readonly #options: TopicsOptions;
  readonly #entries: TopicEntries;
  readonly #leaders: TopicLeaders;
  #states = new Map<string, TopicState>();
  /** For each listing under way, the topics that were changed since it was asked for: what it says of them is old. */
  readonly #listings = new Set<Set<string>>();
  /** One change after the other: a broker makes several topics at once no faster, and is late with each. */
  #changing: Promise<unknown> = Promise.resolve();

  constructor(options: TopicsOptions) {
    const { cluster, filer, clock, lifetime } = options;
    this.#options = options;
    this.#entries = new TopicEntries(cluster, filer);
    this.#leaders = new TopicLeaders({
      ...{ cluster, entries: this.#entries, clock, lifetime },
      generationOf: (name) => this.#states.get(name)?.generation,
    });
  }

  /** The topic as last listed or changed. */
  state(name: string): TopicState | undefined {
    return this.#states.get(name);
  }

  logStart(name: string, partition: PartitionId): Offset {
    return this.#states.get(name)?.logStarts.get(partition) ?? toOffset(0);
  }

  /** By topic, those of its partitions added up; topics whose logs begin at 0 are left out. */
  *logStarts(): Iterable<readonly [{ readonly topic: string }, number]> {
    for (const [topic, { logStarts }] of this.#states) {
      const sum = [...logStarts.values()].reduce((all, offset) => all + offset, 0);
      if (sum > 0) yield [{ topic }, sum];
    }
  }

  async list(context: CallContext): Promise<readonly Topic[]> {
    const changed = new Set<string>();
    this.#listings.add(changed);
    try {
      const states = await this.#entries.list(context);
      for (const name of changed) {
        const state = this.#states.get(name);
        if (state === undefined) states.delete(name);
        else states.set(name, state);
      }
      this.#warnOfRefused(states);
      this.#states = states;
    } finally {
      this.#listings.delete(changed);
    }
    this.#leaders.forgetUnknown();
    return [...this.#states.values()].map(({ topic }) => topic);
  }

  /** Settings that another program or an older version stored; once for each topic. */
  #warnOfRefused(states: ReadonlyMap<string, TopicState>): void {
    for (const [name, { topic }] of states) {
      if (this.#states.get(name)?.topic.id === topic.id) continue;
      for (const { message: reason } of refusedTexts(topic.configs)) {
        const message = 'a stored setting counts as not set';
        this.#options.log.write('warn', 'engine.topic.setting_ignored', message, { topic: name, reason });
      }
    }
  }

  create({ name, partitionCount, configs }: CreateTopicRequest, context: CallContext): Promise<Topic> {
    return this.#change(context, async () => {
      if (name === META_NAME) throw new EngineError('invalid_request', `topic ${META_NAME}: the engine's own name`);
      if ((await this.#entries.read(name, context)) !== undefined) {
        throw new EngineError('topic_exists', `topic ${name} exists`);
      }
      const state = await this.#configure({ name, partitionCount, configs }, context);
      return state.topic;
    });
  }

  delete(name: string, context: CallContext): Promise<void> {
    return this.#change(context, async () => {
      const { clock, lifetime } = this.#options;
      const state = await this.#entries.read(name, context);
      if (state === undefined) throw new EngineError('topic_not_found', `topic ${name} is not known`);
      await this.#entries.delete(name, context);
      this.#changed(name, undefined);
      // The sweep outlives the request and ends with the dialect.
      const timer = clock.after(SWEEP_AFTER_MS, () => void this.#entries.sweep(name, { ...context, signal: lifetime }));
      lifetime.addEventListener('abort', () => timer.cancel(), { once: true });
      await this.#nextSecond(state.generation);
    });
  }

  /** Another count starts a new generation, where nothing of the old one is read: only a topic without records may grow. */
  grow(name: string, partitionCount: number, context: CallContext): Promise<Topic> {
    return this.#change(context, async () => {
      const state = await this.#existing(name, context);
      const before = state.topic.partitionCount;
      if (partitionCount <= before) {
        throw new EngineError(
          'invalid_partitions',
          `topic ${name} has ${before} partitions, ${partitionCount} asked for`,
        );
      }
      for (const [index, range] of (await this.#ranges(state, context)).entries()) {
        if (range.highWatermark > range.logStartOffset) {
          throw new EngineError(
            'invalid_partitions',
            `topic ${name}: partition ${index} holds records, and SeaweedMQ does not carry records into another partition count`,
          );
        }
      }
      const { topic } = await this.#configure({ ...state.topic, partitionCount }, context);
      return topic;
    });
  }

  alter(name: string, configs: ReadonlyMap<string, string>, context: CallContext): Promise<Topic> {
    return this.#change(context, async () => {
      const state = await this.#existing(name, context);
      const topic = { ...state.topic, configs };
      await this.#store({ ...state, topic }, context);
      return topic;
    });
  }

  moveLogStart(name: string, partition: PartitionId, offset: Offset, context: CallContext): Promise<void> {
    return this.#change(context, async () => {
      const state = await this.#existing(name, context);
      if (offset <= (state.logStarts.get(partition) ?? 0)) return;
      await this.#store({ ...state, logStarts: new Map([...state.logStarts, [partition, offset]]) }, context);
    });
  }

  /** As the filer has it now; undefined where the topic is gone. */
  async generation(name: string, context: CallContext): Promise<bigint | undefined> {
    return (await this.#entries.readConf(name, context))?.generation;
  }

  /** See `TopicLeaders`. */
  doubt(name: string, refused: boolean): void {
    this.#leaders.doubt(name, refused);
  }

  /** See `TopicLeaders`. */
  lookUp(name: string, context: CallContext): Promise<readonly BrokerPartitionAssignment[]> {
    return this.#leaders.lookUp(name, context);
  }

  /** A new topic's id is the one that it is listed with before its state is stored: nobody ever learns another. */
  async #configure(asked: Omit<Topic, 'id'> & Partial<Pick<Topic, 'id'>>, context: CallContext): Promise<TopicState> {
    const { name, partitionCount, configs } = asked;
    const { cluster, highWatermark } = this.#options;
    const { generation, logStarts } = await beginGeneration(cluster, { name, partitionCount }, highWatermark, context);
    const topic = { name, id: asked.id ?? firstTopicId(name, generation), partitionCount, configs };
    const state = { topic, generation, logStarts, stored: true };
    await this.#store(state, context);
    return state;
  }

  async #ranges(state: TopicState, context: CallContext): Promise<PartitionRange[]> {
    const { name, partitionCount } = state.topic;
    const assignments = await this.lookUp(name, context);
    return Promise.all(
      partitionIds(partitionCount).map(async (id) => {
        const led = findAssignment(assignments, id);
        if (led === undefined) throw new EngineError('partition_not_found', `topic ${name}: no partition ${id}`);
        const highWatermark = await this.#options.highWatermark(name, led, context);
        return rangeTo(highWatermark, state.logStarts.get(id) ?? toOffset(0));
      }),
    );
  }

  async #store(state: TopicState, context: CallContext): Promise<void> {
    await this.#entries.store(state, context);
    this.#changed(state.topic.name, { ...state, stored: true });
  }

  #changed(name: string, state: TopicState | undefined): void {
    if (state === undefined) this.#states.delete(name);
    else this.#states.set(name, state);
    for (const changed of this.#listings) changed.add(name);
  }

  async #existing(name: string, context: CallContext): Promise<TopicState> {
    const state = await this.#entries.read(name, context);
    if (state === undefined) throw new EngineError('topic_not_found', `topic ${name} is not known`);
    return state;
  }

  /**
   * A generation's directory is named by its second: the next one must begin in a later second, by any near clock. Also where nobody waits for the
   * deletion any more: it is done, and the next one would be given the logs and proofs of this.
   */
  async #nextSecond(generation: bigint): Promise<void> {
    const { clock, lifetime } = this.#options;
    const last = generationDirectory(generation);
    const now = generationDirectory(BigInt(clock.nowMs()) * 1_000_000n);
    if (now > last) return;
    const waited = new Promise<void>((resolve) => clock.after(1_000, resolve));
    await unlessCancelled(waited, lifetime, 'deleting a topic');
  }

  #change<T>(context: CallContext, work: () => Promise<T>): Promise<T> {
    const result = this.#changing.then(() => {
      if (context.signal.aborted) throw new EngineError('cancelled', 'changing a topic: given up by its caller');
      return work();
    });
    this.#changing = result.catch(() => undefined);
    return result;
  }
}
