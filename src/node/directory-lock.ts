/**
 * One process at a time on a data directory. The file `lock` names its holder; a holder that no longer lives (killed, or the
 * machine was started anew) is succeeded. A holder lives when its pid does and started when the file says, or when something
 * answers on its socket (its pid may be one of another container: lock-beacon.ts). A holder on another machine that shares the directory is
 * not seen.
 *
 * The file comes to be whole, by link(2), which also decides between two that try at once; a dead holder's file is
 * taken away by rename(2), and what was taken is looked at again before its place is used.
 */
import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { ErrorCode } from '../rpc/record_log';
import { errorCode } from './disk';
import { lightBeacon, shines } from './lock-beacon';
import { NodeError, onDisk } from './node-error';

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

/** `token`: who starts the node may give one, to release the lock of a thread that died. Throws STORAGE_ERROR naming the holder. */
export async function lockDirectory(directory: string, token: string = randomUUID()): Promise<DirectoryLock> {
  const beacon = await lightBeacon(directory, beaconName(token));
  try {
    await takeLock(directory, token, beacon === undefined ? '' : beaconName(token));
  } catch (error) {
    beacon?.close();
    throw error;
  }
  const release = (): void => {
    releaseLock(directory, token);
    beacon?.close();
  };
  return { release };
}

const beaconName = (token: string): string => `lock.${token}.sock`;

async function takeLock(directory: string, token: string, socket: string): Promise<void> {
  const file = path.join(directory, 'lock');
  const self: Holder = { pid: process.pid, token, ...processIdentity(process.pid), socket };
  const own = `${file}.${token}`;
  onDisk('write', own, () => fs.writeFileSync(own, JSON.stringify(self), { mode: 0o600, flag: 'wx' }));
  try {
    for (let attempt = 0; attempt < TAKEOVERS_MAX; attempt += 1) {
      if (linked(own, file)) return;
      const text = readText(file);
      if (text === undefined) continue;
      const holder = parseHolder(text);
      if (holder !== undefined && (await lives(directory, holder))) throw heldBy(directory, holder);
      takeAway(file, text, `${file}.dead.${token}`);
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

/** Of Linux; elsewhere nothing is known but the pid. */
function processIdentity(pid: number): { startTime?: string; bootId?: string } {
  const stat = readText(`/proc/${pid}/stat`);
  const bootId = readText('/proc/sys/kernel/random/boot_id')?.trim();
  // The second field is the program's name in parentheses and may hold anything; the start time is the 22nd.
  const startTime = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  return startTime === undefined || bootId === undefined ? {} : { startTime, bootId };
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
