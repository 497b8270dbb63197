/**
 * A disk that is full, read-only or failing. Goal: what was acked stays, what was not stored is refused with an error that names the
 * file, nothing half-written is left behind, and it goes on by itself when the disk does.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { ErrorCode } from '../../src/rpc/record_log';
import { startNode } from '../../src/node/start';
import type { AppendOutcome } from '../../src/node/append-stage';
import { FilerStore } from '../../src/node/filer-store';
import { append, appendAll, createPartition, openLogs, readAll } from './log-support';
import { MemoryDisk } from './memory-disk';
import { makeBatch, makeDirectory, removeDirectories } from './support';

afterEach(removeDirectories);

const batchOf = (size: number): Buffer => makeBatch({ records: [{ value: Buffer.alloc(size, 7) }] });

function codeOf(outcome: AppendOutcome): ErrorCode | undefined {
  return outcome.kind === 'refused' ? outcome.error.code : undefined;
}

test.each(['os', 'always'] as const)(
  'a full disk refuses, keeps what was acked, and goes on when there is room (%s)',
  async (fsync) => {
    const disk = new MemoryDisk();
    const partition = createPartition(openLogs(disk, { fsync }));
    await append(partition, batchOf(10_000));
    disk.capacityBytes = disk.usedBytes() + 15_000;
    const outcomes = await appendAll(partition, [batchOf(9_000), batchOf(9_000)]);
    expect(outcomes.map(codeOf)).toEqual([ErrorCode.STORAGE_ERROR, ErrorCode.STORAGE_ERROR]);
    const [refused] = outcomes;
    expect(refused?.kind === 'refused' && refused.error.message).toMatch(/append to \/data\/topics\/.*\.log: ENOSPC/);
    expect(await append(partition, batchOf(9_000))).toMatchObject({ kind: 'appended', baseOffset: 1 });
    disk.capacityBytes = Infinity;
    expect(await append(partition, batchOf(9_000))).toMatchObject({ kind: 'appended', baseOffset: 2 });
    const { report, topics } = openLogs(disk.copy());
    expect(report).toMatchObject({ truncatedBytes: 0, damagedRanges: 0 });
    expect(readAll(topics.partition('t', 0).log).map((batch) => batch.baseOffset)).toEqual([0, 1, 2]);
  },
);

test('an idempotent batch that a full disk refused is appended when it is sent again', async () => {
  const disk = new MemoryDisk();
  const partition = createPartition(openLogs(disk));
  const idempotent = (baseSequence: number): Buffer =>
    makeBatch({ records: [{ value: Buffer.alloc(5_000) }], producerId: 5n, producerEpoch: 0, baseSequence });
  await append(partition, idempotent(0));
  disk.capacityBytes = disk.usedBytes() + 1_000;
  expect(codeOf(await append(partition, idempotent(1)))).toBe(ErrorCode.STORAGE_ERROR);
  disk.capacityBytes = Infinity;
  expect(await append(partition, idempotent(1))).toMatchObject({ kind: 'appended', baseOffset: 1, duplicate: false });
  expect(await append(partition, idempotent(1))).toMatchObject({ kind: 'appended', baseOffset: 1, duplicate: true });
});

test('what a failed sync leaves unsure is taken back, and later appends take its offsets', async () => {
  const disk = new MemoryDisk();
  const partition = createPartition(openLogs(disk, { fsync: 'always' }));
  await append(partition, batchOf(100));
  disk.failSync = true;
  expect(codeOf(await append(partition, batchOf(200)))).toBe(ErrorCode.STORAGE_ERROR);
  expect(partition.log.highWatermark).toBe(1);
  disk.failSync = false;
  expect(await append(partition, batchOf(300))).toMatchObject({ kind: 'appended', baseOffset: 1 });
  partition.log.tail.clear();
  expect(readAll(partition.log).map(({ bytes }) => bytes.length)).toEqual([batchOf(100).length, batchOf(300).length]);
});

test('with fsync=always appends that arrive during a sync share the next one', async () => {
  const disk = new MemoryDisk();
  const partition = createPartition(openLogs(disk, { fsync: 'always' }));
  disk.syncs = 0;
  const outcomes = await appendAll(
    partition,
    Array.from({ length: 500 }, () => batchOf(10)),
  );
  expect(outcomes.every((outcome) => outcome.kind === 'appended')).toBe(true);
  expect(disk.syncs).toBeLessThan(10);
});

test('a record is not read before it is synced', async () => {
  const partition = createPartition(openLogs(new MemoryDisk(), { fsync: 'always' }));
  const acked = append(partition, batchOf(10));
  partition.appender.flush();
  expect(partition.log.active.nextOffset).toBe(1);
  expect(partition.log.read({ offset: 0 }, 100).summaries).toEqual([]);
  await acked;
  expect(partition.log.read({ offset: 0 }, 100).summaries).toHaveLength(1);
});

const entry = (name: string, size: number) => ({
  directory: '/a',
  entry: { name, isDirectory: false, chunks: [], attributes: undefined, extended: {}, content: Buffer.alloc(size) },
  exclusive: false,
});

test('with fsync=always entries that are written together share a sync, and are not answered before it', async () => {
  const disk = new MemoryDisk();
  const store = new FilerStore(openLogs(disk, { fsync: 'always' }).context);
  store.open();
  const before = disk.syncs;
  expect(await store.put(Array.from({ length: 100 }, (_, n) => entry(`e${n}`, 10)))).toEqual(Array(100).fill(''));
  expect(disk.syncs - before).toBe(1);
  disk.failSync = true;
  await expect(store.put([entry('unsynced', 10), entry('too', 10)])).rejects.toThrow(/filer\/journal: EIO/);
});

test('a filer write that the disk refuses is refused whole, and the entries before it stay', async () => {
  const disk = new MemoryDisk();
  const { context } = openLogs(disk);
  const store = new FilerStore(context);
  store.open();
  await store.put([entry('kept', 10)]);
  disk.capacityBytes = disk.usedBytes() + 5_000;
  const lost = [entry('lost too', 10), entry('lost', 10_000)];
  await expect(store.put(lost)).rejects.toThrow(/filer\/journal: ENOSPC/);
  for (const {
    entry: { name },
  } of lost)
    expect(store.find('/a', name)).toBeUndefined();
  disk.capacityBytes = Infinity;
  await store.put([entry('next', 10)]);
  const again = new FilerStore(openLogs(disk.copy()).context);
  expect(again.open()).toBe(0);
  expect(
    again.list({ directory: '/a', prefix: '', startFrom: '', inclusive: false, limit: 0 }).map(({ name }) => name),
  ).toEqual(['kept', 'next']);
});

test('a directory that cannot be written is refused with its name', async () => {
  const file = path.join(makeDirectory(), 'a-file');
  fs.writeFileSync(file, '');
  await expect(startNode({ dataDirectory: path.join(file, 'data') })).rejects.toThrow(
    new RegExp(`cannot make ${file}`),
  );
});
