/** Who signed in and who did not, as operators learn it: a count by mechanism and reason, and a line that says it in full. */
import type { SaslFailed, SaslIdentity, SaslObserver } from '../../kafka/sasl/conversation';
import { SASL_FAILURES, SASL_MECHANISMS } from '../../kafka/sasl/sasl-failure';
import type { Telemetry } from '../../telemetry/telemetry';
import { clientName } from '../../telemetry/trace/client-name';

export interface SaslPeer {
  readonly connectionId: string;
  readonly clientAddress: string;
  readonly listener: { readonly name: string };
}

/** Of clients that chose no mechanism. */
const NONE = 'none';

export class SaslReport {
  readonly #telemetry: Pick<Telemetry, 'instruments' | 'log'>;

  constructor(telemetry: Pick<Telemetry, 'instruments' | 'log'>) {
    this.#telemetry = telemetry;
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
        instruments.add('seaglass_authentications_total', { mechanism, again: String(again) });
        const attributes = { ...where, mechanism, principal: clientName(principal) };
        log.write('debug', 'sasl.signed_in', again ? 'signed in again' : 'signed in', attributes);
      },
      failed: ({ mechanism, reason, message, user, again }: SaslFailed) => {
        const labels = { mechanism: mechanism ?? NONE, reason };
        instruments.add('seaglass_authentication_failures_total', labels);
        const named = user === undefined ? {} : { user: clientName(user) };
        const attributes = { ...where, ...labels, ...named, again };
        log.write(reason === 'internal' ? 'error' : 'warn', 'sasl.failed', message, attributes);
      },
    };
  }
}
