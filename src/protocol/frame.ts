/**
 * Cuts a byte stream into frames: int32 length, then that many bytes. Pieces are kept as they arrive and joined once, when the frame
 * is whole; a frame inside one piece is a view of it. Nothing is allocated by a declared length: what is held grows with the bytes that
 * arrive. Small pieces are collected in buffers of their own, so a peer that sends byte by byte costs bytes and not objects.
 */
import { ProtocolError } from './protocol-error';

const LENGTH_BYTES = 4;
/** A piece below this is copied together with its neighbours. */
const SMALL_BYTES_MAX = 1024;
const COLLECTOR_BYTES_MIN = 256;
const COLLECTOR_BYTES_MAX = 65536;

export class FrameSplitter {
  /** A frame that declares more bytes (without its length field) is refused. */
  frameBytesMax: number;
  /** Bytes of the length field that have arrived, and what they say so far. */
  #lengthBytes = 0;
  #length = 0;
  #bodyBytes = 0;
  #pieces: Uint8Array[] = [];
  /** The last of `pieces` where that is a collector with room left. */
  #collector: Buffer | undefined;
  #collectorEnd = 0;

  constructor(frameBytesMax: number) {
    this.frameBytesMax = frameBytesMax;
  }

  /** Bytes that arrived and belong to a frame that is not whole yet, its length field included. */
  get bytesHeld(): number {
    return this.#lengthBytes + this.#bodyBytes;
  }

  /** The length that the frame being read declares; undefined before its first four bytes are there. */
  get declaredBytes(): number | undefined {
    return this.#lengthBytes === LENGTH_BYTES ? this.#length : undefined;
  }

  /**
   * Takes the next piece of the stream, which must not change afterwards, and returns the frames that it completes, without their
   * length fields. Throws ProtocolError on a length below 0 or above the limit; the stream cannot be followed after that.
   */
  push(piece: Uint8Array): Uint8Array[] {
    const frames: Uint8Array[] = [];
    let position = 0;
    while (position < piece.byteLength) {
      if (this.#lengthBytes < LENGTH_BYTES) {
        this.#length = (this.#length << 8) | (piece[position++] ?? 0);
        this.#lengthBytes++;
        if (this.#lengthBytes < LENGTH_BYTES) continue;
        this.#checkLength();
      }
      const end = Math.min(piece.byteLength, position + this.#length - this.#bodyBytes);
      this.#bodyBytes += end - position;
      if (this.#bodyBytes === this.#length) frames.push(this.#whole(piece.subarray(position, end)));
      else this.#hold(piece.subarray(position, end));
      position = end;
    }
    return frames;
  }

  #checkLength(): void {
    if (this.#length >= 0 && this.#length <= this.frameBytesMax) return;
    const expected = `a frame of 0 to ${this.frameBytesMax} bytes`;
    throw new ProtocolError({ expected, got: `${this.#length}`, position: 0 });
  }

  #hold(piece: Uint8Array): void {
    if (piece.byteLength === 0) return;
    if (piece.byteLength > SMALL_BYTES_MAX) {
      this.#closeCollector();
      this.#pieces.push(piece);
      return;
    }
    if (this.#collector === undefined || this.#collectorEnd + piece.byteLength > this.#collector.byteLength) {
      this.#closeCollector();
      const room = Math.min(Math.max(this.#bodyBytes, COLLECTOR_BYTES_MIN), COLLECTOR_BYTES_MAX);
      this.#collector = Buffer.allocUnsafeSlow(Math.max(room, piece.byteLength));
    }
    this.#collector.set(piece, this.#collectorEnd);
    this.#collectorEnd += piece.byteLength;
  }

  #closeCollector(): void {
    if (this.#collector !== undefined) this.#pieces.push(this.#collector.subarray(0, this.#collectorEnd));
    this.#collector = undefined;
    this.#collectorEnd = 0;
  }

  /** The frame that ends with `last`; leaves nothing held. */
  #whole(last: Uint8Array): Uint8Array {
    const frame = last.byteLength === this.#length ? last : this.#joined(last);
    this.#pieces = [];
    this.#lengthBytes = 0;
    this.#length = 0;
    this.#bodyBytes = 0;
    return frame;
  }

  #joined(last: Uint8Array): Uint8Array {
    this.#closeCollector();
    const frame = Buffer.allocUnsafe(this.#length);
    let position = 0;
    for (const piece of this.#pieces) {
      frame.set(piece, position);
      position += piece.byteLength;
    }
    frame.set(last, position);
    return frame;
  }
}
