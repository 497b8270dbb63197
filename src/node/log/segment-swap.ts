/**
 * One segment in the place of several, so that a crash leaves the old ones or the new one. The new files are made in the directory
 * `cleaned` beside the segments. When they are whole and synced, it is renamed to `swap`: from then on the new ones count, and
 * whoever opens the partition completes the move:
 *
 *   1. the replaced segments' indexes go: nothing is believed of a file until its move is done
 *   2. census, log, snapshot and index are renamed over those of the first replaced segment
 *   3. the files of the other replaced segments go, and then `swap`
 */
import * as path from 'node:path';
import type { StagedBatch } from '../append/append-stage';
import { ErrorCode } from '../../rpc/record_log';
import { NodeError, onDisk, storageError } from '../node-error';
import type { PartitionLog } from './partition-log';
import { SEGMENT_EXTENSIONS, Segment, segmentFileName } from './segment';
import type { Storage } from './segment';
import { readStateFile, readWhole, writeStateFile } from '../disk/state-file';

const CLEANED = 'cleaned';
const SWAP = 'swap';
const MANIFEST = 'manifest.json';

export class SegmentSwap {
  readonly #log: PartitionLog;
  readonly #replaced: readonly Segment[];
  readonly #directory: string;
  readonly #target: Segment;

  /** `replaced`: neighbours, at least one. */
  constructor(log: PartitionLog, replaced: readonly Segment[]) {
    this.#log = log;
    this.#replaced = replaced;
    this.#directory = path.join(log.directory, CLEANED);
    this.abandon();
    this.#target = new Segment(log.storage, this.#directory, replaced[0]?.baseOffset ?? 0);
    this.#target.create();
  }

  append(chunks: readonly Uint8Array[], batches: readonly StagedBatch[]): void {
    this.#target.append(chunks, batches);
  }

  abandon(): void {
    this.#log.storage.files.forgetBelow(this.#directory);
    this.#log.storage.directories.forget(this.#directory);
    onDisk('remove', this.#directory, () => this.#log.storage.disk.removeTree(this.#directory));
  }

  /** Throws STORAGE_ERROR: the old segments go on, unless the move had begun; then the next start completes it. */
  commit(): void {
    const log = this.#log;
    const target = this.#target;
    const replaced = this.#replaced;
    const { disk, files } = log.storage;
    const last = replaced.at(-1);
    target.index.nextOffset = last?.nextOffset ?? target.nextOffset;
    target.sync();
    if (last !== undefined && disk.exists(last.file('snapshot'))) {
      target.writeBeside(
        'snapshot',
        onDisk('read', last.file('snapshot'), () => readWhole(disk, last.file('snapshot'))),
      );
    }
    target.writeIndex();
    const bases = replaced.map((segment) => segment.baseOffset);
    writeStateFile(disk, path.join(this.#directory, MANIFEST), { replaces: bases });
    files.forgetBelow(this.#directory);
    onDisk('rename', this.#directory, () => {
      disk.rename(this.#directory, path.join(log.directory, SWAP));
      disk.syncDirectory(log.directory);
    });
    for (const segment of replaced) segment.retired = true;
    const made = new Segment(log.storage, log.directory, target.baseOffset);
    made.index = target.index;
    try {
      completeSwap(log.storage, log.directory);
    } catch (error) {
      const failure = error instanceof NodeError ? error : storageError('complete', log.directory, error);
      log.fail(failure);
      throw failure;
    }
    log.replaceSegments(replaced, made);
  }
}

/** What a crash left of a swap: thrown away before its commit, completed after it. */
export function completeSwap(storage: Storage, directory: string): void {
  const { disk, files } = storage;
  const cleaned = path.join(directory, CLEANED);
  if (disk.exists(cleaned)) onDisk('remove', cleaned, () => disk.removeTree(cleaned));
  const swap = path.join(directory, SWAP);
  if (!disk.exists(swap)) return;
  const bases = readBases(storage, swap);
  const keep = bases[0];
  onDisk('complete', swap, () => {
    const remove = (base: number, extension: string): void => {
      const file = path.join(directory, segmentFileName(base, extension));
      files.forget(file);
      disk.remove(file);
    };
    for (const base of bases) remove(base, 'index');
    for (const extension of ['census', 'log', 'snapshot', 'index']) {
      if (keep === undefined) break;
      const file = path.join(swap, segmentFileName(keep, extension));
      files.forget(path.join(directory, segmentFileName(keep, extension)));
      if (disk.exists(file)) disk.rename(file, path.join(directory, segmentFileName(keep, extension)));
    }
    for (const base of bases.slice(1)) for (const extension of SEGMENT_EXTENSIONS) remove(base, extension);
    disk.syncDirectory(directory);
    disk.removeTree(swap);
  });
}

function readBases(storage: Storage, swap: string): number[] {
  const file = path.join(swap, MANIFEST);
  const manifest = readStateFile(storage.disk, file);
  if (manifest === undefined) return [];
  if (typeof manifest === 'object' && manifest !== null && 'replaces' in manifest && Array.isArray(manifest.replaces)) {
    return manifest.replaces.filter((base): base is number => typeof base === 'number');
  }
  throw new NodeError(
    ErrorCode.STORAGE_ERROR,
    `${file} does not say which segments were replaced; it was left as it is`,
  );
}
