/**
 * Writes Kafka's primitive types into a list of chunks. Small fields go into buffers of its own; byte strings from `REFERENCE_BYTES_MIN`
 * on are not copied but become chunks themselves, so a fetch answer of 50 MB is a list and never a concatenation. Such bytes
 * must not change until the chunks have left.
 */
import { assert } from '../assert';
import type { Int64 } from '../types';

const TWO_TO_32 = 4294967296;
/** Below this a copy is cheaper than one more chunk for the socket. */
const REFERENCE_BYTES_MIN = 1024;
const BUFFER_BYTES_FIRST = 512;
const BUFFER_BYTES_MAX = 65536;
const STRING_BYTES_MAX = 32767;
const ASCII_LENGTH_MAX = 48;

export class Writer {
  readonly #chunks: Uint8Array[] = [];
  #chunkBytes = 0;
  #buffer: Buffer;
  #view: DataView;
  /** Where what has been written into `buffer` and is not yet a chunk starts. */
  #start = 0;
  #position = 0;

  constructor() {
    this.#buffer = Buffer.allocUnsafe(BUFFER_BYTES_FIRST);
    this.#view = new DataView(this.#buffer.buffer, this.#buffer.byteOffset, this.#buffer.byteLength);
  }

  /** A writer whose first four bytes will hold the length of the rest: end it with `finishFrame`. */
  static frame(): Writer {
    const writer = new Writer();
    writer.int32(0);
    return writer;
  }

  /** Bytes written so far. */
  get byteLength(): number {
    return this.#chunkBytes + this.#position - this.#start;
  }

  /** Everything written, in order. The writer must not be used afterwards. */
  finish(): Uint8Array[] {
    this.#flush();
    return this.#chunks;
  }

  /** As finish, after the length of the frame has been put into its first four bytes. */
  finishFrame(): Uint8Array[] {
    const chunks = this.finish();
    const first = chunks[0];
    assert(first !== undefined && first.byteLength >= 4, 'a writer made by Writer.frame()');
    new DataView(first.buffer, first.byteOffset).setInt32(0, this.#chunkBytes - 4);
    return chunks;
  }

  bool(value: boolean): void {
    const at = this.#room(1);
    this.#buffer[at] = value ? 1 : 0;
  }

  int8(value: number): void {
    const at = this.#room(1);
    this.#view.setInt8(at, value);
  }

  int16(value: number): void {
    const at = this.#room(2);
    this.#view.setInt16(at, value);
  }

  uint16(value: number): void {
    const at = this.#room(2);
    this.#view.setUint16(at, value);
  }

  int32(value: number): void {
    const at = this.#room(4);
    this.#view.setInt32(at, value);
  }

  uint32(value: number): void {
    const at = this.#room(4);
    this.#view.setUint32(at, value);
  }

  /** The value must be a safe integer. */
  int64(value: number): void {
    assert(Number.isSafeInteger(value), 'a safe integer for an int64');
    const at = this.#room(8);
    this.#view.setInt32(at, Math.floor(value / TWO_TO_32));
    this.#view.setUint32(at + 4, value >>> 0);
  }

  int64Exact(value: Int64): void {
    if (typeof value === 'number') this.int64(value);
    else this.int64Bigint(value);
  }

  int64Bigint(value: bigint): void {
    const at = this.#room(8);
    this.#view.setBigInt64(at, value);
  }

  float64(value: number): void {
    const at = this.#room(8);
    this.#view.setFloat64(at, value);
  }

  /** 0 ≤ value < 2^32. */
  uvarint(value: number): void {
    let at = this.#room(5);
    let rest = value >>> 0;
    while (rest > 0x7f) {
      this.#buffer[at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#buffer[at++] = rest;
    this.#position = at;
  }

  varint(value: number): void {
    this.uvarint((value << 1) ^ (value >> 31));
  }

  /** 22 characters of base64url. */
  uuid(value: string): void {
    const at = this.#room(16);
    assert(
      value.length === 22 && this.#buffer.write(value, at, 16, 'base64url') === 16,
      'a uuid of 22 base64url characters',
    );
  }

  string(value: string): void {
    const bytes = Buffer.byteLength(value);
    assert(bytes <= STRING_BYTES_MAX, `a string of at most ${STRING_BYTES_MAX} bytes`);
    this.int16(bytes);
    this.#utf8(value, bytes);
  }

  nullableString(value: string | null): void {
    if (value === null) this.int16(-1);
    else this.string(value);
  }

  compactString(value: string): void {
    const bytes = Buffer.byteLength(value);
    assert(bytes <= STRING_BYTES_MAX, `a string of at most ${STRING_BYTES_MAX} bytes`);
    this.uvarint(bytes + 1);
    this.#utf8(value, bytes);
  }

  compactNullableString(value: string | null): void {
    if (value === null) this.uvarint(0);
    else this.compactString(value);
  }

  bytes(value: Uint8Array): void {
    this.int32(value.byteLength);
    this.raw(value);
  }

  nullableBytes(value: Uint8Array | null): void {
    if (value === null) this.int32(-1);
    else this.bytes(value);
  }

  compactBytes(value: Uint8Array): void {
    this.uvarint(value.byteLength + 1);
    this.raw(value);
  }

  compactNullableBytes(value: Uint8Array | null): void {
    if (value === null) this.uvarint(0);
    else this.compactBytes(value);
  }

  /** A byte string that is given, and leaves, in pieces. */
  nullableChunks(value: readonly Uint8Array[] | null): void {
    if (value === null) return this.int32(-1);
    this.int32(bytesOf(value));
    for (const chunk of value) this.raw(chunk);
  }

  compactNullableChunks(value: readonly Uint8Array[] | null): void {
    if (value === null) return this.uvarint(0);
    this.uvarint(bytesOf(value) + 1);
    for (const chunk of value) this.raw(chunk);
  }

  /** Bytes as they are; large ones are referenced, not copied. */
  raw(value: Uint8Array): void {
    if (value.byteLength >= REFERENCE_BYTES_MIN) {
      this.#flush();
      this.#chunks.push(value);
      this.#chunkBytes += value.byteLength;
      return;
    }
    const at = this.#room(value.byteLength);
    this.#buffer.set(value, at);
  }

  arrayLength(length: number): void {
    this.int32(length);
  }

  compactArrayLength(length: number): void {
    this.uvarint(length + 1);
  }

  nullArray(): void {
    this.int32(-1);
  }

  compactNullArray(): void {
    this.uvarint(0);
  }

  /** A tagged field whose value was written into a writer of its own, because its length comes first. */
  taggedField(tag: number, content: Writer): void {
    this.uvarint(tag);
    this.uvarint(content.byteLength);
    for (const chunk of content.finish()) this.raw(chunk);
  }

  #utf8(value: string, bytes: number): void {
    const at = this.#room(bytes);
    if (bytes !== value.length || bytes > ASCII_LENGTH_MAX) {
      this.#buffer.write(value, at, bytes, 'utf8');
      return;
    }
    for (let i = 0; i < bytes; i++) this.#buffer[at + i] = value.charCodeAt(i);
  }

  /** Makes room in one piece and returns where it starts. */
  #room(bytes: number): number {
    if (this.#position + bytes > this.#buffer.byteLength) this.#nextBuffer(bytes);
    const at = this.#position;
    this.#position = at + bytes;
    return at;
  }

  /** What is full becomes a chunk; it is never copied into a larger buffer. */
  #nextBuffer(bytesMin: number): void {
    const size = Math.min(Math.max(this.#buffer.byteLength * 4, BUFFER_BYTES_FIRST), BUFFER_BYTES_MAX);
    this.#flush();
    this.#buffer = Buffer.allocUnsafe(Math.max(size, bytesMin));
    this.#view = new DataView(this.#buffer.buffer, this.#buffer.byteOffset, this.#buffer.byteLength);
    this.#start = 0;
    this.#position = 0;
  }

  #flush(): void {
    if (this.#position === this.#start) return;
    this.#chunks.push(this.#buffer.subarray(this.#start, this.#position));
    this.#chunkBytes += this.#position - this.#start;
    this.#start = this.#position;
  }
}

function bytesOf(chunks: readonly Uint8Array[]): number {
  let bytes = 0;
  for (const chunk of chunks) bytes += chunk.byteLength;
  return bytes;
}
