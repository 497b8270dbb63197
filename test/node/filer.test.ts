/** The filer subset over gRPC: SeaweedFS's answers, names of any kind, and entries that are there after a start. */
import { credentials, status } from '@grpc/grpc-js';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { SeaweedFilerClient } from '../../src/rpc/filer';
import type * as filer from '../../src/rpc/filer';
import type { CreateEntriesResponse } from '../../src/rpc/filer_batch';
import { FilerBatchClient } from '../../src/rpc/filer_batch';
import { startNode } from '../../src/node/start';
import type { RunningNode } from '../../src/node/start';
import { call, makeDirectory, removeDirectories } from './support';

let directory: string;
let node: RunningNode;
let client: SeaweedFilerClient;

beforeEach(async () => {
  directory = makeDirectory();
  await open();
});
afterEach(async () => {
  client.close();
  await node.close();
  removeDirectories();
});

async function open(): Promise<void> {
  node = await startNode({ dataDirectory: directory });
  client = new SeaweedFilerClient(node.address, credentials.createInsecure());
}

async function reopen(): Promise<void> {
  client.close();
  await node.close();
  await open();
}

function creation(parent: string, name: string, content: string): filer.CreateEntryRequest {
  const entry = {
    name,
    isDirectory: false,
    chunks: [],
    attributes: undefined,
    extended: {},
    content: Buffer.from(content),
  };
  return {
    directory: parent,
    entry,
    oExcl: false,
    isFromOtherCluster: false,
    signatures: [],
    skipCheckParentDirectory: false,
  };
}

function put(
  parent: string,
  name: string,
  content = '',
  more: Partial<filer.CreateEntryRequest> = {},
): Promise<string> {
  const request = { ...creation(parent, name, content), ...more };
  return call<filer.CreateEntryResponse>((done) => client.createEntry(request, done)).then(({ error }) => error);
}

function remove(parent: string, name: string, isRecursive = false): Promise<string> {
  const request = { directory: parent, name, isDeleteData: true, isRecursive, ignoreRecursiveError: false };
  return call<filer.DeleteEntryResponse>((done) => client.deleteEntry(request, done)).then(({ error }) => error);
}

async function get(parent: string, name: string): Promise<string> {
  const request = { directory: parent, name };
  const { entry } = await call<filer.LookupDirectoryEntryResponse>((done) =>
    client.lookupDirectoryEntry(request, done),
  );
  return Buffer.from(entry?.content ?? []).toString();
}

async function list(parent: string, options: Partial<filer.ListEntriesRequest> = {}): Promise<string[]> {
  const request = {
    directory: parent,
    prefix: '',
    startFromFileName: '',
    inclusiveStartFrom: false,
    limit: 0,
    ...options,
  };
  const names: string[] = [];
  for await (const { entry } of client.listEntries(request) as AsyncIterable<filer.ListEntriesResponse>) {
    names.push(entry?.name ?? '');
  }
  return names;
}

test('an entry is found as it was written, replaced, and gone when it was deleted', async () => {
  expect(await put('/topics/kafka/.meta/groups/g', 'offset', '{"value":1}')).toBe('');
  expect(await get('/topics/kafka/.meta/groups/g', 'offset')).toBe('{"value":1}');
  await put('/topics/kafka/.meta/groups/g', 'offset', '{"value":2}');
  await reopen();
  expect(await get('/topics/kafka/.meta/groups/g/', 'offset')).toBe('{"value":2}');
  expect(await remove('/topics/kafka/.meta/groups/g', 'offset')).toBe('');
  expect(await remove('/topics/kafka/.meta/groups/g', 'offset')).toBe('');
  await expect(get('/topics/kafka/.meta/groups/g', 'offset')).rejects.toMatchObject({
    code: status.NOT_FOUND,
    details: 'filer: no entry is found in filer store',
  });
});

test('an exclusive write of a name that is there is refused', async () => {
  await put('/a', 'lock', 'first');
  expect(await put('/a', 'lock', 'second', { oExcl: true })).toBe('EEXIST: entry /a/lock already exists');
  expect(await get('/a', 'lock')).toBe('first');
});

test('directories come with their entries, and go only when empty or recursively', async () => {
  await put('/a/b/c', 'x');
  expect(await list('/')).toEqual(['a']);
  expect(await list('/a')).toEqual(['b']);
  expect(await remove('/a', 'b')).toBe('fail to delete non-empty folder: /a/b');
  expect(await remove('/', 'a', true)).toBe('');
  await reopen();
  expect(await list('/')).toEqual([]);
  expect(await list('/a/b/c')).toEqual([]);
});

test('a listing is sorted, and pages by prefix, start and limit', async () => {
  for (const name of ['b2', 'a', 'b1', 'c', 'b3']) await put('/d', name);
  expect(await list('/d')).toEqual(['a', 'b1', 'b2', 'b3', 'c']);
  expect(await list('/d', { prefix: 'b' })).toEqual(['b1', 'b2', 'b3']);
  expect(await list('/d', { prefix: 'b', limit: 2 })).toEqual(['b1', 'b2']);
  expect(await list('/d', { startFromFileName: 'b2' })).toEqual(['b3', 'c']);
  expect(await list('/d', { startFromFileName: 'b2', inclusiveStartFrom: true })).toEqual(['b2', 'b3', 'c']);
});

test('a tree is walked in one stream, level by level, with its contents', async () => {
  for (const [parent, name] of [
    ['/w/b/1', 'x'],
    ['/w/a/2', 'x'],
    ['/w/a/10', 'x'],
    ['/w', 'file'],
    ['/v', 'outside'],
  ] as const) {
    await put(parent, name, `in ${parent}`);
  }
  const walked: string[] = [];
  const request = { directory: '/w/', excludedPrefixes: [] };
  for await (const { directory: parent, entry } of client.traverseBfsMetadata(
    request,
  ) as AsyncIterable<filer.TraverseBfsMetadataResponse>) {
    walked.push(`${parent} ${entry?.name} ${Buffer.from(entry?.content ?? []).toString()}`.trim());
  }
  expect(walked).toEqual([
    '/ w',
    '/w a',
    '/w b',
    '/w file in /w',
    '/w/a 10',
    '/w/a 2',
    '/w/b 1',
    '/w/a/10 x in /w/a/10',
    '/w/a/2 x in /w/a/2',
    '/w/b/1 x in /w/b/1',
  ]);
  const absent = client.traverseBfsMetadata({ directory: '/w/none', excludedPrefixes: [] });
  await expect(once(absent, 'data')).rejects.toMatchObject({
    code: status.UNKNOWN,
    details: 'find dir /w/none: filer: no entry is found in filer store',
  });
});

test('entries made in one call are answered one by one, and are all there after a start', async () => {
  await put('/b', 'file', 'old');
  const requests = [
    creation('/b/c/d', 'x', '1'),
    creation('/b/c/d', 'y', '2'),
    creation('/b/c/d', 'x', '3'),
    creation('/b/c/d/x', 'below a file', ''),
    { ...creation('/b/c/d', 'y', '4'), oExcl: true },
    creation('/b/file', 'z', ''),
    creation('/b', '', ''),
    creation('/b/c', 'd', ''),
  ];
  const batch = new FilerBatchClient(node.address, credentials.createInsecure());
  const { errors } = await call<CreateEntriesResponse>((done) => batch.createEntries({ requests }, done));
  batch.close();
  expect(errors).toEqual([
    '',
    '',
    '',
    '/b/c/d/x is a file',
    'EEXIST: entry /b/c/d/y already exists',
    '/b/file is a file',
    'the entry has no name',
    'existing /b/c/d is a directory',
  ]);
  await reopen();
  expect([await get('/b/c/d', 'x'), await get('/b/c/d', 'y'), await get('/b', 'file')]).toEqual(['3', '2', 'old']);
  expect(await list('/b/c')).toEqual(['d']);
});

test('names of any kind are kept apart and stay inside the store', async () => {
  const names = ['..', '.', 'ä ö', 'a\nb', '../../etc/passwd', 'x'.repeat(2_000), '%2e%2e', '😀', ' '];
  for (const name of names) await put('/odd', name, `content of ${name}`);
  await reopen();
  for (const name of names) expect(await get('/odd', name)).toBe(`content of ${name}`);
  expect(await list('/odd')).toEqual([...names].sort());
});

test('a torn write at the end of the journal is cut; damage before whole writes refuses the start', async () => {
  await put('/a', 'one', 'first');
  await put('/a', 'two', 'second');
  await node.close();
  const journal = path.join(directory, 'filer', 'journal');
  const bytes = fs.readFileSync(journal);
  fs.writeFileSync(journal, Buffer.concat([bytes, bytes.subarray(8, 20)]));
  await open();
  expect(node.recovery.truncatedBytes).toBe(12);
  expect(await get('/a', 'two')).toBe('second');
  await node.close();
  const damaged = Buffer.from(bytes);
  damaged[30] = (damaged[30] ?? 0) ^ 1;
  fs.writeFileSync(journal, damaged);
  await expect(startNode({ dataDirectory: directory })).rejects.toThrow(/filer\/journal is damaged at byte 8/);
  expect(fs.readFileSync(journal).equals(damaged)).toBe(true);
  fs.writeFileSync(journal, bytes);
  await open();
});

test('a journal of the same entry over and over is written anew and stays small', async () => {
  const content = 'x'.repeat(500_000);
  for (let index = 0; index < 30; index += 1) await put('/a', 'big', `${index}${content}`);
  expect(fs.statSync(path.join(directory, 'filer', 'journal')).size).toBeLessThan(6_000_000);
  await reopen();
  expect(await get('/a', 'big')).toBe(`29${content}`);
});
