/**
 * Goal: what linters cannot hold: each ban names its replacement. Method: the sources are read as text, comments removed.
 */
import { filesBelow, hits, isGenerated, type SourceFile, withoutComments } from './sources';

const code: readonly SourceFile[] = filesBelow('src', ['.ts'])
  .filter((file) => !isGenerated(file.path))
  .map((file) => ({ path: file.path, text: withoutComments(file.text) }));
const except = (...paths: readonly RegExp[]): readonly SourceFile[] =>
  code.filter((file) => !paths.some((path) => path.test(file.path)));

// A log file of the engine is checked and parsed as a whole, and a capture is handed out as one; the generator runs at development time.
const CAPTURE = /^src\/server\/flight-recorder\/capture-file\.ts$/;
// What it reads there it wrote itself.
const RING = /^src\/server\/flight-recorder\/frame-ring\.ts$/;
const WHOLE_FILES = [/^src\/engine\/seaweedmq\/log\/log-files\.ts$/, /^src\/protocol\/generate/, CAPTURE];

test.each([
  ['the time is asked of a Clock', /\bDate\.now\s*\(|\bnew Date\(\)|\bperformance\.now\s*\(/, [/^src\/clock\.ts$/]],
  ['timers are set by a Clock', /\bset(Timeout|Interval)\s*\(/, [/^src\/clock\.ts$/]],
  ['randomness is asked of a Random', /\brandom(UUID|Bytes|Int|FillSync)\b|Math\.random/, [/^src\/random\.ts$/]],
  ['waits are not sleeps', /timers\/promises|scheduler\.wait/, []],
  ['only config reads the environment', /process\.env\b/, [/^src\/config\.ts$/]],
  ['chunks are passed on, not concatenated', /Buffer\.concat\b/, WHOLE_FILES],
  ['wire integers are read with the Reader', /\.read(U?Int(8|16|32)|Big(U?)Int64)(BE|LE)?\(/, [CAPTURE, RING]],
  ['lines are written by the Logger', /\bconsole\.(log|error|warn|info|debug)\(/, []],
  ['a null is handled, not asserted away', /\w!\.|\w!;|\)!\./, []],
  ['there is no any', /:\s*any\b|\bas any\b|<any>/, []],
  ['sets of names are unions or const objects', /^\s*(export\s+)?(declare\s+)?(const\s+)?enum\s/, []],
  ['rules are obeyed, not switched off', /eslint-disable|@ts-ignore|@ts-expect-error|@ts-nocheck/, []],
])('%s', (_claim, pattern, allowed) => {
  expect(hits(except(...allowed), pattern)).toEqual([]);
});

test('nothing is caught to be ignored: a catch that does nothing says why', () => {
  const empty = filesBelow('src', ['.ts']).flatMap(({ path, text }) =>
    [...text.matchAll(/catch\s*(\([^)]*\))?\s*\{\s*\}/g)].map((match) => `${path}: ${match[0]}`),
  );
  expect(empty).toEqual([]);
});

test('no work is left for later in words', () => {
  const all = [...filesBelow('src', ['.ts']), ...filesBelow('test', ['.ts', '.cjs', '.mjs', '.py', '.java'])];
  const word = new RegExp(`\\b(${['TO', 'DO'].join('')}|${['FIX', 'ME'].join('')}|${['XX', 'X'].join('')})\\b`);
  expect(hits(all, word)).toEqual([]);
});

test('a file holds one thing: none is past 400 lines', () => {
  const long = filesBelow('src', ['.ts'])
    .filter((file) => !isGenerated(file.path))
    .map((file) => ({ path: file.path, lines: file.text.trimEnd().split('\n').length }))
    .filter((file) => file.lines > 400);
  expect(long).toEqual([]);
});

test('every file says first what it is for', () => {
  const silent = filesBelow('src', ['.ts'])
    .filter((file) => !isGenerated(file.path))
    .filter((file) => !/^(#![^\n]*\n)?(\/\*\*|\/\/)/.test(file.text))
    .map((file) => file.path);
  expect(silent).toEqual([]);
});

test('no file names a package registry or a path of one machine', () => {
  const everything = [
    ...filesBelow('.', [
      '.json',
      '.md',
      '.ts',
      '.cjs',
      '.mjs',
      '.yaml',
      '.yml',
      '.proto',
      '.py',
      '.java',
      '.xml',
      '.sh',
    ]),
    ...filesBelow('.ci', ['run']),
  ].filter((file) => file.path !== 'package-lock.json' && file.path !== 'test/tidy/bans.test.ts');
  const registries = /registry\.npmjs\.org|pypi\.org|files\.pythonhosted|repo1?\.maven\.(apache\.)?org|proxy\.golang/;
  const machine = /(^|[\s"'`=:(])\/(root|home|work|Users)\/[\w.]/;
  expect(hits(everything, registries)).toEqual([]);
  expect(hits(everything, machine)).toEqual([]);
});
