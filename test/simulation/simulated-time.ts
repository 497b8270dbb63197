/**
 * Time that passes when a step says so, and in pieces: between them what was sent arrives, as it would. The gateways' clock may be pushed on
 * while a call waits for it (a breaker, a backoff); the node's never is, so retention and compaction come at the same steps in every replay.
 */
import { systemClock, type Clock, type Timer } from '../../src/clock';
import { ManualClock } from '../support/manual-clock';

const PIECE_MS = 250;
const TURNS_PER_PIECE = 8;
/** Real time that a call may take before time is pushed on for it, how often and by how much it then is, and what it may take in all. */
const PATIENCE_MS = 1_000;
const PUSH_MS = 250;
const HUNG_MS = 60_000;

/** What the clocks show, in milliseconds since the epoch. */
export interface Now {
  readonly nodeMs: number;
  readonly gatewaysMs: number;
}

export class SimulatedTime {
  readonly node = new ManualClock();
  readonly gateways = new ManualClock();
  /** How often a call had to have time pushed on. */
  pushes = 0;
  #pushedMs = 0;

  get now(): Now {
    return { nodeMs: this.node.nowMs(), gatewaysMs: this.gateways.nowMs() };
  }

  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= PIECE_MS) {
      const piece = Math.min(left, PIECE_MS);
      this.node.advance(piece);
      this.gateways.advance(piece);
      await turns(TURNS_PER_PIECE);
    }
  }

  /** Waits for what comes by itself, or with time of the gateways. Throws where it never comes. */
  async until<T>(work: Promise<T>, what: string): Promise<T> {
    const sinceMs = systemClock.monotonicMs();
    let timer: NodeJS.Timeout | undefined;
    const push = new Promise<never>((_resolve, reject) => {
      timer = setInterval(() => {
        const waitedMs = systemClock.monotonicMs() - sinceMs;
        if (waitedMs >= HUNG_MS) reject(new Error(`${what} was never answered`));
        else if (waitedMs >= PATIENCE_MS) this.#push();
      }, PUSH_MS);
    });
    try {
      return await Promise.race([work, push]);
    } finally {
      clearInterval(timer);
    }
  }

  /** Real time for what only that brings, a connection above all, and as much of the gateways'. */
  async breathe(): Promise<void> {
    await new Promise<void>((resolve) => void systemClock.after(PUSH_MS, resolve));
    this.#push();
  }

  /** However many wait, it goes no faster than real time. */
  #push(): void {
    const nowMs = systemClock.monotonicMs();
    if (nowMs - this.#pushedMs < PUSH_MS) return;
    this.#pushedMs = nowMs;
    this.pushes += 1;
    this.gateways.advance(PUSH_MS);
  }
}

/** Of the event loop: I/O that is ready is done. */
export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise<void>((resolve) => void setImmediate(resolve));
}

/** A clock that one part of the system is given: when that part is ended by force, what it would wait for comes at once. */
export class PartClock implements Clock {
  #ending = false;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  end(): void {
    this.#ending = true;
  }

  nowMs(): number {
    return this.#clock.nowMs();
  }

  monotonicMs(): number {
    return this.#clock.monotonicMs();
  }

  after(delayMs: number, action: () => void): Timer {
    if (!this.#ending) return this.#clock.after(delayMs, action);
    const due = setImmediate(action);
    return { cancel: () => clearImmediate(due) };
  }

  every(periodMs: number, action: () => void): Timer {
    return this.#clock.every(periodMs, action);
  }
}
