/**
 * `__consumer_offsets` beside the engine's topics. As in Kafka it is there once somebody has looked for a group's coordinator, is internal,
 * compacted and of 50 partitions, and no client writes to it. It cannot be deleted or changed: what it tells of is not kept in it.
 */
import { createHash } from 'node:crypto';
import type { CreateTopicRequest, Engine, Partition, PartitionsByTopic, LogDirs, Topic } from '../../engine/engine';
import { EngineError } from '../../engine-error';
import type { CallContext } from '../../telemetry/trace/operation';
import { toTopicId, type PartitionId, type TopicId } from '../../types';
import { OFFSETS_TOPIC } from '../topic-names';
import type { OffsetsLog } from './offsets-log';
import { OffsetsPartition } from './offsets-partition';
import { OFFSETS_PARTITIONS } from './offsets-records';

/** What Kafka gives it. */
const CONFIGS: ReadonlyMap<string, string> = new Map([
  ['cleanup.policy', 'compact'],
  ['compression.type', 'producer'],
  ['segment.bytes', '104857600'],
]);

export class EngineWithOffsetsTopic implements Engine {
  readonly #engine: Engine;
  readonly #log: OffsetsLog;
  readonly #topic: Topic;
  readonly #partitions = new Map<PartitionId, Partition>();

  /** `clusterId`: the topic's id is made of it, so that it stays over a restart. */
  constructor(engine: Engine, log: OffsetsLog, clusterId: string) {
    this.#engine = engine;
    this.#log = log;
    const hash = createHash('sha256').update(`${clusterId}/${OFFSETS_TOPIC}`).digest();
    const id = toTopicId(hash.subarray(0, 16).toString('base64url'));
    this.#topic = { name: OFFSETS_TOPIC, id, partitionCount: OFFSETS_PARTITIONS, configs: CONFIGS };
  }

  get kind(): Engine['kind'] {
    return this.#engine.kind;
  }

  get abilities(): Engine['abilities'] {
    return this.#engine.abilities;
  }

  get ackMeaning(): string {
    return this.#engine.ackMeaning;
  }

  get filer(): Engine['filer'] {
    return this.#engine.filer;
  }

  get proofs(): Engine['proofs'] {
    return this.#engine.proofs;
  }

  async topics(context: CallContext): Promise<readonly Topic[]> {
    const topics = await this.#engine.topics(context);
    if (!this.#log.listed) return topics;
    const others = topics.filter(({ name }) => name !== OFFSETS_TOPIC);
    return [...others, this.#topic].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  topic(name: string, context: CallContext): Promise<Topic | undefined> {
    return this.#isIt(name) ? Promise.resolve(this.#topic) : this.#engine.topic(name, context);
  }

  topicById(id: TopicId, context: CallContext): Promise<Topic | undefined> {
    const isIt = this.#log.listed && id === this.#topic.id;
    return isIt ? Promise.resolve(this.#topic) : this.#engine.topicById(id, context);
  }

  createTopic(request: CreateTopicRequest, context: CallContext): Promise<Topic> {
    if (request.name !== OFFSETS_TOPIC) return this.#engine.createTopic(request, context);
    if (this.#log.listed) return refuse('topic_exists', 'is there');
    this.#log.list();
    return Promise.resolve(this.#topic);
  }

  deleteTopic(name: string, context: CallContext): Promise<void> {
    if (this.#isIt(name)) return refuse('invalid_request', 'tells what groups have: delete groups, or their offsets');
    return this.#engine.deleteTopic(name, context);
  }

  createPartitions(name: string, partitionCount: number, context: CallContext): Promise<Topic> {
    if (this.#isIt(name)) return refuse('invalid_partitions', `has ${OFFSETS_PARTITIONS} partitions`);
    return this.#engine.createPartitions(name, partitionCount, context);
  }

  alterTopicConfigs(name: string, configs: ReadonlyMap<string, string>, context: CallContext): Promise<Topic> {
    if (this.#isIt(name)) return refuse('invalid_request', 'has settings that cannot be changed');
    return this.#engine.alterTopicConfigs(name, configs, context);
  }

  partition(topic: Topic, partition: PartitionId): Partition {
    if (topic.id !== this.#topic.id) return this.#engine.partition(topic, partition);
    let found = this.#partitions.get(partition);
    if (found === undefined) {
      found = new OffsetsPartition({ topic: topic.name, partition }, this.#log);
      this.#partitions.set(partition, found);
    }
    return found;
  }

  logDirs(asked: PartitionsByTopic | 'all', context: CallContext): Promise<LogDirs> {
    return this.#engine.logDirs(asked, context);
  }

  problems(context: CallContext): Promise<readonly string[]> {
    return this.#engine.problems(context);
  }

  clock(context: CallContext): ReturnType<Engine['clock']> {
    return this.#engine.clock(context);
  }

  close(): Promise<void> {
    return this.#engine.close();
  }

  #isIt(name: string): boolean {
    return name === OFFSETS_TOPIC && this.#log.listed;
  }
}

const refuse = (code: EngineError['code'], why: string): Promise<never> =>
  Promise.reject(new EngineError(code, `${OFFSETS_TOPIC} ${why}`));
