/**
 * What is wrong now, and what was: opened and closed in one place. The log, the metrics, /readyz, the console and `explain` are
 * projections of it, so that a trouble is told once and in the same words. It counts and tells; it never changes an answer.
 */
import type { Clock } from '../../clock';
import type { Instruments } from '../metrics/instruments';
import type { Logger } from '../log/log';
import { INCIDENT_KINDS, type IncidentKind } from './incident-kinds';

/** What is said of an incident when it opens, and again whenever more is known. */
export interface IncidentFacts {
  /** What was seen, with figures, without a full stop: `accepts connections and has answered nothing for 4.2 s (7 calls)`. No record content. */
  readonly evidence: string;
  /** Who is hurt, for people: `Fetch orders-1@576 (client audit-svc, group audit)`. */
  readonly hurt?: string;
  /** A trace that shows it. */
  readonly traceId?: string;
  /** Requests that failed since the last call because of it. */
  readonly failed?: number;
  /** Closes by itself when it was not told of for so long, ms; stays open until `close` where absent. */
  readonly holdMs?: number;
}

export interface Incident {
  /** Unique in this process. */
  readonly id: number;
  readonly kind: IncidentKind;
  /** What it concerns: an address, a topic partition, a group, a client, a directory. */
  readonly target: string;
  /** Milliseconds since the Unix epoch. */
  readonly sinceMs: number;
  /** Undefined while it is open. */
  readonly endedMs: number | undefined;
  readonly evidence: string;
  readonly hurt: string | undefined;
  /** The newest few. */
  readonly traceIds: readonly string[];
  readonly failedRequests: number;
  /** How often it was told of since it opened. */
  readonly times: number;
}

type Change = 'opened' | 'updated' | 'closed';
type Watcher = (incident: Incident, change: Change) => void;
type Editable = { -readonly [K in keyof Incident]: Incident[K] } & { holdMs: number | undefined; toldMs: number };

/** Open at a time; what comes past it is counted in its kind and not listed. */
const OPEN_MAX = 1_000;
const ENDED_KEPT = 500;
const TRACES_KEPT = 5;
const SWEEP_MS = 1_000;

export class Incidents {
  readonly #clock: Clock;
  readonly #instruments: Instruments;
  readonly #log: Logger;
  readonly #open = new Map<string, Editable>();
  readonly #ended: Editable[] = [];
  readonly #watchers = new Set<Watcher>();
  readonly #sweep;
  #lastId = 0;

  constructor(options: { readonly clock: Clock; readonly instruments: Instruments; readonly log: Logger }) {
    this.#clock = options.clock;
    this.#instruments = options.instruments;
    this.#log = options.log;
    this.#instruments.observe('seaglass_incident_open', () => this.#series());
    this.#sweep = this.#clock.every(SWEEP_MS, () => this.#closeUntold());
  }

  /** Opens the incident, or tells more of one that is open. */
  open(kind: IncidentKind, target: string, facts: IncidentFacts): Incident {
    const key = keyOf(kind, target);
    const known = this.#open.get(key);
    if (known !== undefined) {
      this.#tell(known, facts);
      this.#notify(known, 'updated');
      return known;
    }
    const nowMs = this.#clock.nowMs();
    const made: Editable = {
      id: ++this.#lastId,
      kind,
      target,
      sinceMs: nowMs,
      endedMs: undefined,
      evidence: facts.evidence,
      hurt: undefined,
      traceIds: [],
      failedRequests: 0,
      times: 0,
      holdMs: undefined,
      toldMs: 0,
    };
    this.#tell(made, facts);
    this.#instruments.add('seaglass_incidents_total', { kind });
    if (this.#open.size >= OPEN_MAX) return made;
    this.#open.set(key, made);
    this.#write(made, 'opened');
    this.#notify(made, 'opened');
    return made;
  }

  /** It is over; nothing happens where it is not open. `evidence` says how that is known. */
  close(kind: IncidentKind, target: string, evidence?: string): void {
    const known = this.#open.get(keyOf(kind, target));
    if (known !== undefined) this.#end(known, evidence);
  }

  isOpen(kind: IncidentKind, target?: string): boolean {
    if (target !== undefined) return this.#open.has(keyOf(kind, target));
    for (const each of this.#open.values()) if (each.kind === kind) return true;
    return false;
  }

  /** Open now, oldest first. */
  current(): readonly Incident[] {
    return [...this.#open.values()];
  }

  /** The last that ended, newest first. */
  ended(): readonly Incident[] {
    return [...this.#ended].reverse();
  }

  /** Told of every change; must not throw. Returns how to stop. */
  watch(watcher: Watcher): () => void {
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  /** Ends its timer; incidents stay as they are. */
  stop(): void {
    this.#sweep.cancel();
  }

  #tell(incident: Editable, facts: IncidentFacts): void {
    incident.evidence = facts.evidence;
    if (facts.hurt !== undefined) incident.hurt = facts.hurt;
    if (facts.traceId !== undefined && !incident.traceIds.includes(facts.traceId))
      incident.traceIds = [...incident.traceIds, facts.traceId].slice(-TRACES_KEPT);
    incident.failedRequests += facts.failed ?? 0;
    incident.times += 1;
    incident.holdMs = facts.holdMs;
    incident.toldMs = this.#clock.monotonicMs();
  }

  #closeUntold(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const each of [...this.#open.values()])
      if (each.holdMs !== undefined && nowMs - each.toldMs >= each.holdMs) this.#end(each, undefined);
  }

  #end(incident: Editable, evidence: string | undefined): void {
    this.#open.delete(keyOf(incident.kind, incident.target));
    incident.endedMs = this.#clock.nowMs();
    if (evidence !== undefined) incident.evidence = evidence;
    this.#ended.push(incident);
    if (this.#ended.length > ENDED_KEPT) this.#ended.shift();
    this.#write(incident, 'closed');
    this.#notify(incident, 'closed');
  }

  #write(incident: Incident, change: 'opened' | 'closed'): void {
    const { severity, events } = INCIDENT_KINDS[incident.kind];
    const level = change === 'closed' ? 'info' : severity === 'page' ? 'error' : 'warn';
    this.#log.write(level, events[change], sentence(incident), {
      'seaglass.incident.id': incident.id,
      'seaglass.incident.kind': incident.kind,
      'seaglass.incident.target': incident.target,
      'seaglass.incident.failed_requests': incident.failedRequests,
      'seaglass.incident.duration_ms': incident.endedMs === undefined ? undefined : incident.endedMs - incident.sinceMs,
      trace_id: incident.traceIds.at(-1),
    });
  }

  #notify(incident: Incident, change: Change): void {
    for (const watcher of this.#watchers) watcher(incident, change);
  }

  *#series(): Iterable<
    readonly [{ readonly kind: string; readonly target: string; readonly severity: string }, number]
  > {
    for (const { kind, target } of this.#open.values())
      yield [{ kind, target, severity: INCIDENT_KINDS[kind].severity }, 1];
  }
}

const keyOf = (kind: IncidentKind, target: string): string => `${kind}\u0000${target}`;

/** One sentence for people: who is hurt, what, target, evidence, consequence, remedy. Of an incident that is over: how long and how many. */
export function sentence(incident: Incident): string {
  const { consequence, remedy } = INCIDENT_KINDS[incident.kind];
  const { target, evidence, hurt, endedMs, failedRequests } = incident;
  const about = `${hurt === undefined ? '' : `${hurt}: `}${target} ${evidence}`;
  if (endedMs === undefined) return `${about}; ${consequence}. ${remedy}`;
  const seconds = ((endedMs - incident.sinceMs) / 1_000).toFixed(1);
  return `${about}; it is over after ${seconds} s, ${String(failedRequests)} requests failed meanwhile.`;
}
