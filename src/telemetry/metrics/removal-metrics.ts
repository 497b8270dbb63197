/**
 * Counts of what was removed, and where the logs of topics begin. A node tells its totals since it began, with every list of topics and,
 * where it is a thread of this process, with every removal; only what is new since the totals heard before is counted.
 */
import type { Instruments } from './instruments';
import type { Removal, RemovalCause } from './removal';
import { REMOVAL_CAUSES } from './removal';

export interface Removed {
  readonly records: number;
  readonly bytes: number;
}

/** What one node removed since it began. */
export interface RemovalTotals {
  /** Made when the node began: another one begins to count anew. */
  readonly instanceId: string;
  readonly byCause: ReadonlyMap<string, Removed>;
}

export interface TopicLogStart {
  readonly id: string;
  readonly name: string;
  /** The log starts of all partitions, added up. */
  readonly logStartOffset: number;
}

const NOTHING: Removed = { records: 0, bytes: 0 };

export class RemovalMetrics {
  readonly #instruments: Instruments;
  #instanceId: string | undefined;
  readonly #heard = new Map<RemovalCause, Removed>();
  /** By topic id; topics whose logs begin at 0 are left out. */
  #logStarts = new Map<string, TopicLogStart>();

  constructor(instruments: Instruments) {
    this.#instruments = instruments;
    instruments.observe('seaglass_log_start_offset', () => this.#byTopic());
  }

  /** The node began with this gateway: all that it removes is counted. */
  began(instanceId: string): void {
    if (this.#instanceId === undefined) this.#instanceId = instanceId;
  }

  /** Of the first node heard of, what it removed before is not counted: nobody asked this gateway then. */
  heard({ instanceId, byCause }: RemovalTotals): void {
    const isFirst = this.#instanceId === undefined;
    if (instanceId !== this.#instanceId) this.#heard.clear();
    this.#instanceId = instanceId;
    for (const cause of REMOVAL_CAUSES) {
      const total = byCause.get(cause) ?? NOTHING;
      const before = this.#heard.get(cause) ?? NOTHING;
      // A list that was asked for earlier may be answered later.
      const [records, bytes] = [Math.max(total.records, before.records), Math.max(total.bytes, before.bytes)];
      this.#heard.set(cause, { records, bytes });
      if (!isFirst) {
        countRemoved(this.#instruments, { cause, records: records - before.records, bytes: bytes - before.bytes });
      }
    }
  }

  /** All topics there are. */
  listed(topics: readonly TopicLogStart[]): void {
    const before = this.#logStarts;
    this.#logStarts = new Map();
    for (const topic of topics) this.#set({ ...topic, logStartOffset: later(before.get(topic.id), topic) });
  }

  moved(topic: TopicLogStart): void {
    this.#set({ ...topic, logStartOffset: later(this.#logStarts.get(topic.id), topic) });
  }

  /** The topic is gone. */
  forget(id: string): void {
    this.#logStarts.delete(id);
  }

  #set(topic: TopicLogStart): void {
    if (topic.logStartOffset > 0) this.#logStarts.set(topic.id, topic);
  }

  *#byTopic(): Iterable<readonly [{ readonly topic: string }, number]> {
    for (const { name, logStartOffset } of this.#logStarts.values()) yield [{ topic: name }, logStartOffset];
  }
}

/** Counts records and bytes under their cause; what is not known counts as nothing. */
export function countRemoved(
  instruments: Instruments,
  { cause, records = 0, bytes = 0 }: Pick<Removal, 'cause' | 'records' | 'bytes'>,
): void {
  instruments.add('seaglass_records_removed_total', { cause }, records);
  instruments.add('seaglass_removed_bytes_total', { cause }, bytes);
}

/** A log start never goes back while its topic lives. */
function later(known: TopicLogStart | undefined, told: TopicLogStart): number {
  return Math.max(known?.logStartOffset ?? 0, told.logStartOffset);
}
