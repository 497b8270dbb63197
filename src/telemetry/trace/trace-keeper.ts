/**
 * What becomes of a trace once its root and all below it have ended: exported, kept among the recent ones, held for a while as one of
 * the slowest, or dropped. The rule itself is in `keep.ts`.
 */
import type { Clock } from '../../clock';
import type { HistogramSeries } from '../metrics/histogram';
import type { NumberSeries } from '../metrics/metric-family';
import type { Metrics } from '../metrics/metrics';
import type { FinishedSpan, SpanSink } from './finished-span';
import { pathRoot } from './finished-span';
import { IdleQuota } from './idle-quota';
import { isOrdinary, notableReason, sampledReason, type EndedRoot, type KeepSettings, type TraceMode } from './keep';
import { KeepQuota } from './keep-quota';
import type { LightOperation, OperationTree } from './light-operation';
import type { KeepReason, Outcome } from './operation';
import type { Blame } from './operations';
import { RecentTraces } from './recent-traces';
import { type Held, Slowest } from './slowest';
import type { TraceTargets } from './trace-targets';
import { treeSpans } from './tree-spans';

export interface TraceKeeperOptions {
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly keep: KeepSettings;
  /** Absent: no trace is exported. */
  readonly sink: SpanSink | undefined;
  readonly targets: TraceTargets;
}

/**
 * What is kept per kind of root, of which there are as many as APIs and operations: what was kept of it lately and, for requests, the histogram of
 * its API by outcome.
 */
export interface RootStatistics {
  readonly api: string;
  readonly quota: KeepQuota;
  readonly idle: IdleQuota;
  /** Held until it is known whether they are kept. */
  readonly slowest: Slowest<LightOperation>;
  /** Exported as what they are, and looked for by 'explain' as the slowest. */
  readonly slowestKept: Slowest<readonly FinishedSpan[]>;
  readonly durations: Map<Outcome, HistogramSeries>;
  /** Of requests, by blame. */
  waits: Readonly<Record<Blame, NumberSeries>> | undefined;
}

interface Ended extends EndedRoot {
  readonly tree: OperationTree;
  readonly root: LightOperation;
  readonly statistics: RootStatistics;
}

const TOPICS_NAMED_MAX = 5;

export class TraceKeeper {
  /** Notable traces, whether they are exported or not. */
  readonly recent = new RecentTraces();
  settings: KeepSettings;
  readonly #options: TraceKeeperOptions;
  readonly #statistics = new Map<string, RootStatistics>();

  constructor(options: TraceKeeperOptions) {
    this.#options = options;
    this.settings = options.keep;
  }

  get mode(): TraceMode {
    return this.settings.mode;
  }

  /** Absent where nothing is exported; what somebody targets is exported even so. */
  get sink(): SpanSink | undefined {
    return this.mode === 'off' ? undefined : this.#options.sink;
  }

  statisticsOf(root: LightOperation): RootStatistics {
    const api = kindOf(root);
    const known = this.#statistics.get(api);
    if (known !== undefined) return known;
    const lately = { quota: new KeepQuota(), idle: new IdleQuota(), slowest: new Slowest<LightOperation>() };
    const slowestKept = new Slowest<readonly FinishedSpan[]>();
    const made = { api, ...lately, slowestKept, durations: new Map<Outcome, HistogramSeries>(), waits: undefined };
    this.#statistics.set(api, made);
    return made;
  }

  /** Unix time minus the monotonic clock, one value for a whole trace. */
  epochOffsetMs(tree: OperationTree): number {
    const { clock } = this.#options;
    return (tree.epochOffsetMs ??= clock.nowMs() - clock.monotonicMs());
  }

  /** `root` is the first member. A trace that is held comes again when more of it has ended. */
  closed(tree: OperationTree, root: LightOperation): void {
    const statistics = this.statisticsOf(root);
    if (tree.held) {
      tree.held = false;
      statistics.slowest.remove(root);
    }
    const overrunMs = root.endMs - root.startMs - root.budgetMs;
    const ended = { tree, root, overrunMs, statistics, nowMs: root.endMs };
    const reason = this.#reason(ended);
    if (reason !== undefined) this.#keep(tree, root, reason);
    else if (this.#mayBeSlow(tree)) this.#hold(ended);
    else this.#drop(tree);
  }

  /** Keeps the slowest of every ten seconds that are over by `nowMs`, on the monotonic clock. */
  release(nowMs: number): void {
    for (const { slowest, slowestKept, api } of this.#statistics.values()) {
      for (const root of slowest.release(nowMs)) {
        root.tree.held = false;
        this.#keep(root.tree, root, 'slowest');
      }
      for (const spans of slowestKept.release(nowMs)) this.#remember(spans, api, nowMs);
    }
  }

  #reason(ended: Ended): KeepReason | undefined {
    const notable = notableReason(ended, this.settings);
    if (notable !== undefined) return notable;
    const { targets } = this.#options;
    if (targets.size > 0 && targets.fits(ended.tree, ended.nowMs)) return 'targeted';
    return this.sink === undefined ? undefined : sampledReason(ended, this.settings);
  }

  #mayBeSlow(tree: OperationTree): boolean {
    const sampledOut = this.settings.parentBased && tree.remoteParent?.sampled === false;
    return this.settings.slowestPerTopic > 0 && !tree.straggling && !tree.idle && !sampledOut;
  }

  #hold({ tree, root, statistics, nowMs }: Ended): void {
    const { slowestPerTopic } = this.settings;
    tree.held = true;
    for (const released of statistics.slowest.offer(heldAs(root, root), topicsOf(root), slowestPerTopic, nowMs)) {
      released.tree.held = false;
      this.#drop(released.tree);
    }
  }

  #drop(tree: OperationTree): void {
    this.#count(this.#options.sink === undefined ? 'no_exporter' : 'dropped');
    tree.close(false);
  }

  #keep(tree: OperationTree, root: LightOperation, reason: KeepReason): void {
    const sink = reason === 'targeted' ? this.#options.sink : this.sink;
    if (sink === undefined) this.#count(this.#options.sink === undefined ? 'no_exporter' : 'dropped');
    else this.#count(reason);
    tree.keepReason = reason;
    const isWanted = this.recent.wants(tree.traceId, reason, pathRoot(root), root.endMs);
    const spans = isWanted || sink !== undefined ? treeSpans(tree, this.epochOffsetMs(tree), reason) : [];
    if (isWanted) this.recent.add(spans, reason);
    else if (spans.length > 0 && isOrdinary(reason) && this.#mayBeSlow(tree))
      this.statisticsOf(root).slowestKept.offer(
        heldAs(root, spans),
        topicsOf(root),
        this.settings.slowestPerTopic,
        root.endMs,
      );
    sink?.export(spans);
    if (sink !== undefined) this.#attachExemplars(tree, this.statisticsOf(root));
    tree.close(sink !== undefined);
  }

  #remember(spans: readonly FinishedSpan[], api: string, nowMs: number): void {
    const [first] = spans;
    if (first !== undefined && this.recent.wants(first.traceId, 'slowest', api, nowMs))
      this.recent.add(spans, 'slowest');
  }

  #count(reason: string): void {
    this.#options.metrics.add('seaglass_traces_total', { keep_reason: reason });
  }

  /** Durations were counted when each operation ended; only now is it known that their trace can be followed. */
  #attachExemplars(tree: OperationTree, statistics: RootStatistics): void {
    const offsetMs = this.epochOffsetMs(tree);
    for (const operation of tree.members) {
      const value = (operation.endMs - operation.startMs) / 1_000;
      const atMs = Math.round(operation.endMs + offsetMs);
      const exemplar = { traceId: tree.traceId, spanId: operation.spanId, value, atMs };
      operation.prepared.phase.durations(operation.outcome).attach(exemplar);
      if (operation.parent === undefined) statistics.durations.get(operation.outcome)?.attach(exemplar);
    }
  }
}

/** A request's API; what others are named by may hold a topic, and that is no kind. */
const kindOf = ({ prepared, spanName }: LightOperation): string =>
  prepared.name === 'request' ? (spanName ?? prepared.name) : prepared.name;

/** Time that the client asked to wait, or that it is waited for, is not slowness. */
function heldAs<T>({ startMs, endMs, tree }: LightOperation, value: T): Held<T> {
  return { value, busyMs: endMs - startMs - tree.waits.idleMs - tree.waits.clientMs };
}

/** That the root names, as `describeTopics` named them; no topic is one, too. */
function topicsOf(root: LightOperation): readonly string[] {
  const several = root.attribute('seaglass.topics');
  if (typeof several === 'string') return several.split(',').slice(0, TOPICS_NAMED_MAX);
  return [String(root.attribute('messaging.destination.name') ?? '')];
}
