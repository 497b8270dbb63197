/** The client's half of SASL over a connection: Kafka's handshake, then PLAIN or SCRAM (RFC 5802). */
import { timingSafeEqual } from 'node:crypto';
import type { DrillClient, DrillCodec } from '../../drills/run/drill-client';
import {
  hmac,
  keysOf,
  saltedPassword,
  SCRAM_MECHANISMS,
  type ScramMechanism,
} from '../../kafka/users/scram-credential';
import { errorNameOf } from '../../protocol/error-code';
import * as authenticate from '../../protocol/generated/sasl-authenticate';
import * as handshake from '../../protocol/generated/sasl-handshake';
import { systemRandom } from '../../random';

export const SIGN_IN_MECHANISMS = ['PLAIN', ...SCRAM_MECHANISMS] as const;

export interface SignIn {
  readonly mechanism: (typeof SIGN_IN_MECHANISMS)[number];
  readonly user: string;
  readonly password: string;
}

const HANDSHAKE: DrillCodec<handshake.SaslHandshakeRequest, handshake.SaslHandshakeResponse> = {
  ...{ key: handshake.saslHandshakeApi.key, version: 1 },
  ...{ write: handshake.writeSaslHandshakeRequest, read: handshake.readSaslHandshakeResponse },
};
const AUTHENTICATE: DrillCodec<authenticate.SaslAuthenticateRequest, authenticate.SaslAuthenticateResponse> = {
  ...{ key: authenticate.saslAuthenticateApi.key, version: 2 },
  ...{ write: authenticate.writeSaslAuthenticateRequest, read: authenticate.readSaslAuthenticateResponse },
};
const NONCE_BYTES = 18;
/** Without channel binding, as Kafka's clients. */
const HEADER = 'n,,';
/** A server that asks for more only wants to keep the client busy. */
const ITERATIONS_MAX = 1_000_000;

/** Rejects with Error that says why the user is not let in. */
export async function signIn(client: DrillClient, as: SignIn): Promise<void> {
  const { mechanism, user, password } = as;
  const chosen = await client.call(HANDSHAKE, handshake.createSaslHandshakeRequest({ mechanism }));
  if (chosen.errorCode !== 0)
    throw new Error(`it does not take ${mechanism}; it takes ${chosen.mechanisms.join(', ') || 'none'}`);
  if (mechanism === 'PLAIN') await token(client, as, `\0${user}\0${password}`);
  else await byScram(client, as, mechanism);
}

async function byScram(client: DrillClient, as: SignIn, mechanism: ScramMechanism): Promise<void> {
  const own = systemRandom.bytes(NONCE_BYTES).toString('base64url');
  const bare = `n=${as.user.replaceAll('=', '=3D').replaceAll(',', '=2C')},r=${own}`;
  const challenge = (await token(client, as, HEADER + bare)).toString();
  const [, nonce = '', salt = '', count = ''] = /^r=([^,]+),s=([^,]+),i=(\d+)/.exec(challenge) ?? [];
  const iterations = Number(count);
  if (!nonce.startsWith(own) || iterations < 1 || iterations > ITERATIONS_MAX)
    throw new Error(`its answer to ${mechanism} is not what RFC 5802 has`);
  const salted = await saltedPassword(mechanism, Buffer.from(as.password), {
    salt: Buffer.from(salt, 'base64'),
    iterations,
  });
  const { storedKey, serverKey } = keysOf(mechanism, salted);
  const withoutProof = `c=${Buffer.from(HEADER).toString('base64')},r=${nonce}`;
  const message = `${bare},${challenge},${withoutProof}`;
  const signature = hmac(mechanism, storedKey, message);
  const proof = hmac(mechanism, salted, 'Client Key').map((byte, index) => byte ^ (signature[index] ?? 0));
  const final = await token(client, as, `${withoutProof},p=${Buffer.from(proof).toString('base64')}`);
  const expected = Buffer.from(`v=${hmac(mechanism, serverKey, message).toString('base64')}`);
  if (final.byteLength !== expected.byteLength || !timingSafeEqual(final, expected))
    throw new Error('it let the user in without showing that it knows the password: it is not what it says it is');
}

/** What it is answered with. */
async function token(client: DrillClient, { mechanism, user }: SignIn, text: string): Promise<Buffer> {
  const request = authenticate.createSaslAuthenticateRequest({ authBytes: Buffer.from(text) });
  const { errorCode, errorMessage, authBytes } = await client.call(AUTHENTICATE, request);
  if (errorCode === 0) return Buffer.from(authBytes);
  const why = errorMessage === null || errorMessage === '' ? (errorNameOf(errorCode) ?? errorCode) : errorMessage;
  throw new Error(`${user} is not let in by ${mechanism}: ${why}`);
}
