/**
 * Where batches are in a segment file, in memory: one entry about every 64 KiB, so a read starts at most that far before the
 * batch it looks for. Everything here can be rebuilt by walking over the segment. A segment that is complete and synced keeps its
 * index in a file beside it; that file is what says at the next start that the segment need not be walked over:
 *
 *   0   "SGIX"            4   version u32 = 2       8   segment size u64     16  batches u32        20  entries u32
 *   24  next offset i64   32  max timestamp i64     40  first timestamp i64  48  damaged ranges u32  52  records u64
 *   60  entries: relative offset u32, position u32, ordinal u32, max timestamp up to there i64 (20 bytes each)
 *   ..  damaged ranges: first offset, next offset, position, end position (i64 each)
 *   ..  CRC-32C u32 of everything before it
 *
 * Version 1 has no count of records: its entries begin at 52, and the segment counts as holding a record at each offset.
 */
import { crc32c } from '@node-rs/crc32';
import { int64Of, maxInt64 } from '../../protocol/int64';
import type { Int64 } from '../../types';
import { viewOf } from './batch-header';
import type { BatchHeader } from './batch-header';

export const INDEX_INTERVAL_BYTES = 64 * 1024;
const HEAD_BYTES = 60;
const HEAD_BYTES_V1 = 52;
const ENTRY_BYTES = 20;
const DAMAGE_BYTES = 32;
const MAGIC = 0x53474958;

/** Bytes of a segment that hold no valid batch although offsets are missing there. Reading those offsets is a STORAGE_ERROR. */
export interface DamagedRange {
  readonly firstOffset: number;
  /** The first offset after the range. */
  readonly nextOffset: number;
  readonly position: number;
  readonly endPosition: number;
}

export interface IndexEntry {
  readonly position: number;
  /** How many batches lie before this position. */
  readonly ordinal: number;
}

export class SegmentIndex {
  readonly baseOffset: number;
  size = 0;
  batchCount = 0;
  recordCount = 0;
  nextOffset: number;
  maxTimestampMs: Int64 = -1;
  /** The time of the first batch, from which segment.ms counts; -1 where there is none. */
  firstTimestampMs: Int64 = -1;
  damaged: DamagedRange[] = [];
  readonly #relativeOffsets: number[] = [];
  readonly #positions: number[] = [];
  readonly #ordinals: number[] = [];
  /** The greatest timestamp of all batches before the entry. */
  readonly #timestampsBefore: Int64[] = [];

  constructor(baseOffset: number) {
    this.baseOffset = baseOffset;
    this.nextOffset = baseOffset;
  }

  /** The next batch of the file, at `this.size`. */
  add(header: BatchHeader): void {
    const lastIndexed = this.#positions.at(-1);
    if (lastIndexed === undefined || this.size - lastIndexed >= INDEX_INTERVAL_BYTES) {
      this.#relativeOffsets.push(header.baseOffset - this.baseOffset);
      this.#positions.push(this.size);
      this.#ordinals.push(this.batchCount);
      this.#timestampsBefore.push(this.maxTimestampMs);
    }
    if (this.batchCount === 0) this.firstTimestampMs = header.maxTimestamp;
    this.size += header.bytes;
    this.batchCount += 1;
    this.recordCount += header.recordCount;
    this.nextOffset = header.lastOffset + 1;
    this.maxTimestampMs = maxInt64(this.maxTimestampMs, header.maxTimestamp);
  }

  /** The next bytes of the file hold no batch. */
  addDamage(range: DamagedRange): void {
    this.damaged.push(range);
    this.size = range.endPosition;
    this.nextOffset = range.nextOffset;
  }

  /** A batch known before was found damaged while reading; the batches stay counted. */
  markDamaged(range: DamagedRange): void {
    if (this.damaged.some((known) => known.position === range.position)) return;
    this.damaged.push(range);
    this.damaged.sort((left, right) => left.position - right.position);
  }

  /** A damaged range was restored, but for `left`. */
  mend(range: DamagedRange, left: DamagedRange | undefined): void {
    this.damaged = this.damaged.flatMap((known) => (known !== range ? [known] : left === undefined ? [] : [left]));
  }

  damageAt(offset: number): DamagedRange | undefined {
    return this.damaged.find((range) => range.firstOffset <= offset && offset < range.nextOffset);
  }

  /** The position from which a walk finds `offset`: the segment's start where damage lay before the first entry. */
  find(offset: number): IndexEntry {
    const relativeOffset = offset - this.baseOffset;
    if ((this.#relativeOffsets[0] ?? 0) > relativeOffset) return { position: 0, ordinal: 0 };
    return this.#entry(lastAtMost(this.#relativeOffsets, relativeOffset));
  }

  /** The last entry strictly before a position, or the segment's start. */
  findPosition(position: number): IndexEntry {
    return this.#entry(lastAtMost(this.#positions, position - 1));
  }

  /** The position from which a walk finds the first batch that reaches `timestampMs`. */
  findTimestamp(timestampMs: Int64): IndexEntry {
    let found = 0;
    for (const [index, before] of this.#timestampsBefore.entries()) {
      if (before >= timestampMs) break;
      found = index;
    }
    return this.#entry(found);
  }

  #entry(index: number): IndexEntry {
    return { position: this.#positions[index] ?? 0, ordinal: this.#ordinals[index] ?? 0 };
  }

  encode(): Buffer {
    const entries = this.#positions.length;
    const bytes = Buffer.alloc(HEAD_BYTES + entries * ENTRY_BYTES + this.damaged.length * DAMAGE_BYTES + 4);
    const view = viewOf(bytes);
    view.setUint32(0, MAGIC);
    view.setUint32(4, 2);
    view.setBigUint64(8, BigInt(this.size));
    view.setUint32(16, this.batchCount);
    view.setUint32(20, entries);
    view.setBigInt64(24, BigInt(this.nextOffset));
    view.setBigInt64(32, BigInt(this.maxTimestampMs));
    view.setBigInt64(40, BigInt(this.firstTimestampMs));
    view.setUint32(48, this.damaged.length);
    view.setBigUint64(52, BigInt(this.recordCount));
    let at = HEAD_BYTES;
    for (let index = 0; index < entries; index += 1, at += ENTRY_BYTES) {
      view.setUint32(at, this.#relativeOffsets[index] ?? 0);
      view.setUint32(at + 4, this.#positions[index] ?? 0);
      view.setUint32(at + 8, this.#ordinals[index] ?? 0);
      view.setBigInt64(at + 12, BigInt(this.#timestampsBefore[index] ?? -1));
    }
    for (const range of this.damaged) {
      view.setBigInt64(at, BigInt(range.firstOffset));
      view.setBigInt64(at + 8, BigInt(range.nextOffset));
      view.setBigInt64(at + 16, BigInt(range.position));
      view.setBigInt64(at + 24, BigInt(range.endPosition));
      at += DAMAGE_BYTES;
    }
    view.setUint32(at, crc32c(bytes.subarray(0, at)));
    return bytes;
  }

  /** undefined where the bytes are not a whole index with the right checksum. */
  static decode(bytes: Buffer, baseOffset: number): SegmentIndex | undefined {
    if (bytes.length < HEAD_BYTES_V1 + 4) return undefined;
    const view = viewOf(bytes);
    const version = view.getUint32(4);
    const headBytes = version === 1 ? HEAD_BYTES_V1 : HEAD_BYTES;
    const entries = view.getUint32(20);
    const damaged = view.getUint32(48);
    const end = headBytes + entries * ENTRY_BYTES + damaged * DAMAGE_BYTES;
    if (view.getUint32(0) !== MAGIC || version < 1 || version > 2 || bytes.length !== end + 4) return undefined;
    if (view.getUint32(end) !== crc32c(bytes.subarray(0, end))) return undefined;
    const index = new SegmentIndex(baseOffset);
    index.size = Number(view.getBigUint64(8));
    index.batchCount = view.getUint32(16);
    index.nextOffset = Number(view.getBigInt64(24));
    index.maxTimestampMs = int64Of(view.getBigInt64(32));
    index.firstTimestampMs = int64Of(view.getBigInt64(40));
    index.recordCount = version === 1 ? index.nextOffset - baseOffset : Number(view.getBigUint64(52));
    let at = headBytes;
    for (let entry = 0; entry < entries; entry += 1, at += ENTRY_BYTES) {
      index.#relativeOffsets.push(view.getUint32(at));
      index.#positions.push(view.getUint32(at + 4));
      index.#ordinals.push(view.getUint32(at + 8));
      index.#timestampsBefore.push(int64Of(view.getBigInt64(at + 12)));
    }
    for (let range = 0; range < damaged; range += 1, at += DAMAGE_BYTES) {
      index.damaged.push({
        firstOffset: Number(view.getBigInt64(at)),
        nextOffset: Number(view.getBigInt64(at + 8)),
        position: Number(view.getBigInt64(at + 16)),
        endPosition: Number(view.getBigInt64(at + 24)),
      });
    }
    return index;
  }
}

/** The index of the last number that is not above `limit`; 0 where there is none. `sorted` ascends. */
function lastAtMost(sorted: readonly number[], limit: number): number {
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((sorted[middle] ?? Infinity) <= limit) low = middle;
    else high = middle - 1;
  }
  return low;
}
