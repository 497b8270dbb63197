/**
 * A real Jaeger behind a real OpenTelemetry collector that runs otel/collector.yml, whose only changes are the addresses; and Jaeger's query
 * API, as its page asks. Jaeger's program is a distribution of the collector and has all that collector.yml names, so it is both.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Child, startChild } from '../support/child';
import { findProgram } from '../support/outside-program';
import { freePorts } from '../support/weed';

const COLLECTOR_CONFIG = join(__dirname, '..', '..', 'otel', 'collector.yml');
const READY = /Everything is ready/;
const FOUND_DEADLINE_MS = 60_000;
const ASK_AGAIN_MS = 50;

export interface JaegerSpan {
  readonly traceID: string;
  readonly spanID: string;
  readonly operationName: string;
  readonly references: readonly { readonly refType: string; readonly traceID: string; readonly spanID: string }[];
  /** Microseconds. */
  readonly duration: number;
  readonly tags: readonly { readonly key: string; readonly value: unknown }[];
}

export interface JaegerTrace {
  readonly traceID: string;
  readonly spans: readonly JaegerSpan[];
}

/** An edge of Jaeger's service map. */
export interface JaegerDependency {
  readonly parent: string;
  readonly child: string;
  readonly callCount: number;
}

/** What a search of Jaeger's page asks for. */
export interface Search {
  readonly service?: string;
  readonly operation?: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** As Jaeger writes them: `1s`. */
  readonly minDuration?: string;
}

export interface Jaeger {
  /** http://host:port of the collector, and the same for gRPC. */
  readonly endpoints: { readonly http: string; readonly grpc: string };
  search(search: Search): Promise<readonly JaegerTrace[]>;
  /** Undefined where it knows none of that id. */
  trace(traceId: string): Promise<JaegerTrace | undefined>;
  dependencies(): Promise<readonly JaegerDependency[]>;
  /** What `ask` finds, as soon as it finds something: traces come to Jaeger without a word to us. */
  eventually<T>(ask: () => Promise<T | undefined>): Promise<T>;
  stop(): Promise<void>;
}

export async function startJaeger(): Promise<Jaeger> {
  const directory = mkdtempSync(join(tmpdir(), 'seaglass-jaeger-'));
  const [query = 0, queryGrpc = 0, otlp = 0, grpc = 0, http = 0] = await freePorts(5);
  const children: Child[] = [];
  const start = async (configs: readonly string[]): Promise<void> => {
    const parameters = configs.map((config) => `--config=${config}`);
    const child = startChild(findProgram('jaeger', 'SEAGLASS_TEST_JAEGER') ?? 'jaeger', parameters, { directory });
    children.push(child);
    await child.printed(READY);
  };
  const stop = async (): Promise<void> => {
    await Promise.all(children.map((child) => child.kill()));
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await start([inlined(jaegerConfig({ query, queryGrpc, otlp }))]);
    await start([COLLECTOR_CONFIG, inlined(collectorAddresses({ grpc, http, jaeger: otlp }))]);
  } catch (error) {
    await stop();
    throw error;
  }
  const asked = async <T = JaegerTrace>(path: string): Promise<readonly T[]> => {
    const response = await fetch(`http://127.0.0.1:${query}/api/${path}`);
    if (response.status === 404) return [];
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return ((await response.json()) as { readonly data: readonly T[] }).data;
  };
  return {
    endpoints: { http: `http://127.0.0.1:${http}`, grpc: `http://127.0.0.1:${grpc}` },
    search: ({ service = 'seaglass', tags = {}, ...rest }) => {
      const parameters = { service, limit: '1000', tags: JSON.stringify(tags), ...rest };
      return asked(`traces?${new URLSearchParams(parameters).toString()}`);
    },
    trace: async (traceId) => (await asked(`traces/${traceId}`))[0],
    dependencies: () => asked<JaegerDependency>(`dependencies?endTs=${Date.now()}&lookback=3600000`),
    async eventually(ask) {
      for (const begun = performance.now(); performance.now() - begun < FOUND_DEADLINE_MS;) {
        const found = await ask();
        if (found !== undefined) return found;
        await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
      }
      const text = children.map((child) => child.output().slice(-4_000)).join('\n');
      throw new Error(`Jaeger did not have it within ${FOUND_DEADLINE_MS} ms\n${text}`);
    },
    stop,
  };
}

const inlined = (config: object): string => `yaml:${JSON.stringify(config)}`;
/** Of their own numbers and traces they tell nobody, at no fixed port. */
const QUIET = { metrics: { level: 'none' } };
const OWN_TRACES = { enable_tracing: false };

/** In memory, as its image does by default, and without the ports of older protocols. */
function jaegerConfig(ports: { readonly query: number; readonly queryGrpc: number; readonly otlp: number }): object {
  const at = (port: number) => ({ endpoint: `127.0.0.1:${port}` });
  return {
    extensions: {
      jaeger_storage: { backends: { memory: { memory: { max_traces: 100_000 } } } },
      jaeger_query: { storage: { traces: 'memory' }, http: at(ports.query), grpc: at(ports.queryGrpc), ...OWN_TRACES },
    },
    receivers: { otlp: { protocols: { grpc: at(ports.otlp) } } },
    exporters: { jaeger_storage_exporter: { trace_storage: 'memory' } },
    service: {
      extensions: ['jaeger_storage', 'jaeger_query'],
      pipelines: { traces: { receivers: ['otlp'], exporters: ['jaeger_storage_exporter'] } },
      telemetry: QUIET,
    },
  };
}

function collectorAddresses(ports: { readonly grpc: number; readonly http: number; readonly jaeger: number }): object {
  const at = (port: number) => ({ endpoint: `127.0.0.1:${port}` });
  return {
    receivers: { otlp: { protocols: { grpc: at(ports.grpc), http: at(ports.http) } } },
    exporters: { 'otlp/jaeger': at(ports.jaeger) },
    service: { telemetry: QUIET },
  };
}
