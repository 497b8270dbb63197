/**
 * Where operations start and end: it keeps them in the list of their phase, counts and times them, and, when a root and all its
 * descendants have ended, keeps the tree as spans or drops it. Costs per fetch of six operations are measured in
 * test/telemetry/operation-cost.ts.
 */
import type { Clock } from '../../clock';
import type { SpanSink } from './finished-span';
import { earlyReason, type TraceMode, tells } from './keep';
import type { OperationHost, OperationPhase, OperationTree, PreparedOperation } from './light-operation';
import { LightOperation } from './light-operation';
import { MessagingDurations } from '../metrics/messaging-durations';
import type { FailedRequests } from '../incidents/failed-requests';
import type { NumberSeries } from '../metrics/metric-family';
import {
  FAILED_OUTCOMES,
  type ChildOptions,
  type KeepReason,
  type OperationSource,
  type RootOptions,
} from './operation';
import type { Blame, OperationDeclaration, OperationName } from './operations';
import { OPERATIONS } from './operations';
import { Phase } from './phase-operations';
import type { RecentTraces } from './recent-traces';
import { type RootStatistics, TraceKeeper, type TraceKeeperOptions } from './trace-keeper';
import { TraceTree } from './trace-tree';

export interface TracerOptions extends TraceKeeperOptions {
  /** Counts the requests that failed because of an engine target. */
  readonly failedRequests: FailedRequests;
}

export class Tracer implements OperationSource, OperationHost {
  readonly phases: readonly OperationPhase[];
  readonly #keeper: TraceKeeper;
  readonly #prepared: Readonly<Record<OperationName, PreparedOperation>>;
  readonly #options: TracerOptions;
  readonly #clock: Clock;

  constructor(options: TracerOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#keeper = new TraceKeeper(options);
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
    return this.#keeper.mode;
  }

  /** Holds for what is decided from now on, traces under way included. */
  setMode(mode: TraceMode): void {
    this.#keeper.settings = { ...this.#keeper.settings, mode };
  }

  get exporting(): boolean {
    return this.#keeper.sink !== undefined;
  }

  get sink(): SpanSink | undefined {
    return this.#keeper.sink;
  }

  /** Notable traces, whether they are exported or not. */
  get recent(): RecentTraces {
    return this.#keeper.recent;
  }

  /** Decides what was held as perhaps one of the slowest: of the windows that are over, or of all. Called every second or so, and at the end. */
  releaseHeld(which: 'over' | 'all'): void {
    this.#keeper.release(which === 'all' ? Infinity : this.now());
  }

  now(): number {
    return this.#clock.monotonicMs();
  }

  root(name: OperationName, options?: RootOptions): LightOperation {
    const tree: OperationTree = new TraceTree(options?.remoteParent, options?.remoteParent?.traceId);
    const reason = earlyReason(tree, this.#keeper.settings);
    if (reason !== undefined) tree.keepReason = reason;
    const operation = this.#start(new LightOperation(this, this.#prepared[name], tree, undefined, options));
    if (options?.links !== undefined) for (const link of options.links) operation.link(link);
    return operation;
  }

  childOf(parent: LightOperation, name: OperationName, options: ChildOptions | undefined): LightOperation {
    const tree = parent.tree.closed ? afterClosing(parent) : parent.tree;
    if (!parent.ended) parent.openChildren++;
    parent.isParent = true;
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
    tree.waits.ended(operation.prepared.blame, operation.endMs);
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
    if (tree.open === 0 && tree.rootEnded) this.#keeper.closed(tree, tree.members[0] ?? operation);
  }

  /** Unix time minus the monotonic clock, one value for a whole trace. */
  epochOffsetMs(tree: OperationTree): number {
    return this.#keeper.epochOffsetMs(tree);
  }

  #start(operation: LightOperation): LightOperation {
    operation.tree.open++;
    operation.tree.waits.began(operation.prepared.blame, operation.startMs);
    operation.member = operation.tree.admit(operation);
    operation.prepared.phase.join(operation);
    return operation;
  }

  #requestEnded(root: LightOperation, seconds: number): void {
    const statistics = this.#keeper.statisticsOf(root);
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
    for (const target of root.tree.blamed ?? []) this.#options.failedRequests.count(target);
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
