/** Protobuf messages written into memory that grows to what they need and is used again. */
const TWO_32 = 0x1_0000_0000;
const VARINT_BYTES_MAX = 10;

export const VARINT = 0;
export const FIXED64 = 1;
export const DELIMITED = 2;
export const FIXED32 = 5;

/** A field's number and wire type, where both together are one byte or two. */
export const tag = (field: number, wireType: number): number => (field << 3) | wireType;

export class ProtoWriter {
  #memory: Buffer;
  #capacity: number;
  #at = 0;

  /** `bytes` is what it has room for at first. */
  constructor(bytes: number) {
    this.#capacity = bytes;
    this.#memory = Buffer.allocUnsafeSlow(bytes);
  }

  /** What was written, as a copy; what is written from now on begins anew. */
  take(): Uint8Array {
    const bytes = Uint8Array.prototype.slice.call(this.#memory, 0, this.#at);
    this.#at = 0;
    return bytes;
  }

  /** An unsigned 32-bit number. */
  uint32(value: number): void {
    this.#room(VARINT_BYTES_MAX);
    const memory = this.#memory;
    let at = this.#at;
    let left = value;
    while (left > 0x7f) {
      memory[at++] = (left & 0x7f) | 0x80;
      left >>>= 7;
    }
    memory[at++] = left;
    this.#at = at;
  }

  /** A whole number of the range of int64, negative ones as ten bytes. */
  int64(value: number): void {
    if (value >= 0 && value < TWO_32) {
      this.uint32(value);
      return;
    }
    this.#room(VARINT_BYTES_MAX);
    // ToUint32 is modulo 2^32, which is two's complement for negative numbers as well.
    let low = value >>> 0;
    let high = Math.floor(value / TWO_32) >>> 0;
    while (high > 0 || low > 0x7f) {
      this.#memory[this.#at++] = (low & 0x7f) | 0x80;
      low = ((low >>> 7) | (high << 25)) >>> 0;
      high >>>= 7;
    }
    this.#memory[this.#at++] = low;
  }

  fixed32(value: number): void {
    this.#room(4);
    this.#at = this.#memory.writeUInt32LE(value, this.#at);
  }

  /** Seconds and nanoseconds as nanoseconds. */
  nanoseconds([seconds, nanoseconds]: readonly [number, number]): void {
    this.#room(8);
    // Each product is below 2^53; together they are the 64 bits.
    const high = (seconds >>> 16) * 1e9;
    const low = (seconds & 0xffff) * 1e9 + nanoseconds + (((high & 0xffff) << 16) >>> 0);
    this.#at = this.#memory.writeUInt32LE(low >>> 0, this.#at);
    this.#at = this.#memory.writeUInt32LE(((high / 0x1_0000) >>> 0) + ((low / TWO_32) >>> 0), this.#at);
  }

  double(value: number): void {
    this.#room(8);
    this.#at = this.#memory.writeDoubleLE(value, this.#at);
  }

  /** With its length in front. */
  string(text: string): void {
    const bytes = Buffer.byteLength(text);
    this.uint32(bytes);
    this.#room(bytes);
    this.#at += this.#memory.write(text, this.#at);
  }

  /** Lower-case hexadecimal digits as the bytes they stand for, with their length in front. */
  hex(digits: string): void {
    const bytes = digits.length >>> 1;
    this.#room(1 + bytes);
    const memory = this.#memory;
    let at = this.#at;
    memory[at++] = bytes;
    for (let index = 0; index < digits.length; index += 2)
      memory[at++] = (nibble(digits.charCodeAt(index)) << 4) | nibble(digits.charCodeAt(index + 1));
    this.#at = at;
  }

  /** What was encoded before, as it is. */
  raw(bytes: Uint8Array): void {
    this.#room(bytes.byteLength);
    this.#memory.set(bytes, this.#at);
    this.#at += bytes.byteLength;
  }

  /** Begins what has a length in front; `end` takes what this returned. */
  begin(): number {
    this.#room(1);
    return ++this.#at;
  }

  /** The length is one byte where that is enough; what was written moves for a longer one. */
  end(begun: number): void {
    const bytes = this.#at - begun;
    let more = 0;
    for (let left = bytes >>> 7; left > 0; left >>>= 7) more++;
    // Also for writing the length, in front of what is there already: memory that grows takes along what is before where it is.
    this.#room(VARINT_BYTES_MAX);
    if (more > 0) this.#memory.copyWithin(begun + more, begun, this.#at);
    this.#at = begun - 1;
    this.uint32(bytes);
    this.#at += bytes;
  }

  #room(bytes: number): void {
    if (this.#at + bytes > this.#capacity) this.#grow(this.#at + bytes);
  }

  #grow(needed: number): void {
    const before = this.#memory;
    this.#capacity = Math.max(needed, 2 * before.byteLength);
    this.#memory = Buffer.allocUnsafeSlow(this.#capacity);
    before.copy(this.#memory, 0, 0, this.#at);
  }
}

/** '0' is 48 and 'a' is 97. */
const nibble = (code: number): number => (code < 58 ? code - 48 : code - 87);
