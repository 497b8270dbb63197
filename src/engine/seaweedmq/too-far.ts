/**
 * By how much a broker's answers to where a log ends are too far. SeaweedMQ answers the later of two counts, of the offsets it gives and
 * of its buffer, which it sets up from the log files when it loads a partition: where it gives offsets again that the files hold, the
 * buffer's count is ahead by as many as there were, for as long as the partition stays loaded. Either shows it: a publisher's first
 * record, which tells where the broker stands, or a record that is the last one in every way there is to read, while the answer says
 * otherwise and does not move for two seconds: every record moves it, and what is older than that is in a file or in memory.
 */
import type { Clock } from '../../clock';
import { toOffset } from '../../types';
import type { Offset } from '../../types';

const STILL_MS = 2_000;

export class TooFar {
  readonly #clock: Clock;
  #excess = 0;
  /** A publisher keeps the partition loaded, and with it the excess as it is. */
  #held = false;
  /** Behind the last record that was seen. */
  #seen: Offset = toOffset(0);
  #highest: Offset = toOffset(0);
  #suspicion: { readonly end: Offset; readonly answer: Offset; readonly sinceMs: number } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The broker may be another one, or have begun anew. */
  forget(): void {
    if (this.#held) return;
    this.#excess = 0;
    this.#highest = toOffset(0);
    this.#seen = toOffset(0);
    this.#suspicion = undefined;
  }

  /** The broker answered `told` and then gave `offset` to what a publisher wrote. */
  placed(told: Offset, offset: Offset): void {
    this.#excess = Math.max(told - offset, 0);
    this.#held = true;
  }

  /** The publisher ended. */
  released(): void {
    this.#held = false;
  }

  /** A record was seen before `end`. */
  saw(end: Offset): void {
    if (end > this.#seen) this.#seen = end;
  }

  /** Nothing is to be read at `end`, the record before it is, and the broker has answered just now. True where that tells the excess. */
  nothingAt(end: Offset): boolean {
    if (this.#held) return false;
    const nowMs = this.#clock.monotonicMs();
    const answer = this.#highest;
    const suspicion = this.#suspicion;
    if (suspicion?.end !== end || suspicion.answer !== answer) {
      this.#suspicion = { end, answer, sinceMs: nowMs };
      return false;
    }
    if (nowMs - suspicion.sinceMs < STILL_MS) return false;
    this.#excess = Math.max(answer - end, 0);
    return true;
  }

  /** What the broker's answer means. One that goes back, or that would lie before a record that was seen, is another count's. */
  corrected(answer: Offset): Offset {
    if (!this.#held && (answer < this.#highest || answer - this.#excess < this.#seen)) this.#excess = 0;
    this.#highest = answer;
    return toOffset(Math.max(answer - this.#excess, 0));
  }
}
