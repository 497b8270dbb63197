/**
 * Goal: users who sign in are held to the quota that kafka-configs set for them, the nearest first, and told so. Method: dist/main.js with a
 * SASL listener; Java's perf tool and librdkafka send five times what a second grants; only that they are not too fast is bounded closely.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { get, samples } from '../e2e/support';
import { type GatewayProcess, startGatewayProcess } from '../support/gateway-process';
import { describeWhere } from '../support/outside-program';
import { javaNeeds, tool } from './java';
import { python, pythonNeed } from './python';
import { users } from './users';

const needs = [pythonNeed('confluent-kafka', 'confluent_kafka'), ...javaNeeds];
const missing = needs.filter(({ found }) => !found).map(({ what }) => what);
const run = promisify(execFile);
const TIMEOUT_MS = 180_000;
const PASSWORD = 'a-password';

const BYTES_PER_SECOND = 250_000;
/** Windows of a second, the current one among them: what two seconds grant comes at once. */
const WINDOWS = 3;
const VALUE_BYTES = 5_000;
const MESSAGES = 250;
/** All of it less the burst, at the rate, is 3 seconds: requests go one by one, and the last is not waited for. */
const SECONDS_MIN = 2;

describeWhere(missing.length === 0, `users at their quotas need ${missing.join(', ')}`)('users at their quotas', () => {
  let directory: string;
  let gateway: GatewayProcess;
  let [open, sasl] = ['', ''];

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'seaglass-user-quotas-'));
    const usersFile = join(directory, 'users.yaml');
    for (const name of ['alice', 'bob']) await users(usersFile, ['add', name], PASSWORD);
    gateway = await startGatewayProcess({
      flags: [
        ...['--quota-window-num', String(WINDOWS), '--sasl-users-file', usersFile],
        ...['--listen', 'OPEN://127.0.0.1:0,SASL://127.0.0.1:0'],
        ...['--listener-security-protocol-map', 'SASL:SASL_PLAINTEXT'],
      ],
    });
    [open = '', sasl = ''] = gateway.bootstrap.split(',');
  }, TIMEOUT_MS);
  afterAll(async () => {
    await gateway.stop();
    rmSync(directory, { recursive: true, force: true });
  }, TIMEOUT_MS);

  const USER = ['--entity-type', 'users'];
  const CLIENT = ['--entity-type', 'clients'];
  const DEFAULT = ['--entity-default'];
  const named = (name: string): readonly string[] => ['--entity-name', name];

  async function configs(entity: readonly string[], ...change: readonly string[]): Promise<void> {
    const parameters = ['--bootstrap-server', open, '--alter', ...entity, ...change];
    expect(await tool('kafka.admin.ConfigCommand', parameters)).toMatch(/Completed updating (default )?config/);
  }
  const grant = (entity: readonly string[], rate: number): Promise<void> =>
    configs(entity, '--add-config', `producer_byte_rate=${rate}`);
  const takeAway = (entity: readonly string[]): Promise<void> =>
    configs(entity, '--delete-config', 'producer_byte_rate');

  async function throttled(principal: string): Promise<number> {
    const { text } = await get(`${gateway.console}/metrics`);
    const ofUser = [...samples(text, 'seaglass_throttled_requests_total')].filter(([labels]) =>
      labels.includes(`principal="${principal}"`),
    );
    return ofUser.reduce((all, [, value]) => all + value, 0);
  }

  /** How many records a second. */
  async function producedByJava(user: string, clientId: string): Promise<number> {
    const module = 'org.apache.kafka.common.security.scram.ScramLoginModule';
    const settings = join(directory, 'client.properties');
    writeFileSync(
      settings,
      [
        ...[`client.id=${clientId}`, 'batch.size=50000', 'max.in.flight.requests.per.connection=1'],
        ...['security.protocol=SASL_PLAINTEXT', 'sasl.mechanism=SCRAM-SHA-512'],
        `sasl.jaas.config=${module} required username="${user}" password="${PASSWORD}";`,
      ].join('\n'),
    );
    const sent = await tool('org.apache.kafka.tools.ProducerPerformance', [
      ...['--bootstrap-server', sasl, '--topic', 'java', '--num-records', String(MESSAGES)],
      ...['--record-size', String(VALUE_BYTES), '--throughput', '-1', '--command-config', settings],
    ]);
    return Number(/records sent, ([\d.]+) records\/sec/.exec(sent)?.[1]);
  }

  /** How long it took, s, and how often the client was told that it is throttled. */
  async function producedByLibrdkafka(user: string): Promise<readonly [number, number]> {
    const { stdout } = await run(python, [
      join(__dirname, 'python', 'throttled.py'),
      ...[sasl, 'rd', String(MESSAGES), String(VALUE_BYTES)],
      ...['security.protocol=sasl_plaintext', 'sasl.mechanism=SCRAM-SHA-256'],
      ...[`sasl.username=${user}`, `sasl.password=${PASSWORD}`],
    ]);
    const [seconds = 0, throttles = 0] = stdout.trim().split(' ').map(Number);
    return [seconds, throttles];
  }

  test(
    'a quota of a user holds for all its client ids but the one that has its own',
    async () => {
      await grant([...USER, ...named('alice')], BYTES_PER_SECOND);
      await grant([...USER, ...named('alice'), ...CLIENT, ...named('bulk')], 1_000 * BYTES_PER_SECOND);
      const bulk = await producedByJava('alice', 'bulk');
      expect(bulk).toBeGreaterThan(0);
      expect(await throttled('alice')).toBe(0);
      const others = await producedByJava('alice', 'app');
      expect(others).toBeGreaterThan(0);
      expect(others).toBeLessThan(MESSAGES / SECONDS_MIN);
      expect(await throttled('alice')).toBeGreaterThan(0);
    },
    TIMEOUT_MS,
  );

  test(
    'who has no quota has that of any user, without it that of any client id, and without that none',
    async () => {
      await grant([...CLIENT, ...DEFAULT], BYTES_PER_SECOND);
      await grant([...USER, ...DEFAULT], 1_000 * BYTES_PER_SECOND);
      expect((await producedByLibrdkafka('bob'))[1]).toBe(0);
      await takeAway([...USER, ...DEFAULT]);
      const [seconds, throttles] = await producedByLibrdkafka('bob');
      expect(seconds).toBeGreaterThan(SECONDS_MIN);
      expect(throttles).toBeGreaterThan(0);
      const before = await throttled('bob');
      expect(before).toBeGreaterThan(0);
      await takeAway([...CLIENT, ...DEFAULT]);
      expect((await producedByLibrdkafka('bob'))[1]).toBe(0);
      expect(await throttled('bob')).toBe(before);
    },
    TIMEOUT_MS,
  );
});
