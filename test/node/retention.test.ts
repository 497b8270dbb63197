/** What goes by itself, and what DeleteRecords takes: whole segments, oldest first, and the log start with them. */
import { applyRetention, freeBelowLogStart } from '../../src/node/log/retention';
import { NodeError } from '../../src/node/node-error';
import { findMaxTimestamp, findOffsetByTime } from '../../src/node/log/find-offset';
import type { HostedPartition } from '../../src/node/topics/hosted-topic';
import { append, createPartition, ManualClock, openLogs, readAll } from './log-support';
import { MemoryDisk } from './memory-disk';
import { ErrorCode } from '../../src/rpc/record_log';
import { seeded } from '../support/random';
import { makeBatch } from './support';

/** Of 261 bytes and more: three to a segment of 1,000. */
async function fill(partition: HostedPartition, clock: ManualClock, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    await append(partition, makeBatch({ timestampMs: clock.now, records: [{ value: Buffer.alloc(190) }] }));
    clock.now += 1_000;
  }
}

function open(configs: Record<string, string>) {
  const disk = new MemoryDisk();
  const clock = new ManualClock();
  const partition = createPartition(openLogs(disk, { clock }), { 'internal.segment.bytes': '1000', ...configs });
  return { disk, clock, partition };
}

test('segments older than retention.ms go, and the log start moves', async () => {
  const { disk, clock, partition } = open({ 'retention.ms': '10500' });
  await fill(partition, clock, 20);
  let woken = 0;
  partition.log.listen(() => (woken += 1));
  expect(applyRetention(partition, clock.now)).toBe(3);
  expect(partition.log.logStartOffset).toBe(9);
  expect(woken).toBeGreaterThan(0);
  expect(() => partition.log.read({ offset: 8 }, 1)).toThrow(NodeError);
  expect(readAll(partition.log).map((batch) => batch.baseOffset)).toEqual([9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
  const again = openLogs(disk.copy(), { clock }).topics.partition('t', 0);
  expect(again.log.logStartOffset).toBe(9);
});

test('when all is older than retention.ms the log is empty and its offsets go on, also after a start', async () => {
  const { disk, clock, partition } = open({ 'retention.ms': '1000' });
  await fill(partition, clock, 5);
  clock.now += 10_000;
  applyRetention(partition, clock.now);
  expect(partition.log).toMatchObject({ logStartOffset: 5, highWatermark: 5 });
  const again = openLogs(disk.copy(), { clock }).topics.partition('t', 0);
  expect(again.log).toMatchObject({ logStartOffset: 5, highWatermark: 5 });
  expect(await append(again, makeBatch({ records: [{ value: null }] }))).toMatchObject({ baseOffset: 5 });
});

test('segments beyond retention.bytes go, and retention.bytes of the newest stay', async () => {
  const { clock, partition } = open({ 'retention.bytes': '2000' });
  await fill(partition, clock, 20);
  applyRetention(partition, clock.now);
  expect(partition.log.sizeBytes).toBeGreaterThanOrEqual(2000);
  expect(partition.log.sizeBytes).toBeLessThan(3000);
});

describe('a producer whose batches went', () => {
  const ACKED = { records: [{ value: Buffer.from('acked') }], producerId: 7n, producerEpoch: 0, baseSequence: 0 };

  /** A batch of an idempotent producer in the first segment, whose ack it missed; then others', until that segment is gone. */
  async function acked(clock: ManualClock, disk: MemoryDisk, goes: (partition: HostedPartition) => void) {
    const logs = openLogs(disk, { clock, fsync: 'always' });
    const partition = createPartition(logs, { 'internal.segment.bytes': '1000', 'retention.ms': '10000' });
    await append(partition, makeBatch({ ...ACKED, timestampMs: clock.now }));
    await fill(partition, clock, 5);
    await append(partition, makeBatch({ ...ACKED, producerId: 8n, timestampMs: clock.now }));
    await logs.topics.sealed();
    goes(partition);
    expect(partition.log.segments).toHaveLength(1);
    return partition.log.highWatermark;
  }

  const ways = {
    retention: (clock: ManualClock) => (partition: HostedPartition) => {
      clock.now += 9_000;
      applyRetention(partition, clock.now);
    },
    'retention of all there is': (clock: ManualClock) => (partition: HostedPartition) => {
      clock.now += 60_000;
      applyRetention(partition, clock.now);
    },
    DeleteRecords: () => (partition: HostedPartition) => {
      const { log } = partition;
      log.moveLogStart(log.highWatermark);
      freeBelowLogStart(partition);
    },
  };

  test.each(Object.keys(ways) as (keyof typeof ways)[])(
    'by %s is known after a crash, also once the snapshots behind it are lost',
    async (way) => {
      for (const crash of ['kill', 'loss of power', 'kill, no index'] as const) {
        const clock = new ManualClock();
        const disk = new MemoryDisk();
        const end = await acked(clock, disk, ways[way](clock));
        const left = crash === 'loss of power' ? disk.copyAfterPowerLoss(seeded(1)) : disk.copy();
        if (crash === 'kill, no index') for (const file of left.named('.index')) left.remove(file);
        const again = openLogs(left, { clock }).topics.partition('t', 0);
        expect(again.log.highWatermark).toBe(end);
        expect(await append(again, makeBatch(ACKED))).toMatchObject({ baseOffset: 0, duplicate: true });
        const gap = await append(again, makeBatch({ ...ACKED, producerId: 8n, baseSequence: 3 }));
        expect(gap.kind === 'refused' && gap.error.code).toBe(ErrorCode.OUT_OF_ORDER_SEQUENCE);
        const next = makeBatch({ ...ACKED, producerId: 8n, baseSequence: 1 });
        expect(await append(again, next)).toMatchObject({ baseOffset: end, duplicate: false });
      }
    },
  );

  test('is known after a crash where what an earlier end of the node had written beside the segment is old', async () => {
    const clock = new ManualClock();
    const disk = new MemoryDisk();
    const first = openLogs(disk, { clock, fsync: 'always' });
    const before = createPartition(first, { 'internal.segment.bytes': '1000', 'retention.ms': '10000' });
    await append(before, makeBatch({ ...ACKED, timestampMs: clock.now }));
    await fill(before, clock, 4);
    await first.topics.close(new NodeError(ErrorCode.SHUTTING_DOWN, 'stopping'));
    const partition = openLogs(disk, { clock, fsync: 'always' }).topics.partition('t', 0);
    await fill(partition, clock, 1);
    clock.now += 9_000;
    applyRetention(partition, clock.now);
    expect(partition.log.segments).toHaveLength(1);
    const again = openLogs(disk.copy(), { clock }).topics.partition('t', 0);
    expect(await append(again, makeBatch(ACKED))).toMatchObject({ baseOffset: 0, duplicate: true });
  });

  test('is known after a crash where the disk was too full to write that down before they went', async () => {
    const clock = new ManualClock();
    const disk = new MemoryDisk();
    await acked(clock, disk, (partition) => {
      disk.capacityBytes = disk.usedBytes();
      clock.now += 9_000;
      applyRetention(partition, clock.now);
    });
    const again = openLogs(disk.copy(), { clock }).topics.partition('t', 0);
    expect(await append(again, makeBatch(ACKED))).toMatchObject({ baseOffset: 0, duplicate: true });
  });
});

test('a producer whose only segment went is known after a crash, where the disk was full until it had gone', async () => {
  const clock = new ManualClock();
  const disk = new MemoryDisk();
  const producer = { producerId: 7n, producerEpoch: 0, baseSequence: 0 };
  const batch = makeBatch({ ...producer, records: [{ value: Buffer.alloc(190) }], timestampMs: clock.now });
  const partition = createPartition(openLogs(disk, { clock, fsync: 'always' }), { 'retention.ms': '10000' });
  expect(await append(partition, batch)).toMatchObject({ baseOffset: 0, duplicate: false });
  disk.capacityBytes = disk.usedBytes();
  clock.now += 60_000;
  applyRetention(partition, clock.now);
  expect(partition.log).toMatchObject({ logStartOffset: 1, highWatermark: 1 });
  const again = openLogs(disk.copy(), { clock }).topics.partition('t', 0);
  expect(await append(again, batch)).toMatchObject({ baseOffset: 0, duplicate: true });
});

test('what went is accounted for, where the disk has no room even then for what is written about it', async () => {
  const clock = new ManualClock();
  const disk = new MemoryDisk();
  const logs = openLogs(disk, { clock });
  const partition = createPartition(logs, { 'internal.segment.bytes': '1000', 'retention.ms': '2500' });
  await fill(partition, clock, 4);
  const { size } = partition.log.segments[0] ?? { size: -1 };
  disk.capacityBytes = 0;
  clock.now += 1_000;
  expect(() => applyRetention(partition, clock.now)).toThrow(/ENOSPC/);
  expect(partition.log.segments).toHaveLength(1);
  expect(logs.context.removals.totals.byCause.get('retention_time')).toMatchObject({ records: 3, bytes: size });
});

test.each(['-1', '-2'])('retention.bytes of %s is no bound', async (bytes) => {
  const { clock, partition } = open({ 'retention.bytes': bytes });
  await fill(partition, clock, 20);
  expect(applyRetention(partition, clock.now)).toBe(0);
});

test('a topic that is only compacted keeps its records for ever', async () => {
  const { clock, partition } = open({ 'cleanup.policy': 'compact', 'retention.ms': '1', 'retention.bytes': '1' });
  await fill(partition, clock, 10);
  clock.now += 1_000_000;
  expect(applyRetention(partition, clock.now)).toBe(0);
});

test('DeleteRecords moves the log start for ever and frees the segments below it', async () => {
  const { disk, clock, partition } = open({});
  await fill(partition, clock, 10);
  partition.log.moveLogStart(7);
  expect(() => partition.log.moveLogStart(11)).toThrow(/not within/);
  expect(applyRetention(partition, clock.now)).toBe(2);
  expect(readAll(partition.log).map((batch) => batch.baseOffset)).toEqual([7, 8, 9]);
  const again = openLogs(disk.copy(), { clock }).topics.partition('t', 0);
  expect(again.log.logStartOffset).toBe(7);
});

test('a timestamp is found in the batch and at the record that reaches it', async () => {
  const { clock, partition } = open({});
  const start = clock.now;
  await fill(partition, clock, 9);
  const records = [0, 50, 20].map((timestampDeltaMs) => ({ value: null, timestampDeltaMs }));
  await append(partition, makeBatch({ timestampMs: start + 100_000, records }));
  const { log } = partition;
  expect(findOffsetByTime(log, 0)).toEqual({ offset: 0, timestampMs: start });
  expect(findOffsetByTime(log, start + 3_001)).toEqual({ offset: 4, timestampMs: start + 4_000 });
  expect(findOffsetByTime(log, start + 100_010)).toEqual({ offset: 10, timestampMs: start + 100_050 });
  expect(findOffsetByTime(log, start + 100_051)).toBeUndefined();
  expect(findMaxTimestamp(log)).toEqual({ offset: 10, timestampMs: start + 100_050 });
  log.moveLogStart(11);
  expect(findMaxTimestamp(log)).toEqual({ offset: 11, timestampMs: start + 100_020 });
});
