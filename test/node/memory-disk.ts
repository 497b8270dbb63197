/**
 * A disk in memory behind the real log. It can be full (a write then stops in the middle, as a real one does), refuse to sync or to
 * write, and be copied: a copy is what a process that was killed leaves behind.
 */
import * as path from 'node:path';
import type { Disk } from '../../src/node/disk';

interface MemoryFile {
  bytes: Buffer;
  size: number;
}

export class MemoryDisk implements Disk {
  readonly files = new Map<string, MemoryFile>();
  /** Bytes that all files together may have. */
  capacityBytes = Infinity;
  failSync = false;
  failWrites = false;
  syncs = 0;
  private readonly open_ = new Map<number, MemoryFile>();
  private readonly directories = new Set<string>();
  private nextFd = 1;

  copy(): MemoryDisk {
    const copy = new MemoryDisk();
    for (const [name, { bytes, size }] of this.files)
      copy.files.set(name, { bytes: Buffer.from(bytes.subarray(0, size)), size });
    for (const directory of this.directories) copy.directories.add(directory);
    return copy;
  }

  /** Files whose name ends so, sorted. */
  named(end: string): string[] {
    return [...this.files.keys()].filter((name) => name.endsWith(end)).sort();
  }

  content(file: string): Buffer {
    const found = this.files.get(file);
    if (found === undefined) throw new Error(`no file ${file}`);
    return found.bytes.subarray(0, found.size);
  }

  put(file: string, bytes: Buffer): void {
    this.files.set(file, { bytes: Buffer.from(bytes), size: bytes.length });
  }

  open(file: string, mode: 'existing' | 'create'): number {
    let found = this.files.get(file);
    if (found === undefined) {
      if (mode === 'existing') throw failure('ENOENT', file);
      found = { bytes: Buffer.alloc(0), size: 0 };
      this.files.set(file, found);
    }
    this.nextFd += 1;
    this.open_.set(this.nextFd, found);
    return this.nextFd;
  }

  close(fd: number): void {
    this.open_.delete(fd);
  }

  size(fd: number): number {
    return this.file(fd).size;
  }

  read(fd: number, target: Uint8Array, position: number): number {
    const { bytes, size } = this.file(fd);
    return bytes.copy(target, 0, position, Math.min(size, position + target.length));
  }

  write(fd: number, chunks: readonly Uint8Array[], position: number): void {
    if (this.failWrites) throw failure('EROFS', 'a write');
    let at = position;
    for (const chunk of chunks) {
      for (let from = 0; from < chunk.length; from += 4096) {
        const piece = chunk.subarray(from, from + 4096);
        const room = this.capacityBytes - this.usedBytes() + Math.max(0, this.file(fd).size - at);
        this.put_(this.file(fd), piece.subarray(0, Math.max(0, Math.min(piece.length, room))), at);
        if (room < piece.length) throw failure('ENOSPC', 'a write');
        at += piece.length;
      }
    }
  }

  truncate(fd: number, size: number): void {
    const file = this.file(fd);
    if (size > file.size) this.put_(file, Buffer.alloc(size - file.size), file.size);
    file.size = size;
  }

  sync(): void {
    this.syncs += 1;
    if (this.failSync) throw failure('EIO', 'a sync');
  }

  async syncLater(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.sync();
  }

  syncDirectory(): void {
    // Names survive here.
  }

  list(directory: string): string[] {
    const names = new Set<string>();
    for (const name of [...this.files.keys(), ...this.directories]) {
      if (name.startsWith(`${directory}/`)) names.add(name.slice(directory.length + 1).split('/')[0] ?? '');
    }
    return [...names].sort();
  }

  makeDirectory(directory: string): void {
    this.directories.add(directory);
  }

  exists(file: string): boolean {
    return this.files.has(file) || this.directories.has(file) || this.list(file).length > 0;
  }

  rename(from: string, to: string): void {
    const renamed = [...this.files].filter(([name]) => name === from || name.startsWith(`${from}/`));
    if (renamed.length === 0) throw failure('ENOENT', from);
    for (const [name, file] of renamed) {
      this.files.delete(name);
      this.files.set(path.join(to, name.slice(from.length)).replace(/\/$/, ''), file);
    }
    if (this.directories.delete(from)) this.directories.add(to);
  }

  remove(file: string): void {
    this.files.delete(file);
  }

  removeTree(directory: string): void {
    for (const name of [...this.files.keys()]) if (name.startsWith(`${directory}/`)) this.files.delete(name);
    for (const name of [...this.directories]) if (`${name}/`.startsWith(`${directory}/`)) this.directories.delete(name);
  }

  modifiedMs(): number {
    return 0;
  }

  space(): { totalBytes: number; usableBytes: number } {
    return { totalBytes: this.capacityBytes, usableBytes: this.capacityBytes - this.usedBytes() };
  }

  usedBytes(): number {
    let used = 0;
    for (const { size } of this.files.values()) used += size;
    return used;
  }

  private put_(file: MemoryFile, bytes: Uint8Array, position: number): void {
    const end = position + bytes.length;
    if (end > file.bytes.length) {
      const grown = Buffer.alloc(Math.max(end, file.bytes.length * 2, 1024));
      file.bytes.copy(grown, 0, 0, file.size);
      file.bytes = grown;
    }
    if (position > file.size) file.bytes.fill(0, file.size, position);
    file.bytes.set(bytes, position);
    file.size = Math.max(file.size, end);
  }

  private file(fd: number): MemoryFile {
    const file = this.open_.get(fd);
    if (file === undefined) throw failure('EBADF', String(fd));
    return file;
  }
}

function failure(code: string, what: string): Error {
  return Object.assign(new Error(`${code}: ${what}`), { code });
}
