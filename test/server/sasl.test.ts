/**
 * Goal: a listener that asks for SASL lets in whom it should, in the states and with the words of Kafka's SaslServerAuthenticator, and tells
 * operators why others stay out. Method: bytes over a socket to a gateway in this process, with users in a file.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ErrorCode } from '../../src/protocol/error-code';
import { createApiVersionsRequest } from '../../src/protocol/generated/api-versions';
import { createMetadataRequest } from '../../src/protocol/generated/metadata';
import { ZERO_TOPIC_ID } from '../../src/types';
import { ON_LOOPBACK, startTestGateway, type TestGateway } from '../support/gateway';
import { KafkaClient, METADATA } from '../support/kafka-client';
import {
  API_VERSIONS,
  authenticate,
  bareToken,
  HANDSHAKE,
  handshake,
  plainToken,
  ScramClient,
  signInByPlain,
  signInByScram,
  usersFileText,
} from '../support/sasl-client';

const MECHANISMS = ['SCRAM-SHA-256', 'SCRAM-SHA-512'] as const;
const RECEIVE_BYTES = 64 * 1024;
const ALICE = { name: 'alice', password: 'alice-secret', mechanism: 'SCRAM-SHA-256' } as const;
const BOB = { name: 'b=o,b', password: 'pässwörd', mechanism: 'SCRAM-SHA-512', iterations: 8_192 } as const;
const CHANGING = { name: 'changing', password: 'before', mechanism: 'SCRAM-SHA-256' } as const;
const INVALID = 'Authentication failed during authentication due to invalid credentials with SASL mechanism';
const VERSIONS = createApiVersionsRequest({ clientSoftwareName: 'test', clientSoftwareVersion: '1' });

const SASL_LISTENER = { ...ON_LOOPBACK, name: 'SASL', protocol: 'SASL_PLAINTEXT' } as const;

interface Line {
  readonly event: string;
  readonly message: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

let directory: string;
let usersFile: string;
let gateway: TestGateway;
let port: number;
const clients: KafkaClient[] = [];
let lines: Line[] = [];
let waiting: { readonly matches: (line: Line) => boolean; readonly resolve: (line: Line) => void }[] = [];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'seaglass-sasl-'));
  usersFile = join(directory, 'users.yaml');
  writeFileSync(usersFile, await usersFileText([ALICE, BOB, CHANGING]), { mode: 0o600 });
  gateway = await startTestGateway({
    usersFile,
    sasl: {
      enabledMechanisms: ['PLAIN', ...MECHANISMS],
      serverMaxReceiveBytes: RECEIVE_BYTES,
      failedAuthenticationDelayMs: 50,
    },
    telemetry: {
      log: {
        enabled: () => true,
        write(_level, event, message, attributes = {}) {
          const line = { event, message, attributes };
          lines.push(line);
          for (const each of waiting) if (each.matches(line)) each.resolve(line);
        },
      },
    },
  });
  ({ port } = await gateway.listeners.bind(SASL_LISTENER));
}, 60_000);
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  lines = [];
  waiting = [];
});
afterAll(async () => {
  await gateway.close();
  rmSync(directory, { recursive: true, force: true });
});

async function connect(to = port): Promise<KafkaClient> {
  const client = await KafkaClient.connect(to, 'sasl');
  clients.push(client);
  return client;
}

/** The next line that says so, or one that has. */
function logged(event: string, matches: (line: Line) => boolean = () => true): Promise<Line> {
  const isIt = (line: Line): boolean => line.event === event && matches(line);
  const there = lines.find(isIt);
  if (there !== undefined) return Promise.resolve(there);
  return new Promise((resolve) => waiting.push({ matches: isIt, resolve }));
}

const asks = (client: KafkaClient) => client.call(METADATA, createMetadataRequest({ topics: [] }));
const principals = (): readonly string[] =>
  gateway.listeners.clients().flatMap(({ listener, principal }) => (listener === 'SASL' ? [principal] : []));
const failures = (mechanism: string, reason: string): number =>
  gateway.telemetry.instruments.value('seaglass_authentication_failures_total', { mechanism, reason }) ?? 0;

describe('who knows the password', () => {
  test.each(MECHANISMS)('signs in by %s, and the server shows that it knows the user', async (mechanism) => {
    const user = mechanism === 'SCRAM-SHA-256' ? ALICE : BOB;
    const client = await connect();
    await client.call(API_VERSIONS, VERSIONS);
    const { name, password } = user;
    const { answer, isKnown } = await signInByScram(client, { mechanism, user: name, password });
    expect(answer).toMatchObject({ errorCode: ErrorCode.NONE, errorMessage: '', sessionLifetimeMs: 0 });
    expect(isKnown).toBe(true);
    expect((await asks(client)).brokers).toHaveLength(1);
    expect(principals()).toEqual([user.name]);
  });

  test('signs in by PLAIN, whichever of the mechanisms the password is kept for', async () => {
    for (const { name, password } of [ALICE, BOB]) {
      const client = await connect();
      const answer = await signInByPlain(client, name, password);
      expect(answer).toMatchObject({ errorCode: ErrorCode.NONE, authBytes: new Uint8Array() });
      await asks(client);
    }
    expect(principals()).toEqual([ALICE.name, BOB.name]);
  });

  test('may send bare tokens behind a handshake of version 0', async () => {
    const client = await connect();
    await client.call(API_VERSIONS, VERSIONS);
    await handshake(client, 'SCRAM-SHA-256', 0);
    const scram = new ScramClient({ mechanism: 'SCRAM-SHA-256', user: ALICE.name, password: ALICE.password });
    const challenge = await bareToken(client, scram.first);
    expect(scram.knows(await bareToken(client, scram.last(challenge)))).toBe(true);
    await asks(client);
    const plain = await connect();
    await handshake(plain, 'PLAIN', 0);
    expect(await bareToken(plain, plainToken(ALICE.name, ALICE.password))).toHaveLength(0);
    await asks(plain);
  });

  test('may ask for the right to be who it is', async () => {
    const client = await connect();
    const header = `n,a=${ALICE.name},`;
    const options = { mechanism: 'SCRAM-SHA-256', user: ALICE.name, password: ALICE.password, header } as const;
    expect((await signInByScram(client, options)).isKnown).toBe(true);
  });
});

describe('who does not', () => {
  test.each([
    ['PLAIN', ALICE.name, 'wrong', 'wrong_password', 'Authentication failed: Invalid username or password'],
    ['PLAIN', 'nobody', 'wrong', 'unknown_user', 'Authentication failed: Invalid username or password'],
    ['SCRAM-SHA-256', ALICE.name, 'wrong', 'wrong_password', `${INVALID} SCRAM-SHA-256`],
    ['SCRAM-SHA-256', 'nobody', 'wrong', 'unknown_user', `${INVALID} SCRAM-SHA-256`],
    ['SCRAM-SHA-512', ALICE.name, ALICE.password, 'unknown_user', `${INVALID} SCRAM-SHA-512`],
  ] as const)('%s of %s with %s is refused (%s)', async (mechanism, user, password, reason, told) => {
    const before = failures(mechanism, reason);
    const client = await connect();
    const answer =
      mechanism === 'PLAIN'
        ? await signInByPlain(client, user, password)
        : (await signInByScram(client, { mechanism, user, password })).answer;
    expect(answer).toMatchObject({ errorCode: ErrorCode.SASL_AUTHENTICATION_FAILED, errorMessage: told });
    await client.closed;
    expect(failures(mechanism, reason)).toBe(before + 1);
    expect((await logged('sasl.failed')).attributes).toMatchObject({ user, reason, mechanism, listener: 'SASL' });
  });

  test('is not told who exists: a name without a user has a salt that stays, too', async () => {
    const saltOf = async (user: string): Promise<string> => {
      const client = await connect();
      const scram = new ScramClient({ mechanism: 'SCRAM-SHA-256', user, password: 'x' });
      await handshake(client, 'SCRAM-SHA-256');
      return Buffer.from((await authenticate(client, scram.first)).authBytes)
        .toString()
        .replace(/^r=[^,]+,/, '');
    };
    const [real, decoy] = [await saltOf(ALICE.name), await saltOf('nobody')];
    expect(await saltOf(ALICE.name)).toBe(real);
    expect(await saltOf('nobody')).toBe(decoy);
    expect(await saltOf('somebody')).not.toBe(decoy);
    const shape = /^s=[A-Za-z0-9+/]{32,36}={0,2},i=4096$/;
    expect([real, decoy].map((text) => shape.test(text))).toEqual([true, true]);
  });

  test('waits for the answer, and gets no other', async () => {
    const client = await connect();
    await handshake(client, 'PLAIN');
    const sent = performance.now();
    const answer = await authenticate(client, plainToken(ALICE.name, 'wrong'));
    expect(answer.errorCode).toBe(ErrorCode.SASL_AUTHENTICATION_FAILED);
    expect(performance.now() - sent).toBeGreaterThan(45);
    await client.closed;
  });

  test('is gone without an answer where its tokens are bare', async () => {
    const client = await connect();
    await handshake(client, 'PLAIN', 0);
    await expect(bareToken(client, plainToken(ALICE.name, 'wrong'))).rejects.toThrow('closed');
  });

  test.each([
    ['PLAIN', plainToken(ALICE.name, ALICE.password, 'bob'), 'other_authorization_id', /different from username/],
    ['PLAIN', Buffer.from('alice'), 'malformed', /^Invalid SASL\/PLAIN response: expected 3 tokens, got 1$/],
    ['PLAIN', plainToken('', 'x'), 'malformed', /^Authentication failed: username not specified$/],
    ['PLAIN', plainToken('alice', ''), 'malformed', /^Authentication failed: password not specified$/],
    ['PLAIN', plainToken('alice', 'alice-secret\0'), 'malformed', /expected 3 tokens, got 4$/],
    ['SCRAM-SHA-256', Buffer.from('n,a=bob,n=alice,r=abc'), 'other_authorization_id', /different from username/],
    ['SCRAM-SHA-256', Buffer.from('y,,n=alice,r=abc'), 'malformed', /invalid credentials/],
    ['SCRAM-SHA-256', Buffer.from('p=tls-unique,,n=alice,r=abc'), 'malformed', /invalid credentials/],
    ['SCRAM-SHA-256', Buffer.from('n,,n=al=ice,r=abc'), 'malformed', /invalid credentials/],
    ['SCRAM-SHA-256', Buffer.from([0, 255, 0]), 'malformed', /invalid credentials/],
  ] as const)('sends wrong tokens of %s and is refused (%#)', async (mechanism, token, reason, told) => {
    const before = failures(mechanism, reason);
    const client = await connect();
    await handshake(client, mechanism);
    const answer = await authenticate(client, token);
    expect(answer.errorCode).toBe(ErrorCode.SASL_AUTHENTICATION_FAILED);
    expect(answer.errorMessage).toMatch(told);
    await client.closed;
    expect(failures(mechanism, reason)).toBe(before + 1);
  });

  test('cannot change the nonce, the header or the proof of SCRAM', async () => {
    const changes: ((last: string) => string)[] = [
      (last) => last.replace(/r=./, 'r=#'),
      (last) => last.replace('c=biws', 'c=eSws'),
      (last) => last.replace(/p=.*/, 'p='),
      (last) => last.replace(/p=(.)/, (_, letter: string) => `p=${letter === 'A' ? 'B' : 'A'}`),
    ];
    for (const change of changes) {
      const client = await connect();
      const scram = new ScramClient({ mechanism: 'SCRAM-SHA-256', user: ALICE.name, password: ALICE.password });
      await handshake(client, 'SCRAM-SHA-256');
      const last = scram.last((await authenticate(client, scram.first)).authBytes).toString();
      const answer = await authenticate(client, Buffer.from(change(last)));
      expect(answer.errorCode).toBe(ErrorCode.SASL_AUTHENTICATION_FAILED);
      await client.closed;
    }
  });
});

describe('before it has signed in, a client', () => {
  test('may ask for the versions once, and for the same that others see', async () => {
    const client = await connect();
    const told = await client.call(API_VERSIONS, VERSIONS);
    const open = await gateway.client();
    expect(told.apiKeys).toEqual((await open.call(API_VERSIONS, VERSIONS)).apiKeys);
    await expect(client.call(API_VERSIONS, VERSIONS)).rejects.toThrow('closed');
  });

  test('may ask again in a version that is served', async () => {
    const client = await connect();
    const correlationId = client.send({ ...API_VERSIONS, facts: { ...API_VERSIONS.facts } }, VERSIONS, 99);
    expect((await client.answer(API_VERSIONS, correlationId, 0)).errorCode).toBe(ErrorCode.UNSUPPORTED_VERSION);
    await client.call(API_VERSIONS, VERSIONS);
    expect((await signInByPlain(client, ALICE.name, ALICE.password)).errorCode).toBe(ErrorCode.NONE);
  });

  test('is told which mechanisms there are where it asks for another', async () => {
    const client = await connect();
    const answer = await handshake(client, 'GSSAPI');
    expect(answer).toEqual({
      errorCode: ErrorCode.UNSUPPORTED_SASL_MECHANISM,
      mechanisms: ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'],
    });
    await client.closed;
    expect(failures('none', 'unsupported_mechanism')).toBeGreaterThan(0);
  });

  test('is gone with its first request that needs a principal', async () => {
    const before = failures('none', 'illegal_state');
    const client = await connect();
    await expect(asks(client)).rejects.toThrow('closed');
    expect(failures('none', 'illegal_state')).toBe(before + 1);
    expect((await logged('sasl.failed')).message).toContain('is the client configured for SASL?');
  });

  test('is answered ILLEGAL_SASL_STATE for any other request between its tokens', async () => {
    const client = await connect();
    await handshake(client, 'PLAIN');
    const again = await handshake(client, 'PLAIN');
    expect(again.errorCode).toBe(ErrorCode.ILLEGAL_SASL_STATE);
    await client.closed;
  });

  test('may not send more than sasl.server-max-receive-bytes', async () => {
    const client = await connect();
    const length = Buffer.alloc(4);
    length.writeUInt32BE(RECEIVE_BYTES + 1);
    client.write(length);
    await client.closed;
    expect((await logged('sasl.failed')).attributes).toMatchObject({ reason: 'too_large' });
  });

  test('may send more once it has', async () => {
    const client = await connect();
    await signInByPlain(client, ALICE.name, ALICE.password);
    const topics = Array.from({ length: RECEIVE_BYTES / 16 }, (_, index) => ({
      topicId: ZERO_TOPIC_ID,
      name: `a-topic-of-no-use-${index}`,
    }));
    const answer = await client.call(METADATA, createMetadataRequest({ topics, allowAutoTopicCreation: false }));
    expect(answer.topics.length).toBeGreaterThan(1_000);
  }, 60_000);

  test('is let go in time, wherever it stops', async () => {
    const impatient = await startTestGateway({ sasl: { signInMsMax: 300 } });
    try {
      const bound = await impatient.listeners.bind(SASL_LISTENER);
      const all = await Promise.all([0, 1, 2, 3].map(() => connect(bound.port)));
      const [, versions, chosen, halfFrame] = all;
      versions?.send(API_VERSIONS, VERSIONS);
      chosen?.send(HANDSHAKE, { mechanism: 'SCRAM-SHA-256' });
      halfFrame?.write(Buffer.from([0, 0, 1]));
      await Promise.all(all.map((client) => client.closed));
      const { instruments } = impatient.telemetry;
      const [none, scram] = ['none', 'SCRAM-SHA-256'].map((mechanism) =>
        instruments.value('seaglass_authentication_failures_total', { mechanism, reason: 'too_late' }),
      );
      expect((none ?? 0) + (scram ?? 0)).toBe(4);
    } finally {
      await impatient.close();
    }
  }, 60_000);
});

test('after it has signed in, SaslAuthenticate is ILLEGAL_SASL_STATE and the connection goes on', async () => {
  const client = await connect();
  await signInByPlain(client, ALICE.name, ALICE.password);
  expect(await authenticate(client, plainToken(ALICE.name, ALICE.password))).toMatchObject({
    errorCode: ErrorCode.ILLEGAL_SASL_STATE,
    errorMessage: 'SaslAuthenticate request received after successful authentication',
  });
  await asks(client);
});

test('on a listener without SASL, both are ILLEGAL_SASL_STATE', async () => {
  const client = await gateway.client();
  expect((await handshake(client, 'PLAIN')).errorCode).toBe(ErrorCode.ILLEGAL_SASL_STATE);
  expect((await authenticate(client, plainToken('a', 'b'))).errorCode).toBe(ErrorCode.ILLEGAL_SASL_STATE);
  await asks(client);
});

test('the users file is read again when it changes, and one that cannot be read leaves the users before', async () => {
  const after = { ...CHANGING, password: 'after' };
  writeFileSync(usersFile, await usersFileText([ALICE, BOB, after]), { mode: 0o600 });
  await logged('users.reloaded');
  const code = async (password: string): Promise<number> =>
    (await signInByPlain(await connect(), CHANGING.name, password)).errorCode;
  expect(await code('before')).toBe(ErrorCode.SASL_AUTHENTICATION_FAILED);
  expect(await code('after')).toBe(ErrorCode.NONE);
  writeFileSync(usersFile, 'users: { alice: { SCRAM-SHA-256: { salt: canary } } }');
  const line = await logged('users.reload_failed');
  expect(line.message).toContain('user alice, SCRAM-SHA-256: expected iterations from 4096 to 16384');
  expect(line.message).not.toContain('canary');
  expect(await code('after')).toBe(ErrorCode.NONE);
}, 30_000);
