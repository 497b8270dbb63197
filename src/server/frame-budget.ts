/**
 * Bytes of request frames held by all connections, charged as they arrive and given back when the request is answered. Past the
 * bound, connections that hold a part of a frame are not read on, except one at a time: it must be able to end, or nobody could. It must
 * also end soon, for the others wait for it: its connection is closed where it does not.
 */
export interface FrameHolder {
  /** It may be read on. */
  resume(): void;
}

/** What is missing of the frame of one that holds others up must come at this rate. */
export const FAVOURED_BYTES_PER_SECOND_MIN = 1024 * 1024;

export class FrameBudget {
  held = 0;
  readonly #bytesMax: number;
  readonly #waiting = new Set<FrameHolder>();
  #favoured: FrameHolder | undefined;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  charge(bytes: number): void {
    this.held += bytes;
  }

  release(bytes: number): void {
    this.held -= bytes;
    this.#wake();
  }

  /** False where the holder must stop reading; `resume` is called when it may go on. */
  mayRead(holder: FrameHolder): boolean {
    if (this.held <= this.#bytesMax) return true;
    if (this.#favoured === undefined || this.#favoured === holder) {
      this.#favoured = holder;
      return true;
    }
    this.#waiting.add(holder);
    return false;
  }

  /** Whether others wait because the holder is read alone. */
  holdsUp(holder: FrameHolder): boolean {
    return this.#favoured === holder && this.#waiting.size > 0;
  }

  /** The holder has a whole frame, or is gone: another may be favoured. */
  done(holder: FrameHolder): void {
    this.#waiting.delete(holder);
    if (this.#favoured !== holder) return;
    this.#favoured = undefined;
    this.#wake();
  }

  #wake(): void {
    for (const holder of this.#waiting) {
      if (this.held > this.#bytesMax && this.#favoured !== undefined) return;
      if (this.held > this.#bytesMax) this.#favoured = holder;
      this.#waiting.delete(holder);
      holder.resume();
    }
  }
}
