/**
 * The file behind the filer's entries: every change appended, with a checksum, before it is answered.
 *
 *   0  "SGFJ"   4  version u32 = 1   8  changes, one behind the other:
 *
 *   0  length of the body u32   4  CRC-32C of the body u32
 *   8  body: kind u8 (1 put, 2 remove) · directory length u32 · directory · name length u32 · name · (put) filer_pb.Entry
 *
 * Text is UTF-8, integers are big-endian. A torn change at the end is cut at the next start; bytes that are wrong before whole
 * changes refuse the start, for a committed offset must not step back unseen. When the file is far larger than what lives in
 * it, it is written anew beside, synced, and renamed into place.
 */
import { crc32c } from '@node-rs/crc32';
import * as path from 'node:path';
import { ErrorCode } from '../../rpc/record_log';
import { viewOf } from '../log/batch-header';
import type { Disk } from '../disk/disk';
import { DurableDirectories } from '../disk/durable-directories';
import { NodeError, onDisk, storageError } from '../node-error';

export type FilerChange =
  | { readonly kind: 'put'; readonly directory: string; readonly name: string; readonly entry: Uint8Array }
  | { readonly kind: 'remove'; readonly directory: string; readonly name: string };

const HEAD = Buffer.from([0x53, 0x47, 0x46, 0x4a, 0, 0, 0, 1]);
const CHANGE_HEAD_BYTES = 8;
const PUT = 1;
const REMOVE = 2;

export class FilerJournal {
  readonly file: string;
  size = 0;
  /** A sync failed: what of the file is on the disk nobody knows, whatever a later sync says. It has to be written anew. */
  doubtful = false;
  readonly #disk: Disk;
  readonly #root: string;
  #fd = -1;
  #mustCut = false;

  constructor(disk: Disk, directory: string) {
    this.#disk = disk;
    this.#root = directory;
    this.file = path.join(directory, 'filer', 'journal');
  }

  /** Replays what the file holds, and syncs it: a process that was killed may not have. Answers how many torn bytes were cut. Throws STORAGE_ERROR. */
  open(apply: (change: FilerChange) => void): number {
    return onDisk('open', this.file, () => {
      new DurableDirectories(this.#disk, this.#root).make(path.dirname(this.file));
      this.#disk.remove(`${this.file}.new`);
      this.#fd = this.#disk.open(this.file, 'create');
      const torn = this.#load(apply);
      this.#disk.sync(this.#fd);
      this.#disk.syncDirectory(path.dirname(this.file));
      return torn;
    });
  }

  /** All or none of the changes. Throws STORAGE_ERROR. */
  append(changes: readonly FilerChange[]): void {
    onDisk('append to', this.file, () => {
      if (this.#mustCut) this.#disk.truncate(this.#fd, this.size);
      const chunks = changes.map(encodeChange);
      this.#mustCut = true;
      this.#disk.write(this.#fd, chunks, this.size);
      this.#mustCut = false;
      for (const chunk of chunks) this.size += chunk.length;
    });
  }

  async sync(): Promise<void> {
    const fd = this.#fd;
    try {
      await this.#disk.syncLater(fd);
    } catch (error) {
      // It was written anew meanwhile, and synced.
      if (fd !== this.#fd && !this.doubtful) return;
      this.doubtful = true;
      throw storageError('sync', this.file, error);
    }
  }

  /** Replaces the file by one that holds just these changes. Throws STORAGE_ERROR, and then the old file goes on. */
  rewrite(changes: Iterable<FilerChange>): void {
    onDisk('rewrite', this.file, () => {
      const temporary = `${this.file}.new`;
      const fd = this.#disk.open(temporary, 'create');
      let size = HEAD.length;
      try {
        this.#disk.truncate(fd, 0);
        this.#disk.write(fd, [HEAD], 0);
        for (const change of changes) {
          const chunk = encodeChange(change);
          this.#disk.write(fd, [chunk], size);
          size += chunk.length;
        }
        this.#disk.sync(fd);
        this.#disk.rename(temporary, this.file);
      } catch (error) {
        this.#disk.close(fd);
        throw error;
      }
      this.#disk.close(this.#fd);
      this.#fd = fd;
      this.size = size;
      this.#mustCut = false;
      this.doubtful = true;
      this.#disk.syncDirectory(path.dirname(this.file));
      this.doubtful = false;
    });
  }

  close(): void {
    if (this.#fd >= 0) this.#disk.close(this.#fd);
    this.#fd = -1;
  }

  #load(apply: (change: FilerChange) => void): number {
    const bytes = Buffer.allocUnsafeSlow(this.#disk.size(this.#fd));
    const length = this.#disk.read(this.#fd, bytes, 0);
    if (length < HEAD.length && HEAD.subarray(0, length).equals(bytes.subarray(0, length))) return this.#begin();
    if (!bytes.subarray(0, HEAD.length).equals(HEAD)) {
      throw new NodeError(
        ErrorCode.STORAGE_ERROR,
        `${this.file} is no filer journal of version 1; it was left as it is`,
      );
    }
    this.size = replay(bytes.subarray(0, length), apply);
    const torn = length - this.size;
    if (torn > 0 && hasChangeAfter(bytes.subarray(0, length), this.size + 1)) {
      const message = `${this.file} is damaged at byte ${this.size}, before whole changes; it was left as it is`;
      throw new NodeError(ErrorCode.STORAGE_ERROR, message);
    }
    if (torn > 0) this.#disk.truncate(this.#fd, this.size);
    return torn;
  }

  #begin(): number {
    this.#disk.truncate(this.#fd, 0);
    this.#disk.write(this.#fd, [HEAD], 0);
    this.size = HEAD.length;
    return 0;
  }
}

/** Applies whole changes from the start on. Answers where they end. */
function replay(bytes: Buffer, apply: (change: FilerChange) => void): number {
  let position = HEAD.length;
  for (;;) {
    const body = bodyAt(bytes, position);
    if (body === undefined) return position;
    apply(decodeBody(body));
    position += CHANGE_HEAD_BYTES + body.length;
  }
}

function bodyAt(bytes: Buffer, position: number): Buffer | undefined {
  if (position + CHANGE_HEAD_BYTES > bytes.length) return undefined;
  const view = viewOf(bytes);
  const length = view.getUint32(position);
  const start = position + CHANGE_HEAD_BYTES;
  // A body has at least its kind and two lengths; this also tells zeroes from a change.
  if (length < 9 || start + length > bytes.length) return undefined;
  const body = bytes.subarray(start, start + length);
  return crc32c(body) === view.getUint32(position + 4) ? body : undefined;
}

function hasChangeAfter(bytes: Buffer, from: number): boolean {
  for (let position = from; position + CHANGE_HEAD_BYTES < bytes.length; position += 1) {
    if (bodyAt(bytes, position) !== undefined) return true;
  }
  return false;
}

function encodeChange(change: FilerChange): Buffer {
  const directory = Buffer.from(change.directory);
  const name = Buffer.from(change.name);
  const entry = change.kind === 'put' ? change.entry : new Uint8Array(0);
  const length = 9 + directory.length + name.length + entry.length;
  const bytes = Buffer.allocUnsafe(CHANGE_HEAD_BYTES + length);
  const view = viewOf(bytes);
  view.setUint32(0, length);
  bytes[8] = change.kind === 'put' ? PUT : REMOVE;
  view.setUint32(9, directory.length);
  bytes.set(directory, 13);
  view.setUint32(13 + directory.length, name.length);
  bytes.set(name, 17 + directory.length);
  bytes.set(entry, 17 + directory.length + name.length);
  view.setUint32(4, crc32c(bytes.subarray(CHANGE_HEAD_BYTES)));
  return bytes;
}

function decodeBody(body: Buffer): FilerChange {
  const view = viewOf(body);
  const directoryEnd = 5 + view.getUint32(1);
  const nameEnd = directoryEnd + 4 + view.getUint32(directoryEnd);
  const directory = body.toString('utf8', 5, directoryEnd);
  const name = body.toString('utf8', directoryEnd + 4, nameEnd);
  return body[0] === PUT
    ? { kind: 'put', directory, name, entry: Uint8Array.from(body.subarray(nameEnd)) }
    : { kind: 'remove', directory, name };
}
