/** The engine goes away, or freezes, and comes back: the gateway's side answers meanwhile and recovers by itself, with what was acked. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { systemClock } from '../../src/clock';
import { createEngine } from '../../src/engine/create-engine';
import type { Engine } from '../../src/engine/engine';
import { createRecordLogDialect } from '../../src/engine/record-log/record-log-dialect';
import { DEFAULT_ENGINE_SETTINGS } from '../../src/engine/settings';
import { startNode } from '../../src/node/start';
import { createTelemetry } from '../../src/telemetry/create-telemetry';
import type { RunningTelemetry } from '../../src/telemetry/create-telemetry';
import { toPartitionId } from '../../src/types';
import { FreezingProxy } from '../support/freezing-proxy';
import { appendOf, value } from './batches';
import { asRequest, codeOf, drain, makePartition, makeTopic, read, waitFor } from './support';

const RECOVERY_MS_MAX = 40_000;

let dataDirectory: string;
let telemetry: RunningTelemetry;

beforeEach(() => {
  dataDirectory = mkdtempSync(path.join(tmpdir(), 'engine-'));
  telemetry = createTelemetry();
});

afterEach(() => {
  const left = telemetry.inflight().operations.map(({ path: where }) => where);
  telemetry.close();
  rmSync(dataDirectory, { recursive: true, force: true });
  expect(left).toEqual([]);
});

function engineAt(address: string): Engine {
  const { instruments } = telemetry;
  const settings = DEFAULT_ENGINE_SETTINGS;
  const dialect = createRecordLogDialect({ address, ackMeaning: '', settings, clock: systemClock, instruments });
  return createEngine({ kind: 'embedded', dialect, telemetry });
}

/** Calls until it succeeds, as a client that retries does; how long that took. */
async function untilItWorks(call: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  for (;;) {
    if ((await codeOf(call())) === 'resolved') return performance.now() - startedMs;
    if (performance.now() - startedMs > RECOVERY_MS_MAX) throw new Error('no recovery');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('a node that stops and starts again is used again, and everything acked is there in order', async () => {
  let node = await startNode({ dataDirectory });
  const engine = engineAt(node.address);
  const partition = await makePartition(engine, telemetry);
  const append = (text: string) =>
    asRequest(telemetry, (context) => partition.append(appendOf([value(text)]), context));
  const acked: string[] = [];
  for (let round = 0; round < 3; round += 1) {
    for (let index = 0; index < 20; index += 1) {
      await append(`${round}/${index}`);
      acked.push(`${round}/${index}`);
    }
    const tail = acked.length;
    expect((await read(telemetry, partition, tail)).chunks).toEqual([]);
    const woken = waitFor(telemetry, partition, tail);
    await node.close();
    await woken;
    expect(['unavailable', 'shutting_down']).toContain(await codeOf(read(telemetry, partition, tail)));
    expect(['unavailable', 'shutting_down']).toContain(await codeOf(append('lost')));
    node = await startNode({ dataDirectory });
    expect(await untilItWorks(() => read(telemetry, partition, tail))).toBeLessThan(RECOVERY_MS_MAX);
    expect(await untilItWorks(() => asRequest(telemetry, (context) => partition.range(context)))).toBeLessThan(
      RECOVERY_MS_MAX,
    );
  }
  const records = await drain(telemetry, partition);
  expect(records.map((record) => record.value?.toString())).toEqual(acked);
  await engine.close();
  await node.close();
}, 120_000);

test('after a node was away its appends go on everywhere with the first that is answered', async () => {
  let node = await startNode({ dataDirectory });
  const engine = engineAt(node.address);
  const topic = await makeTopic(engine, telemetry, 12);
  const append = (index: number) => {
    const partition = engine.partition(topic, toPartitionId(index));
    return asRequest(telemetry, (context) => partition.append(appendOf([value('v')]), context));
  };
  const indexes = Array.from({ length: 12 }, (_, index) => index);
  await node.close();
  for (const index of indexes) expect(await codeOf(append(index))).toBe('unavailable');
  node = await startNode({ dataDirectory });
  expect(await untilItWorks(() => append(0))).toBeLessThan(RECOVERY_MS_MAX);
  const outcomes = await Promise.all(indexes.map((index) => codeOf(append(index))));
  expect(outcomes).toEqual(indexes.map(() => 'resolved'));
  await engine.close();
  await node.close();
}, 120_000);

test('a frozen engine costs its callers their own patience and no more, and is used again when it thaws', async () => {
  const node = await startNode({ dataDirectory, tcp: '127.0.0.1:0' });
  const proxy = new FreezingProxy(node.address);
  const engine = engineAt(await proxy.listen());
  const partition = await makePartition(engine, telemetry);
  const append = (text: string, signal?: AbortSignal) =>
    asRequest(telemetry, (context) => partition.append(appendOf([value(text)]), context), signal);
  await append('before');
  await read(telemetry, partition, 1);

  proxy.freeze();
  const patience = new AbortController();
  const outcomes = Promise.all([
    codeOf(append('frozen', patience.signal)),
    codeOf(asRequest(telemetry, (context) => partition.range(context), patience.signal)),
    codeOf(waitFor(telemetry, partition, 1, patience.signal)),
  ]);
  await new Promise((resolve) => setImmediate(resolve));
  patience.abort();
  // None ends by a deadline of the engine.
  expect(await outcomes).toEqual(['cancelled', 'cancelled', 'cancelled']);
  // Heartbeats stop: a session is not taken for idle for ever.
  await waitFor(telemetry, partition, 1);
  expect(await codeOf(read(telemetry, partition, 1))).not.toBe('resolved');

  proxy.thaw();
  expect(await untilItWorks(() => append('after'))).toBeLessThan(RECOVERY_MS_MAX);
  const texts = (await drain(telemetry, partition)).map((record) => record.value?.toString());
  expect(texts[0]).toBe('before');
  expect(texts.at(-1)).toBe('after');
  await engine.close();
  proxy.close();
  await node.close();
}, 120_000);
