/** Real consumers that read a partition from its beginning and print what they are given: confluent-kafka (librdkafka) and Kafka's console consumer (Java). */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Child, startChild } from '../support/child';
import type { Need } from './engines';
import { javaNeeds, toolCommand } from './java';
import { python, pythonNeed } from './python';

const SCRIPT = join(__dirname, 'python', 'read_values.py');
const CONSOLE_CONSUMER = 'org.apache.kafka.tools.consumer.ConsoleConsumer';

export const readerNeeds: readonly Need[] = [pythonNeed('confluent-kafka', 'confluent_kafka'), ...javaNeeds];

export interface ValueReader {
  readonly name: string;
  /** `offset value` of each record, in the order in which they were given. */
  given(): readonly string[];
  /** Once it was given so many. */
  givenAtLeast(count: number): Promise<void>;
  readonly child: Child;
}

/** Both end by themselves once they were given `count` records. */
export function startValueReaders(bootstrap: string, topic: string, count: number): readonly ValueReader[] {
  const place = ['--bootstrap-server', bootstrap, '--topic', topic, '--partition', '0', '--offset', 'earliest'];
  const form = ['--formatter-property', 'print.offset=true', '--formatter-property', 'key.separator= '];
  const client = ['--command-property', 'client.id=java'];
  const java = [...toolCommand(CONSOLE_CONSUMER), ...place, '--max-messages', String(count), ...form, ...client];
  return [reader('librdkafka', [python, SCRIPT, bootstrap, topic, String(count)]), reader('java', java)];
}

function reader(name: string, [command = '', ...parameters]: readonly string[]): ValueReader {
  const child = startChild(command, parameters, { directory: tmpdir() });
  // The console consumer writes `Offset:7`.
  const given = (): readonly string[] =>
    [...child.output().matchAll(/^(?:Offset:)?(\d+) (.*)$/gm)].map(
      ([, offset = '', value = '']) => `${offset} ${value}`,
    );
  return {
    name,
    child,
    given,
    async givenAtLeast(count) {
      await child.printed(new RegExp(`(?:^(?:Offset:)?\\d+ .*\\n[^]*?){${count}}`, 'm'));
    },
  };
}
