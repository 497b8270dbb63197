/**
 * Groups that are given records and never commit: after a restart they read all of it again. Told after a while of reading, and again while they go on; one commit, of whatever partition, and the group is none of them.
 */
import type { Clock } from '../../clock';
import type { Incidents } from '../../telemetry/incidents/incidents';
import { inWords } from './duration-in-words';
import { clientName } from '../../telemetry/trace/client-name';

/** Whoever reads no more for so long is told of no more, and begins anew. */
const HOLD_MS = 300_000;
const GROUPS_MAX = 1_000;
const TELL_MS = 10_000;

interface Reading {
  readonly sinceMs: number;
  lastMs: number;
  toldMs: number;
  records: number;
}

export interface UncommittedReadsOptions {
  readonly clock: Clock;
  readonly incidents: Incidents;
  /** So long does a group read before it is told of. */
  readonly afterMs: number;
}

export class UncommittedReads {
  readonly #clock: Clock;
  readonly #incidents: Incidents;
  readonly #afterMs: number;
  /** The one that began first first. */
  readonly #reading = new Map<string, Reading>();
  /** Commit, and have a place to go on from; the one that was asked about last last. */
  readonly #committing = new Set<string>();

  constructor({ clock, incidents, afterMs }: UncommittedReadsOptions) {
    this.#clock = clock;
    this.#incidents = incidents;
    this.#afterMs = afterMs;
  }

  /** The group was given records. */
  read(group: string, records: number): void {
    if (this.#committing.has(group)) return;
    const nowMs = this.#clock.monotonicMs();
    let reading = this.#reading.get(group);
    if (reading === undefined || nowMs - reading.lastMs > HOLD_MS) {
      reading = { sinceMs: nowMs, lastMs: nowMs, toldMs: 0, records: 0 };
      bounded(this.#reading, group);
      this.#reading.set(group, reading);
    }
    reading.lastMs = nowMs;
    reading.records += records;
    if (nowMs - reading.sinceMs < this.#afterMs || nowMs - reading.toldMs < TELL_MS) return;
    reading.toldMs = nowMs;
    const evidence = `was given ${String(reading.records)} records in ${inWords(nowMs - reading.sinceMs)} and has committed nothing`;
    this.#incidents.open('group_never_commits', clientName(group), { evidence, holdMs: HOLD_MS });
  }

  /** It commits, or has committed before this gateway began. */
  committed(group: string): void {
    if (this.#committing.has(group)) return;
    bounded(this.#committing, group);
    this.#committing.add(group);
    this.#reading.delete(group);
    this.#incidents.close('group_never_commits', clientName(group), 'commits');
  }
}

/** Makes room for one more. */
function bounded(held: Map<string, unknown> | Set<string>, group: string): void {
  held.delete(group);
  const [oldest] = held.keys();
  if (held.size >= GROUPS_MAX && oldest !== undefined) held.delete(oldest);
}
