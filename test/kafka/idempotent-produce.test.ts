/**
 * Goal: what an idempotent producer repeats is answered and not appended, and what does not follow its last batch is refused with Kafka's
 * codes, on every engine. Method: raw requests to a whole gateway on the embedded node and on a scripted SeaweedMQ.
 */
import { encodeBatch } from '../../src/protocol/encode-batch';
import { ErrorCode } from '../../src/protocol/error-code';
import type { KafkaClient } from '../support/kafka-client';
import { ENGINES, type RunningGateway } from './engines';

const record = (text: string) => ({ timestamp: Date.now(), key: null, value: Buffer.from(text) });

describe.each(ENGINES)('on %s', (_kind, start) => {
  let running: RunningGateway;
  let client: KafkaClient;
  beforeAll(async () => {
    running = await start();
    client = await running.gateway.client();
  });
  afterAll(() => running.close());

  const endOf = async (topic: string): Promise<number> =>
    (await client.fetch(topic, 0, { maxWaitMs: 0 })).partition.highWatermark;

  test('a batch that an idempotent producer repeats is answered with its first offset', async () => {
    const topic = await running.gateway.topic();
    const batch = (sequence: number): Uint8Array =>
      encodeBatch([record('a'), record('b')], { producerId: 7n, producerEpoch: 0, baseSequence: sequence });
    expect((await client.produce(topic, batch(0))).baseOffset).toBe(0);
    expect((await client.produce(topic, batch(2))).baseOffset).toBe(2);
    expect(await client.produce(topic, batch(0))).toMatchObject({ errorCode: 0, baseOffset: 0 });
    expect((await client.produce(topic, batch(9))).errorCode).toBe(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
    expect(await endOf(topic)).toBe(4);
  });

  test('a batch of an older epoch than its producer’s is refused, and the newer one goes on', async () => {
    const topic = await running.gateway.topic();
    const batch = (producerEpoch: number, baseSequence: number): Uint8Array =>
      encodeBatch([record('a')], { producerId: 9n, producerEpoch, baseSequence });
    expect(await client.produce(topic, batch(0, 0))).toMatchObject({ errorCode: ErrorCode.NONE, baseOffset: 0 });
    expect(await client.produce(topic, batch(1, 0))).toMatchObject({ errorCode: ErrorCode.NONE, baseOffset: 1 });
    for (const sequence of [0, 1]) {
      const refused = await client.produce(topic, batch(0, sequence));
      expect(refused).toMatchObject({ errorCode: ErrorCode.INVALID_PRODUCER_EPOCH, baseOffset: -1 });
    }
    expect(await client.produce(topic, batch(1, 1))).toMatchObject({ errorCode: ErrorCode.NONE, baseOffset: 2 });
    expect(await endOf(topic)).toBe(3);
  });

  test('several batches in one body are refused in every version, and what they hold is not remembered', async () => {
    const topic = await running.gateway.topic();
    const batch = (baseSequence: number): Uint8Array =>
      encodeBatch([record('a')], { producerId: 8n, producerEpoch: 0, baseSequence });
    const refused = { errorCode: ErrorCode.INVALID_RECORD, baseOffset: -1, logStartOffset: -1 };
    for (const version of [3, 5, 7, 9, 12]) {
      const answer = await client.produce(topic, Buffer.concat([batch(0), batch(1)]), { version });
      expect(answer).toMatchObject(refused);
    }
    expect(await client.produce(topic, batch(0))).toMatchObject({ errorCode: 0, baseOffset: 0 });
    expect(await client.produce(topic, Buffer.concat([batch(0), batch(1)]))).toMatchObject(refused);
    expect(await client.produce(topic, batch(1))).toMatchObject({ errorCode: 0, baseOffset: 1 });
    expect(await endOf(topic)).toBe(2);
  });
});
