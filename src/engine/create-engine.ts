/** Puts the engine side together over one dialect. */
import { setMaxListeners } from 'node:events';
import { systemClock } from '../clock';
import type { Clock } from '../clock';
import type { Telemetry } from '../telemetry/telemetry';
import type { PartitionId, TopicId } from '../types';
import { Assignments } from './catalog/assignments';
import { Catalog, topicGone } from './catalog/catalog';
import type { EngineCore } from './core';
import type { Dialect, LogUnit } from './dialect';
import type { Engine, Topic } from './engine';
import { EngineError } from '../engine-error';
import { EnginePartition } from './partition/partition';
import { PublisherPool } from './publisher/publisher-pool';
import { RetainedBudget } from './partition/retained-window';
import { SessionPool } from './session/session-pool';
import { DEFAULT_ENGINE_SETTINGS } from './settings';
import type { EngineSettings } from './settings';
import { StorageTrouble } from './storage-trouble';

export interface CreateEngineOptions<U extends LogUnit> {
  readonly kind: Engine['kind'];
  readonly dialect: Dialect<U>;
  readonly telemetry: Telemetry;
  readonly settings?: EngineSettings;
  readonly clock?: Clock;
}

/** What the engine side holds now, for /debug and tests. */
export interface EngineHoldings {
  readonly sessions: number;
  readonly queuedBytes: number;
  readonly retainedBytes: number;
}

export interface CreatedEngine extends Engine {
  holdings(): EngineHoldings;
  /** What is held of the topic's partitions, or of all, is given up: the next reader asks the engine. For drills. */
  lookAnew(topic: string | undefined): void;
}

/** The engine owns the dialect from here on: `close` closes it. */
export function createEngine<U extends LogUnit>(options: CreateEngineOptions<U>): CreatedEngine {
  const { kind, dialect, telemetry, settings = DEFAULT_ENGINE_SETTINGS, clock = systemClock } = options;
  const lifetime = new AbortController();
  // Every call in flight listens to it.
  setMaxListeners(0, lifetime.signal);
  const partitions = new Partitions<U>();
  const catalog = new Catalog({
    dialect,
    settings,
    clock,
    lifetime: lifetime.signal,
    removed: (topic) => {
      partitions.closeTopic(topic);
      telemetry.instruments.topicEnded(topic.name);
    },
  });
  const publishers = new PublisherPool({ settings, clock, keepsPublishersOpen: dialect.keepsPublishersOpen });
  const heartbeats = dialect.backlog === 'session';
  const core: EngineCore<U> = {
    dialect,
    settings,
    clock,
    telemetry,
    assignments: new Assignments({ dialect, settings, clock, lifetime: lifetime.signal }),
    sessions: new SessionPool({ settings, clock, instruments: telemetry.instruments, heartbeats }),
    storage: new StorageTrouble({ telemetry, clock, lifetime: lifetime.signal, dialect }),
    retained: new RetainedBudget(settings.retainedBytesMax),
    lifetime: lifetime.signal,
  };
  telemetry.instruments.observe('seaglass_engine_channel_state', () => channelStates(dialect.channelStates()));

  return {
    kind,
    ackMeaning: dialect.ackMeaning,
    abilities: dialect.abilities,
    filer: dialect.filer,
    proofs: {
      async find({ topic: name, partition, offset }, context) {
        const topic = await catalog.byName(name, context);
        if (topic === undefined || partition < 0 || partition >= topic.partitionCount) return undefined;
        const assignment = await core.assignments.of(topic, partition, context);
        return dialect.findProof({ assignment, topic, offset }, context);
      },
    },
    topics: (context) => catalog.topics(context),
    topic: (name, context) => catalog.byName(name, context),
    topicById: (id, context) => catalog.byId(id, context),
    createTopic: (request, context) => catalog.create(request, context),
    deleteTopic: (name, context) => catalog.delete(name, context),
    createPartitions: (name, count, context) => catalog.createPartitions(name, count, context),
    alterTopicConfigs: (name, configs, context) => catalog.alterConfigs(name, configs, context),
    partition: (topic, partition) =>
      partitions.of(
        topic,
        partition,
        () => {
          const made = new EnginePartition(core, () => catalog.now(topic.id) ?? topic, partition);
          publishers.add(made.publisher);
          return made;
        },
        (gone) => publishers.remove(gone.publisher),
      ),
    logDirs: (asked, context) => catalog.logDirs(asked, context),
    problems: (context) => dialect.problems(context),
    clock: (context) => dialect.clock(context),
    holdings: () => ({
      sessions: core.sessions.size,
      queuedBytes: core.sessions.queuedBytes,
      retainedBytes: core.retained.bytes,
    }),
    lookAnew: (topic) => partitions.lookAnew(topic),
    async close() {
      lifetime.abort();
      partitions.closeAll(new EngineError('shutting_down', 'the engine side closes'));
      core.sessions.close();
      publishers.close();
      await dialect.close();
    },
  };
}

/** One object per topic id and partition. */
class Partitions<U extends LogUnit> {
  readonly #byTopic = new Map<TopicId, Map<PartitionId, EnginePartition<U>>>();
  #gone: ((partition: EnginePartition<U>) => void) | undefined;
  #closedBy: EngineError | undefined;

  of(
    topic: Topic,
    partition: PartitionId,
    make: () => EnginePartition<U>,
    gone: (partition: EnginePartition<U>) => void,
  ): EnginePartition<U> {
    this.#gone = gone;
    let ofTopic = this.#byTopic.get(topic.id);
    if (ofTopic === undefined) {
      ofTopic = new Map<PartitionId, EnginePartition<U>>();
      this.#byTopic.set(topic.id, ofTopic);
    }
    let known = ofTopic.get(partition);
    if (known === undefined) {
      known = make();
      if (this.#closedBy === undefined) ofTopic.set(partition, known);
      else known.close(this.#closedBy);
    }
    return known;
  }

  lookAnew(topic: string | undefined): void {
    for (const ofTopic of this.#byTopic.values())
      for (const partition of ofTopic.values())
        if (topic === undefined || partition.topicPartition.topic === topic) partition.lookAnew();
  }

  closeTopic(topic: Topic): void {
    for (const partition of this.#byTopic.get(topic.id)?.values() ?? []) {
      partition.close(topicGone(topic));
      this.#gone?.(partition);
    }
    this.#byTopic.delete(topic.id);
  }

  closeAll(error: EngineError): void {
    this.#closedBy = error;
    for (const ofTopic of this.#byTopic.values()) for (const partition of ofTopic.values()) partition.close(error);
    this.#byTopic.clear();
  }
}

function channelStates(states: ReadonlyMap<string, string>): Iterable<readonly [{ readonly state: string }, number]> {
  const counts = new Map(['IDLE', 'CONNECTING', 'READY', 'TRANSIENT_FAILURE', 'SHUTDOWN'].map((state) => [state, 0]));
  for (const state of states.values()) counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts].map(([state, count]) => [{ state }, count] as const);
}
