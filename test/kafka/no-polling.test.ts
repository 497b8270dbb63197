/**
 * Goal: what a gateway was told of the record log it does not ask for: a consumer that waits at the end costs one stream, and partitions
 * that an answer has no room for are asked about once. Method: a gateway on a scripted record log, which counts calls.
 */
import { encodeBatch } from '../../src/protocol/encode-batch';
import { ErrorCode } from '../../src/protocol/error-code';
import { createFetchPartition, createFetchRequest, createFetchTopic } from '../../src/protocol/generated/fetch';

import { toOffset, toPartitionId } from '../../src/types';
import { openRecordLogEngine, startTestGateway, type TestGateway } from '../support/gateway';
import { FETCH } from '../support/kafka-client';
import { startScriptedRecordLog, type ScriptedRecordLog } from '../support/scripted-record-log';
import { readRecords } from '../support/read-records';

let log: ScriptedRecordLog;
let gateway: TestGateway;

beforeEach(async () => {
  log = await startScriptedRecordLog();
  gateway = await startTestGateway({ engine: (telemetry) => openRecordLogEngine(log.address, telemetry) });
});

afterEach(async () => {
  await gateway.close();
  await gateway.engine.close();
  log.stop();
});

const asked = () => ({ read: log.calls('read'), range: log.calls('range'), init: log.calls('init') });
const appendOne = (): void => {
  const batch = encodeBatch([{ timestamp: Date.now(), key: null, value: Buffer.from('v') }]);
  log.append(batch, { records: 1, nulls: 0, empties: 0, controls: 0, valueBytes: 1n });
};

test('fetches that wait at the end ask the engine nothing, and are woken by what its stream brings', async () => {
  const topic = await gateway.topic();
  const client = await gateway.client();
  for (const maxWaitMs of [1_500, 500]) {
    const { partition, records } = await client.fetch(topic, 0, { maxWaitMs });
    expect([partition.errorCode, records.byteLength]).toEqual([ErrorCode.NONE, 0]);
  }
  expect(asked()).toEqual({ read: 0, range: 0, init: 1 });
  const waiting = client.fetch(topic, 0, { maxWaitMs: 20_000 });
  appendOne();
  const [record] = readRecords((await waiting).records);
  expect(Buffer.from(record?.value ?? []).toString()).toBe('v');
  expect(asked()).toEqual({ read: 0, range: 0, init: 1 });
});

test('partitions that the answer has no room for are asked about once, and not again for some seconds', async () => {
  const topic = await gateway.topic({ partitions: 3 });
  const client = await gateway.client();
  appendOne();
  const partitions = [0, 1, 2].map((partition) =>
    createFetchPartition({ partition: toPartitionId(partition), fetchOffset: toOffset(0), partitionMaxBytes: 1_024 }),
  );
  const topics = [createFetchTopic({ topic, partitions })];
  for (let times = 0; times < 50; times++) {
    const { responses } = await client.call(FETCH, createFetchRequest({ maxWaitMs: 0, maxBytes: 1, topics }), 12);
    const told = responses.flatMap((each) => each.partitions.map(({ highWatermark }) => highWatermark));
    expect(told).toEqual([1, 1, 1]);
  }
  expect(log.calls('read')).toBe(0);
  // Two in 100; a machine so slow that seconds pass meanwhile asks some times more.
  expect(log.calls('range')).toBeLessThan(20);
});
