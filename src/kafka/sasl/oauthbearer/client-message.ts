/**
 * The first message of OAUTHBEARER (RFC 7628) as Kafka takes it; `^A` is the byte 1:
 *
 *   n,[a=<authzid>],^A auth=Bearer <token> ^A [<key>=<value> ^A …] ^A
 */
import { SaslFailure } from '../sasl-failure';

const SASLNAME = String.raw`(?:[\x01-\x2b\x2d-\x3c\x3e-\x7f]|=2C|=3D)+`;
const PAIR = String.raw`[A-Za-z]+=[\x21-\x7e \t\r\n]+\x01`;
const MESSAGE = new RegExp(`^n,(?:a=(${SASLNAME}))?,\x01((?:${PAIR})*)\x01$`);
const BEARER = /^bearer +([-_.a-zA-Z0-9]+)$/i;
const SEPARATOR = '\x01';

export interface BearerMessage {
  readonly token: string;
  /** Empty where it asks for none. */
  readonly authorizationId: string;
}

/** Throws SaslFailure. */
export function readBearerMessage(message: Uint8Array): BearerMessage {
  const match = MESSAGE.exec(Buffer.from(message).toString('latin1'));
  if (match === null) throw malformed('the first message of OAUTHBEARER is not what RFC 7628 and Kafka have');
  const [, authorizationId = '', pairs = ''] = match;
  const auth = pairs.split(SEPARATOR).find((pair) => pair.startsWith('auth='));
  const token = BEARER.exec(auth?.slice('auth='.length) ?? '')?.[1];
  if (token === undefined) throw malformed('the first message of OAUTHBEARER holds no bearer token');
  return { token, authorizationId };
}

const malformed = (message: string): SaslFailure => new SaslFailure({ reason: 'malformed', message });
