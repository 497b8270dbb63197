/** Where Kafka's jars are: fetched once by Maven into the test cache, or named by SEAGLASS_TEST_BROKER_JARS. */
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './child';

/** A class path holding the broker, its clients and its tools. */
export async function kafkaClassPath(repository: string): Promise<string> {
  const directory = process.env['SEAGLASS_TEST_BROKER_JARS'] ?? join(repository, 'test', '.cache', 'kafka-jars');
  if (!existsSync(directory) || !readdirSync(directory).some((name) => name.startsWith('kafka-tools-'))) {
    mkdirSync(directory, { recursive: true });
    console.error('fetching the jars of Apache Kafka …');
    await run('mvn', [
      '-q',
      '-B',
      '-f',
      join(repository, 'test', 'bench', 'pom.xml'),
      'dependency:copy-dependencies',
      `-DoutputDirectory=${directory}`,
    ]);
  }
  return join(directory, '*');
}
