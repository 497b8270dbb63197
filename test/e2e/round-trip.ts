/**
 * Claims on any engine: whatever a producer sends comes back exactly as it was sent, from any offset. One property over arbitrary topics,
 * from a Kafka socket through a whole gateway to the engine and back; a failure prints its seed and the least that fails.
 */
import fc from 'fast-check';
import { CODECS, initCompression, type Codec } from '../../src/protocol/compression/compression';
import { encodeBatch, type EncodableRecord } from '../../src/protocol/encode-batch';
import { ErrorCode } from '../../src/protocol/error-code';
import { readBatchRecords, type BatchRecord } from '../../src/protocol/record';
import { codecOfAttributes } from '../../src/protocol/record-batch';
import { validateBatches } from '../support/validate-batches';
import { KafkaClient } from '../support/kafka-client';
import { encodable, sendings, shown, type Sending, type SentBatch } from './sent-records';
import { createTopic } from './support';

export interface RoundTripped {
  /** Of the gateway's Kafka listener. */
  readonly port: () => number;
  readonly runs: number;
  /** Whether the log keeps batches as they came, or records apart. */
  readonly keeps: 'batches' | 'records';
  /** Moves what the topic holds to where the engine keeps it for long. */
  readonly flush?: (topic: string, lastOffset: number) => Promise<void>;
}

/** A record that was acked. */
interface Acked {
  readonly offset: number;
  readonly record: EncodableRecord;
  readonly codec: Codec;
  /** The answer's; -1 where the producer's time counts. */
  readonly logAppendTimeMs: number;
  /** The last record of its request, whose time the answer tells. */
  readonly last: boolean;
}

interface Got extends BatchRecord {
  readonly codec: Codec;
}

/** The engine's clock and the test's are one; what is asked is that the time is that of the append. */
const CLOCK_SLACK_MS = 1_000;
const TIMEOUT_MS = 240_000;
/** What was found until then is reported, shrunk as far as it is. */
const INTERRUPT_AFTER_MS = 90_000;

let lastTopic = 0;

export function roundTrips(name: string, { port, runs, keeps, flush }: RoundTripped): void {
  test(
    `whatever is sent comes back as it was sent, from any offset, on ${name}`,
    async () => {
      await initCompression();
      const client = await KafkaClient.connect(port(), 'round-trip');
      const property = fc.asyncProperty(sendings, async (sending) => {
        const topic = await newTopic(client, sending);
        const sent: Uint8Array[] = [];
        const acked: Acked[] = [];
        for (const request of sending.requests) {
          await send(client, topic, request.batch, { sent, acked });
          if (request.flushed) await flush?.(topic, acked.length - 1);
        }
        const opaque = keeps === 'batches' && sending.timestampType === 'CreateTime';
        if (opaque && sending.compressionType === 'producer') await expectSameBytes(client, topic, sent, acked.length);
        for (const from of offsetsOf(acked)) {
          for (const partitionMaxBytes of [1, 1024 * 1024]) {
            const got = await read(client, topic, { from, end: acked.length, partitionMaxBytes });
            expectSame(got, acked.slice(from), sending);
            expect(got.map(({ codec }) => codec)).toEqual(
              acked.slice(from).map(({ codec }) => storedCodec(sending, keeps === 'batches' ? codec : 'none')),
            );
          }
        }
      });
      try {
        await fc.assert(property, {
          numRuns: runs,
          ...replayed(),
          interruptAfterTimeLimit: INTERRUPT_AFTER_MS,
          markInterruptAsFailure: true,
        });
      } finally {
        await client.close();
      }
    },
    TIMEOUT_MS,
  );
}

/** The seed is printed before anything can hang; SEAGLASS_TEST_SEED runs one again. */
function replayed(): { readonly seed: number } {
  const given = process.env['SEAGLASS_TEST_SEED'];
  const seed = given === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(given);
  process.stdout.write(`round trips: seed ${seed}\n`);
  return { seed };
}

async function newTopic(client: KafkaClient, { timestampType, compressionType }: Sending): Promise<string> {
  const topic = `round-trip-${++lastTopic}`;
  const settings = {
    'message.timestamp.type': timestampType,
    'compression.type': compressionType,
    // Records of 1970 are to stay.
    'retention.ms': '-1',
  };
  expect(await createTopic(client, topic, settings)).toBe(ErrorCode.NONE);
  return topic;
}

/** One produce request; adds its batch to `sent`, its records to `acked`. */
async function send(
  client: KafkaClient,
  topic: string,
  { codec, records }: SentBatch,
  { sent, acked }: { readonly sent: Uint8Array[]; readonly acked: Acked[] },
): Promise<void> {
  const nowMs = Date.now();
  const plain = records.map((each) => encodable(each, nowMs));
  const bytes = encodeBatch(plain, { codec });
  const answer = await client.produce(topic, bytes);
  expect(answer).toMatchObject({ errorCode: ErrorCode.NONE, baseOffset: acked.length });
  sent.push(bytes);
  for (const record of plain) {
    const last = record === plain.at(-1);
    acked.push({ offset: acked.length, record, codec, logAppendTimeMs: answer.logAppendTimeMs, last });
  }
}

/** The start, the middle, the last one, and the last of a quarter: of batches that is now the first record, now one within. */
function offsetsOf(acked: readonly Acked[]): readonly number[] {
  const { length } = acked;
  return [...new Set([0, Math.floor(length / 4), Math.floor(length / 2), length - 1])];
}

/** The records from an offset to the end, as a consumer reads them. */
async function read(
  client: KafkaClient,
  topic: string,
  asked: { readonly from: number; readonly end: number; readonly partitionMaxBytes: number },
): Promise<Got[]> {
  const got: Got[] = [];
  for (let next = asked.from; next < asked.end; next = (got.at(-1)?.offset ?? next) + 1) {
    const { partitionMaxBytes } = asked;
    const { partition, records } = await client.fetch(topic, next, { maxWaitMs: 2_000, partitionMaxBytes });
    expect(partition).toMatchObject({ errorCode: ErrorCode.NONE, highWatermark: asked.end, logStartOffset: 0 });
    const before = got.length;
    for (const { header } of validateBatches(records)) {
      const codec = codecOfAttributes(header.attributes);
      for (const each of readBatchRecords(records, header)) if (each.offset >= next) got.push({ ...each, codec });
    }
    if (got.length === before) throw new Error(`nothing at offset ${next} of ${asked.end}`);
  }
  return got;
}

function expectSame(got: readonly Got[], acked: readonly Acked[], { timestampType }: Sending): void {
  const byProducer = timestampType === 'CreateTime';
  expect(got.map(({ offset, timestampType }) => [offset, timestampType])).toEqual(
    acked.map(({ offset }) => [offset, byProducer ? 'create_time' : 'log_append_time']),
  );
  expect(got.map(shown)).toEqual(acked.map(({ record }) => shown(record)));
  const times = got.map(({ timestamp }) => timestamp);
  if (byProducer) {
    expect(times).toEqual(acked.map(({ record }) => record.timestamp));
    return;
  }
  acked.forEach(({ last, logAppendTimeMs }, index) => {
    const time = Number(times[index] ?? -1);
    if (last) expect(time).toBe(logAppendTimeMs);
    expect(Math.abs(time - logAppendTimeMs)).toBeLessThan(CLOCK_SLACK_MS);
    expect(time).toBeGreaterThanOrEqual(times[index - 1] ?? 0);
  });
}

function storedCodec({ compressionType }: Sending, sentWith: Codec): Codec {
  if (compressionType === 'producer') return sentWith;
  return CODECS.find((codec) => codec === compressionType) ?? 'none';
}

/** What the log fills in is the base offset and the leader epoch; the rest, CRC included, is the producer's. */
async function expectSameBytes(
  client: KafkaClient,
  topic: string,
  sent: readonly Uint8Array[],
  end: number,
): Promise<void> {
  const opaque = (batch: Uint8Array): string =>
    Buffer.concat([batch.subarray(8, 12), batch.subarray(16)]).toString('base64');
  const got: string[] = [];
  for (let next = 0; next < end;) {
    const { records } = await client.fetch(topic, next, { maxWaitMs: 2_000 });
    for (const { header } of validateBatches(records)) {
      expect(header.baseOffset).toBe(next);
      next = header.lastOffset + 1;
      got.push(opaque(records.subarray(header.position, header.position + header.bytes)));
    }
    if (records.length === 0) throw new Error(`nothing at offset ${next} of ${end}`);
  }
  expect(got).toEqual(sent.map(opaque));
}
