/**
 * Goal: users who are stored by Kafka's API sign in at every gateway at once, and sessions end as Kafka ends them (KIP-368). Method: two gateways
 * on one node in this process, bytes over sockets, a clock that the test moves.
 */
import { pbkdf2Sync } from 'node:crypto';
import { systemClock } from '../../src/clock';
import { ErrorCode } from '../../src/protocol/error-code';
import * as alterCodec from '../../src/protocol/generated/alter-user-scram-credentials';
import * as tokenCodec from '../../src/protocol/generated/describe-delegation-token';
import * as describeCodec from '../../src/protocol/generated/describe-user-scram-credentials';
import { createMetadataRequest } from '../../src/protocol/generated/metadata';
import {
  ON_LOOPBACK,
  openRecordLogEngine,
  startTestGateway,
  startTestNode,
  type TestGateway,
} from '../support/gateway';
import { type Codec, KafkaClient, METADATA } from '../support/kafka-client';
import { authenticate, handshake, plainToken, signInByPlain, signInByScram } from '../support/sasl-client';

const ALTER: Codec<alterCodec.AlterUserScramCredentialsRequest, alterCodec.AlterUserScramCredentialsResponse> = {
  facts: alterCodec.alterUserScramCredentialsApi,
  write: alterCodec.writeAlterUserScramCredentialsRequest,
  read: alterCodec.readAlterUserScramCredentialsResponse,
};
const DESCRIBE: Codec<
  describeCodec.DescribeUserScramCredentialsRequest,
  describeCodec.DescribeUserScramCredentialsResponse
> = {
  facts: describeCodec.describeUserScramCredentialsApi,
  write: describeCodec.writeDescribeUserScramCredentialsRequest,
  read: describeCodec.readDescribeUserScramCredentialsResponse,
};
const TOKENS: Codec<tokenCodec.DescribeDelegationTokenRequest, tokenCodec.DescribeDelegationTokenResponse> = {
  facts: tokenCodec.describeDelegationTokenApi,
  write: tokenCodec.writeDescribeDelegationTokenRequest,
  read: tokenCodec.readDescribeDelegationTokenResponse,
};
const SHA_256 = 1;
const SHA_512 = 2;
const REAUTH_MS = 60_000;

let node: { readonly address: string; close(): Promise<void> };
let gateways: readonly TestGateway[];
let ports: readonly number[];
let aheadMs = 0;
/** The monotonic clock stands still here while it is given. */
let standsAtMs: number | undefined;
const clients: KafkaClient[] = [];

const monotonicMs = (): number => standsAtMs ?? systemClock.monotonicMs() + aheadMs;

async function startGateway(): Promise<TestGateway> {
  const gateway = await startTestGateway({
    engine: (telemetry) => openRecordLogEngine(node.address, telemetry),
    stored: true,
    sasl: {
      enabledMechanisms: ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'],
      failedAuthenticationDelayMs: 10,
      connectionsMaxReauthMs: REAUTH_MS,
    },
    listenerClock: systemClock,
    clock: { ...systemClock, monotonicMs },
  });
  return gateway;
}

beforeAll(async () => {
  node = await startTestNode();
  gateways = [await startGateway(), await startGateway()];
  ports = await Promise.all(
    gateways.map(async ({ listeners }) => {
      const bound = await listeners.bind({ ...ON_LOOPBACK, name: 'SASL', protocol: 'SASL_PLAINTEXT' });
      return bound.port;
    }),
  );
}, 60_000);
afterEach(async () => {
  standsAtMs = undefined;
  for (const client of clients.splice(0)) await client.close();
});
afterAll(async () => {
  for (const gateway of gateways) {
    await gateway.close();
    await gateway.engine.close();
  }
  await node.close();
}, 60_000);

async function connect(at = 0): Promise<KafkaClient> {
  const client = await KafkaClient.connect(ports[at] ?? 0, 'users');
  clients.push(client);
  return client;
}

const asks = (client: KafkaClient) => client.call(METADATA, createMetadataRequest({ topics: [] }));
const admin = async (): Promise<KafkaClient> => {
  const client = await gateways[0]?.client('admin');
  if (client === undefined) throw new Error('no gateway');
  return client;
};

function upsertion(name: string, password: string, fields: Partial<alterCodec.ScramCredentialUpsertion> = {}) {
  const { mechanism = SHA_256, iterations = 4_096 } = fields;
  const salt = Buffer.from(`salt of ${name}`);
  const [bytes, hash] = mechanism === SHA_512 ? [64, 'sha512'] : [32, 'sha256'];
  const saltedPassword = pbkdf2Sync(password, salt, Math.max(iterations, 1), bytes, hash);
  return alterCodec.createScramCredentialUpsertion({ name, mechanism, iterations, salt, saltedPassword, ...fields });
}

async function alter(
  upsertions: readonly alterCodec.ScramCredentialUpsertion[],
  deletions: readonly alterCodec.ScramCredentialDeletion[] = [],
): Promise<readonly (readonly [user: string, code: number, message: string | null])[]> {
  const { results } = await (await admin()).call(ALTER, { upsertions, deletions });
  return results.map(({ user, errorCode, errorMessage }) => [user, errorCode, errorMessage]);
}

/** Signs in at the other gateway until that has heard of the change. */
async function codeAtOther(password: string, wanted: number): Promise<number> {
  const deadlineMs = performance.now() + 30_000;
  for (;;) {
    const client = await KafkaClient.connect(ports[1] ?? 0, 'users');
    const { errorCode } = await signInByPlain(client, 'orders', password);
    await client.close();
    if (errorCode === wanted || performance.now() > deadlineMs) return errorCode;
  }
}

test('a user is stored, signs in at both gateways, is given another password, and removed', async () => {
  expect(await alter([upsertion('orders', 'first')])).toEqual([['orders', ErrorCode.NONE, null]]);
  const options = { mechanism: 'SCRAM-SHA-256', user: 'orders', password: 'first' } as const;
  expect((await signInByScram(await connect(), options)).isKnown).toBe(true);
  expect(await codeAtOther('first', ErrorCode.NONE)).toBe(ErrorCode.NONE);
  await alter([upsertion('orders', 'second')]);
  expect(await codeAtOther('first', ErrorCode.SASL_AUTHENTICATION_FAILED)).toBe(ErrorCode.SASL_AUTHENTICATION_FAILED);
  expect(await codeAtOther('second', ErrorCode.NONE)).toBe(ErrorCode.NONE);
  await alter([], [{ name: 'orders', mechanism: SHA_256 }]);
  expect(await codeAtOther('second', ErrorCode.SASL_AUTHENTICATION_FAILED)).toBe(ErrorCode.SASL_AUTHENTICATION_FAILED);
}, 60_000);

test('what is wrong with a user is its own answer, in Kafka’s words', async () => {
  const twice = upsertion('twice', 'x');
  const answers = await alter(
    [
      upsertion('', 'x'),
      upsertion('few', 'x', { iterations: 4_095 }),
      upsertion('many', 'x', { iterations: 16_385 }),
      upsertion('strange', 'x', { mechanism: 3 }),
      upsertion('saltless', 'x', { salt: new Uint8Array() }),
      twice,
      twice,
      upsertion('right', 'x', { mechanism: SHA_512 }),
    ],
    [{ name: 'absent', mechanism: SHA_256 }],
  );
  expect(answers).toEqual([
    ['absent', ErrorCode.RESOURCE_NOT_FOUND, 'Attempt to delete a user credential that does not exist'],
    ['', ErrorCode.UNACCEPTABLE_CREDENTIAL, 'Username must not be empty'],
    ['few', ErrorCode.UNACCEPTABLE_CREDENTIAL, 'Too few iterations'],
    ['many', ErrorCode.UNACCEPTABLE_CREDENTIAL, 'Too many iterations'],
    ['strange', ErrorCode.UNSUPPORTED_SASL_MECHANISM, 'Unknown SCRAM mechanism'],
    ['saltless', ErrorCode.UNACCEPTABLE_CREDENTIAL, 'Salt must be 1 to 1024 bytes'],
    ['twice', ErrorCode.DUPLICATE_RESOURCE, 'A user credential cannot be altered twice in the same request'],
    ['right', ErrorCode.NONE, null],
  ]);
  await alter([], [{ name: 'right', mechanism: SHA_512 }]);
});

test('users are described with what they may sign in by, and never with what', async () => {
  await alter([upsertion('both', 'x', { iterations: 8_192 })]);
  await alter([upsertion('both', 'x', { mechanism: SHA_512 })]);
  const both = {
    ...{ user: 'both', errorCode: ErrorCode.NONE, errorMessage: '' },
    credentialInfos: [
      { mechanism: SHA_256, iterations: 8_192 },
      { mechanism: SHA_512, iterations: 4_096 },
    ],
  };
  const client = await admin();
  expect((await client.call(DESCRIBE, { users: null })).results).toEqual([both]);
  const { results } = await client.call(DESCRIBE, { users: [{ name: 'both' }, { name: 'nobody' }] });
  expect(results).toMatchObject([both, { user: 'nobody', errorCode: ErrorCode.RESOURCE_NOT_FOUND }]);
});

describe('a client that is signed in', () => {
  beforeAll(async () => {
    await alter([upsertion('one', 'p'), upsertion('two', 'p')]);
  });

  test('is told when it must sign in again, does so on the same connection, and goes on', async () => {
    const client = await connect();
    expect((await signInByPlain(client, 'one', 'p')).sessionLifetimeMs).toBe(REAUTH_MS);
    aheadMs += REAUTH_MS / 2;
    expect((await signInByPlain(client, 'one', 'p')).errorCode).toBe(ErrorCode.NONE);
    aheadMs += REAUTH_MS / 2 + 1_000;
    await asks(client);
  });

  test('is gone with the first request behind the end of its session', async () => {
    const client = await connect();
    await signInByPlain(client, 'one', 'p');
    aheadMs += REAUTH_MS + 1;
    await expect(asks(client)).rejects.toThrow('closed');
  });

  test('may sign in again behind that end', async () => {
    const client = await connect();
    await signInByPlain(client, 'one', 'p');
    aheadMs += REAUTH_MS + 1;
    expect((await signInByPlain(client, 'one', 'p')).errorCode).toBe(ErrorCode.NONE);
    await asks(client);
  });

  test('must stay who it is', async () => {
    const client = await connect();
    await signInByPlain(client, 'one', 'p');
    expect(await signInByPlain(client, 'two', 'p')).toMatchObject({
      errorCode: ErrorCode.SASL_AUTHENTICATION_FAILED,
      errorMessage: 'Cannot change principals during re-authentication from User.one: User.two',
    });
    await client.closed;
  });

  test('must stay with its mechanism, and hears so as from Kafka: by the end of the connection', async () => {
    const client = await connect();
    await signInByPlain(client, 'one', 'p');
    expect((await handshake(client, 'SCRAM-SHA-256')).errorCode).toBe(ErrorCode.NONE);
    await expect(authenticate(client, Buffer.from('n,,n=one,r=abc'))).rejects.toThrow('closed');
  });

  test('may ask for nothing else once it has begun to sign in again', async () => {
    const client = await connect();
    await signInByPlain(client, 'one', 'p');
    await handshake(client, 'PLAIN');
    const answer = await client.call(METADATA, createMetadataRequest({ topics: [] }), 1);
    expect(answer.brokers).toEqual([]);
    await client.closed;
  });

  test('may not sign in again within a second of the last time', async () => {
    const client = await connect();
    await signInByPlain(client, 'one', 'p');
    standsAtMs = monotonicMs();
    await signInByPlain(client, 'one', 'p');
    expect((await handshake(client, 'PLAIN')).errorCode).toBe(ErrorCode.ILLEGAL_SASL_STATE);
    expect((await authenticate(client, plainToken('one', 'p'))).errorCode).toBe(ErrorCode.ILLEGAL_SASL_STATE);
    await asks(client);
  });

  test('gets no delegation token, and is told why as by a Kafka without a secret for them', async () => {
    const client = await connect();
    await signInByPlain(client, 'one', 'p');
    const asked = { owners: null };
    expect((await client.call(TOKENS, asked)).errorCode).toBe(ErrorCode.DELEGATION_TOKEN_AUTH_DISABLED);
    const { errorCode } = await (await admin()).call(TOKENS, asked);
    expect(errorCode).toBe(ErrorCode.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED);
  });
});
