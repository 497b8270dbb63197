/**
 * Whether the disk takes writes now, found out by some of its own: a file that is written, synced and removed. One check at a time. A
 * partition that takes nothing more until the next start, because a sync of it failed, is a disk that does not.
 */
import * as path from 'node:path';
import type { Appender } from '../append/appender';
import { NodeError, onDisk, storageError } from '../node-error';
import type { NodeContext } from '../node-settings';
import { ErrorCode } from '../../rpc/record_log';

/** More is asked of the free space alone. */
const WRITTEN_BYTES_MAX = 1024 * 1024;
/** What is left of it for the sync, so that the room is taken for no longer than the write. */
const SYNCED_BYTES = 4096;

export interface DiskCheckOptions {
  readonly context: Pick<NodeContext, 'disk' | 'dataDirectory'>;
  readonly partitions: () => Iterable<{ readonly appender: Pick<Appender, 'refusal'> }>;
}

export class DiskCheck {
  readonly #options: DiskCheckOptions;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: DiskCheckOptions) {
    this.#options = options;
  }

  /** Rejects with STORAGE_ERROR where the disk has no room for so many bytes, or refuses. */
  takes(bytes: number): Promise<void> {
    const taken = this.#last.then(() => this.#takes(bytes));
    this.#last = taken.catch(() => undefined);
    return taken;
  }

  async #takes(bytes: number): Promise<void> {
    const { context, partitions } = this.#options;
    const { disk, dataDirectory } = context;
    for (const { appender } of partitions())
      if (appender.refusal?.code === ErrorCode.STORAGE_ERROR) throw appender.refusal;
    const { usableBytes } = onDisk('ask the size of', dataDirectory, () => disk.space(dataDirectory));
    if (usableBytes < bytes) {
      const needed = `expected room for ${bytes} bytes, and ${usableBytes} are free`;
      throw new NodeError(ErrorCode.STORAGE_ERROR, `no space left in ${dataDirectory}: ${needed}`);
    }
    const file = path.join(dataDirectory, 'disk-check');
    const fd = onDisk('open', file, () => disk.open(file, 'create'));
    try {
      onDisk('write', file, () => {
        disk.write(fd, [Buffer.alloc(Math.min(Math.max(bytes, SYNCED_BYTES), WRITTEN_BYTES_MAX))], 0);
        disk.truncate(fd, SYNCED_BYTES);
      });
      await disk.syncLater(fd).catch((error: unknown) => {
        throw storageError('sync', file, error);
      });
    } finally {
      disk.close(fd);
      onDisk('remove', file, () => disk.remove(file));
    }
  }
}
