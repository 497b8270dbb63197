/**
 * Goal: Kafka's own console tools work against the gateway as against a broker. Method: each tool in its own JVM; what it
 * prints is what a user would read.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeOnEngines } from './engines';
import { javaNeeds, tool } from './java';

const TOOLS = 'org.apache.kafka.tools';
const TIMEOUT_MS = 240_000;

describeOnEngines("Kafka's console tools", javaNeeds, (engine) => {
  const directory = mkdtempSync(join(tmpdir(), 'seaglass-tools-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  const bootstrap = (): readonly string[] => ['--bootstrap-server', engine.bootstrap];
  const topics = (...parameters: readonly string[]): Promise<string> =>
    tool(`${TOOLS}.TopicCommand`, [...bootstrap(), ...parameters]);
  const perf = (topic: string, records: number): Promise<string> =>
    tool(`${TOOLS}.ProducerPerformance`, [
      ...['--topic', topic, '--num-records', String(records), '--record-size', '100', '--throughput', '-1'],
      ...['--producer-props', `bootstrap.servers=${engine.bootstrap}`],
    ]);
  const consoleProducer = (topic: string, lines: readonly string[]): Promise<string> => {
    const input = join(directory, `${topic}.txt`);
    writeFileSync(input, lines.map((line) => `${line}\n`).join(''));
    return tool(`${TOOLS}.ConsoleProducer`, [...bootstrap(), '--topic', topic], input);
  };
  const consume = (topic: string, ...parameters: readonly string[]): Promise<string> =>
    tool(`${TOOLS}.consumer.ConsoleConsumer`, [
      ...[...bootstrap(), '--topic', topic, '--partition', '0', '--timeout-ms', '20000'],
      ...parameters,
    ]);

  test.concurrent(
    'kafka-topics creates, lists, describes and deletes',
    async () => {
      const topic = 'tools-topics';
      expect(
        await topics('--create', '--topic', topic, '--partitions', '2', '--config', 'retention.ms=60000'),
      ).toContain(`Created topic ${topic}.`);
      expect(await topics('--list')).toContain(topic);
      const description = await topics('--describe', '--topic', topic);
      expect(description).toMatch(/PartitionCount: 2\s+ReplicationFactor: 1\s+Configs: .*retention\.ms=60000/);
      expect(await topics('--delete', '--topic', topic)).not.toContain('Error');
      expect(await topics('--list')).not.toContain(topic);
    },
    TIMEOUT_MS,
  );

  test.concurrent(
    'kafka-configs describes and alters a topic',
    async () => {
      const topic = 'tools-configs';
      await topics('--create', '--topic', topic);
      const configs = (...parameters: readonly string[]): Promise<string> =>
        tool('kafka.admin.ConfigCommand', [
          ...[...bootstrap(), '--entity-type', 'topics', '--entity-name', topic],
          ...parameters,
        ]);
      expect(await configs('--alter', '--add-config', 'max.message.bytes=12345')).toContain(
        'Completed updating config',
      );
      expect(await configs('--describe')).toContain('max.message.bytes=12345');
    },
    TIMEOUT_MS,
  );

  test.concurrent(
    'the console producer, the console consumer, kafka-get-offsets and kafka-delete-records agree',
    async () => {
      const topic = 'tools-records';
      await topics('--create', '--topic', topic);
      expect(await perf(topic, 500)).toContain('500 records sent');
      const offsets = (time: string): Promise<string> =>
        tool(`${TOOLS}.GetOffsetShell`, [...bootstrap(), '--topic', topic, '--time', time]);
      expect(await offsets('-1')).toContain(`${topic}:0:500`);
      expect(await offsets('-2')).toContain(`${topic}:0:0`);
      const read = await consume(topic, '--offset', '490', '--max-messages', '10', '--property', 'print.offset=true');
      expect(read).toContain('Offset:490');
      expect(read).toContain('Processed a total of 10 messages');
      await consoleProducer(topic, ['typed first', 'typed second']);
      const typed = await consume(topic, '--offset', '500', '--max-messages', '2');
      expect(typed).toMatch(/typed first\ntyped second/);
      const request = join(directory, 'delete.json');
      writeFileSync(request, JSON.stringify({ version: 1, partitions: [{ topic, partition: 0, offset: 100 }] }));
      expect(await tool(`${TOOLS}.DeleteRecordsCommand`, [...bootstrap(), '--offset-json-file', request])).toContain(
        'low_watermark: 100',
      );
      expect(await offsets('-2')).toContain(`${topic}:0:100`);
    },
    TIMEOUT_MS,
  );

  test(
    'kafka-broker-api-versions, kafka-cluster and kafka-log-dirs read what the gateway says of itself',
    async () => {
      const versions = await tool('org.apache.kafka.tools.BrokerApiVersionsCommand', bootstrap());
      expect(versions).toMatch(/Produce\(0\): .*usable/);
      expect(versions).toMatch(/Fetch\(1\): .*usable/);
      expect(await tool(`${TOOLS}.ClusterTool`, ['cluster-id', ...bootstrap()])).toMatch(/Cluster ID: \S+/);
      expect(await tool(`${TOOLS}.LogDirsCommand`, [...bootstrap(), '--describe'])).toContain('"partitions"');
    },
    TIMEOUT_MS,
  );
});
