/** Many partitions and members at once, over SeaweedMQ: ordinary work, of which Node is not made to warn as of a leak. */
import { Kafka, logLevel } from 'kafkajs';
import type { Consumer } from 'kafkajs';
import { startGatewayProcess } from '../support/gateway-process';
import type { GatewayProcess } from '../support/gateway-process';
import { startScriptedSeaweedMQ } from '../support/scripted-seaweedmq';
import type { ScriptedSeaweedMQ } from '../support/scripted-seaweedmq';

const PARTITIONS = 24;
const MEMBERS = 14;

let scripted: ScriptedSeaweedMQ;
let gateway: GatewayProcess;
let kafka: Kafka;
const consumers: Consumer[] = [];

beforeAll(async () => {
  scripted = await startScriptedSeaweedMQ();
  for (let index = 0; index < PARTITIONS; index += 1) scripted.createTopic(`foreign-${index}`, 1);
  const engine = ['--engine', 'seaweedmq', '--brokers', scripted.address, '--filer', scripted.filer];
  gateway = await startGatewayProcess({
    flags: [...engine, '--groups-initial-rebalance-delay-ms', '0'],
    environment: { NODE_OPTIONS: '--trace-warnings' },
  });
  kafka = new Kafka({ brokers: [gateway.bootstrap], logLevel: logLevel.NOTHING });
});

afterAll(async () => {
  await Promise.all(consumers.map((consumer) => consumer.disconnect()));
  await gateway.stop();
  await scripted.stop();
});

test('topics, records, members, offsets and deletions', async () => {
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: 'many', numPartitions: PARTITIONS }] });
  expect(await admin.listTopics()).toHaveLength(PARTITIONS + 1);
  const producer = kafka.producer();
  await producer.connect();
  const messages = Array.from({ length: PARTITIONS }, (_, partition) => ({ partition, value: 'v' }));
  await producer.send({ topic: 'many', messages });
  const seen = new Set<number>();
  const all = new Promise<void>((resolve) => {
    const eachMessage = ({ partition }: { partition: number }): Promise<void> => {
      if (seen.add(partition).size === PARTITIONS) resolve();
      return Promise.resolve();
    };
    for (let index = 0; index < MEMBERS; index += 1) {
      const consumer = kafka.consumer({ groupId: 'members' });
      consumers.push(consumer);
      void consumer
        .connect()
        .then(() => consumer.subscribe({ topic: 'many', fromBeginning: true }))
        .then(() => consumer.run({ eachMessage }));
    }
  });
  await all;
  const partitions = messages.map(({ partition }) => ({ partition, offset: '1' }));
  await admin.setOffsets({ groupId: 'others', topic: 'many', partitions });
  expect((await admin.fetchOffsets({ groupId: 'others', topics: ['many'] }))[0]?.partitions).toHaveLength(PARTITIONS);
  await admin.deleteTopicRecords({ topic: 'many', partitions });
  await admin.disconnect();
  await producer.disconnect();
  expect(gateway.child.output()).not.toContain('Warning');
}, 180_000);
