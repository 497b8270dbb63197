/**
 * Goal: memory that a node in a thread hands over is used again once nobody reads it, and never before: a reader's bytes stay what was
 * written, whatever the window, the sessions and other readers do meanwhile. Method: readers at random offsets of several partitions
 * who hold answers for a while, check every value at the end of that, and release them, some twice, some never; small windows and few
 * sessions, so that both let go of much; records deleted in between. The seed is in the test's name.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/clock';
import { createEngine } from '../../src/engine/create-engine';
import type { Engine, Partition, ReadResult } from '../../src/engine/engine';
import { Lease, releaser } from '../../src/engine/lease';
import { createRecordLogDialect } from '../../src/engine/record-log/record-log-dialect';
import { DEFAULT_ENGINE_SETTINGS, type EngineSettings } from '../../src/engine/settings';
import { Handover } from '../../src/handover';
import { startNodeWorker } from '../../src/node/start';
import { createTelemetry, type RunningTelemetry } from '../../src/telemetry/create-telemetry';
import { toOffset, toPartitionId } from '../../src/types';
import { PATIENT } from '../support/patient';
import { seeded } from '../support/random';
import { appendOf, readRecords, value } from './batches';
import { asRequest, drain, makeTopic, read } from './support';

const SEED = Number(process.env['SEAGLASS_TEST_SEED'] ?? Date.now());
const PARTITIONS = 3;
const BATCHES = 60;
const RECORDS = 4;
const STEPS = 600;
const HELD_MAX = 24;

interface World {
  readonly engine: Engine;
  readonly telemetry: RunningTelemetry;
  readonly partitions: readonly Partition[];
  close(): Promise<void>;
}

/** A value that names its place; batches of these fill a third to the whole of a frame. */
function valueAt(partition: number, offset: number): Buffer {
  const batch = Math.floor(offset / RECORDS);
  return Buffer.alloc(40_000 + ((batch * 7_919) % 80_000), `partition ${partition} offset ${offset} `);
}

async function fill(telemetry: RunningTelemetry, partition: Partition, from: number): Promise<void> {
  for (let batch = from; batch < from + BATCHES; batch += 1) {
    const offsets = Array.from({ length: RECORDS }, (_, index) => batch * RECORDS + index);
    const values = offsets.map((offset) => value(valueAt(partition.topicPartition.partition, offset)));
    await asRequest(telemetry, (context) => partition.append(appendOf(values), context));
  }
}

async function makeWorld(settings: Partial<EngineSettings> = {}): Promise<World> {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'seaglass-leases-'));
  const node = await startNodeWorker({ dataDirectory });
  const telemetry = createTelemetry();
  const engineSettings = { ...DEFAULT_ENGINE_SETTINGS, ...PATIENT, ...settings };
  const dialect = createRecordLogDialect({
    address: node.address,
    ackMeaning: 'written',
    settings: engineSettings,
    clock: systemClock,
    instruments: telemetry.instruments,
    ...(node.handover === undefined ? {} : { handover: node.handover }),
  });
  const engine = createEngine({ kind: 'embedded', dialect, telemetry, settings: engineSettings });
  const topic = await makeTopic(engine, telemetry, PARTITIONS);
  const partitions = Array.from({ length: PARTITIONS }, (_, id) => engine.partition(topic, toPartitionId(id)));
  for (const partition of partitions) await fill(telemetry, partition, 0);
  return {
    engine,
    telemetry,
    partitions,
    async close() {
      await engine.close();
      await node.close();
      telemetry.close();
      rmSync(dataDirectory, { recursive: true, force: true });
    },
  };
}

/** Throws where a record of the answer is not what was written. */
function check({ chunks }: ReadResult, partition: Partition): void {
  const id = partition.topicPartition.partition;
  const records = readRecords(chunks);
  expect(records.length).toBeGreaterThan(0);
  for (const record of records) {
    if (!valueAt(id, record.offset).equals(record.value ?? Buffer.of())) {
      throw new Error(`offset ${record.offset} of partition ${id} holds ${record.value?.subarray(0, 40).toString()}`);
    }
  }
}

afterEach(() => {
  jest.restoreAllMocks();
});

test(`an answer stays what was written for as long as its reader holds it (seed ${SEED})`, async () => {
  const below = seeded(SEED);
  const givenBack = jest.spyOn(Handover.prototype, 'giveBack');
  const world = await makeWorld({ retainedBytesMax: 2_000_000, retainedBytesPerPartitionMax: 1_000_000 });
  const held: { readonly result: ReadResult; readonly partition: Partition }[] = [];
  const next = world.partitions.map(() => 0);
  let logStart = 0;
  const letGo = (): void => {
    const [one] = held.splice(below(held.length), 1);
    if (one === undefined) return;
    check(one.result, one.partition);
    const end = below(10);
    if (end > 0) one.result.release?.();
    if (end === 1) one.result.release?.();
  };
  try {
    for (let step = 0; step < STEPS; step += 1) {
      const readers = Array.from({ length: 1 + below(3) }, async () => {
        const index = below(PARTITIONS);
        const partition = world.partitions[index];
        if (partition === undefined) throw new Error('no partition');
        const known = next[index] ?? 0;
        const follows = below(3) > 0 && known < BATCHES * RECORDS;
        const offset = follows ? Math.max(known, logStart) : logStart + below(BATCHES * RECORDS - logStart);
        const result = await read(world.telemetry, partition, offset, 1 + below(1_500_000));
        next[index] = result.nextOffset;
        held.push({ result, partition });
      });
      await Promise.all(readers);
      while (held.length > HELD_MAX || (held.length > 0 && below(3) === 0)) letGo();
      if (step % 200 === 199) {
        logStart += 3 * RECORDS;
        for (const partition of world.partitions) {
          await asRequest(world.telemetry, (context) => partition.deleteRecords(toOffset(logStart), context));
        }
      }
    }
    while (held.length > 0) letGo();
    expect(givenBack.mock.calls.length).toBeGreaterThan(STEPS / 10);
  } finally {
    await world.close();
  }
});

test('a consumer that reads through a log is served from memory that is used again', async () => {
  const world = await makeWorld();
  const taken = jest.spyOn(Handover.prototype, 'take');
  const givenBack = jest.spyOn(Handover.prototype, 'giveBack');
  try {
    for (const partition of world.partitions) {
      const records = await drain(world.telemetry, partition, { bytesMax: 1_000_000 });
      expect(records).toHaveLength(BATCHES * RECORDS);
    }
    const frames = taken.mock.results.filter(({ value: bytes }) => bytes instanceof Uint8Array).length;
    // The window keeps some.
    expect(givenBack.mock.calls.length).toBeGreaterThan(frames / 4);
  } finally {
    await world.close();
  }
});

describe('a lease', () => {
  test('ends when the last holder releases it, once', () => {
    let ended = 0;
    const lease = new Lease(2, () => (ended += 1));
    lease.hold();
    const release = releaser([{ lease }, { lease }]);
    release();
    release();
    expect(ended).toBe(0);
    lease.release();
    expect(ended).toBe(1);
    expect(() => lease.hold()).toThrow('given back already');
  });
});
