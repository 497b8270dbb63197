/** Child processes of the benchmark: run to their end, or measured through /proc while they run. */
import { readFileSync } from 'node:fs';
import { startChild, type Child } from '../support/child';

export function start(
  command: string,
  parameters: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Child {
  return startChild(command, parameters, { directory: process.cwd(), environment });
}

/** Runs to the end and gives what it printed; throws with the output unless the exit code is 0. */
export async function run(command: string, parameters: readonly string[]): Promise<string> {
  const child = start(command, parameters);
  await child.closed;
  if (child.exitCode !== 0) {
    throw new Error(
      `${command} ${parameters.slice(0, 6).join(' ')} … ended with ${child.exitCode}:\n${child.output()}`,
    );
  }
  return child.output();
}

const TICKS_PER_SECOND = 100;

export interface Usage {
  readonly cpuSeconds: number;
  readonly rssMiB: number;
  /** The most it ever held. */
  readonly rssPeakMiB: number;
}

/** CPU time (user and system) and resident memory of a process so far. */
export function usage(pid: number): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kib = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0);
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
    rssMiB: kib('VmRSS') / 1024,
    rssPeakMiB: kib('VmHWM') / 1024,
  };
}
