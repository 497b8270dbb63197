/** Calls to a peer, all or those of one kind, that had no word of it since it last spoke. */

/** `neutral`: it says nothing of the peer. */
export type CallEnd = 'answered' | 'unanswered' | 'neutral';

/** Without a word for so long, who waits is kept in mind. */
export const SUSPECT_MS_MIN = 1_000;

export const counted = (count: number, noun: string): string => `${String(count)} ${noun}${count === 1 ? '' : 's'}`;

/** What the caller of `began` hands back when the call ends: answers heard when it began. */
export type BegunAt = number;

export class Unanswered {
  #answers = 0;
  #heardMs: number;
  /** Calls that began since the last answer, or ended without one. */
  #count = 0;
  #sinceMs: number;
  #underWay = 0;
  #askedMs: number;

  constructor(nowMs: number) {
    this.#heardMs = nowMs;
    this.#sinceMs = nowMs;
    this.#askedMs = nowMs;
  }

  get count(): number {
    return this.#count;
  }

  /** When the first of them began; means nothing where there are none. */
  get sinceMs(): number {
    return this.#sinceMs;
  }

  get underWay(): number {
    return this.#underWay;
  }

  get heardMs(): number {
    return this.#heardMs;
  }

  /** When the last call began, or was said to. */
  get askedMs(): number {
    return this.#askedMs;
  }

  began(nowMs: number): BegunAt {
    this.#underWay += 1;
    this.#askedMs = nowMs;
    if (this.#count === 0) this.#sinceMs = nowMs;
    this.#count += 1;
    return this.#answers;
  }

  ended(at: BegunAt, how: CallEnd, nowMs: number): void {
    this.#underWay -= 1;
    if (how === 'answered') {
      this.answered(nowMs);
      return;
    }
    const isCounted = at === this.#answers;
    if (how === 'neutral') {
      if (isCounted) this.#count -= 1;
    } else if (!isCounted) {
      // Others were answered after it began.
      if (this.#count === 0) this.#sinceMs = this.#heardMs;
      this.#count += 1;
    }
  }

  answered(nowMs: number): void {
    this.#answers += 1;
    this.#heardMs = nowMs;
    this.#count = 0;
  }

  /** Asked in another way than by a call. */
  asked(nowMs: number): void {
    this.#askedMs = nowMs;
  }

  /** Silence before is not to be counted. */
  restart(nowMs: number): void {
    this.#sinceMs = nowMs;
  }

  /** What ended without an answer is over; what is under way is counted from now. */
  forget(nowMs: number): void {
    this.#answers += 1;
    this.#count = 0;
    this.#sinceMs = nowMs;
    this.#heardMs = nowMs;
  }
}
