/**
 * Open files by path, at most `filesMax` of them: a node may hold more segments than the process may open. The one that was
 * used longest ago is closed first, unless a sync of it is under way.
 */
import type { Disk } from './disk';

interface OpenFile {
  readonly fd: number;
  pins: number;
}

export class FileCache {
  readonly #disk: Disk;
  readonly #filesMax: number;
  readonly #files = new Map<string, OpenFile>();

  constructor(disk: Disk, filesMax: number) {
    this.#disk = disk;
    this.#filesMax = filesMax;
  }

  /** The descriptor of an open file; opens it where needed. Valid until the next call of this cache. */
  open(file: string, mode: 'existing' | 'create'): number {
    const known = this.#files.get(file);
    if (known !== undefined) {
      this.#files.delete(file);
      this.#files.set(file, known);
      return known.fd;
    }
    this.#shrink();
    const fd = this.#disk.open(file, mode);
    this.#files.set(file, { fd, pins: 0 });
    return fd;
  }

  /** fdatasync on another thread; the file stays open meanwhile. */
  async syncLater(file: string): Promise<void> {
    this.open(file, 'existing');
    const open = this.#files.get(file);
    if (open === undefined) return;
    open.pins += 1;
    try {
      await this.#disk.syncLater(open.fd);
    } finally {
      open.pins -= 1;
      if (open.pins === 0 && this.#files.get(file) !== open) this.#disk.close(open.fd);
    }
  }

  /** Before a file is renamed or removed. */
  forget(file: string): void {
    const open = this.#files.get(file);
    if (open === undefined) return;
    this.#files.delete(file);
    if (open.pins === 0) this.#disk.close(open.fd);
  }

  forgetBelow(directory: string): void {
    for (const file of [...this.#files.keys()]) {
      if (file.startsWith(directory)) this.forget(file);
    }
  }

  closeAll(): void {
    for (const file of [...this.#files.keys()]) this.forget(file);
  }

  #shrink(): void {
    if (this.#files.size < this.#filesMax) return;
    for (const [file, open] of this.#files) {
      if (open.pins > 0) continue;
      this.forget(file);
      return;
    }
  }
}
