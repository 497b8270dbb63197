/**
 * A consumer group of a real client through the Kafka port: members join and share, commits are kept, and a gateway that is started
 * again goes on from them.
 */
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import type { Consumer } from 'kafkajs';
import { makeHome, startGatewayIn } from './running-gateway';
import type { RunningGateway } from './running-gateway';

const TIMEOUT_MS = 180_000;
const home = makeHome();
let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGatewayIn(home);
}, TIMEOUT_MS);
afterAll(async () => {
  await gateway.stop();
  home.remove();
}, TIMEOUT_MS);

const client = (clientId: string): Kafka =>
  new Kafka({ clientId, brokers: [gateway.bootstrap], logLevel: logLevel.NOTHING, retry: { initialRetryTime: 50 } });

async function withAdmin<T>(work: (admin: ReturnType<Kafka['admin']>) => Promise<T>): Promise<T> {
  const admin = client('admin').admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

async function produce(topic: string, values: readonly string[]): Promise<void> {
  const producer = client('producer').producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  await producer.send({ topic, messages: values.map((value, index) => ({ value, partition: index % 4 })) });
  await producer.disconnect();
}

/** Consumes until `count` values have come, then leaves; offsets are committed on the way out. */
async function consume(topic: string, groupId: string, count: number): Promise<readonly string[]> {
  const consumer = client('consumer').consumer({
    groupId,
    sessionTimeout: 10_000,
    heartbeatInterval: 500,
    maxWaitTimeInMs: 200,
  });
  const values: string[] = [];
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
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
  await consumer.stop();
  await consumer.disconnect();
  return values;
}

test(
  'a group consumes, commits, and goes on from its commits after the gateway was started again',
  async () => {
    const topic = 'orders';
    await withAdmin((admin) => admin.createTopics({ topics: [{ topic, numPartitions: 4 }] }));
    const first = Array.from({ length: 20 }, (_, n) => `first ${n}`);
    await produce(topic, first);
    expect([...(await consume(topic, 'g', 20))].sort()).toEqual([...first].sort());
    const offsets = await withAdmin((admin) => admin.fetchOffsets({ groupId: 'g', topics: [topic] }));
    expect(offsets[0]?.partitions.map((each) => each.offset).sort()).toEqual(['5', '5', '5', '5']);

    const port = Number(gateway.bootstrap.split(':')[1]);
    await gateway.stop();
    gateway = await startGatewayIn(home, port);
    const second = Array.from({ length: 8 }, (_, n) => `second ${n}`);
    await produce(topic, second);
    expect([...(await consume(topic, 'g', 8))].sort()).toEqual(second);
  },
  TIMEOUT_MS,
);

test(
  'two members share the partitions, and the one that stays takes them all',
  async () => {
    const topic = 'shared';
    await withAdmin((admin) => admin.createTopics({ topics: [{ topic, numPartitions: 4 }] }));
    const owned = new Map<string, number>();
    let told: (() => void) | undefined;
    const until = async (claim: () => boolean): Promise<void> => {
      while (!claim()) await new Promise<void>((resolve) => (told = resolve));
    };
    const start = async (name: string): Promise<Consumer> => {
      const consumer = client(name).consumer({
        groupId: 'pair',
        sessionTimeout: 10_000,
        heartbeatInterval: 100,
        maxWaitTimeInMs: 100,
      });
      consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
        owned.set(name, payload.memberAssignment[topic]?.length ?? 0);
        told?.();
      });
      await consumer.connect();
      await consumer.subscribe({ topics: [topic] });
      await consumer.run({ eachMessage: async () => undefined });
      return consumer;
    };
    const one = await start('one');
    await until(() => owned.get('one') === 4);
    const two = await start('two');
    await until(() => owned.get('one') === 2 && owned.get('two') === 2);
    const described = await withAdmin((admin) => admin.describeGroups(['pair']));
    expect(described.groups[0]).toMatchObject({ state: 'Stable', protocolType: 'consumer' });
    expect(described.groups[0]?.members.map((each) => each.clientId).sort()).toEqual(['one', 'two']);
    await two.disconnect();
    await until(() => owned.get('one') === 4);
    await one.disconnect();
    expect((await withAdmin((admin) => admin.listGroups())).groups.map((each) => each.groupId)).toContain('pair');
  },
  TIMEOUT_MS,
);
