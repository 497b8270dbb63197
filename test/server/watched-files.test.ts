/**
 * Goal: what is made of files is made again when they change, also while they are read, and what cannot be used is told once and leaves the
 * old in place. Method: a file, and a clock moved by hand.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WatchedFiles } from '../../src/watched-files';
import { ManualClock } from '../support/manual-clock';

const directory = mkdtempSync(join(tmpdir(), 'seaglass-watched-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** `meanwhile` is written behind each read that it names, before the reader goes on. */
function setUp(name: string, meanwhile: (read: string) => string | undefined = () => undefined) {
  const path = join(directory, name);
  writeFileSync(path, 'first');
  const clock = new ManualClock();
  const told: string[] = [];
  const read = (): { readonly value: string; readonly paths: readonly string[] } => {
    const value = readFileSync(path, 'utf8');
    const later = meanwhile(value);
    if (later !== undefined) writeFileSync(path, later);
    if (value.startsWith('bad')) throw new Error(`${name} is bad`);
    return { value, paths: [path] };
  };
  const tell = (outcome: string | Error): void => void told.push(outcome instanceof Error ? outcome.message : outcome);
  const files = new WatchedFiles({ read, clock, told: tell });
  const look = (): string => {
    clock.advance(1_000);
    return files.value;
  };
  return { files, look, told, write: (text: string) => writeFileSync(path, text) };
}

test('a change is read within a second and told, and what stays is not', () => {
  const { files, look, told, write } = setUp('plain');
  expect([files.value, look(), told]).toEqual(['first', 'first', []]);
  write('another');
  expect([look(), look(), told]).toEqual(['another', 'another', ['another']]);
  files.close();
  write('unseen text');
  expect(look()).toBe('another');
});

test('what changes while it is read is read again', () => {
  const next: Record<string, string> = { first: 'second one', third: 'the fourth one' };
  const { files, look, told, write } = setUp('meanwhile', (read) => next[read]);
  // At the start it was marked before it was read.
  expect(files.value).toBe('second one');
  write('third');
  expect([look(), look()]).toEqual(['third', 'the fourth one']);
  expect(told).toEqual(['third', 'the fourth one']);
});

test('what cannot be used is told once, tried again, and the old holds', () => {
  const { look, told, write } = setUp('bad');
  write('bad text');
  expect([look(), look(), look(), told]).toEqual(['first', 'first', 'first', ['bad is bad']]);
  write('good again');
  expect([look(), told]).toEqual(['good again', ['bad is bad', 'good again']]);
});
