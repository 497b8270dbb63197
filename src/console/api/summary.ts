/** The first line: is the engine serving, since when, which target, what are clients told. */
import { INCIDENT_KINDS, type IncidentKind } from '../../telemetry/incidents/incident-kinds';
import type { Incident } from '../../telemetry/incidents/incidents';
import type { Readiness } from '../readiness';
import type { About, ConsoleSources } from '../sources';

/** `failing`: requests fail. `troubled`: they are answered but for those at certain records, or something is wrong that somebody is paged for. */
export type ServingState = 'serving' | 'troubled' | 'failing';

export interface Summary {
  readonly state: ServingState;
  /** Since when it is so, milliseconds since the Unix epoch. */
  readonly sinceMs: number;
  /** A trouble is over, so lately that it may come back as the same: that it serves is not to be said aloud yet. */
  readonly settles: boolean;
  /** What serves, or what does not. */
  readonly target: string;
  /** What clients are told meanwhile, in words. */
  readonly told: string;
  /** What is wrong beyond incidents, as the engine's own check says it. */
  readonly problems: readonly string[];
  readonly openIncidents: number;
  readonly about: About;
}

/** Remembers since when the engine's own check fails, for troubles that no incident names. */
export class Summaries {
  readonly #sources: ConsoleSources;
  #unreadySinceMs: number | undefined;
  #readySinceMs: number;

  constructor(sources: ConsoleSources) {
    this.#sources = sources;
    this.#readySinceMs = sources.about.startedMs;
  }

  /** `readiness` is undefined where nobody has asked yet. */
  summary(readiness: Readiness | undefined): Summary {
    const { telemetry, about, clock } = this.#sources;
    const current = telemetry.incidents.current();
    const open = current.filter(({ quietSinceMs }) => quietSinceMs === undefined);
    const settling = current.filter(({ kind, quietSinceMs }) => quietSinceMs !== undefined && isTrouble(kind));
    const problems = readiness === undefined || readiness.ready ? [] : readiness.problems;
    if (problems.length > 0) this.#unreadySinceMs ??= clock.nowMs();
    else if (this.#unreadySinceMs !== undefined) {
      this.#unreadySinceMs = undefined;
      this.#readySinceMs = clock.nowMs();
    }
    const settles = settling.length > 0;
    return { ...this.#verdict(open, settling), settles, problems, openIncidents: open.length, about };
  }

  #verdict(
    open: readonly Incident[],
    settling: readonly Incident[],
  ): Pick<Summary, 'state' | 'sinceMs' | 'target' | 'told'> {
    const { engine, about } = this.#sources;
    const failing = open.filter(({ kind }) => INCIDENT_KINDS[kind].failsRequests === 'all');
    if (failing.length > 0) return { state: 'failing', ...since(failing) };
    if (this.#unreadySinceMs !== undefined) {
      const told = 'requests that need it are told a retriable error';
      return { state: 'failing', sinceMs: this.#unreadySinceMs, target: about.engine, told };
    }
    const troubling = open.filter(({ kind }) => isTrouble(kind));
    if (troubling.length > 0) return { state: 'troubled', ...since(troubling) };
    const told = `every request is answered; an ack means: ${engine.ackMeaning}`;
    return { state: 'serving', sinceMs: this.#servingSinceMs(settling), target: about.engine, told };
  }

  /** The end of the last trouble, or the start. */
  #servingSinceMs(settling: readonly Incident[]): number {
    let sinceMs = this.#readySinceMs;
    for (const { quietSinceMs = 0 } of settling) sinceMs = Math.max(sinceMs, quietSinceMs);
    for (const { kind, endedMs = 0 } of this.#sources.telemetry.incidents.ended()) {
      if (isTrouble(kind)) sinceMs = Math.max(sinceMs, endedMs);
    }
    return sinceMs;
  }
}

/** Requests fail, or somebody is paged. */
function isTrouble(kind: IncidentKind): boolean {
  const { severity, failsRequests } = INCIDENT_KINDS[kind];
  return failsRequests !== 'none' || severity === 'page';
}

function since(incidents: readonly Incident[]): Pick<Summary, 'sinceMs' | 'target' | 'told'> {
  const targets = [...new Set(incidents.map(({ target }) => target))];
  const told = [...new Set(incidents.map(({ consequence }) => consequence))];
  return {
    sinceMs: Math.min(...incidents.map(({ sinceMs }) => sinceMs)),
    target:
      targets.length > 3 ? `${targets.slice(0, 3).join(', ')} and ${targets.length - 3} more` : targets.join(', '),
    told: told.join('; '),
  };
}
