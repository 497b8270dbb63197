/**
 * Reads a copy of the disk as a start would, without any cache, and holds it against the model: everything acked is there. What compaction took
 * since is known to be gone from then on.
 */
import { openLogs, readAll } from '../node/log-support';
import type { MemoryDisk } from '../node/memory-disk';
import { agree } from './disagreement';
import type { ModelPartition } from './model-partition';
import { checkRead } from './reading';
import type { Simulation } from './simulation';

/** By what a copy of the disk is as it is; after a loss of power, what retention had removed may be back. */
export type Left = 'running' | 'killed' | 'powerless';

/** Answers where each log begins. */
export function audit(simulation: Simulation, disk: MemoryDisk, left: Left): ReadonlyMap<ModelPartition, number> {
  const { system, model, time } = simulation;
  const { topics, report } = openLogs(disk, { ...system.nodeOptions, clock: time.node });
  agree(report.damagedRanges === 0, () => `the disk of a ${left} node has ${report.damagedRanges} damaged ranges`);
  const found = topics.list().map(({ name, partitionCount }) => `${name} ${partitionCount}`);
  const expected = model.topics.map(({ name, partitions }) => `${name} ${partitions.length}`);
  agree(
    found.join() === expected.join(),
    () => `the disk of a ${left} node has ${found.join()}, not ${expected.join()}`,
  );
  const starts = new Map<ModelPartition, number>();
  for (const partition of model.partitions) {
    const { log } = topics.partition(partition.topic.name, partition.index);
    auditPartition(simulation, partition, log, left);
    starts.set(partition, log.logStartOffset);
  }
  return starts;
}

function auditPartition(
  simulation: Simulation,
  partition: ModelPartition,
  log: Parameters<typeof readAll>[0],
  left: Left,
): void {
  const { time, batches } = simulation;
  const { highWatermark, logStartOffset } = log;
  const what = `on the disk of a ${left} node ${partition.name} is from ${logStartOffset} to ${highWatermark}`;
  agree(highWatermark >= partition.end, () => `${what}, acked are ${partition.end}`);
  const least = left === 'powerless' ? partition.deleted : partition.start;
  const most = partition.startMost(time.now.nodeMs);
  agree(logStartOffset >= least && logStartOffset <= most, () => `${what}; it may begin from ${least} to ${most}`);
  const asked = { partition, offset: logStartOffset, by: `the disk of a ${left} node`, askedMs: 0, mayBeOld: false };
  const { seen, nextOffset } = checkRead(batches, asked, readAll(log), time.now);
  agree(nextOffset >= highWatermark, () => `${what}, and was read to ${nextOffset}`);
  if (left !== 'running') return;
  const there = new Set(seen.map(({ offset }) => offset));
  for (let offset = logStartOffset; offset < partition.end; offset += 1) {
    if (!there.has(offset)) partition.gone(offset, time.now.gatewaysMs);
  }
}
