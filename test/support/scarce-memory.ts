/**
 * Memory that is scarce on this machine for as long as a test wants: processes that write more than their cgroup may hold, so that the kernel has to
 * find memory before each goes on. Only they have none; the machine counts how long somebody waited.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChild } from './child';

/** Of version 1: of version 2 only a cgroup without processes of its own gives memory to those below it. */
const CGROUPS = '/sys/fs/cgroup/memory';
const MEMORY_BYTES = 8 * 1024 * 1024;
/** One alone also waits for its disk. */
const WRITERS = 8;
const BLOCKS = 'bs=64k count=512';

const cgroupOf = (name: string): string => {
  const cgroup = join(CGROUPS, `seaglass-${name}-${process.pid}`);
  mkdirSync(cgroup);
  return cgroup;
};

/** Where the kernel lets us make no cgroup, or does not count, there is nothing to show it with. */
export function canMakeMemoryScarce(): boolean {
  try {
    readFileSync('/proc/pressure/memory');
    rmdirSync(cgroupOf('try'));
    return true;
  } catch {
    return false;
  }
}

/** Resolves once it is scarce, with how to end it. */
export async function makeMemoryScarce(): Promise<() => Promise<void>> {
  const cgroup = cgroupOf('scarce');
  const processes = join(cgroup, 'cgroup.procs');
  writeFileSync(join(cgroup, 'memory.limit_in_bytes'), String(MEMORY_BYTES));
  const directory = mkdtempSync(join(tmpdir(), 'seaglass-scarce-'));
  const write = `while :; do dd if=/dev/zero of="$1" ${BLOCKS} conv=notrunc 2>/dev/null; done`;
  const script = `echo $$ > ${processes} && for each in $(seq ${WRITERS}); do sh -c '${write}' writer $each & done; wait`;
  const child = startChild('sh', ['-c', script], { directory });
  const before = stalledUs();
  while (stalledUs() === before) await new Promise(setImmediate);
  return async () => {
    for (let left = pidsOf(processes); left.length > 0; left = pidsOf(processes)) {
      for (const pid of left) kill(pid);
      await new Promise(setImmediate);
    }
    await child.kill();
    rmdirSync(cgroup);
    rmSync(directory, { recursive: true, force: true });
  };
}

const stalledUs = (): string | undefined =>
  /^some .*total=(\d+)$/m.exec(readFileSync('/proc/pressure/memory', 'latin1'))?.[1];

const pidsOf = (file: string): readonly number[] =>
  readFileSync(file, 'latin1').split('\n').filter(Boolean).map(Number);

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}
