/** Settings of what meets the clients: what they tell, what is recorded of them, TLS, and what they may make the gateway hold. */
import { DEFAULT_LIMITS, type Limits } from '../limits';
import type { FlightRecorderSettings } from '../server/flight-recorder/flight-recorder';
import { principalRules } from './principal-rules';
import type { Setting } from './setting';
import { bytes, choice, integer, listOf, optionalText, secretText, texts } from './setting';

const FILE = { pattern: /\S/, allowed: 'a path' };

export const clients = {
  telemetryIntervalMs: integer(
    60_000,
    'How often clients that can push metrics of themselves (KIP-714); 0 asks them for nothing.',
    { min: 0, max: 3_600_000 },
  ),
  telemetryMetrics: texts(
    ['*'],
    'Prefixes of the metrics that clients are asked for, as in a client-metrics resource of Kafka; * asks for all.',
    {
      pattern: /^(?:\*|[\w.-]{1,128})$/,
      allowed: '* or a prefix of metric names, at most 128 letters, digits, dots and dashes',
    },
  ),
};

export const recorder: { readonly [K in keyof FlightRecorderSettings]: Setting<number> } = {
  connectionBytesMax: bytes(
    64 * 1024,
    'Of each connection, what it carried last and is kept for a recording; 0 records nothing.',
    {
      min: 0,
      max: 16 * 1024 * 1024,
    },
  ),
  bytesMax: bytes(16 * 1024 * 1024, 'What is kept for recordings of all connections together.'),
};

export const ssl = {
  keystoreLocation: optionalText(
    "Kafka's ssl.keystore.location, as PEM: the private key and the chain of certificates of listeners that speak SSL.",
    FILE,
  ),
  keyLocation: optionalText('PEM file of the private key, where it is not in ssl.keystore-location.', FILE),
  keyPassword: secretText("Kafka's ssl.key.password: of an encrypted private key.", {
    pattern: /^.+$/s,
    allowed: 'a text',
  }),
  truststoreLocation: optionalText(
    "Kafka's ssl.truststore.location, as PEM: authorities whose client certificates are taken.",
    FILE,
  ),
  clientAuth: choice(
    ['none', 'requested', 'required'],
    'none',
    "Kafka's ssl.client.auth: whether clients show a certificate.",
  ),
  principalMappingRules: principalRules(
    'DEFAULT',
    "Kafka's ssl.principal.mapping.rules: who the subject of a client's certificate stands for.",
  ),
  enabledProtocols: texts(['TLSv1.2', 'TLSv1.3'], "Kafka's ssl.enabled.protocols.", {
    pattern: /^TLSv1\.[23]$/,
    allowed: 'TLSv1.2, TLSv1.3',
  }),
};

/** An address, or a host that has one, and how many connections it may have. */
interface AddressMax {
  readonly host: string;
  readonly connectionsMax: number;
}

/** `host:count`; a v6 address needs no brackets, for the last colon parts them. */
function addressMaxOf(text: string): AddressMax | undefined {
  const [, host = '', count = ''] = /^(\S+):(\d{1,9})$/.exec(text) ?? [];
  return host === '' ? undefined : { host, connectionsMax: Number(count) };
}

type LimitSettings = { readonly [K in keyof Limits]: Setting<number> } & {
  readonly connectionsPerAddressMaxOverrides: Setting<readonly AddressMax[]>;
};

export const limits: LimitSettings = {
  connectionsMax: integer(DEFAULT_LIMITS.connectionsMax, 'Open Kafka connections.'),
  connectionsPerAddressMax: integer(
    DEFAULT_LIMITS.connectionsPerAddressMax,
    "Kafka's max.connections.per.ip: open Kafka connections of one address, over all listeners.",
    { min: 0 },
  ),
  connectionsPerAddressMaxOverrides: listOf<AddressMax>(
    '',
    "Kafka's max.connections.per.ip.overrides: the same of single addresses, or of hosts, whose address is looked up at the start.",
    {
      parse: addressMaxOf,
      format: ({ host, connectionsMax }) => `${host}:${connectionsMax}`,
      allowed: 'host:count or address:count',
    },
  ),
  connectionRateMax: integer(
    DEFAULT_LIMITS.connectionRateMax,
    "Kafka's max.connection.creation.rate: new Kafka connections a second; what comes past it waits. A listener may have its own.",
  ),
  frameBytesMax: bytes(DEFAULT_LIMITS.frameBytesMax, "The largest request; Kafka's socket.request.max.bytes.", {
    min: 1_024,
    max: 2_147_483_647,
  }),
  frameBytesHeldMax: bytes(DEFAULT_LIMITS.frameBytesHeldMax, 'Request bytes held by all connections.'),
  idleMsMax: integer(DEFAULT_LIMITS.idleMsMax, "Kafka's connections.max.idle.ms."),
  firstFrameMsMax: integer(DEFAULT_LIMITS.firstFrameMsMax, 'Until a new connection has sent a request.'),
  frameMsMax: integer(
    DEFAULT_LIMITS.frameMsMax,
    'A request that was begun must keep its least rate over this long, or be whole.',
  ),
  frameBytesPerSecondMin: bytes(
    DEFAULT_LIMITS.frameBytesPerSecondMin,
    'The least rate of requests that come and of answers that are taken.',
  ),
  responseWriteMsMax: integer(DEFAULT_LIMITS.responseWriteMsMax, 'How long a socket may take nothing of an answer.'),
  requestsQueuedMax: integer(DEFAULT_LIMITS.requestsQueuedMax, 'Requests waiting on one connection.'),
  drainMsMax: integer(DEFAULT_LIMITS.drainMsMax, 'How long a stop waits for requests in flight.', { max: 60_000 }),
};
