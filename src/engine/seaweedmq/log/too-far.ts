/**
 * By how much a broker's answers to where a log ends are too far. SeaweedMQ answers the later of two counts, of the offsets it gives and
 * of its buffer, which it sets up from the log files when it loads a partition: where it gives offsets again that the files hold, the
 * buffer's count is ahead by as many as there were, for as long as the partition stays loaded. It is at least what a publisher's first
 * record shows, which goes to an offset before what was answered, and at most what a record that was read shows, which lies before what
 * was answered later. Where no way to read brings anything behind the last record, it is the rest, where that is still
 * the same when a record that was there would have appeared.
 */
import type { Clock } from '../../../clock';
import { toOffset } from '../../../types';
import type { Offset } from '../../../types';
import { UNREADABLE_MS_MAX } from './unreadable';

/** What nobody was told of for longer may hold no more: the broker may have loaded the partition anew, unless a publisher kept it loaded. */
const AGE_MS_MAX = 10_000;

export interface BrokerAnswer {
  readonly leader: string;
  readonly answer: Offset;
  /** Records before it had been read when the broker was asked. */
  readonly seen: Offset;
}

export class TooFar {
  readonly #clock: Clock;
  #leader = '';
  #excess = 0;
  #answer: Offset = toOffset(0);
  #answeredMs = 0;
  #suspicion: { readonly excess: number; readonly sinceMs: number } | undefined;
  /** Publishers by leader: each keeps the partition loaded. */
  readonly #holds = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A publisher has the partition loaded at `leader` until the returned function is called. */
  hold(leader: string): () => void {
    this.#holds.set(leader, (this.#holds.get(leader) ?? 0) + 1);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const left = (this.#holds.get(leader) ?? 1) - 1;
      this.#holds.set(leader, left);
      // Nothing keeps it loaded now.
      if (left === 0 && leader === this.#leader) this.#excess = 0;
    };
  }

  /** The broker may be another one, or have begun anew. */
  forget(): void {
    if (!this.#held) this.#excess = 0;
    this.#answer = toOffset(0);
    this.#suspicion = undefined;
  }

  /** The broker answered `answer` and gave `offset` to what was written then. */
  placed(answer: Offset, offset: Offset): void {
    this.#excess = Math.max(answer - offset, this.#excess);
  }

  /** Nothing is to be read from `end` on, behind the last record, and the broker has answered just now. True where that tells the excess. */
  nothingAt(end: Offset): boolean {
    const nowMs = this.#clock.monotonicMs();
    const excess = Math.max(this.#answer - end, 0);
    if (this.#suspicion?.excess !== excess) this.#suspicion = { excess, sinceMs: nowMs };
    if (nowMs - this.#suspicion.sinceMs < UNREADABLE_MS_MAX) return false;
    this.#excess = excess;
    return true;
  }

  /** What the broker's answer means, in the order in which it was asked. */
  corrected({ leader, answer, seen }: BrokerAnswer): Offset {
    const nowMs = this.#clock.monotonicMs();
    if (leader !== this.#leader || answer < this.#answer) {
      this.#excess = 0;
      this.#suspicion = undefined;
    }
    this.#leader = leader;
    if (!this.#held && nowMs - this.#answeredMs > AGE_MS_MAX) this.#excess = 0;
    this.#answer = answer;
    this.#answeredMs = nowMs;
    this.#excess = Math.max(0, Math.min(this.#excess, answer - seen));
    return this.outdated(answer);
  }

  /** What an answer means that came behind one to a later question. */
  outdated(answer: Offset): Offset {
    return toOffset(Math.max(answer - this.#excess, 0));
  }

  get #held(): boolean {
    return (this.#holds.get(this.#leader) ?? 0) > 0;
  }
}
