/**
 * Goal: doctor connects as listeners ask, by TLS and SASL, and says what will keep clients out: certificates that end, that are for other names or of
 * other authorities, wrong passwords, users that do not exist. `acl` goes the same way. Method: the built commands against a built gateway
 * whose listeners and console have certificates.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCanary } from '../support/canary';
import { type Certificates, makeCertificates } from '../support/certificates';
import { type GatewayProcess, startGatewayProcess, startMain } from '../support/gateway-process';
import { describeWithProgram } from '../support/outside-program';
import { usersFileText } from '../support/sasl-client';

const TIMEOUT_MS = 180_000;
const password = makeCanary('password');

describeWithProgram('openssl', 'SEAGLASS_TEST_OPENSSL')('doctor and acl over TLS and SASL', () => {
  const directory = mkdtempSync(join(tmpdir(), 'seaglass-doctor-'));
  let certificates: Certificates;
  let gateway: GatewayProcess;

  beforeAll(async () => {
    certificates = makeCertificates({ days: 900 });
    const good = certificates.issue('good', '/CN=good', { days: 400 });
    const soon = certificates.issue('soon', '/CN=soon', { days: 20 });
    const ended = certificates.issue('ended', '/CN=ended', { days: -1, names: 'DNS:elsewhere.example.org' });
    const usersFile = join(directory, 'users.yaml');
    writeFileSync(
      usersFile,
      await usersFileText([
        { name: 'admin', password: password.text, mechanism: 'SCRAM-SHA-512' },
        { name: 'no=body, too', password: password.text, mechanism: 'SCRAM-SHA-256' },
      ]),
    );
    const listeners = ['SIGNED', 'MUTUAL', 'OLD', 'PLAIN'].map((name) => `${name}://127.0.0.1:0`);
    gateway = await startGatewayProcess({
      flags: [
        ...['--listen', listeners.join(','), '--ssl-keystore-location', soon.keystore],
        ...['--listener-security-protocol-map', 'SIGNED:SASL_SSL,MUTUAL:SSL,OLD:SSL'],
        ...['--sasl-enabled-mechanisms', 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512'],
        ...['--ssl-truststore-location', certificates.authority, '--sasl-users-file', usersFile],
        ...['--authorizer-class-name', 'standard', '--authorizer-super-users', 'User:admin;User:ghost'],
        ...['--console-ssl-keystore-location', good.keystore],
      ],
      environment: {
        SEAGLASS_LISTENER_NAME: [
          `signed.ssl.keystore.location=${good.keystore}`,
          'mutual.ssl.client.auth=required',
          `old.ssl.keystore.location=${ended.keystore}`,
        ].join(';'),
      },
    });
  }, TIMEOUT_MS);
  afterAll(async () => {
    await gateway.stop();
    certificates.remove();
    rmSync(directory, { recursive: true, force: true });
  }, TIMEOUT_MS);

  const properties = (name: string, lines: readonly string[]): string => {
    const path = join(directory, `${name}.properties`);
    writeFileSync(path, `${lines.join('\n')}\n`);
    return path;
  };
  const tls = (): readonly string[] => ['ssl.truststore.type=PEM', `ssl.truststore.location=${certificates.authority}`];
  const signIn = (user: string, mechanism: string, secret = password.text): readonly string[] => [
    'security.protocol=SASL_SSL',
    `sasl.mechanism: ${mechanism}`,
    'sasl.jaas.config = org.apache.kafka.common.security.scram.ScramLoginModule required \\',
    `  username="${user}" password="${secret}";`,
  ];

  async function seaglass(...args: readonly string[]): Promise<{ code: number | undefined; output: string }> {
    const child = startMain(args, { NODE_EXTRA_CA_CERTS: certificates.authority });
    await child.closed;
    expect(password.found({ output: child.output() })).toEqual([]);
    return { code: child.exitCode, output: child.output() };
  }
  const doctor = async (...args: readonly string[]): Promise<{ code: number | undefined; output: string }> => {
    const told = await seaglass('doctor', '--console', gateway.console.replace('127.0.0.1', 'localhost'), ...args);
    process.stdout.write(`${told.output}\n`);
    return told;
  };

  test(
    'who is given a user and a certificate sees each listener, and what is wrong with the certificates of each',
    async () => {
      const client = certificates.issue('client', '/CN=client');
      const own = ['ssl.keystore.type=PEM', `ssl.keystore.location=${client.keystore}`];
      const file = properties('admin', [...signIn('admin', 'SCRAM-SHA-512'), ...tls(), ...own]);
      const { code, output } = await doctor('--command-config', file);
      for (const line of [
        /^ok {4}certificate CONSOLE +CN=good holds until \d{4}-\d\d-\d\d, 39\d days from now; CN=test authority longer$/m,
        /^ok {4}names CONSOLE +clients are sent to localhost, and it is for DNS:localhost, IP Address:127\.0\.0\.1$/m,
        /^ok {4}trust CONSOLE /m,
        /^ok {4}console +https:\/\/localhost:\d+ answers/m,
        /^ok {4}engine clock +the clock of \S+node\.sock is \d+ ms \w+ the gateway's \(\+-\d+ ms\)$/m,
        /^ok {4}users +2 with a password may sign in at SIGNED \(/m,
        /^ok {4}super users +User:admin, User:ghost; nobody has a password as User:ghost, so .* by a certificate at MUTUAL$/m,
        /^ok {4}certificate SIGNED +CN=good /m,
        /^warn {2}certificate MUTUAL +CN=soon holds until \S+, (19|20) days from now\n {6}fix: +put a new certificate/m,
        /^FAIL {2}certificate OLD +CN=ended has ended on \S+\n {6}fix: /m,
        /^FAIL {2}names OLD +clients are sent to 127\.0\.0\.1 and refuse it, for it is for DNS:elsewhere\.example\.org\n/m,
        /^ok {4}trust (SIGNED|MUTUAL|OLD) +it is signed by an authority of ssl\.truststore\.location$/m,
        /^ok {4}address SIGNED +127\.0\.0\.1:\d+ speaks Kafka by SASL_SSL \(\d+ APIs\) and sends clients to/m,
        /^ok {4}address MUTUAL +127\.0\.0\.1:\d+ speaks Kafka by SSL /m,
        /^FAIL {2}address OLD +127\.0\.0\.1:\d+: certificate has expired\n/m,
        /^ok {4}address PLAIN +127\.0\.0\.1:\d+ speaks Kafka by PLAINTEXT /m,
        /^ok {4}probe record +4096 bytes, key and headers came back byte for byte/m,
      ])
        expect(output).toMatch(line);
      expect(code).toBe(1);
      // It leaves as one leaves: an expired certificate is refused by it, and of nobody was a handshake broken off.
      expect(gateway.child.output()).not.toContain('in the middle of the TLS handshake');
    },
    TIMEOUT_MS,
  );

  test(
    'who is given nothing is told what to give',
    async () => {
      const { output } = await doctor();
      // One clock: what it seems to be off by is the uncertainty, unless the answer is one that was made for somebody before.
      const skew = /clock skew +the gateway's clock is (\d+) ms \w+ this machine's \(\+-(\d+) ms\)/.exec(output);
      expect(Number(skew?.[1])).toBeLessThanOrEqual(Number(skew?.[2]) + 1);
      for (const line of [
        /^ok {4}trust SIGNED +it is signed by an authority that this machine knows$/m,
        /^warn {2}address SIGNED +.*; nobody was given who could sign in\n {6}fix: +security\.protocol, sasl\.mechanism/m,
        /^warn {2}address MUTUAL +\S+ asks for a certificate, and none was given here: .*\n {6}fix: +ssl\.keystore\.location/m,
        /^warn {2}probe record +whoever asks here may not make a topic.*\n {6}fix: +seaglass acl add/m,
      ])
        expect(output).toMatch(line);
    },
    TIMEOUT_MS,
  );

  test(
    'a wrong password is told with the words of the gateway, and none is shown to a listener that is not trusted',
    async () => {
      const others = makeCertificates();
      const theirs = ['ssl.truststore.type=PEM', `ssl.truststore.location=${others.authority}`];
      const distrusting = properties('distrusting', [...signIn('admin', 'PLAIN'), ...theirs]);
      const distrusted = await doctor('--command-config', distrusting);
      others.remove();
      expect(distrusted.output).toMatch(
        /^FAIL {2}trust SIGNED +no authority of ssl\.truststore\.location has signed it \(\w+\)\n {6}fix: /m,
      );
      expect(distrusted.output).toMatch(
        /^FAIL {2}address SIGNED +\S+: (unable to|self-signed).*\n {6}fix: +see the checks/m,
      );
      const wrong = await doctor(
        '--command-config',
        properties('wrong', [...signIn('admin', 'SCRAM-SHA-512', 'not it'), ...tls()]),
      );
      expect(wrong.output).toMatch(
        /^FAIL {2}address SIGNED +\S+: admin is not let in by SCRAM-SHA-512: Authentication failed/m,
      );
      expect(wrong.code).toBe(1);
    },
    TIMEOUT_MS,
  );

  test(
    'acl adds and lists by SASL over TLS with each mechanism, and tells whoever may not',
    async () => {
      const [at = ''] = gateway.bootstrap.split(',');
      const acl = (file: string, ...args: readonly string[]) =>
        seaglass('acl', ...args, '--bootstrap', at, '--command-config', file);
      const byScram = properties('scram', [...signIn('admin', 'SCRAM-SHA-512'), ...tls()]);
      const byPlain = properties('plain', [...signIn('admin', 'PLAIN'), ...tls()]);
      const other = properties('other', [...signIn('no=body, too', 'SCRAM-SHA-256'), ...tls()]);
      const added = await acl(byScram, 'add', '--allow', 'User:orders', '--producer', '--topic', 'orders');
      expect(added).toMatchObject({ code: 0, output: expect.stringMatching(/^added .*User:orders/m) });
      expect((await acl(byPlain, 'list')).output).toMatch(/User:orders/);
      expect(await acl(other, 'list')).toMatchObject({
        code: 1,
        output: expect.stringMatching(/CLUSTER_AUTHORIZATION_FAILED/),
      });
      const untrusted = properties('untrusted', signIn('admin', 'PLAIN'));
      const child = startMain(['acl', 'list', '--bootstrap', at, '--command-config', untrusted]);
      await child.closed;
      expect(child.exitCode).toBe(1);
      expect(child.output()).toMatch(/certificate/);
    },
    TIMEOUT_MS,
  );
});
