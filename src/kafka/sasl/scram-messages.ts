/**
 * The messages of SCRAM (RFC 5802) as Kafka takes them: no channel binding (`n`), attributes in their order, extensions let pass.
 *
 *   client-first   n,[a=<authzid>],[m=<reserved>,]n=<user>,r=<nonce>[,extensions]
 *   client-final   c=<base64 of the header n,…,>,r=<nonce>[,extensions],p=<base64 of the proof>
 */
import { SaslFailure } from './sasl-failure';

/** Without the comma, and without the comma and the equals sign. */
const VALUE = String.raw`[\x01-\x2b\x2d-\x7f]+`;
const SASLNAME = String.raw`(?:[\x01-\x2b\x2d-\x3c\x3e-\x7f]|=2C|=3D)+`;
const PRINTABLE = String.raw`[\x21-\x2b\x2d-\x7e]+`;
const BASE64 = '(?:[a-zA-Z0-9/+]{4})*(?:[a-zA-Z0-9/+]{3}=|[a-zA-Z0-9/+]{2}==)?';
const EXTENSIONS = `(?:,[A-Za-z]+=${VALUE})*`;

const CLIENT_FIRST = new RegExp(
  `^(n,(?:a=(${SASLNAME}))?,)((?:m=${VALUE},)?n=(${SASLNAME}),r=(${PRINTABLE})(${EXTENSIONS}))$`,
);
const CLIENT_FINAL = new RegExp(`^(c=(${BASE64}),r=(${PRINTABLE})${EXTENSIONS}),p=(${BASE64})$`);
const TOKEN_AUTHENTICATION = /,tokenauth=true(?:,|$)/i;

export interface ClientFirst {
  /** Up to what is signed: what channel binding must repeat. */
  readonly header: string;
  /** What is signed of it. */
  readonly bare: string;
  readonly authorizationId: string;
  readonly user: string;
  readonly nonce: string;
  /** The name is that of a delegation token. */
  readonly byToken: boolean;
}

export interface ClientFinal {
  readonly withoutProof: string;
  /** In base64. */
  readonly channelBinding: string;
  readonly nonce: string;
  readonly proof: Uint8Array;
}

/** Throws SaslFailure. */
export function readClientFirst(message: Uint8Array): ClientFirst {
  const match = CLIENT_FIRST.exec(text(message));
  if (match === null) throw malformed('the first message of SCRAM');
  const [, header = '', authorizationId = '', bare = '', name = '', nonce = '', extensions = ''] = match;
  const user = name.replaceAll('=2C', ',').replaceAll('=3D', '=');
  return { header, bare, authorizationId, user, nonce, byToken: TOKEN_AUTHENTICATION.test(extensions) };
}

/** Throws SaslFailure. */
export function readClientFinal(message: Uint8Array): ClientFinal {
  const match = CLIENT_FINAL.exec(text(message));
  if (match === null) throw malformed('the last message of SCRAM');
  const [, withoutProof = '', channelBinding = '', nonce = '', proof = ''] = match;
  return { withoutProof, channelBinding, nonce, proof: Buffer.from(proof, 'base64') };
}

/** Bytes above ASCII stay what no pattern takes. */
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

const malformed = (what: string): SaslFailure =>
  new SaslFailure({ reason: 'malformed', message: `${what} is not what RFC 5802 and Kafka have` });
