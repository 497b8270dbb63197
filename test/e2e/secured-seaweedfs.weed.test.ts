/**
 * Goal: a SeaweedFS whose security.toml is on (mutual TLS on gRPC, HTTPS, signed reads) is served as an open one is, is left with words where
 * something does not fit, and its certificates are renewed under a running gateway. Method: a real SeaweedFS and dist/main.js; the gateway
 * reads a security.toml of its own, which the test writes anew.
 */
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DrillClient } from '../../src/drills/run/drill-client';
import { ErrorCode } from '../../src/protocol/error-code';
import { type Certificates, type IssuedCertificate, makeCertificates } from '../support/certificates';
import { type GatewayProcess, startGatewayProcess, startMain } from '../support/gateway-process';
import { describeWithWeed, startWeed, type Weed } from '../support/weed';
import { NOT_OF_BROKERS, type WeedSecurity, weedSecurity } from '../support/weed-security';
import { roundTrips } from './round-trip';

const WAIT_MS = 60_000;

describeWithWeed('a SeaweedFS with security.toml on', () => {
  const directory = mkdtempSync(join(tmpdir(), 'seaglass-secured-'));
  const toml = join(directory, 'security.toml');
  let certificates: Certificates;
  let others: Certificates;
  let security: WeedSecurity;
  let weed: Weed;
  let gateway: GatewayProcess;
  const started: GatewayProcess[] = [];

  const start = async (flags: readonly string[]): Promise<GatewayProcess> => {
    const engine = ['--engine', 'seaweedmq', '--brokers', weed.broker.address, '--masters', weed.master];
    const made = await startGatewayProcess({ flags: [...engine, '--filer', weed.filer, ...flags] });
    started.push(made);
    return made;
  };
  beforeAll(async () => {
    certificates = makeCertificates();
    others = makeCertificates();
    security = weedSecurity(certificates, { https: true });
    writeFileSync(toml, security.toml);
    weed = await startWeed({ security, flushSeconds: 1 });
    gateway = await start(['--seaweedfs-security-toml', toml]);
  }, 120_000);
  afterAll(async () => {
    await Promise.all(started.map((each) => each.stop()));
    await weed.stop();
    for (const each of [certificates, others]) each.remove();
    rmSync(directory, { recursive: true, force: true });
  }, 60_000);

  roundTrips('a secured SeaweedFS', {
    port: () => Number(gateway.bootstrap.split(':')[1]),
    runs: 3,
    keeps: 'records',
    flush: (topic, lastOffset) => weed.flushed(topic, [lastOffset]),
  });

  test('the doctor is told what time the filer has', async () => {
    const { engineClock } = (await (await fetch(`${gateway.console}/api/health`)).json()) as {
      readonly engineClock: { readonly server: string; readonly aheadMs: number; readonly uncertainMs: number };
    };
    // Both run on this machine, and whole seconds are told.
    expect(Math.abs(engineClock.aheadMs)).toBeLessThanOrEqual(engineClock.uncertainMs + 1);
    expect(engineClock.uncertainMs).toBeGreaterThanOrEqual(500);
    expect(engineClock.server).toBe(weed.filer.replace(/\.\d+$/, ''));
  });

  test.concurrent(
    'who does not know its authority says so, and goes on without a restart once it does',
    async () => {
      const own = join(directory, 'own.toml');
      writeFileSync(own, security.toml.replaceAll(certificates.authority, others.authority));
      const strange = await start(['--seaweedfs-security-toml', own, '--cluster-id', 'given']);
      const client = await DrillClient.connect(strange.bootstrap, 'secured');
      // Whatever needs the engine finds out.
      const refused = client.createTopic('renewed');
      await strange.child.printed(
        /engine\.unreachable.*its certificate is not of an authority in [^"]*authority\.pem/,
        WAIT_MS,
      );
      await refused;
      writeFileSync(own, security.toml);
      await strange.child.printed(/tls\.reloaded/, WAIT_MS);
      await strange.child.printed(/engine\.recovered/, WAIT_MS);
      expect(await written(client, 'renewed')).toEqual(['hello']);
      client.close();
    },
    120_000,
  );

  /** A gateway with a certificate and key of its own, which the test replaces. */
  async function startWith(name: string, issued: IssuedCertificate) {
    const [certificate, key] = [join(directory, `${name}.pem`), join(directory, `${name}.key`)];
    const show = (next: IssuedCertificate): void => {
      copyFileSync(next.certificate, certificate);
      copyFileSync(next.key, key);
    };
    show(issued);
    const paths = ['--seaweedfs-tls-ca', certificates.authority, '--seaweedfs-tls-certificate', certificate];
    const flags = [...paths, '--seaweedfs-tls-key', key, '--seaweedfs-filer-https', 'true', '--cluster-id', 'given'];
    const strange = await start([...flags, '--seaweedfs-filer-read-key', security.filerReadKey]);
    return { strange, show, client: await DrillClient.connect(strange.bootstrap, 'secured') };
  }

  test.concurrent(
    'a certificate that the cluster does not take is told, and its successor is taken',
    async () => {
      const { strange, show, client } = await startWith('strange', others.issue('stranger', '/CN=gateway.example.org'));
      const refused = client.createTopic('taken');
      await strange.child.printed(/engine\.unreachable.*it does not take the certificate of the gateway/, WAIT_MS);
      await refused;
      show(security.client);
      await strange.child.printed(/engine\.recovered/, WAIT_MS);
      expect(await written(client, 'taken')).toEqual(['hello']);
      client.close();
    },
    120_000,
  );

  test.concurrent(
    'a name that brokers do not allow is told with the broker and what to change there, and an allowed one is taken',
    async () => {
      const { strange, show, client } = await startWith(
        'unnamed',
        certificates.issue('other', `/CN=${NOT_OF_BROKERS}`),
      );
      const refused = client.createTopic('allowed');
      const broker = weed.broker.address;
      const told = `${broker}.*does not take the certificate of the gateway, CN=${NOT_OF_BROKERS}, .*allowed_commonNames`;
      await strange.child.printed(new RegExp(`engine\\.unreachable.*broker ${told}`), WAIT_MS);
      await refused;
      const doctor = startMain(['doctor', '--console', strange.console]);
      await doctor.closed;
      expect(doctor.output()).toMatch(new RegExp(`FAIL +engine +connecting to ${told}`));
      expect(doctor.output()).toMatch(/warn +certificate to SeaweedFS +CN=other\.example\.org holds until/);
      const ends = await (await fetch(`${strange.console}/metrics`)).text();
      expect(ends).toMatch(/seaglass_certificate_not_after_seconds\{listener="to SeaweedFS"\} \d{10}/);
      // The filer is another server, and takes it.
      expect(doctor.output()).toMatch(/ok +engine clock +the clock of/);
      show(security.client);
      await strange.child.printed(/engine\.recovered/, WAIT_MS);
      expect(await written(client, 'allowed')).toEqual(['hello']);
      client.close();
    },
    120_000,
  );
});

/** What a record written to a topic is when it is read back. */
async function written(client: DrillClient, topic: string): Promise<readonly (string | undefined)[]> {
  const made = await client.createTopic(topic);
  expect([ErrorCode.NONE, ErrorCode.TOPIC_ALREADY_EXISTS]).toContain(made);
  const produced = await client.produce(topic, [{ timestamp: Date.now(), key: null, value: Buffer.from('hello') }]);
  expect(produced).toBe(ErrorCode.NONE);
  const { records } = await client.fetch(topic, 0, 10_000);
  return records.map(({ value }) => (value === null ? undefined : Buffer.from(value).toString()));
}
