/** `seaglass drill NAME`: makes a gateway that was started for it fail in one way, and says whether that was seen. */
import { InvalidArgumentError } from 'commander';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { MessageChannel } from 'node:worker_threads';
import { systemClock } from '../clock';
import { DRILL_NAMES, type DrillName, drillOf, isDrill } from '../drills/drill-list';
import { runDrill } from '../drills/run/run-drill';

export interface DrillFlags {
  readonly topic?: string;
  /** ms */
  readonly for: number;
  readonly console: string;
  readonly prometheus?: string;
  /** A command of the shell. */
  readonly restart?: string;
}

/** Resolves once the command has ended well. */
async function run(command: string): Promise<void> {
  const child = spawn(command, { shell: true, stdio: 'inherit' });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`the restart failed: ${command}`);
}

/** A name, and its delay where one is given: `init-delay=35s`. */
export interface AskedDrill {
  readonly drill: DrillName;
  readonly delayMs: number | undefined;
}

const EXIT_NOT_SEEN = 1;

export async function drill({ drill: name, delayMs }: AskedDrill, flags: DrillFlags): Promise<number> {
  const { topic, prometheus, restart } = flags;
  // Timers keep no process alive, and for a while there may be nothing else.
  const alive = new MessageChannel();
  alive.port1.ref();
  const outcome = await runDrill({
    drill: name,
    console: flags.console,
    forMs: flags.for,
    clock: systemClock,
    say: (line) => void process.stdout.write(`${line}\n`),
    ...(restart === undefined ? {} : { restart: () => run(restart) }),
    ...(topic === undefined ? {} : { topic }),
    ...(prometheus === undefined ? {} : { prometheus }),
    ...(delayMs === undefined ? {} : { delayMs }),
  }).finally(() => alive.port1.close());
  return outcome.passed ? 0 : EXIT_NOT_SEEN;
}

/** Throws InvalidArgumentError. */
export function parseDrill(text: string): AskedDrill {
  const [name = '', delay] = text.split('=', 2);
  if (!isDrill(name)) throw new InvalidArgumentError(`expected one of ${DRILL_NAMES.join(', ')}`);
  const takesDelay = drillOf(name).faults.some(({ delayMs }) => delayMs !== undefined);
  if (delay !== undefined && !takesDelay) throw new InvalidArgumentError(`${name} has no delay`);
  return { drill: name, delayMs: delay === undefined ? undefined : parseDuration(delay) };
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000 };

/** `35s`, `500ms` or `2m` as ms. Throws InvalidArgumentError. */
export function parseDuration(text: string): number {
  const match = /^(\d+)(ms|s|m)$/.exec(text);
  const ms = Number(match?.[1]) * (UNITS[match?.[2] ?? ''] ?? Number.NaN);
  if (!(ms > 0)) throw new InvalidArgumentError('expected a duration as 500ms, 35s or 2m');
  return ms;
}
