/**
 * The last frames of one connection, both ways, as they were on the wire: of each the beginning and its whole length. What is kept of
 * all connections together is bounded by the recorder that made it.
 */
export type Direction = 'request' | 'response';

export interface RecordedFrame {
  /** Milliseconds since the Unix epoch, with fractions. */
  readonly atMs: number;
  readonly direction: Direction;
  /** Its first bytes, the four of its length among them. A copy, and only valid until the frame is dropped. */
  readonly head: Buffer;
  /** With the four bytes of its length. */
  readonly length: number;
}

export interface RecordedEnds {
  readonly connectionId: string;
  readonly clientAddress: string;
  readonly clientPort: number;
  readonly serverPort: number;
}

/** Bytes kept of one frame, the four of its length among them. */
export const FRAME_HEAD_BYTES_MAX = 16 * 1024;
/** What a frame costs beside its bytes. */
const FRAME_OVERHEAD_BYTES = 128;
const LENGTH_BYTES = 4;

export const heldBytes = ({ head }: RecordedFrame): number => head.byteLength + FRAME_OVERHEAD_BYTES;

/** Whoever bounds the frames of all connections. */
export interface FrameKeeper {
  nowMs(): number;
  /** Memory for a head, not cleared. */
  memory(bytes: number): Buffer;
  kept(connection: RecordedConnection, frame: RecordedFrame): void;
  released(frame: RecordedFrame): void;
}

export class RecordedConnection {
  readonly ends: RecordedEnds;
  readonly #bytesMax: number;
  readonly #keeper: FrameKeeper;
  #frames: RecordedFrame[] = [];
  #bytes = 0;

  constructor(ends: RecordedEnds, bytesMax: number, keeper: FrameKeeper) {
    this.ends = ends;
    this.#bytesMax = bytesMax;
    this.#keeper = keeper;
  }

  /** Oldest first. */
  get frames(): readonly RecordedFrame[] {
    return this.#frames;
  }

  /** A whole request frame, without its length; of it `shownBytes` may be kept. */
  request(frame: Uint8Array, shownBytes: number): void {
    const kept = Math.min(frame.byteLength, FRAME_HEAD_BYTES_MAX - LENGTH_BYTES, shownBytes);
    const head = this.#keeper.memory(LENGTH_BYTES + kept);
    head.writeUInt32BE(frame.byteLength);
    head.set(frame.subarray(0, kept), LENGTH_BYTES);
    this.#keep('request', head, frame.byteLength + LENGTH_BYTES);
  }

  /** A whole answer in chunks, its length first; behind that `shownBytes` of it may be kept. */
  response(chunks: readonly Uint8Array[], shownBytes: number): void {
    let length = 0;
    for (const chunk of chunks) length += chunk.byteLength;
    const head = this.#keeper.memory(Math.min(length, FRAME_HEAD_BYTES_MAX, LENGTH_BYTES + shownBytes));
    let filled = 0;
    for (const chunk of chunks) {
      if (filled === head.byteLength) break;
      const piece = chunk.subarray(0, head.byteLength - filled);
      head.set(piece, filled);
      filled += piece.byteLength;
    }
    this.#keep('response', head, length);
  }

  /** Lets the oldest frame go. */
  dropOldest(): void {
    const frame = this.#frames.shift();
    if (frame === undefined) return;
    this.#bytes -= heldBytes(frame);
    this.#keeper.released(frame);
  }

  /** The connection is closed, and nothing of it is kept. */
  clear(): void {
    for (const frame of this.#frames) this.#keeper.released(frame);
    this.#frames = [];
    this.#bytes = 0;
  }

  #keep(direction: Direction, head: Buffer, length: number): void {
    const frame: RecordedFrame = { atMs: this.#keeper.nowMs(), direction, head, length };
    this.#frames.push(frame);
    this.#bytes += heldBytes(frame);
    while (this.#bytes > this.#bytesMax && this.#frames.length > 1) this.dropOldest();
    this.#keeper.kept(this, frame);
  }
}
