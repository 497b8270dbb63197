/**
 * Goal: Kafka's administration tools work against the gateway as against a broker. Method: each tool in its own JVM; what it
 * prints is what an operator would read.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeOnEngines } from './engines';
import { javaNeeds, tool } from './java';

const TOOLS = 'org.apache.kafka.tools';
const TIMEOUT_MS = 180_000;

describeOnEngines("Kafka's administration tools", javaNeeds, (engine) => {
  const directory = mkdtempSync(join(tmpdir(), 'seaglass-admin-tools-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  const call = (main: string, ...parameters: readonly string[]): Promise<string> =>
    tool(main, ['--bootstrap-server', engine.bootstrap, ...parameters]);
  const groups = (...parameters: readonly string[]): Promise<string> =>
    call(`${TOOLS}.consumer.group.ConsumerGroupCommand`, ...parameters);
  const newTopic = (topic: string): Promise<string> => call(`${TOOLS}.TopicCommand`, '--create', '--topic', topic);

  test.concurrent(
    'kafka-consumer-groups resets offsets, tells the lag, deletes offsets and groups',
    async () => {
      const topic = 'tools-lag';
      const group = 'tools-group';
      await newTopic(topic);
      await tool(`${TOOLS}.ProducerPerformance`, [
        ...['--topic', topic, '--num-records', '10', '--record-size', '10', '--throughput', '-1'],
        ...['--bootstrap-server', engine.bootstrap],
      ]);
      const reset = ['--reset-offsets', '--topic', topic, '--to-offset', '4', '--execute'];
      expect(await groups('--group', group, ...reset)).toMatch(new RegExp(`${group}\\s+${topic}\\s+0\\s+4`));
      // TOPIC PARTITION CURRENT-OFFSET LOG-END-OFFSET LAG
      expect(await groups('--describe', '--group', group)).toMatch(new RegExp(`${topic}\\s+0\\s+4\\s+10\\s+6\\s`));
      expect(await groups('--describe', '--group', group, '--state')).toMatch(new RegExp(`${group}.*Empty\\s+0`));
      expect(await groups('--describe', '--group', group, '--members')).toContain('has no active members');
      expect(await groups('--list', '--state', 'Empty')).toMatch(new RegExp(`${group}\\s+Empty`));
      expect(await groups('--delete-offsets', '--group', group, '--topic', topic)).toMatch(/0\s+Successful/);
      await groups('--group', group, ...reset);
      expect(await groups('--delete', '--group', group)).toContain('was successful');
      expect(await groups('--delete', '--group', group)).toContain('GroupIdNotFoundException');
    },
    TIMEOUT_MS,
  );

  test.concurrent(
    'kafka-acls is refused in words, and kafka-configs sets, describes and takes away quotas',
    async () => {
      expect(await call(`${TOOLS}.AclCommand`, '--list')).toContain('No Authorizer is configured');
      const configs = (...parameters: readonly string[]): Promise<string> =>
        call('kafka.admin.ConfigCommand', ...parameters);
      const user = ['--entity-type', 'users', '--entity-name', 'tools-user'];
      const addresses = ['--entity-type', 'ips', '--entity-default'];
      const clients = ['--entity-type', 'clients', '--entity-name', 'tools-client'];
      const pair = [...user, ...clients];
      expect(
        await configs('--alter', ...user, '--add-config', 'producer_byte_rate=1000,request_percentage=50'),
      ).toContain('Completed updating config for user tools-user.');
      expect(await configs('--alter', ...pair, '--add-config', 'consumer_byte_rate=2000')).toContain('Completed');
      expect(await configs('--alter', ...addresses, '--add-config', 'connection_creation_rate=9000')).toContain(
        'Completed',
      );
      expect(await configs('--describe', ...user)).toMatch(
        /Quota configs for user-principal 'tools-user' are (?:producer_byte_rate=1000\.0, request_percentage=50\.0|request_percentage=50\.0, producer_byte_rate=1000\.0)/,
      );
      expect(await configs('--describe', ...pair)).toContain('consumer_byte_rate=2000.0');
      expect(await configs('--describe', ...addresses)).toContain('connection_creation_rate=9000.0');
      await configs('--alter', ...addresses, '--delete-config', 'connection_creation_rate');
      await configs('--alter', ...pair, '--delete-config', 'consumer_byte_rate');
      await configs('--alter', ...user, '--delete-config', 'producer_byte_rate,request_percentage');
      expect(await configs('--describe', '--entity-type', 'ips')).not.toContain('connection_creation_rate');
      expect(await configs('--alter', ...clients, '--add-config', 'producer_byte_rate=-1')).toMatch(
        /must be greater than 0/,
      );
    },
    TIMEOUT_MS,
  );

  test.concurrent(
    'kafka-features, kafka-leader-election, kafka-reassign-partitions and kafka-transactions find nothing to do',
    async () => {
      const topic = 'tools-one-replica';
      await newTopic(topic);
      expect(await call(`${TOOLS}.FeatureCommand`, 'describe')).not.toMatch(/error|exception/i);
      const election = ['--election-type', 'preferred', '--topic', topic, '--partition', '0'];
      expect(await call(`${TOOLS}.LeaderElectionCommand`, ...election)).toContain(
        `Valid replica already elected for partitions ${topic}-0`,
      );
      const plan = join(directory, 'reassign.json');
      const partitions = [{ topic, partition: 0, replicas: [1_000] }];
      writeFileSync(plan, JSON.stringify({ version: 1, partitions }));
      const reassign = `${TOOLS}.reassign.ReassignPartitionsCommand`;
      expect(await call(reassign, '--reassignment-json-file', plan, '--execute')).toMatch(/1000/);
      expect(await call(reassign, '--list')).toContain('No partition reassignments found.');
      expect(await call(`${TOOLS}.TransactionsCommand`, 'list')).toMatch(/^TransactionalId\s+Coordinator/m);
    },
    TIMEOUT_MS,
  );
});
