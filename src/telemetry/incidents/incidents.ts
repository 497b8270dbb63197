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
  /** What the target is, where the kind does not say it: `broker`. */
  readonly noun?: string;
  /** The topic that it concerns, where it concerns one: the metrics name it as long as the incident lasts. */
  readonly topic?: string;
  /** What clients are told meanwhile, where that is known better than the kind knows it. */
  readonly consequence?: string;
  /** What to do, where that is known better than the kind knows it. */
  readonly remedy?: string;
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
  /** What the target is, for people: `broker`, `group`. */
  readonly noun: string;
  /** The topic that it concerns; empty where it concerns none. */
  readonly topic: string;
  readonly consequence: string;
  readonly remedy: string;
  /** Milliseconds since the Unix epoch. */
  readonly sinceMs: number;
  /** Since when it is over, while it may still come back; it then goes on as the same incident. Unix epoch, ms. */
  readonly quietSinceMs: number | undefined;
  /** Undefined while it is open. */
  readonly endedMs: number | undefined;
  /** When it ends by itself if nothing more is heard of it, Unix epoch, ms; undefined where it ends only when it is over. */
  readonly holdsUntilMs: number | undefined;
  /** What is seen; once it is over how that is known, where something is. */
  readonly evidence: string;
  /** What was seen until it was over, where `evidence` says something else. */
  readonly before: string | undefined;
  readonly hurt: string | undefined;
  /** The newest few. */
  readonly traceIds: readonly string[];
  readonly failedRequests: number;
  /** How often it was told of since it opened. */
  readonly times: number;
}

type Change = 'opened' | 'updated' | 'closed';
type Watcher = (incident: Incident, change: Change) => void;
type Editable = { -readonly [K in keyof Incident]: Incident[K] } & {
  holdMs: number | undefined;
  /** Monotonic. */
  toldMs: number;
  /** Monotonic; said when it ends. */
  quiet: { readonly atMs: number; readonly evidence: string | undefined } | undefined;
};

/** Open at a time. Past it a page takes the place of the oldest ticket; what finds none is counted in its kind and not listed. */
const OPEN_MAX = 1_000;
const ENDED_KEPT = 500;
const TRACES_KEPT = 5;
const SWEEP_MS = 250;
/** A trouble that is over comes back within this time as the same incident: it is told once. */
export const SETTLE_MS = 3_000;

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
    this.#instruments.whenTopicEnds((topic) => this.#topicEnded(topic));
    this.#sweep = this.#clock.every(SWEEP_MS, () => this.#endDue());
  }

  /** Opens the incident, or tells more of one that is open. */
  open(kind: IncidentKind, target: string, facts: IncidentFacts): Incident {
    const key = keyOf(kind, target);
    if (facts.topic !== undefined) this.#instruments.topicInTrouble(facts.topic);
    const known = this.#open.get(key);
    if (known !== undefined) {
      known.quiet = undefined;
      known.quietSinceMs = undefined;
      this.#tell(known, facts);
      this.#notify(known, 'updated');
      return known;
    }
    const nowMs = this.#clock.nowMs();
    const made: Editable = {
      id: ++this.#lastId,
      kind,
      target,
      noun: '',
      topic: facts.topic ?? '',
      consequence: '',
      remedy: '',
      sinceMs: nowMs,
      quietSinceMs: undefined,
      endedMs: undefined,
      holdsUntilMs: undefined,
      evidence: facts.evidence,
      before: undefined,
      hurt: undefined,
      traceIds: [],
      failedRequests: 0,
      times: 0,
      holdMs: undefined,
      toldMs: 0,
      quiet: undefined,
    };
    this.#tell(made, facts);
    this.#instruments.add('seaglass_incidents_total', { kind });
    if (this.#open.size >= OPEN_MAX && !this.#makesRoom(kind)) {
      this.#leaveTopic(made.topic);
      return made;
    }
    this.#open.set(key, made);
    this.#write(made, 'opened');
    this.#notify(made, 'opened');
    return made;
  }

  /**
   * It is over; nothing happens where it is not open. It ends, and is told to be over, when it has not come back for `SETTLE_MS`.
   * `evidence` says how that is known.
   */
  close(kind: IncidentKind, target: string, evidence?: string): void {
    const known = this.#open.get(keyOf(kind, target));
    if (known === undefined || known.quiet !== undefined) return;
    known.quiet = { atMs: this.#clock.monotonicMs(), evidence };
    known.quietSinceMs = this.#clock.nowMs();
    this.#notify(known, 'updated');
  }

  /** It went on as an incident of another kind, which says the rest: ends without a word of it being over. */
  supersede(kind: IncidentKind, target: string): void {
    const known = this.#open.get(keyOf(kind, target));
    if (known !== undefined) this.#end(known, 'silently');
  }

  /** Requests failed because of it that were not counted yet; it may be quiet by now. */
  failed(kind: IncidentKind, target: string, requests: number): void {
    const known = this.#open.get(keyOf(kind, target));
    if (known !== undefined) known.failedRequests += requests;
  }

  /** A request failed that was blamed on this; it may be quiet by now. False where `blameOf` did not make it. */
  requestFailed(blamed: string): boolean {
    const known = this.#open.get(blamed);
    if (known !== undefined) known.failedRequests += 1;
    return blamed.includes('\u0000');
  }

  /** Whether it goes on now; a quiet one does not. */
  isOpen(kind: IncidentKind, target?: string): boolean {
    if (target !== undefined) return isGoingOn(this.#open.get(keyOf(kind, target)));
    for (const each of this.#open.values()) if (each.kind === kind && isGoingOn(each)) return true;
    return false;
  }

  /** The oldest that goes on and concerns one of these targets: it explains what waits for them. */
  concerning(targets: readonly unknown[]): Incident | undefined {
    if (this.#open.size === 0) return undefined;
    for (const each of this.#open.values()) if (isGoingOn(each) && targets.includes(each.target)) return each;
    return undefined;
  }

  /** Open now, oldest first, the quiet ones included. */
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

  /** Ends its timer. What is quiet ends with it; what goes on stays as it is. */
  stop(): void {
    this.#sweep.cancel();
    for (const each of [...this.#open.values()]) if (each.quiet !== undefined) this.#end(each);
  }

  /** A thousand slow clients do not hide a full disk. */
  #makesRoom(kind: IncidentKind): boolean {
    if (INCIDENT_KINDS[kind].severity !== 'page') return false;
    const ticket = this.current().find((each) => INCIDENT_KINDS[each.kind].severity === 'ticket');
    if (ticket !== undefined) this.supersede(ticket.kind, ticket.target);
    return ticket !== undefined;
  }

  #tell(incident: Editable, facts: IncidentFacts): void {
    const declared = INCIDENT_KINDS[incident.kind];
    incident.evidence = facts.evidence;
    incident.noun = facts.noun ?? declared.noun;
    incident.consequence = facts.consequence ?? declared.consequence;
    incident.remedy = facts.remedy ?? declared.remedy;
    if (facts.hurt !== undefined) incident.hurt = facts.hurt;
    if (facts.traceId !== undefined && !incident.traceIds.includes(facts.traceId))
      incident.traceIds = [...incident.traceIds, facts.traceId].slice(-TRACES_KEPT);
    incident.failedRequests += facts.failed ?? 0;
    incident.times += 1;
    incident.holdMs = facts.holdMs;
    incident.holdsUntilMs = facts.holdMs === undefined ? undefined : this.#clock.nowMs() + facts.holdMs;
    incident.toldMs = this.#clock.monotonicMs();
  }

  /** What a topic that is no more was in trouble with is over at once. */
  #topicEnded(topic: string): void {
    for (const each of [...this.#open.values()]) {
      if (each.topic !== topic) continue;
      each.quiet = { atMs: this.#clock.monotonicMs(), evidence: 'was deleted' };
      this.#end(each);
    }
  }

  #endDue(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const each of [...this.#open.values()]) {
      const { quiet, holdMs } = each;
      if (quiet !== undefined && nowMs - quiet.atMs >= SETTLE_MS) this.#end(each);
      else if (holdMs !== undefined && nowMs - each.toldMs >= holdMs) this.#end(each);
    }
  }

  #end(incident: Editable, told: 'aloud' | 'silently' = 'aloud'): void {
    this.#open.delete(keyOf(incident.kind, incident.target));
    incident.endedMs = incident.quietSinceMs ?? this.#clock.nowMs();
    if (incident.quiet?.evidence !== undefined) {
      incident.before = incident.evidence;
      incident.evidence = incident.quiet.evidence;
    }
    this.#ended.push(incident);
    if (this.#ended.length > ENDED_KEPT) this.#ended.shift();
    if (told === 'aloud') this.#write(incident, 'closed');
    this.#notify(incident, 'closed');
    this.#leaveTopic(incident.topic);
  }

  /** Without another incident the topic is in trouble no more. */
  #leaveTopic(topic: string): void {
    if (topic === '') return;
    for (const each of this.#open.values()) if (each.topic === topic) return;
    this.#instruments.topicCalm(topic);
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

  *#series(): Iterable<readonly [Readonly<Record<'kind' | 'target' | 'topic' | 'severity', string>>, number]> {
    for (const { kind, target, topic } of this.#open.values())
      yield [{ kind, target, topic, severity: INCIDENT_KINDS[kind].severity }, 1];
  }
}

const keyOf = (kind: IncidentKind, target: string): string => `${kind}\u0000${target}`;

/** What an operation is blamed on whose request fails because of the incident, should it fail. */
export const blameOf = keyOf;

const isGoingOn = (incident: Editable | undefined): boolean => incident !== undefined && incident.quiet === undefined;

/**
 * One sentence for people: who is hurt, what, target, evidence, consequence, remedy. Of an incident that is over: how long it took, how
 * many requests failed, and what it was, for whoever looks afterwards.
 */
export function sentence(incident: Incident): string {
  const { target, noun, evidence, before, hurt, consequence, remedy, endedMs, failedRequests } = incident;
  const named = noun === '' ? target : `${noun} ${target}`;
  const seen = (what: string): string => `${hurt === undefined ? '' : `${hurt}: `}${named} ${what}`;
  if (endedMs !== undefined) {
    const seconds = ((endedMs - incident.sinceMs) / 1_000).toFixed(1);
    const failed = `${String(failedRequests)} ${failedRequests === 1 ? 'request' : 'requests'} failed because of it.`;
    const until = before === undefined ? '' : ` Until then: ${seen(before)}.`;
    return `${named} ${evidence}; over after ${seconds} s, ${failed}${until}`;
  }
  return `${seen(evidence)}; ${consequence}. ${remedy}`;
}
