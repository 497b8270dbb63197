/**
 * The entries of topics in the filer: the engine's own directories and topic.conf files say which exist (a broker's lists are caches of
 * 30 s), the stored state says what Kafka knows of them.
 */
import type { CallContext } from '../../../telemetry/trace/operation';
import type { Filer } from '../../engine';
import { EngineError } from '../../../engine-error';
import type { MqCluster } from '../mq-cluster';
import { listDirectory } from '../log/log-files';
import { TOPICS_DIRECTORY } from './partition-ring';
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

const TOPIC_CONF = 'topic.conf';
const TOPIC_CONF_READS_MAX = 16;

export class TopicEntries {
  readonly #cluster: MqCluster;
  readonly #filer: Filer;

  constructor(cluster: MqCluster, filer: Filer) {
    this.#cluster = cluster;
    this.#filer = filer;
  }

  /** The topics' states as they were at some moment since this was called. */
  async list(context: CallContext): Promise<Map<string, TopicState>> {
    const stored = new Map<string, TopicState>();
    for await (const { name, content, isDirectory } of this.#filer.list(STATE_DIRECTORY, context)) {
      if (isDirectory) continue;
      const topic = topicOfStateName(name);
      stored.set(topic, decodeTopicState(topic, content));
    }
    const directories = await listDirectory(this.#cluster, TOPICS_DIRECTORY, context);
    const names = directories.filter((entry) => entry.isDirectory && entry.name !== META_NAME).map(({ name }) => name);
    const states = new Map<string, TopicState>();
    const foreign = names.filter((name) => {
      const state = stored.get(name);
      if (state !== undefined) states.set(name, state);
      return state === undefined;
    });
    for (let start = 0; start < foreign.length; start += TOPIC_CONF_READS_MAX) {
      const some = foreign.slice(start, start + TOPIC_CONF_READS_MAX);
      const found = await Promise.all(some.map((name) => this.readConf(name, context)));
      for (const state of found) if (state !== undefined) states.set(state.topic.name, state);
    }
    return states;
  }

  /** The topic's state as it is in the filer now. */
  async read(name: string, context: CallContext): Promise<TopicState | undefined> {
    const foreign = await this.readConf(name, context);
    if (foreign === undefined) return undefined;
    const entry = await this.#filer.get(STATE_DIRECTORY, stateName(name), context);
    return entry === undefined ? foreign : decodeTopicState(name, entry.content);
  }

  /** What the engine itself keeps of it, whatever is stored besides. */
  async readConf(name: string, context: CallContext): Promise<TopicState | undefined> {
    const entry = await this.#filer.get(`${TOPICS_DIRECTORY}/${name}`, TOPIC_CONF, context);
    const conf = entry && readTopicConf(entry.content);
    if (conf === undefined) return undefined;
    const { partitionCount, generation } = conf;
    const topic = { name, id: firstTopicId(name, generation), partitionCount, configs: new Map<string, string>() };
    return { topic, generation, logStarts: new Map(), stored: false };
  }

  async store(state: TopicState, context: CallContext): Promise<void> {
    await this.#filer.put(STATE_DIRECTORY, stateName(state.topic.name), encodeTopicState(state), context);
  }

  async delete(name: string, context: CallContext): Promise<void> {
    await this.#filer.delete(TOPICS_DIRECTORY, name, { recursive: true }, context);
    await this.#filer.delete(STATE_DIRECTORY, stateName(name), { recursive: false }, context);
  }

  /** What an unloading partition wrote after the deletion; not where the name is in use again. */
  async sweep(name: string, context: CallContext): Promise<void> {
    try {
      if ((await this.read(name, context)) !== undefined) return;
      await this.#filer.delete(TOPICS_DIRECTORY, name, { recursive: true }, context);
    } catch (error) {
      // Left-over files of a deleted topic are not listed as one; the next deletion of the name takes them.
      if (!(error instanceof EngineError)) throw error;
    }
  }
}
