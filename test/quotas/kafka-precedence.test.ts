/**
 * Goal: of eight quotas the one holds that holds in Kafka, shared by those who share it there, and a first use is throttled to the
 * millisecond as there. Method: users sign in by SASL, and one script asks both; what Kafka 4.3.1 answered is in kafka-precedence.txt. To
 * record it again: SEAGLASS_TEST_WRITE=1 npx jest test/quotas/kafka-precedence
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kafkaClassPath } from '../bench/jars';
import { startKafka } from '../bench/systems';
import { startWholeGateway } from '../e2e/support';
import { KafkaClient } from '../support/kafka-client';
import { signInByPlain, usersFileText } from '../support/sasl-client';
import { precedenceLines, type QuotaClients, USERS } from './precedence-script';

const RECORDED = join(__dirname, 'kafka-precedence.txt');
const PASSWORD = 'a-password';

const clients = (plainPort: number, saslPort: number): QuotaClients => ({
  admin: () => KafkaClient.connect(plainPort, 'admin'),
  async user(name, clientId) {
    const client = await KafkaClient.connect(saslPort, clientId);
    expect((await signInByPlain(client, name, PASSWORD)).errorCode).toBe(0);
    return client;
  },
});

async function record(): Promise<void> {
  const users = new Map(USERS.map((name) => [name, PASSWORD]));
  const kafka = await startKafka(await kafkaClassPath(join(__dirname, '..', '..')), { users });
  try {
    const lines = await precedenceLines(clients(Number(kafka.bootstrap.split(':')[1]), kafka.saslPort ?? 0));
    writeFileSync(RECORDED, `${lines.join('\n')}\n`);
  } finally {
    await kafka.stop();
  }
}

async function askGateway(): Promise<readonly string[]> {
  const directory = mkdtempSync(join(tmpdir(), 'seaglass-precedence-'));
  const usersFile = join(directory, 'users.yaml');
  const users = USERS.map((name) => ({ name, password: PASSWORD, mechanism: 'SCRAM-SHA-256' as const }));
  writeFileSync(usersFile, await usersFileText(users), { mode: 0o600 });
  const gateway = await startWholeGateway({
    flags: {
      data: join(directory, 'data'),
      listen: 'PLAINTEXT://127.0.0.1:0,SASL_PLAINTEXT://127.0.0.1:0',
      'sasl.enabled-mechanisms': 'PLAIN',
      'sasl.users-file': usersFile,
    },
  });
  try {
    const [plain = 0, sasl = 0] = gateway.ports;
    return await precedenceLines(clients(plain, sasl));
  } finally {
    await gateway.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

test('quotas of users and client ids hold in the order, and with the throttle, that Kafka has', async () => {
  if (process.env['SEAGLASS_TEST_WRITE'] === '1') await record();
  const kafka = readFileSync(RECORDED, 'utf8').trimEnd().split('\n');
  expect(kafka).toHaveLength(48);
  expect(await askGateway()).toEqual(kafka);
}, 300_000);
