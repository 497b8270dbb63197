/**
 * Reads Kafka's primitive types from one message, front to back. Nothing is copied: bytes and records are views into the
 * message. Nothing is allocated by a length the peer claims before that many bytes are known to be there: every string, byte
 * and array length is checked against the bytes that remain (KIP-482 forms included). What does not fit throws ProtocolError.
 *
 * An int64 of which only the size matters is read as a number and saturates at ±(2^53 - 1): a fetch at Long.MAX_VALUE becomes
 * an offset out of range rather than a broken connection. What is stored or echoed is read by `int64Exact`, a producer id by
 * `int64Bigint`.
 */
import { ProtocolError } from './protocol-error';
import { ZERO_TOPIC_ID } from '../types';
import type { Int64 } from '../types';

const TWO_TO_32 = 4294967296;
/** The longest string that can be written; Kafka refuses longer ones of the compact form too. */
const STRING_BYTES_MAX = 32767;
/** A byte that is no UTF-8 becomes a character of three. */
const BYTES_PER_BYTE_MAX = 3;

export const NO_BYTES: Uint8Array = new Uint8Array(0);

export class Reader {
  /** Where the next read starts, in bytes from the start of the message. */
  position = 0;
  /** The message's length in bytes. */
  readonly end: number;
  readonly #view: DataView;
  readonly #buffer: Buffer;

  /** The bytes are borrowed: they must not change while what was read from them is in use. */
  constructor(bytes: Uint8Array) {
    this.end = bytes.byteLength;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get remaining(): number {
    return this.end - this.position;
  }

  bool(): boolean {
    return this.#view.getInt8(this.#take(1)) !== 0;
  }

  int8(): number {
    return this.#view.getInt8(this.#take(1));
  }

  int16(): number {
    return this.#view.getInt16(this.#take(2));
  }

  uint16(): number {
    return this.#view.getUint16(this.#take(2));
  }

  int32(): number {
    return this.#view.getInt32(this.#take(4));
  }

  uint32(): number {
    return this.#view.getUint32(this.#take(4));
  }

  int64(): number {
    const start = this.#take(8);
    const value = this.#view.getInt32(start) * TWO_TO_32 + this.#view.getUint32(start + 4);
    if (value > Number.MAX_SAFE_INTEGER) return Number.MAX_SAFE_INTEGER;
    return value < -Number.MAX_SAFE_INTEGER ? -Number.MAX_SAFE_INTEGER : value;
  }

  int64Exact(): Int64 {
    const start = this.#take(8);
    const value = this.#view.getInt32(start) * TWO_TO_32 + this.#view.getUint32(start + 4);
    return Number.isSafeInteger(value) ? value : this.#view.getBigInt64(start);
  }

  int64Bigint(): bigint {
    return this.#view.getBigInt64(this.#take(8));
  }

  float64(): number {
    return this.#view.getFloat64(this.#take(8));
  }

  /** An unsigned varint of at most 32 bits. */
  uvarint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#view.getUint8(this.#take(1));
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        if (shift === 28 && byte > 0x0f) break;
        return value >>> 0;
      }
    }
    throw this.error('a varint of at most 32 bits', 'a longer one');
  }

  /** A zigzag varint of at most 32 bits. */
  varint(): number {
    const value = this.uvarint();
    return (value >>> 1) ^ -(value & 1);
  }

  /** 16 bytes as 22 characters of unpadded base64url. */
  uuid(): string {
    const start = this.#take(16);
    const zero =
      this.#view.getInt32(start) === 0 &&
      this.#view.getInt32(start + 4) === 0 &&
      this.#view.getInt32(start + 8) === 0 &&
      this.#view.getInt32(start + 12) === 0;
    return zero ? ZERO_TOPIC_ID : this.#buffer.toString('base64url', start, start + 16);
  }

  string(): string {
    return this.#utf8(this.#present(this.int16(), 'string'));
  }

  nullableString(): string | null {
    const length = this.int16();
    return length < 0 ? this.#absent(length) : this.#utf8(length);
  }

  compactString(): string {
    return this.#utf8(this.#present(this.uvarint() - 1, 'string'));
  }

  compactNullableString(): string | null {
    const length = this.uvarint() - 1;
    return length < 0 ? null : this.#utf8(length);
  }

  bytes(): Uint8Array {
    return this.raw(this.#present(this.int32(), 'byte array'));
  }

  nullableBytes(): Uint8Array | null {
    const length = this.int32();
    return length < 0 ? this.#absent(length) : this.raw(length);
  }

  compactBytes(): Uint8Array {
    return this.raw(this.#present(this.uvarint() - 1, 'byte array'));
  }

  compactNullableBytes(): Uint8Array | null {
    const length = this.uvarint() - 1;
    return length < 0 ? null : this.raw(length);
  }

  /** Records as the pieces they are written in: here one, or none. */
  nullableChunks(): readonly Uint8Array[] | null {
    return chunksOf(this.nullableBytes());
  }

  compactNullableChunks(): readonly Uint8Array[] | null {
    return chunksOf(this.compactNullableBytes());
  }

  /** The next `length` bytes as a view. */
  raw(length: number): Uint8Array {
    const start = this.#take(length);
    return this.#buffer.subarray(start, start + length);
  }

  /** An array's length; each element takes at least `elementBytesMin` bytes, so a length that cannot be true is refused here. */
  arrayLength(elementBytesMin: number): number {
    return this.#fitting(this.#present(this.int32(), 'array'), elementBytesMin);
  }

  /** As arrayLength, but -1 for a null array. */
  nullableArrayLength(elementBytesMin: number): number {
    const length = this.int32();
    if (length < 0) this.#absent(length);
    return this.#fitting(length, elementBytesMin);
  }

  compactArrayLength(elementBytesMin: number): number {
    return this.#fitting(this.#present(this.uvarint() - 1, 'array'), elementBytesMin);
  }

  /** As compactArrayLength, but -1 for a null array. */
  compactNullableArrayLength(elementBytesMin: number): number {
    return this.#fitting(this.uvarint() - 1, elementBytesMin);
  }

  /** Reads the length of a tagged field and returns the position at which it ends. */
  taggedFieldEnd(): number {
    const size = this.uvarint();
    if (size > this.remaining) throw this.error(`a tagged field of ${size} bytes`, `${this.remaining} remaining`);
    return this.position + size;
  }

  /** A known tagged field must end where its length said. */
  expectPosition(position: number): void {
    if (this.position !== position)
      throw this.error(`a tagged field ending at byte ${position}`, `byte ${this.position}`);
  }

  /** A whole section of tagged fields of which none is known. */
  skipTaggedFields(): void {
    for (let left = this.uvarint(); left > 0; left--) {
      this.uvarint();
      this.position = this.taggedFieldEnd();
    }
  }

  /** Moves over a field without looking at it. */
  skip(length: number): void {
    this.#take(length);
  }

  error(expected: string, got: string): ProtocolError {
    return new ProtocolError({ expected, got, position: this.position });
  }

  #take(length: number): number {
    const start = this.position;
    if (start + length > this.end) throw this.error(`${length} more bytes`, `${this.end - start}`);
    this.position = start + length;
    return start;
  }

  /** What it returns can be written again. */
  #utf8(length: number): string {
    if (length > STRING_BYTES_MAX) throw this.error(`a string of at most ${STRING_BYTES_MAX} bytes`, `${length}`);
    const start = this.#take(length);
    const text = this.#buffer.toString('utf8', start, start + length);
    if (length * BYTES_PER_BYTE_MAX > STRING_BYTES_MAX && Buffer.byteLength(text) > STRING_BYTES_MAX) {
      throw this.error('a string of UTF-8', `${length} other bytes`);
    }
    return text;
  }

  #present(length: number, what: string): number {
    if (length < 0) throw this.error(`a ${what}`, `length ${length}`);
    return length;
  }

  /** Kafka reads every negative length as null; only -1 is written. */
  #absent(length: number): null {
    if (length !== -1) throw this.error('a length of -1 or more', `${length}`);
    return null;
  }

  #fitting(length: number, elementBytesMin: number): number {
    if (length * elementBytesMin > this.remaining) {
      throw this.error(
        `an array of at most ${Math.floor(this.remaining / elementBytesMin)} elements`,
        `a length of ${length}`,
      );
    }
    return length;
  }
}

function chunksOf(bytes: Uint8Array | null): readonly Uint8Array[] | null {
  if (bytes === null) return null;
  return bytes.byteLength === 0 ? [] : [bytes];
}
