/**
 * Where operations start and end: it keeps them in the list of their phase, counts and times them, and, when a root and all its
 * descendants have ended, keeps the tree as spans or drops it. Costs per fetch of six operations are measured in
 * test/telemetry/operation-cost.ts.
 */
import type { Clock } from '../../clock';
import type { SpanSink } from './finished-span';
import { pathRoot } from './finished-span';
import type { HistogramSeries } from '../metrics/histogram';
import type { KeepSettings, TraceMode } from './keep';
import { earlyReason, KeepQuota, keepReason, notableReason, tells } from './keep';
import type { OperationHost, OperationPhase, OperationTree, PreparedOperation } from './light-operation';
import { LightOperation } from './light-operation';
import { MessagingDurations } from '../metrics/messaging-durations';
import type { FailedRequests } from '../incidents/failed-requests';
import type { NumberSeries } from '../metrics/metric-family';
import type { Metrics } from '../metrics/metrics';
import {
  FAILED_OUTCOMES,
  type ChildOptions,
  type KeepReason,
  type OperationSource,
  type Outcome,
  type RootOptions,
} from './operation';
import type { Blame, OperationDeclaration, OperationName } from './operations';
import { OPERATIONS } from './operations';
import { Phase } from './phase-operations';
import { RecentTraces } from './recent-traces';
import { TraceTree } from './trace-tree';
import { treeSpans } from './tree-spans';

export interface TracerOptions {
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly keep: KeepSettings;
  /** Absent: operations are counted and watched, and no trace is exported. */
  readonly sink: SpanSink | undefined;
  /** Counts the requests that failed because of an engine target. */
  readonly failedRequests: FailedRequests;
}

/** What is kept per kind of root: its first-ones quota and, for requests, the histogram of its API by outcome. */
interface RootStatistics {
  readonly quota: KeepQuota;
  readonly api: string;
  readonly durations: Map<Outcome, HistogramSeries>;
  /** Of requests, by blame. */
  waits: Readonly<Record<Blame, NumberSeries>> | undefined;
}

const ROOT_KINDS_MAX = 128;

export class Tracer implements OperationSource, OperationHost {
  readonly phases: readonly OperationPhase[];
  /** Notable traces, whether they are exported or not. */
  readonly recent = new RecentTraces();
  readonly #prepared: Readonly<Record<OperationName, PreparedOperation>>;
  readonly #options: TracerOptions;
  readonly #clock: Clock;
  #keep: KeepSettings;
  readonly #roots = new Map<string, RootStatistics>();

  constructor(options: TracerOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#keep = options.keep;
    const phases = new Map<string, OperationPhase>();
    const prepared = Object.entries<OperationDeclaration>(OPERATIONS).map(([name, declaration]) => {
      const { kind, phase, budgetMs, blame = 'gateway', messagingOperation } = declaration;
      let list = phases.get(phase);
      if (list === undefined) phases.set(phase, (list = new Phase(phase, options.metrics)));
      const messaging =
        messagingOperation === undefined ? undefined : new MessagingDurations(options.metrics, messagingOperation);
      return [name, { name: name as OperationName, kind, phase: list, budgetMs, blame, messaging }] as const;
    });
    this.#prepared = Object.fromEntries(prepared) as Record<OperationName, PreparedOperation>;
    this.phases = [...phases.values()];
  }

  get mode(): TraceMode {
    return this.#keep.mode;
  }

  /** Holds for what is decided from now on, traces under way included. */
  setMode(mode: TraceMode): void {
    this.#keep = { ...this.#keep, mode };
  }

  get exporting(): boolean {
    return this.#options.sink !== undefined && this.#keep.mode !== 'off';
  }

  get sink(): SpanSink | undefined {
    return this.exporting ? this.#options.sink : undefined;
  }

  now(): number {
    return this.#clock.monotonicMs();
  }

  root(name: OperationName, options?: RootOptions): LightOperation {
    const tree: OperationTree = new TraceTree(options?.remoteParent, options?.remoteParent?.traceId);
    const reason = earlyReason(tree, this.#keep);
    if (reason !== undefined) tree.keepReason = reason;
    const operation = this.#start(new LightOperation(this, this.#prepared[name], tree, undefined, options));
    if (options?.links !== undefined) for (const link of options.links) operation.link(link);
    return operation;
  }

  childOf(parent: LightOperation, name: OperationName, options: ChildOptions | undefined): LightOperation {
    const tree = parent.tree.closed ? afterClosing(parent) : parent.tree;
    if (!parent.ended) parent.openChildren++;
    return this.#start(new LightOperation(this, this.#prepared[name], tree, parent, options));
  }

  keep(tree: OperationTree, reason: KeepReason): void {
    if (tells(tree.keepReason)) return;
    if (tells(reason) || tree.keepReason === undefined) tree.keepReason = reason;
  }

  ended(operation: LightOperation): void {
    const { tree, parent } = operation;
    const seconds = (operation.endMs - operation.startMs) / 1_000;
    operation.prepared.phase.leave(operation, operation.outcome, seconds);
    operation.prepared.messaging?.ended(operation.failure?.type ?? '', seconds);
    if (parent !== undefined && !parent.ended) {
      parent.openChildren--;
      parent.leafSinceMs = operation.endMs;
    }
    if (operation.failure !== undefined) tree.failed = true;
    if (parent === undefined) {
      tree.rootEnded = true;
      tree.rootEndMs = operation.endMs;
      if (operation.prepared.name === 'request') this.#requestEnded(operation, seconds);
    }
    // A straggler's tree has no root of its own, and closes with its last member.
    tree.open--;
    if (tree.open === 0 && tree.rootEnded) this.#close(tree, tree.members[0] ?? operation);
  }

  /** Unix time minus the monotonic clock, one value for a whole trace. */
  epochOffsetMs(tree: OperationTree): number {
    return (tree.epochOffsetMs ??= this.#clock.nowMs() - this.#clock.monotonicMs());
  }

  #start(operation: LightOperation): LightOperation {
    operation.tree.open++;
    operation.tree.waits.began(operation.prepared.blame, operation.startMs);
    operation.member = operation.tree.admit(operation);
    operation.prepared.phase.join(operation);
    return operation;
  }

  #requestEnded(root: LightOperation, seconds: number): void {
    const statistics = this.#statisticsOf(root);
    const { api, durations } = statistics;
    let series = durations.get(root.outcome);
    if (series === undefined) {
      const family = this.#options.metrics.histograms('seaglass_request_duration_seconds');
      for (const outcome of FAILED_OUTCOMES) family.series({ api, outcome });
      series = family.series({ api, outcome: root.outcome });
      durations.set(root.outcome, series);
    }
    series.observe(seconds);
    this.#spent(root, statistics);
    if (root.error === undefined) return;
    const error = root.attribute('kafka.error.name') ?? root.error.type;
    this.#options.metrics.add('seaglass_request_errors_total', { api, error: String(error) });
    if (root.tree.blamed !== undefined) this.#options.failedRequests.count(root.tree.blamed);
  }

  #spent({ tree, startMs, endMs }: LightOperation, statistics: RootStatistics): void {
    const { waits } = tree;
    const series = (statistics.waits ??= this.#waitsOf(statistics.api));
    waits.stop(endMs);
    series.idle.value += waits.idleMs / 1_000;
    series.engine.value += waits.engineMs / 1_000;
    series.client.value += waits.clientMs / 1_000;
    series.gateway.value += (endMs - startMs - waits.idleMs - waits.engineMs - waits.clientMs) / 1_000;
  }

  #waitsOf(api: string): Readonly<Record<Blame, NumberSeries>> {
    const family = this.#options.metrics.numbers('seaglass_wait_seconds_total');
    const of = (blame: Blame): NumberSeries => family.series({ api, blame });
    return { client: of('client'), gateway: of('gateway'), engine: of('engine'), idle: of('idle') };
  }

  #statisticsOf(root: LightOperation): RootStatistics {
    const api = root.spanName ?? root.prepared.name;
    const known = this.#roots.get(api);
    if (known !== undefined) return known;
    const made = { quota: new KeepQuota(), api, durations: new Map<Outcome, HistogramSeries>(), waits: undefined };
    if (this.#roots.size < ROOT_KINDS_MAX) this.#roots.set(api, made);
    return made;
  }

  #close(tree: OperationTree, root: LightOperation): void {
    const { sink } = this;
    const { keep } = this.#options;
    const overrunMs = root.endMs - root.startMs - root.budgetMs;
    const statistics = this.#statisticsOf(root);
    const ended = { tree, overrunMs, quota: statistics.quota, nowMs: root.endMs };
    const reason = sink === undefined ? notableReason(ended, keep) : keepReason(ended, keep);
    this.#count(reason !== undefined && sink !== undefined ? reason : this.#notExported());
    if (reason === undefined) {
      tree.close(false);
      return;
    }
    tree.keepReason = reason;
    const isWanted = this.recent.wants(tree.traceId, reason, pathRoot(root), root.endMs);
    const spans = isWanted || sink !== undefined ? treeSpans(tree, this.epochOffsetMs(tree), reason) : [];
    if (isWanted) this.recent.add(spans, reason);
    sink?.export(spans);
    if (sink !== undefined) this.#attachExemplars(tree, statistics);
    tree.close(sink !== undefined);
  }

  #notExported(): string {
    return this.#options.sink === undefined ? 'no_exporter' : 'dropped';
  }

  #count(reason: string): void {
    this.#options.metrics.add('seaglass_traces_total', { keep_reason: reason });
  }

  /** Durations were counted when each operation ended; only now is it known that their trace can be followed. */
  #attachExemplars(tree: OperationTree, statistics: RootStatistics): void {
    const atMs = this.#clock.nowMs();
    for (const operation of tree.members) {
      const value = (operation.endMs - operation.startMs) / 1_000;
      const exemplar = { traceId: tree.traceId, spanId: operation.spanId, value, atMs };
      operation.prepared.phase.durations(operation.outcome).attach(exemplar);
      if (operation.parent === undefined) statistics.durations.get(operation.outcome)?.attach(exemplar);
    }
  }
}

/** The tree of an operation that starts after its trace was exported or dropped: same trace, and no parent that is nowhere. */
function afterClosing(parent: LightOperation): OperationTree {
  const { tree } = parent;
  const shown = tree.exported && parent.member;
  const remote = shown ? { traceId: tree.traceId, spanId: parent.spanId, sampled: true } : undefined;
  const straggler: OperationTree = new TraceTree(remote, tree.traceId);
  straggler.rootEnded = true;
  straggler.straggling = true;
  if (shown) {
    straggler.keepReason = tree.keepReason;
    straggler.rootEndMs = tree.rootEndMs;
    straggler.epochOffsetMs = tree.epochOffsetMs;
  }
  return straggler;
}
