/**
 * Goal: the trail says who signed in by SASL and who did not, and nothing of what they showed. Method: a gateway that asks for SASL, a right
 * and a wrong password over sockets, the trail in memory.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCanary } from '../support/canary';
import { ON_LOOPBACK, startTestGateway } from '../support/gateway';
import { KafkaClient } from '../support/kafka-client';
import { signInByPlain, signInByScram, usersFileText } from '../support/sasl-client';
import { memoryTrail } from './memory-trail';

const canary = makeCanary('password');
const ALICE = { name: 'alice', password: canary.text, mechanism: 'SCRAM-SHA-256' } as const;

test('sign-ins and their failures are told, and no password is', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'seaglass-audit-'));
  const usersFile = join(directory, 'users.yaml');
  writeFileSync(usersFile, await usersFileText([ALICE]), { mode: 0o600 });
  const { trail, output } = memoryTrail();
  const gateway = await startTestGateway({
    ...{ usersFile, auditTrail: trail },
    sasl: { enabledMechanisms: ['PLAIN', 'SCRAM-SHA-256'], failedAuthenticationDelayMs: 0 },
  });
  const { port } = await gateway.listeners.bind({ ...ON_LOOPBACK, name: 'SASL', protocol: 'SASL_PLAINTEXT' });
  const told = { api: 'SaslAuthenticate', resource_name: 'SASL', client_address: '127.0.0.1' };
  try {
    const right = await KafkaClient.connect(port, 'right');
    await signInByScram(right, { mechanism: ALICE.mechanism, user: ALICE.name, password: ALICE.password });
    await output.has(1);
    const wrong = await KafkaClient.connect(port, 'wrong');
    await signInByPlain(wrong, 'alice', `${canary.text}-not`);
    await output.has(2);
    await Promise.all([right.close(), wrong.close()]);
  } finally {
    await gateway.close();
    rmSync(directory, { recursive: true, force: true });
  }
  await trail.close();
  expect(output.lines).toMatchObject([
    { ...told, event: 'audit.sign_in', principal: 'User:alice', verdict: 'allowed', rule: 'SCRAM-SHA-256' },
    { ...told, event: 'audit.sign_in_failed', principal: 'User:alice', verdict: 'denied', rule: 'PLAIN' },
  ]);
  expect(canary.found({ 'the trail': output.text })).toEqual([]);
}, 60_000);
