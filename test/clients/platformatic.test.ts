/** Goal: @platformatic/kafka works here. Method: platformatic-checks.mjs does the work, one line per check. */
import { join } from 'node:path';
import zlib from 'node:zlib';
import { reportChecks } from './checks';
import { describeOnEngines } from './engines';

// The client takes zstd from Node, which has it from 22.15 on.
const codecs = ['none', 'gzip', 'snappy', 'lz4', ...('zstdCompressSync' in zlib ? ['zstd'] : [])];

const CHECKS = [
  ...codecs.flatMap((codec) => ['-1', '1', '0'].map((acks) => `${codec} acks=${acks}`)),
  'idempotent producer',
  'headers, nulls, empties and timestamps',
  'offset and timestamp',
  'the end',
  'topic administration',
];

describeOnEngines('@platformatic/kafka', [], (engine) => {
  reportChecks(CHECKS, () => ({
    command: process.execPath,
    parameters: [join(__dirname, 'platformatic-checks.mjs'), engine.bootstrap],
  }));
});
