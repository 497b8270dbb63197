/**
 * Goal: a token lets in whom its issuer names, for this gateway, while it holds, and no other; the issuer may change its keys. Method: tokens
 * signed here with keys of all kinds, keys from a file and from an HTTP server that counts, bytes over a socket.
 */
import { createHmac, generateKeyPairSync, type KeyObject, sign as signBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { systemClock } from '../../src/clock';
import { IssuerKeys } from '../../src/kafka/sasl/oauthbearer/issuer-keys';
import { TokenVerifier } from '../../src/kafka/sasl/oauthbearer/token-verifier';
import { ErrorCode } from '../../src/protocol/error-code';
import { createMetadataRequest } from '../../src/protocol/generated/metadata';
import { silentLogger } from '../../src/telemetry/log/log';
import { ON_LOOPBACK, startTestGateway, type TestGateway } from '../support/gateway';
import { KafkaClient, METADATA } from '../support/kafka-client';
import { authenticate, handshake } from '../support/sasl-client';

const ISSUER = 'https://issuer.example.org';
const AUDIENCE = 'kafka';
const TOKEN_MS = 3_600_000;

interface Key {
  readonly kid: string;
  readonly algorithm: 'RS256' | 'ES256';
  readonly privateKey: KeyObject;
  readonly publicJwk: object;
}

function makeKey(kid: string, algorithm: Key['algorithm'] = 'RS256'): Key {
  const { privateKey, publicKey } =
    algorithm === 'RS256'
      ? generateKeyPairSync('rsa', { modulusLength: 2_048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { kid, algorithm, privateKey, publicJwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: algorithm } };
}

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Claims that are right unless given. */
function token(key: Key, claims: Readonly<Record<string, unknown>> = {}, header: object = {}): string {
  const nowSeconds = Math.floor(Date.now() / 1_000);
  const right = { iss: ISSUER, aud: AUDIENCE, sub: 'service', iat: nowSeconds, exp: nowSeconds + TOKEN_MS / 1_000 };
  const text = `${part({ alg: key.algorithm, kid: key.kid, ...header })}.${part({ ...right, ...claims })}`;
  const options = { key: key.privateKey, dsaEncoding: 'ieee-p1363' } as const;
  return `${text}.${signBytes('sha256', Buffer.from(text), options).toString('base64url')}`;
}

const keySet = (...keys: readonly Key[]): string => JSON.stringify({ keys: keys.map(({ publicJwk }) => publicJwk) });
const first = (bearer: string, authorizationId = ''): Buffer =>
  Buffer.from(`n,${authorizationId === '' ? '' : `a=${authorizationId}`},\x01auth=Bearer ${bearer}\x01\x01`);

const rsa = makeKey('rsa');
const ec = makeKey('ec', 'ES256');
const strange = makeKey('ec', 'ES256');
let directory: string;
let keysFile: string;
let gateway: TestGateway;
let port: number;
let server: Server;
let keysUrl: string;
let served = '';
let asked = 0;
const clients: KafkaClient[] = [];

const verifierOf = (url: string): TokenVerifier => {
  const settings = { expectedIssuer: ISSUER, expectedAudience: [AUDIENCE], clockSkewSeconds: 30, subClaimName: 'sub' };
  const keys = new IssuerKeys({ url, refreshMs: 3_600_000, clock: systemClock, log: silentLogger });
  return new TokenVerifier(settings, { keys, clock: systemClock });
};

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'seaglass-tokens-'));
  keysFile = join(directory, 'keys.json');
  writeFileSync(keysFile, keySet(rsa, ec));
  server = createServer((_request, response) => {
    asked++;
    response.end(served);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  keysUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
  gateway = await startTestGateway({
    sasl: { enabledMechanisms: ['OAUTHBEARER'], failedAuthenticationDelayMs: 10 },
    verifier: verifierOf(pathToFileURL(keysFile).href),
  });
  const bound = await gateway.listeners.bind({ ...ON_LOOPBACK, name: 'SASL', protocol: 'SASL_PLAINTEXT' });
  port = bound.port;
}, 60_000);
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
});
afterAll(async () => {
  await gateway.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(directory, { recursive: true, force: true });
});

async function connect(): Promise<KafkaClient> {
  const client = await KafkaClient.connect(port, 'oauth');
  clients.push(client);
  await handshake(client, 'OAUTHBEARER');
  return client;
}

const failures = (reason: string): number =>
  gateway.telemetry.instruments.value('seaglass_authentication_failures_total', {
    mechanism: 'OAUTHBEARER',
    reason,
  }) ?? 0;

test.each([rsa, ec])('a token of the issuer lets in whom it names, until it expires ($algorithm)', async (key) => {
  const client = await connect();
  const answer = await authenticate(client, first(token(key)));
  expect(answer).toMatchObject({ errorCode: ErrorCode.NONE, authBytes: new Uint8Array() });
  expect(answer.sessionLifetimeMs).toBeGreaterThan(TOKEN_MS - 600_000);
  expect(answer.sessionLifetimeMs).toBeLessThanOrEqual(TOKEN_MS);
  await client.call(METADATA, createMetadataRequest({ topics: [] }));
  const [shown] = gateway.listeners.clients();
  expect(shown?.principal).toBe('service');
});

const minutesAgo = (minutes: number): number => Math.floor(Date.now() / 1_000) - minutes * 60;
const [head = '', , signature = ''] = token(rsa).split('.');
const hmacToken = (): string => {
  const text = `${part({ alg: 'HS256', kid: 'rsa' })}.${part({ iss: ISSUER, aud: AUDIENCE, sub: 'x', iat: 1, exp: 9e9 })}`;
  const secret = JSON.stringify(rsa.publicJwk);
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
};
const WRONG: readonly (readonly [what: string, reason: string, token: string])[] = [
  ['is signed by another key of that name', 'token_unsigned', token(strange)],
  ['names a key that nobody publishes', 'token_unsigned', token({ ...ec, kid: 'unknown' })],
  ['is not signed', 'token_unsigned', `${part({ alg: 'none' })}.${token(rsa).split('.')[1] ?? ''}.`],
  ['is signed with the public key as a secret', 'token_unsigned', hmacToken()],
  [
    'has other claims than were signed',
    'token_unsigned',
    `${head}.${part({ iss: ISSUER, sub: 'admin' })}.${signature}`,
  ],
  ['has expired', 'token_expired', token(rsa, { exp: minutesAgo(2) })],
  ['never expires', 'token_refused', token(rsa, { exp: undefined })],
  ['does not hold yet', 'token_refused', token(rsa, { nbf: minutesAgo(-5) })],
  ['does not say when it was made', 'token_refused', token(rsa, { iat: undefined })],
  ['is of another issuer', 'token_of_other_issuer', token(rsa, { iss: 'https://evil.example.org' })],
  ['is of no issuer', 'token_of_other_issuer', token(rsa, { iss: undefined })],
  ['is for another audience', 'token_for_other_audience', token(rsa, { aud: ['other'] })],
  ['is for no audience', 'token_for_other_audience', token(rsa, { aud: undefined })],
  ['names nobody', 'token_refused', token(rsa, { sub: ' ' })],
  ['is no JWT', 'token_refused', 'abc.def.ghi'],
];

test.each(WRONG)('a token that %s is refused (%s)', async (_what, reason, wrong) => {
  const before = failures(reason);
  const client = await connect();
  const challenge = await authenticate(client, first(wrong));
  expect(challenge.errorCode).toBe(ErrorCode.NONE);
  expect(Buffer.from(challenge.authBytes).toString()).toBe('{"status":"invalid_token"}');
  const answer = await authenticate(client, Buffer.of(1));
  expect(answer).toMatchObject({
    errorCode: ErrorCode.SASL_AUTHENTICATION_FAILED,
    errorMessage: '{"status":"invalid_token"}',
  });
  await client.closed;
  expect(failures(reason)).toBe(before + 1);
});

test('who was refused and leaves before saying so counts, too', async () => {
  const before = failures('token_expired');
  const client = await connect();
  await authenticate(client, first(token(rsa, { exp: minutesAgo(2) })));
  await client.close();
  // The gateway has seen it leave once it has served somebody else.
  const other = await connect();
  await authenticate(other, first(token(ec)));
  expect(failures('token_expired')).toBe(before + 1);
});

test('clocks may be off by as much as is set', async () => {
  const verifier = verifierOf(pathToFileURL(keysFile).href);
  const recently = Math.floor(Date.now() / 1_000) - 5;
  await expect(verifier.verify(token(rsa, { exp: recently }))).resolves.toMatchObject({ principal: 'service' });
});

test('keys of a file hold from when it was changed', async () => {
  const path = join(directory, 'changing.json');
  const [old, next] = [makeKey('old', 'ES256'), makeKey('next', 'ES256')];
  writeFileSync(path, keySet(old));
  const verifier = verifierOf(pathToFileURL(path).href);
  await verifier.verify(token(old));
  writeFileSync(path, keySet(next));
  await expect(verifier.verify(token(next))).resolves.toMatchObject({ principal: 'service' });
  await expect(verifier.verify(token(old))).rejects.toMatchObject({ reason: 'token_unsigned' });
});

test('keys of a URL are fetched once, and anew for a key that is not among them, however many ask for such', async () => {
  const [old, next] = [makeKey('old', 'ES256'), makeKey('next', 'ES256')];
  served = keySet(old);
  asked = 0;
  let nowMs = 0;
  const clock = { ...systemClock, monotonicMs: () => nowMs };
  const keys = new IssuerKeys({ url: keysUrl, refreshMs: 3_600_000, clock, log: silentLogger });
  const settings = { expectedIssuer: ISSUER, expectedAudience: [AUDIENCE], clockSkewSeconds: 30, subClaimName: 'sub' };
  const verifier = new TokenVerifier(settings, { keys, clock });
  await Promise.all([verifier.verify(token(old)), verifier.verify(token(old))]);
  expect(asked).toBe(1);
  nowMs += 20_000;
  served = keySet(old, next);
  await verifier.verify(token(next));
  expect(asked).toBe(2);
  for (let made = 0; made < 20; made++) {
    nowMs += 100;
    await expect(verifier.verify(token({ ...old, kid: `made-up-${made}` }))).rejects.toMatchObject({
      reason: 'token_unsigned',
    });
  }
  expect(asked).toBe(2);
  // Old ones are fetched in the background, and an outage leaves those that are there.
  nowMs += 3_700_000;
  served = 'no keys';
  await verifier.verify(token(old));
  await verifier.verify(token(next));
  expect(asked).toBe(3);
});

test('without keys the client gets no answer, and may try again', async () => {
  const verifier = verifierOf(pathToFileURL(join(directory, 'absent.json')).href);
  await expect(verifier.verify(token(rsa))).rejects.toMatchObject({ reason: 'keys_unavailable', isOurs: true });
});
