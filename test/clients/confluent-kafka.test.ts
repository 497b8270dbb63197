/**
 * Goal: confluent-kafka (Python, librdkafka) finds a Kafka broker here: every codec and acks value, idempotence, positions,
 * administration, and records come back whole. Method: python/checks.py does the work, one line per check.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { findProgram } from '../support/outside-program';
import { reportChecks } from './checks';
import { describeOnEngines, type Need } from './engines';

const python = findProgram('python3', 'SEAGLASS_TEST_PYTHON');

function hasClient(): boolean {
  if (python === undefined) return false;
  try {
    execFileSync(python, ['-c', 'import confluent_kafka'], { stdio: 'ignore' });
    return true;
  } catch {
    // No such module in this Python: the suite says what is missing.
    return false;
  }
}

const needs: readonly Need[] = [{ what: 'Python with confluent-kafka (SEAGLASS_TEST_PYTHON)', found: hasClient() }];

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
  'DeleteRecords',
  'DescribeCluster',
  'CreatePartitions',
];

describeOnEngines('confluent-kafka', needs, (engine) => {
  reportChecks(CHECKS, () => ({
    command: python ?? '',
    parameters: [join(__dirname, 'python', 'checks.py'), engine.bootstrap],
  }));
});
