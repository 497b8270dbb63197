/**
 * Goal: confluent-kafka (Python, librdkafka) finds a Kafka broker here: every codec and acks value, idempotence, positions,
 * administration, and records come back whole. Method: python/checks.py does the work, one line per check.
 */
import { join } from 'node:path';
import { reportChecks } from './checks';
import { describeOnEngines } from './engines';
import { python, pythonNeed } from './python';

const needs = [pythonNeed('confluent-kafka', 'confluent_kafka')];

const CHECKS = [
  ...['none', 'gzip', 'snappy', 'lz4', 'zstd'].flatMap((codec) =>
    ['all', '1', '0'].map((acks) => `${codec} acks=${acks}`),
  ),
  'idempotent producer',
  'headers, nulls, empties, bytes and timestamps',
  'LogAppendTime',
  'beginning, end, offset and timestamp',
  'an offset out of range is said',
  'tail',
  'topic administration',
  'duplicate topic',
  'ListOffsets',
  'high watermarks in statistics',
  'DeleteRecords',
  'DescribeCluster',
  'CreatePartitions',
];

describeOnEngines('confluent-kafka', needs, (engine) => {
  reportChecks(CHECKS, () => ({
    command: python,
    parameters: [join(__dirname, 'python', 'checks.py'), engine.bootstrap],
  }));
});
