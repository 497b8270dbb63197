/**
 * cleanup.policy=compact. Goal: of each key the newest record stays at its offset, whatever the codec, the segments and the
 * crashes on the way. Method: random logs beside a model that is a map, over a disk in memory.
 */
import { initCompression } from '../../src/protocol/compression/compression';
import { encodeBatch } from '../../src/protocol/encode-batch';

import { compact } from '../../src/node/log/compaction';
import { ErrorCode } from '../../src/rpc/record_log';
import type { PartitionLog } from '../../src/node/log/partition-log';
import type { HostedPartition } from '../../src/node/topics/hosted-topic';
import { seeded } from '../support/random';
import { append, createPartition, ManualClock, openLogs, readAll } from './log-support';
import { MemoryDisk } from './memory-disk';
import { makeBatch, splitBatches } from './support';
import { readRecords } from '../support/read-records';

const CONFIGS = {
  'cleanup.policy': 'compact',
  'min.cleanable.dirty.ratio': '0',
  'internal.segment.bytes': '1500',
  'delete.retention.ms': '60000',
};
const WORLD = { isStopped: () => false, afterTurn: (action: () => void) => void setImmediate(action) };

beforeAll(initCompression);

interface Written {
  readonly offset: number;
  readonly key: string;
  readonly value: string | null;
}

function recordsOf(log: PartitionLog): Written[] {
  return readAll(log).flatMap(({ bytes, crcMatches }) => {
    expect(crcMatches).toBe(true);
    return [...readRecords(bytes)].map(({ offset, key, value }) => ({
      offset,
      key: Buffer.from(key ?? []).toString(),
      value: value === null ? null : Buffer.from(value).toString(),
    }));
  });
}

/** What must be left of closed segments: the newest of each key; of the active one, all. */
function expectedOf(written: readonly Written[], closedEnd: number): Written[] {
  const newest = new Map<string, number>();
  for (const { key, offset } of written) if (offset < closedEnd) newest.set(key, offset);
  return written.filter(({ key, offset }) => offset >= closedEnd || newest.get(key) === offset);
}

async function write(
  partition: HostedPartition,
  clock: ManualClock,
  { seed, batches }: { seed: number; batches: number },
): Promise<Written[]> {
  const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
  const written: Written[] = [];
  let state = seed;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >> 8) % below;
  };
  for (let index = 0; index < batches; index += 1) {
    const records = Array.from({ length: 1 + random(4) }, () => ({
      timestamp: clock.now + random(1000),
      key: Buffer.from(`key ${random(12)}${random(5) === 0 ? ' long'.repeat(20) : ''}`),
      value: random(6) === 0 ? null : Buffer.from(`value ${random(1_000_000)} ${'.'.repeat(random(200))}`),
      headers: [{ key: 'h', value: null }],
    }));
    const batch = Buffer.from(encodeBatch(records, { codec: codecs[random(5)] ?? 'none' }));
    const outcome = await append(partition, batch);
    if (outcome.kind !== 'appended') throw outcome.error;
    for (const [delta, { key, value }] of records.entries()) {
      const text = value === null ? null : value.toString();
      written.push({ offset: outcome.baseOffset + delta, key: key.toString(), value: text });
    }
  }
  return written;
}

const seeds = Array.from({ length: 15 }, (_, index) => index + 1);

test.each(seeds)('the newest record of each key stays at its offset, also after a start (seed %i)', async (seed) => {
  const disk = new MemoryDisk();
  const clock = new ManualClock();
  const logs = openLogs(disk, { clock });
  const partition = createPartition(logs, CONFIGS);
  const { log } = partition;
  const written: Written[] = [];
  for (const round of [1, 2, 3]) {
    written.push(...(await write(partition, clock, { seed: seed * 10 + round, batches: 25 })));
    const sizeBefore = log.sizeBytes;
    await logs.topics.sealed();
    await compact(log, WORLD);
    expect(recordsOf(log)).toEqual(expectedOf(written, log.active.baseOffset));
    expect(log.sizeBytes).toBeLessThan(sizeBefore);
  }
  const reopened = openLogs(disk.copy(), { clock });
  expect(reopened.report).toMatchObject({ truncatedBytes: 0, damagedRanges: 0 });
  const { log: after } = reopened.topics.partition('t', 0);
  expect(after.highWatermark).toBe(log.highWatermark);
  expect(recordsOf(after)).toEqual(expectedOf(written, after.active.baseOffset));
  // A read at an offset that is gone passes no record by.
  for (let offset = 0; offset < after.highWatermark; offset += 1) {
    const next = expectedOf(written, after.active.baseOffset).find((record) => record.offset >= offset);
    const [summary] = after.read({ offset }, 1).summaries;
    expect(summary?.lastOffset).toBeGreaterThanOrEqual(offset);
    expect(summary?.baseOffset).toBeLessThanOrEqual(next?.offset ?? 0);
  }
});

test('a tombstone stays for delete.retention.ms and then goes', async () => {
  const clock = new ManualClock();
  const logs = openLogs(new MemoryDisk(), { clock });
  const partition = createPartition(logs, { ...CONFIGS, 'internal.segment.bytes': '200' });
  const { log } = partition;
  const put = (key: string, value: string | null): Promise<unknown> => {
    const record = { key: Buffer.from(key), value: value === null ? null : Buffer.from(value) };
    return append(partition, makeBatch({ timestampMs: clock.now, records: [record] }));
  };
  await put('a', 'one');
  await put('a', null);
  await put('b', 'x'.repeat(200));
  await put('c', 'x'.repeat(200));
  const keyed = (): string[] => recordsOf(log).map(({ key, value }) => `${key}=${value === null ? 'null' : 'set'}`);
  await compact(log, WORLD);
  expect(keyed()).toEqual(['a=null', 'b=set', 'c=set']);
  const [first] = readAll(log);
  expect([...readRecords(first?.bytes ?? Buffer.alloc(0))][0]?.timestamp).toBe(clock.now);
  clock.now += 59_000;
  await compact(log, WORLD);
  expect(keyed()).toEqual(['a=null', 'b=set', 'c=set']);
  clock.now += 2_000;
  await compact(log, WORLD);
  expect(keyed()).toEqual(['b=set', 'c=set']);
  expect(log.read({ offset: 0 }, 1).summaries[0]?.baseOffset).toBe(2);
});

test('what is last in the log stays, also where a crash left the active segment empty', async () => {
  const clock = new ManualClock();
  const logs = openLogs(new MemoryDisk(), { clock });
  const partition = createPartition(logs, CONFIGS);
  const { log } = partition;
  const noop = { key: Buffer.from('noop'), value: null };
  for (let index = 0; index < 3; index += 1) {
    await append(partition, makeBatch({ timestampMs: clock.now, records: [noop] }));
    partition.appender.beginSegment();
  }
  await logs.topics.sealed();
  await compact(log, WORLD);
  clock.now += 61_000;
  await compact(log, WORLD);
  // A reader that waits until it has reached the end would wait for ever if nothing were there.
  expect(recordsOf(log)).toEqual([{ offset: log.highWatermark - 1, key: 'noop', value: null }]);
});

test.each(seeds)('readers that go on while it is compacted end with what was written (seed %i)', async (seed) => {
  const clock = new ManualClock();
  const logs = openLogs(new MemoryDisk(), { clock });
  const partition = createPartition(logs, CONFIGS);
  const { log } = partition;
  const written: Written[] = [];
  const readers: SlowReader[] = [];
  for (let round = 1; round <= 12; round += 1) {
    written.push(...(await write(partition, clock, { seed: seed * 100 + round, batches: 6 })));
    readers.push(new SlowReader(log));
    for (const reader of readers) reader.step();
    await logs.topics.sealed();
    await compact(log, WORLD);
    for (const reader of readers) reader.step();
    // All of it is less than delete.retention.ms, so nobody misses a tombstone.
    clock.now += 4_000;
  }
  const expected = new Map(written.map(({ key, value }) => [key, value]));
  for (const [key, value] of expected) if (value === null) expected.delete(key);
  for (const reader of readers) expect(reader.readToEnd()).toEqual(expected);

  // Once they were due, no tombstone is left but in the active segment.
  clock.now += 61_000;
  await compact(log, WORLD);
  clock.now += 61_000;
  await compact(log, WORLD);
  const closed = recordsOf(log).filter(({ offset }) => offset < log.active.baseOffset);
  expect(closed.filter(({ value }) => value === null)).toEqual([]);
  expect(new SlowReader(log).readToEnd()).toEqual(expected);
});

/** Reads a batch or two at a time and keeps the newest value of each key, as a registry does. */
class SlowReader {
  private readonly values = new Map<string, string>();
  private cursor: Parameters<PartitionLog['read']>[0];
  private readonly log: PartitionLog;

  constructor(log: PartitionLog) {
    this.log = log;
    this.cursor = { offset: log.logStartOffset };
  }

  step(): void {
    const from = this.cursor.offset;
    const { chunks, next } = this.log.read(this.cursor, 1);
    for (const { bytes } of chunks.flatMap((chunk) => splitBatches(chunk))) {
      for (const { offset, key, value } of readRecords(bytes)) {
        if (offset < from) continue;
        const name = Buffer.from(key ?? []).toString();
        if (value === null) this.values.delete(name);
        else this.values.set(name, Buffer.from(value).toString());
      }
    }
    this.cursor = next;
  }

  readToEnd(): ReadonlyMap<string, string> {
    while (this.cursor.offset < this.log.highWatermark) this.step();
    return this.values;
  }
}

test('damage that nobody has read is noted once, its segment is left as it is, and the others are compacted', async () => {
  const disk = new MemoryDisk();
  const clock = new ManualClock();
  const logs = openLogs(disk, { clock });
  const partition = createPartition(logs, CONFIGS);
  const written = await write(partition, clock, { seed: 3, batches: 40 });
  await logs.topics.sealed();
  const { log } = partition;
  const damaged = log.segments[1];
  const file = damaged?.file('log') ?? '';
  disk.content(file).fill(0xff, 100, 110);
  const before = Buffer.from(disk.content(file));
  const markDamaged = jest.spyOn(damaged?.index ?? partition.log.active.index, 'markDamaged');
  const sizeBefore = log.sizeBytes;
  await compact(log, WORLD);
  await compact(log, WORLD);
  expect(markDamaged).toHaveBeenCalledTimes(1);
  expect(disk.content(file)).toEqual(before);
  expect(log.sizeBytes).toBeLessThan(sizeBefore * 0.8);
  expect(() => log.read({ offset: damaged?.baseOffset ?? 0 }, 1)).toThrow(/damaged/);
  // Whatever is newest of its key, and not damaged, is there.
  const readable = readableOf(log);
  const hidden = damaged?.index.damaged[0];
  for (const { offset } of expectedOf(written, log.active.baseOffset)) {
    const isHidden = hidden !== undefined && hidden.firstOffset <= offset && offset < hidden.nextOffset;
    if (!isHidden) expect(readable).toContain(offset);
  }
});

/** The offsets of the records that can be read, going on behind damage. */
function readableOf(log: PartitionLog): number[] {
  const offsets: number[] = [];
  for (let offset = 0; offset < log.highWatermark;) {
    const range = log.segments[log.segmentIndexOf(offset)]?.index.damageAt(offset);
    if (range !== undefined) {
      offset = range.nextOffset;
      continue;
    }
    try {
      const { chunks, next } = log.read({ offset }, 1);
      const batches = chunks.flatMap((chunk) => splitBatches(chunk));
      offsets.push(...batches.flatMap(({ bytes }) => [...readRecords(bytes)].map((record) => record.offset)));
      offset = next.offset;
    } catch {
      // Of an offset that compaction left nothing at, before damage.
      offset += 1;
    }
  }
  return offsets;
}

test('a producer whose batches were compacted away is still deduplicated after a start without snapshots', async () => {
  const disk = new MemoryDisk();
  const logs = openLogs(disk);
  const partition = createPartition(logs, { ...CONFIGS, 'internal.segment.bytes': '200' });
  const record = (value: string) => ({ key: Buffer.from('k'), value: Buffer.from(value) });
  const idempotent = (sequence: number) =>
    makeBatch({ records: [record(`${sequence}`)], producerId: 7n, producerEpoch: 0, baseSequence: sequence });
  for (const sequence of [0, 1, 2]) await append(partition, idempotent(sequence));
  for (let index = 0; index < 4; index += 1) await append(partition, makeBatch({ records: [record('x'.repeat(150))] }));
  await logs.topics.sealed();
  await compact(partition.log, WORLD);
  const crashed = disk.copy();
  for (const file of [...crashed.named('.snapshot'), ...crashed.named('.index')]) crashed.remove(file);
  const recovered = openLogs(crashed).topics.partition('t', 0);
  expect(await append(recovered, idempotent(2))).toMatchObject({ kind: 'appended', baseOffset: 2, duplicate: true });
  expect(await append(recovered, idempotent(3))).toMatchObject({ kind: 'appended', baseOffset: 7, duplicate: false });
  const gap = await append(recovered, idempotent(9));
  expect(gap.kind === 'refused' && gap.error.code).toBe(ErrorCode.OUT_OF_ORDER_SEQUENCE);
});

test.each(['kill', 'loss of power'] as const)(
  'a %s at any step of the swap leaves the old records or the new ones',
  async (crash) => {
    const clock = new ManualClock();
    const steps = await crashes(clock, Infinity, crash);
    expect(steps).toBeGreaterThan(10);
    for (let step = 1; step <= steps; step += 1) await crashes(clock, step, crash);
  },
);

/** Compacts on a disk that dies before the n-th change of a name; checks what is left. Answers how many changes there were. */
async function crashes(clock: ManualClock, dieAt: number, crash: 'kill' | 'loss of power'): Promise<number> {
  const disk = new DyingDisk();
  const logs = openLogs(disk, { clock, fsync: crash === 'kill' ? 'os' : 'always' });
  const partition = createPartition(logs, CONFIGS);
  const written = await write(partition, clock, { seed: 5, batches: 25 });
  await logs.topics.sealed();
  const before = recordsOf(partition.log);
  disk.stepsLeft = dieAt - 1;
  disk.steps = 0;
  await compact(partition.log, WORLD).catch(() => undefined);
  const { steps } = disk;
  const left = crash === 'kill' ? disk.copy() : disk.copyAfterPowerLoss(seeded(dieAt));
  const { log } = openLogs(left, { clock }).topics.partition('t', 0);
  const after = recordsOf(log);
  const newest = expectedOf(written, log.active.baseOffset);
  for (const record of newest) expect(after).toContainEqual(record);
  for (const record of after) expect(before).toContainEqual(record);
  expect(log.highWatermark).toBe(partition.log.highWatermark);
  return steps;
}

class DyingDisk extends MemoryDisk {
  steps = 0;
  stepsLeft = Infinity;

  override rename(from: string, to: string): void {
    this.step();
    super.rename(from, to);
  }
  override remove(file: string): void {
    this.step();
    super.remove(file);
  }
  override removeTree(directory: string): void {
    this.step();
    super.removeTree(directory);
  }

  private step(): void {
    this.steps += 1;
    this.stepsLeft -= 1;
    if (this.stepsLeft < 0) throw new Error('the disk is gone');
  }
}
