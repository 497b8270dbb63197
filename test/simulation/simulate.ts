/** Runs a seed until its steps or its time are over, or system and model disagree; and says so in lines. */
import { initCompression } from '../../src/protocol/compression/compression';
import { systemClock } from '../../src/clock';
import { Simulation, type SimulationOptions } from './simulation';

export interface SimulateOptions extends SimulationOptions {
  readonly seed: number;
  readonly stepsMax: number;
  /** Done even where they take longer than `secondsMax`; none unless given. */
  readonly stepsMin?: number;
  /** Real time. */
  readonly secondsMax: number;
}

export interface Simulated {
  readonly seed: number;
  readonly steps: number;
  readonly recordsRead: number;
  readonly crashes: number;
  readonly operations: ReadonlyMap<string, number>;
  /** Of what was done and sent. */
  readonly digest: string;
  /** Undefined where system and model agreed to the end. */
  readonly disagreement: string | undefined;
  readonly lines: readonly string[];
}

export async function simulate({
  seed,
  stepsMax,
  stepsMin = 0,
  secondsMax,
  ...options
}: SimulateOptions): Promise<Simulated> {
  await initCompression();
  const untilMs = systemClock.monotonicMs() + secondsMax * 1_000;
  const simulation = new Simulation(seed, options);
  let failure: unknown;
  try {
    await simulation.start();
    const goesOn = (): boolean =>
      simulation.steps < stepsMax && (simulation.steps < stepsMin || systemClock.monotonicMs() < untilMs);
    while (goesOn()) await simulation.step();
  } catch (error) {
    failure = error;
  }
  await simulation.close().catch((error: unknown) => (failure ??= error));
  return told(simulation, seed, failure);
}

function told(simulation: Simulation, seed: number, failure: unknown): Simulated {
  const { steps, recordsRead, crashes, operations, digest, excused, time, history, batches } = simulation;
  const removed = listed(simulation.removed);
  const disagreement = failure === undefined ? undefined : reason(failure);
  return {
    ...{ seed, steps, recordsRead, crashes, operations, digest, disagreement },
    lines: [
      `seed ${seed}: ${steps} steps (fsync ${simulation.fsync}), digest ${digest}`,
      `  ${listed(operations)}`,
      `  ${batches.count} batches sent, ${recordsRead} records read, ${crashes} ends, ${excused} errors excused, time pushed ${time.pushes} times`,
      `  records removed by ${removed}`,
      ...(disagreement === undefined
        ? []
        : [...history.map((line) => `  ${line}`), `DISAGREEMENT (seed ${seed}): ${disagreement}`]),
    ],
  };
}

const listed = (counts: ReadonlyMap<string, number>): string =>
  [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([kind, count]) => `${kind} ${count}`)
    .join(', ');

function reason(failure: unknown): string {
  if (!(failure instanceof Error)) return String(failure);
  return failure.name === 'Disagreement' ? failure.message : (failure.stack ?? failure.message);
}
