/** How long the process ran, how long its main thread was ready to run and had no core, and how long memory was waited for. */
import { readFileSync } from 'node:fs';
import { memoryStallMs } from './memory-pressure';

export interface CpuTime {
  /** User and system time, ms. */
  readonly ranMs: number;
  /** Ready and not running, ms; 0 where the system does not tell. */
  readonly waitedMs: number;
  /** Its cgroup waited for memory, ms; 0 where the system does not tell. */
  readonly memoryMs: number;
}

export type CpuTimes = () => CpuTime;

/** Linux: time on the CPU, time in the run queue, number of slices; nanoseconds, of the main thread. */
const SCHEDSTAT = '/proc/self/schedstat';

export const processCpuTimes: CpuTimes = () => {
  const { user, system } = process.cpuUsage();
  return { ranMs: (user + system) / 1_000, waitedMs: runQueueMs(), memoryMs: memoryStallMs() };
};

let isTold = true;

function runQueueMs(): number {
  if (!isTold) return 0;
  try {
    const waitedNs = Number(readFileSync(SCHEDSTAT, 'latin1').split(' ')[1]);
    return Number.isFinite(waitedNs) ? waitedNs / 1e6 : 0;
  } catch {
    // Another system, or one that does not tell: asked once.
    isTold = false;
    return 0;
  }
}

export const cpuSince = (before: CpuTime, now: CpuTime): CpuTime => ({
  ranMs: now.ranMs - before.ranMs,
  waitedMs: now.waitedMs - before.waitedMs,
  memoryMs: now.memoryMs - before.memoryMs,
});
