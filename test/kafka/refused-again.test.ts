/**
 * Goal: a reader that asks again and again for a record that cannot be read is told the same each time, the first time at once and then when its
 * wait is over, as at the end of a log; what else there is for it is not held up. Method: raw Kafka requests to a gateway over a scripted
 * record log, whose second batch has a bit flipped. Times are those of the gateway, on a clock of the system.
 */
import { createEngine } from '../../src/engine/create-engine';
import { createRecordLogDialect } from '../../src/engine/record-log/record-log-dialect';
import { DEFAULT_ENGINE_SETTINGS } from '../../src/engine/settings';
import { encodeBatch } from '../../src/protocol/encode-batch';
import { ErrorCode } from '../../src/protocol/error-code';
import { createFetchPartition, createFetchRequest, createFetchTopic } from '../../src/protocol/generated/fetch';
import { systemClock } from '../../src/clock';
import { toOffset, toPartitionId } from '../../src/types';
import { startTestGateway, type TestGateway } from '../support/gateway';
import { FETCH } from '../support/kafka-client';
import { expectWithin } from '../support/measured';
import { type ScriptedRecordLog, startScriptedRecordLog } from '../support/scripted-record-log';

const WAIT_MS = 500;
const CENSUS = { records: 1, nulls: 0, empties: 0, controls: 0, valueBytes: 384n };
let log: ScriptedRecordLog;
let gateway: TestGateway;

beforeEach(async () => {
  log = await startScriptedRecordLog();
  gateway = await startTestGateway({
    engine: (telemetry) => {
      const common = { settings: DEFAULT_ENGINE_SETTINGS, clock: systemClock };
      const { instruments } = telemetry;
      const dialect = createRecordLogDialect({ address: log.address, ackMeaning: '', instruments, ...common });
      return createEngine({ kind: 'embedded', dialect, telemetry, ...common });
    },
  });
});
afterEach(async () => {
  await gateway.close();
  await gateway.engine.close();
  log.stop();
});

const batch = encodeBatch([{ timestamp: 1, key: null, value: Buffer.alloc(384, 7) }]);
const flipped = Uint8Array.from(batch);
flipped[200] = (flipped[200] ?? 0) ^ 1;

test('the first time at once, then at the end of its wait; another offset and another connection at once', async () => {
  const topic = await gateway.topic();
  for (const each of [batch, flipped, batch]) log.append(each, CENSUS);
  const asking = async (client: Awaited<ReturnType<TestGateway['client']>>, offset: number, maxWaitMs = WAIT_MS) => {
    const startedMs = performance.now();
    const { partition, records } = await client.fetch(topic, offset, { maxWaitMs });
    return { code: partition.errorCode, bytes: records.length, ms: performance.now() - startedMs };
  };
  const refused = { code: ErrorCode.KAFKA_STORAGE_ERROR, bytes: 0 };
  const reader = await gateway.client('reader');

  // Its wait is far longer than any test takes.
  const first = await asking(reader, 1, 600_000);
  expect(first).toMatchObject(refused);
  for (let times = 0; times < 2; times += 1) {
    const again = await asking(reader, 1);
    expect(again).toMatchObject(refused);
    expect(again.ms).toBeGreaterThanOrEqual(WAIT_MS - 5);
  }
  // However long the wait: it may have been mended.
  const bounded = await asking(reader, 1, 600_000);
  expect(bounded).toMatchObject(refused);
  expectWithin('a refusal of a client that waits for ten minutes', bounded.ms, 2_000);
  // Who waits for nothing is not made to.
  expect(await asking(reader, 1, 0)).toMatchObject(refused);
  expect(await asking(reader, 0, 600_000)).toMatchObject({ code: ErrorCode.NONE });
  expect(await asking(await gateway.client('another'), 1, 600_000)).toMatchObject(refused);
});

test('a record of another partition ends the wait, and comes with the refusal', async () => {
  const [damaged, other] = [await gateway.topic(), await gateway.topic()];
  for (const each of [batch, flipped]) log.append(each, CENSUS);
  const reader = await gateway.client('reader');
  const ask = (maxWaitMs: number) => {
    const topicOf = (topic: string, offset: number) =>
      createFetchTopic({
        topic,
        partitions: [
          createFetchPartition({
            partition: toPartitionId(0),
            fetchOffset: toOffset(offset),
            partitionMaxBytes: 1_000_000,
          }),
        ],
      });
    const topics = [topicOf(damaged, 1), topicOf(other, 2)];
    return reader.call(FETCH, createFetchRequest({ maxWaitMs, minBytes: 1, maxBytes: 1_000_000, topics }), 12);
  };
  await ask(0);
  const asking = ask(600_000);
  log.append(batch, CENSUS);
  const [refused, given] = (await asking).responses.map(({ partitions }) => partitions[0]);
  expect(refused?.errorCode).toBe(ErrorCode.KAFKA_STORAGE_ERROR);
  expect(given?.errorCode).toBe(ErrorCode.NONE);
  expect(given?.records).not.toHaveLength(0);
});
