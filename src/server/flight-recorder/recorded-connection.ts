/**
 * The last frames of one connection, both ways, as they were on the wire: of each the beginning and its whole length. Its memory grows with
 * what it carries, up to a bound; that of all connections together is bounded by the recorder that made it.
 */
import { type Direction, type FramePlace, FrameRing, type RecordedFrame } from './frame-ring';

export interface RecordedEnds {
  readonly connectionId: string;
  readonly clientAddress: string;
  readonly clientPort: number;
  readonly serverPort: number;
  /** Its name. A client may come from one port to two of them. */
  readonly listener: string;
}

/** Bytes kept of one frame, the four of its length among them. */
const FRAME_HEAD_BYTES_MAX = 16 * 1024;
/** What most connections carry before they ask for anything. */
const FIRST_BYTES = 4 * 1024;
const LENGTH_BYTES = 4;
/** How often a connection that is used is moved behind all that are not. */
const USED_AGAIN_MS = 1_000;

/** Whoever bounds the memory of all connections. */
export interface MemoryKeeper {
  nowMs(): number;
  /** It was used just now. */
  used(connection: RecordedConnection): void;
  /** It holds so many bytes more, or less. */
  holds(connection: RecordedConnection, bytes: number): void;
}

export class RecordedConnection {
  readonly ends: RecordedEnds;
  readonly #bytesMax: number;
  readonly #keeper: MemoryKeeper;
  readonly #ring = new FrameRing();
  #usedMs = -Infinity;
  #isClosed = false;

  constructor(ends: RecordedEnds, bytesMax: number, keeper: MemoryKeeper) {
    this.ends = ends;
    this.#bytesMax = bytesMax;
    this.#keeper = keeper;
  }

  /** Oldest first; copies. */
  get frames(): readonly RecordedFrame[] {
    return this.#ring.frames();
  }

  get isEmpty(): boolean {
    return this.#ring.isEmpty;
  }

  /** A whole request frame, without its length; of it `shownBytes` may be kept. */
  request(frame: Uint8Array, shownBytes: number): void {
    const place = this.#placeFor('request', LENGTH_BYTES + frame.byteLength, shownBytes);
    if (place === undefined) return;
    const { memory, at, kept } = place;
    memory.writeUInt32BE(frame.byteLength, at);
    copyBeginning(frame, kept - LENGTH_BYTES, memory, at + LENGTH_BYTES);
  }

  /** A whole answer in chunks, its length first; behind that `shownBytes` of it may be kept. */
  response(chunks: readonly Uint8Array[], shownBytes: number): void {
    let length = 0;
    for (const chunk of chunks) length += chunk.byteLength;
    const place = this.#placeFor('response', length, shownBytes);
    if (place === undefined) return;
    const { memory, at, kept } = place;
    let filled = 0;
    for (const chunk of chunks) {
      if (filled === kept) break;
      const bytes = Math.min(chunk.byteLength, kept - filled);
      copyBeginning(chunk, bytes, memory, at + filled);
      filled += bytes;
    }
  }

  close(): void {
    this.#isClosed = true;
    this.clear();
  }

  /** Lets all of it go; what it carries from now on is kept again. */
  clear(): void {
    const bytes = this.#ring.capacity;
    this.#ring.clear();
    this.#keeper.holds(this, -bytes);
  }

  /** Undefined where nothing of the frame is kept. */
  #placeFor(direction: Direction, length: number, shownBytes: number): FramePlace | undefined {
    if (this.#isClosed) return undefined;
    const nowMs = this.#keeper.nowMs();
    if (nowMs - this.#usedMs >= USED_AGAIN_MS) {
      this.#usedMs = nowMs;
      this.#keeper.used(this);
    }
    const wanted = Math.min(length, LENGTH_BYTES + shownBytes, FRAME_HEAD_BYTES_MAX);
    this.#grow(wanted);
    const kept = Math.min(wanted, this.#ring.keptMax);
    if (kept < LENGTH_BYTES) return undefined;
    return this.#ring.add(nowMs, direction, length, kept);
  }

  /** Until so much of a frame has a place without an older one going, or it is as large as it may be. */
  #grow(keptBytes: number): void {
    const ring = this.#ring;
    while (!ring.hasRoomFor(keptBytes) && ring.capacity < this.#bytesMax) {
      const before = ring.capacity;
      ring.grow(Math.min(this.#bytesMax, Math.max(FIRST_BYTES, 2 * before)));
      this.#keeper.holds(this, ring.capacity - before);
    }
  }
}

function copyBeginning(from: Uint8Array, bytes: number, to: Buffer, at: number): void {
  to.set(bytes === from.byteLength ? from : from.subarray(0, bytes), at);
}
