/**
 * Walks the (decompressed) records of one batch without making an object for each. A record is
 *
 *     varint   length of the rest
 *     int8     attributes, unused
 *     varlong  timestamp delta to the batch's base timestamp
 *     varint   offset delta to the batch's base offset
 *     varint   key length, -1 for null, then the key
 *     varint   value length, -1 for null, then the value
 *     varint   header count, then for each: varint key length, key, varint value length (-1 for null), value
 *
 * Every length is checked against the record's own end, so what `next` has accepted can be sliced without looking again.
 */
import { BatchError } from './batch-error';
import { int64Of } from './int64';
import type { Int64 } from '../types';

/** Of the varints of a plain record and its attributes, and what may be read beyond one that is cut. */
const PLAIN_BYTES_MAX = 5 * 3 + 1;

const zigzag = (value: number): number => (value >>> 1) ^ -(value & 1);

/** A varint of at most three bytes: its value, not yet zigzag, above the two bits of its length. 0: it is longer. */
function shortVarint(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return (first << 2) | 1;
  const second = bytes[at + 1] ?? 0;
  if (second < 0x80) return (((second << 7) | (first & 0x7f)) << 2) | 2;
  const third = bytes[at + 2] ?? 0;
  return third < 0x80 ? (((third << 14) | ((second & 0x7f) << 7) | (first & 0x7f)) << 2) | 3 : 0;
}

export class RecordCursor {
  /** Of the record that `next` moved to. Positions are bytes from the start of the section; a length of -1 is a null. */
  timestampDelta: Int64 = 0;
  offsetDelta = 0;
  keyStart = 0;
  keyLength = -1;
  valueStart = 0;
  valueLength = -1;
  headerCount = 0;
  /** Where the first header starts. */
  headersStart = 0;
  /** Records walked so far. */
  count = 0;

  readonly #bytes: Uint8Array;
  #position: number;
  #end: number;

  /** The section that holds the records is `bytes` from `start` to `end`. */
  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes;
    this.#position = start;
    this.#end = end;
  }

  /** Where the records walked so far end. */
  get position(): number {
    return this.#position;
  }

  /** Whether bytes are left after the records walked so far. */
  get hasMore(): boolean {
    return this.#position < this.#end;
  }

  /**
   * Moves to the next record. Throws BatchError('invalid_record') where its lengths contradict one another.
   *
   * Nearly every record has lengths of at most three bytes each, and reads its fields without asking at each byte whether there is one. No
   * private method is called for it: such a call costs a third of what a record costs.
   */
  next(): void {
    const bytes = this.#bytes;
    let at = this.#position;
    if (at + PLAIN_BYTES_MAX > bytes.length) return this.#nextOfAnyForm();
    const length = shortVarint(bytes, at);
    at += length & 3;
    const end = at + zigzag(length >>> 2);
    at++;
    const timestamp = shortVarint(bytes, at);
    at += timestamp & 3;
    const offset = shortVarint(bytes, at);
    at += offset & 3;
    const key = shortVarint(bytes, at);
    at += key & 3;
    const keyLength = zigzag(key >>> 2);
    const keyStart = at;
    if (keyLength > 0) at += keyLength;
    const value = shortVarint(bytes, at);
    at += value & 3;
    const valueLength = zigzag(value >>> 2);
    const valueStart = at;
    if (valueLength > 0) at += valueLength;
    const isShort = length !== 0 && timestamp !== 0 && offset !== 0 && key !== 0 && value !== 0;
    if (!isShort || keyLength < -1 || valueLength < -1 || at >= end || end > this.#end) return this.#nextOfAnyForm();
    this.timestampDelta = zigzag(timestamp >>> 2);
    this.offsetDelta = zigzag(offset >>> 2);
    this.keyLength = keyLength;
    this.keyStart = keyStart;
    this.valueLength = valueLength;
    this.valueStart = valueStart;
    this.#position = at;
    // Of a record without headers their count is the last byte.
    if (at + 1 !== end || bytes[at] !== 0) return this.#endWithHeaders(end);
    this.headerCount = 0;
    this.headersStart = end;
    this.#position = end;
    this.count++;
  }

  /** With longer fields, at the end of the bytes, or wrong. */
  #nextOfAnyForm(): void {
    const section = this.#end;
    const length = this.#varint();
    const end = this.#position + length;
    if (length < 6 || end > section) throw this.#invalid('a record inside the batch', `a length of ${length}`);
    this.#end = end;
    this.#position++;
    this.timestampDelta = this.#varlong();
    this.offsetDelta = this.#varint();
    this.keyLength = this.#varint();
    this.keyStart = this.#position;
    this.#pass(this.keyLength);
    this.valueLength = this.#varint();
    this.valueStart = this.#position;
    this.#pass(this.valueLength);
    this.#end = section;
    this.#endWithHeaders(end);
  }

  #endWithHeaders(end: number): void {
    const section = this.#end;
    this.#end = end;
    this.headerCount = this.#varint();
    this.headersStart = this.#position;
    this.#passHeaders();
    if (this.#position !== end)
      throw this.#invalid('a record that fills its length', `${end - this.#position} bytes left`);
    this.#end = section;
    this.count++;
  }

  #passHeaders(): void {
    if (this.headerCount < 0 || this.headerCount * 2 > this.#end - this.#position) {
      throw this.#invalid('a possible header count', `${this.headerCount}`);
    }
    for (let left = this.headerCount; left > 0; left--) {
      const keyLength = this.#varint();
      if (keyLength < 0) throw this.#invalid('a header with a key', 'null');
      this.#pass(keyLength);
      this.#pass(this.#varint());
    }
  }

  /** A null takes no bytes. */
  #pass(length: number): void {
    if (length < -1 || this.#position + length > this.#end)
      throw this.#invalid('a field inside its record', `a length of ${length}`);
    if (length > 0) this.#position += length;
  }

  #varint(): number {
    let byte = this.#byte();
    if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1);
    let value = byte & 0x7f;
    for (let shift = 7; shift < 35; shift += 7) {
      byte = this.#byte();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        if (shift === 28 && byte > 0x0f) break;
        return (value >>> 1) ^ -(value & 1);
      }
    }
    throw this.#invalid('a varint of at most 32 bits', 'a longer one');
  }

  #varlong(): Int64 {
    let byte = this.#byte();
    let value = byte & 0x7f;
    for (let shift = 7; byte >= 0x80; shift += 7) {
      if (shift === 28) return this.#longVarlong(value);
      byte = this.#byte();
      value |= (byte & 0x7f) << shift;
    }
    return (value >>> 1) ^ -(value & 1);
  }

  /** The rest of a varlong of more than 28 bits. */
  #longVarlong(low: number): Int64 {
    let value = BigInt(low);
    for (let shift = 28n; shift < 70n; shift += 7n) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte >= 0x80) continue;
      if (shift === 63n && byte > 1) break;
      return int64Of((value >> 1n) ^ -(value & 1n));
    }
    throw this.#invalid('a varint of at most 64 bits', 'a longer one');
  }

  #byte(): number {
    if (this.#position >= this.#end) throw this.#invalid('more bytes', 'the end');
    return this.#bytes[this.#position++] ?? 0;
  }

  #invalid(expected: string, got: string): BatchError {
    return new BatchError('invalid_record', `record ${this.count}: expected ${expected}, got ${got}`);
  }
}
