/** Java programs of the client suites: the JDK, the jars (see java/*.xml) and the class path they make. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from '../support/outside-program';
import { run } from './checks';
import type { Need } from './engines';

const java = findProgram('java', 'SEAGLASS_TEST_JAVA');
const javac = findProgram('javac', 'SEAGLASS_TEST_JAVAC');
/** Holds `clients/` and `tools/`, as .ci/run fetches them. */
const jars = process.env['SEAGLASS_TEST_KAFKA_JARS'] ?? join(__dirname, '..', '.cache', 'kafka-jars');

export const javaNeeds: readonly Need[] = [
  {
    what: 'a JDK (java and javac on PATH, or SEAGLASS_TEST_JAVA and SEAGLASS_TEST_JAVAC)',
    found: java !== undefined && javac !== undefined,
  },
  {
    what: "Kafka's jars (SEAGLASS_TEST_KAFKA_JARS with clients/ and tools/)",
    found: existsSync(join(jars, 'clients')) && existsSync(join(jars, 'tools')),
  },
];

// Short programs: the second compiler and a large heap cost more than they bring.
const JVM = [
  '-XX:TieredStopAtLevel=1',
  '-XX:+UseSerialGC',
  '-Xshare:auto',
  '-Xmx256m',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=error',
];

/** Kafka Streams, which brings the client library that it was released with. */
export const streamsNeed: Need = {
  what: "Kafka Streams' jars (SEAGLASS_TEST_KAFKA_JARS with streams/)",
  found: existsSync(join(jars, 'streams')),
};

/** Compiles a program of `directory`, with what it uses from there, against the newest client library or another set of jars. */
export function compile(
  source: string,
  directory = join(__dirname, 'java'),
  set: 'clients' | 'streams' | 'tools' = 'clients',
): { readonly parameters: readonly string[]; remove(): void } {
  const classes = mkdtempSync(join(tmpdir(), 'seaglass-java-'));
  const classPath = join(jars, set, '*');
  execFileSync(javac ?? 'javac', [
    '-nowarn',
    '-cp',
    classPath,
    '-sourcepath',
    directory,
    '-d',
    classes,
    join(directory, `${source}.java`),
  ]);
  return {
    parameters: [...JVM, '-cp', `${classes}:${classPath}`, source],
    remove: () => rmSync(classes, { recursive: true, force: true }),
  };
}

export const javaCommand = java ?? 'java';

/** One of Kafka's console tools, as a command that takes its parameters. */
export const toolCommand = (main: string): readonly string[] => [
  javaCommand,
  ...JVM,
  '-cp',
  join(jars, 'tools', '*'),
  main,
];

/** Runs one of Kafka's console tools, `input` (a file) on its standard input, and resolves with everything it printed. */
export function tool(main: string, parameters: readonly string[], input = '/dev/null'): Promise<string> {
  const command = [...toolCommand(main), ...parameters];
  return run('sh', ['-c', 'input=$1; shift; exec "$@" <"$input"', 'sh', input, ...command]);
}
