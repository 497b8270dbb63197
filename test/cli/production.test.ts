/**
 * Goal: who follows "from loopback to production" gets what the page says. Method: its own commands, one after the other in one shell, against the
 * gateway that they start; Kafka's tools, openssl and curl are real. Each block must end well and print the lines shown below it, in their order.
 */
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { javaNeeds, toolCommand } from '../clients/java';
import { type Child, startChild } from '../support/child';
import { describeWhere, findProgram } from '../support/outside-program';
import { freePorts } from '../support/weed';

const root = join(__dirname, '..', '..');
const TOOLS = {
  'kafka-configs.sh': 'kafka.admin.ConfigCommand',
  'kafka-console-producer.sh': 'org.apache.kafka.tools.ConsoleProducer',
  'kafka-console-consumer.sh': 'org.apache.kafka.tools.consumer.ConsoleConsumer',
};
const TIMEOUT_MS = 300_000;

interface Block {
  /** The heading that it stands below. */
  readonly step: string;
  readonly commands: string;
  /** Lines that come out. */
  readonly shown: readonly string[];
}

/** Blocks of commands, each with the block of output that follows it. */
function blocksOf(page: string): readonly Block[] {
  return page.split(/^#+ /m).flatMap((section) => {
    const step = section.split('\n', 1)[0] ?? '';
    const found = section.matchAll(/^```sh\n(.*?)^```$(?:\n\n^```text\n(.*?)^```$)?/gms);
    return [...found].map(([, commands = '', shown = '']) => ({ step, commands, shown: linesOf(shown) }));
  });
}

const linesOf = (text: string): readonly string[] => text.split('\n').filter((line) => line !== '');
const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;
const END = '=== end of block';
const END_OF_PAGE = '=== end of page';

const needs = [
  ...['bash', 'openssl', 'curl'].map((what) => ({
    what,
    found: findProgram(what, `SEAGLASS_TEST_${what.toUpperCase()}`) !== undefined,
  })),
  ...javaNeeds,
];
const missing = needs.filter(({ found }) => !found).map(({ what }) => what);

describeWhere(missing.length === 0, `from loopback to production needs ${missing.join(', ')}`)(
  'from loopback to production',
  () => {
    const blocks = blocksOf(readFileSync(join(root, 'src', 'config', 'production.md'), 'utf8'));
    const home = mkdtempSync(join(tmpdir(), 'seaglass-production-'));
    const place = join(home, 'place');
    let shell: Child | undefined;
    /** What each block printed, and its exit code. */
    let came: readonly { readonly text: string; readonly exitCode: number }[] = [];

    beforeAll(async () => {
      mkdirSync(place);
      const bin = programs(join(home, 'bin'));
      const script = blocks.map(({ commands }) => `${commands}echo "${END} $?"\n`).join('');
      writeFileSync(join(home, 'page.sh'), `exec 2>&1\n${script}echo "${END_OF_PAGE}"\n`);
      const [kafkaPort = 0, consolePort = 0] = await freePorts(2);
      let output = '';
      shell = startChild('bash', [join(home, 'page.sh')], {
        directory: place,
        environment: {
          PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}`,
          ...{ HOST: 'localhost', KAFKA_PORT: String(kafkaPort), CONSOLE_PORT: String(consolePort) },
        },
        onOutput: (text) => (output += text.toString()),
      });
      await shell.printed(new RegExp(`^${END_OF_PAGE}$`, 'm'), TIMEOUT_MS - 10_000);
      came = [...output.matchAll(new RegExp(`(.*?)^${END} (\\d+)\n`, 'gms'))].map(([, text = '', code]) => ({
        ...{ text, exitCode: Number(code) },
      }));
    }, TIMEOUT_MS);
    afterAll(() => {
      endAll(shell);
      rmSync(home, { recursive: true, force: true });
    });

    test('the page has its steps', () => {
      const steps = new Set(blocks.map(({ step }) => step.slice(0, 1)));
      expect([...steps].join('')).toBe('F12345679I');
    });

    test.each(blocks.map(({ step, shown }, index) => [index, step, shown] as const))(
      'block %i, %s',
      (index, _step, shown) => {
        const { text = '', exitCode } = came[index] ?? {};
        expect(missingLine(text, shown)).toBeUndefined();
        expect(exitCode).toBe(0);
      },
    );

    test('no password and no token is in what the gateway wrote, and what holds one is its owner’s', () => {
      const secrets = readdirSync(place).filter((name) => /password$|token$/.test(name));
      expect(secrets).toHaveLength(4);
      const written = ['gateway.log', 'audit.jsonl'].map((name) => readFileSync(join(place, name), 'utf8')).join('');
      for (const name of secrets) expect(written).not.toContain(readFileSync(join(place, name), 'utf8').trim());
      const open = readdirSync(place).filter((name) => (statSync(join(place, name)).mode & 0o077) !== 0);
      expect(open).toEqual([]);
    });
  },
);

/** A directory with the programs that an installation brings. */
function programs(directory: string): string {
  mkdirSync(directory);
  const commands: [string, readonly string[]][] = [
    ['seaglass', [process.execPath, join(root, 'dist', 'main.js')]],
    ...Object.entries(TOOLS).map(([name, main]): [string, readonly string[]] => [name, toolCommand(main)]),
  ];
  for (const [name, command] of commands) {
    const path = join(directory, name);
    writeFileSync(path, `#!/bin/sh\nexec ${command.map(quoted).join(' ')} "$@"\n`);
    chmodSync(path, 0o755);
  }
  return directory;
}

/** The first line that is not there behind those before it, with what came; undefined where all are. `…` stands for anything. */
function missingLine(text: string, shown: readonly string[]): string | undefined {
  const lines = text.split('\n');
  let from = 0;
  for (const line of shown) {
    const parts = line.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
    const pattern = new RegExp(`^${parts.join('.*')}$`);
    const at = lines.findIndex((each, index) => index >= from && pattern.test(each));
    if (at < 0) return `${line}\nis not in\n${text}`;
    from = at + 1;
  }
  return undefined;
}

/** The shell and what it started: they are one group of processes. */
function endAll(shell: Child | undefined): void {
  if (shell === undefined || shell.pid < 0) return;
  try {
    process.kill(-shell.pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
