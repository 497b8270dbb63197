/**
 * Goal: what the documents say of the code is so. Method: tables are made from the code and compared (`npm run readme` writes
 * them); every file, link, command and flag that a document names exists.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { ACL_OPTIONS } from '../../src/cli/acl/acl';
import { CONSOLE_COMMANDS, flagsOfCommand } from '../../src/cli/console-commands';
import { NAMED_SETTINGS } from '../../src/config/settings';
import { namesOf } from '../../src/drills/expectation';
import { type DrillDeclaration, drillOf, isDrill } from '../../src/drills/drill-list';
import { TABLES, tablesIn, withTables } from './document-tables';
import { filesBelow, root } from './sources';

const documents = filesBelow('.', ['.md']);
const named = documents.map((document) => [document.path, document.text] as const);
const architecture = readFileSync(join(root, 'src', 'ARCHITECTURE.md'), 'utf8');

/** Prettier aligns tables; what counts is what the cells hold. */
const normalized = (text: string): string => text.replace(/ {2,}/g, ' ').replace(/-{3,}/g, '---');

test.each(named)('the tables of %s are those of the code', (path, text) => {
  const expected = withTables(text);
  if (process.env['SEAGLASS_TEST_WRITE'] === '1') writeFileSync(join(root, path), expected);
  else expect(normalized(text)).toBe(normalized(expected));
});

test('every table of the code stands in one document', () => {
  expect(documents.flatMap(({ text }) => tablesIn(text)).sort()).toEqual(Object.keys(TABLES).sort());
});

test.each(named)('every file that %s names exists', (path, text) => {
  const places = [...text.matchAll(/`((?:src|test|proto|otel|grafana|\.ci)\/[\w./-]+)`/g)].map((match) => match[1]);
  // The code map speaks of files below src without saying so each time, and a document of those beside it.
  const below = [...text.matchAll(/`((?:[a-z-]+\/)+[\w-]+\.(?:ts|proto|md|yml|yaml))`/g)].map((match) => match[1]);
  const missing = [...new Set([...places, ...below])].filter(
    (file) =>
      file !== undefined &&
      // Made by who runs the suites.
      file !== 'test/.cache' &&
      ![root, join(root, 'src'), join(root, dirname(path))].some((from) => existsSync(join(from, file))),
  );
  expect(missing).toEqual([]);
});

test.each(named)('every link of %s leads somewhere', (path, text) => {
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? '');
  const broken = links.filter((link) => {
    if (/^https?:/.test(link)) return false;
    const [file = '', anchor] = link.split('#');
    const target = file === '' ? path : normalize(join(dirname(path), file));
    if (!existsSync(join(root, target))) return true;
    return anchor !== undefined && !anchorsOf(readFileSync(join(root, target), 'utf8')).has(anchor);
  });
  expect(broken).toEqual([]);
});

test.each(named)('%s says nothing twice', (_path, text) => {
  // Stories of one kind end with the same list; what is no list item and this long is a paragraph or a row that stands there twice.
  const lines = text.split('\n').filter((line) => line.length > 60 && !/^( {4}|- |\| -)/.test(line));
  expect(lines.filter((line, index) => lines.indexOf(line) !== index)).toEqual([]);
});

/** As the common renderers of Markdown make them of headings. */
const anchorsOf = (text: string): ReadonlySet<string> =>
  new Set(
    [...text.matchAll(/^#+ +(.*)$/gm)].map((match) =>
      (match[1] ?? '')
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );

test('every document is linked from the README, or from one that is', () => {
  const reached = new Set<string>();
  const visit = (path: string): void => {
    if (reached.has(path) || !existsSync(join(root, path))) return;
    reached.add(path);
    const text = readFileSync(join(root, path), 'utf8');
    for (const [, link = ''] of text.matchAll(/\]\(([^)\s#]+\.md)(?:#[^)]*)?\)/g)) {
      if (!/^https?:/.test(link)) visit(normalize(join(dirname(path), link)));
    }
  };
  visit('README.md');
  expect(documents.map(({ path }) => path).filter((path) => !reached.has(path))).toEqual([]);
});

describe('commands', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const flags = new Set(NAMED_SETTINGS.map(({ flag }) => flag));
  const ownFlags = new Set([
    '--config',
    '--help',
    '--version',
    '--drills',
    '--console',
    '--for',
    '--topic',
    '--prometheus',
    '--client',
    '--group',
    '--stop',
    '--stay',
    '--token',
    '--users-file',
    '--mechanism',
    '--iterations',
  ]);
  for (const flag of CONSOLE_COMMANDS.flatMap(flagsOfCommand)) ownFlags.add(flag);
  for (const { long } of ACL_OPTIONS) ownFlags.add(long ?? '');
  const commands = ['serve', 'node', 'config', 'demo', 'acl', 'users', ...CONSOLE_COMMANDS.map(({ name }) => name)];

  test.each(named)('every npm script that %s shows is one', (_path, text) => {
    const shown = [...text.matchAll(/\bnpm (?:run (?:--silent )?)?([a-z:]+)/g)].map((match) => match[1] ?? '');
    const npmsOwn = ['ci', 'install', 'audit', 'run', 'package'];
    expect(shown.filter((name) => !npmsOwn.includes(name) && scripts[name] === undefined)).toEqual([]);
  });

  // In blocks of commands and in code within a sentence.
  const shownBy = (text: string, pattern: RegExp): readonly string[] =>
    [...text.matchAll(/^ {4}.*$|`[^`\n]+`/gm)].flatMap(([code]) =>
      [...code.matchAll(pattern)].map((match) => match[1] ?? ''),
    );

  test.each(named)('every command of seaglass that %s shows is one', (_path, text) => {
    expect(shownBy(text, /(?:^ {4}|`)seaglass ([a-z]+)/g).filter((name) => !commands.includes(name))).toEqual([]);
  });

  test.each(named)('every drill that %s shows is one', (_path, text) => {
    expect(shownBy(text, /seaglass drill ([a-z0-9]+(?:-[a-z0-9]+)*)/g).filter((name) => !isDrill(name))).toEqual([]);
  });

  test.each(named)('every flag of seaglass that %s shows is one', (_path, text) => {
    const calls = shownBy(text, /(?:seaglass|npm start --|dist\/main\.js)( .*)$/g);
    const shown = calls.flatMap((call) => call.match(/--[a-z][a-z-]*/g) ?? []);
    expect(shown.filter((flag) => !flags.has(flag) && !ownFlags.has(flag))).toEqual([]);
  });
});

/** Stories of the casebook, each a section with the command of its drill. */
const stories = readFileSync(join(root, 'otel', 'casebook.md'), 'utf8')
  .split(/^## /m)
  .flatMap((section) =>
    [...section.matchAll(/^ {4}seaglass drill ([\w-]+)/gm)]
      .slice(0, 1)
      .map(([, name = '']) => [section.split('\n')[0] ?? '', name, section] as const),
  )
  .filter(([title]) => !title.startsWith('# '));

test('the casebook has its stories', () => {
  expect(stories.map(([title, name]) => [name, title])).toEqual([
    ['hang-recv', 'Fetches come back empty for ever, at one offset, while the end moves on'],
    ['withhold-newest', 'A consumer stays one record short of the end'],
    ['null-answer', 'An empty answer comes as a null'],
    ['zero-end', 'An offset is answered with zero'],
    ['mid-batch-empty', 'An empty value is taken for a null'],
    ['drop-value', 'An offset is answered, and nothing is in it'],
    ['stale-session', "A reader is given its neighbour's records"],
  ]);
});

test.each(stories)('casebook: "%s" says what %s shows', (_title, name, section) => {
  if (!isDrill(name)) throw new Error(`no drill: ${name}`);
  const { expects }: DrillDeclaration = drillOf(name);
  if (expects === 'calm') throw new Error(`${name} shows nothing`);
  const { span, metric, console: row, incident, alert } = expects;
  const labels = Object.entries(metric.labels).map(([key, value]) => `${key}="${value}"`);
  const seen = [span, incident, alert].flatMap((each) => namesOf<string>(each));
  const due = [metric.name, ...labels, ...seen, ...('waits' in row ? [row.waits] : [])];
  expect(due.filter((word) => !section.includes(`\`${word}\``))).toEqual([]);
});

test('every folder of src has its place in the architecture', () => {
  const folders = new Set(filesBelow('src', ['.ts']).map((file) => file.path.split('/').slice(1, -1)[0] ?? ''));
  folders.delete('');
  expect([...folders].filter((folder) => !architecture.includes(`\`${folder}/\``))).toEqual([]);
});

test('every dependency has its reason in the architecture', () => {
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  expect(Object.keys(dependencies).filter((name) => !architecture.includes(name))).toEqual([]);
  // Exact versions: what was tested is what is installed.
  expect(Object.entries(dependencies).filter(([, version]) => !/^\d/.test(version))).toEqual([]);
});

test('the README is short enough to be read', () => {
  expect(readFileSync(join(root, 'README.md'), 'utf8').trimEnd().split('\n').length).toBeLessThanOrEqual(150);
});

test('the top level holds what it should, and nothing else', () => {
  const documentsThere = ['README.md', 'LICENSE', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md'];
  const files = ['package.json', 'package-lock.json', 'tsconfig.json', ...documentsThere];
  const folders = ['src', 'proto', 'otel', 'grafana', 'test'];
  expect(topLevel()).toEqual([...files, ...folders, '.gitignore', '.ci'].sort());
});

/** What belongs to the repository: not what git ignores, nor, where git can tell, what somebody keeps beside it. */
function topLevel(): readonly string[] {
  const there = readdirSync(root);
  const git = spawnSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' });
  if (git.status === 0 && git.stdout !== '') {
    const tracked = new Set(git.stdout.split('\n').map((path) => path.split('/')[0] ?? ''));
    return there.filter((name) => tracked.has(name)).sort();
  }
  const ignored = readFileSync(join(root, '.gitignore'), 'utf8').split('\n');
  return there.filter((name) => name !== '.git' && !ignored.includes(`${name}/`)).sort();
}
