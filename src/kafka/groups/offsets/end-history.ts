/**
 * Where logs ended, and when: so that it can be told for how long a record has been there without reading it. Noted at each look; the
 * older, the fewer notes are kept, so that days fit in a few dozen.
 */
import type { TopicPartition } from '../../../types';

interface Note {
  readonly end: number;
  /** On the monotonic clock. */
  readonly atMs: number;
}

const NOTES_MAX = 64;
const PARTITIONS_MAX = 2_000;

export class EndHistory {
  /** By topic and partition, the one noted first first; each one's notes oldest first, their ends growing. */
  readonly #notes = new Map<string, Map<number, Note[]>>();
  #partitions = 0;

  noted({ topic, partition }: TopicPartition, end: number, nowMs: number): void {
    const notes = this.#of(topic, partition);
    const last = notes.at(-1);
    if (last?.end === end) return;
    // A log that ends before is another one.
    if (last !== undefined && end < last.end) notes.length = 0;
    notes.push({ end, atMs: nowMs });
    if (notes.length > NOTES_MAX) thinned(notes);
  }

  /** Since when the log is known to reach past the offset; undefined where it is not known to. */
  passedMs({ topic, partition }: TopicPartition, offset: number): number | undefined {
    return this.#notes
      .get(topic)
      ?.get(partition)
      ?.find(({ end }) => end > offset)?.atMs;
  }

  topicEnded(topic: string): void {
    this.#partitions -= this.#notes.get(topic)?.size ?? 0;
    this.#notes.delete(topic);
  }

  #of(topic: string, partition: number): Note[] {
    const known = this.#notes.get(topic)?.get(partition);
    if (known !== undefined) return known;
    const [oldest] = this.#notes.keys();
    if (this.#partitions >= PARTITIONS_MAX && oldest !== undefined) this.topicEnded(oldest);
    const notes: Note[] = [];
    const ofTopic = this.#notes.get(topic) ?? new Map<number, Note[]>();
    this.#notes.set(topic, ofTopic.set(partition, notes));
    this.#partitions += 1;
    return notes;
  }
}

/**
 * Drops the one whose neighbours are nearest for their age: hours back the notes lie minutes apart. What remains says a later time for
 * what was dropped: never more than was waited.
 */
function thinned(notes: Note[]): void {
  const nowMs = notes.at(-1)?.atMs ?? 0;
  let least = Infinity;
  let dropped = 1;
  for (let index = 1; index < notes.length - 1; index++) {
    const [before, note, behind] = [notes[index - 1], notes[index], notes[index + 1]];
    if (before === undefined || note === undefined || behind === undefined) continue;
    const nearness = (behind.atMs - before.atMs) / (nowMs - note.atMs + 1);
    if (nearness > least) continue;
    least = nearness;
    dropped = index;
  }
  notes.splice(dropped, 1);
}
