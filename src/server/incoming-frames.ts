/**
 * What arrives on a connection, cut into frames: charged to the budget as it comes, until the connection releases the whole frame, and
 * watched for a frame that stops coming.
 */
import type { Limits } from '../limits';
import { FrameSplitter } from '../protocol/frame';
import { FAVOURED_BYTES_PER_SECOND_MIN, type FrameBudget, type FrameHolder } from './frame-budget';
import { FrameProgress } from './frame-progress';

const LENGTH_BYTES = 4;

export interface IncomingFrame {
  readonly frame: Uint8Array;
  /** What the frame counts in the budget. */
  readonly bytes: number;
}

export class IncomingFrames {
  readonly #budget: FrameBudget;
  readonly #holder: FrameHolder;
  readonly #splitter: FrameSplitter;
  readonly #progress: FrameProgress;
  /** Bytes charged to the budget that no whole frame accounts for yet. */
  #partialBytes = 0;
  readonly #frameBytesMax: number;
  #framesSeen = 0;

  /** `holder` is who the budget lets read on. */
  constructor(limits: Limits, budget: FrameBudget, holder: FrameHolder) {
    this.#budget = budget;
    this.#holder = holder;
    this.#frameBytesMax = limits.frameBytesMax;
    this.#splitter = new FrameSplitter(limits.frameBytesMax);
    this.#progress = new FrameProgress({
      windowMs: limits.frameMsMax,
      bytesPerSecondMin: limits.frameBytesPerSecondMin,
    });
  }

  /** No frame that begins from now on may be longer; undefined: than any may be. */
  limit(frameBytesMax: number | undefined): void {
    this.#splitter.frameBytesMax = Math.min(this.#frameBytesMax, frameBytesMax ?? Infinity);
  }

  /** Whether a frame has begun that is not whole. */
  get isPartial(): boolean {
    return this.#partialBytes > 0;
  }

  /** Whether none was ever whole. */
  get isFirst(): boolean {
    return this.#framesSeen === 0;
  }

  /** Returns the frames that the chunk makes whole. Throws ProtocolError on a length that no frame may have. */
  push(chunk: Uint8Array, nowMs: number): IncomingFrame[] {
    if (this.#partialBytes === 0) this.#progress.begin(nowMs);
    this.#progress.arrived(chunk.byteLength, nowMs);
    this.#partialBytes += chunk.byteLength;
    this.#budget.charge(chunk.byteLength);
    return this.#splitter.push(chunk).map((frame) => {
      const bytes = frame.byteLength + LENGTH_BYTES;
      this.#partialBytes -= bytes;
      this.#progress.begin(nowMs);
      this.#framesSeen++;
      this.#budget.done(this.#holder);
      return { frame, bytes };
    });
  }

  /** The gateway did not read for so long: that time is not the peer's. */
  paused(forMs: number): void {
    this.#progress.paused(forMs);
  }

  /** Why the frame that has begun is late; undefined where it is not. It must keep coming, also while requests before it are under way. */
  lateness(nowMs: number): string | undefined {
    const budget = this.#budget;
    const progress = this.#progress;
    const splitter = this.#splitter;
    const missing = (splitter.declaredBytes ?? 0) + LENGTH_BYTES - splitter.bytesHeld;
    if (budget.holdsUp(this.#holder)) progress.hurry(missing, FAVOURED_BYTES_PER_SECOND_MIN, nowMs);
    else progress.relax();
    if (!progress.isLate(nowMs)) return undefined;
    return `a frame stopped coming: ${splitter.bytesHeld} bytes are there, ${missing} are missing`;
  }

  /** What arrived of a frame will never be one. */
  drop(): void {
    this.#budget.release(this.#partialBytes);
    this.#partialBytes = 0;
    this.#budget.done(this.#holder);
  }
}
