/**
 * The disk as the node uses it: few, positioned, synchronous operations. The node has its own thread, and a synchronous write
 * costs 2 µs where an asynchronous one costs 50. Tests put a disk in memory here, which can fill up, fail and lose power.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';

export interface Disk {
  /** Opens for reading and writing; `create` makes the file where it is missing. */
  open(file: string, mode: 'existing' | 'create'): number;
  close(fd: number): void;
  size(fd: number): number;
  /** Fills `target` from `position` on; answers how many bytes were there. */
  read(fd: number, target: Uint8Array, position: number): number;
  /** Writes all chunks, one behind the other, or throws; what was written before it threw stays. */
  write(fd: number, chunks: readonly Uint8Array[], position: number): void;
  truncate(fd: number, size: number): void;
  /** fdatasync, waited for. */
  sync(fd: number): void;
  /** fdatasync on another thread. */
  syncLater(fd: number): Promise<void>;
  /** Makes created, renamed and removed names of a directory survive a loss of power. */
  syncDirectory(directory: string): void;
  /** Names in a directory, sorted; none where it is missing. */
  list(directory: string): string[];
  makeDirectory(directory: string): void;
  exists(file: string): boolean;
  rename(from: string, to: string): void;
  /** Removes a file; one that is missing is fine. */
  remove(file: string): void;
  removeTree(directory: string): void;
  modifiedMs(file: string): number;
  space(directory: string): { totalBytes: number; usableBytes: number };
}

/** writev takes at most IOV_MAX (1024) pieces. */
const PIECES_MAX = 1024;

export const realDisk: Disk = {
  open(file, mode) {
    const flags = fs.constants.O_RDWR | (mode === 'create' ? fs.constants.O_CREAT : 0);
    return fs.openSync(file, flags, 0o600);
  },
  close: (fd) => fs.closeSync(fd),
  size: (fd) => fs.fstatSync(fd).size,
  read(fd, target, position) {
    let filled = 0;
    while (filled < target.length) {
      const got = fs.readSync(fd, target, filled, target.length - filled, position + filled);
      if (got === 0) break;
      filled += got;
    }
    return filled;
  },
  write: writeAll,
  truncate: (fd, size) => fs.ftruncateSync(fd, size),
  sync: (fd) => fs.fdatasyncSync(fd),
  syncLater: (fd) =>
    new Promise((resolve, reject) => fs.fdatasync(fd, (error) => (error === null ? resolve() : reject(error)))),
  syncDirectory(directory) {
    const fd = fs.openSync(directory, 'r');
    try {
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
  },
  list(directory) {
    try {
      return fs.readdirSync(directory).sort();
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  },
  makeDirectory: (directory) => void fs.mkdirSync(directory, { recursive: true, mode: 0o700 }),
  exists: (file) => fs.existsSync(file),
  rename: (from, to) => fs.renameSync(from, to),
  remove: (file) => fs.rmSync(file, { force: true }),
  removeTree: (directory) => fs.rmSync(directory, { recursive: true, force: true }),
  modifiedMs: (file) => Math.floor(fs.statSync(file).mtimeMs),
  space(directory) {
    const status = fs.statfsSync(path.resolve(directory));
    return { totalBytes: status.blocks * status.bsize, usableBytes: status.bavail * status.bsize };
  },
};

function writeAll(fd: number, chunks: readonly Uint8Array[], position: number): void {
  let at = position;
  for (let first = 0; first < chunks.length; first += PIECES_MAX) {
    let rest = chunks.slice(first, first + PIECES_MAX);
    while (rest.length > 0) {
      const written = fs.writevSync(fd, rest, at);
      at += written;
      rest = afterBytes(rest, written);
    }
  }
}

function afterBytes(chunks: Uint8Array[], bytes: number): Uint8Array[] {
  let left = bytes;
  for (const [index, chunk] of chunks.entries()) {
    if (left < chunk.length) return [chunk.subarray(left), ...chunks.slice(index + 1)];
    left -= chunk.length;
  }
  return [];
}

function isMissing(error: unknown): boolean {
  return errorCode(error) === 'ENOENT';
}

/** What the system calls a failure, as ENOENT; undefined where something else failed. */
export function errorCode(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : undefined;
}
