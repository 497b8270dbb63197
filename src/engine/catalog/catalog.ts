/**
 * The topics of the engine, as last listed. This gateway's own changes show at once; those of others within the list's age. Requests
 * share one listing, and none waits long for it while an older list is at hand: a hung engine must not hang metadata too.
 */
import type { Clock } from '../../clock';
import type { CallContext } from '../../telemetry/trace/operation';
import { toPartitionId } from '../../types';
import type { PartitionId, TopicId } from '../../types';
import type { Dialect } from '../dialect';
import type { CreateTopicRequest, LogDirs, PartitionsByTopic, Topic } from '../engine';
import { EngineError } from '../../engine-error';
import { ignoreShared, unlessCancelled } from '../../waiting/deadline';
import { joinPhase, runPhase } from '../../waiting/phase';
import type { EngineSettings } from '../settings';

export interface CatalogOptions {
  readonly dialect: Dialect;
  readonly settings: EngineSettings;
  readonly clock: Clock;
  readonly lifetime: AbortSignal;
  /** Told of every topic that is no longer there. */
  readonly removed: (topic: Topic) => void;
}

/** How long a request waits for a new list while it has an old one. */
const PATIENCE_MS = 500;

/**
 * A change is several calls, each with its own deadline, and may wait for changes before it: an engine that is busy answers each late, and
 * later where it is asked for several at once. Whoever asked waits no longer than it said.
 */
const CHANGE_CALLS_MAX = 10;

export class Catalog {
  readonly #options: CatalogOptions;
  #byName: ReadonlyMap<string, Topic> = new Map();
  #byId: ReadonlyMap<TopicId, Topic> = new Map();
  #sorted: readonly Topic[] = [];
  #listedMs = Number.NEGATIVE_INFINITY;
  #listing: Promise<void> | undefined;
  /** Counts this gateway's own changes: a list asked for before one of them is not taken. */
  #changes = 0;

  constructor(options: CatalogOptions) {
    this.#options = options;
  }

  async topics(context: CallContext): Promise<readonly Topic[]> {
    await this.#current(context, 'all');
    return this.#sorted;
  }

  async byName(name: string, context: CallContext): Promise<Topic | undefined> {
    await this.#current(context, this.#byName.has(name) ? 'known' : 'unknown');
    return this.#byName.get(name);
  }

  async byId(id: TopicId, context: CallContext): Promise<Topic | undefined> {
    await this.#current(context, this.#byId.has(id) ? 'known' : 'unknown');
    return this.#byId.get(id);
  }

  /** The topic as it is now; undefined once it is gone. */
  now(id: TopicId): Topic | undefined {
    return this.#byId.get(id);
  }

  create(request: CreateTopicRequest, context: CallContext): Promise<Topic> {
    return this.#change(`creating topic ${request.name}`, context, (inner) =>
      this.#options.dialect.createTopic(request, inner),
    );
  }

  createPartitions(name: string, partitionCount: number, context: CallContext): Promise<Topic> {
    return this.#change(`raising the partitions of ${name}`, context, (inner) =>
      this.#options.dialect.createPartitions(name, partitionCount, inner),
    );
  }

  alterConfigs(name: string, configs: ReadonlyMap<string, string>, context: CallContext): Promise<Topic> {
    return this.#change(`changing the settings of ${name}`, context, (inner) =>
      this.#options.dialect.alterTopicConfigs(name, configs, inner),
    );
  }

  async delete(name: string, context: CallContext): Promise<void> {
    const { dialect } = this.#options;
    try {
      const what = `deleting topic ${name}`;
      await this.#call(what, context, (inner) => dialect.deleteTopic(name, inner), CHANGE_CALLS_MAX);
    } finally {
      // Deleted or not: what is known of it is no longer certain.
      this.#changes += 1;
      this.#listedMs = Number.NEGATIVE_INFINITY;
    }
    this.#take([...this.#byName.values()].filter((topic) => topic.name !== name));
  }

  async logDirs(asked: PartitionsByTopic | 'all', context: CallContext): Promise<LogDirs> {
    const partitions = new Map<string, ReadonlySet<PartitionId>>();
    for (const { name, partitionCount } of await this.topics(context)) {
      const wanted = asked === 'all' ? undefined : asked.get(name);
      if (asked !== 'all' && wanted === undefined) continue;
      const all = Array.from({ length: partitionCount }, (_, index) => toPartitionId(index));
      partitions.set(name, new Set(all.filter((partition) => wanted === undefined || wanted.has(partition))));
    }
    const { dialect } = this.#options;
    return this.#call('describing log directories', context, (inner) => dialect.logDirs(partitions, inner));
  }

  /** The next request lists again. */
  expire(): void {
    this.#listedMs = Number.NEGATIVE_INFINITY;
  }

  async #change(what: string, context: CallContext, work: (context: CallContext) => Promise<Topic>): Promise<Topic> {
    try {
      const topic = await this.#call(what, context, work, CHANGE_CALLS_MAX);
      this.#changes += 1;
      this.#take([...[...this.#byName.values()].filter(({ name }) => name !== topic.name), topic]);
      return topic;
    } catch (error) {
      // A call whose answer was lost may have happened.
      this.expire();
      throw error;
    }
  }

  async #current(context: CallContext, asked: 'all' | 'known' | 'unknown'): Promise<void> {
    const age = this.#options.clock.monotonicMs() - this.#listedMs;
    const { topicsAgeMsMax } = this.#options.settings;
    // An unknown name may have just been created elsewhere; asked at most ten times as often as a known one.
    if (age < (asked === 'unknown' ? topicsAgeMsMax / 10 : topicsAgeMsMax)) return;
    const overdue = this.#listing !== undefined && this.#sorted.length > 0 && asked !== 'unknown';
    if (overdue) return;
    const joins = this.#listing !== undefined;
    this.#listing ??= this.#list(context).finally(() => (this.#listing = undefined));
    const patience = this.#sorted.length > 0 && asked !== 'unknown' ? PATIENCE_MS : undefined;
    if (joins && patience === undefined) {
      return joinPhase(context, { name: 'catalog.call', what: 'listing topics' }, this.#listing);
    }
    await this.#await(this.#listing, patience, context);
  }

  /** With an old list at hand a failed or slow listing is no failure of the request: its own calls will tell. */
  async #await(listing: Promise<void>, patienceMs: number | undefined, context: CallContext): Promise<void> {
    const what = 'listing topics';
    if (patienceMs === undefined) return unlessCancelled(listing, context.signal, what);
    const { clock } = this.#options;
    await new Promise<void>((resolve) => {
      const timer = clock.after(patienceMs, resolve);
      listing.catch(ignoreShared).finally(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  async #list(context: CallContext): Promise<void> {
    const { clock, settings, lifetime, dialect } = this.#options;
    const changes = this.#changes;
    const topics = await runPhase(
      context,
      { clock, lifetime, name: 'catalog.call', deadlineMs: settings.lookupDeadlineMs, what: 'listing topics' },
      (inner) => dialect.listTopics(inner),
    );
    if (changes !== this.#changes) return;
    this.#take(topics);
    this.#listedMs = clock.monotonicMs();
  }

  #call<T>(what: string, context: CallContext, work: (context: CallContext) => Promise<T>, callsMax = 1): Promise<T> {
    const { clock, settings } = this.#options;
    const deadlineMs = callsMax * settings.callDeadlineMs;
    return runPhase(context, { clock, name: 'catalog.call', deadlineMs, what }, work);
  }

  #take(topics: readonly Topic[]): void {
    const before = this.#byId;
    this.#sorted = [...topics].sort((left, right) => (left.name < right.name ? -1 : 1));
    this.#byName = new Map(this.#sorted.map((topic) => [topic.name, topic]));
    this.#byId = new Map(this.#sorted.map((topic) => [topic.id, topic]));
    for (const [id, topic] of before) if (!this.#byId.has(id)) this.#options.removed(topic);
  }
}

export function topicGone(topic: Topic): EngineError {
  return new EngineError('topic_not_found', `topic ${topic.name} was deleted`);
}
