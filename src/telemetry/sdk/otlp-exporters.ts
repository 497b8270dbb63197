/** The exporters of the three signals for one target, over http/protobuf or gRPC. */
import { credentials, Metadata } from '@grpc/grpc-js';
import type { MeterProvider } from '@opentelemetry/api';
import { OTLPLogExporter as GrpcLogExporter } from '@opentelemetry/exporter-logs-otlp-grpc';
import { OTLPLogExporter as HttpLogExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPMetricExporter as GrpcMetricExporter } from '@opentelemetry/exporter-metrics-otlp-grpc';
import { OTLPMetricExporter as HttpMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter as GrpcTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as HttpTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import type { LogRecordExporter } from '@opentelemetry/sdk-logs';
import { ConsoleLogRecordExporter } from '@opentelemetry/sdk-logs';
import type { PushMetricExporter } from '@opentelemetry/sdk-metrics';
import type { SpanExporter } from '@opentelemetry/sdk-trace-base';
import { ConsoleSpanExporter } from '@opentelemetry/sdk-trace-base';
import type { ExportTarget } from './otel-variables';

export type ActiveTarget = Exclude<ExportTarget, { readonly kind: 'none' }>;
type OtlpTarget = Extract<ExportTarget, { readonly kind: 'otlp' }>;
type HttpConfig = NonNullable<ConstructorParameters<typeof HttpTraceExporter>[0]>;
type GrpcConfig = NonNullable<ConstructorParameters<typeof GrpcTraceExporter>[0]>;
type Compression = NonNullable<HttpConfig['compression']>;

export function traceExporter(target: ActiveTarget, meters: MeterProvider): SpanExporter {
  if (target.kind === 'console') return new ConsoleSpanExporter();
  return target.protocol === 'grpc'
    ? new GrpcTraceExporter(grpcConfig(target, meters))
    : new HttpTraceExporter(httpConfig(target, meters));
}

export function logExporter(target: ActiveTarget, meters: MeterProvider): LogRecordExporter {
  if (target.kind === 'console') return new ConsoleLogRecordExporter();
  return target.protocol === 'grpc'
    ? new GrpcLogExporter(grpcConfig(target, meters))
    : new HttpLogExporter(httpConfig(target, meters));
}

export function metricExporter(target: OtlpTarget, meters: MeterProvider): PushMetricExporter {
  return target.protocol === 'grpc'
    ? new GrpcMetricExporter(grpcConfig(target, meters))
    : new HttpMetricExporter(httpConfig(target, meters));
}

function httpConfig(target: OtlpTarget, meters: MeterProvider): HttpConfig {
  const { tls } = target;
  const agent = Object.keys(tls).length === 0 ? {} : { httpAgentOptions: { keepAlive: true, ...tls } };
  return { ...shared(target, meters), headers: { ...target.headers }, ...agent };
}

function grpcConfig(target: OtlpTarget, meters: MeterProvider): GrpcConfig {
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(target.headers)) metadata.set(key.toLowerCase(), value);
  const { ca = null, key = null, cert = null } = target.tls;
  const secure = target.url.startsWith('https:') ? { credentials: credentials.createSsl(ca, key, cert) } : {};
  return { ...shared(target, meters), metadata, ...secure };
}

function shared(target: OtlpTarget, meters: MeterProvider) {
  return {
    url: target.url,
    timeoutMillis: target.timeoutMs,
    selfObsMeterProvider: meters,
    // The enum's values are the variables' own words.
    compression: (target.gzip ? 'gzip' : 'none') as Compression,
  };
}
