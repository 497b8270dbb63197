/** What is true of a client's connection as long as it lives; every request of it reaches its handler with this. */
import type { ConnectedClient } from './clients/connected-client';
import type { SaslConversation } from './sasl/conversation';

/** What a listener speaks below Kafka's requests. */
export type SecurityProtocol = 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL';

/** The listener that a client came in by: clients of one listener are sent to its own address (KIP-103). */
export interface ListenerIdentity {
  /** As configured, for instance PLAINTEXT or EXTERNAL. */
  readonly name: string;
  readonly protocol: SecurityProtocol;
  readonly advertisedHost: string;
  readonly advertisedPort: number;
}

/** Kafka's name of whoever has shown nothing. */
export const ANONYMOUS = 'ANONYMOUS';

export interface ConnectionSession {
  /** Unique in this process; for logs and for what is kept by connection. */
  readonly connectionId: string;
  /** The client's own address, without its port. */
  readonly clientAddress: string;
  readonly clientPort: number;
  readonly listener: ListenerIdentity;
  /**
   * Who the client has shown to be; `ANONYMOUS` where nothing was asked of it, or nothing shown yet. Kafka writes it `User:` and this name.
   * It is set once, when the client signs in: whoever signs in again must be the same.
   */
  readonly principal: string;
  /** How it signs in; undefined where the listener does not ask for it. */
  readonly sasl?: SaslSession | undefined;
  /** Who is behind it, as far as it has told. */
  readonly client: ConnectedClient;
}

export interface SaslSession {
  readonly conversation: SaslConversation;
  /** Those that are served, as clients are told. */
  readonly mechanisms: readonly string[];
}
