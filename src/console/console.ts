/**
 * The HTTP side: the page, the JSON API below it, /metrics, /healthz, /readyz, /debug/inflight. Nothing is changed by GET, and there is
 * no CORS. The Host header is checked, so that a web page cannot reach it by a name that was made to point here (DNS rebinding).
 */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { RunningTelemetry } from '../telemetry/create-telemetry';
import type { Clock } from '../clock';
import { CONTENT_TYPES, exposition } from '../telemetry/metrics/exposition';
import { type Random, systemRandom } from '../random';
import { Access, addressOf, isSameOrigin } from './access';
import type { Route } from './api/route';
import { ApiAnswers } from './api-answers';
import type { LiveEvents } from './events';
import { hostAllowed } from './host-check';
import { inflightJson, inflightText } from './inflight-view';
import { readPageFiles } from './page-files';
import { json, type Page, sendPage, text } from './http-page';
import type { Readiness } from './readiness';
import { engineReadiness } from './readiness';
import type { Health } from '../engine/engine';
import { sessionPage } from './session-page';

export interface ConsoleOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Names by which it may be asked, beside localhost and addresses. */
  readonly hosts: readonly string[];
  /** Asked for before anything is shown; needed where `loopback` is false. */
  readonly token?: string | undefined;
  readonly loopback: boolean;
  readonly clock: Clock;
  /** The system's unless given. */
  readonly random?: Random;
  readonly telemetry: RunningTelemetry;
  /** Asked by /readyz. */
  readonly engine: Health;
  /** What is served below /api. */
  readonly routes?: readonly Route[];
  /** What is sent to who watches; closed with the console. */
  readonly events?: LiveEvents;
}

export interface Console {
  readonly address: { readonly host: string; readonly port: number };
  /** Ends the open connections. */
  close(): Promise<void>;
}

const CONNECTIONS_MAX = 64;
const REQUEST_MS_MAX = 10_000;

/** Rejects with the system's error where the address cannot be bound. */
export async function startConsole(options: ConsoleOptions): Promise<Console> {
  const serving = new Serving(options);
  const server = createServer({ requestTimeout: REQUEST_MS_MAX, maxHeaderSize: 16 * 1024 }, (request, response) => {
    void serving.answer(request, response);
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
        options.events?.close();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

class Serving {
  readonly #options: ConsoleOptions;
  readonly #access: Access;
  readonly #api: ApiAnswers;
  readonly #files = readPageFiles();
  readonly #readiness: () => Promise<Readiness>;

  constructor(options: ConsoleOptions) {
    const { engine, telemetry, routes = [], clock, token, loopback, random = systemRandom } = options;
    this.#options = options;
    this.#access = new Access({ token, loopback, clock, random });
    this.#api = new ApiAnswers(routes, clock);
    this.#readiness = engineReadiness(engine, telemetry);
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let page: Page | 'answered';
    try {
      page = await this.#pageFor(request, response);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#options.telemetry.log.write('error', 'console.failed', message);
      page = text(500, 'the page could not be made; the log says why');
    }
    if (page !== 'answered') sendPage(page, request, response);
  }

  async #pageFor(request: IncomingMessage, response: ServerResponse): Promise<Page | 'answered'> {
    if (!hostAllowed(request.headers.host, this.#options))
      return text(403, 'the Host header names another host; console.hosts allows names');
    const url = new URL(request.url ?? '/', 'http://console');
    const isApi = url.pathname.startsWith('/api/');
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (isApi && !isSameOrigin(request.headers)) return text(403, 'no page of another site may ask this');
    if (url.pathname === '/api/session') return sessionPage(request, this.#access);
    if (!isApi && !isRead) return { ...text(405, 'only GET and HEAD'), headers: { allow: 'GET, HEAD' } };
    const open = await this.#openPage(url.pathname, request);
    if (open !== undefined) return open;
    const refused = this.#refusal(request);
    if (refused !== undefined) return refused;
    if (url.pathname === '/debug/inflight') return this.#inflight(url.searchParams.get('format') ?? acceptOf(request));
    if (url.pathname === '/api/events') return this.#watch(request, response);
    if (isApi) return this.#api.pageFor(request, url);
    return text(404, `nothing here\n\n${this.#index()}`);
  }

  /** What whoever reaches the port may see. */
  async #openPage(path: string, request: IncomingMessage): Promise<Page | undefined> {
    switch (path) {
      case '/':
        return acceptOf(request).includes('text/html') ? this.#file('/page/index.html') : text(200, this.#index());
      case '/metrics':
        return metricsPage(this.#options.telemetry, acceptOf(request));
      case '/healthz':
        return text(200, 'ok');
      case '/readyz':
        return readyPage(await this.#readiness());
      default:
        return this.#file(path);
    }
  }

  #file(path: string): Page | undefined {
    const file = this.#files.get(path);
    return file === undefined ? undefined : { status: 200, type: file.type, body: file.body };
  }

  #refusal(request: IncomingMessage): Page | undefined {
    switch (this.#access.judge(request)) {
      case 'allowed':
        return undefined;
      case 'closed':
        return json(403, { error: 'closed: console.listen is no loopback address and console.token is not set' });
      case 'token_needed':
        return {
          ...json(401, { error: 'the token is needed: authorization: Bearer …, or the page asks for it' }),
          headers: { 'www-authenticate': 'Bearer' },
        };
      case 'too_many_tries': {
        const address = addressOf(request);
        this.#options.telemetry.log.write('warn', 'console.token', 'too many wrong tokens', {
          'client.address': address,
        });
        return { ...json(429, { error: 'too many wrong tokens: wait a minute' }), headers: { 'retry-after': '60' } };
      }
    }
  }

  #watch(request: IncomingMessage, response: ServerResponse): Page | 'answered' {
    const { events } = this.#options;
    if (events === undefined || request.method !== 'GET') return text(404, 'nothing is sent here');
    return events.add(response) ? 'answered' : json(503, { error: 'too many viewers; /api/live can be asked instead' });
  }

  /** JSON unless a person asks: `?format=text`, or a client that accepts text and no JSON. */
  #inflight(asked: string): Page {
    const asText = asked === 'text' || (asked.includes('text/') && !asked.includes('json'));
    const inflight = this.#options.telemetry.inflight();
    return asText ? text(200, inflightText(inflight)) : json(200, inflightJson(inflight));
  }

  #index(): string {
    return [INDEX, ...this.#api.index()].join('\n');
  }
}

const acceptOf = ({ headers }: IncomingMessage): string => headers.accept ?? '';

async function metricsPage(telemetry: RunningTelemetry, accept: string): Promise<Page> {
  const format = accept.includes('application/openmetrics-text') ? 'openmetrics' : 'text';
  const snapshots = await telemetry.instruments.snapshots();
  return { status: 200, type: CONTENT_TYPES[format], body: exposition(snapshots, format) };
}

function readyPage(readiness: Readiness): Page {
  return text(readiness.ready ? 200 : 503, readiness.ready ? 'ready' : readiness.problems.join('\n'));
}

const INDEX = `Seaglass: a Kafka gateway you can see through

/                the page, for browsers
/metrics         Prometheus and OpenMetrics
/healthz         the process lives
/readyz          requests are served, or what is wrong
/debug/inflight  every operation in flight, the most overdue first (?format=text or json)
/api/events      what the page shows, once a second (server-sent events)
/api/session     POST {"token": …} begins a session of a browser, POST {} ends it`;
