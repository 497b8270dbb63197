/**
 * A small disk that is a process's own: a tmpfs in a mount namespace of its own, in which a shell runs the process and then what it is told.
 * Everything in it ends with the shell.
 */
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { type Child, startChild } from './child';

/** Mounts of its own, and processes that end with the first of them. */
const OWN = ['-rm', '--pid', '--fork', '--mount-proc', '--kill-child'];
const FILLER = 'filler';

export interface OnOwnDisk {
  readonly child: Child;
  /** Runs the command of a shell beside the process; resolves when it has ended, with its exit code. */
  inside(command: string): Promise<number>;
  /** Writes a file of nothing until there is no room left. */
  fill(): Promise<void>;
  /** Removes that file. */
  makeRoom(): Promise<void>;
}

/** Where the kernel lets us mount nothing there is nothing to show it with. */
export const canMount = (): boolean =>
  spawnSync('unshare', [...OWN, 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0;

/** Mounts a tmpfs of that size over the directory, and runs the command there. */
export function startOnOwnDisk(disk: {
  readonly directory: string;
  readonly mib: number;
  readonly command: string;
}): OnOwnDisk {
  const { directory, mib, command } = disk;
  const script = [
    `mount -t tmpfs -o size=${mib}m none ${directory} || exit 1`,
    `${command} &`,
    'while read -r asked line; do eval "$line"; echo "done $asked: $?"; done',
  ];
  const child = startChild('unshare', [...OWN, 'sh', '-c', script.join('\n')], { directory: tmpdir(), input: true });
  let asked = 0;
  const inside = async (line: string): Promise<number> => {
    asked += 1;
    child.write(`${asked} ${line}\n`);
    const [, code] = await child.printed(new RegExp(`^done ${asked}: (\\d+)$`, 'm'));
    return Number(code);
  };
  return {
    child,
    inside,
    async fill() {
      await inside(`cat /dev/zero > ${directory}/${FILLER} 2>/dev/null`);
    },
    async makeRoom() {
      await inside(`rm ${directory}/${FILLER}`);
    },
  };
}
