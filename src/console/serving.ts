/** What is answered to whom: the page's own files and whether it lives to everybody, all else to who may ask for it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { CONTENT_TYPES, exposition } from '../telemetry/metrics/exposition';
import type { RunningTelemetry } from '../telemetry/create-telemetry';
import { type Access, isSameOrigin } from './access/access';
import { hostAllowed } from './access/host-check';
import { refusal, withoutRight } from './access/refusals';
import type { Right, Visitor } from './access/rights';
import { sessionPage } from './access/session-page';
import { ApiAnswers } from './api-answers';
import type { ConsoleAudit } from './console-audit';
import type { ConsoleOptions } from './console-options';
import { json, type Page, sendPage, text } from './http-page';
import { inflightJson, inflightText } from './inflight-view';
import { readPageFiles } from './page-files';
import { engineReadiness, type Readiness } from './readiness';

export class Serving {
  readonly #options: ConsoleOptions;
  readonly #access: Access;
  readonly #api: ApiAnswers;
  readonly #files = readPageFiles();
  readonly #readiness: () => Promise<Readiness>;

  constructor(options: ConsoleOptions, access: Access, audit: ConsoleAudit) {
    const { engine, telemetry, routes = [], clock } = options;
    this.#options = options;
    this.#access = access;
    this.#api = new ApiAnswers(routes, clock, audit);
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
    return (await this.#openPage(url.pathname, request)) ?? this.#closedPage(url, request, response);
  }

  /** What whoever reaches the port may see. */
  async #openPage(path: string, request: IncomingMessage): Promise<Page | undefined> {
    switch (path) {
      case '/':
        return acceptOf(request).includes('text/html') ? this.#file('/page/index.html') : text(200, this.#index());
      case '/metrics':
        return this.#options.openMetrics === true ? this.#metrics(request) : undefined;
      case '/healthz':
        return text(200, 'ok');
      case '/readyz':
        return this.#ready(request);
      default:
        return this.#file(path);
    }
  }

  async #closedPage(url: URL, request: IncomingMessage, response: ServerResponse): Promise<Page | 'answered'> {
    const judged = await this.#access.judge(request);
    if (typeof judged === 'string') return refusal(judged);
    const { visitor, stands } = judged;
    const { pathname } = url;
    if (pathname === '/metrics') return withoutRightTo('metrics', visitor) ?? this.#metrics(request);
    if (pathname.startsWith('/api/') && pathname !== '/api/events') return this.#api.pageFor(request, url, visitor);
    const refused = withoutRightTo('view', visitor);
    if (refused !== undefined) return refused;
    if (pathname === '/debug/inflight') return this.#inflight(url.searchParams.get('format') ?? acceptOf(request));
    if (pathname === '/api/events') return this.#watch(request, response, stands);
    return text(404, `nothing here\n\n${this.#index()}`);
  }

  #file(path: string): Page | undefined {
    const file = this.#files.get(path);
    return file === undefined ? undefined : { status: 200, type: file.type, body: file.body };
  }

  async #metrics(request: IncomingMessage): Promise<Page> {
    return metricsPage(this.#options.telemetry, acceptOf(request));
  }

  /** Whether requests are served is for everybody, as those who balance load bring no credentials; why not is for who may view. */
  async #ready(request: IncomingMessage): Promise<Page> {
    const { ready, problems, degraded } = await this.#readiness();
    if (ready && degraded.length === 0) return text(200, 'ready');
    const judged = await this.#access.judge(request);
    const mayView = typeof judged !== 'string' && judged.visitor.rights.has('view');
    const less = mayView ? degraded.map((what) => `degraded: ${what}`) : [];
    if (ready) return text(200, ['ready', ...less].join('\n'));
    return text(503, mayView ? [...problems, ...less].join('\n') : 'not ready: what is wrong is told to who may view');
  }

  /** It ends once what was shown lets in no more. */
  #watch(request: IncomingMessage, response: ServerResponse, stands: () => boolean): Page | 'answered' {
    const { events } = this.#options;
    if (events === undefined || request.method !== 'GET') return text(404, 'nothing is sent here');
    const isTaken = events.add(response, stands);
    return isTaken ? 'answered' : json(503, { error: 'too many viewers; /api/live can be asked instead' });
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

const withoutRightTo = (right: Right, visitor: Visitor): Page | undefined =>
  visitor.rights.has(right) ? undefined : withoutRight(right, visitor);

async function metricsPage(telemetry: RunningTelemetry, accept: string): Promise<Page> {
  const format = accept.includes('application/openmetrics-text') ? 'openmetrics' : 'text';
  const snapshots = await telemetry.instruments.snapshots();
  return { status: 200, type: CONTENT_TYPES[format], body: exposition(snapshots, format) };
}

const INDEX = `Seaglass: a Kafka gateway you can see through

/                the page, for browsers
/metrics         Prometheus and OpenMetrics
/healthz         the process lives
/readyz          requests are served, or what is wrong
/debug/inflight  every operation in flight, the most overdue first (?format=text or json)
/api/events      what the page shows, once a second (server-sent events)
/api/session     who asks; POST {"token": …} or {"user": …, "password": …} begins a session of a browser, POST {} ends it`;
