/**
 * Committed offsets beside the ends of their logs, for the metrics: how far behind each group is. What is committed is told by whoever
 * stores or reads it. Where a log ends is what this gateway's own reads and appends have heard; the engine is asked only when somebody
 * looks (at the metrics, or for groups that are stuck), only about partitions of which nothing was heard lately, and about so many at a look.
 */
import type { Clock } from '../../../clock';
import type { Partitions, TopicCatalog, Partition } from '../../../engine/engine';
import { COMMITTED_NAMED_MAX } from '../../../telemetry/metrics/group-instruments';
import type { CallContext } from '../../../telemetry/trace/operation';
import type { Telemetry } from '../../../telemetry/telemetry';
import type { Int64, TopicPartition } from '../../../types';
import { mapBounded } from '../../../waiting/map-bounded';
import type { Lagging } from '../stuck-groups';
import { EndHistory } from './end-history';

export interface GroupLagOptions {
  readonly engine: Pick<TopicCatalog, 'topic'> & Pick<Partitions, 'partition'>;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
}

interface Committed {
  readonly group: string;
  readonly of: TopicPartition;
  offset: Int64;
  /** Which of all commits it was; 0 where it was only found. */
  commit: number;
  /** Absent until the topic was looked up. */
  partition: Partition | undefined;
  /** The end of the log as it was shown last, and since when it has been the same. */
  end: number;
  heardMs: number;
}

/** The log's end is asked for again where it has not moved for so long. */
const HEARD_MS_MAX = 30_000;
/** Partitions asked about at one look, and how many of them at the same time. */
const ASKED_MAX = 64;
const ASKED_AT_ONCE_MAX = 4;
const NEVER = -1;

type Sample = readonly [{ readonly group: string; readonly topic: string; readonly partition: string }, number];

export class GroupLag {
  readonly #options: GroupLagOptions;
  /** The least recently committed first: it is forgotten for a new one. */
  readonly #committed = new Map<string, Committed>();
  readonly #ends = new EndHistory();
  readonly #closing = new AbortController();
  #asking: Promise<void> | undefined;
  #commits = 0;

  constructor(options: GroupLagOptions) {
    this.#options = options;
    const { instruments } = options.telemetry;
    instruments.observe('seaglass_group_committed_offset', () => this.#offsets());
    instruments.observe('seaglass_group_lag', () => this.#lags());
    instruments.observe('seaglass_group_lag_seconds', () => this.#seconds());
    instruments.whenTopicEnds((topic) => this.#topicEnded(topic));
  }

  committed(group: string, of: TopicPartition, offset: Int64): void {
    const key = keyOf(group, of);
    const known = this.#committed.get(key) ?? newlyFound(group, of, offset);
    known.offset = offset;
    known.commit = this.#commits += 1;
    this.#committed.delete(key);
    this.#committed.set(key, known);
    if (this.#committed.size > COMMITTED_NAMED_MAX) this.#forgetOldest();
  }

  /** How many commits there were: asked before the storage is read, and told with what was found. */
  get commits(): number {
    return this.#commits;
  }

  /**
   * Read from the storage after `since` commits; undefined where nothing is committed. What was committed meanwhile stands, and whoever
   * walks through all that is stored does not crowd out what is committed now.
   */
  found(group: string, of: TopicPartition, offset: Int64 | undefined, since: number): void {
    const key = keyOf(group, of);
    const known = this.#committed.get(key);
    if (known !== undefined && known.commit > since) return;
    if (offset === undefined) this.#committed.delete(key);
    else if (known !== undefined) known.offset = offset;
    else if (this.#committed.size < COMMITTED_NAMED_MAX) this.#committed.set(key, newlyFound(group, of, offset));
  }

  /** These offsets are gone, or all of the group's. */
  forgotten(group: string, of?: Iterable<TopicPartition>): void {
    if (of !== undefined) {
      for (const each of of) this.#committed.delete(keyOf(group, each));
      return;
    }
    for (const [key, each] of this.#committed) if (each.group === group) this.#committed.delete(key);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#asking;
  }

  /** Partitions in which records wait, as far as it is known where they end; it is found out of the others for the next look. */
  *lagging(): Iterable<Lagging> {
    const nowMs = this.#options.clock.monotonicMs();
    const unheard: Committed[] = [];
    for (const each of this.#committed.values()) {
      const end = each.partition?.known?.highWatermark;
      if (this.#isUnheard(each, nowMs)) unheard.push(each);
      if (end === undefined || each.offset < 0) continue;
      const records = end - firstUnread(each);
      if (records > 0) yield { group: each.group, of: each.of, offset: each.offset, records };
    }
    this.#ask(unheard, nowMs);
  }

  *#offsets(): Iterable<Sample> {
    for (const each of this.#committed.values()) yield [labelsOf(each), Number(each.offset)];
  }

  *#lags(): Iterable<Sample> {
    const nowMs = this.#options.clock.monotonicMs();
    const unheard: Committed[] = [];
    for (const each of this.#committed.values()) {
      const end = each.partition?.known?.highWatermark;
      // Below 0 it is no place in the log: where the group goes on is for its clients to say.
      if (end !== undefined && each.offset >= 0) yield [labelsOf(each), Math.max(0, end - firstUnread(each))];
      if (end !== undefined) this.#ends.noted(each.of, end, nowMs);
      if (this.#isUnheard(each, nowMs)) unheard.push(each);
    }
    this.#ask(unheard, nowMs);
  }

  /** Whether it is to be asked where its log ends. */
  #isUnheard(each: Committed, nowMs: number): boolean {
    const end = each.partition?.known?.highWatermark;
    if (end === undefined || end === each.end) return end === undefined || nowMs - each.heardMs > HEARD_MS_MAX;
    each.end = end;
    each.heardMs = nowMs;
    return false;
  }

  /** Looked at behind the lags, which note where the logs end. */
  *#seconds(): Iterable<Sample> {
    const nowMs = this.#options.clock.monotonicMs();
    for (const each of this.#committed.values()) {
      const end = each.partition?.known?.highWatermark;
      if (end === undefined || each.offset < 0) continue;
      this.#ends.noted(each.of, end, nowMs);
      const offset = firstUnread(each);
      const sinceMs = offset < end ? this.#ends.passedMs(each.of, offset) : undefined;
      yield [labelsOf(each), sinceMs === undefined ? 0 : (nowMs - sinceMs) / 1_000];
    }
  }

  #topicEnded(topic: string): void {
    for (const [key, { of }] of this.#committed) if (of.topic === topic) this.#committed.delete(key);
    this.#ends.topicEnded(topic);
  }

  /** One round at a time; the next look shows what it brought. Who was asked goes behind those who were not. */
  #ask(unheard: readonly Committed[], nowMs: number): void {
    if (unheard.length === 0 || this.#asking !== undefined || this.#closing.signal.aborted) return;
    const asked = [...unheard].sort((a, b) => a.heardMs - b.heardMs).slice(0, ASKED_MAX);
    for (const each of asked) each.heardMs = nowMs;
    this.#asking = this.#askAll(asked).finally(() => {
      this.#asking = undefined;
    });
  }

  async #askAll(asked: readonly Committed[]): Promise<void> {
    const operation = this.#options.telemetry.operations.root('group.lag', {
      attributes: { 'seaglass.lag.partitions': asked.length },
    });
    const context = { operation, signal: this.#closing.signal };
    const failures = await mapBounded(asked, ASKED_AT_ONCE_MAX, (each) => this.#askOne(each, context));
    const [failure] = failures.filter((each) => each !== undefined);
    // The lag of what could not be asked is left out until a later look; the trace says why.
    if (failure === undefined) operation.end();
    else if (this.#closing.signal.aborted) operation.end('cancelled');
    else operation.end('engine_error', { type: 'lag_unknown', message: failure });
  }

  /** What went wrong, in words: it must not keep the others from being asked. */
  async #askOne(each: Committed, context: CallContext): Promise<string | undefined> {
    const { engine } = this.#options;
    try {
      const topic = await engine.topic(each.of.topic, context);
      if (topic === undefined || each.of.partition >= topic.partitionCount) {
        this.#committed.delete(keyOf(each.group, each.of));
        return undefined;
      }
      each.partition = engine.partition(topic, each.of.partition);
      await each.partition.range(context);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  #forgetOldest(): void {
    for (const key of this.#committed.keys()) {
      this.#committed.delete(key);
      return;
    }
  }
}

function newlyFound(group: string, { topic, partition }: TopicPartition, offset: Int64): Committed {
  return { group, of: { topic, partition }, offset, commit: 0, partition: undefined, end: NEVER, heardMs: 0 };
}

/** What lies below the log's start can be read no more, and nobody waits for it. */
const firstUnread = ({ offset, partition }: Committed): number =>
  Math.max(Number(offset), partition?.known?.logStartOffset ?? 0);

const keyOf = (group: string, { topic, partition }: TopicPartition): string =>
  `${group}\u0000${topic}\u0000${partition}`;

const labelsOf = ({ group, of }: Committed): Sample[0] => ({
  group,
  topic: of.topic,
  partition: String(of.partition),
});
