/**
 * Goal: opening and closing sessions costs the node's connection nothing. HTTP/2 servers end a connection whose peer resets a thousand
 * streams in a short time, and all that is under way on it ends with it. Method: many more sessions than that, beside a stream that stays.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/clock';
import { createRecordLogDialect } from '../../src/engine/record-log/record-log-dialect';
import { DEFAULT_ENGINE_SETTINGS } from '../../src/engine/settings';
import { startNode } from '../../src/node/start';
import { createTelemetry } from '../../src/telemetry/create-telemetry';
import { toOffset, toPartitionId } from '../../src/types';
import { appendOf, value } from './batches';
import { PATIENT } from '../support/patient';

const SESSIONS = 2_500;

test(`${SESSIONS} sessions opened and closed leave the connection and its other streams as they are`, async () => {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'seaglass-churn-'));
  const node = await startNode({ dataDirectory });
  const telemetry = createTelemetry();
  const dialect = createRecordLogDialect({
    address: node.address,
    settings: { ...DEFAULT_ENGINE_SETTINGS, ...PATIENT },
    clock: systemClock,
    instruments: telemetry.instruments,
    ackMeaning: '',
  });
  const operation = telemetry.operations.root('request');
  const context = { operation, signal: new AbortController().signal };
  const topic = await dialect.createTopic({ name: 'churn', partitionCount: 1, configs: new Map() }, context);
  const assignment = await dialect.assign(topic, toPartitionId(0), context);
  const publisher = await dialect.openPublisher(assignment, topic, context);
  await publisher.append(appendOf([value(Buffer.alloc(200_000))]), context);
  const staying = await dialect.openSubscriber(assignment, topic, toOffset(1), context);
  await staying.init(context, 1_000_000);

  for (let index = 0; index < SESSIONS; index += 1) {
    const session = await dialect.openSubscriber(assignment, topic, toOffset(0), context);
    await session.init(context, 1_000_000);
    // Some are left before what they were sent is read.
    if (index % 2 === 0) await session.receive(context.signal);
    session.close();
  }

  const { baseOffset } = await publisher.append(appendOf([value('after')]), context);
  expect(baseOffset).toBe(1);
  let frame = await staying.receive(context.signal);
  while (frame.kind === 'heartbeat') frame = await staying.receive(context.signal);
  expect(frame).toMatchObject({ kind: 'data', units: [{ baseOffset: 1 }] });
  operation.end();
  staying.close();
  publisher.close();
  await dialect.close();
  await node.close();
  telemetry.close();
  rmSync(dataDirectory, { recursive: true, force: true });
}, 180_000);
