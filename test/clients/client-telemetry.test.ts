/**
 * Goal: librdkafka and Java's clients push metrics of themselves as they come (KIP-714), and what they say stands on /metrics under their
 * instance ids. Method: a producer and a consumer of each library with default settings, against dist/main.js.
 */
import { join } from 'node:path';
import { type Child, startChild } from '../support/child';
import { type GatewayProcess, startGatewayProcess } from '../support/gateway-process';
import { describeWhere } from '../support/outside-program';
import { compile, javaCommand, javaNeeds } from './java';
import { python, pythonNeed } from './python';

const WAIT_MS = 60_000;
const needs = [pythonNeed('confluent-kafka', 'confluent_kafka'), ...javaNeeds];
const missing = needs.filter(({ found }) => !found).map(({ what }) => what);

describeWhere(missing.length === 0, `client telemetry needs ${missing.join(', ')}`)('client telemetry', () => {
  let gateway: GatewayProcess;
  const clients: Child[] = [];
  let program: ReturnType<typeof compile> | undefined;

  beforeAll(async () => {
    gateway = await startGatewayProcess({ flags: ['--clients-telemetry-interval-ms', '1000'] });
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
    await gateway.stop();
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
    ['python-audit', /metric="org\.apache\.kafka\.consumer\.fetch\.manager\.fetch\.latency\.avg"/],
    ['java-writer', /metric="org\.apache\.kafka\.producer\.record\.queue\.time\.avg"/],
    ['java-audit', /metric="org\.apache\.kafka\.consumer\.fetch\.manager\.fetch\.latency\.avg"/],
  ])(
    '%s says %p',
    async (clientId, metric) => {
      const [line] = await said(clientId, metric);
      expect(line).toMatch(/client_instance_id="[\w-]{22}"/);
      expect(Number(line?.split(' ').at(-1))).toBeGreaterThanOrEqual(0);
    },
    WAIT_MS + 10_000,
  );
});
