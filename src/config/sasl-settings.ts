/** Settings of signing in by SASL, by Kafka's names where it has one. */
import { SASL_MECHANISMS, type SaslMechanism } from '../kafka/sasl/sasl-failure';
import { DEFAULT_SASL_SETTINGS } from '../kafka/sasl/sasl-settings';
import { bytes, integer, listOf, optionalText, text, texts } from './setting';

const DEFAULTS = DEFAULT_SASL_SETTINGS;
const NAME = { pattern: /\S/, allowed: 'a text' };

export const sasl = {
  enabledMechanisms: listOf<SaslMechanism>(
    'SCRAM-SHA-256,SCRAM-SHA-512',
    "Kafka's sasl.enabled.mechanisms, of listeners that speak SASL_PLAINTEXT or SASL_SSL; a listener may have its own.",
    {
      parse: (text) => SASL_MECHANISMS.find((each) => each === text.toUpperCase()),
      format: String,
      allowed: SASL_MECHANISMS.join(', '),
    },
  ),
  usersFile: optionalText(
    'YAML file of users, as `seaglass users` writes it; read again when it changes. Stored users go before those of the same name.',
    { pattern: /\S/, allowed: 'a path' },
  ),
  serverMaxReceiveBytes: bytes(
    DEFAULTS.serverMaxReceiveBytes,
    "Kafka's sasl.server.max.receive.size: the largest request of a client that is not signed in.",
    { min: 1_024, max: 16 * 1024 * 1024 },
  ),
  failedAuthenticationDelayMs: integer(
    DEFAULTS.failedAuthenticationDelayMs,
    "Kafka's connection.failed.authentication.delay.ms: how long a client that is not let in waits for its answer.",
    { min: 0, max: 60_000 },
  ),
  connectionsMaxReauthMs: integer(
    DEFAULTS.connectionsMaxReauthMs,
    "Kafka's connections.max.reauth.ms: when a client must sign in again, or its connection ends; 0: only when its token does.",
    { min: 0 },
  ),
  signInMsMax: integer(DEFAULTS.signInMsMax, 'Until a new connection of a SASL listener must be signed in.', {
    max: 600_000,
  }),
  oauthbearerJwksEndpointUrl: optionalText(
    "Kafka's sasl.oauthbearer.jwks.endpoint.url: where the keys of the issuer of tokens are; of a file, file:///path.",
    { pattern: /^(?:https?:\/\/\S+|file:\/\/\/\S+)$/, allowed: 'an https, http or file URL' },
  ),
  oauthbearerExpectedIssuer: optionalText(
    "Kafka's sasl.oauthbearer.expected.issuer: the iss of tokens; needed for OAUTHBEARER.",
    NAME,
  ),
  oauthbearerExpectedAudience: texts(
    [],
    "Kafka's sasl.oauthbearer.expected.audience: a token's aud must hold one of them; needed for OAUTHBEARER.",
    NAME,
  ),
  oauthbearerClockSkewSeconds: integer(
    30,
    "Kafka's sasl.oauthbearer.clock.skew.seconds: how far the clocks of the issuer may be off.",
    { min: 0, max: 3_600 },
  ),
  oauthbearerSubClaimName: text(
    'sub',
    "Kafka's sasl.oauthbearer.sub.claim.name: the claim that is the principal.",
    NAME,
  ),
  oauthbearerJwksEndpointRefreshMs: integer(
    3_600_000,
    "Kafka's sasl.oauthbearer.jwks.endpoint.refresh.ms: how old keys from a URL may be; a file is read again when it changes.",
    { min: 1_000 },
  ),
};
