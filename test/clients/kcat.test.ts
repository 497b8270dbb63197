/**
 * Goal: kcat (librdkafka, an older one than Python's) works as users type it. Method: its own command line; what it prints is
 * compared whole.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findProgram } from '../support/outside-program';
import { run } from './checks';
import { describeOnEngines } from './engines';

const kcat = findProgram('kcat', 'SEAGLASS_TEST_KCAT');
const TIMEOUT_MS = 180_000;

describeOnEngines('kcat', [{ what: 'kcat (SEAGLASS_TEST_KCAT or PATH)', found: kcat !== undefined }], (engine) => {
  const directory = mkdtempSync(join(tmpdir(), 'seaglass-kcat-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  const call = (...parameters: readonly string[]): Promise<string> =>
    run(kcat ?? 'kcat', ['-b', engine.bootstrap, '-m', '20', ...parameters], 50_000);
  const produce = (topic: string, lines: readonly string[], ...parameters: readonly string[]): Promise<string> => {
    const file = join(directory, `${topic}.txt`);
    writeFileSync(file, lines.map((line) => `${line}\n`).join(''));
    return call('-P', '-t', topic, '-p', '0', '-l', ...parameters, file);
  };
  const consume = (topic: string, ...parameters: readonly string[]): Promise<string> =>
    call('-C', '-q', '-e', '-t', topic, '-p', '0', ...parameters);

  test.each(
    ['none', 'gzip', 'snappy', 'lz4', 'zstd'].flatMap((codec) => ['all', '1', '0'].map((acks) => [codec, acks])),
  )(
    'what was produced with %s and acks=%s is consumed from the beginning',
    async (codec, acks) => {
      const topic = `kcat-${codec}-${acks}`;
      const lines = Array.from({ length: 200 }, (_, index) => `line ${index} ${'x'.repeat(50)}`);
      expect(await produce(topic, lines, '-z', codec, '-X', `acks=${acks}`)).not.toContain('ERROR');
      // With acks=0 the producer has left before its records are in: the consumer waits for the last of them.
      const read = await consume(topic, '-o', 'beginning', ...(acks === '0' ? ['-c', '200'] : []), '-f', '%o %s\n');
      expect(read).toBe(lines.map((line, offset) => `${offset} ${line}\n`).join(''));
    },
    TIMEOUT_MS,
  );

  test(
    'an offset, the last records, and a timestamp are places to begin at',
    async () => {
      const topic = 'kcat-places';
      const lines = Array.from({ length: 20 }, (_, index) => `${index}`);
      await produce(topic, lines, '-X', 'enable.idempotence=true');
      expect(await consume(topic, '-o', '17', '-f', '%o:%s ')).toBe('17:17 18:18 19:19 ');
      expect(await consume(topic, '-o', '-2', '-f', '%o:%s ')).toBe('18:18 19:19 ');
      expect(await consume(topic, '-o', 'end', '-f', '%o:%s ')).toBe('');
      const stamps = (await consume(topic, '-o', 'beginning', '-f', '%T\n')).trim().split('\n').map(Number);
      const last = stamps.at(-1) ?? 0;
      const first = stamps.indexOf(last);
      expect(await consume(topic, '-o', `s@${last}`, '-c', '1', '-f', '%o')).toBe(`${first}`);
      expect(await call('-Q', '-t', `${topic}:0:${last}`)).toContain(`${topic} [0] offset ${first}`);
    },
    TIMEOUT_MS,
  );

  test(
    'keys, headers, nulls and empties come back',
    async () => {
      const topic = 'kcat-forms';
      await produce(topic, ['key:value', ':empty key', 'null value:', 'k:with: colon'], '-K', ':', '-Z', '-H', 'a=1');
      await produce(topic, ['no key'], '-H', 'a=1', '-H', 'a=2');
      const format = '%o|%K|%k|%S|%s|%h\n';
      expect((await consume(topic, '-o', 'beginning', '-f', format)).trimEnd().split('\n')).toEqual([
        '0|3|key|5|value|a=1',
        '1|-1||9|empty key|a=1',
        '2|10|null value|-1||a=1',
        '3|1|k|11|with: colon|a=1',
        '4|-1||6|no key|a=1,a=2',
      ]);
    },
    TIMEOUT_MS,
  );

  test(
    'the commands of the README print the lines that it says',
    async () => {
      const readme = readFileSync(join(__dirname, '..', '..', 'README.md'), 'utf8');
      const commands = readme.split('\n').filter((line) => /^ {4}.*\bkcat\b/.test(line));
      expect(commands).toHaveLength(2);
      const here = commands.map((line) => line.replaceAll('127.0.0.1:9092', engine.bootstrap));
      const program = dirname(kcat ?? '');
      const script = [`export PATH="${program}:$PATH"`, ...here].join('\n');
      expect(await run('sh', ['-ec', script], 50_000)).toMatch(/^hello\nworld$/m);
    },
    TIMEOUT_MS,
  );

  test(
    'the metadata listing names this broker and the topics',
    async () => {
      await produce('kcat-listed', ['x']);
      const listing = JSON.parse(
        execFileSync(kcat ?? 'kcat', ['-b', engine.bootstrap, '-L', '-J', '-m', '20'], { encoding: 'utf8' }),
      ) as { brokers: { name: string }[]; topics: { topic: string; partitions: unknown[] }[] };
      expect(listing.brokers.map((broker) => broker.name)).toEqual([engine.bootstrap]);
      expect(listing.topics.find((topic) => topic.topic === 'kcat-listed')?.partitions).toHaveLength(1);
    },
    TIMEOUT_MS,
  );
});
