/**
 * Directories whose names survive a loss of power: the directory above each is synced before anything is put into it, once in a
 * process, because one that was killed may have made it and not have come to that.
 */
import * as path from 'node:path';
import type { Disk } from './disk';

export class DurableDirectories {
  readonly #disk: Pick<Disk, 'makeDirectory' | 'syncDirectory'>;
  readonly #known: Set<string>;

  /** `root`: is there, and all others are below it. */
  constructor(disk: Pick<Disk, 'makeDirectory' | 'syncDirectory'>, root: string) {
    this.#disk = disk;
    this.#known = new Set([root]);
  }

  /** Makes the directory and what is missing above it. */
  make(directory: string): void {
    if (this.#known.has(directory)) return;
    const above = path.dirname(directory);
    this.make(above);
    this.#disk.makeDirectory(directory);
    this.#disk.syncDirectory(above);
    this.#known.add(directory);
  }

  /** It and all below it were removed or renamed. */
  forget(directory: string): void {
    for (const known of [...this.#known]) {
      if (known === directory || known.startsWith(`${directory}${path.sep}`)) this.#known.delete(known);
    }
  }
}
