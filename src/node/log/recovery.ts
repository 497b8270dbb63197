/**
 * What a start finds in a partition's directory. A segment whose index file is whole and says the file's size was synced before
 * the index was written, and is believed. Every other one is walked over, batch by batch, with every CRC checked:
 *
 *   - bytes behind the last batch that hide no offset are a torn write: they are cut;
 *   - bytes that hide offsets (a later batch follows, or the next segment says so) are damage: reported and left as they are;
 *   - censuses that are missing are counted again;
 *   - the idempotent producers are those of the last snapshot, or as of the log's begin, and of the batches behind it.
 */
import * as path from 'node:path';
import { BATCH_HEADER_BYTES, crcMatches, plausibleHeader } from './batch-header';
import type { BatchHeader } from './batch-header';
import { CENSUS_ENTRY_BYTES, decodeCensus } from './census-file';
import { countCensus } from './count-census';
import { findNextBatch } from './damage';
import { onDisk } from '../node-error';
import { PARTITION_STATE_FILE } from './partition-log';
import type { PartitionLog, PartitionState } from './partition-log';
import { completeSwap } from './segment-swap';
import { Segment } from './segment';
import type { Storage } from './segment';
import { SegmentIndex } from './segment-index';
import type { DamagedRange } from './segment-index';
import { readStateFile, readWhole } from '../disk/state-file';

export interface RecoveryReport {
  partitions: number;
  /** Segments that were walked over. */
  segments: number;
  batches: number;
  truncatedBytes: number;
  damagedRanges: number;
}

export interface RecoveryEvents {
  truncated(file: string, position: number, bytes: number): void;
  damaged(file: string, range: DamagedRange): void;
}

const WINDOW_BYTES = 4 * 1024 * 1024;
const LOG_FILE = /^(\d{20})\.log$/;

/**
 * Fills `log` with what its directory holds. Answers whether the active segment was walked over: a process that was killed may not have synced
 * it. Throws STORAGE_ERROR where the disk cannot be read or written.
 */
export function recoverPartition(log: PartitionLog, report: RecoveryReport, events: RecoveryEvents): boolean {
  const state = readStateFile(log.storage.disk, path.join(log.directory, PARTITION_STATE_FILE));
  if (isPartitionState(state)) {
    log.logStartOffset = state.logStartOffset;
    log.cleanedOffset = state.cleanedOffset;
    log.tombstoneDueMs = state.tombstoneDueMs ?? Infinity;
  }
  completeSwap(log.storage, log.directory);
  const segments = listSegments(log.storage, log.directory);
  report.partitions += 1;
  const walked = recoverSegments(log, segments, report, events);
  if (segments.length > 0) log.segments = segments;
  for (const segment of log.segments) report.damagedRanges += segment.index.damaged.length;
  log.logStartOffset = Math.max(log.logStartOffset, log.segments[0]?.baseOffset ?? 0);
  if (log.active.nextOffset < log.logStartOffset) beginAt(log, log.logStartOffset);
  log.highWatermark = log.active.nextOffset;
  return walked;
}

function recoverSegments(
  log: PartitionLog,
  segments: Segment[],
  report: RecoveryReport,
  events: RecoveryEvents,
): boolean {
  const indexes = segments.map((segment) => loadIndex(log.storage, segment));
  const replayFrom = restoreProducers(log, segments, indexes);
  for (const [position, segment] of segments.entries()) {
    const index = indexes[position];
    const replays = position >= replayFrom;
    const nextBase = segments[position + 1]?.baseOffset;
    segment.sealed = nextBase !== undefined && (index !== undefined || replays);
    if (index !== undefined) segment.index = index;
    if (index !== undefined && !replays) continue;
    const onBatch = (header: BatchHeader): void => {
      report.batches += 1;
      if (replays) log.producers.replay(header, log.clock.nowMs());
    };
    report.segments += 1;
    report.truncatedBytes += scanSegment(segment, { nextBase, onBatch, events });
    if (nextBase === undefined) return true;
    segment.sync();
    if (replays) segment.writeBeside('snapshot', log.producers.encode());
    segment.writeIndex();
  }
  return false;
}

function listSegments(storage: Storage, directory: string): Segment[] {
  const names = onDisk('list', directory, () => storage.disk.list(directory));
  return names.flatMap((name) => {
    const digits = LOG_FILE.exec(name)?.[1];
    return digits === undefined ? [] : [new Segment(storage, directory, Number(digits))];
  });
}

/** The index kept beside a segment; undefined where it is missing, damaged, or not of the file as it is. */
function loadIndex(storage: Storage, segment: Segment): SegmentIndex | undefined {
  const bytes = readBeside(storage, segment, 'index');
  const index = bytes === undefined ? undefined : SegmentIndex.decode(bytes, segment.baseOffset);
  return index?.size === segment.fileSize() ? index : undefined;
}

/** Restores the newest snapshot that can be believed. Answers the first segment whose batches come after it. */
function restoreProducers(log: PartitionLog, segments: readonly Segment[], indexes: readonly unknown[]): number {
  for (let position = segments.length - 1; position >= 0; position -= 1) {
    const segment = segments[position];
    if (segment === undefined || indexes[position] === undefined) continue;
    const snapshot = readBeside(log.storage, segment, 'snapshot');
    if (snapshot !== undefined && log.producers.restore(snapshot)) return position + 1;
  }
  const begin = segments[0] && readBeside(log.storage, segments[0], 'begin');
  if (begin === undefined || !log.producers.restore(begin)) log.producers.clear();
  return 0;
}

function readBeside(storage: Storage, segment: Segment, extension: 'index' | 'snapshot' | 'begin'): Buffer | undefined {
  const file = segment.file(extension);
  if (!storage.disk.exists(file)) return undefined;
  return onDisk('read', file, () => readWhole(storage.disk, file));
}

export interface ScanOptions {
  /** The next segment's first offset; none for the last segment. */
  readonly nextBase: number | undefined;
  readonly onBatch: (header: BatchHeader) => void;
  readonly events: RecoveryEvents;
}

/** Walks over a whole segment and makes its index anew. Answers how many torn bytes were cut. */
export function scanSegment(segment: Segment, options: ScanOptions): number {
  const fileSize = segment.fileSize();
  segment.index = new SegmentIndex(segment.baseOffset);
  const offsetEnd = options.nextBase ?? Number.MAX_SAFE_INTEGER;
  while (segment.size < fileSize) {
    scanWindow(segment, fileSize, offsetEnd, options.onBatch);
    if (segment.size >= fileSize) break;
    const { size: position, nextOffset: firstOffset } = segment.index;
    const search = { position: position + 1, end: fileSize, offsetMin: firstOffset, offsetEnd };
    const next = findNextBatch(segment, search);
    if (next === undefined && (options.nextBase === undefined || firstOffset >= options.nextBase)) {
      segment.cut();
      options.events.truncated(segment.file('log'), position, fileSize - position);
      return fileSize - position;
    }
    const nextOffset = next?.header.baseOffset ?? offsetEnd;
    const range = { firstOffset, nextOffset, position, endPosition: next?.position ?? fileSize };
    segment.index.addDamage(range);
    options.events.damaged(segment.file('log'), range);
  }
  return 0;
}

/** Adds batches to the index until the end of the file or the first bytes that are none. */
function scanWindow(
  segment: Segment,
  fileSize: number,
  offsetEnd: number,
  onBatch: (header: BatchHeader) => void,
): void {
  let window = WINDOW_BYTES;
  while (segment.size < fileSize) {
    const start = segment.size;
    const bytes = segment.readRaw(start, window, fileSize);
    let at = 0;
    let header: BatchHeader | undefined;
    for (;;) {
      header = plausibleHeader(bytes, at);
      if (header === undefined || at + header.bytes > bytes.length) break;
      if (header.baseOffset < segment.nextOffset || header.lastOffset >= offsetEnd || !crcMatches(bytes, header))
        return;
      segment.index.add(header);
      checkCensus(segment, segment.index.batchCount - 1, bytes.subarray(at, at + header.bytes), header);
      onBatch(header);
      at += header.bytes;
    }
    if (start + bytes.length >= fileSize) return;
    if (at > 0) {
      window = WINDOW_BYTES;
      continue;
    }
    const needed = header?.bytes ?? BATCH_HEADER_BYTES;
    if (header === undefined || start + needed > fileSize || needed <= window) return;
    window = needed;
  }
}

function checkCensus(segment: Segment, ordinal: number, batch: Uint8Array, header: BatchHeader): void {
  const entry = segment.readCensuses(ordinal, 1);
  if (entry.length === CENSUS_ENTRY_BYTES && decodeCensus(entry, 0, header.crc) !== undefined) return;
  segment.writeCensus(ordinal, countCensus(batch), header.crc);
}

/**
 * After a sync that failed: cuts the active segment back to the high watermark, which is as far as anything was promised, and
 * makes its index and the producers anew.
 */
export function reloadActive(log: PartitionLog, events: RecoveryEvents): void {
  const { active } = log;
  const promised = log.highWatermark;
  const run = active.read({ offset: promised, bytesMax: 1, endOffset: Number.MAX_SAFE_INTEGER }, undefined);
  const keep = run.summaries.length === 0 ? active.size : run.end.position - run.bytes.length;
  active.index.size = keep;
  active.cut();
  const indexes = log.segments.map((segment) => (segment === active ? undefined : segment.index));
  const replayFrom = restoreProducers(log, log.segments, indexes);
  for (const segment of log.segments.slice(replayFrom)) {
    scanSegment(segment, {
      nextBase: segment === active ? undefined : segment.nextOffset,
      onBatch: (header) => log.producers.replay(header, log.clock.nowMs()),
      events,
    });
  }
}

function beginAt(log: PartitionLog, offset: number): void {
  const segment = new Segment(log.storage, log.directory, offset);
  segment.create();
  log.segments.push(segment);
}

function isPartitionState(value: unknown): value is PartitionState {
  if (typeof value !== 'object' || value === null) return false;
  return 'logStartOffset' in value && typeof value.logStartOffset === 'number' && 'cleanedOffset' in value;
}
