/**
 * Goal: `seaglass users --bootstrap` changes the users who are stored in a cluster: they sign in by the new password and no other, and whoever may
 * not change them is told. Method: the built command against a built gateway, and clients that sign in over a socket.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChild } from '../support/child';
import { type GatewayProcess, startGatewayProcess } from '../support/gateway-process';
import { KafkaClient } from '../support/kafka-client';
import { signInByPlain, signInByScram, usersFileText } from '../support/sasl-client';

const MAIN = join(__dirname, '..', '..', 'dist', 'main.js');
const TIMEOUT_MS = 120_000;
const ADMIN = { name: 'admin', password: 'admin-secret', mechanism: 'SCRAM-SHA-512' } as const;
const directory = mkdtempSync(join(tmpdir(), 'seaglass-users-'));
let gateway: GatewayProcess;
let [open, sasl] = ['', ''];

beforeAll(async () => {
  const usersFile = join(directory, 'users.yaml');
  writeFileSync(usersFile, await usersFileText([ADMIN]), { mode: 0o600 });
  gateway = await startGatewayProcess({
    flags: [
      ...[
        '--listen',
        'OPEN://127.0.0.1:0,SASL_PLAINTEXT://127.0.0.1:0',
        '--listener-security-protocol-map',
        'OPEN:PLAINTEXT',
      ],
      ...['--sasl-enabled-mechanisms', 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512', '--sasl-users-file', usersFile],
      ...['--authorizer-class-name', 'standard', '--authorizer-super-users', 'User:admin'],
    ],
  });
  [open = '', sasl = ''] = gateway.bootstrap.split(',');
}, TIMEOUT_MS);
afterAll(async () => {
  await gateway.stop();
  rmSync(directory, { recursive: true, force: true });
}, TIMEOUT_MS);

/** As admin unless another file is given; the password on its standard input. */
async function users(parameters: readonly string[], password = '', file = propertiesOf(ADMIN.name, ADMIN.password)) {
  const args = [MAIN, 'users', ...parameters, '--bootstrap', sasl, '--command-config', file];
  const child = startChild(process.execPath, args, { directory, input: true });
  child.write(`${password}\n`);
  await child.closed;
  return { code: child.exitCode, output: child.output() };
}

function propertiesOf(user: string, password: string): string {
  const path = join(directory, `${user}.properties`);
  const jaas = `org.apache.kafka.common.security.plain.PlainLoginModule required username="${user}" password="${password}";`;
  writeFileSync(path, `security.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\nsasl.jaas.config=${jaas}\n`);
  return path;
}

async function signsIn(password: string, mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'): Promise<boolean> {
  const client = await KafkaClient.connect(Number(sasl.split(':')[1]));
  try {
    if (mechanism === 'PLAIN') return (await signInByPlain(client, 'orders', password)).errorCode === 0;
    return (await signInByScram(client, { mechanism, user: 'orders', password })).answer.errorCode === 0;
  } finally {
    await client.close();
  }
}

test(
  'a user is added, listed, given another password and removed',
  async () => {
    expect(await users(['add', 'orders'], 'first')).toEqual({
      code: 0,
      output: `orders was added in the cluster of ${sasl}, for SCRAM-SHA-256, SCRAM-SHA-512\n`,
    });
    for (const mechanism of ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const)
      expect([mechanism, await signsIn('first', mechanism)]).toEqual([mechanism, true]);
    const another = ['add', 'orders', '--mechanism', 'SCRAM-SHA-512', '--iterations', '4096'];
    expect((await users(another, 'second')).output).toContain('orders has a new password');
    expect(await signsIn('second', 'SCRAM-SHA-512')).toBe(true);
    // Not by the mechanism that the new one is not for, either.
    for (const mechanism of ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const)
      expect([mechanism, await signsIn('first', mechanism)]).toEqual([mechanism, false]);
    const listed = 'admin   SCRAM-SHA-512 (4096 iterations)\norders  SCRAM-SHA-512 (4096 iterations)\n';
    expect(await users(['list'])).toEqual({ code: 0, output: listed });
    expect((await users(['remove', 'orders'])).output).toBe(`orders was removed from the cluster of ${sasl}\n`);
    expect(await signsIn('second', 'SCRAM-SHA-512')).toBe(false);
    expect(await users(['remove', 'orders'])).toEqual({
      code: 1,
      output: `seaglass: the cluster of ${sasl} has no user orders\n`,
    });
    expect((await users(['remove', 'admin'])).output).toContain('in a users file of its gateway');
  },
  TIMEOUT_MS,
);

test(
  'whoever may not is told, and so is whoever says where wrongly',
  async () => {
    await users(['add', 'nobody'], 'secret');
    const file = propertiesOf('nobody', 'secret');
    for (const parameters of [['list'], ['add', 'eve'], ['remove', 'admin']]) {
      const { code, output } = await users(parameters, 'secret', file);
      expect([code, output]).toEqual([1, expect.stringContaining('CLUSTER_AUTHORIZATION_FAILED')]);
    }
    const both = await users(['list', '--users-file', 'users.yaml']);
    expect([both.code, both.output]).toEqual([2, expect.stringContaining('either --users-file or --bootstrap')]);
    const unsigned = startChild(process.execPath, [MAIN, 'users', 'list', '--bootstrap', sasl], { directory });
    await unsigned.closed;
    expect(unsigned.output()).toContain('say how to connect by --command-config');
    const anonymous = startChild(process.execPath, [MAIN, 'users', 'list', '--bootstrap', open], { directory });
    await anonymous.closed;
    expect(anonymous.output()).toContain('CLUSTER_AUTHORIZATION_FAILED');
  },
  TIMEOUT_MS,
);
