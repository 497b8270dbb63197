/**
 * The tail where sessions only wait there and the backlog comes from the log (SeaweedMQ), against the scripted one: a burst of one
 * key, which its streams bring at 7 records a second, and a stream that died without a word.
 */
import { systemClock } from '../../src/clock';
import { createEngine } from '../../src/engine/create-engine';
import type { Engine, Partition } from '../../src/engine/engine';
import { createSeaweedMqDialect } from '../../src/engine/seaweedmq/seaweedmq-dialect';
import { DEFAULT_ENGINE_SETTINGS } from '../../src/engine/settings';
import { createTelemetry } from '../../src/telemetry/create-telemetry';
import type { RunningTelemetry } from '../../src/telemetry/create-telemetry';
import { startScriptedSeaweedMQ } from '../support/scripted-seaweedmq';
import { appendOf, readRecords, value } from './batches';
import { asRequest, partitionOf, read, recordAt, waitFor } from './support';
import { expectWithin } from '../support/measured';

type Scripted = Awaited<ReturnType<typeof startScriptedSeaweedMQ>>;

let mq: Scripted;
let telemetry: RunningTelemetry;
let engine: Engine;
let partition: Partition;

beforeEach(async () => {
  mq = await startScriptedSeaweedMQ();
  mq.createTopic('t', 1);
  telemetry = createTelemetry();
  const { instruments, log } = telemetry;
  const settings = DEFAULT_ENGINE_SETTINGS;
  const dialect = createSeaweedMqDialect({
    brokers: [mq.address],
    masters: [],
    filer: mq.filer,
    topicDefaults: new Map(),
    settings,
    clock: systemClock,
    instruments,
    log,
  });
  engine = createEngine({ kind: 'seaweedmq', dialect, telemetry });
  partition = await partitionOf({ engine, telemetry }, 't');
});

afterEach(async () => {
  await engine.close();
  await mq.stop();
  const left = telemetry.inflight().operations.map(({ path }) => path);
  telemetry.close();
  expect(left).toEqual([]);
});

function store(count: number, key: Uint8Array): void {
  for (let index = 0; index < count; index += 1) mq.append('t', 0, { key, value: Buffer.from(`v${index}`) });
}

test('a burst of 1,000 records of one key arrives in one go, not at the pace of the gate', async () => {
  mq.switches.sameKeyGating = true;
  const times: number[] = [];
  let next = 0;
  for (let round = 0; round < 3; round += 1) {
    expect((await read(telemetry, partition, next)).chunks).toEqual([]);
    const end = next + 1_000;
    let woken = waitFor(telemetry, partition, next);
    const startedMs = performance.now();
    store(1_000, Buffer.from('one key'));
    while (next < end) {
      await woken;
      const result = await read(telemetry, partition, next, 1024 * 1024);
      expect(readRecords(result.chunks).every((record, at) => record.offset === next + at)).toBe(true);
      next = result.nextOffset;
      if (next < end) woken = waitFor(telemetry, partition, next);
    }
    times.push(performance.now() - startedMs);
  }
  expect(next).toBe(3_000);
  // At the pace of its gate each takes 137 s.
  expectWithin('1,000 records of one key', Math.min(...times), 1_000);
});

test('a tail stream that died without a word is found out while a reader waits on it', async () => {
  mq.switches.receive = 'never';
  expect((await read(telemetry, partition, 0)).chunks).toEqual([]);
  const woken = waitFor(telemetry, partition, 0);
  store(1, new Uint8Array());
  await woken;
  expect((await recordAt(telemetry, partition, 0)).value?.toString()).toBe('v0');
});

test('streams that bring their first record and nothing more delay no record of another writer', async () => {
  mq.switches.subscribeFirstOnly = true;
  const startedMs = performance.now();
  for (let offset = 0; offset < 20; offset += 1) {
    expect((await read(telemetry, partition, offset)).chunks).toEqual([]);
    const woken = waitFor(telemetry, partition, offset);
    store(1, new Uint8Array());
    await woken;
    expect((await recordAt(telemetry, partition, offset)).value?.toString()).toBe('v0');
  }
  // A wait that only the probe ended took more than a second each.
  expect(performance.now() - startedMs).toBeLessThan(10_000);
});

test('a reader right behind this gateway’s own producer is woken by the acks and leaves no stream behind', async () => {
  for (let offset = 0; offset < 100; offset += 1) {
    expect((await read(telemetry, partition, offset)).chunks).toEqual([]);
    const woken = waitFor(telemetry, partition, offset);
    await asRequest(telemetry, (context) => partition.append(appendOf([value(`v${offset}`)]), context));
    await woken;
    expect((await recordAt(telemetry, partition, offset)).value?.toString()).toBe(`v${offset}`);
  }
  // Answered behind the ends of the streams, on their connection.
  await asRequest(telemetry, (context) => partition.range(context));
  expect(mq.subscribers.open).toBeLessThanOrEqual(1);
});
