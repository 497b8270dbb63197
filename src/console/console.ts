/**
 * The HTTP side: /metrics, /healthz, /readyz, /debug/inflight, /api/incidents and an index. It only shows: GET and HEAD, no state, no CORS. It checks the
 * Host header, so that a web page cannot reach it by a name that was made to point here (DNS rebinding).
 */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Drills } from '../drills/drills';
import type { Engine } from '../engine/engine';
import type { RunningTelemetry } from '../telemetry/create-telemetry';
import { CONTENT_TYPES, exposition } from '../telemetry/metrics/exposition';
import { commandDrills, drillsView } from './drills-api';
import { hostAllowed } from './host-check';
import { incidentsJson } from './incidents-view';
import { inflightJson, inflightText } from './inflight-view';
import type { Readiness } from './readiness';
import { engineReadiness } from './readiness';

export interface ConsoleOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Names by which it may be asked, beside localhost and addresses. */
  readonly hosts: readonly string[];
  readonly telemetry: RunningTelemetry;
  /** Asked by /readyz. */
  readonly engine: Pick<Engine, 'problems'>;
  /** Undefined unless the gateway was started for drills. */
  readonly drills?: Drills | undefined;
  /** What Kafka clients are told to connect to. */
  readonly bootstrap?: string;
}

export interface Console {
  readonly address: { readonly host: string; readonly port: number };
  /** Ends the open connections. */
  close(): Promise<void>;
}

interface Page {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const CONNECTIONS_MAX = 64;
const REQUEST_MS_MAX = 10_000;
const JSON_TYPE = 'application/json; charset=utf-8';
const TEXT_TYPE = 'text/plain; charset=utf-8';

/** Rejects with the system's error where the address cannot be bound. */
export async function startConsole(options: ConsoleOptions): Promise<Console> {
  const readiness = engineReadiness(options.engine, options.telemetry);
  const server = createServer({ requestTimeout: REQUEST_MS_MAX, maxHeaderSize: 16 * 1024 }, (request, response) => {
    void answer(request, response, { ...options, readiness });
  });
  server.maxConnections = CONNECTIONS_MAX;
  server.keepAliveTimeout = 5_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return {
    address: { host: options.host, port: portOf(server) },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

interface Serving extends ConsoleOptions {
  readonly readiness: () => Promise<Readiness>;
}

async function answer(request: IncomingMessage, response: ServerResponse, serving: Serving): Promise<void> {
  let page: Page;
  try {
    page = await pageFor(request, serving);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    serving.telemetry.log.write('error', 'console.failed', message);
    page = text(500, 'the page could not be made; the log says why');
  }
  // What is being watched must not come from a cache, and is for nobody's frame or script.
  response.writeHead(page.status, {
    'content-type': page.type,
    'content-length': Buffer.byteLength(page.body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    ...(page.status === 405 ? { allow: 'GET, HEAD' } : {}),
  });
  response.end(request.method === 'HEAD' ? '' : page.body);
}

async function pageFor(request: IncomingMessage, serving: Serving): Promise<Page> {
  if (!hostAllowed(request.headers.host, serving))
    return text(403, 'the Host header names another host; console.hosts allows names');
  const url = new URL(request.url ?? '/', 'http://console');
  if (request.method === 'POST' && url.pathname === '/api/drills') {
    const { status, body } = await commandDrills(request, serving.drills);
    return json(status, body);
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') return text(405, 'only GET and HEAD');
  const accept = request.headers.accept ?? '';
  switch (url.pathname) {
    case '/':
      return text(200, INDEX);
    case '/metrics':
      return metricsPage(serving.telemetry, accept);
    case '/healthz':
      return text(200, 'ok');
    case '/readyz':
      return readyPage(await serving.readiness());
    case '/api/incidents':
      return { status: 200, type: JSON_TYPE, body: incidentsJson(serving.telemetry.incidents) };
    case '/api/drills':
      return json(200, drillsView(serving.drills, serving.bootstrap ?? ''));
    case '/debug/inflight':
      return inflightPage(serving.telemetry, url.searchParams.get('format') ?? accept);
    default:
      return text(404, `nothing here\n\n${INDEX}`);
  }
}

async function metricsPage(telemetry: RunningTelemetry, accept: string): Promise<Page> {
  const format = accept.includes('application/openmetrics-text') ? 'openmetrics' : 'text';
  const snapshots = await telemetry.instruments.snapshots();
  return { status: 200, type: CONTENT_TYPES[format], body: exposition(snapshots, format) };
}

function readyPage(readiness: Readiness): Page {
  return text(readiness.ready ? 200 : 503, readiness.ready ? 'ready' : readiness.problems.join('\n'));
}

/** JSON unless a person asks: `?format=text`, or a client that accepts text and no JSON. */
function inflightPage(telemetry: RunningTelemetry, asked: string): Page {
  const asText = asked === 'text' || (asked.includes('text/') && !asked.includes('json'));
  const inflight = telemetry.inflight();
  return asText ? text(200, inflightText(inflight)) : { status: 200, type: JSON_TYPE, body: inflightJson(inflight) };
}

function json(status: number, body: unknown): Page {
  return { status, type: JSON_TYPE, body: JSON.stringify(body) };
}

function text(status: number, body: string): Page {
  return { status, type: TEXT_TYPE, body: `${body}\n` };
}

const INDEX = `Seaglass: a Kafka gateway you can see through

/metrics         Prometheus and OpenMetrics
/healthz         the process lives
/readyz          requests are served, or what is wrong
/debug/inflight  every operation in flight, the most overdue first (?format=text or json)
/api/incidents   what is wrong now, and what was`;
