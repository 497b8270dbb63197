/**
 * Goal: an Apache Kafka with its StandardAuthorizer would refuse and hide the same, request by request. Method: a script asks every row of
 * the authorization table as a user who has more or less of the rights, draws sets of entries by a seed and asks what they allow, and
 * makes, finds and deletes entries; what Kafka 4.3.1 answered is recorded in kafka-answers.txt, and compared field by field. To record it
 * again: SEAGLASS_TEST_WRITE=1 npx jest test/acl/kafka-answers
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ACCESS_RULES, OPEN_APIS } from '../../src/kafka/security/authorization-table';
import { apis } from '../../src/kafka/api';
import { kafkaClassPath } from '../bench/jars';
import { startKafka } from '../bench/systems';
import { startWholeGateway } from '../e2e/support';
import { differencesOf, nameOf } from '../kafka-answers/differences';
import { matches } from '../kafka-answers/known-differences';
import { readExchanges, writeExchanges } from '../kafka-answers/recorded';
import type { Exchange } from '../kafka-answers/script';
import { makeHome } from '../kafka-group/running-gateway';
import { type Certificates, type IssuedCertificate, makeCertificates } from '../support/certificates';
import { KafkaClient } from '../support/kafka-client';
import { describeWithProgram } from '../support/outside-program';
import { accessScript, type Clients } from './access-script';
import { aclScript } from './acl-script';
import { CLUSTER_REQUESTS } from './cluster-requests';
import { decisionScript } from './decision-script';
import { GROUP_REQUESTS } from './group-requests';
import { KNOWN_DIFFERENCES } from './known-differences';
import { TOPIC_REQUESTS } from './topic-requests';

const RECORDED = join(__dirname, 'kafka-answers.txt');
const REPOSITORY = join(__dirname, '..', '..');
const STANDARD = 'org.apache.kafka.metadata.authorizer.StandardAuthorizer';
/** Who connects without a certificate. */
const SUPER_USERS = 'User:ANONYMOUS';

describeWithProgram('openssl', 'SEAGLASS_TEST_OPENSSL')('access', () => {
  let certificates: Certificates;
  let server: IssuedCertificate;
  let user: IssuedCertificate;
  let kafka: readonly Exchange[] = [];
  let here: readonly Exchange[] = [];

  beforeAll(async () => {
    certificates = makeCertificates();
    server = certificates.issue('server', '/CN=localhost');
    user = certificates.issue('alice', '/CN=alice');
    if (process.env['SEAGLASS_TEST_WRITE'] === '1') await record();
    kafka = readExchanges(readFileSync(RECORDED, 'utf8'));
    here = await askGateway();
  }, 900_000);
  afterAll(() => certificates.remove());

  const clients = (plainPort: number, sslPort: number): Clients => ({
    admin: () => KafkaClient.connect(plainPort, 'admin'),
    user: () =>
      KafkaClient.connect(sslPort, 'alice', {
        ca: readFileSync(certificates.authority),
        cert: readFileSync(user.certificate),
        key: readFileSync(user.key),
      }),
    principal: 'User:CN=alice',
  });

  async function wholeScript(who: Clients): Promise<readonly Exchange[]> {
    return [...(await accessScript(who)), ...(await decisionScript(80, who)), ...(await aclScript(who.admin))];
  }

  /** Also with everything open that no entry names. */
  async function record(): Promise<void> {
    const exchanges = [];
    for (const open of [false, true]) {
      const broker = await startKafka(await kafkaClassPath(REPOSITORY), {
        ssl: { keystore: server.keystore, truststore: certificates.authority },
        properties: [
          `authorizer.class.name=${STANDARD}`,
          `super.users=${SUPER_USERS}`,
          `allow.everyone.if.no.acl.found=${open}`,
        ],
      });
      try {
        const who = clients(Number(broker.bootstrap.split(':')[1]), broker.sslPort ?? 0);
        exchanges.push(...(open ? opened(await decisionScript(40, who)) : await wholeScript(who)));
      } finally {
        await broker.stop();
      }
    }
    writeFileSync(RECORDED, writeExchanges(exchanges));
  }

  async function askGateway(): Promise<readonly Exchange[]> {
    const exchanges = [];
    for (const open of [false, true]) {
      const home = makeHome();
      const gateway = await startWholeGateway({
        flags: {
          data: home.dataDirectory,
          listen: 'PLAINTEXT://127.0.0.1:0,SSL://127.0.0.1:0',
          'ssl.keystore-location': server.keystore,
          'ssl.truststore-location': certificates.authority,
          'ssl.client-auth': 'required',
          'authorizer.class-name': STANDARD,
          'authorizer.super-users': SUPER_USERS,
          'authorizer.allow-everyone-if-no-acl-found': String(open),
        },
      });
      try {
        const [plain = 0, ssl = 0] = gateway.ports;
        const who = clients(plain, ssl);
        exchanges.push(...(open ? opened(await decisionScript(40, who)) : await wholeScript(who)));
      } finally {
        await gateway.close();
        home.remove();
      }
    }
    return exchanges;
  }

  const opened = (exchanges: readonly Exchange[]): readonly Exchange[] =>
    exchanges.map((each) => ({ ...each, api: 'OpenSet' }));

  test('what was recorded is the answers to this script', () => {
    expect(kafka.map(nameOf)).toEqual(here.map(nameOf));
  });

  test('every row of the table is asked, and every API has rows or is open', () => {
    const asked = new Set<string>(
      [...TOPIC_REQUESTS, ...GROUP_REQUESTS, ...CLUSTER_REQUESTS].map(({ api }) => api.toLowerCase()),
    );
    const served = new Set(apis.map(({ facts }) => facts.name));
    const rows = ACCESS_RULES.map(({ api }) => api).filter((api) => served.has(api));
    expect(rows.filter((api) => !asked.has(api.toLowerCase()))).toEqual([]);
    expect([...served].filter((api) => !rows.includes(api) && !(api in OPEN_APIS))).toEqual([]);
  });

  test('every field of every answer is what Kafka answers, but for the differences that are known', () => {
    const unknown = differences().filter(
      (difference) => !KNOWN_DIFFERENCES.some((known) => matches(known, difference)),
    );
    const lines = unknown.map((each) => `${each.exchange} | ${each.at} | kafka: ${each.kafka} | here: ${each.here}`);
    expect(lines).toEqual([]);
  });

  test('every known difference is one', () => {
    const found = differences();
    const gone = KNOWN_DIFFERENCES.filter((known) => !found.some((difference) => matches(known, difference)));
    expect(gone.map(({ reason }) => reason)).toEqual([]);
  });

  const differences = () =>
    kafka.flatMap((exchange, index) => {
      const ours = here[index];
      return ours === undefined ? [] : differencesOf(exchange, ours);
    });
});
