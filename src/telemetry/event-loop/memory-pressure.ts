/** How long processes of the gateway's cgroup stood still because memory had to be found first: the kernel's own word (PSI). */
import { readFileSync } from 'node:fs';

/** Of the whole machine, where the cgroup does not tell. */
const MACHINE = '/proc/pressure/memory';

/** The file that tells, where one does; looked for once. */
let file: string | undefined;
let isLookedFor = false;

/** Since the start of the system, ms; 0 where it does not tell. */
export function memoryStallMs(): number {
  if (!isLookedFor) file = [ofCgroup(), MACHINE].find((each) => each !== undefined && stallIn(each) !== undefined);
  isLookedFor = true;
  return file === undefined ? 0 : (stallIn(file) ?? 0);
}

function ofCgroup(): string | undefined {
  const own = /^0::(\/.*)$/m.exec(contentOf('/proc/self/cgroup') ?? '')?.[1];
  return own === undefined ? undefined : `/sys/fs/cgroup${own === '/' ? '' : own}/memory.pressure`;
}

/** `some avg10=0.00 avg60=0.00 avg300=0.00 total=1234`, in µs. */
function stallIn(path: string): number | undefined {
  const total = /^some .*\btotal=(\d+)$/m.exec(contentOf(path) ?? '')?.[1];
  return total === undefined ? undefined : Number(total) / 1_000;
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    // Another system, or one that does not tell.
    return undefined;
  }
}
