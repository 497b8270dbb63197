/**
 * A disk that is full, read-only or failing. Goal: what was acked stays, what was not stored is refused with an error that names the
 * file, nothing half-written is left behind, and it goes on by itself when the disk does.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { ErrorCode } from '../../src/rpc/record_log';
import { startNode } from '../../src/node/start';
import type { AppendOutcome } from '../../src/node/append/append-stage';
import { FilerStore } from '../../src/node/filer/filer-store';
import { DiskCheck } from '../../src/node/disk/disk-check';
import { IntervalSync } from '../../src/node/append/interval-sync';
import { ManualClock } from '../support/manual-clock';
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

test.each(['os', 'interval', 'always'] as const)(
  'a directory that becomes read-only refuses every change by its name, serves what was acked, and goes on when it is not (%s)',
  async (fsync) => {
    const disk = new MemoryDisk();
    const logs = openLogs(disk, { fsync });
    const store = new FilerStore(logs.context);
    store.open();
    const partition = createPartition(logs, { 'internal.segment.bytes': '1000' });
    for (let index = 0; index < 5; index += 1) await append(partition, batchOf(400));
    await store.put([entry('kept', 10)]);
    await logs.topics.sealed();
    disk.readOnly = true;
    for (const size of [10, 900]) {
      const refused = await append(partition, batchOf(size));
      expect(codeOf(refused)).toBe(ErrorCode.STORAGE_ERROR);
      expect(refused.kind === 'refused' && refused.error.message).toMatch(/ \/data\/topics\/.*\.log: EROFS/);
    }
    await expect(store.put([entry('refused', 10)])).rejects.toThrow(/\/data\/filer\/journal: EROFS/);
    expect(() => logs.topics.create('new', 1, {}, new Uint8Array(0))).toThrow(
      /cannot write \/data\/topics.json: EROFS/,
    );
    await expect(logs.topics.delete('t')).rejects.toThrow(/EROFS/);
    expect(() => partition.log.moveLogStart(2)).toThrow(/EROFS/);
    partition.log.tail.clear();
    expect(readAll(partition.log).map(({ baseOffset }) => baseOffset)).toEqual([0, 1, 2, 3, 4]);
    disk.readOnly = false;
    expect(await append(partition, batchOf(10))).toMatchObject({ kind: 'appended', baseOffset: 5 });
    await store.put([entry('next', 10)]);
    const again = openLogs(disk.copy());
    expect(again.report).toMatchObject({ truncatedBytes: 0, damagedRanges: 0 });
    expect(readAll(again.topics.partition('t', 0).log).map(({ baseOffset }) => baseOffset)).toEqual([0, 1, 2, 3, 4, 5]);
  },
);

test('a topic is deleted on a disk that is full to the last byte, and makes room', async () => {
  const disk = new MemoryDisk();
  const logs = openLogs(disk);
  const partition = createPartition(logs);
  logs.topics.create('other', 1, {}, new Uint8Array(0));
  await append(partition, batchOf(50_000));
  disk.capacityBytes = disk.usedBytes();
  const other = logs.topics.partition('other', 0);
  expect(codeOf(await append(other, batchOf(10_000)))).toBe(ErrorCode.STORAGE_ERROR);
  await logs.topics.delete('t');
  expect(await append(other, batchOf(10_000))).toMatchObject({ kind: 'appended', baseOffset: 0 });
  expect(
    openLogs(disk.copy())
      .topics.list()
      .map(({ name }) => name),
  ).toEqual(['other']);
});

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

test('where a segment ends, a batch does not go in behind one of its producer that was not written', async () => {
  const disk = new MemoryDisk();
  const partition = createPartition(openLogs(disk), { 'segment.bytes': '1048576' });
  const idempotent = (baseSequence: number, size = 600_000): Buffer =>
    makeBatch({ records: [{ value: Buffer.alloc(size) }], producerId: 5n, producerEpoch: 0, baseSequence });
  await append(partition, idempotent(0, 10));
  jest.spyOn(partition.log.active, 'append').mockImplementationOnce(() => {
    throw new Error('EIO');
  });
  const outcomes = await appendAll(partition, [idempotent(1), idempotent(2)]);
  expect(outcomes.map(codeOf)).toEqual([ErrorCode.STORAGE_ERROR, ErrorCode.OUT_OF_ORDER_SEQUENCE]);
  expect(await append(partition, idempotent(1))).toMatchObject({ kind: 'appended', baseOffset: 1, duplicate: false });
  expect(await append(partition, idempotent(2))).toMatchObject({ kind: 'appended', baseOffset: 2, duplicate: false });
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

test.each(['os', 'interval', 'always'] as const)(
  'a segment that cannot be begun refuses what would be in it; what was written in the same turn is there once (%s)',
  async (fsync) => {
    const disk = new MemoryDisk();
    const partition = createPartition(openLogs(disk, { fsync }), { 'segment.bytes': '1048576' });
    const open = jest.spyOn(disk, 'open').mockImplementation((file, mode) => {
      if (mode === 'create' && disk.named('.log').length > 0 && file.endsWith('.log')) throw new Error('ENOSPC');
      return MemoryDisk.prototype.open.call(disk, file, mode);
    });
    await append(partition, batchOf(10));
    const outcomes = await appendAll(partition, [batchOf(600_000), batchOf(600_000), batchOf(10)]);
    expect(outcomes.map(codeOf)).toEqual([undefined, ErrorCode.STORAGE_ERROR, undefined]);
    open.mockRestore();
    expect(await append(partition, batchOf(600_000))).toMatchObject({ kind: 'appended', baseOffset: 3 });
    const { report, topics } = openLogs(disk.copy());
    expect(report).toMatchObject({ truncatedBytes: 0, damagedRanges: 0 });
    expect(readAll(topics.partition('t', 0).log).map((batch) => batch.baseOffset)).toEqual([0, 1, 2, 3]);
  },
);

test('with fsync=always a sync that fails where a segment ends takes back what it was for', async () => {
  const disk = new MemoryDisk();
  const partition = createPartition(openLogs(disk, { fsync: 'always' }), { 'segment.bytes': '1048576' });
  await append(partition, batchOf(10));
  const { active } = partition.log;
  // One failure: the next sync of the file succeeds, without the bytes that this one lost.
  const sync = jest.spyOn(active, 'sync').mockImplementationOnce(() => {
    throw new Error('EIO');
  });
  const outcomes = await appendAll(partition, [batchOf(600_000), batchOf(600_000)]);
  expect(sync).toHaveBeenCalledTimes(1);
  expect(outcomes.map(codeOf)).toEqual([ErrorCode.STORAGE_ERROR, ErrorCode.STORAGE_ERROR]);
  expect(await append(partition, batchOf(30))).toMatchObject({ kind: 'appended', baseOffset: 1 });
  expect(readAll(partition.log).map(({ baseOffset }) => baseOffset)).toEqual([0, 1]);
});

describe('with fsync=interval', () => {
  function start() {
    const [disk, clock] = [new MemoryDisk(), new ManualClock()];
    const logs = openLogs(disk, { fsync: 'interval', fsyncIntervalMs: 100, clock });
    const filer = new FilerStore(logs.context);
    filer.open();
    const partition = createPartition(logs);
    const partitions = () => logs.topics.partitions();
    const syncing = new IntervalSync({ context: logs.context, partitions, filer });
    disk.syncs = 0;
    const tick = async (): Promise<void> => {
      clock.advance(100);
      await syncing.settled();
    };
    return { disk, filer, partition, tick, check: new DiskCheck({ context: logs.context, partitions }) };
  }

  test('what was answered is synced within the interval, by one sync a partition, and an idle node syncs nothing', async () => {
    const { disk, filer, partition, tick } = start();
    await tick();
    expect(disk.syncs).toBe(0);
    for (let index = 0; index < 20; index += 1) await append(partition, batchOf(10));
    expect(disk.syncs).toBe(0);
    await tick();
    expect(disk.syncs).toBe(1);
    await filer.put([entry('e', 10)]);
    await append(partition, batchOf(10));
    await tick();
    expect(disk.syncs).toBe(3);
    await tick();
    expect(disk.syncs).toBe(3);
  });

  test('a sync that fails ends appends, because nobody knows what is on the disk; reads go on', async () => {
    const { disk, partition, tick, check } = start();
    await append(partition, batchOf(10));
    disk.failSync = true;
    const failed = tick();
    // Of the turn in which it fails.
    expect(codeOf(await append(partition, batchOf(10)))).toBe(ErrorCode.STORAGE_ERROR);
    await failed;
    disk.failSync = false;
    const refused = await append(partition, batchOf(10));
    expect(codeOf(refused)).toBe(ErrorCode.STORAGE_ERROR);
    expect(refused.kind === 'refused' && refused.error.message).toMatch(/cannot sync \/data\/topics\/.*\.log: EIO/);
    expect(readAll(partition.log).map(({ baseOffset }) => baseOffset)).toEqual([0]);
    // The disk takes other writes again, and these records none.
    await expect(check.takes(0)).rejects.toThrow(/cannot sync \/data\/topics\/.*\.log: EIO/);
  });

  test('a filer journal that could not be synced is synced by the next round', async () => {
    const { disk, filer, tick } = start();
    await filer.put([entry('e', 10)]);
    disk.failSync = true;
    await tick();
    disk.failSync = false;
    const before = disk.syncs;
    await tick();
    expect(disk.syncs - before).toBe(1);
  });
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

test('with fsync=always a retry that needs no sync holds up nothing that comes in the same turn', async () => {
  const partition = createPartition(openLogs(new MemoryDisk(), { fsync: 'always' }), { 'segment.bytes': '1048576' });
  const idempotent = (baseSequence: number): Buffer =>
    makeBatch({ records: [{ value: Buffer.alloc(600_000) }], producerId: 5n, producerEpoch: 0, baseSequence });
  await append(partition, idempotent(0));
  expect(await appendAll(partition, [idempotent(0), idempotent(1)])).toMatchObject([
    { kind: 'appended', baseOffset: 0, duplicate: true },
    { kind: 'appended', baseOffset: 1, duplicate: false },
  ]);
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

test('a filer journal that a sync failed for is written anew, and a loss of power then damages nothing', async () => {
  const disk = new MemoryDisk();
  const store = new FilerStore(openLogs(disk, { fsync: 'always' }).context);
  store.open();
  await store.put([entry('before', 10)]);
  disk.failSync = true;
  await expect(store.put([entry('unsure', 10)])).rejects.toThrow(/EIO/);
  await expect(store.put([entry('refused', 10)])).rejects.toThrow(/EIO/);
  disk.failSync = false;
  await store.put([entry('after', 10)]);
  await store.put([entry('next', 10)]);
  const again = new FilerStore(openLogs(disk.copyAfterPowerLoss(() => 0)).context);
  expect(again.open()).toBe(0);
  for (const name of ['before', 'after', 'next']) expect(again.find('/a', name)).toBeDefined();
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

test('a check of the disk says what it refuses, as long as it does, and leaves nothing behind', async () => {
  const disk = new MemoryDisk();
  const { context, topics } = openLogs(disk);
  const check = new DiskCheck({ context, partitions: () => topics.partitions() });
  const bytes = 100_000;
  await check.takes(bytes);
  disk.capacityBytes = disk.usedBytes() + bytes - 1;
  await expect(check.takes(bytes)).rejects.toThrow(/no space left in \/data: expected room for 100000 bytes/);
  await check.takes(0);
  disk.capacityBytes = Infinity;
  disk.failSync = true;
  await expect(check.takes(0)).rejects.toThrow(/cannot sync \/data\/disk-check/);
  disk.failSync = false;
  disk.readOnly = true;
  await expect(check.takes(0)).rejects.toThrow(/\/data\/disk-check: EROFS/);
  disk.readOnly = false;
  await Promise.all([check.takes(bytes), check.takes(0)]);
  expect(disk.named('disk-check')).toEqual([]);
});
