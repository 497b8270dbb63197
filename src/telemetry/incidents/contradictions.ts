/**
 * The engine's contradictions as incidents of partitions: what it lost, and what it said twice and differently. Counted where they are
 * found; who asked, and where, comes with the count.
 */
import type { CONTRADICTIONS, ExemplarSource } from '../metrics/instruments';
import { inheritedAttributes } from '../trace/inflight';
import { LightOperation } from '../trace/light-operation';
import type { Operation } from '../trace/operation';
import { toPartitionId } from '../../types';
import { blameOf, type Incidents } from './incidents';
import { requestInWords, rootOf, type WaitingRequests } from './waiting-requests';

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

/** Where it was found. */
export interface ContradictionPlace {
  /** Where absent, that of the operation. */
  readonly partition?: number;
  readonly offset?: number;
}

/** What goes with the count: where, and which operation met it, absent where none did. */
export class ContradictionFound implements ExemplarSource {
  readonly place: ContradictionPlace;
  readonly operation: LightOperation | undefined;

  constructor(place: ContradictionPlace, operation: Operation | undefined) {
    this.place = place;
    this.operation = operation instanceof LightOperation ? operation : undefined;
  }

  get traceId(): string {
    return this.operation?.traceId ?? '';
  }

  get spanId(): string {
    return this.operation?.spanId ?? '';
  }

  get kept(): boolean {
    return this.operation?.kept ?? false;
  }

  whenKept(action: () => void): void {
    this.operation?.whenKept(action);
  }

  /** Of the topic; undefined where it is not known. */
  partitionOf(topic: string): string | undefined {
    if (this.place.partition !== undefined) return String(this.place.partition);
    const attributes = this.operation === undefined ? {} : inheritedAttributes(this.operation);
    const partition = attributes['messaging.destination.partition.id'];
    return attributes['messaging.destination.name'] === topic && partition !== undefined
      ? String(partition)
      : undefined;
  }
}

export class Contradictions {
  readonly #incidents: Incidents;
  readonly #waiting: Pick<WaitingRequests, 'reading'>;
  readonly #counts = new Map<string, number>();

  constructor(incidents: Incidents, waiting: Pick<WaitingRequests, 'reading'>) {
    this.#incidents = incidents;
    this.#waiting = waiting;
  }

  /** One more, as its counter is labelled. */
  found(kind: string, topic: string, at: ContradictionFound | undefined): void {
    const incident = LOST.has(kind) ? 'engine_lost_records' : 'engine_contradicts_itself';
    const partition = at?.partitionOf(topic);
    const target = partition === undefined ? topic : `${topic}-${partition}`;
    const count = this.#counted(kind, target, this.#incidents.isOpen(incident, target));
    const what = kind in EVIDENCE ? EVIDENCE[kind as Contradiction] : kind;
    const offset = at?.place.offset;
    const last = offset === undefined ? '' : `, ${count === 1 ? 'at' : 'last at'} offset ${String(offset)}`;
    at?.operation?.blame(blameOf(incident, target));
    this.#incidents.open(incident, target, {
      noun: partition === undefined ? 'topic' : 'partition',
      evidence: `${what} (${kind}, ${String(count)} ${count === 1 ? 'time' : 'times'}${last})`,
      topic,
      holdMs: HOLD_MS,
      ...this.#hurt(topic, partition, at?.operation),
    });
  }

  /** The request that met it, or one that waits for what met it. */
  #hurt(topic: string, partition: string | undefined, operation: LightOperation | undefined) {
    if (operation !== undefined && rootOf(operation).name === 'request')
      return { hurt: requestInWords(operation), traceId: operation.traceId };
    const waiting =
      partition === undefined
        ? undefined
        : this.#waiting.reading({ topic, partition: toPartitionId(Number(partition)) });
    if (waiting !== undefined) return { hurt: waiting.hurt, traceId: waiting.traceId };
    return operation === undefined ? {} : { traceId: operation.traceId };
  }

  #counted(kind: string, target: string, isOpen: boolean): number {
    const key = `${kind}\u0000${target}`;
    const count = isOpen ? (this.#counts.get(key) ?? 0) + 1 : 1;
    if (!isOpen)
      for (const each of this.#counts.keys()) if (each.endsWith(`\u0000${target}`)) this.#counts.delete(each);
    this.#counts.set(key, count);
    return count;
  }
}
