/**
 * One process at a time on a data directory. The file `lock` names its holder; a holder that no longer lives (killed, or the
 * machine was started anew) is succeeded. A holder lives when its pid does and started when the file says, or when something
 * answers on its socket (its pid may be one of another container: lock-beacon.ts). A process that has ended and that its parent has not
 * waited for (a zombie) keeps its pid and is dead. A holder on another machine that shares the directory is not seen.
 *
 * A holder that lives may be about to end (it was killed, or drains), so another process waits a few seconds for it. The system
 * tells nobody but its parent when a process ends: the waiting one looks again and again.
 *
 * The file comes to be whole, by link(2), which also decides between two that try at once; a dead holder's file is
 * taken away by rename(2), and what was taken is looked at again before its place is used.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Clock } from '../../clock';
import { ErrorCode } from '../../rpc/record_log';
import { errorCode } from './disk';
import { lightBeacon, shines } from './lock-beacon';
import { NodeError, onDisk } from '../node-error';

interface Holder {
  readonly pid: number;
  readonly token: string;
  /** Clock ticks since the machine's start at which the process began; none where the system does not say. */
  readonly startTime?: string;
  readonly bootId?: string;
  /** Its unix socket, named from the directory; empty where it has none. */
  readonly socket: string;
}

export interface DirectoryLock {
  release(): void;
}

const TAKEOVERS_MAX = 5;
const HOLDER_WAIT_MS = 3_000;
const HOLDER_LOOK_MS = 50;

/**
 * `token`: unlike any other; who starts the node may release the lock of a thread that died by it. Waits a few seconds for another process that holds
 * the directory. Throws STORAGE_ERROR naming the holder.
 */
export async function lockDirectory(directory: string, clock: Clock, token: string): Promise<DirectoryLock> {
  const beacon = await lightBeacon(directory, beaconName(token));
  // Only the beacon keeps a process that waits alive: where there is none, a holder is not waited for.
  const waitMs = beacon === undefined ? 0 : HOLDER_WAIT_MS;
  try {
    await takeLock({ directory, clock, token, socket: beacon === undefined ? '' : beaconName(token), waitMs });
  } catch (error) {
    beacon?.close();
    throw error;
  }
  beacon?.unref();
  const release = (): void => {
    releaseLock(directory, token);
    beacon?.close();
  };
  return { release };
}

const beaconName = (token: string): string => `lock.${token}.sock`;

interface Taking {
  readonly directory: string;
  readonly clock: Clock;
  readonly token: string;
  readonly socket: string;
  /** For a holder that lives, from now on. */
  readonly waitMs: number;
}

async function takeLock({ directory, clock, token, socket, waitMs }: Taking): Promise<void> {
  const file = path.join(directory, 'lock');
  const untilMs = clock.monotonicMs() + waitMs;
  const self: Holder = { pid: process.pid, token, ...processIdentity(process.pid), socket };
  const own = `${file}.${token}`;
  onDisk('write', own, () => fs.writeFileSync(own, JSON.stringify(self), { mode: 0o600, flag: 'wx' }));
  try {
    for (let takeovers = 0; takeovers < TAKEOVERS_MAX;) {
      if (linked(own, file)) return;
      const text = readText(file);
      const holder = text === undefined ? undefined : parseHolder(text);
      if (holder !== undefined && (await lives(directory, holder))) {
        const isSelf = holder.pid === self.pid && holder.startTime === self.startTime;
        if (isSelf || clock.monotonicMs() >= untilMs) throw heldBy(directory, holder);
        await new Promise<void>((resolve) => clock.after(HOLDER_LOOK_MS, resolve));
        continue;
      }
      takeovers += 1;
      if (text !== undefined) takeAway(file, text, `${file}.dead.${token}`);
      if (holder !== undefined) removeBeacon(directory, holder.token);
    }
  } finally {
    fs.rmSync(own, { force: true });
  }
  throw new NodeError(
    ErrorCode.STORAGE_ERROR,
    `cannot lock ${directory}: other processes try to lock it at the same time`,
  );
}

/** Removes the lock if it is the token's; harmless when it is not. */
export function releaseLock(directory: string, token: string): void {
  const file = path.join(directory, 'lock');
  const text = readText(file);
  if (text !== undefined && parseHolder(text)?.token === token) fs.rmSync(file, { force: true });
  removeBeacon(directory, token);
}

function removeBeacon(directory: string, token: string): void {
  fs.rmSync(path.join(directory, beaconName(path.basename(token))), { force: true });
}

function linked(from: string, to: string): boolean {
  try {
    fs.linkSync(from, to);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw new NodeError(ErrorCode.STORAGE_ERROR, `cannot make ${to}: ${String(error)}`, { cause: error });
  }
}

/** Renames the dead holder's file away; if another one's came in between, it is put back. */
function takeAway(file: string, expected: string, aside: string): void {
  try {
    fs.renameSync(file, aside);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw new NodeError(ErrorCode.STORAGE_ERROR, `cannot rename ${file}: ${String(error)}`, { cause: error });
  }
  if (readText(aside) !== expected) linked(aside, file);
  fs.rmSync(aside, { force: true });
}

async function lives(directory: string, holder: Holder): Promise<boolean> {
  const now = processIdentity(holder.pid);
  const sameProcess =
    holder.startTime === undefined
      ? pidExists(holder.pid)
      : now.startTime === holder.startTime && now.bootId === holder.bootId;
  return sameProcess || (await shines(directory, holder.socket));
}

/** States of a process that has ended and whose parent has not waited for it: zombie, and dead. */
const ENDED: ReadonlySet<string> = new Set(['Z', 'X', 'x']);

/** What Linux tells of a process that has not ended; elsewhere the pid is all there is. */
function processIdentity(pid: number): { startTime?: string; bootId?: string } {
  const stat = readText(`/proc/${pid}/stat`);
  const bootId = readText('/proc/sys/kernel/random/boot_id')?.trim();
  // The second field is the program's name in parentheses and may hold anything; the state is the 3rd, the start time the 22nd.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
  const [state = '', startTime] = [fields[0], fields[19]];
  return startTime === undefined || bootId === undefined || ENDED.has(state) ? {} : { startTime, bootId };
}

function pidExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

function heldBy(directory: string, { pid }: Holder): NodeError {
  const who = pid === process.pid ? `this process (pid ${pid})` : `the process with pid ${pid}`;
  const message = `the data directory ${directory} is in use by ${who}: stop it first, or choose another directory`;
  return new NodeError(ErrorCode.STORAGE_ERROR, message);
}

function parseHolder(text: string): Holder | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isHolder(value) ? value : undefined;
  } catch {
    // Not JSON: the machine stopped while it was written. Such a lock has no holder.
    return undefined;
  }
}

function isHolder(value: unknown): value is Holder {
  return typeof value === 'object' && value !== null && 'pid' in value && 'token' in value && 'socket' in value;
}

function readText(file: string): string | undefined {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ESRCH') return undefined;
    throw error;
  }
}
