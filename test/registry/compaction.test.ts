/**
 * Goal: a registry on the embedded node does not notice that its topic is compacted under it. Method: the program of Confluent's pattern
 * against a gateway whose node looks for work all the time, on a topic whose segments are small and whose tombstones go at once.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine } from '../../src/engine/engine';
import { type RunningNode, startNode } from '../../src/node/start';
import { describeWith } from '../clients/engines';
import { compile, javaCommand, javaNeeds } from '../clients/java';
import { openRecordLogEngine, startTestGateway, type TestGateway } from '../support/gateway';
import { RegistryInstances, SESSION_TIMEOUT_MS } from './registry-instances';
import { configKey, schemaKey, schemaValue } from './schema-records';
import { writeOfEveryKind } from './store-suite';

const TEST_TIMEOUT_MS = 240_000;
const ROUNDS_MAX = 500;

describeWith('a registry on a topic that is compacted', javaNeeds, () => {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'seaglass-'));
  let program: ReturnType<typeof compile> | undefined;
  let node: RunningNode | undefined;
  let engine: Engine | undefined;
  let gateway: TestGateway | undefined;
  const instances = new RegistryInstances({
    name: "Confluent's pattern on a compacted topic",
    program: () => ({ command: javaCommand, parameters: program?.parameters ?? [] }),
    bootstrap: () => `127.0.0.1:${gateway?.port ?? 0}`,
    topicSettings: { 'segment.ms': '50', 'min.cleanable.dirty.ratio': '0', 'delete.retention.ms': '0' },
  });

  beforeAll(async () => {
    program = compile('StoreProgram', join(__dirname, 'java'));
    const started = await startNode({ dataDirectory, cleanerBackoffMs: 20 });
    node = started;
    gateway = await startTestGateway({
      engine: (telemetry) => (engine = openRecordLogEngine(started.address, telemetry)),
      groups: { sessionTimeoutMsMin: SESSION_TIMEOUT_MS },
    });
  }, TEST_TIMEOUT_MS);

  afterAll(async () => {
    await instances.stop();
    await gateway?.close();
    await engine?.close();
    await node?.close();
    rmSync(dataDirectory, { recursive: true, force: true });
    program?.remove();
  }, TEST_TIMEOUT_MS);

  test(
    'offsets read again while it is compacted answer what was there or pass by what may be gone',
    async () => {
      const store = await instances.start();
      await writeOfEveryKind(instances, store);
      let overwriting = true;
      const overwrites = async (): Promise<void> => {
        for (let round = 0; overwriting && round < ROUNDS_MAX; round += 1) {
          await instances.put(store, configKey('overwritten'), JSON.stringify({ compatibilityLevel: 'NONE', round }));
        }
      };
      const writing = overwrites();
      try {
        for (let round = 0; round < 3; round += 1) await instances.expectExactRereads(store, 50);
      } finally {
        overwriting = false;
        await writing;
      }
      await instances.expectWhole(store);
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'of each key the newest record is left, of a deleted one none, and a reader goes over the holes to the end',
    async () => {
      const store = instances.first;
      for (let version = 1; version <= 20; version += 1) {
        await instances.put(store, schemaKey('gone', version), schemaValue({ subject: 'gone', version, id: version }));
        await instances.remove(store, schemaKey('gone', version));
      }
      // One record for each key, and the active segment: the rounds go on until that is all.
      let left = Infinity;
      for (let round = 0; left > instances.model.size + 5 && round < ROUNDS_MAX; round += 1) {
        const { records, wrong } = await store.scan(1);
        expect(wrong).toEqual([]);
        left = records[0] ?? Infinity;
        await store.reach();
      }
      const { offset } = await store.reach();
      instances.say(`${left} records are left of ${offset + 1}, for ${instances.model.size} keys`);
      expect(left).toBeLessThanOrEqual(instances.model.size + 5);
      await instances.start();
      await instances.expectAllWhole();
      // By the one that saw them all, and knows what may be gone.
      await instances.expectExactRereads(store, 50);
    },
    TEST_TIMEOUT_MS,
  );
});
