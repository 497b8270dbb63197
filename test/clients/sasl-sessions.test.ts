/**
 * Goal: real clients whose sessions end after a second and a half (connections.max.reauth.ms) sign in again and again on the connections
 * that they have, and lose nothing; Java's own login gets tokens of OAUTHBEARER from a file and from an endpoint. Method: dist/main.js, clients
 * that produce and consume meanwhile, what they count of themselves and what the gateway counts.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { samples } from '../e2e/support';
import { type GatewayProcess, startGatewayProcess } from '../support/gateway-process';
import { describeWhere } from '../support/outside-program';
import { usersFileText } from '../support/sasl-client';
import { TokenIssuer } from '../support/token-issuer';
import { compile, javaCommand, javaNeeds } from './java';
import { python, pythonNeed } from './python';

const needs = [pythonNeed('confluent-kafka', 'confluent_kafka'), ...javaNeeds];
const missing = needs.filter(({ found }) => !found).map(({ what }) => what);
const run = promisify(execFile);
const TIMEOUT_MS = 180_000;
const REAUTH_MS = 1_500;
/** How often clients sign in again at least. */
const OFTEN = 3;
const ALICE = { name: 'alice', password: 'alice-secret', mechanism: 'SCRAM-SHA-256' } as const;
const ALLOWED = 'org.apache.kafka.sasl.oauthbearer.allowed';
const COMMON = 'org.apache.kafka.common.security';

describeWhere(missing.length === 0, `sessions that end need ${missing.join(', ')}`)('sessions that end', () => {
  const directory = mkdtempSync(join(tmpdir(), 'seaglass-sessions-'));
  const issuer = new TokenIssuer();
  let gateway: GatewayProcess;
  const programs = new Map<string, ReturnType<typeof compile>>();

  beforeAll(async () => {
    const usersFile = join(directory, 'users.yaml');
    writeFileSync(usersFile, await usersFileText([ALICE]), { mode: 0o600 });
    gateway = await startGatewayProcess({
      flags: [
        ...['--listen', 'SASL_PLAINTEXT://127.0.0.1:0', '--sasl-users-file', usersFile],
        ...['--sasl-enabled-mechanisms', 'SCRAM-SHA-256,OAUTHBEARER', ...issuer.flags(directory)],
        ...['--sasl-connections-max-reauth-ms', String(REAUTH_MS)],
      ],
    });
    // With what reads JSON, which the client library alone does not bring.
    for (const each of ['SessionsThatEnd', 'RoundTrip']) programs.set(each, compile(each, undefined, 'tools'));
  }, TIMEOUT_MS);
  afterAll(async () => {
    await gateway.stop();
    for (const program of programs.values()) program.remove();
    rmSync(directory, { recursive: true, force: true });
  }, TIMEOUT_MS);

  /** `options` are of the virtual machine. */
  async function java(name: string, options: readonly string[], ...args: readonly string[]): Promise<string> {
    const read = await run(javaCommand, [...options, ...(programs.get(name)?.parameters ?? []), ...args]);
    return read.stdout.trim();
  }
  const byScram = [
    ...['security.protocol=SASL_PLAINTEXT', 'sasl.mechanism=SCRAM-SHA-256'],
    `sasl.jaas.config=${COMMON}.scram.ScramLoginModule required username="${ALICE.name}" password="${ALICE.password}";`,
  ];
  const byToken = (url: string, options = ''): readonly string[] => [
    ...['security.protocol=SASL_PLAINTEXT', 'sasl.mechanism=OAUTHBEARER'],
    `sasl.login.callback.handler.class=${COMMON}.oauthbearer.OAuthBearerLoginCallbackHandler`,
    `sasl.oauthbearer.token.endpoint.url=${url}`,
    `sasl.jaas.config=${COMMON}.oauthbearer.OAuthBearerLoginModule required${options};`,
  ];
  const tokenFile = (): string => {
    const path = join(directory, 'token.jwt');
    writeFileSync(path, issuer.token('service'));
    return path;
  };

  /** What the gateway counts: sign-ins again by the mechanism, and whatever ended otherwise. */
  async function counted(mechanism: string): Promise<{ readonly again: number; readonly lost: number }> {
    const metrics = await (await fetch(`${gateway.console}/metrics`)).text();
    const sum = (name: string, ...has: readonly string[]): number =>
      [...samples(metrics, name)]
        .filter(([labels]) => has.every((each) => labels.includes(each)))
        .reduce((total, [, count]) => total + count, 0);
    return {
      again: sum('seaglass_authentications_total', `mechanism="${mechanism}"`, 'again="true"'),
      lost:
        sum('seaglass_authentication_failures_total') +
        sum('seaglass_connections_closed_total', 'cause="session_expired"'),
    };
  }

  test.each([
    ['SCRAM-SHA-256', () => [[], byScram] as const],
    [
      'OAUTHBEARER',
      () => {
        const path = tokenFile();
        const { href } = pathToFileURL(path);
        const allowed = { files: path, urls: href };
        const options = Object.entries(allowed).map((each) => `-D${ALLOWED}.${each.join('=')}`);
        return [options, byToken(href)] as const;
      },
    ],
  ])(
    'Java signs in again by %s while it produces and consumes, on the connections that it has',
    async (mechanism, ask) => {
      const before = await counted(mechanism);
      const [options, settings] = ask();
      const topic = `java-sessions-${mechanism.toLowerCase()}`;
      const told = await java('SessionsThatEnd', options, gateway.bootstrap, topic, String(OFTEN), ...settings);
      process.stdout.write(`${mechanism}: ${told}\n`);
      const [, sent, received] = /^sent (\d+), received (\d+), connections made later 0$/.exec(told) ?? [];
      expect(Number(sent)).toBeGreaterThan(OFTEN);
      expect(received).toBe(sent);
      const after = await counted(mechanism);
      // Of the producer and of the consumer.
      expect(after.again - before.again).toBeGreaterThanOrEqual(2 * OFTEN);
      expect(after.lost).toBe(before.lost);
    },
    TIMEOUT_MS,
  );

  test(
    'confluent-kafka signs in again by SCRAM-SHA-256 while it produces and consumes, on the connections that it has',
    async () => {
      const before = await counted('SCRAM-SHA-256');
      const seconds = (REAUTH_MS * (OFTEN + 1)) / 1_000;
      const { stdout } = await run(python, [
        join(__dirname, 'python', 'sessions_that_end.py'),
        ...[gateway.bootstrap, 'confluent-sessions', String(seconds)],
        ...['security.protocol=sasl_plaintext', 'sasl.mechanisms=SCRAM-SHA-256'],
        ...[`sasl.username=${ALICE.name}`, `sasl.password=${ALICE.password}`],
      ]);
      process.stdout.write(stdout);
      const told = JSON.parse(stdout) as {
        readonly sent: number;
        readonly received: number;
        readonly connects: readonly Readonly<Record<string, number>>[];
        readonly errors: readonly string[];
      };
      expect(told).toMatchObject({ received: told.sent, errors: [] });
      expect(told.connects.map((brokers) => Object.values(brokers))).toEqual([[1], [1]]);
      const after = await counted('SCRAM-SHA-256');
      expect(after.again - before.again).toBeGreaterThanOrEqual(2 * OFTEN);
      expect(after.lost).toBe(before.lost);
    },
    TIMEOUT_MS,
  );

  test(
    'Java gets its token from an endpoint, and comes in by no other',
    async () => {
      const endpoint = await issuer.endpoint('orders', 'orders-secret');
      try {
        const options = [`-D${ALLOWED}.urls=${endpoint.url}`];
        const come = (secret: string, topic: string): Promise<string> => {
          const settings = byToken(endpoint.url, ` clientId="orders" clientSecret="${secret}"`);
          return java('RoundTrip', options, gateway.bootstrap, topic, ...settings);
        };
        expect(await come('orders-secret', 'java-endpoint')).toBe('hello');
        await expect(come('another', 'java-endpoint')).rejects.toThrow(/401|invalid_client/);
      } finally {
        await endpoint.close();
      }
    },
    TIMEOUT_MS,
  );
});
