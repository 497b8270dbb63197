/**
 * Buffers for the frames of subscriber streams, used again once a frame has left. A fresh buffer for each would not cost much by
 * itself; but V8 collects the whole heap for every few dozen megabytes of them, and that would be most of what a fetch costs.
 */

export class FramePool {
  readonly frameBytes: number;
  readonly #idle: Buffer[] = [];
  readonly #idleMax: number;

  constructor(frameBytes: number, idleMax: number) {
    this.frameBytes = frameBytes;
    this.#idleMax = idleMax;
  }

  /** A frame with whatever it held before. */
  take(): Buffer {
    return this.#idle.pop() ?? Buffer.allocUnsafeSlow(this.frameBytes);
  }

  /** Takes back a frame that nobody reads any more. A buffer of another size is left to the collector. */
  give(frame: Uint8Array): void {
    if (frame.byteLength !== this.frameBytes || this.#idle.length >= this.#idleMax) return;
    this.#idle.push(Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength));
  }
}
