/**
 * Goal: traces, metrics and logs arrive over TLS by the standard variables, with a certificate of the gateway's own, and a receiver that is not
 * trusted is told of in words. Method: a receiver that asks for certificates, over both protocols, and telemetry as the gateway starts it.
 */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { systemClock } from '../../src/clock';
import { type StartedTelemetry, startTelemetry } from '../../src/telemetry/start-telemetry';
import { type Certificates, type IssuedCertificate, makeCertificates } from '../support/certificates';
import { FreezingProxy } from '../support/freezing-proxy';
import { OtlpReceiver } from '../support/otlp-receiver';
import { describeWithProgram } from '../support/outside-program';

describeWithProgram('openssl', 'SEAGLASS_TEST_OPENSSL')('OTLP over TLS', () => {
  let certificates: Certificates;
  let others: Certificates;
  let own: IssuedCertificate;
  let receiver: OtlpReceiver;
  let telemetry: StartedTelemetry | undefined;
  let lines: PassThrough;

  beforeAll(async () => {
    certificates = makeCertificates();
    others = makeCertificates();
    own = certificates.issue('gateway', '/CN=gateway');
    const { certificate, key } = certificates.issue('receiver', '/CN=localhost');
    receiver = await OtlpReceiver.start({ authority: certificates.authority, certificate, key });
  }, 60_000);
  afterEach(async () => {
    await telemetry?.shutdown();
    telemetry = undefined;
  });
  afterAll(async () => {
    await receiver.close();
    for (const each of [certificates, others]) each.remove();
  });

  async function start(variables: Record<string, string>): Promise<StartedTelemetry> {
    lines = new PassThrough();
    telemetry = await startTelemetry({
      ...{ clock: systemClock, trace: 'all', stallThresholdMs: 1_000, version: '9.9.9' },
      log: { level: 'info', form: 'json', target: lines },
      otel: {
        ...{ OTEL_TRACES_EXPORTER: 'otlp', OTEL_METRICS_EXPORTER: 'otlp', OTEL_LOGS_EXPORTER: 'otlp' },
        ...{ OTEL_METRIC_EXPORT_INTERVAL: '200', OTEL_BLRP_SCHEDULE_DELAY: '200' },
        ...variables,
      },
    });
    return telemetry;
  }
  /** Resolves when the log has told it. */
  async function told(event: 'tls.reloaded' | 'tls.reload_failed'): Promise<void> {
    for await (const line of lines.iterator({ destroyOnReturn: false })) if (String(line).includes(event)) return;
  }
  const shown = (): Record<string, string> => ({
    OTEL_EXPORTER_OTLP_CERTIFICATE: certificates.authority,
    OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: own.certificate,
    OTEL_EXPORTER_OTLP_CLIENT_KEY: own.key,
  });

  test.each([
    ['http/protobuf', () => receiver.httpEndpoint],
    ['grpc', () => receiver.grpcEndpoint],
  ])(
    'over %s all three signals arrive',
    async (protocol, endpoint) => {
      receiver.metricNames.clear();
      const variables = { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint(), OTEL_EXPORTER_OTLP_PROTOCOL: protocol };
      const { operations, log, reachTraces } = await start({ ...variables, ...shown() });
      expect(endpoint()).toMatch(/^https:/);
      const fetch = operations.root('request', { spanName: `Fetch over ${protocol}` });
      fetch.end('data');
      log.write('info', 'test.line', `a line over ${protocol}`);
      await receiver.waitForSpan((span) => span.spanId === fetch.spanId);
      await receiver.waitUntil(() => receiver.logs.find(({ body }) => body === `a line over ${protocol}`));
      await receiver.waitUntil(() => (receiver.metricNames.size > 0 ? true : undefined));
      expect((await reachTraces()).state).toBe('reached');
    },
    120_000,
  );

  test.each([
    ['http/protobuf', (of: OtlpReceiver) => of.httpEndpoint],
    ['grpc', (of: OtlpReceiver) => of.grpcEndpoint],
  ])(
    'over %s the receiver and the gateway get certificates of another authority while it runs, and all three signals go on',
    async (protocol, endpoint) => {
      const next = certificateFiles(others);
      const replaced = await OtlpReceiver.start({ authority: others.authority, ...next.receiver });
      const proxy = new FreezingProxy(addressOf(endpoint(receiver)));
      const files = new ReplacedFiles(certificates, certificateFiles(certificates).gateway);
      try {
        const url = `https://${await proxy.listen()}`;
        const variables = { OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_EXPORTER_OTLP_PROTOCOL: protocol };
        const { operations, log, ownCertificates, instruments } = await start({ ...variables, ...files.variables });
        const before = operations.root('request', { spanName: 'before' });
        before.end('data');
        await receiver.waitForSpan((span) => span.spanId === before.spanId);
        proxy.lead(addressOf(endpoint(replaced)));
        files.replace(others, next.gateway);
        await told('tls.reloaded');
        const after = operations.root('request', { spanName: 'after' });
        after.end('data');
        log.write('info', 'test.line', 'a line behind it');
        await replaced.waitForSpan((span) => span.spanId === after.spanId);
        await replaced.waitUntil(() => replaced.logs.find(({ body }) => body === 'a line behind it'));
        await replaced.waitUntil(() => (replaced.metricNames.size > 0 ? true : undefined));
        expect(ownCertificates.list()).toMatchObject([{ name: 'to the OTLP receiver', subject: 'CN=renewed' }]);
        const ends = instruments.value('seaglass_certificate_not_after_seconds', { listener: 'to the OTLP receiver' });
        expect(ends).toBeGreaterThan(Date.now() / 1_000 + 3 * 86_400);
      } finally {
        proxy.close();
        await telemetry?.shutdown();
        await replaced.close();
        files.remove();
      }
    },
    120_000,
  );

  test('a key whose certificate has not come yet leaves the pair before, and nothing is lost meanwhile', async () => {
    const files = new ReplacedFiles(certificates, own);
    try {
      const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcEndpoint, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' };
      const { operations } = await start({ ...endpoint, ...files.variables });
      const { certificate, key } = certificateFiles(certificates).gateway;
      files.replace(certificates, { ...own, key });
      await told('tls.reload_failed');
      const meanwhile = operations.root('request', { spanName: 'meanwhile' });
      meanwhile.end('data');
      await receiver.waitForSpan((span) => span.spanId === meanwhile.spanId);
      files.replace(certificates, { ...own, certificate, key });
      await told('tls.reloaded');
    } finally {
      await telemetry?.shutdown();
      files.remove();
    }
  }, 60_000);

  test('a receiver of another authority is not trusted, and the doctor is told', async () => {
    const { reachTraces } = await start({
      ...{
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.httpEndpoint,
        OTEL_METRICS_EXPORTER: 'none',
        OTEL_LOGS_EXPORTER: 'none',
      },
      ...{ ...shown(), OTEL_EXPORTER_OTLP_CERTIFICATE: others.authority },
    });
    const { state, found } = await reachTraces();
    expect([state, found]).toEqual(['failed', expect.stringMatching(/certificate/)]);
  }, 60_000);

  test('a file that cannot be read, or half a pair, is refused by the name of the variable', async () => {
    const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.httpEndpoint };
    await expect(start({ ...endpoint, OTEL_EXPORTER_OTLP_CERTIFICATE: '/absent.pem' })).rejects.toThrow(
      /OTEL_EXPORTER_OTLP_CERTIFICATE "\/absent\.pem" cannot be read/,
    );
    await expect(start({ ...endpoint, OTEL_EXPORTER_OTLP_CLIENT_KEY: own.key })).rejects.toThrow('go together');
    const { key } = certificates.issue('another', '/CN=another');
    await expect(start({ ...endpoint, ...shown(), OTEL_EXPORTER_OTLP_CLIENT_KEY: key })).rejects.toThrow(
      /OTEL_EXPORTER_OTLP_CLIENT_KEY ".*" cannot be used with its certificate/,
    );
  });
});

const addressOf = (url: string): string => new URL(url).host;

/** Of both ends, signed by the authority. */
const certificateFiles = (by: Certificates) => ({
  receiver: by.issue('renewed-receiver', '/CN=localhost'),
  gateway: by.issue('renewed-gateway', '/CN=renewed', { days: 5 }),
});

/** Files that variables name, whose contents are replaced. */
class ReplacedFiles {
  readonly #directory = mkdtempSync(join(tmpdir(), 'seaglass-otlp-'));
  readonly variables = Object.fromEntries(
    ['CERTIFICATE', 'CLIENT_CERTIFICATE', 'CLIENT_KEY'].map((name) => [
      `OTEL_EXPORTER_OTLP_${name}`,
      join(this.#directory, name),
    ]),
  );

  constructor(by: Certificates, own: IssuedCertificate) {
    this.replace(by, own);
  }

  replace({ authority }: Certificates, { certificate, key }: IssuedCertificate): void {
    const [ca = '', cert = '', ofKey = ''] = Object.values(this.variables);
    copyFileSync(authority, ca);
    copyFileSync(certificate, cert);
    copyFileSync(key, ofKey);
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
