/**
 * A disk in memory behind the real log. It can be full (a write then stops in the middle, as a real one does), refuse to sync or to
 * change anything, and be copied: as a process that was killed leaves it, or as a loss of power does.
 */
import * as path from 'node:path';
import type { Disk } from '../../src/node/disk/disk';
import {
  afterPowerLoss,
  contentOf,
  copyTree,
  filesBelow,
  newDirectory,
  newFile,
  nodeAt,
  storedOf,
} from './memory-tree';
import type { MemoryDirectory, MemoryFile, MemoryNode, Random } from './memory-tree';

export class MemoryDisk implements Disk {
  /** Bytes that all files together may have. */
  capacityBytes = Infinity;
  failSync = false;
  readOnly = false;
  syncs = 0;
  /** Called before everything that changes the disk. */
  beforeChange: () => void = () => undefined;
  private root = newDirectory();
  private readonly open_ = new Map<number, MemoryFile>();
  private nextFd = 1;

  constructor() {
    this.root.entries.set('data', newDirectory());
    this.root.synced = new Map(this.root.entries);
  }

  /** What a process that was killed leaves behind. */
  copy(): MemoryDisk {
    return this.with(copyTree(this.root));
  }

  /** What a loss of power leaves behind: what was synced, and by chance some of what was written besides. */
  copyAfterPowerLoss(random: Random): MemoryDisk {
    return this.with(afterPowerLoss(this.root, random));
  }

  /** Files whose name ends so, sorted. */
  named(end: string): string[] {
    return [...filesBelow(this.root)].flatMap(([name]) => (name.endsWith(end) ? [name] : [])).sort();
  }

  content(file: string): Buffer {
    const found = nodeAt(this.root, file);
    if (found?.kind !== 'file') throw failure('ENOENT', file);
    return contentOf(found);
  }

  put(file: string, bytes: Buffer): void {
    this.parent(file).entries.set(path.basename(file), newFile(Buffer.from(bytes)));
  }

  open(file: string, mode: 'existing' | 'create'): number {
    let found = nodeAt(this.root, file);
    if (found?.kind === 'directory') throw failure('EISDIR', file);
    if (found === undefined && mode === 'existing') throw failure('ENOENT', file);
    if (found === undefined) {
      this.change(file);
      found = newFile();
      this.parent(file).entries.set(path.basename(file), found);
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
    return position >= size ? 0 : bytes.copy(target, 0, position, Math.min(size, position + target.length));
  }

  write(fd: number, chunks: readonly Uint8Array[], position: number): void {
    this.change('a write');
    let at = position;
    for (const chunk of chunks) {
      for (let from = 0; from < chunk.length; from += 4096) {
        const piece = chunk.subarray(from, from + 4096);
        const room = this.roomFor(fd, at);
        grow(this.file(fd), piece.subarray(0, Math.max(0, Math.min(piece.length, room))), at);
        if (room < piece.length) throw failure('ENOSPC', 'a write');
        at += piece.length;
      }
    }
  }

  truncate(fd: number, size: number): void {
    this.change('a truncation');
    const file = this.file(fd);
    if (size > file.size) grow(file, Buffer.alloc(size - file.size), file.size);
    file.size = size;
  }

  sync(fd: number): void {
    this.syncFile(this.file(fd), storedOf(this.file(fd)));
  }

  /** Of what was written before the call. */
  async syncLater(fd: number): Promise<void> {
    const file = this.file(fd);
    const stored = storedOf(file);
    await new Promise((resolve) => setImmediate(resolve));
    this.syncFile(file, stored);
  }

  syncDirectory(directory: string): void {
    this.beforeChange();
    const node = this.directory(directory);
    node.synced = new Map(node.entries);
  }

  list(directory: string): string[] {
    const node = nodeAt(this.root, directory);
    return node?.kind === 'directory' ? [...node.entries.keys()].sort() : [];
  }

  makeDirectory(directory: string): void {
    if (nodeAt(this.root, directory)?.kind === 'directory') return;
    this.makeDirectory(path.dirname(directory));
    this.change(directory);
    this.parent(directory).entries.set(path.basename(directory), newDirectory());
  }

  exists(file: string): boolean {
    return nodeAt(this.root, file) !== undefined;
  }

  rename(from: string, to: string): void {
    this.change(from);
    const node = this.node(from);
    this.parent(from).entries.delete(path.basename(from));
    this.parent(to).entries.set(path.basename(to), node);
  }

  remove(file: string): void {
    if (!this.exists(file)) return;
    this.change(file);
    this.parent(file).entries.delete(path.basename(file));
  }

  removeTree(directory: string): void {
    const node = nodeAt(this.root, directory);
    if (node?.kind !== 'directory') return;
    for (const name of [...node.entries.keys()]) {
      const below = path.join(directory, name);
      if (nodeAt(node, name)?.kind === 'directory') this.removeTree(below);
      else this.remove(below);
    }
    this.remove(directory);
  }

  modifiedMs(): number {
    return 0;
  }

  space(): { totalBytes: number; usableBytes: number } {
    return { totalBytes: this.capacityBytes, usableBytes: this.capacityBytes - this.usedBytes() };
  }

  usedBytes(): number {
    let used = 0;
    for (const [, { size }] of filesBelow(this.root)) used += size;
    return used;
  }

  private with(root: MemoryDirectory): MemoryDisk {
    const disk = new MemoryDisk();
    disk.root = root;
    return disk;
  }

  private change(what: string): void {
    this.beforeChange();
    if (this.readOnly) throw failure('EROFS', what);
  }

  private syncFile(file: MemoryFile, stored: Buffer): void {
    this.beforeChange();
    this.syncs += 1;
    if (!this.failSync) {
      file.synced = stored;
      return;
    }
    file.lost = { from: Math.min(file.synced.length, file.size), to: file.size };
    throw failure('EIO', 'a sync');
  }

  private roomFor(fd: number, position: number): number {
    if (this.capacityBytes === Infinity) return Infinity;
    return this.capacityBytes - this.usedBytes() + Math.max(0, this.file(fd).size - position);
  }

  private node(file: string): MemoryNode {
    const found = nodeAt(this.root, file);
    if (found === undefined) throw failure('ENOENT', file);
    return found;
  }

  private directory(directory: string): MemoryDirectory {
    const found = this.node(directory);
    if (found.kind === 'file') throw failure('ENOTDIR', directory);
    return found;
  }

  private parent(file: string): MemoryDirectory {
    return this.directory(path.dirname(file));
  }

  private file(fd: number): MemoryFile {
    const file = this.open_.get(fd);
    if (file === undefined) throw failure('EBADF', String(fd));
    return file;
  }
}

function grow(file: MemoryFile, bytes: Uint8Array, position: number): void {
  const end = position + bytes.length;
  if (end > file.bytes.length) {
    const grown = Buffer.alloc(Math.max(end, file.bytes.length * 2, 1024));
    file.bytes.copy(grown, 0, 0, file.size);
    file.bytes = grown;
  }
  if (position > file.size) file.bytes.fill(0, file.size, position);
  if (position < file.lost.to) file.lost = { ...file.lost, to: position };
  file.bytes.set(bytes, position);
  file.size = Math.max(file.size, end);
}

function failure(code: string, what: string): Error {
  return Object.assign(new Error(`${code}: ${what}`), { code });
}
