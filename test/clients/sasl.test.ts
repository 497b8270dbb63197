/**
 * Goal: real clients sign in by each mechanism, with and without TLS, with users of `seaglass users` and of kafka-configs, and stay out with a wrong
 * password. Method: dist/main.js with a plain, a SASL_PLAINTEXT and a SASL_SSL listener, and each client's own settings.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Kafka, logLevel, type SASLOptions } from 'kafkajs';
import { type Certificates, makeCertificates } from '../support/certificates';
import { type GatewayProcess, startGatewayProcess } from '../support/gateway-process';
import { describeWhere, findProgram } from '../support/outside-program';
import { TokenIssuer } from '../support/token-issuer';
import { compile, javaCommand, javaNeeds, tool } from './java';
import { python, pythonNeed } from './python';
import { users } from './users';

const kcat = findProgram('kcat', 'SEAGLASS_TEST_KCAT');
const openssl = findProgram('openssl', 'SEAGLASS_TEST_OPENSSL');
const needs = [
  { what: 'kcat', found: kcat !== undefined },
  { what: 'openssl', found: openssl !== undefined },
  pythonNeed('confluent-kafka', 'confluent_kafka'),
  ...javaNeeds,
];
const missing = needs.filter(({ found }) => !found).map(({ what }) => what);
const run = promisify(execFile);
const TIMEOUT_MS = 120_000;
const USER = 'orders, and =more';
const PASSWORD = 'a pässword';

describeWhere(missing.length === 0, `clients with SASL need ${missing.join(', ')}`)('clients with SASL', () => {
  const issuer = new TokenIssuer();
  let directory: string;
  let usersFile: string;
  let certificates: Certificates;
  let gateway: GatewayProcess;
  let [open, clear, secure] = ['', '', ''];

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'seaglass-sasl-clients-'));
    usersFile = join(directory, 'users.yaml');
    await users(usersFile, ['add', USER], PASSWORD);
    certificates = makeCertificates();
    gateway = await startGatewayProcess({
      flags: [
        ...['--listen', 'OPEN://127.0.0.1:0,CLEAR://127.0.0.1:0,SECURE://127.0.0.1:0'],
        ...['--listener-security-protocol-map', 'CLEAR:SASL_PLAINTEXT,SECURE:SASL_SSL'],
        ...['--ssl-keystore-location', certificates.issue('server', '/CN=localhost').keystore],
        ...['--sasl-enabled-mechanisms', 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER'],
        ...['--sasl-users-file', usersFile, ...issuer.flags(directory)],
      ],
    });
    [open = '', clear = '', secure = ''] = gateway.bootstrap.split(',');
  }, TIMEOUT_MS);
  afterAll(async () => {
    await gateway.stop();
    certificates.remove();
    rmSync(directory, { recursive: true, force: true });
  }, TIMEOUT_MS);

  const librdkafka = (mechanism: string, user = USER, password = PASSWORD): readonly string[] => [
    `security.protocol=sasl_ssl`,
    `ssl.ca.location=${certificates.authority}`,
    `sasl.mechanisms=${mechanism}`,
    `sasl.username=${user}`,
    `sasl.password=${password}`,
  ];
  const kcatSettings = (settings: readonly string[]): readonly string[] => settings.flatMap((each) => ['-X', each]);

  /** By kafkajs: a producer signs in and produces. */
  async function signIn(sasl: SASLOptions): Promise<void> {
    const ssl = { ca: [readFileSync(certificates.authority, 'utf8')], servername: 'localhost' };
    const kafka = new Kafka({ brokers: [secure], ssl, sasl, retry: { retries: 0 }, logLevel: logLevel.NOTHING });
    const producer = kafka.producer({ retry: { retries: 5 } });
    await producer.connect();
    const [sent] = await producer.send({ topic: 'kafkajs-sasl', messages: [{ value: 'hello' }] });
    await producer.disconnect();
    expect(sent?.errorCode).toBe(0);
  }

  test('seaglass users lists, gives another password and removes; the file is its owner’s', async () => {
    const own = join(directory, 'own.yaml');
    await users(own, ['add', 'one', '--mechanism', 'SCRAM-SHA-512', '--iterations', '4096'], 'first');
    const before = readFileSync(own, 'utf8');
    writeFileSync(own, `# kept\n${before}`);
    expect(await users(own, ['add', 'one'], 'second')).toContain('one has a new password');
    expect(readFileSync(own, 'utf8')).toMatch(/^# kept\n/);
    expect(readFileSync(own, 'utf8')).not.toMatch(/first|second/);
    expect(await users(own, ['list'])).toBe('one  SCRAM-SHA-256 (8192 iterations), SCRAM-SHA-512 (8192 iterations)\n');
    expect(await users(own, ['remove', 'one'])).toContain('one was removed');
    await expect(users(own, ['remove', 'one'])).rejects.toThrow(/has no user one/);
    await expect(users(own, ['add', 'two'])).rejects.toThrow(/expected a password/);
    expect(statSync(own).mode & 0o777).toBe(0o600);
  }, 60_000);

  // Not SCRAM: librdkafka before 2.6.1 repeats its nonce in the last message, which Kafka 4 and this gateway refuse (CVE-2024-56128).
  test(
    'kcat signs in by PLAIN over TLS',
    async () => {
      const listed = await run(kcat ?? '', ['-b', secure, ...kcatSettings(librdkafka('PLAIN')), '-L']);
      expect(listed.stdout).toContain('1 brokers');
    },
    TIMEOUT_MS,
  );

  test.each(['SCRAM-SHA-256', 'SCRAM-SHA-512'])(
    'confluent-kafka produces and consumes by %s over TLS',
    async (mechanism) => {
      const script = join(__dirname, 'python', 'round_trip.py');
      const read = await run(python, [script, secure, `confluent-${mechanism}`, ...librdkafka(mechanism)]);
      expect(read.stdout.trim()).toBe('hello');
    },
    TIMEOUT_MS,
  );

  test(
    'kafka-configs adds a user who signs in, describes and deletes it',
    async () => {
      const configs = (...parameters: readonly string[]): Promise<string> =>
        tool('kafka.admin.ConfigCommand', ['--bootstrap-server', open, '--entity-type', 'users', ...parameters]);
      const named = ['--entity-name', 'kc'];
      const added = 'SCRAM-SHA-256=[iterations=8192,password=kc-secret]';
      expect(await configs('--alter', ...named, '--add-config', added)).toContain('Completed updating config');
      await signIn({ mechanism: 'scram-sha-256', username: 'kc', password: 'kc-secret' });
      const described = await configs('--describe', ...named);
      expect(described).toContain('SCRAM-SHA-256=iterations=8192');
      await configs('--alter', ...named, '--delete-config', 'SCRAM-SHA-256');
      expect(await configs('--describe', ...named)).not.toContain('SCRAM-SHA-256');
    },
    TIMEOUT_MS,
  );

  test(
    'a wrong password stays out, and the log says who and why',
    async () => {
      const wrong = signIn({ mechanism: 'scram-sha-512', username: USER, password: 'not the password' });
      await expect(wrong).rejects.toThrow('invalid credentials with SASL mechanism SCRAM-SHA-512');
      await gateway.child.printed(/the password is wrong/, TIMEOUT_MS);
      expect(gateway.child.output()).not.toContain('not the password');
    },
    TIMEOUT_MS,
  );

  test(
    'confluent-kafka produces and consumes by OAUTHBEARER',
    async () => {
      const read = await run(python, [
        join(__dirname, 'python', 'round_trip.py'),
        ...[clear, 'confluent-oauth', 'security.protocol=sasl_plaintext', 'sasl.mechanisms=OAUTHBEARER'],
        `test.token=${issuer.token('service')}`,
      ]);
      expect(read.stdout.trim()).toBe('hello');
    },
    TIMEOUT_MS,
  );

  test.each<SASLOptions>([
    { mechanism: 'plain', username: USER, password: PASSWORD },
    { mechanism: 'scram-sha-512', username: USER, password: PASSWORD },
  ])('kafkajs produces by $mechanism', signIn, TIMEOUT_MS);

  test(
    'Java’s clients produce and consume by SCRAM over TLS',
    async () => {
      const program = compile('RoundTrip');
      try {
        const module = 'org.apache.kafka.common.security.scram.ScramLoginModule';
        const read = await run(javaCommand, [
          ...program.parameters,
          ...[secure, 'java-sasl', 'security.protocol=SASL_SSL', 'sasl.mechanism=SCRAM-SHA-256'],
          `sasl.jaas.config=${module} required username="${USER}" password="${PASSWORD}";`,
          ...['ssl.truststore.type=PEM', `ssl.truststore.location=${certificates.authority}`],
        ]);
        expect(read.stdout.trim()).toBe('hello');
      } finally {
        program.remove();
      }
    },
    TIMEOUT_MS,
  );
});
