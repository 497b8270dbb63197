/** What is below /api: finds the route, reads what a POST brings, and makes an answer that many ask for once. */
import type { IncomingMessage } from 'node:http';
import type { Clock } from '../clock';
import { EngineError } from '../engine-error';
import { addressOf } from './access/access';
import { withoutRight } from './access/refusals';
import type { Right, Visitor } from './access/rights';
import { ParameterError } from './api/parameters';
import type { Asked, PostRoute, Reply, Route, ShownContents } from './api/route';
import type { ConsoleAudit } from './console-audit';
import { json, type Page, text } from './http-page';
import { BodyRefused, readJson } from './read-body';
import { SharedAnswers } from './shared-answers';

export class ApiAnswers {
  readonly #routes: readonly Route[];
  readonly #shared: SharedAnswers<Answered>;
  readonly #audit: ConsoleAudit;

  constructor(routes: readonly Route[], clock: Clock, audit: ConsoleAudit) {
    this.#audit = audit;
    this.#routes = routes;
    this.#shared = new SharedAnswers(clock);
  }

  /** One line for each route. */
  index(): readonly string[] {
    return this.#routes.map(
      ({ method, path, summary }) => `${path.padEnd(16)} ${summary}${method === 'GET' ? '' : ` (${method})`}`,
    );
  }

  async pageFor(request: IncomingMessage, url: URL, visitor: Visitor): Promise<Page> {
    const ofPath = this.#routes.filter(({ path }) => path === url.pathname);
    if (ofPath.length === 0) return json(404, { error: `nothing at ${url.pathname}` });
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const route = ofPath.find((each) => each.method === method);
    if (route === undefined) {
      const allow = ofPath.map((each) => (each.method === 'GET' ? 'GET, HEAD' : each.method)).join(', ');
      return { ...json(405, { error: `only ${allow}` }), headers: { allow } };
    }
    const right: Right = route.method === 'POST' ? 'operate' : 'view';
    const address = addressOf(request);
    if (!visitor.rights.has(right)) {
      this.#audit.withoutRight(visitor, address, route.path, right);
      return withoutRight(right, visitor);
    }
    const { rights } = visitor;
    const asked = { query: url.searchParams, by: `${visitor.name}, ${address}`, rights };
    if (route.method === 'POST')
      return this.#changed(route, visitor, { request, asked }).finally(() => this.#shared.forget());
    // Who may see contents and who may not are answered differently.
    const key = `${rights.has('contents') ? 'contents' : ''}${url.pathname}?${url.searchParams.toString()}`;
    const { page, contents } = await this.#shared.of(key, () =>
      answered(() => route.answer({ ...asked, body: undefined })),
    );
    if (contents !== undefined) this.#audit.contentsRead(route, visitor, { address, contents });
    return page;
  }

  /** Whatever became of it is audited, and what it said only where it was read whole. */
  async #changed(
    route: PostRoute,
    visitor: Visitor,
    { request, asked }: { readonly request: IncomingMessage; readonly asked: Omit<Asked, 'body'> },
  ): Promise<Page> {
    let body: unknown;
    const { page } = await answered(async () => {
      body = await readJson(request);
      return route.answer({ ...asked, body });
    });
    this.#audit.changed(route, visitor, { address: addressOf(request), body, status: page.status });
    return page;
  }
}

interface Answered {
  readonly page: Page;
  readonly contents?: ShownContents | undefined;
}

async function answered(answer: () => Reply | Promise<Reply>): Promise<Answered> {
  try {
    const reply = await answer();
    return { page: pageOf(reply), contents: reply.contents };
  } catch (error) {
    if (error instanceof BodyRefused || error instanceof ParameterError)
      return { page: json(error.status, { error: error.message }) };
    // An engine that does not answer is what people come to look at, and no fault of the console.
    if (error instanceof EngineError) return { page: json(503, { error: error.message, code: error.code }) };
    throw error;
  }
}

function pageOf({ status, body, file }: Reply): Page {
  if (file !== undefined && Buffer.isBuffer(body)) return fileOf(body, file);
  return typeof body === 'string' ? text(status, body) : json(status, body);
}

/** `name` holds nothing that a header may not. */
function fileOf(body: Buffer, { name, type }: { readonly name: string; readonly type: string }): Page {
  return { status: 200, type, body, headers: { 'content-disposition': `attachment; filename="${name}"` } };
}
