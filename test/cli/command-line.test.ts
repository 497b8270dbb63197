/**
 * Goal: the command says what it does and refuses what it cannot. Method: dist/main.js in a child process, as users run it.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NAMED_SETTINGS } from '../../src/config/settings';
import { version } from '../../src/cli/version';
import { startMain } from '../support/gateway-process';

const directory = mkdtempSync(join(tmpdir(), 'seaglass-cli-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function main(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<{ code: number | undefined; output: string }> {
  const child = startMain(args, environment);
  await child.closed;
  return { code: child.exitCode, output: child.output() };
}

test('--version prints the version', async () => {
  expect(await main(['--version'])).toEqual({ code: 0, output: `${version}\n` });
});

test('--help names the commands, and serve --help every setting', async () => {
  const help = await main(['--help']);
  expect(help.code).toBe(0);
  for (const command of ['serve', 'node', 'config']) expect(help.output).toContain(command);
  const settings = await main(['serve', '--help']);
  expect(settings.code).toBe(0);
  expect(NAMED_SETTINGS.filter((named) => !settings.output.includes(`${named.flag} <value>`))).toEqual([]);
});

test('config prints every setting with where its value came from', async () => {
  const file = join(directory, 'seaglass.yaml');
  writeFileSync(file, 'console:\n  listen: 127.0.0.1:7777\n');
  const { code, output } = await main(['config', '--listen', '127.0.0.1:5555', '--config', file], {
    SEAGLASS_LOG_LEVEL: 'debug',
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=canary',
  });
  expect(code).toBe(0);
  const rows = output.split('\n').map((line) => line.split(/ {2,}/).map((cell) => cell.trim()));
  expect(rows).toContainEqual(['listen', '127.0.0.1:5555', '--listen']);
  expect(rows).toContainEqual(['console.listen', '127.0.0.1:7777', `file ${file}`]);
  expect(rows).toContainEqual(['log.level', 'debug', 'environment SEAGLASS_LOG_LEVEL']);
  expect(rows).toContainEqual(['data', './data', 'default']);
  expect(output).toContain('OTEL_EXPORTER_OTLP_HEADERS');
  expect(output).not.toContain('canary');
  for (const { key } of NAMED_SETTINGS) expect(rows.map(([name]) => name)).toContain(key);
});

test.each([
  [
    ['config', '--engine', 'kafka'],
    ['engine', '"kafka"', 'embedded, seaweedmq'],
  ],
  [
    ['--limits-connections-max', 'many'],
    ['limits.connections-max', '"many"', 'a whole number'],
  ],
  [
    ['serve', '--lisen', 'x:1'],
    ['--lisen', '"x:1"', 'did you mean --listen?', '--console-listen'],
  ],
  [['serve', 'everything'], ['too many arguments']],
  [
    ['serve', '--config', '/nowhere/absent.yaml'],
    ['/nowhere/absent.yaml', 'cannot be read'],
  ],
  [['serve', '--listen', '0.0.0.0:0'], ['advertised is needed']],
  [['serve', '--engine', 'seaweedmq'], ['needs brokers']],
  ...['serve', 'node'].map((command): [string[], string[]] => [
    [command, '--kafka-topic-defaults', 'retention.ms=1e3'],
    [
      'kafka.topic-defaults.retention.ms: "1e3" (from --kafka-topic-defaults)',
      'a whole number from -1 to 9223372036854775807',
    ],
  ]),
])('%j is refused with exit code 2, in words and without a stack', async (args, words) => {
  const { code, output } = await main(args);
  for (const word of words) expect(output).toContain(word);
  expect(output).not.toMatch(/^\s+at /m);
  expect(code).toBe(2);
});

test('an unknown SEAGLASS_ variable is refused', async () => {
  const { code, output } = await main(['config'], { SEAGLASS_ENGIN: 'embedded' });
  expect(code).toBe(2);
  expect(output).toContain('SEAGLASS_ENGIN: "embedded"');
});
