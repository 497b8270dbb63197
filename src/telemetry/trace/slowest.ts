/**
 * The slowest few of each topic in every ten seconds, of one API: where nothing is wrong they show what slow looks like. A trace is held
 * for each topic that it names until slower ones have its places or the first ten seconds of one are over. Time that the client asked to wait, or that others are waited for, does not count.
 */

const WINDOW_MS = 10_000;
const TOPICS_MAX = 64;
const OTHER = '_other';

/** What is held of a root that has ended with all below it. */
export interface Held<T> {
  readonly value: T;
  readonly busyMs: number;
}

interface Window<T> {
  readonly endsMs: number;
  /** The fastest first. */
  readonly held: Held<T>[];
}

export class Slowest<T> {
  readonly #windows = new Map<string, Window<T>>();

  /**
   * Holds the candidate for each of its topics of which it is among the slowest `count` so far. Returns what is held for none (any more),
   * which may be itself. `nowMs` is monotonic.
   */
  offer(candidate: Held<T>, topics: readonly string[], count: number, nowMs: number): readonly T[] {
    const displaced: T[] = [];
    let isHeld = false;
    for (const { held } of new Set(topics.map((topic) => this.#window(topic, nowMs)))) {
      if (held.length >= count && candidate.busyMs <= (held[0]?.busyMs ?? Infinity)) continue;
      const at = held.findIndex(({ busyMs }) => busyMs > candidate.busyMs);
      held.splice(at === -1 ? held.length : at, 0, candidate);
      isHeld = true;
      const fastest = held.length > count ? held.shift() : undefined;
      if (fastest !== undefined && !this.#holds(fastest.value)) displaced.push(fastest.value);
    }
    return isHeld ? displaced : [candidate.value];
  }

  /** No longer holds it; what is known of it has changed. */
  remove(value: T): void {
    for (const { held } of this.#windows.values()) {
      const at = held.findIndex((each) => each.value === value);
      if (at >= 0) held.splice(at, 1);
    }
  }

  /** Gives up what is held of windows that have ended by `nowMs`. */
  release(nowMs: number): readonly T[] {
    const released: T[] = [];
    for (const [topic, { endsMs, held }] of this.#windows) {
      if (endsMs > nowMs) continue;
      this.#windows.delete(topic);
      for (const { value } of held) {
        released.push(value);
        this.remove(value);
      }
    }
    return released;
  }

  #holds(value: T): boolean {
    for (const { held } of this.#windows.values()) if (held.some((each) => each.value === value)) return true;
    return false;
  }

  #window(topic: string, nowMs: number): Window<T> {
    const known = this.#windows.get(topic);
    if (known !== undefined) return known;
    if (this.#windows.size >= TOPICS_MAX && topic !== OTHER) return this.#window(OTHER, nowMs);
    const made = { endsMs: nowMs + WINDOW_MS, held: [] };
    this.#windows.set(topic, made);
    return made;
  }
}
