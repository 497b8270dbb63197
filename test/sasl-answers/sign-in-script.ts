/** How connections sign in, rightly and wrongly, one scenario each: steps in the order in which a client could take them. */
import { SCRAM_MECHANISMS } from '../../src/kafka/users/scram-credential';
import type { Exchange } from '../kafka-answers/script';
import { KafkaClient } from '../support/kafka-client';
import { plainToken, ScramClient, type ScramClientOptions } from '../support/sasl-client';
import { NO_VERSION, Steps } from './steps';

export const ALICE = { name: 'alice', password: 'alice-secret', mechanisms: SCRAM_MECHANISMS } as const;
export const BOB = { name: 'bob', password: 'bob-secret', mechanisms: ['SCRAM-SHA-256'] } as const;
/** More than Kafka's sasl.server.max.receive.size. */
const TOO_LARGE = 600_000;

/** Resolves with 'too slow' where what it shows needs less time than it took: it is played again. */
export type Scenario = (steps: Steps) => Promise<unknown>;
export type Scenarios = Readonly<Record<string, Scenario>>;

const RIGHT = plainToken(ALICE.name, ALICE.password);

export async function plain(steps: Steps, token: Uint8Array = RIGHT, what = 'right'): Promise<void> {
  await steps.handshake('PLAIN');
  await steps.token(what, token);
}

interface ScramSteps extends Partial<ScramClientOptions> {
  /** Instead of the first or the last message. */
  readonly first?: (message: string) => string;
  readonly last?: (message: string) => string;
  readonly channelBinding?: string;
}

/** A whole exchange by SCRAM of alice, but for what is given. */
export async function scram(steps: Steps, given: ScramSteps = {}): Promise<void> {
  const mechanism = given.mechanism ?? 'SCRAM-SHA-256';
  const client = new ScramClient({ user: ALICE.name, password: ALICE.password, ...given, mechanism });
  const { first = same, last = same, channelBinding } = given;
  await steps.handshake(mechanism);
  const challenge = await steps.token('first', Buffer.from(first(client.first.toString())));
  if (challenge.byteLength === 0) return;
  await steps.token('last', Buffer.from(last(client.last(challenge, channelBinding).toString())));
}

const same = (message: string): string => message;

/** A connection for each; whether it is let in shows in the request that each ends with. */
export async function play(scenarios: Scenarios, port: number, api: string): Promise<readonly Exchange[]> {
  const exchanges: Exchange[] = [];
  for (const [what, scenario] of Object.entries(scenarios)) {
    const lines = await playOne(scenario, port);
    exchanges.push({ api, version: 0, what, lines });
  }
  return exchanges;
}

async function playOne(scenario: Scenario, port: number): Promise<readonly string[]> {
  for (;;) {
    const steps = new Steps(await KafkaClient.connect(port, 'script'));
    try {
      const outcome = await scenario(steps);
      await steps.metadata();
      if (outcome !== 'too slow') return steps.lines;
    } finally {
      await steps.client.close();
    }
  }
}

const ORDER: Scenarios = {
  'as clients do': async (steps) => {
    await steps.versions();
    await plain(steps);
    await steps.versions();
  },
  'with the first version of each': async (steps) => {
    await steps.versions(0);
    await steps.handshake('PLAIN', 1);
    await steps.token('right', RIGHT, 0);
  },
  'by a bare token': async (steps) => {
    await steps.handshake('PLAIN', 0);
    await steps.bare('right', RIGHT);
  },
  'by bare tokens of SCRAM': async (steps) => {
    const client = new ScramClient({ mechanism: 'SCRAM-SHA-256', user: ALICE.name, password: ALICE.password });
    await steps.handshake('SCRAM-SHA-256', 0);
    await steps.bare('last', client.last(await steps.bare('first', client.first)));
  },
  'by a bare token that is wrong': async (steps) => {
    await steps.handshake('PLAIN', 0);
    await steps.bare('wrong', plainToken(ALICE.name, 'wrong'));
  },
  'by a bare token after a handshake that announces framed ones': async (steps) => {
    await steps.handshake('PLAIN', 1);
    await steps.bare('right', RIGHT);
  },
  'by a framed token after a handshake that announces bare ones': async (steps) => {
    await steps.handshake('PLAIN', 0);
    await steps.token('right', RIGHT);
  },
  'by an unknown mechanism': (steps) => steps.handshake('GSSAPI'),
  'by an unknown mechanism, the older way': (steps) => steps.handshake('GSSAPI', 0),
  'by a mechanism without a name': (steps) => steps.handshake(''),
  'by a mechanism in small letters': (steps) => steps.handshake('plain'),
  'by another mechanism after one that is unknown': async (steps) => {
    await steps.handshake('GSSAPI');
    await plain(steps);
  },
  'with a token before the handshake': (steps) => steps.token('right', RIGHT),
  'with a bare token before the handshake': (steps) => steps.bare('right', RIGHT),
  'with a request before the handshake': (steps) => steps.metadata(),
  'with a request between handshake and token': (steps) => steps.handshake('PLAIN'),
  'with ApiVersions twice': async (steps) => {
    await steps.versions();
    await steps.versions();
    await plain(steps);
  },
  'with ApiVersions of a version that does not exist': async (steps) => {
    await steps.versions(NO_VERSION);
    await steps.versions();
    await plain(steps);
  },
  'with ApiVersions between handshake and token': async (steps) => {
    await steps.handshake('PLAIN');
    await steps.versions();
    await steps.token('right', RIGHT);
  },
  'with a second handshake instead of the token': async (steps) => {
    await steps.handshake('PLAIN');
    await plain(steps);
  },
  'with a request between the tokens of SCRAM': async (steps) => {
    const client = new ScramClient({ mechanism: 'SCRAM-SHA-256', user: ALICE.name, password: ALICE.password });
    await steps.handshake('SCRAM-SHA-256');
    await steps.token('first', client.first);
    await steps.versions();
  },
  'with a token after the last': async (steps) => {
    await plain(steps);
    await steps.token('right', RIGHT);
  },
  'with a token that is too large': async (steps) => plain(steps, Buffer.alloc(TOO_LARGE, 'a'), 'too large'),
  'with a request that is too large before the handshake': (steps) => steps.bare('too large', Buffer.alloc(TOO_LARGE)),
};

const PLAIN_TOKENS: Readonly<Record<string, Uint8Array>> = {
  'the right password': RIGHT,
  'a wrong password': plainToken(ALICE.name, 'wrong'),
  'the beginning of the password': plainToken(ALICE.name, ALICE.password.slice(0, -1)),
  'the password of somebody else': plainToken(ALICE.name, BOB.password),
  'a user that does not exist': plainToken('nobody', ALICE.password),
  'no user': plainToken('', ALICE.password),
  'no password': plainToken(ALICE.name, ''),
  'the user as authorization id': plainToken(ALICE.name, ALICE.password, ALICE.name),
  'another authorization id': plainToken(ALICE.name, ALICE.password, BOB.name),
  'another authorization id and a wrong password': plainToken(ALICE.name, 'wrong', BOB.name),
  'an empty token': new Uint8Array(),
  'no NUL': Buffer.from('alice'),
  'one NUL': Buffer.from('\0alice'),
  'three NULs': Buffer.concat([RIGHT, Buffer.from('\0')]),
  'something behind the password': Buffer.concat([RIGHT, Buffer.from('\0more')]),
};

const SCRAM_EXCHANGES: Readonly<Record<string, ScramSteps>> = {
  'the right password': {},
  'the right password by SHA-512': { mechanism: 'SCRAM-SHA-512' },
  'a mechanism that the user has no password for': {
    mechanism: 'SCRAM-SHA-512',
    user: BOB.name,
    password: BOB.password,
  },
  'a wrong password': { password: 'wrong' },
  'a user that does not exist': { user: 'nobody' },
  'a user that does not exist by SHA-512': { user: 'nobody', mechanism: 'SCRAM-SHA-512' },
  'the user as authorization id': { header: `n,a=${ALICE.name},` },
  'another authorization id': { header: `n,a=${BOB.name},` },
  'channel binding': { header: 'p=tls-unique,,' },
  'channel binding that the client thinks the server has not': { header: 'y,,' },
  'another channel binding in the last message': { channelBinding: Buffer.from('y,,').toString('base64') },
  'another nonce in the last message': { last: (message) => message.replace(/,r=[^,]+/, ',r=another') },
  'its own nonce alone in the last message': { last: (message) => message.replace(/(,r=[0-9a-f]{24})[^,]*/, '$1') },
  'a proof that is too short': { last: (message) => message.replace(/,p=.*/, ',p=AAAA') },
  'a proof that is no base64': { last: (message) => message.replace(/,p=.*/, ',p=!') },
  'no proof': { last: (message) => message.replace(/,p=.*/, '') },
  'an extension': { first: (message) => `${message},ext=value` },
  'the name of a delegation token': { first: (message) => `${message},tokenauth=true` },
  'the words false of a delegation token': { first: (message) => `${message},tokenauth=false` },
  'an empty first message': { first: () => '' },
  'a first message without a nonce': { first: () => 'n,,n=alice' },
  'a first message without a name': { first: () => 'n,,n=,r=nonce' },
  'a first message with a comma that is not escaped': { first: () => 'n,,n=al,ice,r=nonce' },
  'an empty last message': { last: () => '' },
  'the first message once more': { last: () => 'n,,n=alice,r=nonce' },
};

const mapped = <T>(of: Readonly<Record<string, T>>, scenario: (steps: Steps, each: T) => Promise<void>): Scenarios =>
  Object.fromEntries(Object.entries(of).map(([what, each]) => [what, (steps: Steps) => scenario(steps, each)]));

/** All of a broker's answers to who signs in. */
export const signInScript = async (port: number): Promise<readonly Exchange[]> => [
  ...(await play(ORDER, port, 'SignIn')),
  ...(await play(mapped(PLAIN_TOKENS, plain), port, 'Plain')),
  ...(await play(mapped(SCRAM_EXCHANGES, scram), port, 'Scram')),
];
