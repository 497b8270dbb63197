/**
 * Goal: who signs in, rightly and wrongly, is answered as Apache Kafka answers, step by step, and so are changes of users. Method: scripts of what
 * clients may send over a socket; what Kafka 4.3.1 answered is recorded in kafka-answers.txt, and compared field by field. To record it
 * again: SEAGLASS_TEST_WRITE=1 npx jest test/sasl-answers
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { kafkaClassPath } from '../bench/jars';
import { startKafka } from '../bench/systems';
import { startWholeGateway } from '../e2e/support';
import { differencesOf, nameOf } from '../kafka-answers/differences';
import { matches } from '../kafka-answers/known-differences';
import { readExchanges, writeExchanges } from '../kafka-answers/recorded';
import type { Exchange } from '../kafka-answers/script';
import { makeHome } from '../kafka-group/running-gateway';
import { KafkaClient } from '../support/kafka-client';
import { signInByPlain, signInByScram } from '../support/sasl-client';
import { againScript } from './again-script';
import { KNOWN_DIFFERENCES } from './known-differences';
import { ALICE, BOB, signInScript } from './sign-in-script';
import { addUsers, tokensScript, usersScript } from './users-script';

const RECORDED = join(__dirname, 'kafka-answers.txt');
const MECHANISMS = 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512';
/** Sessions end after a minute, or never. */
const REAUTH_MS = [0, 60_000];
const SCRAM_MODULE = 'org.apache.kafka.common.security.scram.ScramLoginModule';

let kafka: readonly Exchange[] = [];
let here: readonly Exchange[] = [];

beforeAll(async () => {
  if (process.env['SEAGLASS_TEST_WRITE'] === '1') writeFileSync(RECORDED, writeExchanges(await ask(withKafka)));
  kafka = readExchanges(readFileSync(RECORDED, 'utf8'));
  here = await ask(withGateway);
}, 600_000);

/** Where a broker's clients sign in, and where they need not. */
interface Ports {
  readonly plain: number;
  readonly sasl: number;
}
type Asked = (ports: Ports) => Promise<readonly Exchange[]>;
type Brokers = (reauthMs: number, asked: Asked) => Promise<readonly Exchange[]>;

async function ask(broker: Brokers): Promise<readonly Exchange[]> {
  const exchanges: Exchange[] = [];
  for (const reauthMs of REAUTH_MS)
    exchanges.push(...(await broker(reauthMs, (ports) => wholeScript(ports, reauthMs))));
  return exchanges;
}

async function wholeScript({ plain, sasl }: Ports, reauthMs: number): Promise<readonly Exchange[]> {
  const admin = (): Promise<KafkaClient> => KafkaClient.connect(plain, 'script');
  await addUsers(admin, [ALICE, BOB]);
  for (const { name: user, password, mechanisms } of [ALICE, BOB])
    for (const mechanism of mechanisms)
      await (await letIn(sasl, (client) => signInByScram(client, { mechanism, user, password }))).close();
  if (reauthMs > 0) return againScript(sasl, 'Again');
  return [
    ...(await signInScript(sasl)),
    ...(await againScript(sasl, 'AgainWithoutEnd')),
    ...(await usersScript(admin)),
    ...(await tokensScript(admin, 'by a listener that asks for nothing')),
    ...(await tokensScript(() => letIn(sasl), 'by a user who signed in')),
  ];
}

type SignIn = (client: KafkaClient) => Promise<{ readonly answer: { readonly errorCode: number } }>;

const byPlain: SignIn = async (client) => ({ answer: await signInByPlain(client, ALICE.name, ALICE.password) });

/** Signed in; users are known somewhat later than they are made. */
async function letIn(port: number, signIn: SignIn = byPlain): Promise<KafkaClient> {
  for (;;) {
    const client = await KafkaClient.connect(port, 'script');
    if ((await signIn(client)).answer.errorCode === 0) return client;
    await client.close();
  }
}

async function withKafka(reauthMs: number, asked: Asked): Promise<readonly Exchange[]> {
  const broker = await startKafka(await kafkaClassPath(join(__dirname, '..', '..')), {
    users: new Map([ALICE, BOB].map(({ name, password }) => [name, password])),
    properties: [
      `sasl.enabled.mechanisms=${MECHANISMS}`,
      `connections.max.reauth.ms=${reauthMs}`,
      ...['scram-sha-256', 'scram-sha-512'].map(
        (each) => `listener.name.sasl_plaintext.${each}.sasl.jaas.config=${SCRAM_MODULE} required;`,
      ),
    ],
  });
  try {
    return await asked({ plain: Number(broker.bootstrap.split(':')[1]), sasl: broker.saslPort ?? 0 });
  } finally {
    await broker.stop();
  }
}

async function withGateway(reauthMs: number, asked: Asked): Promise<readonly Exchange[]> {
  const home = makeHome();
  const gateway = await startWholeGateway({
    flags: {
      data: home.dataDirectory,
      listen: 'PLAINTEXT://127.0.0.1:0,SASL_PLAINTEXT://127.0.0.1:0',
      'sasl.enabled-mechanisms': MECHANISMS,
      'sasl.connections-max-reauth-ms': String(reauthMs),
    },
  });
  try {
    const [plain = 0, sasl = 0] = gateway.ports;
    return await asked({ plain, sasl });
  } finally {
    await gateway.close();
    home.remove();
  }
}

test('what was recorded is the answers to these scripts', () => {
  expect(kafka.map(nameOf)).toEqual(here.map(nameOf));
});

const differences = () =>
  kafka.flatMap((theirs, index) => {
    const ours = here[index];
    return ours === undefined ? [] : differencesOf(theirs, ours);
  });

test('every step is answered as Kafka answers it, but for the differences that are known', () => {
  const unknown = differences().filter((difference) => !KNOWN_DIFFERENCES.some((known) => matches(known, difference)));
  const lines = unknown.map((each) => `${each.exchange} | ${each.at} | kafka: ${each.kafka} | here: ${each.here}`);
  expect(lines).toEqual([]);
});

test('every known difference is one', () => {
  const all = differences();
  const gone = KNOWN_DIFFERENCES.filter((known) => !all.some((difference) => matches(known, difference)));
  expect(gone.map(({ reason }) => reason)).toEqual([]);
});
