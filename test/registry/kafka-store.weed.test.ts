/**
 * Goal: a registry on a real SeaweedFS does not notice what SeaweedMQ does with its topic: many records of one key at once, flushes to the
 * filer, a broker that ends and comes back. Method: the program of Confluent's pattern over one gateway, and the broker restarted.
 */
import { join } from 'node:path';
import { describeWith } from '../clients/engines';
import { compile, javaCommand, javaNeeds } from '../clients/java';
import { type GatewayProcess, startGatewayProcess } from '../support/gateway-process';
import { findProgram } from '../support/outside-program';
import { startWeed, type Weed } from '../support/weed';
import { RegistryInstances, SESSION_TIMEOUT_FLAGS } from './registry-instances';
import { configKey } from './schema-records';
import { writeOfEveryKind } from './store-suite';

const TEST_TIMEOUT_MS = 600_000;
const BURST = 150;

const weedNeed = {
  what: 'weed (SEAGLASS_TEST_WEED or PATH)',
  found: findProgram('weed', 'SEAGLASS_TEST_WEED') !== undefined,
};

describeWith("a registry's topic on SeaweedMQ", [...javaNeeds, weedNeed], () => {
  let program: ReturnType<typeof compile> | undefined;
  let weed: Weed | undefined;
  let gateway: GatewayProcess | undefined;
  const instances = new RegistryInstances({
    name: "Confluent's pattern on SeaweedMQ",
    program: () => ({ command: javaCommand, parameters: program?.parameters ?? [] }),
    bootstrap: () => gateway?.bootstrap ?? '',
  });

  beforeAll(async () => {
    program = compile('StoreProgram', join(__dirname, 'java'));
    weed = await startWeed({ flushSeconds: 1 });
    const engine = ['--engine', 'seaweedmq', '--brokers', weed.broker.address];
    gateway = await startGatewayProcess({
      flags: [
        ...[...engine, '--filer', weed.filer, '--masters', weed.master],
        ...['--groups-initial-rebalance-delay-ms', '0', ...SESSION_TIMEOUT_FLAGS],
      ],
    });
  }, TEST_TIMEOUT_MS);

  afterAll(async () => {
    await instances.stop();
    await gateway?.stop();
    await weed?.stop();
    program?.remove();
  }, TEST_TIMEOUT_MS);

  test(
    'many writes of one key, all at once, reach every reader in their order, and are found again',
    async () => {
      const store = await instances.start();
      await instances.start();
      await writeOfEveryKind(instances, await instances.master());
      const writer = await instances.master();
      const burst = Array.from({ length: BURST }, (_, round) => JSON.stringify({ round }));
      const writes = await Promise.all(burst.map((value) => writer.put(configKey('burst'), value)));
      // Who came last in the log decides, not who was asked last.
      const offsets = writes.map(({ offset }) => offset);
      const last = offsets.indexOf(Math.max(...offsets));
      instances.model.set(configKey('burst'), burst[last] ?? '');
      expect(new Set(offsets).size).toBe(BURST);
      await instances.expectAllWhole();
      await instances.expectWholeScans(store);
      await instances.expectExactRereads(store, 50);
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'the broker is restarted under them: readers go on, and one that starts reads the same',
    async () => {
      // An ack means the broker's memory. What is in files counts, though the broker has not noted yet how far it was when it ends.
      const { offset } = await instances.first.reach();
      await weed?.flushed('_schemas', [offset]);
      await weed?.broker.restart();
      await instances.expectAllWhole();
      const writer = await instances.master();
      await instances.put(writer, configKey('restarted'), JSON.stringify({ compatibilityLevel: 'FULL' }));
      const fresh = await instances.start();
      await instances.expectAllWhole();
      await instances.expectWholeScans(fresh);
      await instances.expectExactRereads(fresh, 50);
    },
    TEST_TIMEOUT_MS,
  );
});
