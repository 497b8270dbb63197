/**
 * Goal: librdkafka and Java's clients push metrics of themselves as they come (KIP-714); what they say stands on /metrics and leaves by OTLP
 * under their instance ids, and `explain` lays it beside what the gateway saw. Method: a producer and a consumer of each library with
 * default settings, against dist/main.js over a long line, so that the two differ.
 */
import { join } from 'node:path';
import { type Child, startChild } from '../support/child';
import { FreezingProxy } from '../support/freezing-proxy';
import { type GatewayProcess, startGatewayProcess, startMain } from '../support/gateway-process';
import { OtlpReceiver } from '../support/otlp-receiver';
import { describeWhere } from '../support/outside-program';
import { compile, javaCommand, javaNeeds } from './java';
import { python, pythonNeed } from './python';

const WAIT_MS = 60_000;
/** What the line adds to each answer: more than a fetch waits for records. */
const LATE_MS = 700;
const needs = [pythonNeed('confluent-kafka', 'confluent_kafka'), ...javaNeeds];
const missing = needs.filter(({ found }) => !found).map(({ what }) => what);

const FETCH_LATENCY = /metric="org\.apache\.kafka\.consumer\.fetch\.manager\.fetch\.latency\.avg"/;

interface Explained {
  readonly traceId: string;
  readonly open: boolean;
  readonly durationMs: number;
  readonly clientSays: readonly { readonly metric: string; readonly value: number }[];
}

describeWhere(missing.length === 0, `client telemetry needs ${missing.join(', ')}`)('client telemetry', () => {
  let gateway: GatewayProcess;
  let receiver: OtlpReceiver;
  const line = new FreezingProxy('', { lateMs: LATE_MS });
  const clients: Child[] = [];
  let program: ReturnType<typeof compile> | undefined;

  beforeAll(async () => {
    receiver = await OtlpReceiver.start();
    gateway = await startGatewayProcess({
      flags: ['--clients-telemetry-interval-ms', '1000', '--advertised', await line.listen()],
      environment: {
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.httpEndpoint,
        ...{ OTEL_METRICS_EXPORTER: 'otlp', OTEL_METRIC_EXPORT_INTERVAL: '1000' },
      },
    });
    const [, listening = ''] = await gateway.child.printed(/^ *listening +(\S+)$/m);
    line.lead(listening);
    program = compile('ClientTelemetry');
    const directory = __dirname;
    clients.push(
      startChild(python, [join(__dirname, 'python', 'telemetry.py'), gateway.bootstrap], { directory }),
      startChild(javaCommand, [...program.parameters, gateway.bootstrap], { directory }),
    );
  }, 120_000);

  afterAll(async () => {
    for (const client of clients) await client.kill();
    program?.remove();
    line.close();
    await gateway.stop();
    await receiver.close();
  }, 180_000);

  /** The lines of /metrics that the client's own words fill; asked until one matches. */
  async function said(clientId: string, metric: RegExp): Promise<readonly string[]> {
    const until = Date.now() + WAIT_MS;
    for (;;) {
      const text = await (await fetch(`${gateway.console}/metrics`)).text();
      const lines = text.split('\n').filter((line) => line.startsWith('seaglass_client_metric{'));
      const found = lines.filter((line) => line.includes(`client_id="${clientId}"`) && metric.test(line));
      if (found.length > 0) return found;
      if (Date.now() > until) throw new Error(`nothing of ${clientId} like ${String(metric)} in:\n${lines.join('\n')}`);
      await clients[0]?.printed(/$^/, 200).catch(() => undefined);
    }
  }

  test.each([
    ['python-writer', /metric="org\.apache\.kafka\.producer\.node\.request\.latency\.avg"/],
    ['python-audit', FETCH_LATENCY],
    ['java-writer', /metric="org\.apache\.kafka\.producer\.record\.queue\.time\.avg"/],
    ['java-audit', FETCH_LATENCY],
  ])(
    '%s says %p',
    async (clientId, metric) => {
      const [line] = await said(clientId, metric);
      expect(line).toMatch(/client_instance_id="[\w-]{22}"/);
      expect(Number(line?.split(' ').at(-1))).toBeGreaterThanOrEqual(0);
    },
    WAIT_MS + 10_000,
  );

  test.each(['python-audit', 'java-audit'])('what %s says leaves by OTLP under its instance id', async (clientId) => {
    const [line] = await said(clientId, FETCH_LATENCY);
    const [, instance] = /client_instance_id="([\w-]{22})"/.exec(line ?? '') ?? [];
    // A client's first push may come before its first fetch.
    const number = await receiver.waitUntil(() =>
      receiver.numbers.find(
        ({ metric, attributes, value }) =>
          value > 0 &&
          metric === 'seaglass_client_metric' &&
          attributes['client_id'] === clientId &&
          String(attributes['metric']).endsWith('.fetch.latency.avg'),
      ),
    );
    expect(number.attributes['client_instance_id']).toBe(instance);
  });

  test.each(['python-audit', 'java-audit'])(
    'explain lays what %s says beside what the gateway saw: the client waits longer than it was served in',
    async (clientId) => {
      await said(clientId, FETCH_LATENCY);
      const ask = ['explain', '--client', clientId, '--api', 'Fetch', '--console', gateway.console];
      for (;;) {
        const child = startMain([...ask, '--last', '20', '--json']);
        await child.closed;
        const { explanations } = JSON.parse(child.output()) as { readonly explanations: readonly Explained[] };
        const latency = ({ metric }: Explained['clientSays'][number]) => metric.endsWith('fetch.latency.avg');
        const found = explanations.find((each) => !each.open && each.clientSays.some(latency));
        if (found === undefined) continue;
        const said = found.clientSays.find(latency)?.value ?? 0;
        expect(said).toBeGreaterThan(LATE_MS);
        expect(said).toBeGreaterThan(found.durationMs);
        const text = startMain(['explain', found.traceId, '--console', gateway.console]);
        await text.closed;
        process.stdout.write(`${text.output()}\n`);
        expect(text.output()).toMatch(
          new RegExp(
            `What ${clientId} says of itself\\n(.*\\n)*.*fetch\\.latency\\.avg: \\d.*; this one was served in \\d`,
          ),
        );
        return;
      }
    },
    WAIT_MS + 10_000,
  );
});
