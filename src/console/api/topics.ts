/** Topics with what was written and read, and the partitions of one with their watermarks. */
import type { PartitionRange, Topic } from '../../engine/engine';
import type { Metrics } from '../../telemetry/metrics/metrics';
import { toPartitionId } from '../../types';
import { mapBounded } from '../../waiting/map-bounded';
import type { ConsoleSources } from '../sources';
import { askEngine } from './engine-call';
import { ParameterError, required, wholeNumber } from './parameters';
import { Rates } from './rates';
import { ok, type Route } from './route';

type TopicSources = Pick<ConsoleSources, 'telemetry' | 'engine' | 'clock'>;

export interface ShownTopic {
  readonly name: string;
  readonly id: string;
  readonly partitionCount: number;
  /** Settings that differ from the defaults. */
  readonly configs: Readonly<Record<string, string>>;
  /** Undefined, as all that follows, of a topic that the metrics do not count by its name: they name 200. */
  readonly producedBytes: number | undefined;
  readonly fetchedBytes: number | undefined;
  /** Undefined at the first look, too. */
  readonly producedBytesPerSecond: number | undefined;
  readonly fetchedBytesPerSecond: number | undefined;
  /** Values delivered by kind since the start: present, empty, null, control, mismatch. */
  readonly values: Readonly<Record<string, number>> | undefined;
}

export interface ShownPartition {
  readonly partition: number;
  /** Undefined where the engine did not say, and `error` says why. */
  readonly range: PartitionRange | undefined;
  readonly recordsPerSecond: number | undefined;
  readonly error: string | undefined;
}

const TOPICS_SHOWN = 500;
const PARTITIONS_SHOWN = 256;
const ASKED_AT_ONCE = 8;

export function topicRoutes(sources: TopicSources): readonly Route[] {
  const rates = new Rates(sources.clock);
  return [
    {
      method: 'GET',
      path: '/api/topics',
      summary: 'topics with what was written and read (?match=, ?limit=)',
      answer: async ({ query }) => {
        const limit = wholeNumber(query, 'limit', { min: 1, max: TOPICS_SHOWN, initial: TOPICS_SHOWN });
        return ok(await topics(sources, rates, { match: query.get('match') ?? '', limit }));
      },
    },
    {
      method: 'GET',
      path: '/api/partitions',
      summary: 'the partitions of a topic with their watermarks (?topic=, ?from=)',
      answer: async ({ query }) =>
        ok(
          await partitions(sources, rates, {
            name: required(query, 'topic'),
            from: wholeNumber(query, 'from', { initial: 0 }),
          }),
        ),
    },
  ];
}

async function topics(sources: TopicSources, rates: Rates, { match, limit }: { match: string; limit: number }) {
  const title = { name: 'catalog.call', title: 'console topics' } as const;
  const all = await askEngine(sources, title, (context) => sources.engine.topics(context));
  const fitting = all.filter(({ name }) => name.includes(match));
  const counts = new TopicCounts(sources.telemetry.instruments);
  const shown = fitting.slice(0, limit).map((topic) => shownTopic(topic, counts, rates));
  return { total: all.length, fitting: fitting.length, topics: shown };
}

function shownTopic({ name, id, partitionCount, configs }: Topic, counts: TopicCounts, rates: Rates): ShownTopic {
  const { producedBytes, fetchedBytes, values } = counts.of(name);
  const rateOf = (what: string, bytes: number | undefined): number | undefined =>
    bytes === undefined ? undefined : rates.of(`${what} ${name}`, bytes);
  return {
    ...{ name, id, partitionCount, producedBytes, fetchedBytes },
    configs: Object.fromEntries(configs),
    producedBytesPerSecond: rateOf('produced', producedBytes),
    fetchedBytesPerSecond: rateOf('fetched', fetchedBytes),
    values,
  };
}

async function partitions(sources: TopicSources, rates: Rates, { name, from }: { name: string; from: number }) {
  const title = { name: 'catalog.call', title: `console partitions ${name}` } as const;
  return askEngine(sources, title, async (context) => {
    const topic = await sources.engine.topic(name, context);
    if (topic === undefined) throw new ParameterError(`there is no topic ${name}`, 404);
    const count = Math.max(0, Math.min(PARTITIONS_SHOWN, topic.partitionCount - from));
    const ids = Array.from({ length: count }, (_, index) => toPartitionId(from + index));
    const shown = await mapBounded(ids, ASKED_AT_ONCE, async (id): Promise<ShownPartition> => {
      const partition = sources.engine.partition(topic, id);
      try {
        const range = await partition.recentRange(context);
        const recordsPerSecond = rates.of(`end ${topic.id} ${String(id)}`, range.highWatermark);
        return { partition: id, range, recordsPerSecond, error: undefined };
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        return { partition: id, range: partition.known, recordsPerSecond: undefined, error: message };
      }
    });
    const configs = Object.fromEntries(topic.configs);
    return { topic: name, id: topic.id, partitionCount: topic.partitionCount, configs, partitions: shown };
  });
}

/** Counters by topic, read once for a whole answer; undefined of a topic that has no name there. */
class TopicCounts {
  readonly #metrics: Metrics;
  readonly #produced: ReadonlyMap<string, number>;
  readonly #fetched: ReadonlyMap<string, number>;
  readonly #values = new Map<string, Record<string, number>>();

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
    const byTopic = (name: string): ReadonlyMap<string, number> =>
      new Map([...metrics.numbers(name).entries()].map(({ labels, series }) => [labels['topic'] ?? '', series.value]));
    this.#produced = byTopic('seaglass_produced_bytes_total');
    this.#fetched = byTopic('seaglass_fetched_bytes_total');
    for (const { labels, series } of metrics.numbers('seaglass_record_values_total').entries()) {
      const { topic = '', kind = '', side } = labels;
      if (side !== 'delivered') continue;
      const values = this.#values.get(topic) ?? {};
      values[kind] = series.value;
      this.#values.set(topic, values);
    }
  }

  of(topic: string): Pick<ShownTopic, 'producedBytes' | 'fetchedBytes' | 'values'> {
    if (!this.#metrics.tellsTopic(topic))
      return { producedBytes: undefined, fetchedBytes: undefined, values: undefined };
    return {
      producedBytes: this.#produced.get(topic) ?? 0,
      fetchedBytes: this.#fetched.get(topic) ?? 0,
      values: this.#values.get(topic) ?? {},
    };
  }
}
