/**
 * Goal: what a producer sent is what a fetch at its offset brings, every time; bad batches are refused and leave nothing behind.
 * Method: raw requests to a whole gateway on the embedded node.
 */
import { randomBytes } from 'node:crypto';
import { CODECS } from '../../src/protocol/compression/compression';
import { encodeBatch, type EncodableRecord } from '../../src/protocol/encode-batch';
import { ErrorCode } from '../../src/protocol/error-code';
import {
  createListOffsetsPartition,
  createListOffsetsRequest,
  createListOffsetsTopic,
} from '../../src/protocol/generated/list-offsets';
import { createMetadataRequest, createMetadataRequestTopic } from '../../src/protocol/generated/metadata';

import { toOffset, toPartitionId, ZERO_TOPIC_ID } from '../../src/types';
import { startTestGateway, type TestGateway } from '../support/gateway';
import {
  fetchRequest,
  FETCH,
  LIST_OFFSETS,
  METADATA,
  PRODUCE,
  produceRequest,
  type KafkaClient,
} from '../support/kafka-client';
import { readRecords } from '../support/read-records';

let gateway: TestGateway;
let client: KafkaClient;

beforeAll(async () => {
  gateway = await startTestGateway();
  client = await gateway.client();
});
afterAll(() => gateway.close());

const record = (value: string | null, key: string | null = null): EncodableRecord => ({
  timestamp: Date.now(),
  key: key === null ? null : Buffer.from(key),
  value: value === null ? null : Buffer.from(value),
});

async function offsetAt(topic: string, timestamp: number): Promise<number> {
  const request = createListOffsetsRequest({
    topics: [
      createListOffsetsTopic({
        name: topic,
        partitions: [createListOffsetsPartition({ partitionIndex: toPartitionId(0), timestamp })],
      }),
    ],
  });
  const partition = (await client.call(LIST_OFFSETS, request)).topics[0]?.partitions[0];
  expect(partition?.errorCode).toBe(ErrorCode.NONE);
  return Number(partition?.offset);
}

test.each(CODECS)('records compressed with %s come back as they were sent', async (codec) => {
  const topic = await gateway.topic();
  const sent: EncodableRecord[] = [
    {
      ...record('one', 'k'),
      headers: [
        { key: 'h', value: null },
        { key: 'h', value: Buffer.from('x') },
      ],
    },
    record(null, 'tombstone'),
    record('', ''),
    { timestamp: 17, key: null, value: Buffer.concat([Buffer.from([0]), randomBytes(5_000)]) },
  ];
  const produced = await client.produce(topic, encodeBatch(sent, { codec }));
  expect(produced).toMatchObject({ errorCode: 0, baseOffset: 0, logAppendTimeMs: -1, logStartOffset: 0 });
  const { partition, records } = await client.fetch(topic, 0);
  expect(partition).toMatchObject({ errorCode: 0, highWatermark: 4, lastStableOffset: 4, logStartOffset: 0 });
  const got = [...readRecords(records)];
  expect(got.map(({ key, value, timestamp }) => ({ key, value, timestamp }))).toEqual(
    sent.map(({ key, value, timestamp }) => ({ key, value, timestamp })),
  );
  expect(got[0]?.headers).toEqual(sent[0]?.headers);
  expect(got.map(({ offset }) => offset)).toEqual([0, 1, 2, 3]);
});

test('the same offset asked 200 times gives the same bytes', async () => {
  const topic = await gateway.topic();
  for (let index = 0; index < 5; index++)
    await client.produce(topic, encodeBatch([record(`value ${index} `.repeat(60))]));
  const first = await client.fetch(topic, 1, { partitionMaxBytes: 1 });
  expect([...readRecords(first.records)][0]?.offset).toBe(1);
  for (let index = 0; index < 200; index++) {
    const again = await client.fetch(topic, 1, { partitionMaxBytes: 1 });
    expect(again.records.equals(first.records)).toBe(true);
  }
});

describe('a batch that is not right is refused, and nothing is appended', () => {
  const good = (): Buffer => Buffer.from(encodeBatch([record('a'), record('b')]));
  const huge = (): Uint8Array => encodeBatch([record('x'.repeat(1_100_000))]);
  const changed = (change: (batch: Buffer) => void): Buffer => {
    const batch = good();
    change(batch);
    return batch;
  };
  test.each<[string, () => Uint8Array, ErrorCode]>([
    ['a flipped bit', () => changed((batch) => batch.writeUInt8((batch[70] ?? 0) ^ 1, 70)), ErrorCode.CORRUPT_MESSAGE],
    // The codes are those of Kafka 4.3.
    ['cut off', () => good().subarray(0, 70), ErrorCode.INVALID_RECORD],
    ['cut off in its first bytes', () => good().subarray(0, 11), ErrorCode.INVALID_RECORD],
    ['cut off before its magic', () => good().subarray(0, 14), ErrorCode.INVALID_RECORD],
    ['longer than what came', () => changed((batch) => batch.writeInt32BE(1_000, 8)), ErrorCode.INVALID_RECORD],
    ['shorter than a header', () => changed((batch) => batch.writeInt32BE(13, 8)), ErrorCode.CORRUPT_MESSAGE],
    ['the first message format', () => changed((batch) => batch.writeInt8(0, 16)), ErrorCode.INVALID_RECORD],
    ['the second message format', () => changed((batch) => batch.writeInt8(1, 16)), ErrorCode.INVALID_RECORD],
    ['a message format to come', () => changed((batch) => batch.writeInt8(3, 16)), ErrorCode.CORRUPT_MESSAGE],
    ['no message format', () => changed((batch) => batch.writeInt8(-1, 16)), ErrorCode.CORRUPT_MESSAGE],
    ['no batch', () => Buffer.alloc(0), ErrorCode.INVALID_RECORD],
    ['two batches', () => Buffer.concat([good(), good()]), ErrorCode.INVALID_RECORD],
    ['two of which one is too large', () => Buffer.concat([huge(), good()]), ErrorCode.INVALID_RECORD],
    [
      'two of which one is of the second message format',
      () => Buffer.concat([good(), changed((batch) => batch.writeInt8(1, 16))]),
      ErrorCode.INVALID_RECORD,
    ],
    [
      'a good one with a bad one behind',
      () => Buffer.concat([good(), changed((batch) => batch.writeUInt32BE(0, 17))]),
      ErrorCode.INVALID_RECORD,
    ],
    [
      'a good one with the head of none behind',
      () => Buffer.concat([good(), Buffer.alloc(12)]),
      ErrorCode.CORRUPT_MESSAGE,
    ],
    [
      'one that does not begin at offset 0',
      () => encodeBatch([record('a')], { baseOffset: toOffset(7) }),
      ErrorCode.INVALID_RECORD,
    ],
    ['a control batch', () => encodeBatch([record('a', 'abcd')], { control: true }), ErrorCode.INVALID_RECORD],
    [
      'a transactional batch',
      () => encodeBatch([record('a')], { transactional: true, producerId: 1n, producerEpoch: 0, baseSequence: 0 }),
      ErrorCode.INVALID_TXN_STATE,
    ],
    ['too large', huge, ErrorCode.MESSAGE_TOO_LARGE],
    [
      'a bomb',
      () => encodeBatch([{ timestamp: 1, key: null, value: Buffer.alloc(80 * 1024 * 1024) }], { codec: 'gzip' }),
      ErrorCode.MESSAGE_TOO_LARGE,
    ],
  ])('%s', async (_what, batch, errorCode) => {
    const topic = await gateway.topic();
    expect((await client.produce(topic, batch())).errorCode).toBe(errorCode);
    expect(await offsetAt(topic, -1)).toBe(0);
  });
});

test.each(['producer', 'gzip'])(
  'of a body only its whole batch is stored, where the codec is that of %s',
  async (codec) => {
    const topic = await gateway.topic({ configs: { 'compression.type': codec } });
    const good = encodeBatch([record('a'), record('b')]);
    const behind = [0, 1, 11, 16, 60, good.byteLength - 1];
    const lengths: number[] = [];
    for (const [index, bytes] of behind.entries()) {
      const produced = await client.produce(topic, Buffer.concat([good, good.subarray(0, bytes)]));
      expect(produced).toMatchObject({ errorCode: ErrorCode.NONE, baseOffset: 2 * index });
      lengths.push((await client.fetch(topic, 2 * index)).records.byteLength);
    }
    expect(lengths).toEqual(behind.map(() => lengths[0]));
    const { records } = await client.fetch(topic, 0);
    expect([...readRecords(records)].map(({ offset }) => offset)).toEqual(
      behind.flatMap((_, at) => [2 * at, 2 * at + 1]),
    );
  },
);

test('zstd is refused below version 7 of Produce, whose clients could not read it back', async () => {
  const topic = await gateway.topic();
  const batch = encodeBatch([record('a')], { codec: 'zstd' });
  const versions = [3, 6, 7] as const;
  const answered: unknown[] = [];
  for (const version of versions) {
    const response = await client.call(PRODUCE, produceRequest(topic, batch), version);
    answered.push(response.responses[0]?.partitionResponses[0]?.errorCode);
  }
  const { UNSUPPORTED_COMPRESSION_TYPE, NONE } = ErrorCode;
  expect(answered).toEqual([UNSUPPORTED_COMPRESSION_TYPE, UNSUPPORTED_COMPRESSION_TYPE, NONE]);
});

test('a compacted topic names the records that have no key', async () => {
  const topic = await gateway.topic({ configs: { 'cleanup.policy': 'compact' } });
  const refused = await client.produce(topic, encodeBatch([record('a', 'k'), record('b'), record('c')]));
  expect(refused.errorCode).toBe(ErrorCode.INVALID_RECORD);
  expect(refused.recordErrors.map(({ batchIndex }) => batchIndex)).toEqual([1, 2]);
});

test('a timestamp out of the topic’s range is refused with the record that has it', async () => {
  const topic = await gateway.topic();
  const late = { ...record('b'), timestamp: Date.now() + 7_200_000 };
  const refused = await client.produce(topic, encodeBatch([record('a'), late]));
  expect(refused.errorCode).toBe(ErrorCode.INVALID_TIMESTAMP);
  expect(refused.recordErrors.map(({ batchIndex }) => batchIndex)).toEqual([1]);
});

test('a topic’s own codec is what is stored', async () => {
  const topic = await gateway.topic({ configs: { 'compression.type': 'gzip' } });
  await client.produce(topic, encodeBatch([record('a'.repeat(500))], { codec: 'lz4' }));
  const { records } = await client.fetch(topic, 0);
  expect((records[22] ?? 0) & 7).toBe(1);
  expect(Buffer.from([...readRecords(records)][0]?.value ?? []).toString()).toBe('a'.repeat(500));
});

test('acks=0 has no answer, and what follows on the connection has its own', async () => {
  const topic = await gateway.topic();
  client.send(PRODUCE, produceRequest(topic, encodeBatch([record('a')]), { acks: 0 }), 9);
  const { partition } = await client.fetch(topic, 0);
  expect(partition.highWatermark).toBe(1);
});

test('an error that acks=0 leaves unanswered closes the connection, after the answers before it', async () => {
  const topic = await gateway.topic();
  const producer = await gateway.client();
  const closed = (): number =>
    gateway.telemetry.instruments.value('seaglass_connections_closed_total', { cause: 'unanswered_error' }) ?? 0;
  const before = closed();
  const acked = producer.send(PRODUCE, produceRequest(topic, encodeBatch([record('a')])), 9);
  producer.send(PRODUCE, produceRequest('nowhere', encodeBatch([record('b')]), { acks: 0 }), 9);
  const answer = await producer.answer(PRODUCE, acked, 9);
  expect(answer.responses[0]?.partitionResponses[0]).toMatchObject({ errorCode: 0, baseOffset: 0 });
  await producer.closed;
  expect(closed()).toBe(before + 1);
  const withHalfABatch = await gateway.client();
  withHalfABatch.send(PRODUCE, produceRequest(topic, encodeBatch([record('c')]).subarray(0, 65), { acks: 0 }), 9);
  await withHalfABatch.closed;
  expect(await offsetAt(topic, -1)).toBe(1);
});

test('what a producer sent before it closed its connection is appended', async () => {
  const topic = await gateway.topic();
  const leaving = await gateway.client();
  for (let index = 0; index < 30; index++) {
    leaving.send(PRODUCE, produceRequest(topic, encodeBatch([record(`v${index}`)]), { acks: 0 }), 9);
  }
  leaving.socket.end();
  const { records } = await client.fetch(topic, 0, { minBytes: 30 * 70, maxWaitMs: 10_000 });
  expect([...readRecords(records)]).toHaveLength(30);
});

test('wrong acks, unknown topics, unknown partitions and internal topics have their codes', async () => {
  const topic = await gateway.topic();
  const batch = encodeBatch([record('a')]);
  expect((await client.produce(topic, batch, { acks: 2 })).errorCode).toBe(ErrorCode.INVALID_REQUIRED_ACKS);
  expect((await client.produce('nowhere', batch)).errorCode).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  expect((await client.produce(topic, batch, { partition: 5 })).errorCode).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  expect((await client.produce('__consumer_offsets', batch)).errorCode).toBe(ErrorCode.INVALID_TOPIC_EXCEPTION);
  expect((await client.fetch('nowhere', 0)).partition.errorCode).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
});

test('requests sent ahead are answered in their order', async () => {
  const topic = await gateway.topic();
  const ids: number[] = [];
  for (let index = 0; index < 40; index++) {
    ids.push(client.send(PRODUCE, produceRequest(topic, encodeBatch([record(`v${index}`)])), 9));
    if (index % 10 === 5) ids.push(client.send(METADATA, createMetadataRequest({ topics: [] }), 9));
  }
  const offsets: number[] = [];
  for (const [index, id] of ids.entries()) {
    if (index % 11 === 6) await client.answer(METADATA, id, 9);
    else offsets.push(Number((await client.answer(PRODUCE, id, 9)).responses[0]?.partitionResponses[0]?.baseOffset));
  }
  expect(offsets).toEqual(Array.from({ length: 40 }, (_, index) => index));
  const { records } = await client.fetch(topic, 0);
  const values = [...readRecords(records)].map(({ value }) => Buffer.from(value ?? []).toString());
  expect(values).toEqual(Array.from({ length: 40 }, (_, index) => `v${index}`));
});

test('offsets are listed: earliest, latest, by time, of the greatest time', async () => {
  const topic = await gateway.topic();
  expect(await offsetAt(topic, -1)).toBe(0);
  expect(await offsetAt(topic, -3)).toBe(-1);
  const nowMs = Date.now();
  for (const delta of [0, 1_000, 500]) {
    await client.produce(topic, encodeBatch([{ ...record('a'), timestamp: nowMs + delta }]));
  }
  expect(await offsetAt(topic, -2)).toBe(0);
  expect(await offsetAt(topic, -4)).toBe(0);
  expect(await offsetAt(topic, -5)).toBe(-1);
  expect(await offsetAt(topic, -1)).toBe(3);
  expect(await offsetAt(topic, -3)).toBe(1);
  expect(await offsetAt(topic, nowMs + 400)).toBe(1);
  expect(await offsetAt(topic, nowMs + 5_000)).toBe(-1);
});

test('metadata: all topics, none, by id, created where allowed, refused names', async () => {
  const topic = await gateway.topic({ partitions: 3 });
  const ask = async (topics: Parameters<typeof createMetadataRequest>[0]) =>
    (await client.call(METADATA, createMetadataRequest({ allowAutoTopicCreation: false, ...topics }))).topics;
  const all = await ask({ topics: null });
  const mine = all.find(({ name }) => name === topic);
  expect(mine?.partitions).toHaveLength(3);
  expect(mine?.partitions[0]).toMatchObject({ leaderId: 1, leaderEpoch: 0, replicaNodes: [1], isrNodes: [1] });
  expect(await ask({ topics: [] })).toEqual([]);
  const topicId = mine?.topicId ?? ZERO_TOPIC_ID;
  expect((await ask({ topics: [createMetadataRequestTopic({ topicId, name: null })] }))[0]?.name).toBe(topic);
  const named = (name: string) => [createMetadataRequestTopic({ name })];
  expect((await ask({ topics: named('not-there') }))[0]?.errorCode).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  expect((await ask({ topics: named('b@d') }))[0]?.errorCode).toBe(ErrorCode.INVALID_TOPIC_EXCEPTION);
  expect((await ask({ topics: named('x'.repeat(250)) }))[0]?.errorCode).toBe(ErrorCode.INVALID_TOPIC_EXCEPTION);
  const made = await ask({ topics: named('made-by-asking'), allowAutoTopicCreation: true });
  expect(made[0]).toMatchObject({ errorCode: 0, name: 'made-by-asking' });
  expect(made[0]?.partitions).toHaveLength(1);
});

test('where topics are not created by asking, Metadata says that there is none', async () => {
  const strict = await startTestGateway({ settings: { autoCreateTopics: false } });
  try {
    const asker = await strict.client();
    const topics = [createMetadataRequestTopic({ name: 'not-there' })];
    for (const allowAutoTopicCreation of [true, false]) {
      const answer = await asker.call(METADATA, createMetadataRequest({ topics, allowAutoTopicCreation }));
      expect(answer.topics).toMatchObject([{ name: 'not-there', errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION }]);
    }
    expect((await asker.call(METADATA, createMetadataRequest({ topics: null }))).topics).toEqual([]);
  } finally {
    await strict.close();
  }
});

test('topic ids are enough to produce and to fetch', async () => {
  const topic = await gateway.topic();
  const response = await client.call(
    METADATA,
    createMetadataRequest({ topics: [createMetadataRequestTopic({ name: topic })] }),
  );
  const topicId = response.topics[0]?.topicId ?? ZERO_TOPIC_ID;
  const produce = produceRequest('', encodeBatch([record('a')]));
  const produced = await client.call(PRODUCE, {
    ...produce,
    topicData: produce.topicData.map((each) => ({ ...each, topicId })),
  });
  expect(produced.responses[0]).toMatchObject({ topicId, partitionResponses: [{ errorCode: 0, baseOffset: 0 }] });
  const fetch = fetchRequest('', 0);
  const fetched = await client.call(FETCH, { ...fetch, topics: fetch.topics.map((each) => ({ ...each, topicId })) });
  expect(fetched.responses[0]).toMatchObject({ topicId, partitions: [{ errorCode: 0, highWatermark: 1 }] });
});
