/**
 * Goal: batches go between the gateway and a node in a thread of its own by reference, with the same bytes, and nobody else is offered
 * that. Method: the engine contract over such a node; large batches there and back with both ends watched; a node that has another key;
 * and the handover by itself, where a stream ends before it took what was given to it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/clock';
import { createEngine } from '../../src/engine/create-engine';
import { createRecordLogDialect } from '../../src/engine/record-log/record-log-dialect';
import { DEFAULT_ENGINE_SETTINGS } from '../../src/engine/settings';
import { startNode, startNodeWorker } from '../../src/node/start';
import type { RunningNode } from '../../src/node/start';
import { Handover, HANDOVER_BYTES_MIN, makeHandover } from '../../src/handover';
import type { HandoverEnd } from '../../src/handover';
import { createTelemetry } from '../../src/telemetry/create-telemetry';
import { appendOf, value } from './batches';
import { engineContract } from './contract';
import { asRequest, drain, makePartition } from './support';
import { PATIENT } from '../support/patient';

const settings = { ...DEFAULT_ENGINE_SETTINGS, ...PATIENT };

async function engineOver(startAt: (dataDirectory: string) => Promise<RunningNode>, other?: HandoverEnd) {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'seaglass-handover-'));
  const node = await startAt(dataDirectory);
  const telemetry = createTelemetry();
  const handover = other ?? node.handover;
  const dialect = createRecordLogDialect({
    address: node.address,
    ackMeaning: 'written',
    settings,
    clock: systemClock,
    instruments: telemetry.instruments,
    ...(handover === undefined ? {} : { handover }),
  });
  const engine = createEngine({ kind: 'embedded', dialect, telemetry, settings });
  return {
    engine,
    telemetry,
    async close() {
      await engine.close();
      await node.close();
      telemetry.close();
      rmSync(dataDirectory, { recursive: true, force: true });
    },
  };
}

const inThread = (dataDirectory: string): Promise<RunningNode> => startNodeWorker({ dataDirectory });

engineContract('the embedded node in a thread', () => engineOver(inThread));

afterEach(() => {
  jest.restoreAllMocks();
});

/** Values of these sizes, appended one by one and read back. */
async function thereAndBack(
  { engine, telemetry }: Awaited<ReturnType<typeof engineOver>>,
  sizes: readonly number[],
): Promise<void> {
  const partition = await makePartition(engine, telemetry);
  const values = sizes.map((bytes, index) => Buffer.alloc(bytes, `value ${index} `));
  for (const bytes of values) {
    await asRequest(telemetry, (context) => partition.append(appendOf([value(bytes)]), context));
  }
  const records = await drain(telemetry, partition);
  expect(records.map((record) => Buffer.from(record.value ?? []).equals(values[record.offset] ?? Buffer.of()))).toEqual(
    values.map(() => true),
  );
}

const SIZES = [10, 20_000, 300, 900_000, 16_000, 17_000, 2_000_000, 1];

test('large batches go to the node and come from it by reference, in order with the small ones', async () => {
  const given = jest.spyOn(Handover.prototype, 'give');
  const taken = jest.spyOn(Handover.prototype, 'take');
  const world = await engineOver(inThread);
  try {
    await thereAndBack(world, SIZES);
    expect(given).toHaveBeenCalledTimes(SIZES.filter((bytes) => bytes > HANDOVER_BYTES_MIN).length);
    expect(taken.mock.results.filter(({ value: bytes }) => bytes instanceof Uint8Array).length).toBeGreaterThan(0);
  } finally {
    await world.close();
  }
});

test('a node that does not know the key is sent everything in messages, and sends everything in messages', async () => {
  const given = jest.spyOn(Handover.prototype, 'give');
  const taken = jest.spyOn(Handover.prototype, 'take');
  const [stranger, peer] = makeHandover();
  const world = await engineOver((dataDirectory) => startNode({ dataDirectory }), stranger);
  try {
    await thereAndBack(world, SIZES);
    expect(given).not.toHaveBeenCalled();
    expect(taken).not.toHaveBeenCalled();
  } finally {
    await world.close();
    peer.port.close();
  }
});

describe('a handover', () => {
  const pair = (): { here: Handover; there: Handover; close: () => void } => {
    const [one, other] = makeHandover();
    return { here: new Handover(one), there: new Handover(other), close: () => one.port.close() };
  };

  test('gives each stream its own bytes, in order, without waiting', () => {
    const { here, there, close } = pair();
    there.open(1);
    there.open(2);
    here.give(1, Uint8Array.of(1, 1));
    here.give(2, Uint8Array.of(2));
    here.give(1, Uint8Array.of(3));
    expect(there.take(1, 2)).toEqual(Uint8Array.of(1, 1));
    expect(there.take(1, 1)).toEqual(Uint8Array.of(3));
    expect(there.take(2, 1)).toEqual(Uint8Array.of(2));
    expect(there.take(2, 1)).toBeUndefined();
    close();
  });

  test('takes no bytes of another length than was announced', () => {
    const { here, there, close } = pair();
    there.open(1);
    here.give(1, Uint8Array.of(1, 1));
    expect(there.take(1, 3)).toBeUndefined();
    close();
  });

  test('takes back what the other end has done with, whole, and nothing that was memory of its own', () => {
    const { here, there, close } = pair();
    there.open(1);
    const frame = Buffer.from(new ArrayBuffer(100));
    here.give(1, new Uint8Array(frame.buffer, frame.byteOffset, 60));
    here.give(1, Uint8Array.of(1, 2, 3));
    const [part, whole] = [there.take(1, 60), there.take(1, 3)];
    if (part === undefined || whole === undefined) throw new Error('nothing was handed over');
    expect(part).toHaveLength(60);
    there.giveBack(part);
    there.giveBack(whole);
    expect(part).toHaveLength(0);
    expect(here.takeBack().map(({ byteLength }) => byteLength)).toEqual([100]);
    expect(here.takeBack()).toEqual([]);
    close();
  });

  test('keeps nothing for a stream that is closed or was never open', () => {
    const { here, there, close } = pair();
    there.open(1);
    here.give(1, Uint8Array.of(1));
    there.close(1);
    here.give(1, Uint8Array.of(2));
    here.give(7, Uint8Array.of(7));
    there.open(2);
    here.give(2, Uint8Array.of(8));
    expect(there.take(2, 1)).toEqual(Uint8Array.of(8));
    expect(there.take(1, 1)).toBeUndefined();
    expect(there.take(7, 1)).toBeUndefined();
    close();
  });
});
