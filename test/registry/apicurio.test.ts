/**
 * Goal: a real schema registry of another make works on the gateway unchanged, and the serializers of the ecosystem through it. Method:
 * Apicurio Registry in a process of its own keeps its schemas in a topic of the gateway's; everything is asked over REST, before and
 * after it was restarted and has read that topic again. The registry's life spans the suite, because each of its starts takes seconds.
 */
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { reportChecks, run } from '../clients/checks';
import { describeOnEngines, describeWith } from '../clients/engines';
import { python, pythonNeed } from '../clients/python';
import { type Apicurio, apicurioNeeds, startApicurio } from './apicurio';
import { consumeOrders, FORMATS, ORDERS, type Place, produceOrders } from './kafkajs-round-trip';
import { PatientRegistryClient } from './patient-registry-client';
import { SchemaRun } from './schema-run';
import { makeSchemas } from './schemas';

const ROOT = join(__dirname, '..', '..');
const START_TIMEOUT_MS = 180_000;
const TEST_TIMEOUT_MS = 300_000;

const pythonNeeds = [
  pythonNeed(
    "confluent-kafka's serializers",
    'confluent_kafka.schema_registry.avro',
    'confluent_kafka.schema_registry.json_schema',
    'confluent_kafka.schema_registry.protobuf',
  ),
];

describeOnEngines('Apicurio Registry', apicurioNeeds, (engine) => {
  let apicurio: Apicurio | undefined;
  const registry = (): Apicurio => {
    if (apicurio === undefined) throw new Error('the registry runs inside tests only');
    return apicurio;
  };
  const place = (): Place => ({ bootstrap: engine.bootstrap, registry: registry().url });

  beforeAll(async () => {
    apicurio = await startApicurio(engine.bootstrap);
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    await apicurio?.stop();
  }, START_TIMEOUT_MS);

  const formats = Object.entries(FORMATS);
  const topics = new Map(formats.map(([name], index) => [name, `orders-${index}`]));
  const orders = (name: string, reader: string): Promise<readonly unknown[]> =>
    consumeOrders(place(), topics.get(name) ?? '', `${reader}-${name}`);

  test.concurrent.each(formats)(
    '@kafkajs/confluent-schema-registry: %s comes back',
    async (name, format) => {
      await produceOrders(place(), topics.get(name) ?? '', format);
      expect(await orders(name, 'first')).toEqual(ORDERS);
    },
    TEST_TIMEOUT_MS,
  );

  describeWith("confluent-kafka's serializers", pythonNeeds, () => {
    reportChecks(['Avro', 'JSON Schema', 'Protobuf'], () => ({
      command: python,
      parameters: [join(__dirname, 'python', 'serializers.py'), engine.bootstrap, registry().url],
    }));
  });

  test(
    '10 and 200 schemas are registered, verified, verified after a restart, and deleted',
    async () => {
      const restarts = await startRestarts(() => registry().restart());
      const program = ['-r', './test/support/register.cjs', 'test/registry/register-schemas.ts'];
      const flags = ['--registry', registry().url, '--count', '10', '--count', '200', '--restart', restarts.command];
      const output = await run(process.execPath, [...program, ...flags], TEST_TIMEOUT_MS, ROOT);
      await restarts.close();
      process.stdout.write(`Apicurio Registry, ${engine.kind}:\n${output}`);
      expect(output.trim().split('\n')).toEqual([
        'registered 10/10 verified 10/10 after restart 10/10',
        'deleted softly 10/10 for good 10/10',
        'registered 200/200 verified 200/200 after restart 200/200',
        'deleted softly 200/200 for good 200/200',
      ]);
    },
    TEST_TIMEOUT_MS + 10_000,
  );

  test(
    'what was answered while the gateway was killed and restarted is there when the registry has read its topic again',
    async () => {
      const client = new PatientRegistryClient(registry().url);
      const run = new SchemaRun(client, makeSchemas(randomBytes(4).toString('hex'), 60));
      const registering = run.register();
      await client.registered(20);
      await engine.killAndRestartGateway();
      const registered = await registering;
      const verified = await run.verify();
      await registry().restart();
      process.stdout.write(`Apicurio Registry, ${engine.kind}: ${client.refusals.length} refusals around a kill -9\n`);
      const outcome = { registered, verified, afterRestart: await run.verify(), failures: run.failures };
      expect(outcome).toEqual({ registered: 60, verified: 60, afterRestart: 60, failures: [] });
      const read = await Promise.all([...topics.keys()].map((name) => orders(name, 'last')));
      expect(read).toEqual(formats.map(() => ORDERS));
      // What was deleted for good before stays deleted.
      const left = (await client.subjects('and-deleted')).filter((subject) => subject.startsWith('seaglass-'));
      expect(left.length).toBe(30);
    },
    TEST_TIMEOUT_MS,
  );
});

/** A shell command for the program, which runs elsewhere, that restarts what runs here. */
async function startRestarts(
  restart: () => Promise<void>,
): Promise<{ readonly command: string; close(): Promise<void> }> {
  const server = createServer((_request, response) => {
    restart().then(
      () => response.end(),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const script = `fetch('http://127.0.0.1:${port}').then(async (a) => { if (!a.ok) throw new Error(await a.text()); })`;
  return {
    command: `"${process.execPath}" -e "${script}"`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
