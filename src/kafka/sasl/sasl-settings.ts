/** The settings that signing in goes by, with Kafka's defaults. */
export interface SaslSettings {
  /** Kafka's sasl.server.max.receive.size: the largest request of a client that is not signed in, bytes. */
  readonly serverMaxReceiveBytes: number;
  /** Kafka's connection.failed.authentication.delay.ms. */
  readonly failedAuthenticationDelayMs: number;
  /** Kafka's connections.max.reauth.ms: when a client must sign in again; 0: never, unless what it has shown ends. */
  readonly connectionsMaxReauthMs: number;
  /** Until when a connection must be signed in, ms. */
  readonly signInMsMax: number;
}

export const DEFAULT_SASL_SETTINGS: SaslSettings = {
  serverMaxReceiveBytes: 512 * 1024,
  failedAuthenticationDelayMs: 100,
  connectionsMaxReauthMs: 0,
  signInMsMax: 10_000,
};
