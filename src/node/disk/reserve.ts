/**
 * Room held back on the disk, as a file of zeros, so that a topic can be deleted where nothing else can be written any more: the list of
 * topics has to be written anew for it, and a full disk would refuse the very thing that makes room.
 */
import * as path from 'node:path';
import { reasonOf } from '../node-error';
import type { NodeContext } from '../node-settings';

/** A list of several thousand topics. */
const RESERVE_BYTES = 1024 * 1024;

export class Reserve {
  readonly #context: NodeContext;
  readonly #file: string;

  constructor(context: NodeContext) {
    this.#context = context;
    this.#file = path.join(context.dataDirectory, 'reserve');
  }

  /** Takes the room where it is not held. A disk that has none now is no failure: then the next call does. */
  hold(): void {
    const { disk, logger } = this.#context;
    try {
      const fd = disk.open(this.#file, 'create');
      try {
        if (disk.size(fd) < RESERVE_BYTES) disk.write(fd, [Buffer.alloc(RESERVE_BYTES)], 0);
      } finally {
        disk.close(fd);
      }
    } catch (error) {
      logger.write('warn', 'node.reserve_missing', reasonOf(error), { file: this.#file });
    }
  }

  /** False where nothing was held, or the disk does not let it go. */
  release(): boolean {
    const { disk } = this.#context;
    try {
      if (!disk.exists(this.#file)) return false;
      disk.remove(this.#file);
      return true;
    } catch (error) {
      this.#context.logger.write('warn', 'node.reserve_missing', reasonOf(error), { file: this.#file });
      return false;
    }
  }
}
