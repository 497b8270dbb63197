/**
 * The last frames of a connection in one piece of memory that is written round and round: recording a frame copies its bytes and makes no
 * object, since what lives for a while costs the garbage collector more than it costs to copy. Each entry is a header and the frame's first
 * bytes, in one piece; one that does not fit behind the last begins at the front.
 */
export type Direction = 'request' | 'response';

export interface RecordedFrame {
  /** Milliseconds since the Unix epoch, with fractions. */
  readonly atMs: number;
  readonly direction: Direction;
  /** Its first bytes, the four of its length among them. A copy. */
  readonly head: Buffer;
  /** With the four bytes of its length. */
  readonly length: number;
}

/** Where the first bytes of a frame belong, and how many of them. */
export interface FramePlace {
  readonly memory: Buffer;
  readonly at: number;
  readonly kept: number;
}

/** When it came (8 bytes), its whole length (4), how much is kept of it (4) and which way it went (1). */
const HEADER_BYTES = 17;
const LENGTH_AT = 8;
const KEPT_AT = 12;
const DIRECTION_AT = 16;

export class FrameRing {
  #memory = Buffer.alloc(0);
  /** Where the oldest entry begins. */
  #start = 0;
  /** Where the next one would. */
  #end = 0;
  /** Where the entries behind the oldest end, once the newest are in front of it. */
  #turn = 0;
  #count = 0;

  /** Bytes of memory that it holds. */
  get capacity(): number {
    return this.#memory.byteLength;
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** Whether a frame of which so much is kept has a place without an older one going. */
  hasRoomFor(keptBytes: number): boolean {
    const size = HEADER_BYTES + keptBytes;
    if (this.#count === 0) return size <= this.capacity;
    if (this.#isTurned) return size <= this.#start - this.#end;
    return size <= this.capacity - this.#end || size <= this.#start;
  }

  /** Of a frame, how much it could keep at most. */
  get keptMax(): number {
    return Math.max(0, this.capacity - HEADER_BYTES);
  }

  /** Makes an entry for a frame; the oldest go for it. Its first bytes are to be put there at once. */
  add(atMs: number, direction: Direction, length: number, keptBytes: number): FramePlace {
    const at = this.#place(HEADER_BYTES + keptBytes);
    const memory = this.#memory;
    memory.writeDoubleLE(atMs, at);
    memory.writeUInt32LE(length, at + LENGTH_AT);
    memory.writeUInt32LE(keptBytes, at + KEPT_AT);
    memory[at + DIRECTION_AT] = direction === 'request' ? 1 : 0;
    return { memory, at: at + HEADER_BYTES, kept: keptBytes };
  }

  /** Moves to memory of that size, which holds no less than the one before. */
  grow(capacity: number): void {
    const before = this.#memory;
    const memory = Buffer.allocUnsafeSlow(capacity);
    const isTurned = this.#isTurned;
    let filled = before.copy(memory, 0, this.#start, isTurned ? this.#turn : this.#end);
    if (isTurned) filled += before.copy(memory, filled, 0, this.#end);
    this.#memory = memory;
    this.#start = 0;
    this.#end = filled;
  }

  /** Lets all frames and the memory go. */
  clear(): void {
    this.#memory = Buffer.alloc(0);
    this.#start = this.#end = this.#count = 0;
  }

  /** Oldest first. */
  frames(): RecordedFrame[] {
    const memory = this.#memory;
    const frames: RecordedFrame[] = [];
    for (let at = this.#start, left = this.#count; left > 0; left--) {
      const kept = memory.readUInt32LE(at + KEPT_AT);
      const next = at + HEADER_BYTES + kept;
      frames.push({
        atMs: memory.readDoubleLE(at),
        direction: memory[at + DIRECTION_AT] === 1 ? 'request' : 'response',
        head: Buffer.from(memory.subarray(at + HEADER_BYTES, next)),
        length: memory.readUInt32LE(at + LENGTH_AT),
      });
      at = this.#isTurned && next === this.#turn ? 0 : next;
    }
    return frames;
  }

  /** Whether the newest are in front of the oldest. */
  get #isTurned(): boolean {
    return this.#count > 0 && this.#end <= this.#start;
  }

  /** Where an entry of that size begins, which is no more than the memory. */
  #place(size: number): number {
    for (;;) {
      if (this.#count === 0) this.#start = this.#end = 0;
      if (!this.#isTurned) {
        if (size <= this.capacity - this.#end) break;
        this.#turn = this.#end;
        this.#end = 0;
      } else if (size <= this.#start - this.#end) {
        break;
      } else {
        this.#dropOldest();
      }
    }
    const at = this.#end;
    this.#end += size;
    this.#count++;
    return at;
  }

  #dropOldest(): void {
    const isTurned = this.#isTurned;
    this.#start += HEADER_BYTES + this.#memory.readUInt32LE(this.#start + KEPT_AT);
    this.#count--;
    if (isTurned && this.#start === this.#turn) this.#start = 0;
  }
}
