/** The gateway's telemetry as main starts it: log, metrics, operations, and the OpenTelemetry SDK where something is exported. */
import type { Clock } from '../clock';
import type { RunningTelemetry } from './create-telemetry';
import { createTelemetry } from './create-telemetry';
import type { ApplicationSpanLimits } from './trace/application-spans';
import type { TraceMode } from './trace/keep';
import { samplerSettings } from './trace/keep';
import type { LogLevel } from './log/log';
import { Metrics } from './metrics/metrics';
import type { ExportTarget, OtelVariables } from './sdk/otel-variables';
import { exportTarget, given } from './sdk/otel-variables';
import { type Reach, reach } from './sdk/reach';
import { startSdk } from './sdk/sdk';
import type { LeveledLogger, LogLine } from './log/winston-logger';
import { createWinstonLogger } from './log/winston-logger';
import { RecentLines } from './log/recent-lines';
import { RuntimeSettings } from './runtime-settings';

export interface StartOptions {
  readonly clock: Clock;
  /** The OTEL_* variables. */
  readonly otel: OtelVariables;
  /** SEAGLASS_TRACE. Where it is `default`, OTEL_TRACES_SAMPLER decides. */
  readonly trace: TraceMode;
  readonly stallThresholdMs: number;
  readonly applicationSpans?: ApplicationSpanLimits;
  readonly log: {
    readonly level: LogLevel;
    readonly form: 'json' | 'pretty';
    readonly target: NodeJS.WritableStream;
  };
  readonly version: string;
}

export interface StartedTelemetry extends RunningTelemetry {
  readonly log: LeveledLogger;
  readonly recentLines: RecentLines;
  /** Exports a line that the log neither shows nor counts; undefined where logs are not exported. */
  readonly exportLine: ((line: LogLine) => void) | undefined;
  /** What can be changed while it runs. */
  readonly runtime: RuntimeSettings;
  /** Where each signal goes, in words, for the start-up lines. */
  readonly destinations: { readonly traces: string; readonly metrics: string; readonly logs: string };
  /** Whether the receiver of traces can be reached. Never rejects. */
  reachTraces(): Promise<Reach>;
  /** Ends the hang watch and sends what is waiting, for at most two seconds. */
  shutdown(): Promise<void>;
}

/** Throws RangeError where an endpoint is no URL. */
export async function startTelemetry(options: StartOptions): Promise<StartedTelemetry> {
  const { clock, otel, version } = options;
  const warnings = new Set<string>();
  const warn = (message: string): void => void warnings.add(message);
  const targets = {
    traces: exportTarget('traces', otel, warn),
    metrics: exportTarget('metrics', otel, warn),
    logs: exportTarget('logs', otel, warn),
  };
  const metrics = new Metrics({ clock, runtimeMetrics: true });
  metrics.set('seaglass_build_info', { version, node: process.versions.node }, 1);
  const log = createWinstonLogger({ clock, instruments: metrics, ...options.log });
  const recentLines = new RecentLines();
  log.exportTo((line) => recentLines.add(line));
  for (const message of warnings) log.write('warn', 'telemetry.variable', message);
  const exporting = Object.values(targets).some((target) => target.kind !== 'none');
  const sdk = exporting ? startSdk({ env: otel, clock, metrics, log, version }) : undefined;
  if (sdk?.logSink !== undefined) log.exportTo(sdk.logSink);
  const sampler = samplerSettings(given(otel, 'OTEL_TRACES_SAMPLER'), given(otel, 'OTEL_TRACES_SAMPLER_ARG'));
  const telemetry = createTelemetry({
    clock,
    log,
    metrics,
    keep: options.trace === 'default' ? sampler : { mode: options.trace },
    stallThresholdMs: options.stallThresholdMs,
    ...(options.applicationSpans === undefined ? {} : { applicationSpans: options.applicationSpans }),
    ...(sdk?.sink === undefined ? {} : { sink: sdk.sink }),
  });
  telemetry.ownCertificates.watch('to the OTLP receiver', () => sdk?.ownCertificates() ?? []);
  const stop = async (): Promise<void> => {
    telemetry.close();
    await sdk?.shutdown();
  };
  let stopped: Promise<void> | undefined;
  return {
    ...telemetry,
    log,
    recentLines,
    exportLine: sdk?.logSink,
    runtime: new RuntimeSettings({ clock, log, tracer: telemetry.operations }),
    destinations: {
      traces: destination(targets.traces),
      metrics: destination(targets.metrics),
      logs: destination(targets.logs),
    },
    reachTraces: () => reach(targets.traces, clock),
    shutdown: () => (stopped ??= stop()),
  };
}

function destination(target: ExportTarget): string {
  if (target.kind === 'otlp') return `${target.url} (OTLP ${target.protocol})`;
  return target.kind === 'console' ? 'standard output' : `nowhere (${target.why ?? 'no OTLP endpoint is set'})`;
}
