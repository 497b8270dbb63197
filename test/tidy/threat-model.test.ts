/** Goal: every test that the threat model names is there. Method: the documents and the tests are read as text. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './sources';

const text = ['src/threat-model.md', 'SECURITY.md'].map((path) => readFileSync(join(root, path), 'utf8')).join('\n');
const named = [...text.matchAll(/`(test\/[\w./-]+\.test\.ts)` "([^"]+)"/g)].map(
  ([, file = '', title = '']) => [file, title] as const,
);

test('the threat model says where each of its rows is shown', () => {
  const rows = text.split('\n').filter((line) => line.startsWith('| ') && !/^\| (Who |-+)/.test(line));
  expect(rows.filter((row) => !/`test\/[\w./-]+\.test\.ts` "/.test(row))).toEqual([]);
  expect(rows.length).toBeGreaterThan(10);
});

test.each(named)('%s has "%s"', (file, title) => {
  expect(existsSync(join(root, file))).toBe(true);
  expect(readFileSync(join(root, file), 'utf8')).toContain(title);
});
