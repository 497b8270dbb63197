/** Tells the audit trail who came in by a certificate, and who did not. Where none is asked for, a handshake is no sign-in. */
import type { AuditTrail } from '../audit-trail/audit-trail';
import { ANONYMOUS } from '../kafka/connection-session';
import type { TlsVisitor } from '../tls/tls-door';

export interface TlsComing {
  readonly listener: string;
  readonly clientAddress: string;
  readonly outcome: TlsVisitor | Error;
}

const API = 'TLS';
const RULE = 'certificate';

export function tellTlsSignIn(trail: AuditTrail, { listener, clientAddress, outcome }: TlsComing): void {
  const resource = { type: 'listener', name: listener } as const;
  const told = { api: API, resource, rule: RULE };
  if (outcome instanceof Error) {
    const actor = { principal: ANONYMOUS, listener, clientAddress, clientId: null };
    trail.record({ ...told, kind: 'sign_in_failed', actor, verdict: 'denied', error: outcome.message });
  } else if (outcome.principal !== undefined) {
    const actor = { principal: outcome.principal, listener, clientAddress, clientId: null };
    trail.record({ ...told, kind: 'sign_in', actor, verdict: 'allowed' });
  }
}
