/**
 * What a start makes of a directory that a crash or a bad disk left. Goal: an offset is answered with the bytes that were appended
 * at it, or with an error; nothing before the damage is lost, nothing after it is unreachable. Method: random logs over a disk in
 * memory, cut or changed at random places, from seeds that are printed.
 */
import { ErrorCode } from '../../src/rpc/record_log';
import { NodeError } from '../../src/node/node-error';
import { seeded } from '../support/random';
import { type Logger, silentLogger } from '../../src/telemetry/log/log';
import { append, appendAll, createPartition, ManualClock, openLogs, readAll } from './log-support';
import { MemoryDisk } from './memory-disk';
import { makeBatch, splitBatches } from './support';

/** In a batch; behind it its CRC covers all. */
const CRC_POSITION = 17;
const LAST_OFFSET_DELTA_POSITION = 23;
/** How often a damaged range is looked at again, at most. */
const LOOK_MS = 5_000;

interface Written {
  readonly disk: MemoryDisk;
  /** By the offset of their first record. */
  readonly batches: ReadonlyMap<number, Buffer>;
  readonly records: number;
}

async function randomLog(random: (below: number) => number): Promise<Written> {
  const disk = new MemoryDisk();
  const logs = openLogs(disk);
  const partition = createPartition(logs, { 'internal.segment.bytes': String(2_000 + random(20_000)) });
  const batches = new Map<number, Buffer>();
  let records = 0;
  const total = 5 + random(60);
  for (let index = 0; index < total; index += 1) {
    const batch = randomBatch(random);
    const outcome = await append(partition, batch);
    if (outcome.kind !== 'appended') throw outcome.error;
    expect(outcome.baseOffset).toBe(records);
    const stored = Buffer.from(batch);
    stored.writeBigInt64BE(BigInt(records), 0);
    stored.writeInt32BE(0, 12);
    batches.set(records, stored);
    records += batch.readInt32BE(57);
  }
  await logs.topics.sealed();
  return { disk, batches, records };
}

function randomBatch(random: (below: number) => number): Buffer {
  const records = Array.from({ length: 1 + random(5) }, () => ({ value: randomValue(random) }));
  return makeBatch({ records });
}

function randomValue(random: (below: number) => number): Buffer {
  const value = Buffer.alloc(random(random(10) === 0 ? 5_000 : 200));
  for (let at = 0; at < value.length; at += 1) value[at] = random(256);
  return value;
}

function partitionOf(disk: MemoryDisk) {
  const logs = openLogs(disk);
  return { ...logs, partition: logs.topics.partition('t', 0) };
}

const seeds = Array.from({ length: 40 }, (_, index) => index + 1);

test.each(seeds)(
  'a log cut at any byte of its last segment keeps every whole batch before the cut (seed %i)',
  async (seed) => {
    const random = seeded(seed);
    const { disk, batches } = await randomLog(random);
    const crashed = disk.copy();
    const last = crashed.named('.log').at(-1) ?? '';
    const content = crashed.content(last);
    const cut = random(content.length + 1);
    crashed.put(last, content.subarray(0, cut));
    const base = Number(last.slice(-24, -4));
    const whole = splitWhole(content.subarray(0, cut));
    const { partition, report } = partitionOf(crashed);
    expect(report.truncatedBytes).toBe(cut - whole.bytes);
    expect(partition.log.highWatermark).toBe(whole.lastOffset === undefined ? base : whole.lastOffset + 1);
    for (const batch of readAll(partition.log))
      expect(batch.bytes.equals(batches.get(batch.baseOffset) ?? Buffer.alloc(0))).toBe(true);
    const outcome = await append(partition, makeBatch({ records: [{ value: Buffer.from('after') }] }));
    expect(outcome).toMatchObject({
      kind: 'appended',
      baseOffset: whole.lastOffset === undefined ? base : whole.lastOffset + 1,
    });
  },
);

test.each(seeds)('a changed bit is an error for its batch and for no other (seed %i)', async (seed) => {
  const random = seeded(1_000 + seed);
  const { disk, batches, records } = await randomLog(random);
  const damaged = disk.copy();
  const files = damaged.named('.log');
  const file = files[random(files.length)] ?? '';
  const content = Buffer.from(damaged.content(file));
  if (content.length === 0) return;
  const bit = random(content.length * 8);
  content[bit >> 3] = (content[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  damaged.put(file, content);
  // The bits of a batch that its CRC does not cover are its place in the log.
  for (const closed of [false, true]) {
    const copy = damaged.copy();
    if (!closed) for (const index of copy.named('.index')) copy.remove(index);
    const { partition } = partitionOf(copy);
    checkReads(partition.log, batches, { records, endMayBeCut: file === files.at(-1) });
    partition.log.tail.clear();
    checkReads(partition.log, batches, { records, endMayBeCut: file === files.at(-1) });
  }
});

test.each(seeds)(
  'a file that is restored while the node runs is read as if nothing had been (seed %i)',
  async (seed) => {
    const random = seeded(3_000 + seed);
    const { disk, batches } = await randomLog(random);
    const files = disk.named('.log').slice(0, -1);
    const file = files[random(files.length)];
    if (file === undefined) return;
    const whole = Buffer.from(disk.content(file));
    const stored = splitBatches(whole);
    const struck = random(stored.length);
    const first = stored[struck]?.baseOffset ?? 0;
    const position = stored.slice(0, struck).reduce((sum, { bytes }) => sum + bytes.length, 0);
    const damaged = Buffer.from(whole);
    const at = position + CRC_POSITION + random((stored[struck]?.bytes.length ?? 0) - CRC_POSITION);
    damaged[at] = (damaged[at] ?? 0) ^ (1 << random(8));
    disk.put(file, damaged);
    // Found by the walk of a start, and by a read.
    for (const isWalked of [true, false]) {
      const copy = disk.copy();
      if (isWalked) for (const index of copy.named('.index')) copy.remove(index);
      const clock = new ManualClock();
      const { log } = openLogs(copy, { clock }).topics.partition('t', 0);
      const isDamaged = (): void => expect(() => log.read({ offset: first }, 1)).toThrow(/damaged/);
      isDamaged();
      copy.put(file, whole);
      isDamaged();
      clock.now += LOOK_MS;
      for (const again of [log, partitionOf(copy.copy()).partition.log]) {
        const read = readAll(again);
        expect(read.map(({ baseOffset }) => baseOffset)).toEqual([...batches.keys()]);
        for (const { baseOffset, bytes } of read)
          expect(bytes.equals(batches.get(baseOffset) ?? Buffer.alloc(0))).toBe(true);
      }
      expect(partitionOf(copy).report.damagedRanges).toBe(0);
    }
  },
);

test('of a file that is restored in part, in place, so much is read; and it is told of each part', async () => {
  const disk = new MemoryDisk();
  const clock = new ManualClock();
  const lines: string[] = [];
  const logger = { ...silentLogger, write: (...[, event]: Parameters<Logger['write']>) => void lines.push(event) };
  const partition = createPartition(openLogs(disk, { clock, logger }));
  const batch = makeBatch({ records: [{ value: Buffer.alloc(100, 1) }] });
  await appendAll(
    partition,
    Array.from({ length: 10 }, () => batch),
  );
  const { log } = partition;
  log.tail.clear();
  const content = disk.content(disk.named('.log')[0] ?? '');
  const whole = Buffer.from(content);
  content.fill(0, 4 * batch.length, 6 * batch.length);
  expect(() => log.read({ offset: 4 }, 1)).toThrow(/offsets 4 to 5 .* damaged/);
  whole.copy(content, 4 * batch.length, 4 * batch.length, 5 * batch.length);
  clock.now += LOOK_MS;
  expect(log.read({ offset: 4 }, 1).summaries).toHaveLength(1);
  expect(() => log.read({ offset: 5 }, 1)).toThrow(/offsets 5 to 5 .* damaged/);
  whole.copy(content, 5 * batch.length, 5 * batch.length, 6 * batch.length);
  expect(() => log.read({ offset: 5 }, 1)).toThrow(/damaged/);
  clock.now += LOOK_MS;
  expect(readAll(log)).toHaveLength(10);
  expect(lines.filter((event) => event.startsWith('node.damage'))).toEqual([
    'node.damage',
    'node.damage.mended',
    'node.damage.mended',
  ]);
});

function checkReads(
  log: ReturnType<typeof partitionOf>['partition']['log'],
  batches: ReadonlyMap<number, Buffer>,
  { records, endMayBeCut }: { records: number; endMayBeCut: boolean },
): void {
  let wrongBatches = 0;
  for (const [offset, expected] of batches) {
    if (offset >= log.highWatermark) {
      expect(endMayBeCut).toBe(true);
      continue;
    }
    try {
      const [batch] = splitBatches(log.read({ offset }, 1).chunks[0] ?? Buffer.alloc(0));
      // The leader epoch is not covered by the CRC.
      batch?.bytes.writeInt32BE(0, 12);
      expect(batch?.bytes.equals(expected)).toBe(true);
    } catch (error) {
      if (!(error instanceof NodeError)) throw error;
      expect(error.code).toBe(ErrorCode.STORAGE_ERROR);
      wrongBatches += 1;
    }
  }
  expect(wrongBatches).toBeLessThanOrEqual(1);
  if (!endMayBeCut) expect(log.highWatermark).toBe(records);
}

test.each(seeds.slice(0, 20))(
  'bytes of a torn write behind every segment are cut, and nothing else (seed %i)',
  async (seed) => {
    const random = seeded(2_000 + seed);
    const { disk, batches, records } = await randomLog(random);
    const crashed = disk.copy();
    let torn = 0;
    for (const file of crashed.named('.log')) {
      const piece = tornPiece(random);
      torn += piece.length;
      crashed.put(file, Buffer.concat([crashed.content(file), piece]));
    }
    const { partition, report } = partitionOf(crashed);
    expect(report.truncatedBytes).toBe(torn);
    expect(report.damagedRanges).toBe(0);
    expect(partition.log.highWatermark).toBe(records);
    const read = readAll(partition.log);
    expect(read.map((batch) => batch.baseOffset)).toEqual([...batches.keys()]);
    for (const batch of read) expect(batch.bytes.equals(batches.get(batch.baseOffset) ?? Buffer.alloc(0))).toBe(true);
  },
);

/** The beginning of a batch, or bytes that are none. */
function tornPiece(random: (below: number) => number): Buffer {
  if (random(2) === 0) return Buffer.from(Array.from({ length: 1 + random(300) }, () => random(256)));
  const batch = randomBatch(random);
  return batch.subarray(0, 1 + random(batch.length - 1));
}

test('damage in the middle is reported, kept as it is, and passed by', async () => {
  const disk = new MemoryDisk();
  const logs = openLogs(disk);
  const partition = createPartition(logs);
  await appendAll(
    partition,
    Array.from({ length: 10 }, (_, index) => makeBatch({ records: [{ value: Buffer.alloc(100, index) }] })),
  );
  const crashed = disk.copy();
  const [file = ''] = crashed.named('.log');
  const bytes = Buffer.from(crashed.content(file));
  bytes.fill(0, 4 * (bytes.length / 10), 6 * (bytes.length / 10));
  crashed.put(file, bytes);
  const { partition: recovered, report } = partitionOf(crashed);
  expect(report).toMatchObject({ damagedRanges: 1, truncatedBytes: 0 });
  expect(recovered.log.highWatermark).toBe(10);
  expect(() => recovered.log.read({ offset: 4 }, 1)).toThrow(/offsets 4 to 5 .* damaged/);
  expect(() => recovered.log.read({ offset: 5 }, 1)).toThrow(NodeError);
  expect(readAll(recovered.log, 6).map((batch) => batch.baseOffset)).toEqual([6, 7, 8, 9]);
  expect(recovered.log.read({ offset: 0 }, 1 << 20).summaries).toHaveLength(4);
  expect(crashed.content(file)).toEqual(bytes);
});

test('a batch whose damaged header says that it ends behind the log is damage, and not passed by', async () => {
  const disk = new MemoryDisk();
  const logs = openLogs(disk);
  const partition = createPartition(logs, { 'internal.segment.bytes': '1000' });
  const batch = makeBatch({ records: [{ value: Buffer.alloc(200) }] });
  await appendAll(
    partition,
    Array.from({ length: 10 }, () => batch),
  );
  partition.log.tail.clear();
  const content = disk.content(disk.named('.log')[0] ?? '');
  content.writeInt32BE(1_000, batch.length + LAST_OFFSET_DELTA_POSITION);
  expect(() => partition.log.read({ offset: 1 }, 1)).toThrow(/offsets 1 to 1 .* damaged/);
  expect(partition.log.read({ offset: 2 }, 1).summaries[0]?.lastOffset).toBe(2);
});

test('a census that was lost is counted again from the records', async () => {
  const disk = new MemoryDisk();
  const logs = openLogs(disk);
  const partition = createPartition(logs);
  const batch = makeBatch({ records: [{ value: Buffer.from('four') }, { value: null }, { value: Buffer.alloc(0) }] });
  const census = { records: 3, nulls: 1, empties: 1, controls: 0, valueBytes: 4 };
  await append(partition, batch, census);
  await append(partition, batch);
  const crashed = disk.copy();
  for (const file of crashed.named('.census')) crashed.put(file, Buffer.alloc(5));
  const { partition: recovered } = partitionOf(crashed);
  expect(recovered.log.read({ offset: 0 }, 1 << 20).summaries.map((summary) => summary.census)).toEqual([
    census,
    census,
  ]);
  expect(partition.log.read({ offset: 0 }, 1 << 20).summaries.map((summary) => summary.census)).toEqual([
    census,
    census,
  ]);
});

test('after a close nothing is walked over', async () => {
  const disk = new MemoryDisk();
  const logs = openLogs(disk);
  const partition = createPartition(logs, { 'internal.segment.bytes': '1000' });
  for (let index = 0; index < 30; index += 1)
    await append(partition, makeBatch({ records: [{ value: Buffer.alloc(200) }] }));
  await logs.topics.close(new NodeError(ErrorCode.SHUTTING_DOWN, 'stopping'));
  const { report, partition: reopened } = partitionOf(disk.copy());
  expect(report).toMatchObject({ segments: 0, batches: 0, truncatedBytes: 0 });
  expect(readAll(reopened.log)).toHaveLength(30);
});

function splitWhole(bytes: Buffer): { bytes: number; lastOffset: number | undefined } {
  let at = 0;
  let lastOffset: number | undefined;
  while (at + 61 <= bytes.length && at + bytes.readInt32BE(at + 8) + 12 <= bytes.length) {
    lastOffset = Number(bytes.readBigInt64BE(at)) + bytes.readInt32BE(at + 23);
    at += bytes.readInt32BE(at + 8) + 12;
  }
  return { bytes: at, lastOffset };
}
