/** What several viewers ask within a second is made once: the same answer for all, also while it is being made. */
import type { Clock } from '../clock';

interface Shared<T> {
  readonly answer: Promise<T>;
  /** Undefined while it is being made. */
  madeMs: number | undefined;
}

const SHARED_MS = 1_000;
const KEPT_MAX = 16;

export class SharedAnswers<T> {
  readonly #clock: Clock;
  readonly #answers = new Map<string, Shared<T>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `make` is called where nobody asked the same lately; what it throws is everybody's. */
  of(key: string, make: () => Promise<T>): Promise<T> {
    const known = this.#answers.get(key);
    if (known !== undefined && !this.#isOld(known)) return known.answer;
    for (const oldest of this.#answers.keys()) {
      if (this.#answers.size < KEPT_MAX) break;
      this.#answers.delete(oldest);
    }
    const made = (): void => void (shared.madeMs = this.#clock.monotonicMs());
    const shared: Shared<T> = { answer: make(), madeMs: undefined };
    shared.answer.then(made, made);
    this.#answers.delete(key);
    this.#answers.set(key, shared);
    return shared.answer;
  }

  /** Something was changed: what is asked from now on is made anew. */
  forget(): void {
    this.#answers.clear();
  }

  #isOld({ madeMs }: Shared<T>): boolean {
    return madeMs !== undefined && this.#clock.monotonicMs() - madeMs >= SHARED_MS;
  }
}
