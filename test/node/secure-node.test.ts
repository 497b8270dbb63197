/**
 * Goal: a node that stands alone lets in whom it should: by TLS, by certificates, by a token; says why it does not; and takes new certificates
 * while it runs. Method: a node on TCP with all three, and the gateway's channels; for the whole way, the program as node and as gateway.
 */
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/clock';
import { DrillClient } from '../../src/drills/run/drill-client';
import { EngineChannel } from '../../src/engine/channel/channel';
import { DEFAULT_ENGINE_SETTINGS } from '../../src/engine/settings';
import { type RunningNode, startNode } from '../../src/node/start';
import { RecordLogService } from '../../src/rpc/record_log';
import { createTelemetry } from '../../src/telemetry/create-telemetry';
import { type PeerIdentity, readPeerIdentity } from '../../src/tls/peer-identity';
import { asRequest } from '../engine/support';
import { type Certificates, type IssuedCertificate, makeCertificates } from '../support/certificates';
import { startGatewayProcess, startMain } from '../support/gateway-process';
import { describeWithProgram } from '../support/outside-program';

const TOKEN = 'a-token-of-the-test-node';
const WAIT_MS = 60_000;

describeWithProgram('openssl', 'SEAGLASS_TEST_OPENSSL')('a node that stands alone', () => {
  const directory = mkdtempSync(join(tmpdir(), 'seaglass-secure-node-'));
  const telemetry = createTelemetry();
  const lines: string[] = [];
  let noted = (): void => undefined;
  let certificates: Certificates;
  let others: Certificates;
  let gateway: IssuedCertificate;
  let keystore: string;
  let node: RunningNode;

  beforeAll(async () => {
    certificates = makeCertificates();
    others = makeCertificates();
    gateway = certificates.issue('gateway', '/CN=gateway');
    keystore = join(directory, 'node.pem');
    copyFileSync(certificates.issue('node', '/CN=localhost').keystore, keystore);
    const write = (_level: string, event: string, message: string): void => {
      lines.push(`${event} ${message}`);
      noted();
    };
    node = await startNode(
      {
        ...{ dataDirectory: join(directory, 'data'), tcp: '127.0.0.1:0', token: TOKEN },
        tls: {
          ...{ keystoreLocation: keystore, keyLocation: undefined, keyPassword: undefined, named: 'node.' },
          ...{ truststoreLocation: certificates.authority, clientAuth: 'required' },
          enabledProtocols: ['TLSv1.2', 'TLSv1.3'],
        },
      },
      { logger: { write, enabled: () => true } },
    );
  }, 60_000);
  afterAll(async () => {
    await node.close();
    telemetry.close();
    for (const each of [certificates, others]) each.remove();
    rmSync(directory, { recursive: true, force: true });
  }, 60_000);

  /** Resolves when the node has written such a line. */
  const logged = (pattern: RegExp): Promise<void> =>
    new Promise((resolve) => {
      noted = () => {
        if (lines.some((line) => pattern.test(line))) resolve();
      };
      noted();
    });
  const identity = (ca: string, own?: IssuedCertificate): PeerIdentity =>
    readPeerIdentity({ ca, certificate: own?.certificate, key: own?.key, checksName: true, named: 'node.ssl' }).value;
  /** The node's id, or why there is none. */
  async function asked(tls: PeerIdentity | undefined, token?: string, address = node.address): Promise<string> {
    const { instruments } = telemetry;
    const options = {
      address,
      settings: DEFAULT_ENGINE_SETTINGS,
      clock: systemClock,
      instruments,
      keepaliveMs: 60_000,
    };
    const channel = new EngineChannel({
      ...{ ...options, tls: () => tls },
      ...(token === undefined ? {} : { token: () => token }),
    });
    try {
      const answer = await asRequest(telemetry, (context) => channel.unary(RecordLogService.describeNode, {}, context));
      return answer.nodeId;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    } finally {
      channel.close();
    }
  }

  test('serves who has a certificate of its authority and the token', async () => {
    expect(await asked(identity(certificates.authority, gateway), TOKEN)).toMatch(/^[\w-]{16,}$/);
    expect(await asked(undefined, TOKEN, node.localAddress)).toMatch(/^[\w-]{16,}$/);
  });

  test.each([
    ['no token', 'node.token', () => asked(identity(certificates.authority, gateway))],
    ['another token', 'node.token', () => asked(identity(certificates.authority, gateway), `${TOKEN}-`)],
    ['no token on its own machine', 'node.token', () => asked(undefined, undefined, node.localAddress)],
    ['no certificate', 'asks for a certificate of the gateway', () => asked(identity(certificates.authority), TOKEN)],
    [
      'a stranger’s certificate',
      'may not take the certificate of the gateway',
      () => asked(identity(certificates.authority, others.issue('x', '/CN=x')), TOKEN),
    ],
    ['another authority', 'not of an authority in', () => asked(identity(others.authority, gateway), TOKEN)],
    ['no TLS', 'it may want TLS', () => asked(undefined, TOKEN)],
  ])('who comes with %s stays out and is told why', async (_with, words, ask) => {
    const told = await ask();
    expect(told).toContain(words);
    expect(told).not.toContain(TOKEN);
  });

  test('tells of those who stay out, and takes new files while it runs', async () => {
    await asked(identity(certificates.authority), TOKEN);
    await logged(/^node\.tls_handshake .*brought no certificate/);
    copyFileSync(certificates.issue('renewed', '/CN=localhost').keystore, keystore);
    await logged(/^tls\.reloaded /);
    expect(await asked(identity(certificates.authority, gateway), TOKEN)).toMatch(/^[\w-]{16,}$/);
    writeFileSync(keystore, 'no certificate');
    await logged(/^tls\.reload_failed .*node\.ssl\.keystore-location .* holds no CERTIFICATE/);
    expect(await asked(identity(certificates.authority, gateway), TOKEN)).toMatch(/^[\w-]{16,}$/);
    expect(lines.join('\n')).not.toContain(TOKEN);
  }, 60_000);

  test('and the program does it whole: a node and a gateway before it', async () => {
    const server = certificates.issue('server', '/CN=localhost');
    const tokenFile = join(directory, 'token');
    writeFileSync(tokenFile, `${TOKEN}\n`);
    const shared = ['--node-ssl-truststore-location', certificates.authority, '--node-token-file', tokenFile];
    const own = (files: IssuedCertificate): readonly string[] => ['--node-ssl-keystore-location', files.keystore];
    const data = ['--data', join(directory, 'alone')];
    const listening = ['--node-listen', '127.0.0.1:0', '--node-ssl-client-auth', 'required'];
    const alone = startMain(['node', ...data, ...listening, ...shared, ...own(server)]);
    try {
      const [, address = ''] = await alone.printed(/^ *address +(\S+)$/m, WAIT_MS);
      const before = await startGatewayProcess({ flags: ['--node-connect', address, ...shared, ...own(gateway)] });
      try {
        const client = await DrillClient.connect(before.bootstrap, 'secure-node');
        expect(await client.createTopic('t')).toBe(0);
        expect(await client.produce('t', [{ timestamp: Date.now(), key: null, value: Buffer.from('hello') }])).toBe(0);
        const { records } = await client.fetch('t', 0, 10_000);
        expect(records.map(({ value }) => Buffer.from(value ?? []).toString())).toEqual(['hello']);
        const metrics = await (await fetch(`${before.console}/metrics`)).text();
        expect(metrics).toMatch(/seaglass_certificate_not_after_seconds\{listener="to the node"\} \d{10}/);
        // The file is one for both here; where it is two, whichever is replaced first.
        writeFileSync(tokenFile, 'another-token-of-the-test');
        await Promise.all([alone, before.child].map((each) => each.printed(/token\.reloaded/, WAIT_MS)));
        expect(await client.produce('t', [{ timestamp: Date.now(), key: null, value: Buffer.from('again') }])).toBe(0);
        expect(await client.createTopic('u')).toBe(0);
        client.close();
      } finally {
        await before.stop();
      }
    } finally {
      await alone.stop(15_000);
    }
  }, 120_000);
});
