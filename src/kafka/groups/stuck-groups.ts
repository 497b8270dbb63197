/**
 * Groups that have members and records to read and whose committed offset stands still: told after a while, and over as soon as
 * one of its partitions moves or is read to its end, or its last member leaves. Where a log ends is what the gateway has heard of it.
 */
import type { Clock, Timer } from '../../clock';
import type { Incidents } from '../../telemetry/incidents/incidents';
import { inWords } from './duration-in-words';
import { clientName } from '../../telemetry/trace/client-name';
import type { Int64, TopicPartition } from '../../types';

/** A partition in which records of a group wait. */
export interface Lagging {
  readonly group: string;
  readonly of: TopicPartition;
  readonly offset: Int64;
  /** Records that wait, > 0. */
  readonly records: number;
}

export interface StuckGroupsOptions {
  readonly clock: Clock;
  readonly incidents: Incidents;
  readonly lagging: () => Iterable<Lagging>;
  /** How many members it has now. */
  readonly members: (group: string) => number;
  /** So long has nothing moved before a group is told of. */
  readonly afterMs: number;
}

const LOOK_MS = 30_000;

interface Standing {
  readonly group: string;
  readonly offset: Int64;
  readonly sinceMs: number;
}

export class StuckGroups {
  readonly #options: StuckGroupsOptions;
  readonly #timer: Timer;
  /** By group and partition. */
  #standing = new Map<string, Standing>();
  #told = new Set<string>();

  constructor(options: StuckGroupsOptions) {
    this.#options = options;
    this.#timer = options.clock.every(Math.min(LOOK_MS, options.afterMs), () => this.#look());
  }

  close(): Promise<void> {
    this.#timer.cancel();
    return Promise.resolve();
  }

  #look(): void {
    const { clock, incidents, lagging, members, afterMs } = this.#options;
    const nowMs = clock.monotonicMs();
    const standing = new Map<string, Standing>();
    const stuck = new Map<string, Lagging & { readonly sinceMs: number }>();
    for (const each of lagging()) {
      const { group, of, offset } = each;
      if (members(group) === 0) continue;
      const key = `${group}\u0000${of.topic}\u0000${String(of.partition)}`;
      const known = this.#standing.get(key);
      const sinceMs = known?.offset === offset ? known.sinceMs : nowMs;
      standing.set(key, { group, offset, sinceMs });
      const worst = stuck.get(group);
      if (nowMs - sinceMs >= afterMs && (worst === undefined || sinceMs < worst.sinceMs))
        stuck.set(group, { ...each, sinceMs });
    }
    this.#standing = standing;
    for (const group of this.#told) if (!stuck.has(group)) incidents.close('group_stuck', clientName(group), 'goes on');
    for (const [group, { of, offset, records, sinceMs }] of stuck) {
      const where = `${clientName(of.topic)}-${String(of.partition)}@${String(offset)}`;
      const evidence = `has ${String(members(group))} members and has not moved from ${where} for ${inWords(nowMs - sinceMs)}, where ${String(records)} records wait`;
      incidents.open('group_stuck', clientName(group), { evidence });
    }
    this.#told = new Set(stuck.keys());
  }
}
