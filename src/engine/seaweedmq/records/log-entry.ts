/**
 * The engine's log entries, read out of log files: `[uint32 BE size][filer_pb.LogEntry]*`. Read by hand, because a file may hold
 * hundreds of thousands: only the fields that matter, no object but the unit.
 *
 *     field 1 varint ts_ns · 2 varint partition_key_hash · 3 bytes data · 4 bytes key · 5 varint offset (absent for 0)
 */
import { joined } from '../../../protocol/bytes';
import type { Offset } from '../../../types';
import { toOffset } from '../../../types';
import { EngineError } from '../../../engine-error';
import { RecordUnit } from './record-unit';

const EMPTY = new Uint8Array(0);
const WireType = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** The entry in `bytes` from `start` to `end`; views into `bytes`. */
export function readLogEntry(bytes: Uint8Array, start: number, end: number): RecordUnit {
  const cursor = new EntryCursor(bytes, start, end);
  let tsNs = 0n;
  let offset = 0;
  let data: Uint8Array = EMPTY;
  let key: Uint8Array = EMPTY;
  while (cursor.position < end) {
    const tag = cursor.varint();
    if (tag === 8) tsNs = cursor.bigVarint();
    else if (tag === 26) data = cursor.bytesField();
    else if (tag === 34) key = cursor.bytesField();
    else if (tag === 40) offset = cursor.varint();
    else cursor.skip(tag & 7);
  }
  return new RecordUnit(toOffset(offset), tsNs, key, data);
}

/** The same entry's offset alone: an index needs no more. */
function readEntryOffset(bytes: Uint8Array, start: number, end: number): Offset {
  const cursor = new EntryCursor(bytes, start, end);
  let offset = 0;
  while (cursor.position < end) {
    const tag = cursor.varint();
    if (tag === 40) offset = cursor.varint();
    else cursor.skip(tag & 7);
  }
  return toOffset(offset);
}

export interface EntryIndex {
  /** Where each entry starts, with its size field. */
  readonly positions: readonly number[];
  readonly offsets: readonly Offset[];
}

/** Where each entry starts, and its offset; `what` names the file in errors. Throws EngineError('storage_error') where the sizes do not fit. */
export function indexEntries(bytes: Uint8Array, what: string): EntryIndex {
  const positions: number[] = [];
  const offsets: Offset[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let position = 0;
  while (position < bytes.byteLength) {
    const size = position + 4 > bytes.byteLength ? -1 : view.getUint32(position);
    const end = position + 4 + size;
    if (size < 0 || end > bytes.byteLength) {
      throw new EngineError('storage_error', `${what}: expected whole log entries, got a torn one at byte ${position}`);
    }
    positions.push(position);
    offsets.push(readEntryOffset(bytes, position + 4, end));
    position = end;
  }
  return { positions, offsets };
}

/**
 * The entries ascending, one for each offset. They are as they come, but where a broker began anew within the second that names its
 * file: then offsets stand there twice, and of two the record counts and not the placeholder, of two records the later.
 */
export function inOffsetOrder(
  content: Uint8Array,
  { positions, offsets }: EntryIndex,
): EntryIndex & { readonly content: Uint8Array } {
  if (offsets.every((offset, index) => index === 0 || offset > (offsets[index - 1] ?? 0))) {
    return { content, positions, offsets };
  }
  const pieces = new Map<Offset, Uint8Array>();
  for (const [index, offset] of offsets.entries()) {
    const piece = content.subarray(positions[index] ?? 0, positions[index + 1] ?? content.byteLength);
    if (!pieces.has(offset) || !readLogEntry(piece, 4, piece.byteLength).isPlaceholder) pieces.set(offset, piece);
  }
  const ordered = [...pieces].sort(([a], [b]) => a - b).map(([, piece]) => piece);
  const sorted = joined(ordered);
  return { content: sorted, ...indexEntries(sorted, 'a log file put in order') };
}

class EntryCursor {
  position: number;
  readonly #bytes: Uint8Array;
  readonly #end: number;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes;
    this.position = start;
    this.#end = end;
  }

  /** An unsigned varint that fits a safe integer: tags, lengths and offsets do. */
  varint(): number {
    let value = 0;
    let scale = 1;
    for (let count = 0; count < 8; count += 1) {
      const byte = this.#byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    throw new EngineError('storage_error', 'a log entry holds a number past 2^53');
  }

  /** Nanoseconds exceed 2^53: 28 bits, and what lies above them. */
  bigVarint(): bigint {
    let low = 0;
    let high = 0;
    let scale = 1;
    for (let count = 0; count < 10; count += 1) {
      const byte = this.#byte();
      if (count === 4) scale = 1;
      if (count < 4) low += (byte & 0x7f) * scale;
      else high += (byte & 0x7f) * scale;
      if (byte < 0x80) return (BigInt(high) << 28n) + BigInt(low);
      scale *= 128;
    }
    throw new EngineError('storage_error', 'a log entry holds a varint of more than ten bytes');
  }

  bytesField(): Uint8Array {
    const length = this.#skipBytes();
    return this.#bytes.subarray(this.position - length, this.position);
  }

  skip(wireType: number): void {
    if (wireType === WireType.varint) while (this.#byte() >= 0x80);
    else if (wireType === WireType.bytes) this.#skipBytes();
    else if (wireType === WireType.fixed64) this.position += 8;
    else if (wireType === WireType.fixed32) this.position += 4;
    else throw new EngineError('storage_error', `a log entry holds wire type ${wireType}`);
  }

  #skipBytes(): number {
    const length = this.varint();
    this.position += length;
    if (this.position > this.#end) throw new EngineError('storage_error', 'a log entry ends inside a field');
    return length;
  }

  #byte(): number {
    if (this.position >= this.#end) throw new EngineError('storage_error', 'a log entry ends inside a number');
    return this.#bytes[this.position++] ?? 0;
  }
}
