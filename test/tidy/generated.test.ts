/**
 * Goal: generated files are what their generators make now. Method: they are made again, elsewhere, and compared.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from '../../src/protocol/generate';
import { root } from './sources';

const bin = join(root, 'node_modules', '.bin');
const directory = mkdtempSync(join(tmpdir(), 'seaglass-generated-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function call(program: string, parameters: readonly string[]): void {
  execFileSync(join(bin, program), parameters, {
    cwd: root,
    env: { ...process.env, PATH: `${bin}:${process.env['PATH'] ?? ''}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

function expectSame(made: string, committed: string): void {
  const names = readdirSync(made).sort();
  expect(readdirSync(committed).sort()).toEqual(names);
  const differing = names.filter(
    (name) => readFileSync(join(made, name), 'utf8') !== readFileSync(join(committed, name), 'utf8'),
  );
  expect(differing).toEqual([]);
}

test('src/rpc is what buf makes of proto/ (npm run generate:rpc)', () => {
  call('buf', ['generate', 'proto', '--template', 'proto/buf.gen.yaml', '--output', directory]);
  expectSame(join(directory, 'src', 'rpc'), join(root, 'src', 'rpc'));
}, 120_000);

test('src/protocol/generated is what the schema makes (npm run generate:protocol)', () => {
  const made = mkdtempSync(join(directory, 'protocol-'));
  for (const [name, text] of generate(join(root, 'src', 'protocol', 'schema'))) writeFileSync(join(made, name), text);
  call('prettier', ['--config', join(root, 'package.json'), '--log-level', 'warn', '--write', made]);
  expectSame(made, join(root, 'src', 'protocol', 'generated'));
}, 120_000);
