/**
 * Finds readers that ask the same offset again and again although data is there: 0, 1, 1, 1 … is how a stale stream looks from
 * outside. Bounded by count; the reader longest unseen is forgotten first.
 */
export interface OffsetAsked {
  readonly topic: string;
  readonly partition: number;
  /** Client id and connection, or whatever tells readers apart. */
  readonly client: string;
  readonly offset: number;
  /** Whether a record existed at the offset when it was asked. */
  readonly dataAvailable: boolean;
}

/** Asked so many times in a row, an offset counts as stuck. */
export const STUCK_AFTER = 5;
const READERS_MAX = 10_000;

interface Reader {
  readonly topic: string;
  offset: number;
  times: number;
}

export class StuckOffsets {
  readonly #readers = new Map<string, Reader>();
  readonly #stuck = new Map<string, number>();
  readonly #readersMax: number;

  constructor(readersMax = READERS_MAX) {
    this.#readersMax = readersMax;
  }

  /** True from the fifth time on that the reader asks the same offset with data there. */
  asked(ask: OffsetAsked): boolean {
    const key = `${ask.topic}\u0000${String(ask.partition)}\u0000${ask.client}`;
    const reader = this.#touch(key, ask);
    const progressed = reader.offset !== ask.offset || !ask.dataAvailable;
    const times = progressed ? (ask.dataAvailable ? 1 : 0) : reader.times + 1;
    if (reader.times >= STUCK_AFTER && times < STUCK_AFTER) this.#count(ask.topic, -1);
    if (reader.times < STUCK_AFTER && times >= STUCK_AFTER) this.#count(ask.topic, 1);
    reader.offset = ask.offset;
    reader.times = times;
    return times >= STUCK_AFTER;
  }

  /** Readers that are stuck now, by topic; topics that had one stay, at 0. */
  *byTopic(): Iterable<readonly [topic: string, readers: number]> {
    yield* this.#stuck;
  }

  #touch(key: string, ask: OffsetAsked): Reader {
    const known = this.#readers.get(key);
    if (known !== undefined) {
      this.#readers.delete(key);
      this.#readers.set(key, known);
      return known;
    }
    if (this.#readers.size >= this.#readersMax) this.#forgetOldest();
    const made = { topic: ask.topic, offset: ask.offset, times: 0 };
    this.#readers.set(key, made);
    return made;
  }

  #forgetOldest(): void {
    for (const [key, reader] of this.#readers) {
      if (reader.times >= STUCK_AFTER) this.#count(reader.topic, -1);
      this.#readers.delete(key);
      return;
    }
  }

  #count(topic: string, change: 1 | -1): void {
    const count = (this.#stuck.get(topic) ?? 0) + change;
    // Metrics cap the number of topics; this map must not outgrow its readers either.
    if (count === 0 && this.#stuck.size > this.#readersMax) this.#stuck.delete(topic);
    else this.#stuck.set(topic, count);
  }
}
