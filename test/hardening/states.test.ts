/**
 * Goal: no sequence of requests reaches a handler without the principal that it needs. Method: on a listener that asks for SASL every API
 * is sent in every state of signing in, signing in again and of sessions that have ended, and seeded sequences of what a client may send; every
 * API says whom it was reached by. Sessions end by a clock that the test moves.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/clock';
import { apis } from '../../src/kafka/api';
import { ANONYMOUS } from '../../src/kafka/connection-session';
import { requestFrame } from '../../src/protocol/client-headers';
import { createApiVersionsRequest } from '../../src/protocol/generated/api-versions';
import type { ServedApi } from '../../src/server/served-api';
import { ON_LOOPBACK, startTestGateway, type TestGateway } from '../support/gateway';
import { KafkaClient } from '../support/kafka-client';
import { seeded } from '../support/random';
import {
  API_VERSIONS,
  AUTHENTICATE,
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

const SEED = Number(process.env['SEAGLASS_TEST_SEED'] ?? 20_261_129);
const SEQUENCES = 300;
const STEPS = 6;
const TIMEOUT_MS = 300_000;
const ALICE = { name: 'alice', password: 'alice-secret', mechanism: 'SCRAM-SHA-256' } as const;
const SCRAM = { mechanism: ALICE.mechanism, user: ALICE.name, password: ALICE.password };
const SESSION_MS = 60_000;
/** What signing in itself is made of, and needs no principal. */
const OPEN: readonly string[] = [HANDSHAKE, AUTHENTICATE, API_VERSIONS].map(({ facts }) => facts.name);

let directory: string;
/** How far the gateway's clock is ahead. */
let aheadMs = 0;
const clock = {
  ...systemClock,
  nowMs: () => systemClock.nowMs() + aheadMs,
  monotonicMs: () => systemClock.monotonicMs() + aheadMs,
};
const sessionsEnd = (): void => void (aheadMs += SESSION_MS + 1);
let gateway: TestGateway;
let port: number;
/** Which API was reached, by whom. */
const reached: (readonly [api: string, principal: string])[] = [];

const watched = (api: ServedApi): ServedApi => ({
  ...api,
  serve: (body, run) => {
    reached.push([api.facts.name, run.session.principal]);
    return api.serve(body, run);
  },
});

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'seaglass-states-'));
  const usersFile = join(directory, 'users.yaml');
  writeFileSync(usersFile, await usersFileText([ALICE]), { mode: 0o600 });
  gateway = await startTestGateway({
    ...{ usersFile, watched, clock },
    sasl: {
      enabledMechanisms: ['PLAIN', 'SCRAM-SHA-256'],
      ...{ failedAuthenticationDelayMs: 0, connectionsMaxReauthMs: SESSION_MS },
    },
  });
  ({ port } = await gateway.listeners.bind({ ...ON_LOOPBACK, name: 'SASL', protocol: 'SASL_PLAINTEXT' }));
}, TIMEOUT_MS);
afterAll(async () => {
  await gateway.close();
  rmSync(directory, { recursive: true, force: true });
});
beforeEach(() => void (reached.length = 0));

const versions = (client: KafkaClient) =>
  client.call(API_VERSIONS, createApiVersionsRequest({ clientSoftwareName: 'test', clientSoftwareVersion: '1' }));

/** Each brings a fresh connection into the state; whether a request then comes from alice. */
const STATES: Readonly<Record<string, { readonly signedIn: boolean; enter(client: KafkaClient): Promise<unknown> }>> = {
  'a fresh connection': { signedIn: false, enter: () => Promise.resolve() },
  'versions are told': { signedIn: false, enter: versions },
  'a mechanism is chosen': { signedIn: false, enter: (client) => handshake(client, 'PLAIN') },
  'a mechanism is chosen, the older way': { signedIn: false, enter: (client) => handshake(client, 'PLAIN', 0) },
  'SCRAM has challenged': {
    signedIn: false,
    enter: async (client) => {
      await handshake(client, ALICE.mechanism);
      await authenticate(client, new ScramClient(SCRAM).first);
    },
  },
  'SCRAM has challenged, the older way': {
    signedIn: false,
    enter: async (client) => {
      await handshake(client, ALICE.mechanism, 0);
      await bareToken(client, new ScramClient(SCRAM).first);
    },
  },
  'a password was wrong': {
    signedIn: false,
    enter: async (client) => {
      await handshake(client, 'PLAIN');
      await authenticate(client, plainToken('alice', 'wrong')).catch(() => undefined);
    },
  },
  'signed in': { signedIn: true, enter: (client) => signInByScram(client, SCRAM) },
  'about to sign in again': {
    signedIn: false,
    enter: async (client) => {
      await signInByScram(client, SCRAM);
      await handshake(client, ALICE.mechanism);
    },
  },
  'signed in by PLAIN': { signedIn: true, enter: (client) => signInByPlain(client, ALICE.name, ALICE.password) },
  'signing in again, SCRAM has challenged': {
    signedIn: false,
    enter: async (client) => {
      await signInByScram(client, SCRAM);
      await handshake(client, ALICE.mechanism);
      await authenticate(client, new ScramClient(SCRAM).first);
    },
  },
  'signing in again, the older way': {
    signedIn: false,
    enter: async (client) => {
      await signInByScram(client, SCRAM);
      await handshake(client, ALICE.mechanism, 0);
    },
  },
  'signing in again by another mechanism': {
    signedIn: false,
    enter: async (client) => {
      await signInByScram(client, SCRAM);
      await handshake(client, 'PLAIN');
    },
  },
  'signing in again has failed': {
    signedIn: false,
    enter: async (client) => {
      await signInByPlain(client, ALICE.name, ALICE.password);
      await handshake(client, 'PLAIN');
      await authenticate(client, plainToken('alice', 'wrong')).catch(() => undefined);
    },
  },
  'signed in again': {
    signedIn: true,
    enter: async (client) => {
      await signInByScram(client, SCRAM);
      await signInByScram(client, SCRAM);
    },
  },
  'the session has ended': {
    signedIn: false,
    enter: async (client) => {
      await signInByScram(client, SCRAM);
      sessionsEnd();
    },
  },
  'the session has ended, and it is about to sign in again': {
    signedIn: false,
    enter: async (client) => {
      await signInByScram(client, SCRAM);
      sessionsEnd();
      await handshake(client, ALICE.mechanism);
    },
  },
  'the session had ended, and it has signed in again': {
    signedIn: true,
    enter: async (client) => {
      await signInByScram(client, SCRAM);
      sessionsEnd();
      await signInByScram(client, SCRAM);
    },
  },
};

const bare = ({ key, requestVersions }: Omit<ServedApi['facts'], 'advertisedMin'>): Buffer =>
  Buffer.concat(
    requestFrame({ apiKey: key, apiVersion: requestVersions.max, correlationId: 1, clientId: 'states' }).finishFrame(),
  );

/** Sends it and waits until it is answered or the connection is let go. */
async function ask(client: KafkaClient, frame: Uint8Array): Promise<void> {
  client.write(frame);
  await client.frame().catch(() => undefined);
}

test('these are all APIs that clients are told of', async () => {
  const client = await KafkaClient.connect(port, 'states');
  const { apiKeys } = await versions(client);
  await client.close();
  const numbers = (keys: readonly number[]): readonly number[] => [...keys].sort((a, b) => a - b);
  expect(numbers(apis.map(({ facts }) => facts.key))).toEqual(numbers(apiKeys.map(({ apiKey }) => apiKey)));
});

test.each(Object.keys(STATES))(
  '%s: of every API only those of signing in are reached without a principal',
  async (name) => {
    const state = STATES[name];
    if (state === undefined) throw new Error(name);
    for (const { facts } of apis) {
      const client = await KafkaClient.connect(port, 'states');
      await state.enter(client);
      reached.length = 0;
      await ask(client, bare(facts));
      await client.close();
      const others = reached.filter(([api]) => !OPEN.includes(api));
      // A body is missing, so that it is not served; that it came so far is what counts.
      expect([facts.name, others]).toEqual([
        facts.name,
        state.signedIn && !OPEN.includes(facts.name) ? [[facts.name, ALICE.name]] : [],
      ]);
    }
  },
  TIMEOUT_MS,
);

test(
  `${SEQUENCES} sequences of what a client may send reach no handler without a principal (seed ${SEED})`,
  async () => {
    const below = seeded(SEED);
    const steps: readonly ((client: KafkaClient) => Promise<unknown>)[] = [
      versions,
      (client) => handshake(client, 'PLAIN'),
      (client) => handshake(client, ALICE.mechanism, below(2)),
      (client) => handshake(client, 'GSSAPI'),
      (client) => authenticate(client, plainToken('alice', 'wrong')),
      (client) => authenticate(client, new ScramClient(SCRAM).first),
      (client) => bareToken(client, plainToken('alice', 'wrong')),
      (client) => ask(client, bare((apis[below(apis.length)] ?? HANDSHAKE).facts)),
    ];
    for (let sequence = 0; sequence < SEQUENCES; sequence++) {
      const client = await KafkaClient.connect(port, 'states');
      for (let left = STEPS; left > 0; left--) await steps[below(steps.length)]?.(client).catch(() => undefined);
      await client.close();
    }
    expect(reached.filter(([api, principal]) => !OPEN.includes(api) || principal !== ANONYMOUS)).toEqual([]);
    expect(reached.length).toBeGreaterThan(SEQUENCES / 4);
  },
  TIMEOUT_MS,
);

test(
  `${SEQUENCES} sequences with right passwords reach handlers as their user alone, and none behind the end of a session (seed ${SEED})`,
  async () => {
    const below = seeded(SEED);
    let served = 0;
    /** Whether this connection may be served: it has signed in, and its session has not ended. */
    let may = false;
    const signedIn = async (step: Promise<{ readonly errorCode: number }>): Promise<void> => {
      may = (await step).errorCode === 0 || may;
    };
    const steps: readonly ((client: KafkaClient) => Promise<unknown>)[] = [
      (client) => signedIn(signInByScram(client, SCRAM).then(({ answer }) => answer)),
      (client) => signedIn(signInByPlain(client, ALICE.name, ALICE.password)),
      (client) => handshake(client, ALICE.mechanism, below(2)),
      (client) => authenticate(client, new ScramClient(SCRAM).first),
      (client) => ask(client, bare((apis[below(apis.length)] ?? HANDSHAKE).facts)),
      (client) => ask(client, bare((apis[below(apis.length)] ?? HANDSHAKE).facts)),
      () => {
        sessionsEnd();
        may = false;
        return Promise.resolve();
      },
    ];
    for (let sequence = 0; sequence < SEQUENCES; sequence++) {
      const client = await KafkaClient.connect(port, 'states');
      may = false;
      for (let left = STEPS; left > 0; left--) {
        reached.length = 0;
        await steps[below(steps.length)]?.(client).catch(() => undefined);
        const others = reached.filter(([api]) => !OPEN.includes(api));
        served += others.length;
        expect([sequence, others]).toEqual([sequence, may ? others.map(([api]) => [api, ALICE.name]) : []]);
      }
      await client.close();
    }
    expect(served).toBeGreaterThan(SEQUENCES / 20);
  },
  TIMEOUT_MS,
);
