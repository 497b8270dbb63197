/** An offset that only grows: by whom it was told and when. Whoever told it knows it; everybody else does a little later. */

/** Time on the gateways' clock within which everybody knows of what was changed elsewhere. */
export const NOTICE_MS = 1_000;

interface Word {
  readonly offset: number;
  readonly sinceMs: number;
}

/** Words older than the last of these are known to everybody. */
const WORDS_MAX = 256;

export class Told {
  #most = 0;
  #old = 0;
  #words: Word[] = [];
  #byTeller = new WeakMap<object, number>();

  get most(): number {
    return this.#most;
  }

  tell(offset: number, teller: object, nowMs: number): void {
    this.#byTeller.set(teller, Math.max(offset, this.#byTeller.get(teller) ?? 0));
    if (offset <= this.#most) return;
    this.#most = offset;
    this.#words.push({ offset, sinceMs: nowMs });
    if (this.#words.length <= WORDS_MAX) return;
    const [oldest] = this.#words;
    if (oldest !== undefined && oldest.sinceMs + NOTICE_MS < nowMs) {
      this.#old = oldest.offset;
      this.#words = this.#words.slice(1);
    }
  }

  knownTo(teller: object, nowMs: number): number {
    const toAll = this.#words.findLast(({ sinceMs }) => sinceMs + NOTICE_MS < nowMs)?.offset ?? this.#old;
    return Math.max(toAll, this.#byTeller.get(teller) ?? 0);
  }

  forget(): void {
    this.#most = 0;
    this.#old = 0;
    this.#words = [];
    this.#byTeller = new WeakMap();
  }
}
