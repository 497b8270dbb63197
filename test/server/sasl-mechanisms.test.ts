/**
 * Goal: a listener offers the mechanisms that `listener.name.<name>.sasl.enabled.mechanisms` says, and lets in by no other. Method: a gateway with two
 * listeners that ask for SASL, as it is started with settings; bytes over a socket to each.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ErrorCode } from '../../src/protocol/error-code';
import { startWholeGateway, type WholeGateway } from '../e2e/support';
import { makeHome } from '../kafka-group/running-gateway';
import { KafkaClient } from '../support/kafka-client';
import { handshake, signInByPlain, signInByScram, usersFileText } from '../support/sasl-client';

const ALICE = { name: 'alice', password: 'alice-secret', mechanism: 'SCRAM-SHA-512' } as const;
const home = makeHome();
const directory = mkdtempSync(join(tmpdir(), 'seaglass-mechanisms-'));
const usersFile = join(directory, 'users.yaml');
let gateway: WholeGateway;
let [inside, outside] = [0, 0];

beforeAll(async () => {
  writeFileSync(usersFile, await usersFileText([ALICE]), { mode: 0o600 });
  gateway = await startWholeGateway({
    flags: {
      data: home.dataDirectory,
      listen: 'INSIDE://127.0.0.1:0,OUTSIDE://127.0.0.1:0',
      'listener-security-protocol-map': 'INSIDE:SASL_PLAINTEXT,OUTSIDE:SASL_PLAINTEXT',
      'listener.name': 'inside.sasl.enabled.mechanisms=SCRAM-SHA-512,PLAIN',
      'sasl.users-file': usersFile,
      'sasl.failed-authentication-delay-ms': '0',
    },
  });
  [inside = 0, outside = 0] = gateway.ports;
}, 60_000);
afterAll(async () => {
  await gateway.close();
  home.remove();
  rmSync(directory, { recursive: true, force: true });
});

async function by<Answer>(port: number, ask: (client: KafkaClient) => Promise<Answer>): Promise<Answer> {
  const client = await KafkaClient.connect(port, 'mechanisms');
  try {
    return await ask(client);
  } finally {
    await client.close();
  }
}
const SCRAM = { mechanism: ALICE.mechanism, user: ALICE.name, password: ALICE.password };

test('each listener tells its own mechanisms, and a listener without any those of all', async () => {
  const { NONE, UNSUPPORTED_SASL_MECHANISM } = ErrorCode;
  const asked = (port: number, mechanism: string) => by(port, (client) => handshake(client, mechanism));
  const own = ['SCRAM-SHA-512', 'PLAIN'];
  expect(await asked(inside, 'PLAIN')).toEqual({ errorCode: NONE, mechanisms: own });
  expect(await asked(inside, 'SCRAM-SHA-256')).toEqual({ errorCode: UNSUPPORTED_SASL_MECHANISM, mechanisms: own });
  const ofAll = ['SCRAM-SHA-256', 'SCRAM-SHA-512'];
  expect(await asked(outside, 'SCRAM-SHA-256')).toEqual({ errorCode: NONE, mechanisms: ofAll });
  expect(await asked(outside, 'PLAIN')).toEqual({ errorCode: UNSUPPORTED_SASL_MECHANISM, mechanisms: ofAll });
});

test('the right password is let in by a mechanism that the listener has, and by no other', async () => {
  const plain = (port: number) => by(port, (client) => signInByPlain(client, ALICE.name, ALICE.password));
  expect((await plain(inside)).errorCode).toBe(ErrorCode.NONE);
  await expect(plain(outside)).rejects.toThrow();
  for (const port of [inside, outside]) {
    const { answer, isKnown } = await by(port, (client) => signInByScram(client, SCRAM));
    expect([answer.errorCode, isKnown]).toEqual([ErrorCode.NONE, true]);
  }
});
