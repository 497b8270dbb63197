/**
 * Goal: the console consumer of Kafka goes on where its group stopped, and kafka-consumer-groups and the metrics show the lag that
 * is left. Method: each tool in its own JVM; what it prints is what a user would read.
 */
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { consoleShows } from './console';
import { describeOnEngines } from './engines';
import { javaNeeds, tool } from './java';

const TIMEOUT_MS = 180_000;

describeOnEngines("groups of Kafka's console tools", javaNeeds, (engine) => {
  test(
    'the console consumer goes on at what its group committed, and the lag is told',
    async () => {
      const topic = 'console-group';
      const kafka = new Kafka({ brokers: [engine.bootstrap], logLevel: logLevel.NOTHING });
      const admin = kafka.admin();
      await admin.connect();
      await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true, timeout: 30_000 });
      await admin.disconnect();
      const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
      await producer.connect();
      await producer.send({ topic, messages: Array.from({ length: 10 }, (_, n) => ({ value: `line ${n}` })) });
      await producer.disconnect();

      const bootstrap = ['--bootstrap-server', engine.bootstrap];
      const consume = (count: number): Promise<string> =>
        tool('org.apache.kafka.tools.consumer.ConsoleConsumer', [
          ...[...bootstrap, '--topic', topic, '--group', 'console', '--from-beginning', '--timeout-ms', '60000'],
          ...['--max-messages', String(count)],
        ]);
      const lines = (output: string): readonly string[] =>
        output.split('\n').filter((line) => line.startsWith('line '));
      expect(lines(await consume(4))).toEqual(['line 0', 'line 1', 'line 2', 'line 3']);
      const described = await tool('org.apache.kafka.tools.consumer.group.ConsumerGroupCommand', [
        ...[...bootstrap, '--describe', '--group', 'console', '--timeout', '60000'],
      ]);
      // GROUP TOPIC PARTITION [LEADER-EPOCH] CURRENT-OFFSET LOG-END-OFFSET LAG
      expect(described).toMatch(/console\s+console-group\s+0\s+(\S+\s+)?4\s+10\s+6\s/);
      const labels = '\\{group="console",topic="console-group",partition="0"\\}';
      await consoleShows(engine, '/metrics', new RegExp(`^seaglass_group_lag${labels} 6$`, 'm'));
      expect(lines(await consume(6))).toEqual(['line 4', 'line 5', 'line 6', 'line 7', 'line 8', 'line 9']);
    },
    TIMEOUT_MS,
  );
});
