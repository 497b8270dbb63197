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

  const endOf = async (topic: string): Promise<number> => (await client.fetch(topic, 0)).partition.highWatermark;

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

  test('several batches in one body are appended, and more of a producer than its retry could be told by are refused', async () => {
    const topic = await running.gateway.topic();
    const batches = (count: number, from = 0): Uint8Array =>
      Buffer.concat(
        Array.from({ length: count }, (_, index) =>
          encodeBatch([record('a')], { producerId: 8n, producerEpoch: 0, baseSequence: from + index }),
        ),
      );
    expect(await client.produce(topic, batches(6))).toMatchObject({ errorCode: ErrorCode.INVALID_RECORD });
    expect(await client.produce(topic, batches(5))).toMatchObject({ errorCode: 0, baseOffset: 0 });
    expect(await client.produce(topic, batches(5))).toMatchObject({ errorCode: 0, baseOffset: 0 });
    expect(await client.produce(topic, batches(3, 4))).toMatchObject({ errorCode: 0, baseOffset: 4 });
    expect(await endOf(topic)).toBe(7);
  });
});
