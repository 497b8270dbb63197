/** The engine's contradictions as incidents, by topic: what it lost, and what it said twice and differently. Counted where they are found. */
import type { CONTRADICTIONS } from '../metrics/instruments';
import type { Incidents } from './incidents';

/** Told no more for so long, it is over. */
const HOLD_MS = 60_000;

type Contradiction = (typeof CONTRADICTIONS)[number];

const LOST: ReadonlySet<string> = new Set<Contradiction>(['record_lost', 'offsets_forgotten']);

const EVIDENCE: Readonly<Record<Contradiction, string>> = {
  answer_null: 'was answered about with neither records nor an error',
  append_interleaved: 'had the records of one append stored with those of another between them',
  high_watermark_back: 'had a high watermark that went back behind records that were acked or sent',
  offset_reused: 'had an offset given to two records',
  offsets_forgotten: 'goes on at an offset before the end of its log: its broker forgot what it had acked',
  record_lost: 'has no record at an offset that its engine says it has',
  stateless_read: 'was read at other offsets than were asked for',
  stream_offset: 'was sent other offsets on its stream than were next',
  stream_position: 'was sent a first record on its stream that its log does not have there',
  unflushed_hole: 'has a hole in what its broker keeps in memory',
  value_lost: 'was sent a record without the value that its log has',
};

export class Contradictions {
  readonly #incidents: Incidents;
  readonly #counts = new Map<string, number>();

  constructor(incidents: Incidents) {
    this.#incidents = incidents;
  }

  /** One more, as its counter is labelled. */
  found(kind: string, topic: string): void {
    const incident = LOST.has(kind) ? 'engine_lost_records' : 'engine_contradicts_itself';
    const key = `${kind}\u0000${topic}`;
    const isOpen = this.#incidents.isOpen(incident, topic);
    const count = isOpen ? (this.#counts.get(key) ?? 0) + 1 : 1;
    if (!isOpen) this.#forget(topic);
    this.#counts.set(key, count);
    const what = kind in EVIDENCE ? EVIDENCE[kind as Contradiction] : kind;
    const evidence = `${what} (${kind}, ${String(count)} ${count === 1 ? 'time' : 'times'})`;
    this.#incidents.open(incident, topic, { evidence, topic, holdMs: HOLD_MS });
  }

  #forget(topic: string): void {
    for (const key of this.#counts.keys()) if (key.endsWith(`\u0000${topic}`)) this.#counts.delete(key);
  }
}
