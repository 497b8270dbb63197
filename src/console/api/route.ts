/**
 * The contract of endpoints below /api: each is a file here that makes a Route of what it shows. What changes something is asked by POST
 * with JSON, which no web page of another origin may send without being asked first.
 */
import type { AuditEvent } from '../../audit-trail/audit-trail';
import type { Rights } from '../access/rights';

export interface Asked {
  readonly query: URLSearchParams;
  /** What a POST brought, parsed; undefined of a GET. */
  readonly body: unknown;
  /** Who asks, for the log: a name and an address. */
  readonly by: string;
  readonly rights: Rights;
}

/** An object or an array is sent as JSON, a text as it is. */
export interface Reply {
  readonly status: number;
  readonly body: object | string;
  /** Where the body is a file's bytes. */
  readonly file?: { readonly name: string; readonly type: string };
  /** Where it shows keys, values or headers of records: of which, for the audit trail. */
  readonly contents?: ShownContents | undefined;
}

export interface ShownContents {
  readonly resource: AuditEvent['resource'];
  readonly detail: string;
}

interface AnyRoute {
  /** For instance /api/explain. */
  readonly path: string;
  /** One line for the index. */
  readonly summary: string;
  /** What it throws is logged and answered with 500. */
  answer(asked: Asked): Reply | Promise<Reply>;
}

export interface GetRoute extends AnyRoute {
  readonly method: 'GET';
}

export interface PostRoute extends AnyRoute {
  readonly method: 'POST';
  /** The fields of its body that the audit trail shows. */
  readonly shows: readonly string[];
}

/** GET is for who may view, POST for who may operate. */
export type Route = GetRoute | PostRoute;

export const ok = (body: object): Reply => ({ status: 200, body });

/** What was asked is wrong; `message` says what is allowed. */
export const refused = (message: string): Reply => ({ status: 400, body: { error: message } });
