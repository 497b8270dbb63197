/**
 * Goal: a text is read as Apache Kafka reads it. Method: the same texts, among them every bound and every form that Java's numbers have, as
 * Kafka 4.3.1 answered them (kafka-reads.txt, written by ReadSettings.java): what is described, or the words of the refusal.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidSetting } from '../../src/topic-settings/refusal';
import { validateTopicConfigs } from '../../src/topic-settings/validate';

const recorded = readFileSync(join(__dirname, 'kafka-reads.txt'), 'utf8').trimEnd().split('\n');

function ourAnswer(name: string, text: string): string {
  try {
    return `=${validateTopicConfigs([[name, text]], new Map()).get(name)}`;
  } catch (error) {
    if (error instanceof InvalidSetting) return `!${error.message}`;
    throw error;
  }
}

test('each text is taken for the same value as Kafka takes it for, or refused in the same words', () => {
  expect(recorded.length).toBeGreaterThan(700);
  const ours = recorded.map((line) => {
    const [name = '', literal = '""'] = line.split('\t');
    return [name, literal, ourAnswer(name, JSON.parse(literal) as string)].join('\t');
  });
  expect(ours).toEqual(recorded);
});
