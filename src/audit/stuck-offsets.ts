/**
 * Finds readers that ask the same offset again and again although data is there: 0, 1, 1, 1 … is how a stale stream looks from
 * outside. A reader is forgotten with its connection, or when it has not asked for a minute; past a bound the one longest unseen goes.
 */
export interface OffsetAsked {
  readonly topic: string;
  readonly partition: number;
  /** Tells connections apart. */
  readonly connection: string;
  /** Client id or address, for whoever is told of it. */
  readonly client: string;
  readonly offset: number;
  /** Whether the reader was given a record at the offset. */
  readonly dataAvailable: boolean;
}

/** Asked so many times in a row, an offset counts as stuck. */
export const STUCK_AFTER = 5;
/** Whoever is given data comes back sooner, or not at all. */
export const READER_IDLE_MS = 60_000;
const READERS_MAX = 10_000;

interface Reader {
  readonly key: string;
  readonly topic: string;
  readonly connection: string;
  offset: number;
  times: number;
  seenMs: number;
}

export class StuckOffsets {
  /** The one longest unseen first. */
  readonly #readers = new Map<string, Reader>();
  readonly #connections = new Map<string, Set<Reader>>();
  readonly #stuck = new Map<string, number>();
  readonly #readersMax: number;

  constructor(readersMax = READERS_MAX) {
    this.#readersMax = readersMax;
  }

  /** True from the fifth time on that the reader asks the same offset and is given data. `nowMs` is on the monotonic clock. */
  asked(ask: OffsetAsked, nowMs: number): boolean {
    this.#forgetIdle(nowMs);
    const reader = this.#touch(ask, nowMs);
    const progressed = reader.offset !== ask.offset || !ask.dataAvailable;
    const times = progressed ? (ask.dataAvailable ? 1 : 0) : reader.times + 1;
    if (reader.times >= STUCK_AFTER && times < STUCK_AFTER) this.#count(ask.topic, -1);
    if (reader.times < STUCK_AFTER && times >= STUCK_AFTER) this.#count(ask.topic, 1);
    reader.offset = ask.offset;
    reader.times = times;
    return times >= STUCK_AFTER;
  }

  /** The connection was closed. */
  closed(connection: string): void {
    for (const reader of this.#connections.get(connection) ?? []) this.#forget(reader);
  }

  /** The topic is no more. */
  topicEnded(topic: string): void {
    for (const reader of [...this.#readers.values()]) if (reader.topic === topic) this.#forget(reader);
    this.#stuck.delete(topic);
  }

  /** Readers that are stuck now, by topic; topics that had one stay, at 0. */
  *byTopic(nowMs: number): Iterable<readonly [topic: string, readers: number]> {
    this.#forgetIdle(nowMs);
    yield* this.#stuck;
  }

  #touch(ask: OffsetAsked, nowMs: number): Reader {
    const { topic, connection, offset } = ask;
    const key = `${topic}\u0000${String(ask.partition)}\u0000${connection}`;
    const known = this.#readers.get(key);
    if (known !== undefined) {
      known.seenMs = nowMs;
      this.#readers.delete(key);
      this.#readers.set(key, known);
      return known;
    }
    const oldest = this.#readers.values().next();
    if (this.#readers.size >= this.#readersMax && oldest.done !== true) this.#forget(oldest.value);
    const made = { key, topic, connection, offset, times: 0, seenMs: nowMs };
    this.#readers.set(key, made);
    const ofConnection = this.#connections.get(connection);
    if (ofConnection === undefined) this.#connections.set(connection, new Set([made]));
    else ofConnection.add(made);
    return made;
  }

  #forgetIdle(nowMs: number): void {
    for (const reader of this.#readers.values()) {
      if (nowMs - reader.seenMs < READER_IDLE_MS) return;
      this.#forget(reader);
    }
  }

  #forget(reader: Reader): void {
    if (reader.times >= STUCK_AFTER) this.#count(reader.topic, -1);
    this.#readers.delete(reader.key);
    const ofConnection = this.#connections.get(reader.connection);
    ofConnection?.delete(reader);
    if (ofConnection?.size === 0) this.#connections.delete(reader.connection);
  }

  #count(topic: string, change: 1 | -1): void {
    const count = (this.#stuck.get(topic) ?? 0) + change;
    // Metrics cap the number of topics; this map must not outgrow its readers either.
    if (count === 0 && this.#stuck.size > this.#readersMax) this.#stuck.delete(topic);
    else this.#stuck.set(topic, count);
  }
}
