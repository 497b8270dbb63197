/**
 * What this project began with, as claims on any engine: offsets asked again bring the same record, a fetch given up loses none, an
 * idle partition answers in time and wakes at once. Over raw sockets, in Kafka's protocol.
 */
import { randomBytes } from 'node:crypto';
import { ErrorCode } from '../../src/protocol/error-code';
import { readRecords } from '../engine/batches';
import type { KafkaClient } from '../support/kafka-client';
import { FETCH, fetchRequest } from '../support/kafka-client';
import { awaitTopic, batchOf, type WholeGateway } from './support';
import { expectWithin, TIMES_ARE_HELD } from '../support/measured';

export interface Replayed {
  readonly gateway: () => WholeGateway;
  /** Best of several tries. */
  readonly wakeMsMax: number;
}

let lastTopic = 0;

export function replay(name: string, { gateway, wakeMsMax }: Replayed): void {
  const TIMEOUT_MS = 240_000;
  const newTopic = async (client: KafkaClient): Promise<string> => {
    const topic = `replay-${++lastTopic}`;
    await awaitTopic(client, topic);
    return topic;
  };
  /** As a producer does: what is retriable is retried. */
  const produce = async (client: KafkaClient, topic: string, value: Buffer): Promise<number> => {
    const deadline = performance.now() + 10_000;
    for (;;) {
      const { errorCode, baseOffset } = await client.produce(topic, batchOf(value));
      if (errorCode === ErrorCode.NONE) return Number(baseOffset);
      if (performance.now() > deadline) throw new Error(`produce: error ${errorCode}`);
    }
  };
  const valueAt = async (client: KafkaClient, topic: string, offset: number): Promise<Buffer | null | undefined> => {
    const { partition, records } = await client.fetch(topic, offset, { maxWaitMs: 5_000, partitionMaxBytes: 1 });
    expect(partition.errorCode).toBe(ErrorCode.NONE);
    return readRecords([records]).find((record) => record.offset === offset)?.value;
  };

  describe(`the bug this began with, on ${name}`, () => {
    test(
      'asked for 0, 1, 1, 1, 2, 2, 3, 3 of records of 511 and 111 bytes, and for one offset 200 times: right every time',
      async () => {
        const client = await gateway().client();
        const topic = await newTopic(client);
        const values = [511, 111, 511, 111].map((bytes) => randomBytes(bytes));
        for (const [index, value] of values.entries()) expect(await produce(client, topic, value)).toBe(index);
        for (const offset of [0, 1, 1, 1, 2, 2, 3, 3]) {
          expect((await valueAt(client, topic, offset))?.equals(values[offset] ?? Buffer.alloc(0))).toBe(true);
        }
        const first = (await client.fetch(topic, 1, { partitionMaxBytes: 1 })).records;
        for (let time = 0; time < 200; time++) {
          const { records } = await client.fetch(topic, 1, { partitionMaxBytes: 1 });
          expect(records.equals(first)).toBe(true);
        }
      },
      TIMEOUT_MS,
    );

    test(
      'a fetch whose client is gone in mid-poll loses no record for the next',
      async () => {
        const client = await gateway().client();
        const topic = await newTopic(client);
        await produce(client, topic, Buffer.from('zero'));
        expect(String(await valueAt(client, topic, 0))).toBe('zero');
        for (let offset = 1; offset <= 5; offset++) {
          const leaving = await gateway().client();
          leaving.send(FETCH, fetchRequest(topic, offset, { maxWaitMs: 30_000 }), 12);
          // Its request was read once a later one of another connection is answered.
          await client.fetch(topic, offset, { maxWaitMs: 50 });
          const appended = produce(client, topic, Buffer.from(`value ${offset}`));
          await leaving.close();
          expect(await appended).toBe(offset);
          expect(String(await valueAt(client, topic, offset))).toBe(`value ${offset}`);
        }
      },
      TIMEOUT_MS,
    );

    test(
      "an idle partition answers at max.wait, and wakes at an append's ack",
      async () => {
        const [reader, writer] = [await gateway().client(), await gateway().client()];
        const topic = await newTopic(reader);
        await produce(writer, topic, Buffer.from('zero'));
        await valueAt(reader, topic, 0);
        let late = Infinity;
        let woke = Infinity;
        for (let attempt = 0; attempt < (TIMES_ARE_HELD ? 8 : 2) && (late > 50 || woke > wakeMsMax); attempt++) {
          const startedMs = performance.now();
          expect((await reader.fetch(topic, attempt + 1, { maxWaitMs: 400 })).records).toHaveLength(0);
          late = Math.min(late, Math.abs(performance.now() - startedMs - 400));
          const waiting = reader.fetch(topic, attempt + 1, { maxWaitMs: 20_000 });
          // The wait stands once what another asks behind it is answered.
          await writer.fetch(topic, attempt + 1, { maxWaitMs: 100 });
          await produce(writer, topic, Buffer.from(`value ${attempt}`));
          const ackedMs = performance.now();
          const { records } = await waiting;
          woke = Math.min(woke, performance.now() - ackedMs);
          expect(readRecords([records]).at(-1)?.value?.toString()).toBe(`value ${attempt}`);
        }
        expectWithin(`${name}: an idle answer, off max.wait`, late, 50);
        expectWithin(`${name}: a wake, past the ack`, woke, wakeMsMax);
      },
      TIMEOUT_MS,
    );
  });
}
