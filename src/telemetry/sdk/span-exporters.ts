/** OpenTelemetry's exporters of spans, with our own way of making bytes of them. */
import { type ChannelCredentials, credentials as grpcCredentials, type Metadata } from '@grpc/grpc-js';
import type { MeterProvider } from '@opentelemetry/api';
import {
  type CompressionAlgorithm,
  getSharedConfigurationDefaults,
  OTLPExporterBase,
} from '@opentelemetry/otlp-exporter-base';
import { createOtlpHttpExportDelegate, httpAgentFactoryFromOptions } from '@opentelemetry/otlp-exporter-base/node-http';
import { createOtlpGrpcExportDelegate } from '@opentelemetry/otlp-grpc-exporter-base';
import { TraceExporterMetricsHelper } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import type { OtlpTls } from './otlp-tls';
import { SpanSerializer } from './span-serializer';

/** Values of `otel.component.type` (semantic conventions), in what an exporter counts of itself. */
const HTTP = 'otlp_http_span_exporter';
const GRPC = 'otlp_grpc_span_exporter';

const SERVICE = 'TraceExportService';
const EXPORT = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';

interface Config {
  readonly url: string;
  readonly timeoutMillis: number;
  readonly selfObsMeterProvider: MeterProvider;
  readonly compression: CompressionAlgorithm;
}

export interface HttpSpanConfig extends Config {
  readonly headers: Readonly<Record<string, string>>;
  readonly httpAgentOptions?: OtlpTls;
}

export interface GrpcSpanConfig extends Config {
  readonly metadata: Metadata;
  readonly credentials?: ChannelCredentials;
}

export type OtlpSpanExporter = OTLPExporterBase<ReadableSpan[]>;

export function httpSpanExporter(config: HttpSpanConfig): OtlpSpanExporter {
  const { url, timeoutMillis, compression, selfObsMeterProvider: meters } = config;
  const headers = { ...config.headers, 'Content-Type': 'application/x-protobuf' };
  const options = {
    ...{ url, timeoutMillis, compression, concurrencyLimit: getSharedConfigurationDefaults().concurrencyLimit },
    headers: () => Promise.resolve(headers),
    agentFactory: httpAgentFactoryFromOptions({ keepAlive: true, ...config.httpAgentOptions }),
  };
  return new OTLPExporterBase(
    createOtlpHttpExportDelegate(options, new SpanSerializer(), HTTP, TraceExporterMetricsHelper, meters),
  );
}

export function grpcSpanExporter(config: GrpcSpanConfig): OtlpSpanExporter {
  const { timeoutMillis, compression, selfObsMeterProvider: meters } = config;
  const { credentials = grpcCredentials.createInsecure() } = config;
  const options = {
    url: config.url.startsWith('unix:') ? config.url : new URL(config.url).host,
    ...{ timeoutMillis, compression, concurrencyLimit: getSharedConfigurationDefaults().concurrencyLimit },
    metadata: () => config.metadata.clone(),
    credentials: () => credentials,
  };
  const serializer = new SpanSerializer();
  return new OTLPExporterBase(
    createOtlpGrpcExportDelegate(options, serializer, GRPC, TraceExporterMetricsHelper, meters, SERVICE, EXPORT),
  );
}
