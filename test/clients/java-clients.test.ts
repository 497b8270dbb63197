/**
 * Goal: kafka-clients (Java: producer, consumer, AdminClient) finds a Kafka broker here. Method: java/ClientChecks.java does
 * the work in one JVM per engine, one line per check.
 */
import { reportChecks } from './checks';
import { describeOnEngines } from './engines';
import { compile, javaCommand, javaNeeds } from './java';

const CHECKS = [
  ...['none', 'gzip', 'snappy', 'lz4', 'zstd'].flatMap((codec) =>
    ['all', '1', '0'].map((acks) => `${codec} acks=${acks}`),
  ),
  'idempotent producer',
  'headers, nulls, empties, bytes and timestamps',
  'LogAppendTime',
  'beginning, end, offset and timestamp',
  'an offset out of range is said',
  'large records',
  'a record past max.message.bytes is refused',
  'topic administration',
  'wrong topics are refused',
  'validate only',
  'topic ids',
  'ListOffsets',
  'DeleteRecords',
  'DescribeLogDirs',
  'DescribeCluster',
  'CreatePartitions',
];

describeOnEngines('kafka-clients', javaNeeds, (engine) => {
  let program: ReturnType<typeof compile> | undefined;
  beforeAll(() => {
    program = compile('ClientChecks');
  }, 120_000);
  afterAll(() => program?.remove());

  reportChecks(CHECKS, () => ({
    command: javaCommand,
    parameters: [...(program?.parameters ?? []), engine.bootstrap],
  }));
});
