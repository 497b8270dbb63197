/** Incidents as JSON: open ones, those that are over, and the words for them. */
import { type FailedRequests, INCIDENT_KINDS } from '../../telemetry/incidents/incident-kinds';
import { type Incident, sentence } from '../../telemetry/incidents/incidents';
import type { ConsoleSources } from '../sources';
import { wholeNumber } from './parameters';
import { ok, type Route } from './route';

const ENDED_SHOWN = 200;

export interface ShownIncident extends Incident {
  readonly severity: 'page' | 'ticket';
  readonly failsRequests: FailedRequests;
  readonly meaning: string;
  /** As the log has it. */
  readonly sentence: string;
}

function shownIncident(incident: Incident): ShownIncident {
  const { severity, failsRequests, meaning } = INCIDENT_KINDS[incident.kind];
  const { id, kind, noun, target, sinceMs, quietSinceMs, endedMs, evidence, before, hurt, consequence, remedy } =
    incident;
  const { topic, holdsUntilMs, traceIds, failedRequests, times } = incident;
  return {
    ...{ id, kind, noun, target, sinceMs, quietSinceMs, endedMs, evidence, before, hurt, consequence, remedy },
    ...{ topic, holdsUntilMs, traceIds, failedRequests, times, severity, failsRequests, meaning },
    sentence: sentence(incident),
  };
}

export interface ShownIncidents {
  readonly current: readonly ShownIncident[];
  /** Open ones that are not in `current`. */
  readonly more: number;
}

/** At most so many that are open, pages before tickets, the oldest first of each. */
export function openIncidents({ telemetry }: Pick<ConsoleSources, 'telemetry'>, max: number): ShownIncidents {
  const all = telemetry.incidents.current();
  const isPage = ({ kind }: Incident): boolean => INCIDENT_KINDS[kind].severity === 'page';
  const inOrder = [...all.filter(isPage), ...all.filter((each) => !isPage(each))];
  const shown = inOrder.slice(0, max).map(shownIncident);
  return { current: shown, more: all.length - shown.length };
}

/** Times are Unix milliseconds, `atMs` that of the answer. `?open=` says how many of the open ones, `?ended=` how many of those that are over, the newest first. */
export const incidentsRoute = (sources: Pick<ConsoleSources, 'telemetry' | 'clock'>): Route => ({
  method: 'GET',
  path: '/api/incidents',
  summary: 'what is wrong now, and what was (?open=N, ?ended=N)',
  answer({ query }) {
    const openMax = wholeNumber(query, 'open', { initial: Number.MAX_SAFE_INTEGER });
    const endedMax = wholeNumber(query, 'ended', { max: 500, initial: ENDED_SHOWN });
    const ended = sources.telemetry.incidents.ended().slice(0, endedMax).map(shownIncident);
    return ok({ atMs: sources.clock.nowMs(), ...openIncidents(sources, openMax), ended });
  },
});
