/**
 * What a group commits is what it reads back: any int64, below 0 too, from the gateway that took it and from the one after it. Kafka's
 * broker never looks at the value; kafkajs commits -2 for "the beginning" and resolves it when it reads it back.
 */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { ErrorCode } from '../../src/protocol/error-code';
import { describeOnEngines } from '../clients/engines';
import { createTopic } from '../e2e/support';
import { GroupMember } from '../support/group-member';
import { EDGES, int64s } from '../support/int64s';
import { KafkaClient } from '../support/kafka-client';

const TIMEOUT_MS = 240_000;
/** Commits with a version that says how long they are kept. */
const HOUR_MS = 3_600_000;

describeOnEngines('committed offsets of any value', [], (engine) => {
  const connect = (): Promise<KafkaClient> => KafkaClient.connect(Number(engine.bootstrap.split(':')[1]));

  test(
    'come back as they were committed',
    async () => {
      const client = await connect();
      const topic = `t-${randomUUID()}`;
      expect(await createTopic(client, topic, {})).toBe(ErrorCode.NONE);
      const group = new GroupMember(client, `g-${randomUUID()}`);
      await fc.assert(
        fc.asyncProperty(int64s(), fc.constantFrom(-1, HOUR_MS), async (offset, retentionTimeMs) => {
          expect(await group.commit(topic, offset, { retentionTimeMs })).toBe(ErrorCode.NONE);
          expect(await group.committed(topic)).toEqual({ errorCode: ErrorCode.NONE, offset });
        }),
        { numRuns: 60 },
      );
      await client.close();
    },
    TIMEOUT_MS,
  );

  test(
    'come back after the gateway was killed and started again',
    async () => {
      const before = await connect();
      const topic = `t-${randomUUID()}`;
      const groupId = `g-${randomUUID()}`;
      expect(await createTopic(before, topic, {}, EDGES.length)).toBe(ErrorCode.NONE);
      const committing = new GroupMember(before, groupId);
      for (const [partition, offset] of EDGES.entries()) {
        expect(await committing.commit(topic, offset, { partition })).toBe(ErrorCode.NONE);
      }
      await before.close();
      await engine.killAndRestartGateway();
      const client = await connect();
      const asking = new GroupMember(client, groupId);
      for (const [partition, offset] of EDGES.entries()) {
        expect(await asking.committed(topic, partition)).toEqual({ errorCode: ErrorCode.NONE, offset });
      }
      await client.close();
    },
    TIMEOUT_MS,
  );

  test(
    'let kafkajs reset a group to the beginning, and its consumer reads the backlog',
    async () => {
      const topic = `t-${randomUUID()}`;
      const groupId = `g-${randomUUID()}`;
      const kafka = new Kafka({
        clientId: 'resetting',
        brokers: [engine.bootstrap],
        logLevel: logLevel.NOTHING,
        retry: { initialRetryTime: 50 },
      });
      const admin = kafka.admin();
      const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
      await Promise.all([admin.connect(), producer.connect()]);
      await admin.createTopics({ topics: [{ topic, numPartitions: 2 }] });
      const backlog = Array.from({ length: 10 }, (_, n) => `backlog ${n}`);
      await producer.send({ topic, messages: backlog.map((value, index) => ({ value, partition: index % 2 })) });

      await admin.resetOffsets({ groupId, topic, earliest: true });

      const [stored] = await admin.fetchOffsets({ groupId, topics: [topic] });
      expect(stored?.partitions.map(({ offset }) => offset)).toEqual(['-2', '-2']);
      const [resolved] = await admin.fetchOffsets({ groupId, topics: [topic], resolveOffsets: true });
      expect(resolved?.partitions.map(({ offset }) => offset)).toEqual(['0', '0']);
      const read = await consume(kafka, { topic, groupId, count: backlog.length });
      expect([...read].sort()).toEqual(backlog);
      await Promise.all([admin.disconnect(), producer.disconnect()]);
    },
    TIMEOUT_MS,
  );
});

/** The first values that the group's consumer is given. */
async function consume(
  kafka: Kafka,
  { topic, groupId, count }: { readonly topic: string; readonly groupId: string; readonly count: number },
): Promise<readonly string[]> {
  const consumer = kafka.consumer({ groupId, sessionTimeout: 10_000, heartbeatInterval: 500, maxWaitTimeInMs: 200 });
  const values: string[] = [];
  await consumer.connect();
  await consumer.subscribe({ topics: [topic] });
  await new Promise<void>((resolve, reject) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
    consumer
      .run({
        eachMessage: async ({ message }) => {
          values.push(message.value?.toString() ?? 'null');
          if (values.length === count) resolve();
        },
      })
      .catch(reject);
  });
  await consumer.disconnect();
  return values;
}
