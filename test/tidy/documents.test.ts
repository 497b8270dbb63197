/**
 * Goal: what the documents say of the code is so. Method: the README's tables are made from the code and compared
 * (`npm run readme` writes them); every file that the documents name exists.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesBelow, root } from './sources';
import { withTables } from './readme-tables';

const readmePath = join(root, 'README.md');

/** Prettier aligns tables; what counts is what the cells hold. */
const normalized = (text: string): string => text.replace(/ {2,}/g, ' ').replace(/-{3,}/g, '---');

test('the tables of the README are those of the code', () => {
  const readme = readFileSync(readmePath, 'utf8');
  const expected = withTables(readme);
  if (process.env['SEAGLASS_TEST_WRITE'] === '1') writeFileSync(readmePath, expected);
  else expect(normalized(readme)).toBe(normalized(expected));
});

test.each(['README.md', 'src/ARCHITECTURE.md'])('every file that %s names exists', (document) => {
  const text = readFileSync(join(root, document), 'utf8');
  const named = [...text.matchAll(/`((?:src|test|proto|otel|grafana|\.ci)\/[\w./-]+)`/g)].map(
    (match) => match[1] ?? '',
  );
  // The code map speaks of files below src without saying so each time.
  const below = [...text.matchAll(/`((?:[a-z-]+\/)+[\w-]+\.(?:ts|proto|md))`/g)].map((match) => match[1] ?? '');
  const missing = [...new Set([...named, ...below])].filter(
    (path) => !existsSync(join(root, path)) && !existsSync(join(root, 'src', path)),
  );
  expect(missing).toEqual([]);
});

test('every folder of src has its place in the architecture', () => {
  const text = readFileSync(join(root, 'src', 'ARCHITECTURE.md'), 'utf8');
  const folders = new Set(filesBelow('src', ['.ts']).map((file) => file.path.split('/').slice(1, -1)[0] ?? ''));
  folders.delete('');
  expect([...folders].filter((folder) => !text.includes(`\`${folder}/\``))).toEqual([]);
});

test('every dependency has its reason in the architecture', () => {
  const text = readFileSync(join(root, 'src', 'ARCHITECTURE.md'), 'utf8');
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const unnamed = Object.keys(dependencies).filter((name) => !text.includes(name));
  expect(unnamed).toEqual([]);
  // Exact versions: what was tested is what is installed.
  expect(Object.entries(dependencies).filter(([, version]) => !/^\d/.test(version))).toEqual([]);
});

test('the top level holds what it should, and nothing else', () => {
  const files = ['package.json', 'package-lock.json', 'tsconfig.json', 'README.md', 'LICENSE', 'CHANGELOG.md'];
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
