/** A client that signs in by SASL, over a socket: Kafka's requests or bare tokens, and the client's half of SCRAM written anew. */
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { parseDocument } from 'yaml';
import { systemRandom } from '../../src/random';
import { credentialOf, type ScramMechanism } from '../../src/kafka/users/scram-credential';
import { entryOf } from '../../src/kafka/users/user-entry';
import * as apiVersionsCodec from '../../src/protocol/generated/api-versions';
import * as authenticateCodec from '../../src/protocol/generated/sasl-authenticate';
import * as handshakeCodec from '../../src/protocol/generated/sasl-handshake';
import type { Codec, KafkaClient } from './kafka-client';

export const API_VERSIONS: Codec<apiVersionsCodec.ApiVersionsRequest, apiVersionsCodec.ApiVersionsResponse> = {
  facts: apiVersionsCodec.apiVersionsApi,
  write: apiVersionsCodec.writeApiVersionsRequest,
  read: apiVersionsCodec.readApiVersionsResponse,
};
export const HANDSHAKE: Codec<handshakeCodec.SaslHandshakeRequest, handshakeCodec.SaslHandshakeResponse> = {
  facts: handshakeCodec.saslHandshakeApi,
  write: handshakeCodec.writeSaslHandshakeRequest,
  read: handshakeCodec.readSaslHandshakeResponse,
};
export const AUTHENTICATE: Codec<
  authenticateCodec.SaslAuthenticateRequest,
  authenticateCodec.SaslAuthenticateResponse
> = {
  facts: authenticateCodec.saslAuthenticateApi,
  write: authenticateCodec.writeSaslAuthenticateRequest,
  read: authenticateCodec.readSaslAuthenticateResponse,
};

export const plainToken = (user: string, password: string, authorizationId = ''): Buffer =>
  Buffer.from(`${authorizationId}\0${user}\0${password}`);

/** Asks for a mechanism; version 1 unless given. */
export const handshake = (client: KafkaClient, mechanism: string, version = 1) =>
  client.call(HANDSHAKE, { mechanism }, version);

export const authenticate = (client: KafkaClient, token: Uint8Array, version?: number) =>
  client.call(AUTHENTICATE, { authBytes: token }, version);

/** A token that no Kafka header stands before, and the one that it is answered with. */
export async function bareToken(client: KafkaClient, token: Uint8Array): Promise<Buffer> {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(token.byteLength);
  client.write(Buffer.concat([length, token]));
  return Buffer.from(await client.frame());
}

export interface ScramClientOptions {
  readonly mechanism: ScramMechanism;
  readonly user: string;
  readonly password: string;
  /** Before the first message; `n,,` unless given. */
  readonly header?: string;
}

/** The client's half of RFC 5802. */
export class ScramClient {
  readonly first: Buffer;
  readonly #options: ScramClientOptions;
  readonly #bare: string;
  readonly #header: string;
  #expected = '';

  constructor(options: ScramClientOptions) {
    this.#options = options;
    this.#header = options.header ?? 'n,,';
    const name = options.user.replaceAll('=', '=3D').replaceAll(',', '=2C');
    this.#bare = `n=${name},r=${randomBytes(12).toString('hex')}`;
    this.first = Buffer.from(this.#header + this.#bare);
  }

  /** The last message to what the server sent; `channelBinding` is that of the header unless given. */
  last(serverFirst: Uint8Array, channelBinding = Buffer.from(this.#header).toString('base64')): Buffer {
    const text = Buffer.from(serverFirst).toString();
    const [, nonce = '', salt = '', iterations = ''] = /^r=([^,]+),s=([^,]+),i=(\d+)$/.exec(text) ?? [];
    const algorithm = this.#options.mechanism === 'SCRAM-SHA-256' ? 'sha256' : 'sha512';
    const hmac = (key: Uint8Array, value: string): Buffer => createHmac(algorithm, key).update(value).digest();
    const bytes = algorithm === 'sha256' ? 32 : 64;
    const { password } = this.#options;
    const salted = pbkdf2Sync(password, Buffer.from(salt, 'base64'), Number(iterations), bytes, algorithm);
    const clientKey = hmac(salted, 'Client Key');
    const withoutProof = `c=${channelBinding},r=${nonce}`;
    const message = `${this.#bare},${text},${withoutProof}`;
    const signature = hmac(createHash(algorithm).update(clientKey).digest(), message);
    const proof = clientKey.map((byte, index) => byte ^ (signature[index] ?? 0));
    this.#expected = `v=${hmac(hmac(salted, 'Server Key'), message).toString('base64')}`;
    return Buffer.from(`${withoutProof},p=${Buffer.from(proof).toString('base64')}`);
  }

  /** Whether the server has shown that it knows the user, too. */
  knows(serverFinal: Uint8Array): boolean {
    return Buffer.from(serverFinal).toString() === this.#expected;
  }
}

/** Signs in from the handshake on; the last answer, and whether the server has shown that it knows the user. */
export async function signInByScram(client: KafkaClient, options: ScramClientOptions) {
  const scram = new ScramClient(options);
  const chosen = await handshake(client, options.mechanism);
  if (chosen.errorCode !== 0) throw new Error(`the handshake was answered with ${chosen.errorCode}`);
  const challenge = await authenticate(client, scram.first);
  if (challenge.errorCode !== 0) return { answer: challenge, isKnown: false };
  const answer = await authenticate(client, scram.last(challenge.authBytes));
  return { answer, isKnown: scram.knows(answer.authBytes) };
}

/** Signs in by PLAIN from the handshake on; the last answer. */
export async function signInByPlain(client: KafkaClient, user: string, password: string) {
  await handshake(client, 'PLAIN');
  return authenticate(client, plainToken(user, password));
}

export interface TestUser {
  readonly name: string;
  readonly password: string;
  readonly mechanism: ScramMechanism;
  readonly iterations?: number;
}

/** The text of a users file. */
export async function usersFileText(users: readonly TestUser[]): Promise<string> {
  const document = parseDocument('users: {}\n');
  for (const { name, password, mechanism, iterations = 4_096 } of users) {
    const credential = await credentialOf(mechanism, Buffer.from(password), { iterations, random: systemRandom });
    document.setIn(['users', name], { ...entryOf({ [mechanism]: credential }) });
  }
  return String(document);
}
