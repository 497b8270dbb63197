/**
 * Goal: the users of the gateway's listeners sign in to the console with the same passwords, each with the rights of the lists, and a session
 * ends when its user is removed. Method: the built gateway with a users file, asked over HTTP.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { putUser, removeUser } from '../../src/cli/users/edit-users-file';
import { credentialOf } from '../../src/kafka/users/scram-credential';
import { systemRandom } from '../../src/random';
import { type GatewayProcess, startGatewayProcess } from '../support/gateway-process';

const directory = mkdtempSync(join(tmpdir(), 'seaglass-console-users-'));
const file = join(directory, 'users.yaml');
const tokenFile = join(directory, 'token');
let gateway: GatewayProcess;

beforeAll(async () => {
  for (const name of ['ann', 'bob']) {
    const options = { iterations: 4_096, random: systemRandom };
    putUser(file, name, {
      'SCRAM-SHA-256': await credentialOf('SCRAM-SHA-256', Buffer.from(`${name}-secret`), options),
    });
  }
  writeFileSync(tokenFile, 'the-first-token-of-the-test');
  gateway = await startGatewayProcess({
    flags: [
      ...['--sasl-users-file', file, '--console-view-users', '*', '--console-operate-users', 'ann'],
      ...['--console-metrics-token-file', tokenFile],
    ],
  });
});
afterAll(async () => {
  await gateway.stop();
  rmSync(directory, { recursive: true, force: true });
});

const basic = (user: string, password: string): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});
const statusOf = async (path: string, headers: Record<string, string>): Promise<number> =>
  (await fetch(`${gateway.console}${path}`, { headers })).status;
const post = (path: string, headers: Record<string, string>, body: object): Promise<Response> =>
  fetch(`${gateway.console}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

test('a password lets in to what the lists say, a wrong one and an unknown name to nothing', async () => {
  const change = { key: 'log.level', value: 'info' };
  expect(await statusOf('/api/topics', basic('bob', 'bob-secret'))).toBe(200);
  expect((await post('/api/runtime', basic('bob', 'bob-secret'), change)).status).toBe(403);
  expect((await post('/api/runtime', basic('ann', 'ann-secret'), change)).status).toBe(200);
  expect(await statusOf('/api/topics', basic('ann', 'bob-secret'))).toBe(401);
  expect(await statusOf('/api/topics', basic('eve', 'eve-secret'))).toBe(401);
  expect(await statusOf('/api/topics', {})).toBe(401);
});

test('a token’s file is read again when it changes', async () => {
  const [first, second] = ['the-first-token-of-the-test', 'the-second-token-of-the-test'];
  const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });
  expect(await statusOf('/metrics', bearer(first))).toBe(200);
  writeFileSync(tokenFile, second);
  await gateway.child.printed(/token\.reloaded/);
  expect([await statusOf('/metrics', bearer(first)), await statusOf('/metrics', bearer(second))]).toEqual([401, 200]);
});

test('a session ends when its user is removed', async () => {
  const signedIn = await post('/api/session', {}, { user: 'bob', password: 'bob-secret' });
  const cookie = (signedIn.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  expect(await statusOf('/debug/inflight', { cookie })).toBe(200);
  expect(removeUser(file, 'bob')).toBe(true);
  while ((await statusOf('/debug/inflight', { cookie })) !== 401) await new Promise((resolve) => setImmediate(resolve));
});
