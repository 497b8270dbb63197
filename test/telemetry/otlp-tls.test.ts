/**
 * Goal: traces, metrics and logs arrive over TLS by the standard variables, with a certificate of the gateway's own, and a receiver that is not
 * trusted is told of in words. Method: a receiver that asks for certificates, over both protocols, and telemetry as the gateway starts it.
 */
import { PassThrough } from 'node:stream';
import { systemClock } from '../../src/clock';
import { type StartedTelemetry, startTelemetry } from '../../src/telemetry/start-telemetry';
import { type Certificates, type IssuedCertificate, makeCertificates } from '../support/certificates';
import { OtlpReceiver } from '../support/otlp-receiver';
import { describeWithProgram } from '../support/outside-program';

describeWithProgram('openssl', 'SEAGLASS_TEST_OPENSSL')('OTLP over TLS', () => {
  let certificates: Certificates;
  let others: Certificates;
  let own: IssuedCertificate;
  let receiver: OtlpReceiver;
  let telemetry: StartedTelemetry | undefined;

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
    telemetry = await startTelemetry({
      ...{ clock: systemClock, trace: 'all', stallThresholdMs: 1_000, version: '9.9.9' },
      log: { level: 'info', form: 'json', target: new PassThrough() },
      otel: {
        ...{ OTEL_TRACES_EXPORTER: 'otlp', OTEL_METRICS_EXPORTER: 'otlp', OTEL_LOGS_EXPORTER: 'otlp' },
        ...{ OTEL_METRIC_EXPORT_INTERVAL: '200', OTEL_BLRP_SCHEDULE_DELAY: '200' },
        ...variables,
      },
    });
    return telemetry;
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
  });
});
