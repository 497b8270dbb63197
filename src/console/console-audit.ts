/** Tells the audit trail who came to the console, who did not, what was changed there and what was refused. */
import type { AuditActor, AuditTrail } from '../audit-trail/audit-trail';
import type { Visitor } from './access/rights';
import type { PostRoute, Route, ShownContents } from './api/route';

const LISTENER = 'console';
const RESOURCE = { type: 'console', name: 'console' } as const;
const API = '/api/session';

export class ConsoleAudit {
  readonly #trail: AuditTrail;

  constructor(trail: AuditTrail) {
    this.#trail = trail;
  }

  signedIn({ name }: Visitor, address: string): void {
    const actor = actorOf(name, address);
    this.#trail.record({ kind: 'sign_in', actor, api: API, resource: RESOURCE, verdict: 'allowed' });
  }

  /** Who it said to be is not told, for it may be a password in the wrong field. */
  refused(address: string, why: string): void {
    const actor = actorOf('ANONYMOUS', address);
    this.#trail.record({ kind: 'sign_in_failed', actor, api: API, resource: RESOURCE, verdict: 'denied', error: why });
  }

  withoutRight({ name }: Visitor, address: string, path: string, right: string): void {
    const actor = actorOf(name, address);
    const detail = `operation=${right}`;
    const rule = 'the rights of the visitor';
    this.#trail.record({
      kind: 'request_denied',
      actor,
      api: path,
      resource: RESOURCE,
      verdict: 'denied',
      rule,
      detail,
      repeats: right,
    });
  }

  /** Who reads the same again is counted. */
  contentsRead({ path }: Route, visitor: Visitor, { address, contents }: ConsoleReading): void {
    const { resource, detail } = contents;
    const actor = actorOf(visitor.name, address);
    const kind = 'contents_read';
    this.#trail.record({ kind, actor, api: path, resource, verdict: 'allowed', detail, repeats: detail });
  }

  /** `status` is that of the answer; what was refused as wrong changed nothing. */
  changed({ path, shows }: PostRoute, visitor: Visitor, { address, body, status }: ConsoleChange): void {
    const actor = actorOf(visitor.name, address);
    const fields = typeof body === 'object' && body !== null ? Object.entries(body) : [];
    const shown = fields.filter(([name, value]) => shows.includes(name) && typeof value !== 'object');
    const detail = shown.map(([name, value]) => `${name}=${String(value)}`).join(' ');
    const verdict = status < 400 ? 'allowed' : 'failed';
    const error = status < 400 ? undefined : `HTTP ${status}`;
    this.#trail.record({ kind: 'console_changed', actor, api: path, resource: RESOURCE, verdict, error, detail });
  }
}

export interface ConsoleReading {
  readonly address: string;
  readonly contents: ShownContents;
}

export interface ConsoleChange {
  readonly address: string;
  /** As it was sent; only those of its fields are told that the route names. */
  readonly body: unknown;
  readonly status: number;
}

const actorOf = (principal: string, clientAddress: string): AuditActor => ({
  ...{ principal, listener: LISTENER, clientAddress, clientId: null },
});
