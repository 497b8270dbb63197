/**
 * Goal: what anybody signs in with is in nothing that leaves: not the passwords, tokens and proofs of clients, right and wrong, nor what is kept of
 * them, nor the tokens of console and node. Method: the real program before a node of its own, everything exported to an OTLP receiver;
 * kafkajs and raw clients that come in and do not, a hang on their connections; every outlet is searched.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Kafka, logLevel, type SASLOptions } from 'kafkajs';
import { parse } from 'yaml';
import { keysOf, saltedPassword } from '../../src/kafka/users/scram-credential';
import * as alter from '../../src/protocol/generated/alter-user-scram-credentials';
import { encodeBatch } from '../../src/protocol/encode-batch';
import { type Canary, canaryOf, makeCanary } from '../support/canary';
import type { Child } from '../support/child';
import { type GatewayProcess, startGatewayProcess, startMain } from '../support/gateway-process';
import { type Codec, KafkaClient } from '../support/kafka-client';
import { OtlpReceiver } from '../support/otlp-receiver';
import {
  authenticate,
  bareToken,
  handshake,
  plainToken,
  ScramClient,
  signInByPlain,
  usersFileText,
} from '../support/sasl-client';
import { TokenIssuer } from '../support/token-issuer';
import { exportAllTo, outlets } from './outlets';

const TIMEOUT_MS = 240_000;
const SHA_256 = 'SCRAM-SHA-256';
const ALTER: Codec<alter.AlterUserScramCredentialsRequest, alter.AlterUserScramCredentialsResponse> = {
  facts: alter.alterUserScramCredentialsApi,
  write: alter.writeAlterUserScramCredentialsRequest,
  read: alter.readAlterUserScramCredentialsResponse,
};

const directory = mkdtempSync(join(tmpdir(), 'seaglass-credentials-'));
const inDirectory = (name: string): string => join(directory, name);
/** What is looked for, by what it is. */
const secrets: Record<string, Canary> = {};
const secret = (word: string): string => (secrets[word] = makeCanary(word)).text;
const ofBytes = (what: string, bytes: Uint8Array): void => void (secrets[what] = canaryOf(Buffer.from(bytes)));

const password = secret('password');
const wrongPassword = secret('wrong-password');
const consoleToken = secret('console-token');
const wrongToken = secret('wrong-console-token');
const nodeToken = secret('node-token');
const keyPassword = secret('key-password');
const readKey = secret('filer-read-key');
const ALICE = { name: 'alice', password, mechanism: SHA_256 } as const;
const issuer = new TokenIssuer();

let receiver: OtlpReceiver;
let node: Child;
let gateway: GatewayProcess;
let [open, sasl] = [0, 0];
const closing: KafkaClient[] = [];

/** A token's claims and signature, as they stand in it. */
function token(what: string, claims: object = {}): string {
  const text = issuer.token('service', claims);
  const [, payload = '', signature = ''] = text.split('.');
  ofBytes(`claims of ${what}`, Buffer.from(payload));
  ofBytes(`signature of ${what}`, Buffer.from(signature));
  return text;
}

beforeAll(async () => {
  receiver = await OtlpReceiver.start();
  const usersFile = inDirectory('users.yaml');
  const users = await usersFileText([ALICE]);
  writeFileSync(usersFile, users, { mode: 0o600 });
  const kept = (parse(users) as { readonly users: Record<string, Record<string, Record<string, string>>> }).users;
  for (const key of ['stored-key', 'server-key'])
    ofBytes(`${key} of the file`, Buffer.from(kept[ALICE.name]?.[SHA_256]?.[key] ?? '', 'base64'));
  const tokenFile = inDirectory('node-token');
  writeFileSync(tokenFile, `${nodeToken}\n`, { mode: 0o600 });
  const ofNode = ['--node-token-file', tokenFile];
  node = startMain(['node', '--data', inDirectory('node'), '--node-listen', '127.0.0.1:0', ...ofNode]);
  const [, address = ''] = await node.printed(/^ *address +(\S+)$/m);
  gateway = await startGatewayProcess({
    flags: [
      ...[
        '--listen',
        'OPEN://127.0.0.1:0,SASL_PLAINTEXT://127.0.0.1:0',
        '--listener-security-protocol-map',
        'OPEN:PLAINTEXT',
      ],
      ...['--sasl-enabled-mechanisms', 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER', '--sasl-users-file', usersFile],
      ...['--sasl-connections-max-reauth-ms', '600000', ...issuer.flags(directory)],
      ...['--node-connect', address, ...ofNode, '--stall-threshold-ms', '50'],
      ...['--trace', 'all', '--log-level', 'debug', '--console-contents', 'true', '--console-view-users', '*'],
      ...['--audit-file', inDirectory('audit.jsonl'), '--audit-reads-and-writes', 'all'],
    ],
    environment: {
      ...exportAllTo(receiver),
      SEAGLASS_CONSOLE_TOKEN: consoleToken,
      SEAGLASS_SSL_KEY_PASSWORD: keyPassword,
      SEAGLASS_SEAWEEDFS_FILER_READ_KEY: readKey,
    },
  });
  [open = 0, sasl = 0] = gateway.bootstrap.split(',').map((each) => Number(each.split(':')[1]));
}, TIMEOUT_MS);
afterAll(async () => {
  for (const client of closing) await client.close();
  await gateway.stop();
  await node.stop();
  await receiver.close();
  rmSync(directory, { recursive: true, force: true });
}, TIMEOUT_MS);

async function connect(port = sasl): Promise<KafkaClient> {
  const client = await KafkaClient.connect(port, 'signing-in');
  closing.push(client);
  return client;
}

/** By kafkajs; false where it is not let in. */
async function comesIn(mechanism: SASLOptions): Promise<boolean> {
  const kafka = new Kafka({
    brokers: [`127.0.0.1:${sasl}`],
    sasl: mechanism,
    retry: { retries: 0 },
    logLevel: logLevel.NOTHING,
  });
  const producer = kafka.producer({ retry: { retries: 2 } });
  try {
    await producer.connect();
    await producer.send({ topic: 'sign-ins', messages: [{ value: 'hello' }] });
    return true;
  } catch {
    return false;
  } finally {
    await producer.disconnect();
  }
}

const byToken = (value: string): SASLOptions => ({
  mechanism: 'oauthbearer',
  oauthBearerProvider: async () => ({ value }),
});

/** By kafkajs, rightly and wrongly. */
async function realClients(): Promise<void> {
  for (const mechanism of ['plain', 'scram-sha-256'] as const) {
    expect(await comesIn({ mechanism, username: ALICE.name, password })).toBe(true);
    expect(await comesIn({ mechanism, username: ALICE.name, password: wrongPassword })).toBe(false);
    expect(await comesIn({ mechanism, username: 'nobody', password: wrongPassword })).toBe(false);
  }
  expect(await comesIn(byToken(token('a token')))).toBe(true);
  expect(await comesIn(byToken(token('an expired token', { exp: 1, jti: 'expired' })))).toBe(false);
  expect(await comesIn(byToken(token('a token for others', { aud: 'others' })))).toBe(false);
  expect(await comesIn(byToken(`${token('a mangled token', { jti: 'mangled' })}=`))).toBe(false);
}

/** A whole exchange, whose proof is a credential of its time; signed in where it is right. */
async function scramClient(what: string, secretOf: string): Promise<KafkaClient> {
  const client = await connect();
  const scram = new ScramClient({ mechanism: SHA_256, user: ALICE.name, password: secretOf });
  await handshake(client, SHA_256);
  const last = scram.last((await authenticate(client, scram.first)).authBytes);
  ofBytes(what, Buffer.from(/,p=(.*)$/.exec(last.toString())?.[1] ?? '', 'base64'));
  await authenticate(client, last);
  return client;
}

/** What clients of their own making send where it is waited for, and where it is not. */
async function otherClients(): Promise<void> {
  await scramClient('a wrong proof', wrongPassword);
  const bare = await connect();
  await handshake(bare, 'PLAIN', 0);
  await bareToken(bare, plainToken(ALICE.name, password));
  for (const send of [
    async (client: KafkaClient) => authenticate(client, plainToken(ALICE.name, password)),
    async (client: KafkaClient) => bareToken(client, plainToken(ALICE.name, password)),
    async (client: KafkaClient) => handshake(client, password),
    async (client: KafkaClient) => {
      await handshake(client, 'PLAIN');
      return bareToken(client, plainToken(ALICE.name, password));
    },
  ])
    await send(await connect()).catch(() => undefined);
  await authenticate(await connect(open), plainToken(ALICE.name, password));
}

/** Users who are added, and are not. */
async function changedUsers(): Promise<void> {
  const salt = Buffer.from('a salt');
  const salted = await saltedPassword(SHA_256, Buffer.from(wrongPassword), { salt, iterations: 4_096 });
  const { storedKey, serverKey } = keysOf(SHA_256, salted);
  for (const [what, bytes] of Object.entries({ salted, storedKey, serverKey })) ofBytes(`${what} of a new user`, bytes);
  const upsertion = { mechanism: 1, iterations: 4_096, salt, saltedPassword: salted };
  for (const [name, iterations, refused] of [
    ['bob', 4_096, false],
    ['carol', 1, true],
  ] as const) {
    const request = alter.createAlterUserScramCredentialsRequest({
      upsertions: [alter.createScramCredentialUpsertion({ ...upsertion, name, iterations })],
    });
    const { results } = await (await connect(open)).call(ALTER, request);
    expect(results.map(({ errorCode }) => errorCode !== 0)).toEqual([refused]);
  }
}

const asked = (path: string, authorization: string): Promise<Response> =>
  fetch(`${gateway.console}${path}`, { headers: { authorization, accept: 'application/json' } });
const bearer = `Bearer ${consoleToken}`;
const basic = (secretOf: string): string => `Basic ${Buffer.from(`${ALICE.name}:${secretOf}`).toString('base64')}`;

async function consoleVisitors(): Promise<void> {
  expect((await asked('/api/live', bearer)).status).toBe(200);
  expect((await asked('/api/live', `Bearer ${wrongToken}`)).status).toBe(401);
  expect((await asked('/api/live', basic(password))).status).toBe(200);
  expect((await asked('/api/live', basic(wrongPassword))).status).toBe(401);
  for (const body of [{ token: consoleToken }, { token: wrongToken }, { user: ALICE.name, password: wrongPassword }])
    await fetch(`${gateway.console}/api/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
}

/** A produce that hangs, on connections that signed in and are recorded with all that they carried. */
async function hang(): Promise<readonly number[]> {
  const clients = [await scramClient('a right proof', password), await connect()];
  await signInByPlain(clients[1] ?? (await connect()), ALICE.name, password);
  node.signal('SIGSTOP');
  try {
    const batch = encodeBatch([{ timestamp: Date.now(), key: null, value: Buffer.from('hangs') }]);
    for (const client of clients) void client.produce('sign-ins', batch).catch(() => undefined);
    for (;;) {
      const { recordings } = (await (await asked('/api/recordings', bearer)).json()) as {
        readonly recordings: readonly { readonly id: number; readonly frames: number }[];
      };
      // A handshake and its tokens, each with the answer, and the request.
      if (recordings.filter(({ frames }) => frames >= 5).length >= clients.length)
        return recordings.map(({ id }) => id);
    }
  } finally {
    node.signal('SIGCONT');
  }
}

/** Every address of the console that answers a GET, as the console lists them, with and without what they may be asked about. */
async function consoleAnswers(recordings: readonly number[]): Promise<Record<string, Buffer>> {
  const listed = await (await fetch(`${gateway.console}/`, { headers: { authorization: bearer } })).text();
  const paths = new Set([...listed.matchAll(/\/(?:api|debug)\/[\w-]+|\/metrics|\/readyz/g)].map(([path]) => path));
  paths.delete('/api/events');
  expect(paths.size).toBeGreaterThan(15);
  const about = '?topic=sign-ins&partition=0&offset=0';
  const queries = [...paths].flatMap((path) => [path, `${path}${about}`]);
  for (const id of recordings)
    for (const contents of ['', '&contents=true']) queries.push(`/api/recording?id=${id}${contents}`);
  const answers: Record<string, Buffer> = {};
  for (const path of queries) answers[path] = Buffer.from(await (await asked(path, bearer)).arrayBuffer());
  return answers;
}

/** What the commands print and write that look at a running gateway. */
async function commands(): Promise<Record<string, string | Buffer>> {
  const bundle = inDirectory('bundle.tar.gz');
  const settings = inDirectory('client.properties');
  const jaas = `org.apache.kafka.common.security.plain.PlainLoginModule required username="alice" password="${password}";`;
  writeFileSync(settings, `security.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\nsasl.jaas.config=${jaas}\n`);
  const told: Record<string, string | Buffer> = {};
  for (const command of [
    ['bundle', bundle],
    ['explain'],
    ['doctor', '--command-config', settings],
    ['acl', 'list', '--bootstrap', `127.0.0.1:${sasl}`, '--command-config', settings],
  ]) {
    const consoleFlags = command[0] === 'acl' ? [] : ['--console', gateway.console];
    const child = startMain([...command, ...consoleFlags], { SEAGLASS_CONSOLE_TOKEN: consoleToken });
    await child.closed;
    told[`seaglass ${String(command[0])}`] = child.output();
  }
  const config = startMain(['config', '--node-token-file', inDirectory('node-token')], {
    SEAGLASS_CONSOLE_TOKEN: consoleToken,
    SEAGLASS_SSL_KEY_PASSWORD: keyPassword,
    SEAGLASS_SEAWEEDFS_FILER_READ_KEY: readKey,
  });
  await config.closed;
  return { ...told, 'seaglass config': config.output(), 'the bundle': gunzipSync(readFileSync(bundle)) };
}

const found = (places: Readonly<Record<string, string | Buffer>>): readonly string[] =>
  Object.entries(secrets).flatMap(([what, canary]) => canary.found(places).map((place) => `${what} in ${place}`));

test(
  'no credential is in anything that leaves, whoever comes in and whoever does not',
  async () => {
    await realClients();
    await otherClients();
    await changedUsers();
    await consoleVisitors();
    const recordings = await hang();
    const places = {
      ...(await outlets(gateway, receiver)),
      ...(await consoleAnswers(recordings)),
      ...(await commands()),
    };
    // There was something to tell of, and the search finds what is there.
    expect(String(places['/api/recording?id=1&contents=true']).length).toBeGreaterThan(100);
    expect(String(places['seaglass doctor'])).toMatch(/address SASL_PLAINTEXT .*speaks Kafka/);
    expect(String(places['the bundle'])).toContain('sasl.failed');
    expect(found({ 'what clients send': plainToken(ALICE.name, password) })).toEqual(['password in what clients send']);
    await receiver.waitUntil(() => (receiver.metricNames.size > 0 && receiver.logs.length > 0 ? true : undefined));
    expect(await gateway.stop()).toBe(0);
    const files = readdirSync(directory).filter((name) => name.startsWith('audit'));
    const trail = Buffer.concat(files.map((name) => readFileSync(inDirectory(name))));
    expect(trail.toString()).toContain('audit.sign_in_failed');
    const last = {
      'all that was exported': Buffer.concat(receiver.raw),
      'the last lines': gateway.child.output(),
      'lines of the node': node.output(),
      'the audit file': trail,
    };
    expect(found({ ...places, ...last })).toEqual([]);
  },
  TIMEOUT_MS,
);
