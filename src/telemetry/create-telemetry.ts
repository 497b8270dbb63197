/**
 * Telemetry put together: operations, metrics, the hang watch, the log. Without a sink nothing is exported and nothing complains;
 * main gives it the OpenTelemetry SDK's (`sdk.ts`), tests a MemorySink or none.
 */
import type { Clock } from '../clock';
import { systemClock } from '../clock';
import type { SpanSink } from './trace/finished-span';
import { HangWatch } from './hang-watch';
import { EventLoopWatch } from './event-loop/event-loop-watch';
import { ContradictionFound, Contradictions } from './incidents/contradictions';
import { FailedRequests } from './incidents/failed-requests';
import { Incidents } from './incidents/incidents';
import { RecordWriters } from './incidents/record-writers';
import { StallIncidents } from './incidents/stall-incidents';
import { waitingRequests } from './incidents/waiting-requests';
import type { InflightOperation } from './trace/inflight';
import { inflightOperations, oldestOverdueMs } from './trace/inflight';
import type { KeepSettings } from './trace/keep';
import { DEFAULT_KEEP_SETTINGS } from './trace/keep';
import type { Logger } from './log/log';
import { silentLogger } from './log/log';
import { Metrics } from './metrics/metrics';
import { OwnCertificates } from './own-certificates';
import type { RecentTraces } from './trace/recent-traces';
import type { Telemetry } from './telemetry';
import { KEEP_REASONS } from './trace/operation';
import {
  ApplicationSpans,
  type ApplicationSpanLimits,
  DEFAULT_APPLICATION_SPAN_LIMITS,
} from './trace/application-spans';
import { TraceTargets } from './trace/trace-targets';
import { Tracer } from './trace/tracer';

export interface TelemetryOptions {
  readonly clock?: Clock;
  readonly keep?: Partial<KeepSettings>;
  readonly sink?: SpanSink;
  readonly log?: Logger;
  /** How far past its budget an operation is when it counts as stalled; 1 s by default. */
  readonly stallThresholdMs?: number;
  readonly sweepPeriodMs?: number;
  /** The process's own metrics (nodejs_*, process_*); off by default. */
  readonly runtimeMetrics?: boolean;
  /** Counted on this registry where the SDK already counts on it; made here otherwise. */
  readonly metrics?: Metrics;
  readonly applicationSpans?: ApplicationSpanLimits;
}

export interface RunningTelemetry extends Telemetry {
  readonly operations: Tracer;
  readonly instruments: Metrics;
  readonly hangWatch: HangWatch;
  /** The last notable traces, for whoever asks why. */
  readonly recentTraces: RecentTraces;
  /** Whose traces are kept whatever the keep rule says, for a while. */
  readonly traceTargets: TraceTargets;
  /** What is in flight now, most overdue first. */
  inflight(limit?: number): { readonly total: number; readonly operations: readonly InflightOperation[] };
  /** Ends the hang watch; exports what was held. The sink and the log belong to whoever made them. */
  close(): void;
}

export const STALL_THRESHOLD_MS = 1_000;
const RELEASE_PERIOD_MS = 1_000;
/** Nothing was dropped for so long: it is received again. */
const NOT_EXPORTED_HOLD_MS = 120_000;
const INFLIGHT_SHOWN_MAX = 1_000;

export function createTelemetry(options: TelemetryOptions = {}): RunningTelemetry {
  const clock = options.clock ?? systemClock;
  const log = options.log ?? silentLogger;
  const metrics = options.metrics ?? new Metrics({ clock, runtimeMetrics: options.runtimeMetrics ?? false });
  const keep = { ...DEFAULT_KEEP_SETTINGS, ...options.keep };
  for (const reason of KEEP_REASONS) metrics.add('seaglass_traces_total', { keep_reason: reason }, 0);
  const failedRequests = new FailedRequests();
  const traceTargets = new TraceTargets(clock, log);
  const tracer = new Tracer({ clock, metrics, keep, sink: options.sink, failedRequests, targets: traceTargets });
  const releases = clock.every(RELEASE_PERIOD_MS, () => tracer.releaseHeld('over'));
  observeInflight(metrics, tracer);
  const incidents = new Incidents({ clock, instruments: metrics, log });
  const eventLoop = new EventLoopWatch({ clock, instruments: metrics, incidents });
  failedRequests.watch((blamed) => incidents.requestFailed(blamed));
  const waiting = waitingRequests(tracer);
  const contradictions = new Contradictions(incidents, waiting);
  metrics.whenCounted('seaglass_engine_contradictions_total', ({ kind, topic }, source) =>
    contradictions.found(kind, topic, source instanceof ContradictionFound ? source : undefined),
  );
  metrics.whenCounted('seaglass_telemetry_dropped_total', ({ signal, reason }) => {
    // What the log itself leaves out is no trouble of its receiver.
    if (reason === 'slow_reader' || reason === 'suppressed') return;
    const evidence = `are not received: ${reason}`;
    incidents.open('telemetry_not_exported', signal, { evidence, holdMs: NOT_EXPORTED_HOLD_MS });
  });
  const stalls = new StallIncidents(incidents, clock, eventLoop);
  const hangWatch = new HangWatch({
    clock,
    tracer,
    instruments: metrics,
    incidents,
    stalls,
    eventLoop,
    log,
    thresholdMs: options.stallThresholdMs ?? STALL_THRESHOLD_MS,
    ...(options.sweepPeriodMs === undefined ? {} : { periodMs: options.sweepPeriodMs }),
  });
  return {
    operations: tracer,
    recentTraces: tracer.recent,
    traceTargets,
    applicationSpans: new ApplicationSpans({
      clock,
      sink: () => tracer.sink,
      limits: options.applicationSpans ?? DEFAULT_APPLICATION_SPAN_LIMITS,
    }),
    incidents,
    stalls,
    eventLoop,
    waiting,
    failedRequests,
    recordWriters: new RecordWriters(),
    ownCertificates: new OwnCertificates(metrics),
    instruments: metrics,
    log,
    hangWatch,
    inflight: (limit = INFLIGHT_SHOWN_MAX) => inflightOperations(tracer.phases, tracer.now(), limit),
    close() {
      hangWatch.close();
      eventLoop.close();
      incidents.stop();
      traceTargets.close();
      releases.cancel();
      tracer.releaseHeld('all');
    },
  };
}

function observeInflight(metrics: Metrics, tracer: Tracer): void {
  metrics.observe('seaglass_inflight', () =>
    tracer.phases.map((phase) => [{ phase: phase.name }, phase.inFlight] as const),
  );
  metrics.observe('seaglass_inflight_oldest_age_seconds', () => {
    const nowMs = tracer.now();
    return tracer.phases.map(
      ({ name, head }) => [{ phase: name }, head === undefined ? 0 : (nowMs - head.startMs) / 1_000] as const,
    );
  });
  metrics.observe('seaglass_inflight_oldest_overdue_seconds', () => {
    const nowMs = tracer.now();
    return tracer.phases.map((phase) => [{ phase: phase.name }, oldestOverdueMs(phase, nowMs) / 1_000] as const);
  });
}
