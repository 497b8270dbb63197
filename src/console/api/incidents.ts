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

/** Times are Unix milliseconds. Open ones oldest first; those that are over newest first. */
export function incidents({ telemetry }: Pick<ConsoleSources, 'telemetry'>, endedMax: number) {
  return {
    current: telemetry.incidents.current().map(shownIncident),
    ended: telemetry.incidents.ended().slice(0, endedMax).map(shownIncident),
  };
}

/** `?ended=` says how many of those that are over. */
export const incidentsRoute = (sources: Pick<ConsoleSources, 'telemetry'>): Route => ({
  method: 'GET',
  path: '/api/incidents',
  summary: 'what is wrong now, and what was (?ended=N)',
  answer: ({ query }) => ok(incidents(sources, wholeNumber(query, 'ended', { max: 500, initial: ENDED_SHOWN }))),
});
