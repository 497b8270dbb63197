/**
 * Goal: much that is written and much that is read at the same time do not wait for one another. Node's HTTP/2 stops reading a connection
 * while a write to it is not taken; two such ends with much to say on one connection would each wait for the other to read, for ever.
 * Method: appends and reads of megabytes over one engine, more than a socket's buffers hold either way.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/clock';
import { createEngine } from '../../src/engine/create-engine';
import { createRecordLogDialect } from '../../src/engine/record-log/record-log-dialect';
import { DEFAULT_ENGINE_SETTINGS } from '../../src/engine/settings';
import { startNode } from '../../src/node/start';
import { createTelemetry } from '../../src/telemetry/create-telemetry';
import { appendOf, value } from './batches';
import { asRequest, drain, makePartition } from './support';
import { PATIENT } from '../support/patient';

const BATCHES = 60;
const BATCH_BYTES = 900_000;
const PAIRS = 4;

test(`${PAIRS} writers and ${PAIRS} readers of ${(BATCHES * BATCH_BYTES) / 1e6} MB each, at once, are served`, async () => {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'seaglass-ways-'));
  const node = await startNode({ dataDirectory });
  const telemetry = createTelemetry();
  const settings = { ...DEFAULT_ENGINE_SETTINGS, ...PATIENT };
  const dialect = createRecordLogDialect({
    address: node.address,
    settings,
    clock: systemClock,
    instruments: telemetry.instruments,
    ackMeaning: '',
  });
  const engine = createEngine({ kind: 'embedded', dialect, telemetry, settings });
  const batch = appendOf([value(Buffer.alloc(BATCH_BYTES))]);
  const fill = async (partition: Awaited<ReturnType<typeof makePartition>>): Promise<void> => {
    const append = () => asRequest(telemetry, (context) => partition.append(batch, context));
    await Promise.all(Array.from({ length: BATCHES }, append));
  };
  const read = await Promise.all(Array.from({ length: PAIRS }, () => makePartition(engine, telemetry)));
  const written = await Promise.all(Array.from({ length: PAIRS }, () => makePartition(engine, telemetry)));
  await Promise.all(read.map(fill));
  const [counts] = await Promise.all([
    Promise.all(read.map(async (partition) => (await drain(telemetry, partition)).length)),
    ...written.map(fill),
  ]);
  expect(counts).toEqual(read.map(() => BATCHES));
  await engine.close();
  await node.close();
  telemetry.close();
  rmSync(dataDirectory, { recursive: true, force: true });
}, 180_000);
