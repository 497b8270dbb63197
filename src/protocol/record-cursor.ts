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

  /** Moves to the next record. Throws BatchError('invalid_record') where its lengths contradict one another. */
  next(): void {
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
