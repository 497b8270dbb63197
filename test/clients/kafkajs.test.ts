/**
 * Goal: kafkajs (old protocol versions, its own habits) works here. Method: in this process, against the gateway's.
 */
import {
  CompressionTypes,
  ConfigResourceTypes,
  type IHeaders,
  type ITopicConfig,
  Kafka,
  type KafkaMessage,
  logLevel,
  type Message,
  Partitioners,
} from 'kafkajs';
import { describeOnEngines } from './engines';

const TIMEOUT_MS = 180_000;

describeOnEngines('kafkajs', [], (engine) => {
  const kafka = (): Kafka =>
    new Kafka({ clientId: 'checks', brokers: [engine.bootstrap], logLevel: logLevel.NOTHING, retry: { retries: 3 } });

  async function createTopic(
    topic: string,
    numPartitions = 1,
    configEntries: ITopicConfig['configEntries'] = [],
  ): Promise<void> {
    const admin = kafka().admin();
    await admin.connect();
    try {
      expect(
        await admin.createTopics({ topics: [{ topic, numPartitions, configEntries }], waitForLeaders: true }),
      ).toBe(true);
    } finally {
      await admin.disconnect();
    }
  }

  async function produce(
    topic: string,
    messages: Message[],
    options: { compression?: CompressionTypes; acks?: number; idempotent?: boolean } = {},
  ): Promise<void> {
    const { idempotent = false, ...send } = options;
    const producer = kafka().producer({ createPartitioner: Partitioners.DefaultPartitioner, idempotent });
    await producer.connect();
    try {
      await producer.send({ topic, messages, ...send });
    } finally {
      await producer.disconnect();
    }
  }

  /** kafkajs consumes in groups only; `seekTo` moves it before the first fetch. */
  async function consume(topic: string, count: number, seekTo?: string): Promise<KafkaMessage[]> {
    const consumer = kafka().consumer({ groupId: `group-${topic}-${seekTo ?? ''}`, maxWaitTimeInMs: 500 });
    const messages: KafkaMessage[] = [];
    await consumer.connect();
    try {
      await consumer.subscribe({ topics: [topic], fromBeginning: true });
      await new Promise<void>((resolve, reject) => {
        consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
        consumer
          .run({
            autoCommit: false,
            eachMessage: async ({ message }) => {
              if (seekTo !== undefined && BigInt(message.offset) < BigInt(seekTo)) return;
              messages.push(message);
              if (messages.length === count) resolve();
            },
          })
          .catch(reject);
        if (seekTo !== undefined) consumer.seek({ topic, partition: 0, offset: seekTo });
      });
      return messages;
    } finally {
      await consumer.disconnect();
    }
  }

  test.each([
    ['none', CompressionTypes.None, -1],
    ['none', CompressionTypes.None, 1],
    ['none', CompressionTypes.None, 0],
    ['gzip', CompressionTypes.GZIP, -1],
    ['gzip', CompressionTypes.GZIP, 1],
    ['gzip', CompressionTypes.GZIP, 0],
  ])(
    'what was produced with %s (%i) and acks=%i is consumed',
    async (codec, compression, acks) => {
      const topic = `kafkajs-${codec}-${acks}`;
      await createTopic(topic);
      const values = Array.from({ length: 100 }, (_, index) => `value ${index}`);
      await produce(
        topic,
        values.map((value) => ({ key: 'same', value })),
        { compression, acks },
      );
      const messages = await consume(topic, values.length);
      expect(messages.map((message) => message.value?.toString())).toEqual(values);
      expect(messages.map((message) => Number(message.offset))).toEqual(values.map((_, index) => index));
    },
    TIMEOUT_MS,
  );

  test(
    'an idempotent producer, headers, nulls, empties and timestamps',
    async () => {
      const topic = 'kafkajs-forms';
      // For records of long ago, which retention would remove soon after they are written.
      await createTopic(topic, 1, [{ name: 'retention.ms', value: '-1' }]);
      const sent: { key: Buffer | null; value: Buffer | null; headers: IHeaders; timestamp: string }[] = [
        {
          key: Buffer.from('k'),
          value: Buffer.from('v'),
          headers: { a: Buffer.from('1') },
          timestamp: '1600000000000',
        },
        { key: null, value: Buffer.from('no key'), headers: {}, timestamp: '1600000000007' },
        { key: Buffer.alloc(0), value: Buffer.alloc(0), headers: {}, timestamp: '1600000000003' },
        { key: Buffer.from('gone'), value: null, headers: {}, timestamp: '1600000000009' },
      ];
      await produce(topic, sent, { idempotent: true, acks: -1 });
      const got = await consume(topic, sent.length);
      expect(got.map(({ key, value, headers, timestamp }) => ({ key, value, headers, timestamp }))).toEqual(sent);
    },
    TIMEOUT_MS,
  );

  test(
    'a consumer that begins at the end gets nothing of before, and then everything',
    async () => {
      const topic = 'kafkajs-end';
      await createTopic(topic);
      await produce(
        topic,
        Array.from({ length: 5 }, () => ({ value: 'before' })),
      );
      const consumer = kafka().consumer({ groupId: 'kafkajs-end', maxWaitTimeInMs: 100 });
      const got: (string | undefined)[] = [];
      await consumer.connect();
      try {
        await consumer.subscribe({ topics: [topic], fromBeginning: false });
        const reading = new Promise<void>((resolve, reject) => {
          consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
          const eachMessage = ({ message }: { message: KafkaMessage }): Promise<void> => {
            if (got.push(message.value?.toString()) === 3) resolve();
            return Promise.resolve();
          };
          consumer.run({ autoCommit: false, eachMessage }).catch(reject);
        });
        // It does not say when it has found the end: what comes before that is not for it.
        for (let index = 0; got.length < 3; index += 1) {
          await Promise.race([produce(topic, [{ value: `${index}` }]), reading]);
        }
        const first = Number(got[0]);
        expect(got.slice(0, 3)).toEqual([first, first + 1, first + 2].map(String));
      } finally {
        await consumer.disconnect();
      }
    },
    TIMEOUT_MS,
  );

  test(
    'a consumer seeks to an offset, and the admin client finds it by timestamp',
    async () => {
      const topic = 'kafkajs-places';
      await createTopic(topic);
      const at = 1_700_000_000_000;
      await produce(
        topic,
        Array.from({ length: 10 }, (_, index) => ({ value: `${index}`, timestamp: `${at + index * 1000}` })),
      );
      const admin = kafka().admin();
      await admin.connect();
      try {
        expect(await admin.fetchTopicOffsets(topic)).toEqual([{ partition: 0, offset: '10', high: '10', low: '0' }]);
        const byTime = await admin.fetchTopicOffsetsByTimestamp(topic, at + 6_500);
        expect(byTime).toEqual([{ partition: 0, offset: '7' }]);
      } finally {
        await admin.disconnect();
      }
      const messages = await consume(topic, 3, '7');
      expect(messages.map((message) => message.offset)).toEqual(['7', '8', '9']);
    },
    TIMEOUT_MS,
  );

  test(
    'topic administration',
    async () => {
      const topic = 'kafkajs-admin';
      await createTopic(topic, 2);
      const admin = kafka().admin();
      await admin.connect();
      try {
        expect(await admin.listTopics()).toContain(topic);
        const metadata = await admin.fetchTopicMetadata({ topics: [topic] });
        expect(metadata.topics[0]?.partitions).toHaveLength(2);
        const cluster = await admin.describeCluster();
        expect(cluster.brokers).toHaveLength(1);
        const resource = { type: ConfigResourceTypes.TOPIC, name: topic };
        await admin.alterConfigs({
          validateOnly: false,
          resources: [{ ...resource, configEntries: [{ name: 'retention.ms', value: '1234567' }] }],
        });
        const described = await admin.describeConfigs({ resources: [resource], includeSynonyms: false });
        const retention = described.resources[0]?.configEntries.find((entry) => entry.configName === 'retention.ms');
        expect(retention?.configValue).toBe('1234567');
        await admin.deleteTopics({ topics: [topic] });
        expect(await admin.listTopics()).not.toContain(topic);
      } finally {
        await admin.disconnect();
      }
    },
    TIMEOUT_MS,
  );
});
