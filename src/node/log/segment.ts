/**
 * A segment: consecutive record batches of one partition in one file, as Kafka keeps them, so Kafka's own DumpLogSegments reads
 * it. The file's name is the offset of its first record, as 20 decimal digits:
 *
 *   00000000000000000000.log       batch batch batch …, nothing between, nothing else
 *                        .census   what each batch holds (census-file.ts)
 *                        .index    where batches are (segment-index.ts); there only while it is true of the whole file
 *                        .snapshot the idempotent producers as of the segment's end (producers.ts)
 *                        .begin    the same as of its begin, where the segments before it are gone
 *
 * Batches are of magic 2, as protocol/record-batch.ts draws them; the partition leader epoch in them is always 0.
 *
 * Offsets ascend. They are consecutive, except where compaction removed records or where damage is reported. The last bytes
 * of a file may be a torn write: recovery cuts them. Every batch's CRC is checked when it is read from the file.
 */
import * as path from 'node:path';
import type { Census } from '../../types';
import { BATCH_HEADER_BYTES, crcMatches, plausibleHeader } from './batch-header';
import type { BatchHeader } from './batch-header';
import type { BatchSummary } from './batch-summary';
import { summarize } from './batch-summary';
import { CENSUS_ENTRY_BYTES, decodeCensus, encodeCensus } from './census-file';
import { countCensus } from './count-census';
import type { Disk } from '../disk/disk';
import type { DurableDirectories } from '../disk/durable-directories';
import type { FileCache } from '../disk/file-cache';
import { onDisk, storageError } from '../node-error';
import { INDEX_INTERVAL_BYTES, SegmentIndex } from './segment-index';
import type { IndexEntry } from './segment-index';

export interface Storage {
  readonly disk: Disk;
  readonly files: FileCache;
  readonly directories: DurableDirectories;
}

/** Batches that lie one behind the other in the file. */
export interface SegmentRun {
  readonly bytes: Uint8Array;
  readonly summaries: readonly BatchSummary[];
  /** The position at which the next batch starts. */
  readonly end: IndexEntry;
  /** What comes next is damaged, known as such or a batch that is not what its CRC says; nothing of it is in `bytes`. */
  readonly damage: { readonly position: number } | undefined;
}

export interface ReadLimits {
  readonly offset: number;
  readonly bytesMax: number;
  /** Only batches that end before this offset. */
  readonly endOffset: number;
  /** Where the batches are put if they fit; a buffer of their own otherwise. */
  readonly into?: Uint8Array | undefined;
}

export class Segment {
  readonly baseOffset: number;
  readonly directory: string;
  /** Set when the files are gone or replaced: a position kept from before means nothing any more. */
  retired = false;
  /** Set when it is appended to no more, and the producers as of its end are beside it; what lay there before may be older. */
  sealed = false;
  index: SegmentIndex;
  readonly #storage: Storage;

  constructor(storage: Storage, directory: string, baseOffset: number) {
    this.#storage = storage;
    this.directory = directory;
    this.baseOffset = baseOffset;
    this.index = new SegmentIndex(baseOffset);
  }

  get size(): number {
    return this.index.size;
  }

  get nextOffset(): number {
    return this.index.nextOffset;
  }

  /** How many records the offsets hold; where compaction left gaps, at most so many. */
  recordsBetween(from: number, to: number): number {
    const offsets = Math.min(this.nextOffset, to) - Math.max(this.baseOffset, from);
    return Math.max(0, Math.min(offsets, this.index.recordCount));
  }

  file(extension: SegmentExtension): string {
    return path.join(this.directory, segmentFileName(this.baseOffset, extension));
  }

  /** Makes the empty file, so that the offset it stands for survives. */
  create(): void {
    onDisk('create', this.file('log'), () => {
      this.#storage.directories.make(this.directory);
      const fd = this.#storage.files.open(this.file('log'), 'create');
      this.#storage.disk.truncate(fd, 0);
      this.#storage.disk.syncDirectory(this.directory);
    });
  }

  /**
   * Writes batches that have their offsets. Throws STORAGE_ERROR, and then the file may hold a part of them behind `size`: call
   * `cut` before the next append.
   */
  append(chunks: readonly Uint8Array[], batches: readonly { header: BatchHeader; census: Census }[]): void {
    const file = this.file('log');
    onDisk('append to', file, () => {
      this.#storage.disk.write(this.#storage.files.open(file, 'existing'), chunks, this.size);
    });
    const entries = new Uint8Array(batches.length * CENSUS_ENTRY_BYTES);
    for (const [index, batch] of batches.entries()) {
      encodeCensus(entries, index * CENSUS_ENTRY_BYTES, batch.census, batch.header.crc);
    }
    const censusFile = this.file('census');
    onDisk('append to', censusFile, () => {
      const fd = this.#storage.files.open(censusFile, 'create');
      this.#storage.disk.write(fd, [entries], this.index.batchCount * CENSUS_ENTRY_BYTES);
    });
    for (const batch of batches) this.index.add(batch.header);
  }

  /** Removes what lies behind the last known batch: the rest of a write that failed. */
  cut(): void {
    const file = this.file('log');
    onDisk('truncate', file, () => {
      this.#storage.disk.truncate(this.#storage.files.open(file, 'existing'), this.size);
    });
  }

  async syncLater(): Promise<void> {
    try {
      await this.#storage.files.syncLater(this.file('log'));
    } catch (error) {
      throw storageError('sync', this.file('log'), error);
    }
  }

  /** Puts one census right: recovery counted it again. */
  writeCensus(ordinal: number, census: Census, batchCrc: number): void {
    const entry = new Uint8Array(CENSUS_ENTRY_BYTES);
    encodeCensus(entry, 0, census, batchCrc);
    const file = this.file('census');
    onDisk('write', file, () => {
      this.#storage.disk.write(this.#storage.files.open(file, 'create'), [entry], ordinal * CENSUS_ENTRY_BYTES);
    });
  }

  /** Says that the file is complete: from now on a start believes the index. The log must be synced before. */
  writeIndex(): void {
    this.writeBeside('index', this.index.encode());
  }

  sync(extension: SegmentExtension = 'log'): void {
    const file = this.file(extension);
    onDisk('sync', file, () => this.#storage.disk.sync(this.#storage.files.open(file, 'existing')));
  }

  /** The next use of the file opens it anew: another may have been put in its place. */
  reopen(): void {
    this.#storage.files.forget(this.file('log'));
  }

  /** The next start walks over the segment. */
  removeIndex(): void {
    const file = this.file('index');
    onDisk('remove', file, () => {
      this.#storage.files.forget(file);
      this.#storage.disk.remove(file);
    });
  }

  writeBeside(extension: SegmentExtension, bytes: Uint8Array): void {
    const file = this.file(extension);
    onDisk('write', file, () => {
      const fd = this.#storage.files.open(file, 'create');
      this.#storage.disk.truncate(fd, 0);
      this.#storage.disk.write(fd, [bytes], 0);
    });
  }

  /** Batches from the one that holds `offset` (or the first after it) on. `start` skips the look-up. Waits for the disk. */
  read(limits: ReadLimits, start: IndexEntry | undefined): SegmentRun {
    const from = start ?? this.index.find(limits.offset);
    const slack = start === undefined ? INDEX_INTERVAL_BYTES : 0;
    let run = this.#readRun(from, limits, limits.bytesMax + slack);
    while (run.missing > 0) run = this.#readRun(run.end, limits, run.missing);
    return { bytes: run.bytes, summaries: run.summaries, end: run.end, damage: run.damage };
  }

  fileSize(): number {
    const file = this.file('log');
    return onDisk('open', file, () => this.#storage.disk.size(this.#storage.files.open(file, 'existing')));
  }

  /** The bytes of the file from `position` on, at most `bytesMax` and none at or after `end`, as they are. */
  readRaw(position: number, bytesMax: number, end = this.size, into?: Uint8Array): Uint8Array {
    const file = this.file('log');
    return onDisk('read', file, () => {
      const bytes = Math.max(0, Math.min(bytesMax, end - position));
      const fits = into !== undefined && bytes <= into.length;
      const target = fits ? into.subarray(0, bytes) : Buffer.allocUnsafeSlow(bytes);
      const got = this.#storage.disk.read(this.#storage.files.open(file, 'existing'), target, position);
      return target.subarray(0, got);
    });
  }

  /** `missing`: bytes needed from `end` on to hold the first batch asked for, where the window was too small for it. */
  #readRun(from: IndexEntry, limits: ReadLimits, window: number): SegmentRun & { missing: number } {
    const bytes = this.readRaw(from.position, window, this.size, limits.into);
    const headers: BatchHeader[] = [];
    let damage: SegmentRun['damage'];
    let missing = 0;
    let first = 0;
    let at = 0;
    let { ordinal } = from;
    for (;;) {
      const position = from.position + at;
      const known = this.index.damaged.find((range) => range.position === position);
      if (known !== undefined) {
        if (headers.length > 0) break;
        if (known.nextOffset > limits.offset) {
          damage = { position };
          break;
        }
        at = known.endPosition - from.position;
        first = at;
        continue;
      }
      const rest = this.size - position;
      if (rest <= 0) break;
      const header = plausibleHeader(bytes, at);
      const needed = Math.max(header?.bytes ?? 0, BATCH_HEADER_BYTES);
      if (needed > rest || (header === undefined && at + needed <= bytes.length)) {
        damage = { position };
        break;
      }
      if (at + needed > bytes.length) {
        if (headers.length === 0) missing = Math.max(needed, INDEX_INTERVAL_BYTES);
        break;
      }
      if (header === undefined) break;
      if (header.lastOffset >= limits.endOffset) {
        // What a damaged header says of where it ends hides a batch as one that may not be read yet.
        if (headers.length === 0 && !crcMatches(bytes, header)) damage = { position };
        break;
      }
      if (header.lastOffset < limits.offset) {
        ordinal += 1;
        first = at + header.bytes;
      } else {
        if (headers.length > 0 && at - first + header.bytes > limits.bytesMax) break;
        if (!crcMatches(bytes, header)) {
          damage = { position };
          break;
        }
        headers.push(header);
      }
      at += header.bytes;
    }
    const run = bytes.subarray(first, Math.max(first, at));
    const end = { position: from.position + at, ordinal: ordinal + headers.length };
    return { bytes: run, summaries: this.#withCensuses(headers, run, ordinal), end, damage, missing };
  }

  #withCensuses(headers: readonly BatchHeader[], bytes: Uint8Array, ordinal: number): BatchSummary[] {
    if (headers.length === 0) return [];
    const entries = this.readCensuses(ordinal, headers.length);
    let at = 0;
    return headers.map((header, index) => {
      const position = at;
      at += header.bytes;
      const known = decodeCensus(entries, index * CENSUS_ENTRY_BYTES, header.crc);
      return summarize(header, known ?? countCensus(bytes.subarray(position, position + header.bytes)));
    });
  }

  /** Entries from `ordinal` on; fewer where the file has fewer. */
  readCensuses(ordinal: number, count: number): Uint8Array {
    const file = this.file('census');
    return onDisk('read', file, () => {
      const target = Buffer.allocUnsafe(count * CENSUS_ENTRY_BYTES);
      const fd = this.#storage.files.open(file, 'create');
      return target.subarray(0, this.#storage.disk.read(fd, target, ordinal * CENSUS_ENTRY_BYTES));
    });
  }

  /** Removes the segment's files. */
  remove(): void {
    this.retired = true;
    for (const extension of SEGMENT_EXTENSIONS) {
      const file = this.file(extension);
      onDisk('remove', file, () => {
        this.#storage.files.forget(file);
        this.#storage.disk.remove(file);
      });
    }
  }
}

/** In the order in which they are removed: the log last, so that a crash leaves no companion without its log. */
export const SEGMENT_EXTENSIONS = ['index', 'snapshot', 'begin', 'census', 'log'] as const;
export type SegmentExtension = (typeof SEGMENT_EXTENSIONS)[number];

export function segmentFileName(baseOffset: number, extension: string): string {
  return `${String(baseOffset).padStart(20, '0')}.${extension}`;
}
