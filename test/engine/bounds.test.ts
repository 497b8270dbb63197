/** What the engine side may hold: sessions by count and by age, their queues and the windows in bytes, publishers by age. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { systemClock } from '../../src/clock';
import type { Clock } from '../../src/clock';
import { createEngine } from '../../src/engine/create-engine';
import { createRecordLogDialect } from '../../src/engine/record-log/record-log-dialect';
import { DEFAULT_ENGINE_SETTINGS } from '../../src/engine/settings';
import type { EngineSettings } from '../../src/engine/settings';
import { startNode } from '../../src/node/start';
import type { RunningNode } from '../../src/node/start';
import { createTelemetry } from '../../src/telemetry/create-telemetry';
import type { RunningTelemetry } from '../../src/telemetry/create-telemetry';
import { appendOf, value } from './batches';
import { asRequest, drain, makePartition, read, recordAt } from './support';

const KIB = 1024;

let dataDirectory: string;
let node: RunningNode;
let telemetry: RunningTelemetry;
let engine: ReturnType<typeof createEngine>;

beforeAll(async () => {
  dataDirectory = mkdtempSync(path.join(tmpdir(), 'engine-'));
  node = await startNode({ dataDirectory });
});

afterAll(async () => {
  await node.close();
  rmSync(dataDirectory, { recursive: true, force: true });
});

afterEach(async () => {
  await engine.close();
  expect(telemetry.inflight().operations.map(({ path: where }) => where)).toEqual([]);
  expect(engine.holdings()).toMatchObject({ sessions: 0, queuedBytes: 0, retainedBytes: 0 });
  telemetry.close();
});

function start(changed: Partial<EngineSettings>, clock: Clock = systemClock): void {
  telemetry = createTelemetry();
  const settings = { ...DEFAULT_ENGINE_SETTINGS, ...changed };
  const { instruments } = telemetry;
  const dialect = createRecordLogDialect({ address: node.address, ackMeaning: '', settings, clock, instruments });
  engine = createEngine({ kind: 'embedded', dialect, telemetry, settings, clock });
}

async function filled(records: number, valueBytes: number) {
  const partition = await makePartition(engine, telemetry);
  for (let index = 0; index < records; index += 1) {
    const batch = appendOf([value(Buffer.alloc(valueBytes, index))]);
    await asRequest(telemetry, (context) => partition.append(batch, context));
  }
  return partition;
}

test('more readers at different offsets than sessions allowed all get their records', async () => {
  start({ sessionsPerPartitionMax: 4, sessionsMax: 6, retainedBytesPerPartitionMax: 0 });
  const partitions = [await filled(40, 100), await filled(40, 100)];
  const offsets = Array.from({ length: 40 }, (_, index) => (index * 7) % 40);
  await Promise.all(
    partitions.flatMap((partition) =>
      offsets.map(async (offset) => {
        const record = await recordAt(telemetry, partition, offset);
        expect(record.value?.[0]).toBe(offset);
        expect(engine.holdings().sessions).toBeLessThanOrEqual(6);
      }),
    ),
  );
});

test('queues and windows stay within their budgets whatever is read', async () => {
  start({
    sessionQueueBytesMax: 512 * KIB,
    sessionQueuesBytesMax: 1024 * KIB,
    retainedBytesPerPartitionMax: 256 * KIB,
    retainedBytesMax: 512 * KIB,
  });
  const partitions = [await filled(60, 20 * KIB), await filled(60, 20 * KIB), await filled(60, 20 * KIB)];
  const readers = Array.from({ length: 24 }, async (_, index) => {
    const partition = partitions[index % 3];
    if (partition === undefined) return;
    const records = await drain(telemetry, partition, { from: index, bytesMax: 64 * KIB });
    expect(records.every((record, at) => record.offset === index + at && record.value?.[0] === record.offset)).toBe(
      true,
    );
    expect(records).toHaveLength(60 - index);
    expect(engine.holdings().queuedBytes).toBeLessThanOrEqual((1024 + 512) * KIB);
    expect(engine.holdings().retainedBytes).toBeLessThanOrEqual(512 * KIB);
  });
  await Promise.all(readers);
});

test('sessions that nobody uses are closed by age, and the offset can be read again', async () => {
  const fast = hurried(200);
  start({ sessionIdleMsMax: 20_000, heartbeatIntervalMs: 1_000_000 }, fast.clock);
  const partition = await filled(3, 10);
  await recordAt(telemetry, partition, 1);
  expect(engine.holdings().sessions).toBe(1);
  await fast.sweepUntil(() => engine.holdings().sessions === 0);
  await drain(telemetry, partition, { from: 2 });
  expect((await read(telemetry, partition, 3)).chunks).toEqual([]);
});

/** A clock whose monotonic time can be moved on: what is old is then old at once. Timers stay those of the system. */
function hurried(stepMs: number): { clock: Clock; sweepUntil: (done: () => boolean) => Promise<void> } {
  let aheadMs = 0;
  const clock: Clock = { ...systemClock, monotonicMs: () => systemClock.monotonicMs() + aheadMs };
  const sweepUntil = async (done: () => boolean): Promise<void> => {
    while (!done()) {
      aheadMs += stepMs;
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { clock, sweepUntil };
}
