/**
 * Copies the facts of the messages in `schema/` from a newer Kafka: `npm run generate:schema -- <folder or kafka-clients jar>`. The source
 * holds Kafka's `common/message/*.json`; comments and prose are left out, facts are kept as they are. A name behind the source adds
 * that API (`-- kafka-clients.jar DeleteGroups`).
 */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readJar } from './generator/jar';

const FOLDER_IN_JAR = 'common/message/';
/** Prose and notes; everything else is a fact. */
const LEFT_OUT: ReadonlySet<string> = new Set(['about', 'deprecatedVersionsAbout']);

/** Files of the source by their name without folder. */
function readSource(source: string): Map<string, string> {
  if (!statSync(source).isDirectory()) return readJar(readFileSync(source), FOLDER_IN_JAR);
  const files = readdirSync(source).filter((file) => file.endsWith('.json'));
  return new Map(files.map((file) => [file, readFileSync(join(source, file), 'utf8')]));
}

/** The facts of a message, formatted as `schema/` keeps them. Kafka's files have lines of comment in front and between. */
export function factsOf(text: string): string {
  const json = text.replace(/^\s*\/\/.*$/gm, '');
  const facts: unknown = JSON.parse(json, (key, value: unknown) => (LEFT_OUT.has(key) ? undefined : value));
  return `${JSON.stringify(facts, null, 1)}\n`;
}

function main(source: string | undefined, added: readonly string[]): void {
  if (source === undefined) throw new Error('expected a folder of messages or a kafka-clients jar');
  const schema = resolve('src/protocol/schema');
  const files = readSource(resolve(source));
  const wanted = new Set(readdirSync(schema).filter((file) => file.endsWith('.json')));
  for (const api of added) for (const side of ['Request', 'Response']) wanted.add(`${api}${side}.json`);
  for (const file of wanted) {
    const text = files.get(file);
    if (text === undefined) throw new Error(`expected ${file} in ${source}`);
    writeFileSync(join(schema, file), factsOf(text));
  }
}

if (require.main === module) main(process.argv[2], process.argv.slice(3));
