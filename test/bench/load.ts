/** The load, made outside the measured processes by Kafka's own perf tools and one small Java program for latency. */
import { join } from 'node:path';
import { run } from './child';

export interface LoadOptions {
  readonly classPath: string;
  readonly repository: string;
  readonly bootstrap: string;
  /** A file of client properties, for instance of TLS. */
  readonly commandConfig?: string;
}

const configured = ({ commandConfig }: LoadOptions): readonly string[] =>
  commandConfig === undefined ? [] : ['--command-config', commandConfig];

const JAVA = ['-Xmx512m', '-XX:+UseSerialGC'];

export async function createTopic(options: LoadOptions, topic: string, partitions: number): Promise<void> {
  await run('java', [
    ...JAVA,
    '-cp',
    options.classPath,
    'org.apache.kafka.tools.TopicCommand',
    '--bootstrap-server',
    options.bootstrap,
    '--create',
    '--topic',
    topic,
    '--partitions',
    String(partitions),
  ]);
}

/** Records per second, from the tool's own clock. */
export async function produce(
  options: LoadOptions,
  topic: string,
  records: number,
  recordBytes: number,
): Promise<number> {
  const output = await run('java', [
    ...JAVA,
    '-cp',
    options.classPath,
    'org.apache.kafka.tools.ProducerPerformance',
    '--topic',
    topic,
    '--num-records',
    String(records),
    '--record-size',
    String(recordBytes),
    '--throughput',
    '-1',
    '--bootstrap-server',
    options.bootstrap,
    ...configured(options),
    '--command-property',
    'acks=all',
    'batch.size=262144',
    'linger.ms=5',
    'buffer.memory=134217728',
  ]);
  const lines = [...output.matchAll(/(\d+) records sent, ([\d.]+) records\/sec/g)];
  const last = lines.at(-1);
  if (!last || Number(last[1]) !== records)
    throw new Error(`producer perf tool: expected ${records} records sent, got:\n${output.slice(-1_000)}`);
  return Number(last[2]);
}

/** Records per second while fetching (joining the group left out), from the tool's own clock. */
export async function consume(options: LoadOptions, topic: string, records: number): Promise<number> {
  const output = await run('java', [
    ...JAVA,
    '-cp',
    options.classPath,
    'org.apache.kafka.tools.ConsumerPerformance',
    '--bootstrap-server',
    options.bootstrap,
    '--topic',
    topic,
    '--num-records',
    String(records),
    '--timeout',
    '60000',
    '--group',
    `bench-${topic}-${process.hrtime.bigint()}`,
    '--hide-header',
    ...configured(options),
  ]);
  const row = output
    .split('\n')
    .map((line) => line.split(',').map((cell) => cell.trim()))
    .find((cells) => cells.length >= 10);
  if (!row || Number(row[4]) < records)
    throw new Error(`consumer perf tool: expected ${records} records, got:\n${output.slice(-1_000)}`);
  return Number(row[9]);
}

export interface LatencyResult {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
}

export async function latency(
  options: LoadOptions,
  topic: string,
  records: number,
  recordBytes: number,
): Promise<LatencyResult> {
  const program = join(options.repository, 'test', 'bench', 'java', 'Latency.java');
  const output = await run('java', [
    ...JAVA,
    '-cp',
    options.classPath,
    program,
    options.bootstrap,
    topic,
    String(records),
    String(recordBytes),
  ]);
  const match = /^(\d+) (\d+) (\d+)$/m.exec(output);
  if (!match) throw new Error(`latency program printed:\n${output.slice(-1_000)}`);
  return { p50Ms: Number(match[1]) / 1_000, p99Ms: Number(match[2]) / 1_000, p999Ms: Number(match[3]) / 1_000 };
}
