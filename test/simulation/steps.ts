/** What a step can be, and how often it is. */
import { audit } from './audit';
import { crash, restartFar, restartNode } from './crashes';
import type { Draws } from './draws';
import { changeTopics, deleteSomeRecords, expectExpired, listSomeOffset, makeNoise } from './administration';
import type { FetchLimits, Reader } from './readers';
import type { Simulation } from './simulation';
import type { Writer } from './writers';

export interface Step {
  readonly name: string;
  readonly run: (simulation: Simulation, draws: Draws) => Promise<void>;
}

const STEPS: readonly (readonly [Step, number])[] = [
  [{ name: 'produce', run: produce }, 300],
  [{ name: 'fetch', run: fetch }, 300],
  [{ name: 'burst', run: burst }, 120],
  [{ name: 'long poll', run: poll }, 60],
  [{ name: 'time', run: pass }, 120],
  [{ name: 'list offsets', run: listSomeOffset }, 40],
  [{ name: 'delete records', run: deleteSomeRecords }, 25],
  [{ name: 'create or delete a topic', run: changeTopics }, 20],
  [{ name: 'audit', run: auditNow }, 20],
  [{ name: 'read everything', run: readEverything }, 12],
  [{ name: 'idle', run: idle }, 3],
  [{ name: 'crash', run: crash }, 5],
  [{ name: 'restart of the node', run: restartNode }, 3],
  [{ name: 'restart of the far gateway', run: restartFar }, 4],
  [{ name: 'noise', run: makeNoise }, 1],
];

export function chooseStep(draws: Draws): Step {
  return draws.weighted(STEPS);
}

async function produce(simulation: Simulation, draws: Draws): Promise<void> {
  const { writers, model } = simulation;
  const writer = draws.pick(writers);
  const { partitions } = model;
  if (partitions.length > 0) await writer.write(simulation, draws, draws.pick(partitions), draws.between(1, 3));
}

function drawLimits(draws: Draws, maxWaitMs = 0): FetchLimits {
  return { maxWaitMs, maxBytes: draws.pick([1, 2_000, 50_000, 1_048_576, 1_048_576]) };
}

async function fetch(simulation: Simulation, draws: Draws): Promise<void> {
  const reader = draws.pick(simulation.readers);
  reader.place(simulation, draws);
  await reader.read(simulation, drawLimits(draws));
}

/** Everybody at the same time. */
export async function burst(simulation: Simulation, draws: Draws): Promise<void> {
  await Promise.all(beginBurst(simulation, draws));
}

export function beginBurst(simulation: Simulation, draws: Draws): Promise<unknown>[] {
  const { writers, readers, model } = simulation;
  const { partitions } = model;
  if (partitions.length === 0) return [];
  const hot = draws.pick(partitions);
  const writes = writers.map((writer: Writer): Promise<unknown> => {
    const [target, count] = [draws.percent(60) ? hot : draws.pick(partitions), draws.below(4)];
    return writer.write(simulation, draws, target, count);
  });
  const reads = readers.map((reader: Reader): Promise<unknown> => {
    reader.place(simulation, draws);
    return reader.read(simulation, drawLimits(draws));
  });
  return [...writes, ...reads];
}

/** Waits at an end in the background; the next poll of the same reader comes when this one must be over. */
async function poll(simulation: Simulation, draws: Draws): Promise<void> {
  const poller = draws.pick(simulation.pollers);
  const { partitions } = simulation.model;
  const maxWaitMs = draws.between(200, 3_000);
  await simulation.polled(poller);
  if (partitions.length === 0) return;
  const partition = draws.pick(partitions);
  poller.begin(simulation, partition, partition.end);
  simulation.polls(poller, maxWaitMs, poller.read(simulation, drawLimits(draws, maxWaitMs)));
}

async function pass(simulation: Simulation, draws: Draws): Promise<void> {
  const ms = draws.weighted([
    [draws.between(1, 500), 60],
    [draws.between(500, 4_000), 40],
    [draws.between(8_000, 30_000), 6],
  ]);
  simulation.remember(`${ms} ms`);
  await simulation.time.pass(ms);
}

/** Nobody does anything for longer than anything is kept by time: none of it may be left. */
async function idle(simulation: Simulation): Promise<void> {
  const { model, time } = simulation;
  await time.pass(IDLE_MS);
  for (const partition of model.partitions) {
    const { compacts, retentionMs } = partition.topic.rules;
    if (!compacts && retentionMs < Infinity) await expectExpired(simulation, partition);
  }
}

async function auditNow(simulation: Simulation, draws: Draws): Promise<void> {
  const { disk } = simulation.system;
  audit(simulation, disk.copy(), 'running');
  if (simulation.fsync === 'always') {
    audit(
      simulation,
      disk.copyAfterPowerLoss((below) => draws.below(below)),
      'powerless',
    );
  }
}

/** Every partition, from its beginning to its end, by both gateways. */
async function readEverything(simulation: Simulation): Promise<void> {
  await simulation.time.pass(SETTLED_MS);
  for (const partition of simulation.model.partitions) {
    for (const reader of simulation.readers.slice(0, 2)) {
      reader.begin(simulation, partition, partition.start);
      let failures = 0;
      while (failures < FAILURES_MAX && reader.offset < partition.end) {
        if (!(await reader.read(simulation, { maxWaitMs: 0, maxBytes: 1_048_576 }))) failures += 1;
      }
    }
  }
}

/** The longest retention.ms, and two checks. */
const IDLE_MS = 85_000;
/** What changed before is known to everybody then. */
const SETTLED_MS = 1_250;
/** A log start that moved, and a gateway that has just lost its node. */
const FAILURES_MAX = 5;
