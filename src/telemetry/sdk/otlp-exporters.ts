/** The exporters of the three signals for one target, over http/protobuf or gRPC. */
import { credentials, Metadata } from '@grpc/grpc-js';
import type { MeterProvider } from '@opentelemetry/api';
import { OTLPLogExporter as GrpcLogExporter } from '@opentelemetry/exporter-logs-otlp-grpc';
import { OTLPLogExporter as HttpLogExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPMetricExporter as GrpcMetricExporter } from '@opentelemetry/exporter-metrics-otlp-grpc';
import { OTLPMetricExporter as HttpMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { CompressionAlgorithm } from '@opentelemetry/otlp-exporter-base';
import type { LogRecordExporter } from '@opentelemetry/sdk-logs';
import { ConsoleLogRecordExporter } from '@opentelemetry/sdk-logs';
import type { PushMetricExporter } from '@opentelemetry/sdk-metrics';
import type { SpanExporter } from '@opentelemetry/sdk-trace-base';
import { ConsoleSpanExporter } from '@opentelemetry/sdk-trace-base';
import type { ExportTarget } from './otel-variables';
import { hasFiles, type OtlpFiles, type OtlpTls } from './otlp-tls';
import { type Exporter, RenewedExporter } from './renewed-exporter';
import { grpcSpanExporter, httpSpanExporter, type GrpcSpanConfig, type HttpSpanConfig } from './span-exporters';

export type ActiveTarget = Exclude<ExportTarget, { readonly kind: 'none' }>;
type OtlpTarget = Extract<ExportTarget, { readonly kind: 'otlp' }>;

/** What all exporters are made with. */
export interface ExporterParts {
  readonly meters: MeterProvider;
  readonly files: OtlpFiles;
}

export function traceExporter(target: ActiveTarget, parts: ExporterParts): SpanExporter {
  if (target.kind === 'console') return new ConsoleSpanExporter();
  return withTls<Parameters<SpanExporter['export']>[0]>(target, parts, (tls) =>
    target.protocol === 'grpc'
      ? grpcSpanExporter(grpcConfig(target, parts, tls))
      : httpSpanExporter(httpConfig(target, parts, tls)),
  );
}

export function logExporter(target: ActiveTarget, parts: ExporterParts): LogRecordExporter {
  if (target.kind === 'console') return new ConsoleLogRecordExporter();
  return withTls<Parameters<LogRecordExporter['export']>[0]>(target, parts, (tls) =>
    target.protocol === 'grpc'
      ? new GrpcLogExporter(grpcConfig(target, parts, tls))
      : new HttpLogExporter(httpConfig(target, parts, tls)),
  );
}

export function metricExporter(target: OtlpTarget, parts: ExporterParts): PushMetricExporter {
  return withTls<Parameters<PushMetricExporter['export']>[0]>(target, parts, (tls) =>
    target.protocol === 'grpc'
      ? new GrpcMetricExporter(grpcConfig(target, parts, tls))
      : new HttpMetricExporter(httpConfig(target, parts, tls)),
  );
}

/** With the files as they are at each export. */
function withTls<Items>(
  { tls }: OtlpTarget,
  { files }: ExporterParts,
  make: (tls: OtlpTls) => Exporter<Items>,
): RenewedExporter<Items, OtlpTls> {
  return new RenewedExporter(files.watch(tls), make);
}

function httpConfig(target: OtlpTarget, { meters }: ExporterParts, tls: OtlpTls): HttpSpanConfig {
  const agent = hasFiles(target.tls) ? { httpAgentOptions: { keepAlive: true, ...tls } } : {};
  return { ...shared(target, meters), headers: { ...target.headers }, ...agent };
}

function grpcConfig(target: OtlpTarget, { meters }: ExporterParts, tls: OtlpTls): GrpcSpanConfig {
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(target.headers)) metadata.set(key.toLowerCase(), value);
  const { ca = null, key = null, cert = null } = tls;
  const secure = target.url.startsWith('https:') ? { credentials: credentials.createSsl(ca, key, cert) } : {};
  return { ...shared(target, meters), metadata, ...secure };
}

function shared(target: OtlpTarget, meters: MeterProvider) {
  return {
    url: target.url,
    timeoutMillis: target.timeoutMs,
    selfObsMeterProvider: meters,
    compression: target.gzip ? CompressionAlgorithm.GZIP : CompressionAlgorithm.NONE,
  };
}
