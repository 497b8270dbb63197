/**
 * Goal: doctor says what is right and what to do about what is not, top shows what waits, set changes what may be changed, bundle holds what
 * a report needs and no secret. Method: the built commands against a built gateway with an embedded node; tar and a terminal of the system.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeBatch } from '../../src/protocol/encode-batch';
import { awaitTopic, createTopic } from '../e2e/support';
import { makeCanary } from '../support/canary';
import { startChild } from '../support/child';
import { type GatewayProcess, startGatewayProcess, startMain } from '../support/gateway-process';
import { freePorts } from '../support/weed';
import { KafkaClient } from '../support/kafka-client';

const MAIN = join(__dirname, '..', '..', 'dist', 'main.js');
const content = makeCanary('content');
const secret = makeCanary('secret');
const directory = mkdtempSync(join(tmpdir(), 'seaglass-look-'));
let gateway: GatewayProcess;
let kafka: KafkaClient;

beforeAll(async () => {
  const [port = 0] = await freePorts(1);
  gateway = await startGatewayProcess({
    environment: {
      SEAGLASS_CONSOLE_TOKEN: secret.text,
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://user:${secret.text}@127.0.0.1:${port}`,
      OTEL_EXPORTER_OTLP_HEADERS: `authorization=${secret.text}`,
    },
  });
  kafka = await connect();
});
const connect = (): Promise<KafkaClient> => KafkaClient.connect(Number(gateway.bootstrap.split(':')[1]), 'look-svc');
const ending: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const end of ending) await end();
  await kafka.close();
  await gateway.stop();
  rmSync(directory, { recursive: true, force: true });
});

/** The token is in a file: whoever lists processes sees no secret. */
const tokenFile = join(directory, 'token');
writeFileSync(tokenFile, `${secret.text}\n`, { mode: 0o600 });
const asked = (args: readonly string[]): readonly string[] => [
  ...args,
  ...['--console', gateway.console, '--token-file', tokenFile],
];

async function seaglass(...args: readonly string[]): Promise<{ code: number | undefined; output: string }> {
  const child = startMain(asked(args));
  await child.closed;
  return { code: child.exitCode, output: child.output() };
}

test('doctor looks at each thing in one line, fails what fails with a fix, and removes its topic', async () => {
  expect(await createTopic(kafka, '_schemas', { 'cleanup.policy': 'compact' })).toBe(0);
  const record = { timestamp: Date.now(), key: Buffer.from('k'), value: Buffer.from('v') };
  await kafka.produce('_schemas', encodeBatch([record, record]));
  const { code, output } = await seaglass('doctor');
  process.stdout.write(`${output}\n`);
  for (const line of [
    /^ok {4}console /m,
    /^ok {4}clock skew +the gateway's clock is \d+ ms/m,
    /^ok {4}engine +embedded serves/m,
    /^(ok|warn|FAIL) +disk +\S+ .*are free at/m,
    /^(ok|warn) +open files +\d+ of \d+/m,
    /^(ok|warn) +memory /m,
    /^FAIL {2}OTLP receiver +http:\/\/127\.0\.0\.1:\d+\/v1\/traces: connect ECONNREFUSED/m,
    /^ {6}fix: +start the receiver/m,
    /^ok {4}address PLAINTEXT +127\.0\.0\.1:\d+ speaks Kafka by PLAINTEXT \(\d+ APIs\)/m,
    /^ok {4}ApiVersions overlap +\d+ connections speak/m,
    /^ok {4}probe record +4096 bytes, key and headers came back byte for byte/m,
    /^ok {4}_schemas +2 records, readable from 0 to the end at 2; cleanup\.policy compact/m,
    /^(ok|warn) +phase publish\.ack +[\d.]+ ms in the mean of \d+/m,
  ])
    expect(output).toMatch(line);
  expect(code).toBe(1);
  expect(secret.found({ output })).toEqual([]);
  const topics = await (
    await fetch(`${gateway.console}/api/topics`, { headers: { authorization: `Bearer ${secret.text}` } })
  ).text();
  expect(topics).toContain('_schemas');
  expect(topics).not.toContain('seaglass-doctor');
});

test('top shows what waits, once into a pipe, and over itself on a terminal until q', async () => {
  await awaitTopic(kafka, 'orders');
  const reader = await connect();
  const waiting = reader.fetch('orders', 0, { maxWaitMs: 60_000 }).catch(() => undefined);
  const once = await seaglass('top', '--once');
  process.stdout.write(`${once.output}\n`);
  expect(once.code).toBe(0);
  expect(once.output).toMatch(/^seaglass \S+ at http/m);
  expect(once.output).toMatch(/^serving for /m);
  expect(once.output).toMatch(/idle +nothing new to read.* look-svc /);
  const command = [process.execPath, MAIN, ...asked(['top', '--every', '200ms'])].map((each) => `'${each}'`).join(' ');
  const terminal = startChild('script', ['-qfec', command, '/dev/null'], { directory: tmpdir(), input: true });
  // Entered the other screen, and drew at least twice from its upper left corner.
  ending.push(() => terminal.kill());
  await terminal.printed(/\u001b\[\?1049h[^]*\u001b\[Hseaglass[^]*\u001b\[Hseaglass/);
  terminal.write('q');
  await terminal.printed(/\u001b\[\?1049l/);
  await terminal.closed;
  expect(terminal.exitCode).toBe(0);
  await reader.close();
  await waiting;
}, 180_000);

test('the log level and the trace mode change while it runs, by POST alone', async () => {
  const set = await seaglass('set', 'log-level', 'debug', '--for', '10m');
  expect(set.output).toMatch(/^log\.level +debug +\(started with info\) +until 20/m);
  expect((await seaglass('set', 'trace', 'none')).output).toMatch(/^trace +off +\(started with default\)/m);
  await gateway.child.printed(
    /settings\.changed.*trace is off now and was default \(.*127\.0\.0\.1|trace is off now and was default \(.*127\.0\.0\.1/,
  );
  expect(await seaglass('set', 'log-level', 'loud')).toMatchObject({ code: 1 });
  expect(await seaglass('set', 'fsync', 'always')).toMatchObject({ code: 2 });
  const headers = { authorization: `Bearer ${secret.text}` };
  const got = await fetch(`${gateway.console}/api/runtime?key=trace&value=all`, { headers });
  expect(await got.text()).toContain('"value":"off"');
  const form = await fetch(`${gateway.console}/api/runtime`, { method: 'POST', headers, body: 'key=trace&value=all' });
  expect(form.status).toBe(415);
  const unknown = await fetch(`${gateway.console}/api/runtime`, {
    headers: { authorization: 'Bearer wrong-wrong-wrong' },
  });
  expect(unknown.status).toBe(401);
  expect((await seaglass('set', 'trace', 'default')).output).toMatch(/^trace +default$/m);
});

test('a bundle holds what a report needs, and neither secrets nor content', async () => {
  const record = {
    timestamp: 1,
    key: content.bytes,
    value: content.bytes,
    headers: [{ key: 'h', value: content.bytes }],
  };
  await awaitTopic(kafka, 'held');
  await kafka.produce('held', encodeBatch([record]));
  // Asked again and again it is stuck: what the connection carried is frozen.
  for (let times = 0; times < 10; times++) await kafka.fetch('held', 0);
  const headers = { authorization: `Bearer ${secret.text}` };
  const recordings = async (): Promise<string> =>
    (await fetch(`${gateway.console}/api/recordings`, { headers })).text();
  while (!(await recordings()).includes('stuck_offset')) await kafka.fetch('held', 0);
  const file = join(directory, 'report.tar.gz');
  const { code, output } = await seaglass('bundle', file);
  process.stdout.write(output);
  expect(code).toBe(0);
  execFileSync('tar', ['-xzf', file, '-C', directory]);
  const [folder = ''] = readdirSync(directory).filter((name) => name.startsWith('seaglass-'));
  const bytes = Object.fromEntries(
    readdirSync(join(directory, folder)).map((name) => [name, readFileSync(join(directory, folder, name))]),
  );
  const files = Object.fromEntries(Object.entries(bytes).map(([name, content]) => [name, content.toString('utf8')]));
  expect(Object.keys(files).sort()).toEqual(
    expect.arrayContaining([
      'config.json',
      'incidents.json',
      'inflight.txt',
      'log.jsonl',
      'metrics.txt',
      'verdicts.json',
      'versions.json',
    ]),
  );
  expect(files['config.json']).toContain('console.token');
  expect(files['metrics.txt']).toContain('seaglass_request_duration_seconds');
  expect(files['log.jsonl']).toContain('gateway.ready');
  expect(files['explained.txt']).toBeDefined();
  expect(JSON.parse(files['verdicts.json'] ?? '')).toMatchObject({ verdicts: [] });
  const listed = JSON.parse(files['recordings.json'] ?? '') as {
    recordings: readonly { id: number; reason: string }[];
  };
  const { id } = listed.recordings.find(({ reason }) => reason === 'stuck_offset') ?? { id: 0 };
  const capture = bytes[`recording-${id}.pcapng`];
  expect(capture?.readUInt32BE(0)).toBe(0x0a0d0d0a);
  // The fetches are in it, and their answers without the record.
  expect(capture?.includes('held')).toBe(true);
  expect(Object.keys(files).filter((name) => name.endsWith('.pcapng'))).toHaveLength(listed.recordings.length);
  expect(secret.found(bytes)).toEqual([]);
  expect(content.found(bytes)).toEqual([]);
  expect(Object.values(files).filter((text) => text.includes('was not answered'))).toEqual([]);
});

test('the token comes from the environment too; without it, or with a wrong one, it is said what is missing', async () => {
  const once = async (environment: Record<string, string>): Promise<string> => {
    const child = startMain(['set', '--console', gateway.console], environment);
    await child.closed;
    return `${String(child.exitCode)} ${child.output()}`;
  };
  expect(await once({ SEAGLASS_CONSOLE_TOKEN: secret.text })).toMatch(/^0 log\.level/);
  expect(await once({})).toMatch(
    /^1 .*wants a token .*, and none was given: --token-file FILE, SEAGLASS_CONSOLE_TOKEN/,
  );
  expect(await once({ SEAGLASS_CONSOLE_TOKEN: 'another-token-01234' })).toMatch(/^1 .*what was given is not right/);
});
