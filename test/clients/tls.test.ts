/**
 * Goal: real clients work over a TLS listener, with and without a certificate of their own, and are refused where they lack one. Method:
 * dist/main.js with two listeners, and each client's own settings for PEM files.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Kafka, logLevel } from 'kafkajs';
import { type Certificates, type IssuedCertificate, makeCertificates } from '../support/certificates';
import { type GatewayProcess, startGatewayProcess } from '../support/gateway-process';
import { describeWhere, findProgram } from '../support/outside-program';
import { compile, javaCommand, javaNeeds } from './java';
import { python, pythonNeed } from './python';

const kcat = findProgram('kcat', 'SEAGLASS_TEST_KCAT');
const openssl = findProgram('openssl', 'SEAGLASS_TEST_OPENSSL');
process.env['SEAGLASS_TEST_GO_MEMBERS'] ??= join(__dirname, '..', '.cache', 'go', 'group-members');
const goMembers = findProgram('group-members', 'SEAGLASS_TEST_GO_MEMBERS');
const needs = [
  { what: 'kcat', found: kcat !== undefined },
  { what: 'group-members, as .ci/programs builds it (SEAGLASS_TEST_GO_MEMBERS)', found: goMembers !== undefined },
  { what: 'openssl', found: openssl !== undefined },
  pythonNeed('confluent-kafka', 'confluent_kafka'),
  ...javaNeeds,
];
const missing = needs.filter(({ found }) => !found).map(({ what }) => what);
const run = promisify(execFile);
const TIMEOUT_MS = 180_000;

describeWhere(missing.length === 0, `clients over TLS need ${missing.join(', ')}`)('clients over TLS', () => {
  let certificates: Certificates;
  let client: IssuedCertificate;
  let gateway: GatewayProcess;
  let bootstrap: string;

  beforeAll(async () => {
    certificates = makeCertificates();
    const server = certificates.issue('server', '/CN=localhost');
    client = certificates.issue('client', '/C=DE/O=shop/CN=orders-service');
    gateway = await startGatewayProcess({
      flags: [
        ...['--listen', 'INTERNAL://127.0.0.1:0,EXTERNAL://127.0.0.1:0'],
        ...['--listener-security-protocol-map', 'EXTERNAL:SSL'],
        ...['--ssl-keystore-location', server.keystore, '--ssl-truststore-location', certificates.authority],
        ...['--ssl-client-auth', 'required'],
      ],
    });
    bootstrap = gateway.bootstrap.split(',')[1] ?? '';
  }, 180_000);
  afterAll(async () => {
    await gateway.stop();
    certificates.remove();
  }, 180_000);

  const librdkafka = (): readonly string[] => [
    'security.protocol=ssl',
    `ssl.ca.location=${certificates.authority}`,
    `ssl.certificate.location=${client.certificate}`,
    `ssl.key.location=${client.key}`,
  ];

  test(
    'kcat produces and consumes',
    async () => {
      const settings = librdkafka().flatMap((setting) => ['-X', setting]);
      await run(kcat ?? '', ['-b', bootstrap, ...settings, '-P', '-t', 'kcat-tls', '-l', join(__dirname, 'README.md')]);
      const read = await run(kcat ?? '', ['-b', bootstrap, ...settings, '-C', '-q', '-e', '-t', 'kcat-tls', '-c', '1']);
      expect(read.stdout).toBe(`${readFileSync(join(__dirname, 'README.md'), 'utf8').split('\n')[0] ?? ''}\n`);
    },
    TIMEOUT_MS,
  );

  test(
    'a client without its certificate stays out, and the log says who and why',
    async () => {
      const settings = ['-X', 'security.protocol=ssl', '-X', `ssl.ca.location=${certificates.authority}`];
      const refused = run(kcat ?? '', ['-b', bootstrap, ...settings, '-L', '-m', '3']);
      await expect(refused).rejects.toThrow();
      await gateway.child.printed(/EXTERNAL.*brought no certificate|brought no certificate.*EXTERNAL/);
    },
    TIMEOUT_MS,
  );

  test(
    'confluent-kafka produces and consumes',
    async () => {
      const script = join(__dirname, 'python', 'round_trip.py');
      const read = await run(python, [script, bootstrap, 'confluent-tls', ...librdkafka()]);
      expect(read.stdout.trim()).toBe('hello');
    },
    TIMEOUT_MS,
  );

  test(
    'kafkajs produces and consumes',
    async () => {
      const [ca, cert, key] = [certificates.authority, client.certificate, client.key].map((path) =>
        readFileSync(path, 'utf8'),
      );
      const ssl = { ca: [ca ?? ''], cert: cert ?? '', key: key ?? '', servername: 'localhost' };
      const kafka = new Kafka({ brokers: [bootstrap], ssl, logLevel: logLevel.NOTHING });
      const producer = kafka.producer();
      await producer.connect();
      await producer.send({ topic: 'kafkajs-tls', messages: [{ value: 'hello' }] });
      await producer.disconnect();
      const consumer = kafka.consumer({ groupId: 'kafkajs-tls' });
      await consumer.connect();
      await consumer.subscribe({ topic: 'kafkajs-tls', fromBeginning: true });
      const read = await new Promise<string>((resolve) => {
        void consumer.run({ eachMessage: async ({ message }) => resolve(String(message.value)) });
      });
      await consumer.disconnect();
      expect(read).toBe('hello');
    },
    TIMEOUT_MS,
  );

  test(
    'Java’s clients produce and consume',
    async () => {
      const program = compile('RoundTrip');
      try {
        const settings = [
          'security.protocol=SSL',
          'ssl.keystore.type=PEM',
          `ssl.keystore.location=${client.keystore}`,
          'ssl.truststore.type=PEM',
          `ssl.truststore.location=${certificates.authority}`,
        ];
        const read = await run(javaCommand, [...program.parameters, bootstrap, 'java-tls', ...settings]);
        expect(read.stdout.trim()).toBe('hello');
      } finally {
        program.remove();
      }
    },
    TIMEOUT_MS,
  );

  test(
    'franz-go produces and consumes',
    async () => {
      const files = [certificates.authority, client.certificate, client.key];
      const read = await run(goMembers ?? '', ['round-trip-tls', bootstrap, 'franz-go-tls', ...files]);
      expect(read.stdout).toBe('hello\n');
    },
    TIMEOUT_MS,
  );

  test(
    'openssl sees the chain and TLS 1.3',
    async () => {
      const asked = ['s_client', '-connect', bootstrap, '-CAfile', certificates.authority, '-brief'];
      const own = ['-cert', client.certificate, '-key', client.key];
      const seen = await run('sh', ['-c', '"$@" </dev/null', 'sh', openssl ?? '', ...asked, ...own]);
      expect(seen.stderr).toContain('Protocol version: TLSv1.3');
      expect(seen.stderr).toContain('Verification: OK');
    },
    TIMEOUT_MS,
  );

  test('the plain listener goes on beside it', async () => {
    const [plain = ''] = gateway.bootstrap.split(',');
    const socket = connect(Number(plain.split(':')[1]), '127.0.0.1');
    const answer = await new Promise<Buffer>((resolve) => {
      socket.once('data', resolve);
      socket.write(Buffer.from('0000000d00120000000000070003746c73', 'hex'));
    });
    socket.destroy();
    expect(answer.subarray(4, 8)).toEqual(Buffer.from([0, 0, 0, 7]));
  });
});
