/**
 * The OpenTelemetry SDK, set up from the standard OTEL_* variables: spans of kept traces, stall spans ahead of them through a
 * processor of their own, the registry's metrics by push, log lines. Whatever an exporter cannot take is dropped and counted.
 */
import { hostname } from 'node:os';
import type { Context, ContextManager } from '@opentelemetry/api';
import { diag, DiagLogLevel, metrics as metricsApi, ROOT_CONTEXT, trace, TraceFlags } from '@opentelemetry/api';
import { logs, SeverityNumber } from '@opentelemetry/api-logs';
import type { Resource } from '@opentelemetry/resources';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor } from '@opentelemetry/sdk-logs';
import type { IMetricReader } from '@opentelemetry/sdk-metrics';
import { PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { NodeSDK } from '@opentelemetry/sdk-node';
import type { SpanProcessor } from '@opentelemetry/sdk-trace-base';
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { ATTR_SERVICE_NAME, ATTR_SERVICE_VERSION } from '@opentelemetry/semantic-conventions';
import type { Clock } from '../../clock';
import { systemRandom } from '../../random';
import type { OwnCertificate } from '../../tls/peer-identity';
import type { FinishedSpan, SpanSink } from '../trace/finished-span';
import type { Logger, LogLevel } from '../log/log';
import type { Metrics } from '../metrics/metrics';
import type { LogLine } from '../log/winston-logger';
import { RegistryProducer } from './metric-producer';
import type { ExportTarget, OtelVariables } from './otel-variables';
import { exportTarget, given, keyPairs, positive } from './otel-variables';
import { type ExporterParts, logExporter, metricExporter, traceExporter } from './otlp-exporters';
import { OtlpFiles } from './otlp-tls';
import { readableSpan } from './readable-span';
import { SelfMetrics } from './self-metrics';

/** Their constants are in the conventions' incubating part, which changes with every release. */
const SERVICE_INSTANCE_ID = 'service.instance.id';
const HOST_NAME = 'host.name';

export const SCOPE_NAME = 'seaglass';
/** Stall spans leave within this, whatever the ordinary queue holds. */
const URGENT_DELAY_MS = 100;
const URGENT_QUEUE_MAX = 256;
const QUEUE_MAX = 16_384;
const DELAY_MS = 1_000;
const METRIC_INTERVAL_MS = 60_000;
const SHUTDOWN_DEADLINE_MS = 2_000;

export interface SdkOptions {
  /** The OTEL_* variables. */
  readonly env: OtelVariables;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly version: string;
}

export interface Sdk {
  /** Absent where traces are not exported. */
  readonly sink: SpanSink | undefined;
  readonly logSink: ((line: LogLine) => void) | undefined;
  /** Those that receivers are shown. */
  ownCertificates(): Iterable<OwnCertificate>;
  /** Sends what is waiting, for at most two seconds. */
  shutdown(): Promise<void>;
}

/** Throws RangeError where an endpoint is no URL. */
export function startSdk(options: SdkOptions): Sdk {
  const { env, metrics, log } = options;
  logDiagnostics(log);
  const meters = new SelfMetrics(metrics, (signal, reason, count) =>
    metrics.add('seaglass_telemetry_dropped_total', { signal, reason }, count),
  );
  const resource = resourceOf(options);
  const files = new OtlpFiles(options);
  const parts = { meters, files };
  const spans = spanProcessors(exportTarget('traces', env), env, parts);
  const logTarget = exportTarget('logs', env);
  const logProcessors =
    logTarget.kind === 'none'
      ? []
      : [new BatchLogRecordProcessor({ exporter: logExporter(logTarget, parts), selfObsMeterProvider: meters })];
  const sdk = new NodeSDK({
    resource,
    autoDetectResources: false,
    spanProcessors: spans === undefined ? [] : [spans.ordinary, spans.urgent],
    metricReaders: metricReaders(options, resource, parts),
    logRecordProcessors: logProcessors,
    contextManager: passiveContextManager,
    textMapPropagator: null,
    instrumentations: [],
  });
  sdk.start();
  return {
    sink: spans === undefined ? undefined : new SdkSink(spans, { resource, version: options.version }),
    logSink: logProcessors.length === 0 ? undefined : emitLog,
    ownCertificates: () => files.own(),
    async shutdown() {
      await shutDown(sdk, options);
      files.close();
    },
  };
}

interface Parts extends ExporterParts {
  readonly meters: SelfMetrics;
}

interface SpanProcessors {
  readonly ordinary: SpanProcessor;
  readonly urgent: SpanProcessor;
}

/** The stall spans' own exporter has its own connection, so that a full queue never stands before them. */
function spanProcessors(target: ExportTarget, env: OtelVariables, parts: Parts): SpanProcessors | undefined {
  if (target.kind === 'none') return undefined;
  const common = { selfObsMeterProvider: parts.meters };
  const ordinary = {
    ...common,
    maxQueueSize: positive(given(env, 'OTEL_BSP_MAX_QUEUE_SIZE')) ?? QUEUE_MAX,
    scheduledDelayMillis: positive(given(env, 'OTEL_BSP_SCHEDULE_DELAY')) ?? DELAY_MS,
    maxExportBatchSize: positive(given(env, 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE')) ?? 512,
  };
  const urgent = {
    ...common,
    maxQueueSize: URGENT_QUEUE_MAX,
    maxExportBatchSize: URGENT_QUEUE_MAX,
    scheduledDelayMillis: URGENT_DELAY_MS,
  };
  return {
    ordinary: new BatchSpanProcessor(traceExporter(target, parts), ordinary),
    urgent: new BatchSpanProcessor(traceExporter(target, parts), urgent),
  };
}

class SdkSink implements SpanSink {
  readonly #processors: SpanProcessors;
  readonly #origin: Parameters<typeof readableSpan>[1];

  constructor(processors: SpanProcessors, origin: { readonly resource: Resource; readonly version: string }) {
    this.#processors = processors;
    this.#origin = {
      resource: origin.resource,
      instrumentationScope: { name: SCOPE_NAME, version: origin.version },
    };
  }

  export(spans: readonly FinishedSpan[]): void {
    for (const span of spans) this.#processors.ordinary.onEnd(readableSpan(span, this.#origin));
  }

  exportUrgently(span: FinishedSpan): void {
    this.#processors.urgent.onEnd(readableSpan(span, this.#origin));
  }
}

function metricReaders(options: SdkOptions, resource: Resource, parts: Parts): IMetricReader[] {
  const target = exportTarget('metrics', options.env);
  if (target.kind !== 'otlp') return [];
  const exportIntervalMillis = positive(given(options.env, 'OTEL_METRIC_EXPORT_INTERVAL')) ?? METRIC_INTERVAL_MS;
  const producer = new RegistryProducer({
    metrics: options.metrics,
    clock: options.clock,
    resource,
    scope: { name: SCOPE_NAME, version: options.version },
  });
  return [
    new PeriodicExportingMetricReader({
      exporter: metricExporter(target, parts),
      exportIntervalMillis,
      exportTimeoutMillis: Math.min(exportIntervalMillis, target.timeoutMs),
      metricProducers: [producer],
    }),
  ];
}

function resourceOf(options: SdkOptions): Resource {
  const attributes = keyPairs(given(options.env, 'OTEL_RESOURCE_ATTRIBUTES'));
  return defaultResource().merge(
    resourceFromAttributes({
      [ATTR_SERVICE_VERSION]: options.version,
      // Tells one gateway's spans from another's, and one run of it from the next.
      [SERVICE_INSTANCE_ID]: systemRandom.uuid(),
      [HOST_NAME]: hostname(),
      ...attributes,
      [ATTR_SERVICE_NAME]: given(options.env, 'OTEL_SERVICE_NAME') ?? attributes[ATTR_SERVICE_NAME] ?? SCOPE_NAME,
    }),
  );
}

const SEVERITIES: Readonly<Record<LogLevel, SeverityNumber>> = {
  debug: SeverityNumber.DEBUG,
  info: SeverityNumber.INFO,
  warn: SeverityNumber.WARN,
  error: SeverityNumber.ERROR,
};

function emitLog(line: LogLine): void {
  const { trace_id: traceId, span_id: spanId, ...attributes } = line.attributes;
  logs.getLogger(SCOPE_NAME).emit({
    eventName: line.event,
    timestamp: line.atMs,
    severityNumber: SEVERITIES[line.level],
    severityText: line.level.toUpperCase(),
    body: line.message,
    attributes,
    ...(typeof traceId === 'string' && typeof spanId === 'string' ? { context: contextOf(traceId, spanId) } : {}),
  });
}

function contextOf(traceId: string, spanId: string): Context {
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: TraceFlags.SAMPLED });
}

/**
 * Operations are passed on, never looked up, so no context is tracked: the SDK's own manager would switch on async hooks at its
 * first export, which slows down every promise of the process.
 */
const passiveContextManager: ContextManager = {
  active: () => ROOT_CONTEXT,
  with: (_context, run, thisArgument, ...parameters) => run.apply(thisArgument, parameters),
  bind: (_context, target) => target,
  enable: () => passiveContextManager,
  disable: () => passiveContextManager,
};

/** What the SDK complains about becomes lines of our log, rate-limited like the rest. */
function logDiagnostics(log: Logger): void {
  const write =
    (level: LogLevel) =>
    (message: string): void =>
      log.write(level, 'telemetry.export', `OpenTelemetry: ${message}`);
  const ignore = (): void => undefined;
  diag.setLogger(
    { error: write('warn'), warn: write('warn'), info: ignore, debug: ignore, verbose: ignore },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
}

async function shutDown(sdk: NodeSDK, options: SdkOptions): Promise<void> {
  const deadline = new Promise<'late'>((resolve) => {
    options.clock.after(SHUTDOWN_DEADLINE_MS, () => resolve('late'));
  });
  const flushed = sdk.shutdown().then(
    () => 'flushed' as const,
    (error: unknown) => error,
  );
  const outcome = await Promise.race([flushed, deadline]);
  if (outcome !== 'flushed') {
    const why = outcome === 'late' ? `not done within ${SHUTDOWN_DEADLINE_MS} ms` : String(outcome);
    options.log.write('warn', 'telemetry.shutdown', `telemetry that was still waiting is lost: ${why}`);
  }
  // The registered parts go with the SDK that registered them.
  trace.disable();
  metricsApi.disable();
  logs.disable();
  diag.disable();
}
