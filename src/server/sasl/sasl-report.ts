/** Who signed in and who did not, as operators learn it: a count by mechanism and reason, and a line that says it in full. */
import type { AuditEvent, AuditTrail } from '../../audit-trail/audit-trail';
import { ANONYMOUS } from '../../kafka/connection-session';
import { saslAuthenticateApi } from '../../protocol/generated/sasl-authenticate';
import type { SaslFailed, SaslIdentity, SaslObserver } from '../../kafka/sasl/conversation';
import { SASL_FAILURES, SASL_MECHANISMS } from '../../kafka/sasl/sasl-failure';
import type { Telemetry } from '../../telemetry/telemetry';
import { clientName } from '../../telemetry/trace/client-name';

export interface SaslPeer {
  readonly connectionId: string;
  readonly clientAddress: string;
  readonly listener: { readonly name: string };
  readonly client: { readonly id: string };
}

/** Of clients that chose no mechanism. */
const NONE = 'none';

export class SaslReport {
  readonly #telemetry: Pick<Telemetry, 'instruments' | 'log'>;
  readonly #auditTrail: AuditTrail;

  constructor(telemetry: Pick<Telemetry, 'instruments' | 'log'>, auditTrail: AuditTrail) {
    this.#telemetry = telemetry;
    this.#auditTrail = auditTrail;
    const { instruments } = telemetry;
    for (const mechanism of SASL_MECHANISMS)
      for (const again of ['false', 'true']) instruments.add('seaglass_authentications_total', { mechanism, again }, 0);
    for (const reason of SASL_FAILURES)
      for (const mechanism of [...SASL_MECHANISMS, NONE])
        instruments.add('seaglass_authentication_failures_total', { mechanism, reason }, 0);
  }

  /** Of one connection; `signedIn` is told besides. */
  observe(peer: SaslPeer, signedIn: (identity: SaslIdentity) => void): SaslObserver {
    const { connectionId, clientAddress, listener } = peer;
    const where = { client_address: clientAddress, connection: connectionId, listener: listener.name };
    const { instruments, log } = this.#telemetry;
    return {
      signedIn: (identity, again) => {
        signedIn(identity);
        const { mechanism, principal } = identity;
        this.#audit(peer, { kind: 'sign_in', verdict: 'allowed', principal, rule: mechanism, again });
        instruments.add('seaglass_authentications_total', { mechanism, again: String(again) });
        const attributes = { ...where, mechanism, principal: clientName(principal) };
        log.write('debug', 'sasl.signed_in', again ? 'signed in again' : 'signed in', attributes);
      },
      failed: ({ mechanism, reason, message, user, again }: SaslFailed) => {
        const labels = { mechanism: mechanism ?? NONE, reason };
        instruments.add('seaglass_authentication_failures_total', labels);
        const principal = user ?? ANONYMOUS;
        this.#audit(peer, {
          ...{
            kind: 'sign_in_failed',
            verdict: 'denied',
            principal,
            rule: mechanism,
            again,
            error: `${reason}: ${message}`,
          },
        });
        const named = user === undefined ? {} : { user: clientName(user) };
        const attributes = { ...where, ...labels, ...named, again };
        log.write(reason === 'internal' ? 'error' : 'warn', 'sasl.failed', message, attributes);
      },
    };
  }

  #audit({ clientAddress, listener, client }: SaslPeer, { principal, again, ...told }: SignInTold): void {
    const actor = { principal, listener: listener.name, clientAddress, clientId: client.id };
    const resource = { type: 'listener', name: listener.name } as const;
    const detail = again ? 'again=true' : undefined;
    this.#auditTrail.record({ ...told, actor, api: saslAuthenticateApi.name, resource, detail });
  }
}

interface SignInTold extends Pick<AuditEvent, 'kind' | 'verdict' | 'rule' | 'error'> {
  readonly principal: string;
  readonly again: boolean;
}
