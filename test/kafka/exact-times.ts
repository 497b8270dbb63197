/**
 * Goal: a record's time is any int64 that its topic allows, and comes back bit for bit; what is not allowed is refused, and nothing is
 * changed and acked. Nanoseconds are such times. Method: batches of random times, near the edges of 64 bits and of exact numbers; a
 * model says what ListOffsets has to find. And a real client that counts in nanoseconds.
 */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { CODECS, initCompression } from '../../src/protocol/compression/compression';
import { encodeBatch } from '../../src/protocol/encode-batch';
import { ErrorCode } from '../../src/protocol/error-code';
import {
  createListOffsetsPartition,
  createListOffsetsRequest,
  createListOffsetsTopic,
} from '../../src/protocol/generated/list-offsets';

import { batchHeaders } from '../../src/protocol/record-batch';
import type { Int64 } from '../../src/types';
import { toPartitionId } from '../../src/types';
import { createTopic } from '../e2e/support';
import { EDGES, INT64_MAX, int64s } from '../support/int64s';
import { KafkaClient, LIST_OFFSETS } from '../support/kafka-client';
import { readRecords } from '../support/read-records';

/** As doubles they are one. */
export const NANOSECONDS: readonly bigint[] = [
  1_760_000_000_123_456_789n,
  1_760_000_000_123_456_792n,
  1_760_000_000_123_456_790n,
];
/** kafkajs makes doubles of them, which lie 256 ns apart. */
const NANOSECONDS_OF_KAFKAJS = [0n, 512n, 256n].map((later) => 1_760_000_000_123_456_768n + later);
export const ANY_TIME = {
  'message.timestamp.before.max.ms': String(INT64_MAX),
  'message.timestamp.after.max.ms': String(INT64_MAX),
};
const NO_TIME = -1;
const MAX_TIMESTAMP = -3;

interface Batch {
  readonly times: readonly Int64[];
  readonly codec: (typeof CODECS)[number];
}

const batches: fc.Arbitrary<readonly Batch[]> = fc.array(
  fc.record({ times: fc.array(int64s(), { minLength: 1, maxLength: 4 }), codec: fc.constantFrom(...CODECS) }),
  { minLength: 1, maxLength: 4 },
);

const encoded = ({ times, codec }: Batch): Uint8Array =>
  encodeBatch(
    times.map((timestamp) => ({ timestamp, key: null, value: Buffer.from('v') })),
    { codec },
  );

export interface ExactTimesBench {
  /** Of the gateway; valid inside tests. */
  readonly port: () => number;
  /** Random runs. */
  readonly runs: number;
}

const TIMEOUT_MS = 240_000;

export function exactTimes({ port, runs }: ExactTimesBench): void {
  let client: KafkaClient;

  beforeAll(async () => {
    await initCompression();
    client = await KafkaClient.connect(port());
  });
  afterAll(() => client.close());

  async function newTopic(configs: Readonly<Record<string, string>>): Promise<string> {
    const topic = `t-${randomUUID()}`;
    expect(await createTopic(client, topic, configs)).toBe(ErrorCode.NONE);
    return topic;
  }

  /** All batches of the topic, in as many fetches as it takes; what holds none is waited for no longer than a client does. */
  async function fetchAll(topic: string): Promise<Buffer> {
    const fetched: Buffer[] = [];
    for (let offset = 0; ;) {
      const { partition, records } = await client.fetch(topic, offset, { maxWaitMs: 500 });
      fetched.push(records);
      offset = (batchHeaders(records).at(-1)?.lastOffset ?? offset - 1) + 1;
      if (offset >= partition.highWatermark) return Buffer.concat(fetched);
    }
  }

  const storedTimes = async (topic: string): Promise<Int64[]> =>
    [...readRecords(await fetchAll(topic))].map(({ timestamp }) => timestamp);

  const found = (topic: string, timestamp: Int64) => findTime(client, topic, timestamp);

  test(
    'times come back as they were sent, or are refused, and ListOffsets finds them',
    async () => {
      await fc.assert(
        fc.asyncProperty(batches, fc.array(int64s(), { maxLength: 3 }), async (sent, others) => {
          const topic = await newTopic(ANY_TIME);
          const kept: Int64[] = [];
          for (const batch of sent) {
            const { errorCode } = await client.produce(topic, encoded(batch));
            const isAllowed = batch.times.every((time) => isInRange(time));
            expect(errorCode).toBe(isAllowed ? ErrorCode.NONE : ErrorCode.INVALID_TIMESTAMP);
            if (isAllowed) kept.push(...batch.times);
          }
          expect(await storedTimes(topic)).toEqual(kept);
          for (const time of [...new Set([...kept, ...others])].filter((each) => each >= 0)) {
            expect(await found(topic, time)).toEqual(firstAtOrAfter(kept, time));
          }
          const newest = kept.reduce((a, b) => (b > a ? b : a), NO_TIME);
          if (newest >= 0) expect(await found(topic, MAX_TIMESTAMP)).toEqual([kept.indexOf(newest), newest]);
        }),
        { numRuns: runs },
      );
    },
    TIMEOUT_MS,
  );

  test('the greatest time of a batch is that of its records, to the last bit', async () => {
    const topic = await newTopic(ANY_TIME);
    const times = EDGES.filter((time) => isInRange(time));
    await client.produce(topic, encoded({ times, codec: 'none' }));
    const headers = batchHeaders(await fetchAll(topic));
    expect(headers.map(({ maxTimestamp }) => maxTimestamp)).toContain(INT64_MAX);
  });

  test('nanoseconds are refused where the topic does not allow them, each record by its place', async () => {
    const topic = await newTopic({});
    const refused = await client.produce(topic, encoded({ times: [Date.now(), ...NANOSECONDS], codec: 'none' }));
    expect(refused.errorCode).toBe(ErrorCode.INVALID_TIMESTAMP);
    expect(refused.recordErrors.map(({ batchIndex }) => batchIndex)).toEqual([1, 2, 3]);
    expect(await storedTimes(topic)).toEqual([]);
  });

  test(
    'kafkajs is given back the nanoseconds that it sent',
    async () => {
      const topic = await newTopic(ANY_TIME);
      const brokers = [`127.0.0.1:${port()}`];
      const kafka = new Kafka({ clientId: 'nanoseconds', brokers, logLevel: logLevel.NOTHING });
      const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
      await producer.connect();
      const sent = NANOSECONDS_OF_KAFKAJS.map(String);
      await producer.send({ topic, messages: sent.map((timestamp) => ({ value: timestamp, timestamp })) });
      await producer.disconnect();
      const admin = kafka.admin();
      await admin.connect();
      const offsets = await Promise.all(
        [0, 1, 512, 513].map(async (later) => {
          const [answer] = await admin.fetchTopicOffsetsByTimestamp(topic, Number(sent[0]) + later);
          return answer?.offset;
        }),
      );
      // 1 is rounded to 0 again, and 513 to 512.
      expect(offsets).toEqual(['0', '0', '1', '1']);
      await admin.disconnect();
      expect((await storedTimes(topic)).map(String)).toEqual(sent);
    },
    TIMEOUT_MS,
  );
}

/** With the widest bounds there are, what is earlier than now - (2^63 - 1). A record without a time is always in range. */
const isInRange = (time: Int64): boolean => time === NO_TIME || BigInt(time) >= BigInt(Date.now()) - INT64_MAX;

function firstAtOrAfter(times: readonly Int64[], time: Int64): readonly [offset: number, timestamp: Int64] {
  const offset = times.findIndex((each) => each >= time);
  return [offset, times[offset] ?? NO_TIME];
}

/** Offset and time that ListOffsets answers of the only partition. */
export async function findTime(
  client: KafkaClient,
  topic: string,
  timestamp: Int64,
): Promise<readonly [offset: number, timestamp: Int64]> {
  const asked = createListOffsetsPartition({ partitionIndex: toPartitionId(0), timestamp });
  const topics = [createListOffsetsTopic({ name: topic, partitions: [asked] })];
  const answer = (await client.call(LIST_OFFSETS, createListOffsetsRequest({ topics }))).topics[0]?.partitions[0];
  expect(answer?.errorCode).toBe(ErrorCode.NONE);
  return [answer?.offset ?? -1, answer?.timestamp ?? -1];
}
