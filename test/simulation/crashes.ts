/** Ends that nobody asked for, and some that somebody did. */
import type { MemoryDisk } from '../node/memory-disk';
import { audit, type Left } from './audit';
import { agree } from './disagreement';
import type { Draws } from './draws';
import type { Simulation } from './simulation';
import { turns } from './simulated-time';
import { beginBurst } from './steps';

/** The process of the node and the near gateway ends in the middle of work, by a signal or for want of power. */
export async function crash(simulation: Simulation, draws: Draws): Promise<void> {
  const { system, fsync, losesUnsynced } = simulation;
  const how: Left = (fsync === 'always' || losesUnsynced) && draws.percent(50) ? 'powerless' : 'killed';
  const [farSurvives, changes, waits] = [draws.percent(40), draws.below(60), draws.below(30)];
  simulation.note(`crash (${how})`, farSurvives ? 'the far gateway goes on' : 'of all');
  simulation.isCrashing = true;
  const left = dying(system.disk, changes, (disk) =>
    how === 'powerless' ? disk.copyAfterPowerLoss((below) => draws.below(below)) : disk.copy(),
  );
  const work = Promise.all(beginBurst(simulation, draws));
  simulation.watch(work);
  await turns(waits);
  const disk = left();
  await system.endSide('near');
  if (!farSurvives) await system.endSide('far');
  await system.endNode().catch((error: unknown) => {
    if (!String(error).includes(GONE)) throw error;
  });
  await simulation.time.until(work, 'what was under way at the crash');
  system.disk = disk;
  await system.startNode();
  await system.startSide('near');
  if (!farSurvives) await system.startSide('far');
  else simulation.farLostNode = true;
  simulation.crashes += 1;
  simulation.isCrashing = false;
  const starts = audit(simulation, disk.copy(), how);
  for (const [partition, start] of starts) {
    if (how === 'powerless') partition.beganAgain(start, simulation, simulation.time.now);
    partition.giveUpLoose();
  }
}

/** The far gateway must find the node again, to read and to append: its connections come back in real time. Needs a partition. */
export async function recover(simulation: Simulation, draws: Draws): Promise<void> {
  const { model, writers, readers, time } = simulation;
  const reader = readers.find(({ side }) => side === 'far');
  const writer = writers.find(({ side, isIdempotent }) => side === 'far' && isIdempotent);
  if (model.partitions.length === 0 || reader === undefined || writer === undefined) return;
  const partition = draws.pick(model.partitions);
  let newBatches = 1;
  for (let tries = 0; ; tries += 1) {
    const { excused } = simulation;
    await writer.write(simulation, draws, partition, newBatches);
    newBatches = 0;
    reader.begin(simulation, partition, partition.start);
    await reader.read(simulation, { maxWaitMs: 0, maxBytes: 1_048_576 });
    if (simulation.excused === excused && !writer.hasPending(partition)) break;
    agree(tries < TRIES_MAX, () => `the far gateway did not find its node again in ${tries} tries`);
    await time.breathe();
  }
  simulation.farLostNode = false;
}

const TRIES_MAX = 200;
const GONE = 'the disk is gone';

/** The disk takes so many more changes and then none. Answers how to get what is left of it: now, if that has not come. */
function dying(disk: MemoryDisk, changes: number, copy: (disk: MemoryDisk) => MemoryDisk): () => MemoryDisk {
  let changesLeft = changes;
  let left: MemoryDisk | undefined;
  disk.beforeChange = () => {
    changesLeft -= 1;
    if (changesLeft >= 0) return;
    left ??= copy(disk);
    throw new Error(GONE);
  };
  return () => {
    changesLeft = 0;
    return (left ??= copy(disk));
  };
}

/** Both are told to stop, and started again on the same disk. */
export async function restartNode(simulation: Simulation): Promise<void> {
  const { system } = simulation;
  simulation.isCrashing = true;
  await system.endSide('near');
  await system.endSide('far');
  await system.endNode();
  await system.startNode();
  await system.startSide('near');
  await system.startSide('far');
  simulation.crashes += 1;
  simulation.isCrashing = false;
}

export async function restartFar(simulation: Simulation): Promise<void> {
  simulation.isCrashing = true;
  await simulation.system.endSide('far');
  await simulation.system.startSide('far');
  simulation.crashes += 1;
  simulation.isCrashing = false;
}
