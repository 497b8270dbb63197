/**
 * Goal: times are stored as Kafka's LogValidator stores them, whatever a producer wrote into its batch's header. Method: batches whose
 * header says something else than their records, to a whole gateway on the embedded node.
 */
import { CODECS } from '../../src/protocol/compression/compression';
import { encodeBatch } from '../../src/protocol/encode-batch';
import { ErrorCode } from '../../src/protocol/error-code';
import {
  createListOffsetsPartition,
  createListOffsetsRequest,
  createListOffsetsTopic,
} from '../../src/protocol/generated/list-offsets';
import { crcOf } from '../../src/protocol/patch-batch';

import { BatchAttribute, batchHeaders, BatchPosition } from '../../src/protocol/record-batch';
import { validateBatches } from '../support/validate-batches';
import { toPartitionId } from '../../src/types';
import { startTestGateway, type TestGateway } from '../support/gateway';
import { LIST_OFFSETS, type KafkaClient } from '../support/kafka-client';
import { readRecords } from '../support/read-records';

let gateway: TestGateway;
let client: KafkaClient;
const NOW_MS = Date.now();

beforeAll(async () => {
  gateway = await startTestGateway();
  client = await gateway.client();
});
afterAll(() => gateway.close());

type Codec = (typeof CODECS)[number];

/** Three records around now; its header then says `maxTimestamp`, and with `logTime` that this is the log's time of all of them. */
function batchThatSays(
  maxTimestamp: number,
  options: { readonly codec?: Codec; readonly logTime?: boolean } = {},
): Buffer {
  const records = [0, 20, 10].map((delta) => ({
    timestamp: NOW_MS + delta,
    key: Buffer.from('k'),
    value: Buffer.from('v'),
  }));
  const batch = Buffer.from(encodeBatch(records, { codec: options.codec ?? 'none' }));
  batch.writeBigInt64BE(BigInt(maxTimestamp), BatchPosition.maxTimestamp);
  if (options.logTime === true) {
    batch.writeInt16BE(
      batch.readInt16BE(BatchPosition.attributes) | BatchAttribute.logAppendTime,
      BatchPosition.attributes,
    );
  }
  batch.writeInt32BE(crcOf(batch, 0, batch.byteLength) | 0, BatchPosition.crc);
  return batch;
}

const stored = async (topic: string): Promise<Buffer> => (await client.fetch(topic, 0, { maxWaitMs: 500 })).records;

async function offsetOfMaxTimestamp(topic: string): Promise<unknown> {
  const asked = createListOffsetsPartition({ partitionIndex: toPartitionId(0), timestamp: -3 });
  const request = createListOffsetsRequest({ topics: [createListOffsetsTopic({ name: topic, partitions: [asked] })] });
  return (await client.call(LIST_OFFSETS, request)).topics[0]?.partitions[0];
}

describe.each(CODECS)('a batch of %s', (codec) => {
  test.each([
    ['far in the future', NOW_MS + 10 ** 12],
    ['long ago', 17],
    ['none', -1],
  ])('whose greatest time is said to be %s is stored with that of its records', async (_what, said) => {
    const topic = await gateway.topic();
    expect((await client.produce(topic, batchThatSays(said, { codec }))).errorCode).toBe(ErrorCode.NONE);
    const records = await stored(topic);
    expect(batchHeaders(records)[0]?.maxTimestamp).toBe(NOW_MS + 20);
    expect(validateBatches(records)).toHaveLength(1);
    expect(await offsetOfMaxTimestamp(topic)).toMatchObject({ offset: 1, timestamp: NOW_MS + 20 });
  });
});

test('the topic’s own codec makes no difference', async () => {
  const topic = await gateway.topic({ configs: { 'compression.type': 'lz4' } });
  await client.produce(topic, batchThatSays(17));
  expect(batchHeaders(await stored(topic))[0]?.maxTimestamp).toBe(NOW_MS + 20);
});

describe('a batch that says its time is the log’s', () => {
  test('is the producer’s on a CreateTime topic', async () => {
    const topic = await gateway.topic();
    const produced = await client.produce(topic, batchThatSays(NOW_MS + 5, { logTime: true }));
    expect(produced).toMatchObject({ errorCode: ErrorCode.NONE, logAppendTimeMs: -1 });
    const records = await stored(topic);
    const [header] = batchHeaders(records);
    expect([(header?.attributes ?? -1) & BatchAttribute.logAppendTime, header?.maxTimestamp]).toEqual([0, NOW_MS + 5]);
    expect([...readRecords(records)].map(({ timestamp }) => Number(timestamp) - NOW_MS)).toEqual([0, 20, 10]);
    expect(validateBatches(records)).toHaveLength(1);
  });

  test('is out of range on a CreateTime topic by the time that it says', async () => {
    const topic = await gateway.topic();
    const refused = await client.produce(topic, batchThatSays(NOW_MS + 7_200_000, { logTime: true }));
    expect(refused.errorCode).toBe(ErrorCode.INVALID_TIMESTAMP);
    expect(refused.recordErrors.map(({ batchIndex }) => batchIndex)).toEqual([0, 1, 2]);
  });

  test.each([
    ['a LogAppendTime topic', 'LogAppendTime', NOW_MS],
    ['a CreateTime topic, where it says no time', 'CreateTime', -1],
  ])('is refused on %s, with all its records', async (_what, type, said) => {
    const topic = await gateway.topic({ configs: { 'message.timestamp.type': type } });
    const refused = await client.produce(topic, batchThatSays(said, { logTime: true }));
    expect(refused.errorCode).toBe(ErrorCode.INVALID_TIMESTAMP);
    expect(refused.recordErrors.map(({ batchIndex }) => batchIndex)).toEqual([0, 1, 2]);
    expect((await stored(topic)).byteLength).toBe(0);
  });
});
