/** What connections of SASL listeners have in common, and the gate that each of them is given. */
import { type AuditTrail, silentAuditTrail } from '../../audit-trail/audit-trail';
import type { Clock } from '../../clock';
import { SaslConversation, type SaslIdentity } from '../../kafka/sasl/conversation';
import type { Mechanisms } from '../../kafka/sasl/create-mechanisms';
import type { SaslMechanism } from '../../kafka/sasl/sasl-failure';
import type { SaslSettings } from '../../kafka/sasl/sasl-settings';
import type { Telemetry } from '../../telemetry/telemetry';
import type { Dispatcher } from '../dispatch';
import { SaslGate } from './sasl-gate';
import { type SaslPeer, SaslReport } from './sasl-report';

export interface SaslDoorOptions {
  readonly settings: SaslSettings;
  /** Those that a listener offers, in the order that its clients are told. */
  readonly mechanismsOf: (listener: string) => Mechanisms;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** Told of who signs in and who does not; nobody is unless given. */
  readonly auditTrail?: AuditTrail | undefined;
}

export class SaslDoor {
  readonly #options: SaslDoorOptions;
  readonly #report: SaslReport;

  constructor(options: SaslDoorOptions) {
    this.#options = options;
    this.#report = new SaslReport(options.telemetry, options.auditTrail ?? silentAuditTrail);
  }

  /** As clients of the listener are told. */
  mechanisms(listener: string): readonly SaslMechanism[] {
    return [...this.#options.mechanismsOf(listener).keys()];
  }

  /** `signedIn` is called each time the client signs in. */
  conversation(peer: SaslPeer, signedIn: (identity: SaslIdentity) => void): SaslConversation {
    const { settings, mechanismsOf, clock } = this.#options;
    const mechanisms = mechanismsOf(peer.listener.name);
    return new SaslConversation({ settings, mechanisms, clock, observer: this.#report.observe(peer, signedIn) });
  }

  gate(conversation: SaslConversation, dispatcher: Dispatcher): SaslGate {
    const { settings, clock, telemetry } = this.#options;
    return new SaslGate({ conversation, settings, dispatcher, clock, operations: telemetry.operations });
  }
}
