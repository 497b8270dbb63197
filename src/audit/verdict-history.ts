/**
 * The records that were found wrong, newest last: who produced them, who asked for them, what was expected and what came. Bounded; a
 * client that asks again and again for the same record makes its entry newer, not more entries.
 */
import type { PartitionId } from '../types';
import type { RecordAt, ValueFault } from './proofs';

export interface VerdictEntry extends RecordAt, ValueFault {
  /** When it was first and last met, milliseconds since the Unix epoch. */
  readonly firstMs: number;
  readonly lastMs: number;
  readonly times: number;
  /** Client id of who asked last; empty where it has none. */
  readonly consumer: string;
  /** 32 hex digits: the Fetch that met it last. */
  readonly traceId: string;
}

/** What of a fault only the one who was asked knows. */
export type FaultMet = ValueFault & Pick<VerdictEntry, 'topic' | 'partition' | 'consumer' | 'traceId'>;

export interface VerdictQuery {
  readonly topic?: string;
  readonly partition?: PartitionId;
  readonly offset?: number;
}

const ENTRIES_MAX = 1_000;

export class VerdictHistory {
  /** In the order in which they were last met. */
  readonly #entries = new Map<string, VerdictEntry>();
  readonly #entriesMax: number;
  #hasForgotten = false;
  readonly #watchers = new Set<(entry: VerdictEntry) => void>();

  constructor(entriesMax = ENTRIES_MAX) {
    this.#entriesMax = entriesMax;
  }

  /** `nowMs` since the Unix epoch. Answers true where the record was not known to be wrong in this way. */
  met(fault: FaultMet, nowMs: number): boolean {
    const key = `${fault.topic}\u0000${String(fault.partition)}\u0000${String(fault.offset)}\u0000${fault.verdict}`;
    const known = this.#entries.get(key);
    const entry = { ...fault, firstMs: known?.firstMs ?? nowMs, lastMs: nowMs, times: (known?.times ?? 0) + 1 };
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    const oldest = this.#entries.keys().next();
    if (this.#entries.size > this.#entriesMax && oldest.done !== true) {
      this.#entries.delete(oldest.value);
      this.#hasForgotten = true;
    }
    for (const watcher of this.#watchers) watcher(entry);
    return known === undefined;
  }

  /** Whether there were more than are kept. */
  get hasForgotten(): boolean {
    return this.#hasForgotten;
  }

  /** Newest first. */
  list(query: VerdictQuery = {}): readonly VerdictEntry[] {
    const { topic, partition, offset } = query;
    const wanted = [...this.#entries.values()].filter(
      (each) =>
        (topic === undefined || each.topic === topic) &&
        (partition === undefined || each.partition === partition) &&
        (offset === undefined || (each.offset <= offset && offset <= each.lastOffset)),
    );
    return wanted.reverse();
  }

  /** Told of every entry that is new or newer; must not throw. Returns how to stop. */
  watch(watcher: (entry: VerdictEntry) => void): () => void {
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }
}
