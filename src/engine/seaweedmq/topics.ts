/**
 * Topics: the engine's own directories and topic.conf files say which exist (a broker's lists are caches of 30 s), the stored state says
 * what Kafka knows of them. Made through ConfigureTopic, deleted in the filer, because no RPC deletes.
 */
import type { Clock } from '../../clock';
import { SeaweedMessagingService } from '../../rpc/mq_broker';
import type { BrokerPartitionAssignment, ConfigureTopicResponse, TopicRetention } from '../../rpc/mq_broker';
import type { Partition } from '../../rpc/mq_schema';
import type { CallContext } from '../../telemetry/operation';
import { toOffset, toPartitionId } from '../../types';
import type { Offset, PartitionId } from '../../types';
import type { CreateTopicRequest, FilerStore, PartitionRange, Topic } from '../engine';
import { EngineError } from '../engine-error';
import { unlessCancelled } from '../phase';
import type { Cluster } from './cluster';
import { listDirectory } from './log-files';
import { findAssignment, generationDirectory, mqTopic, TOPICS_DIRECTORY } from './partition-ring';
import {
  decodeTopicState,
  encodeTopicState,
  firstTopicId,
  META_NAME,
  readTopicConf,
  STATE_DIRECTORY,
  stateName,
  topicOfStateName,
} from './topic-state';
import type { TopicState } from './topic-state';

export interface TopicsOptions {
  readonly cluster: Cluster;
  readonly filer: FilerStore;
  readonly clock: Clock;
  /** Where a partition ends now. */
  readonly highWatermark: (topic: string, assignment: Led, context: CallContext) => Promise<Offset>;
  /** Aborts when the dialect closes. */
  readonly lifetime: AbortSignal;
}

export type Led = BrokerPartitionAssignment & { readonly partition: Partition };

interface Configuration {
  readonly name: string;
  readonly partitionCount: number;
  readonly retention?: TopicRetention;
  /** True where it changes nothing: a topic that two brokers make at once could be made twice. */
  readonly repeatable?: boolean;
}

const TOPIC_CONF = 'topic.conf';
const TOPIC_CONF_READS_MAX = 16;
/** A partition that unloads writes once more: a deleted topic's directory may come back this much later. */
const SWEEP_AFTER_MS = 1_500;
/** So long an answer to a doubt serves all who have it. */
const SEEN_TO_MS = 250;

export class Topics {
  readonly #options: TopicsOptions;
  #states = new Map<string, TopicState>();
  /** Topics whose leaders are to be seen to before they are believed; true where a broker is known to repeat that there is none. */
  readonly #doubted = new Map<string, boolean>();
  readonly #asked = new Map<
    string,
    { readonly atMs: number; readonly answer: Promise<readonly BrokerPartitionAssignment[]> }
  >();
  /** For each listing under way, the topics that were changed since it was asked for: what it says of them is old. */
  readonly #listings = new Set<Set<string>>();
  /** One change after the other: a broker makes several topics at once no faster, and is late with each. */
  #changing: Promise<unknown> = Promise.resolve();

  constructor(options: TopicsOptions) {
    this.#options = options;
  }

  /** As last listed or changed. */
  state(name: string): TopicState | undefined {
    return this.#states.get(name);
  }

  logStart(name: string, partition: PartitionId): Offset {
    return this.#states.get(name)?.logStarts.get(partition) ?? toOffset(0);
  }

  async list(context: CallContext): Promise<readonly Topic[]> {
    const changed = new Set<string>();
    this.#listings.add(changed);
    try {
      const states = await this.#listed(context);
      for (const name of changed) {
        const state = this.#states.get(name);
        if (state === undefined) states.delete(name);
        else states.set(name, state);
      }
      this.#states = states;
    } finally {
      this.#listings.delete(changed);
    }
    for (const name of this.#asked.keys()) if (!this.#states.has(name)) this.#asked.delete(name);
    for (const name of this.#doubted.keys()) if (!this.#states.has(name)) this.#doubted.delete(name);
    return [...this.#states.values()].map(({ topic }) => topic);
  }

  create({ name, partitionCount, configs }: CreateTopicRequest, context: CallContext): Promise<Topic> {
    return this.#change(context, async () => {
      if (name === META_NAME) throw new EngineError('invalid_request', `topic ${META_NAME}: the engine's own name`);
      if ((await this.#read(name, context)) !== undefined) {
        throw new EngineError('topic_exists', `topic ${name} exists`);
      }
      const state = await this.#configure({ name, partitionCount, configs }, context);
      return state.topic;
    });
  }

  delete(name: string, context: CallContext): Promise<void> {
    return this.#change(context, async () => {
      const { filer, clock, lifetime } = this.#options;
      const state = await this.#read(name, context);
      if (state === undefined) throw new EngineError('topic_not_found', `topic ${name} is not known`);
      await filer.delete(TOPICS_DIRECTORY, name, { recursive: true }, context);
      await filer.delete(STATE_DIRECTORY, stateName(name), { recursive: false }, context);
      this.#changed(name, undefined);
      // The sweep outlives the request and ends with the dialect.
      const timer = clock.after(SWEEP_AFTER_MS, () => void this.#sweep(name, { ...context, signal: lifetime }));
      lifetime.addEventListener('abort', () => timer.cancel(), { once: true });
      await this.#nextSecond(state.generation, context);
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

  /**
   * An error said that a partition's leader may be another, or away: the next lookup of its topic has the cluster see to it.
   * `refused` where the leader itself said so.
   */
  doubt(name: string, refused: boolean): void {
    if (this.#states.has(name)) this.#doubted.set(name, refused || this.#doubted.get(name) === true);
  }

  /** The assignments as the brokers know them; `unavailable` where a broker still answers from before the topic was made anew. */
  async lookUp(name: string, context: CallContext): Promise<readonly BrokerPartitionAssignment[]> {
    const assignments = this.#doubted.has(name) ? await this.#seenTo(name, context) : await this.#lookUp(name, context);
    const generation = this.#states.get(name)?.generation;
    const answered = assignments[0]?.partition?.unixTimeNs;
    if (generation !== undefined && answered !== undefined && answered < generation) {
      throw new EngineError('unavailable', `topic ${name}: the broker still knows its generation ${answered}`);
    }
    return assignments;
  }

  async #lookUp(name: string, context: CallContext): Promise<readonly BrokerPartitionAssignment[]> {
    const method = SeaweedMessagingService.lookupTopicBrokers;
    return (await this.#options.cluster.anyBroker(method, { topic: mqTopic(name) }, context))
      .brokerPartitionAssignments;
  }

  /** One question for all who ask within a moment. */
  #seenTo(name: string, context: CallContext): Promise<readonly BrokerPartitionAssignment[]> {
    const { clock, lifetime } = this.#options;
    const nowMs = clock.monotonicMs();
    const last = this.#asked.get(name);
    const shared = last !== undefined && nowMs - last.atMs < SEEN_TO_MS ? last.answer : undefined;
    const answer = shared ?? this.#configureAsItIs(name, { ...context, signal: lifetime });
    if (shared === undefined) this.#asked.set(name, { atMs: nowMs, answer });
    return unlessCancelled(answer, context.signal, `leaders of ${name}`);
  }

  /**
   * A broker that is looked up before it knows that it is alive answers for 30 s that nobody leads, and then takes no publisher
   * either. Configuring a topic as it is changes nothing, is answered from no cache, and has the balancer see to its leaders. Not
   * for a topic that is being deleted, which it would make anew.
   */
  async #configureAsItIs(name: string, context: CallContext): Promise<readonly BrokerPartitionAssignment[]> {
    const found = await this.#foreign(name, context);
    if (found === undefined || !this.#states.has(name)) {
      this.#doubted.delete(name);
      return this.#lookUp(name, context);
    }
    const { partitionCount } = found.topic;
    const { retention, brokerPartitionAssignments } = await this.#ask(
      { name, partitionCount, repeatable: true },
      context,
    );
    if (brokerPartitionAssignments.some(({ leaderBroker }) => leaderBroker === '')) {
      this.#doubted.set(name, true);
      return brokerPartitionAssignments;
    }
    if (this.#doubted.get(name) === true) {
      // Only a change of what is configured empties that cache: the retention, which is not obeyed, and back.
      const { retentionSeconds, enabled } = retention ?? { retentionSeconds: 0n, enabled: false };
      const longer = { retentionSeconds: retentionSeconds + 1n, enabled };
      await this.#ask({ name, partitionCount, retention: longer }, context);
      await this.#ask({ name, partitionCount, retention: { retentionSeconds, enabled } }, context);
    }
    this.#doubted.delete(name);
    return brokerPartitionAssignments;
  }

  #ask(
    { name, partitionCount, retention, repeatable = false }: Configuration,
    context: CallContext,
  ): Promise<ConfigureTopicResponse> {
    const request = { topic: mqTopic(name), partitionCount, retention };
    const method = SeaweedMessagingService.configureTopic;
    return this.#options.cluster.anyBroker(method, request, context, { repeatable });
  }

  /** A new topic's id is the one that it is listed with before its state is stored: nobody ever learns another. */
  async #configure(asked: Omit<Topic, 'id'> & Partial<Pick<Topic, 'id'>>, context: CallContext): Promise<TopicState> {
    const { name, partitionCount, configs } = asked;
    if (partitionCount < 1) throw new EngineError('invalid_partitions', `topic ${name}: ${partitionCount} partitions`);
    const { highWatermark } = this.#options;
    const { brokerPartitionAssignments: assignments } = await this.#ask({ name, partitionCount }, context);
    const generation = assignments[0]?.partition?.unixTimeNs;
    if (assignments.length !== partitionCount || generation === undefined) {
      const got = `${assignments.length} partitions were configured, ${partitionCount} asked for`;
      throw new EngineError('contradiction', `topic ${name}: ${got}`);
    }
    // The broker goes on counting where a deleted topic of this name ended: there the log starts.
    const ends = await Promise.all(
      ids(partitionCount).map(async (id) => {
        const led = findAssignment(assignments, id);
        return [id, led === undefined ? toOffset(0) : await highWatermark(name, led, context)] as const;
      }),
    );
    const logStarts = new Map(ends.filter(([, offset]) => offset > 0));
    const topic = { name, id: asked.id ?? firstTopicId(name, generation), partitionCount, configs };
    const state = { topic, generation, logStarts, stored: true };
    await this.#store(state, context);
    return state;
  }

  async #ranges(state: TopicState, context: CallContext): Promise<PartitionRange[]> {
    const { name, partitionCount } = state.topic;
    const assignments = await this.lookUp(name, context);
    return Promise.all(
      ids(partitionCount).map(async (id) => {
        const led = findAssignment(assignments, id);
        if (led === undefined) throw new EngineError('partition_not_found', `topic ${name}: no partition ${id}`);
        const highWatermark = await this.#options.highWatermark(name, led, context);
        return { logStartOffset: state.logStarts.get(id) ?? toOffset(0), highWatermark };
      }),
    );
  }

  async #store(state: TopicState, context: CallContext): Promise<void> {
    const { name } = state.topic;
    await this.#options.filer.put(STATE_DIRECTORY, stateName(name), encodeTopicState(state), context);
    this.#changed(name, { ...state, stored: true });
  }

  #changed(name: string, state: TopicState | undefined): void {
    if (state === undefined) this.#states.delete(name);
    else this.#states.set(name, state);
    for (const changed of this.#listings) changed.add(name);
  }

  /** As they were at some moment since this was called. */
  async #listed(context: CallContext): Promise<Map<string, TopicState>> {
    const { filer, cluster } = this.#options;
    const stored = new Map<string, TopicState>();
    for await (const { name, content, isDirectory } of filer.list(STATE_DIRECTORY, context)) {
      if (isDirectory) continue;
      const topic = topicOfStateName(name);
      stored.set(topic, decodeTopicState(topic, content));
    }
    const directories = await listDirectory(cluster, TOPICS_DIRECTORY, context);
    const names = directories.filter((entry) => entry.isDirectory && entry.name !== META_NAME).map(({ name }) => name);
    const states = new Map<string, TopicState>();
    const foreign = names.filter((name) => {
      const state = stored.get(name);
      if (state !== undefined) states.set(name, state);
      return state === undefined;
    });
    for (let start = 0; start < foreign.length; start += TOPIC_CONF_READS_MAX) {
      const some = foreign.slice(start, start + TOPIC_CONF_READS_MAX);
      const found = await Promise.all(some.map((name) => this.#foreign(name, context)));
      for (const state of found) if (state !== undefined) states.set(state.topic.name, state);
    }
    return states;
  }

  async #existing(name: string, context: CallContext): Promise<TopicState> {
    const state = await this.#read(name, context);
    if (state === undefined) throw new EngineError('topic_not_found', `topic ${name} is not known`);
    return state;
  }

  /** As it is in the filer now. */
  async #read(name: string, context: CallContext): Promise<TopicState | undefined> {
    const foreign = await this.#foreign(name, context);
    if (foreign === undefined) return undefined;
    const entry = await this.#options.filer.get(STATE_DIRECTORY, stateName(name), context);
    return entry === undefined ? foreign : decodeTopicState(name, entry.content);
  }

  async #foreign(name: string, context: CallContext): Promise<TopicState | undefined> {
    const entry = await this.#options.filer.get(`${TOPICS_DIRECTORY}/${name}`, TOPIC_CONF, context);
    const conf = entry && readTopicConf(entry.content);
    if (conf === undefined) return undefined;
    const { partitionCount, generation } = conf;
    const topic = { name, id: firstTopicId(name, generation), partitionCount, configs: new Map<string, string>() };
    return { topic, generation, logStarts: new Map(), stored: false };
  }

  /** What an unloading partition wrote after the deletion; not where the name is in use again. */
  async #sweep(name: string, context: CallContext): Promise<void> {
    const { filer } = this.#options;
    try {
      if ((await this.#read(name, context)) !== undefined) return;
      await filer.delete(TOPICS_DIRECTORY, name, { recursive: true }, context);
    } catch (error) {
      // Left-over files of a deleted topic are not listed as one; the next deletion of the name takes them.
      if (!(error instanceof EngineError)) throw error;
    }
  }

  /** A generation's directory is named by its second: the next one must begin in a later second, by any near clock. */
  async #nextSecond(generation: bigint, context: CallContext): Promise<void> {
    const { clock } = this.#options;
    const last = generationDirectory(generation);
    const now = generationDirectory(BigInt(clock.nowMs()) * 1_000_000n);
    if (now > last) return;
    const waited = new Promise<void>((resolve) => clock.after(1_000, resolve));
    await unlessCancelled(waited, context.signal, 'deleting a topic');
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

const ids = (count: number): PartitionId[] => Array.from({ length: count }, (_, index) => toPartitionId(index));
