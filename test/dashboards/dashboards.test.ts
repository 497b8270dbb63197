/**
 * Goal: the dashboards in grafana/ are those that are declared here. Method: they are built again and compared; SEAGLASS_TEST_WRITE=1
 * (`npm run dashboards`) writes them.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { grafanaJson } from './grafana-json';
import { DASHBOARDS } from './index';

const directory = join(__dirname, '..', '..', 'grafana');
const files = new Map(DASHBOARDS.map((dashboard) => [`${dashboard.uid}.json`, grafanaJson(dashboard)]));
const written = () => readdirSync(directory).filter((name) => name.endsWith('.json'));

beforeAll(() => {
  if (process.env['SEAGLASS_TEST_WRITE'] !== '1') return;
  for (const name of written()) if (!files.has(name)) rmSync(join(directory, name));
  for (const [name, text] of files) writeFileSync(join(directory, name), text);
});

test('there is a file for each dashboard, and no other', () => {
  expect(written().sort()).toEqual([...files.keys()].sort());
});

test.each([...files])('%s is as declared: npm run dashboards', (name, text) => {
  expect(readFileSync(join(directory, name), 'utf8')).toBe(text);
});
