/**
 * With fsync=always what was acked survives a loss of power, with any policy it survives a kill. Method: topics, segments, producers and
 * entries over a disk in memory that is gone at a random change, again and again on what it left, from seeds that are printed.
 */
import type { FsyncPolicy } from '../../src/node/append/appender';
import { seeded } from '../support/random';
import { applyRetention } from '../../src/node/log/retention';
import { CrashWorkload, open } from './crash-workload';
import { append, createPartition, openLogs } from './log-support';
import { MemoryDisk } from './memory-disk';
import { valueBatch } from './support';

const CRASHES = 8;
const seeds = Array.from({ length: 20 }, (_, index) => index + 1);

interface Crash {
  readonly seed: number;
  readonly fsync: FsyncPolicy;
  /** How many of four crashes are a loss of power, the others being kills. */
  readonly powerLosses: number;
}

async function crashAgainAndAgain({ seed, fsync, powerLosses }: Crash): Promise<void> {
  const random = seeded(seed);
  const workload = new CrashWorkload(random);
  let disk = new MemoryDisk();
  for (let crash = 0; crash < CRASHES; crash += 1) {
    let changesLeft = random(200);
    let left: MemoryDisk | undefined;
    const running = disk;
    running.beforeChange = () => {
      changesLeft -= 1;
      if (changesLeft >= 0) return;
      left ??= random(4) < powerLosses ? running.copyAfterPowerLoss(random) : running.copy();
      throw new Error('the disk is gone');
    };
    await workload.run(running, fsync).catch((error: unknown) => {
      if (left === undefined || !String(error).includes('the disk is gone')) throw error;
    });
    disk = left ?? running.copy();
  }
  workload.check(open(disk, fsync));
}

test.each(seeds)('everything acked with fsync=always survives losses of power and kills (seed %i)', async (seed) => {
  await crashAgainAndAgain({ seed, fsync: 'always', powerLosses: 2 });
});

test.each(seeds)('everything acked with fsync=os survives kills (seed %i)', async (seed) => {
  await crashAgainAndAgain({ seed: 1_000 + seed, fsync: 'os', powerLosses: 0 });
});

test('what DeleteRecords was answered for stays deleted, also where retention had removed it before', async () => {
  const disk = new MemoryDisk();
  const timestampMs = 1_700_000_000_000;
  const partition = createPartition(openLogs(disk, { fsync: 'always' }), {
    'retention.ms': '1',
    'segment.ms': '1',
  });
  for (let record = 0; record < 5; record += 1) {
    await append(partition, valueBatch(`${record}`, { timestampMs: timestampMs + 10 * record }));
  }
  applyRetention(partition, timestampMs + 35);
  expect(partition.log.logStartOffset).toBe(4);
  partition.log.moveLogStart(3);
  // Of everything, what was synced.
  const { topics } = openLogs(disk.copyAfterPowerLoss(() => 0));
  expect(topics.partition('t', 0).log.logStartOffset).toBeGreaterThanOrEqual(3);
});

test('what retention removed stays removed', async () => {
  const disk = new MemoryDisk();
  const timestampMs = 1_700_000_000_000;
  const settings = { 'retention.ms': '1', 'segment.ms': '1' };
  const partition = createPartition(openLogs(disk, { fsync: 'always' }), settings);
  for (let record = 0; record < 5; record += 1) {
    await append(partition, valueBatch(`${record}`, { timestampMs: timestampMs + 10 * record }));
  }
  applyRetention(partition, timestampMs + 1_000);
  expect(partition.log.logStartOffset).toBe(5);
  for (const seed of seeds) {
    const again = openLogs(disk.copyAfterPowerLoss(seeded(seed)), { fsync: 'always' }).topics.partition('t', 0);
    expect([seed, again.log.logStartOffset]).toEqual([seed, 5]);
  }
});
