/**
 * A receiver of OTLP traces, metrics and logs, over http/protobuf and gRPC, that keeps what it got and tells when a span that somebody
 * waits for has come. It can be told to be late (take what comes and answer after a while), silent (accept and never answer) or to refuse.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server as HttpServer, ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { Server, ServerCredentials, status } from '@grpc/grpc-js';
import { parse } from 'protobufjs';

export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  /** 1 INTERNAL, 2 SERVER, 3 CLIENT, 4 PRODUCER, 5 CONSUMER. */
  readonly kind: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly events: readonly string[];
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  /** 0 UNSET, 2 ERROR. */
  readonly statusCode: number;
  readonly statusMessage: string;
  readonly scope: string;
  readonly resource: Readonly<Record<string, unknown>>;
  readonly receivedAtMs: number;
}

export interface ReceivedLog {
  readonly body: unknown;
  readonly eventName: string;
  readonly traceId: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** Of a gauge or a sum. */
export interface ReceivedNumber {
  readonly metric: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly value: number;
}

export type Behaviour = 'answer' | 'late' | 'silent' | 'refuse';

/** Far longer than anything takes that comes at all. */
const WAIT_MS_MAX = 60_000;

const PROTO = `syntax = "proto3";
message Any { oneof value { string s = 1; bool b = 2; int64 i = 3; double d = 4; } }
message KeyValue { string key = 1; Any value = 2; }
message Resource { repeated KeyValue attributes = 1; }
message Scope { string name = 1; string version = 2; }
message Event { fixed64 time = 1; string name = 2; }
message Link { bytes traceId = 1; bytes spanId = 2; }
message Status { string message = 2; int32 code = 3; }
message Span { bytes traceId = 1; bytes spanId = 2; bytes parentSpanId = 4; string name = 5; int32 kind = 6;
  fixed64 start = 7; fixed64 end = 8; repeated KeyValue attributes = 9; repeated Event events = 11; repeated Link links = 13; Status status = 15; }
message ScopeSpans { Scope scope = 1; repeated Span spans = 2; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scopeSpans = 2; }
message Traces { repeated ResourceSpans resourceSpans = 1; }
message Point { repeated KeyValue attributes = 7; oneof value { double d = 4; sfixed64 i = 6; } }
message Points { repeated Point points = 1; }
message Metric { string name = 1; Points gauge = 5; Points sum = 7; }
message ScopeMetrics { Scope scope = 1; repeated Metric metrics = 2; }
message ResourceMetrics { Resource resource = 1; repeated ScopeMetrics scopeMetrics = 2; }
message Metrics { repeated ResourceMetrics resourceMetrics = 1; }
message LogRecord { fixed64 time = 1; Any body = 5; repeated KeyValue attributes = 6; bytes traceId = 9; bytes spanId = 10; string eventName = 12; }
message ScopeLogs { Scope scope = 1; repeated LogRecord records = 2; }
message ResourceLogs { Resource resource = 1; repeated ScopeLogs scopeLogs = 2; }
message Logs { repeated ResourceLogs resourceLogs = 1; }`;
const types = parse(PROTO, { keepCase: true }).root;

export interface ReceiverTls {
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

const asksForCertificates = ({ authority, certificate, key }: ReceiverTls) => ({
  ...{ ca: readFileSync(authority), cert: readFileSync(certificate), key: readFileSync(key) },
  ...{ requestCert: true, rejectUnauthorized: true },
});

function serverCredentials(tls: ReceiverTls | undefined): ServerCredentials {
  if (tls === undefined) return ServerCredentials.createInsecure();
  const { ca, cert, key } = asksForCertificates(tls);
  return ServerCredentials.createSsl(ca, [{ cert_chain: cert, private_key: key }], true);
}

export class OtlpReceiver {
  readonly spans: ReceivedSpan[] = [];
  readonly logs: ReceivedLog[] = [];
  readonly metricNames = new Set<string>();
  /** Of the newest export of metrics. */
  numbers: readonly ReceivedNumber[] = [];
  /** Everything received, as it came: for finding out that something never came. */
  readonly raw: Buffer[] = [];
  readonly headers: Record<string, string>[] = [];
  behaviour: Behaviour = 'answer';
  /** How long after what came it is answered by a receiver that is late. */
  lateMs = 300;
  readonly #watchers = new Set<() => void>();
  readonly #tls: ReceiverTls | undefined;
  readonly #http: HttpServer;
  readonly #grpc = new Server();
  #grpcPort = 0;

  /** Use `start`. */
  constructor(tls: ReceiverTls | undefined) {
    this.#tls = tls;
    const serve: RequestListener = (request, response) => void this.#serveHttp(request, response);
    this.#http = tls === undefined ? createServer(serve) : createSecureServer(asksForCertificates(tls), serve);
  }

  /** With `tls` it speaks nothing else, and wants a certificate of that authority. */
  static async start(tls?: ReceiverTls): Promise<OtlpReceiver> {
    const receiver = new OtlpReceiver(tls);
    await new Promise<void>((resolve) => receiver.#http.listen(0, '127.0.0.1', resolve));
    await receiver.#startGrpc();
    return receiver;
  }

  get httpEndpoint(): string {
    return `${this.#scheme}://127.0.0.1:${String((this.#http.address() as AddressInfo).port)}`;
  }

  get grpcEndpoint(): string {
    return `${this.#scheme}://127.0.0.1:${String(this.#grpcPort)}`;
  }

  get #scheme(): string {
    return this.#tls === undefined ? 'http' : 'https';
  }

  /** The first span that fits, whether it is here or comes; rejects after a minute with the names of what came. */
  waitForSpan(fits: (span: ReceivedSpan) => boolean): Promise<ReceivedSpan> {
    return this.#waitFor(() => this.spans.find(fits));
  }

  /** Resolves with whatever `find` finds as soon as it does. */
  waitUntil<T>(find: () => T | undefined): Promise<T> {
    return this.#waitFor(find);
  }

  trace(traceId: string): readonly ReceivedSpan[] {
    return this.spans.filter((span) => span.traceId === traceId);
  }

  /** Spans whose parent is neither in the trace nor allowed (a client's own span). */
  orphans(traceId: string, allowed: readonly string[] = []): readonly ReceivedSpan[] {
    const spans = this.trace(traceId);
    const ids = new Set([...spans.map((span) => span.spanId), ...allowed, '']);
    return spans.filter((span) => !ids.has(span.parentSpanId));
  }

  async close(): Promise<void> {
    this.#grpc.forceShutdown();
    this.#http.closeAllConnections();
    await new Promise<void>((resolve) => this.#http.close(() => resolve()));
  }

  #waitFor<T>(find: () => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = find();
        if (found === undefined) return;
        clearTimeout(timer);
        this.#watchers.delete(look);
        resolve(found);
      };
      const timer = setTimeout(() => {
        this.#watchers.delete(look);
        reject(new Error(`not received within ${WAIT_MS_MAX} ms; spans: ${this.#names()}`));
      }, WAIT_MS_MAX);
      this.#watchers.add(look);
      look();
    });
  }

  #names(): string {
    return this.spans.map((span) => span.name).join(', ') || 'none';
  }

  async #serveHttp(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (this.behaviour === 'silent') return;
    if (this.behaviour === 'refuse') return void response.writeHead(400).end();
    const body = Buffer.concat(chunks);
    this.headers.push(Object.fromEntries(Object.entries(request.headers).map(([k, v]) => [k, String(v)])));
    this.#take(request.url ?? '', request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body);
    await this.#lateness();
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
  }

  async #startGrpc(): Promise<void> {
    for (const signal of ['trace', 'metrics', 'logs']) {
      const service = signal === 'trace' ? 'TraceService' : signal === 'metrics' ? 'MetricsService' : 'LogsService';
      const path = `/opentelemetry.proto.collector.${signal}.v1.${service}/Export`;
      const bytes = (value: Buffer): Buffer => value;
      const method = { path, requestStream: false, responseStream: false } as const;
      const codec = {
        requestSerialize: bytes,
        requestDeserialize: bytes,
        responseSerialize: bytes,
        responseDeserialize: bytes,
      };
      this.#grpc.addService(
        { Export: { ...method, ...codec } },
        {
          Export: (
            call: { readonly request: Buffer; readonly metadata: { getMap(): Record<string, unknown> } },
            done: (error: { code: number } | null, answer?: Buffer) => void,
          ) => {
            if (this.behaviour === 'silent') return;
            if (this.behaviour === 'refuse') return done({ code: status.INVALID_ARGUMENT });
            this.headers.push(call.metadata.getMap() as Record<string, string>);
            this.#take(signal, call.request);
            void this.#lateness().then(() => done(null, Buffer.alloc(0)));
          },
        },
      );
    }
    this.#grpcPort = await new Promise<number>((resolve, reject) => {
      this.#grpc.bindAsync('127.0.0.1:0', serverCredentials(this.#tls), (error, port) => {
        if (error === null) resolve(port);
        else reject(error);
      });
    });
  }

  async #lateness(): Promise<void> {
    if (this.behaviour === 'late') await delay(this.lateMs, undefined, { ref: false });
  }

  #take(signal: string, body: Buffer): void {
    this.raw.push(body);
    if (signal.includes('trace')) this.#takeTraces(body);
    else if (signal.includes('metrics')) this.#takeMetrics(body);
    else this.#takeLogs(body);
    for (const watcher of [...this.#watchers]) watcher();
  }

  #takeTraces(body: Buffer): void {
    for (const { resource, scopeSpans } of decode(body, 'Traces').resourceSpans) {
      for (const { scope, spans } of scopeSpans) {
        for (const span of spans)
          this.spans.push(receivedSpan(span, scope?.name ?? '', attributesOf(resource?.attributes)));
      }
    }
  }

  #takeMetrics(body: Buffer): void {
    const numbers: ReceivedNumber[] = [];
    for (const { scopeMetrics } of decode(body, 'Metrics').resourceMetrics) {
      for (const { metrics } of scopeMetrics) for (const metric of metrics) this.#takeMetric(metric, numbers);
    }
    this.numbers = numbers;
  }

  #takeMetric({ name, gauge, sum }: ReturnType<typeof decode>, numbers: ReceivedNumber[]): void {
    this.metricNames.add(name);
    for (const point of [...(gauge?.points ?? []), ...(sum?.points ?? [])])
      numbers.push({ metric: name, attributes: attributesOf(point.attributes), value: Number(valueOf(point)) });
  }

  #takeLogs(body: Buffer): void {
    for (const { scopeLogs } of decode(body, 'Logs').resourceLogs) {
      for (const { records } of scopeLogs) {
        for (const record of records) {
          this.logs.push({
            body: valueOf(record.body),
            eventName: record.eventName,
            traceId: hex(record.traceId),
            attributes: attributesOf(record.attributes),
          });
        }
      }
    }
  }
}

// What protobufjs decodes has no types of ours.
/* eslint-disable @typescript-eslint/no-explicit-any */
function decode(body: Buffer, name: string): any {
  const type = types.lookupType(name);
  return type.toObject(type.decode(body), { longs: Number, defaults: true, arrays: true, oneofs: true });
}

function receivedSpan(span: any, scope: string, resource: Record<string, unknown>): ReceivedSpan {
  return {
    traceId: hex(span.traceId),
    spanId: hex(span.spanId),
    parentSpanId: hex(span.parentSpanId),
    name: span.name,
    kind: span.kind,
    startMs: span.start / 1e6,
    endMs: span.end / 1e6,
    attributes: attributesOf(span.attributes),
    events: span.events.map((event: any) => event.name),
    links: span.links.map((link: any) => ({ traceId: hex(link.traceId), spanId: hex(link.spanId) })),
    statusCode: span.status?.code ?? 0,
    statusMessage: span.status?.message ?? '',
    scope,
    resource,
    receivedAtMs: Date.now(),
  };
}

function attributesOf(pairs: readonly any[] | undefined): Record<string, unknown> {
  return Object.fromEntries((pairs ?? []).map((pair) => [pair.key, valueOf(pair.value)]));
}

function valueOf(any: any): unknown {
  return any?.value === undefined ? undefined : any[any.value];
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
