/**
 * The slowest few of each topic in every ten seconds, of one API: where nothing is wrong they show what slow looks like. A trace is held
 * until a slower one takes its place or its ten seconds are over. Time that the client asked to wait, or that others are waited for, does not count.
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

  /** Holds the candidate if it is among the slowest `count` so far; returns the one that is not held (any more). `nowMs` is monotonic. */
  offer(candidate: Held<T>, topic: string, count: number, nowMs: number): T | undefined {
    const { held } = this.#window(topic, nowMs);
    if (held.length >= count && candidate.busyMs <= (held[0]?.busyMs ?? Infinity)) return candidate.value;
    const at = held.findIndex(({ busyMs }) => busyMs > candidate.busyMs);
    held.splice(at === -1 ? held.length : at, 0, candidate);
    return held.length > count ? held.shift()?.value : undefined;
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
      for (const { value } of held) released.push(value);
    }
    return released;
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
