/** /api/incidents: what is wrong now and what was, each with the sentence that the log has. */
import { INCIDENT_KINDS } from '../telemetry/incidents/incident-kinds';
import { type Incident, type Incidents, sentence } from '../telemetry/incidents/incidents';

/** Current ones oldest first, ended ones newest first. Times are Unix milliseconds. */
export function incidentsJson(incidents: Pick<Incidents, 'current' | 'ended'>): string {
  return JSON.stringify({ current: incidents.current().map(view), ended: incidents.ended().map(view) });
}

function view(incident: Incident): Readonly<Record<string, unknown>> {
  const { severity, failsRequests, meaning, remedy } = INCIDENT_KINDS[incident.kind];
  return {
    id: incident.id,
    kind: incident.kind,
    severity,
    failsRequests,
    noun: incident.noun,
    target: incident.target,
    sinceMs: incident.sinceMs,
    quietSinceMs: incident.quietSinceMs,
    endedMs: incident.endedMs,
    evidence: incident.evidence,
    hurt: incident.hurt,
    consequence: incident.consequence,
    meaning,
    remedy,
    traceIds: incident.traceIds,
    failedRequests: incident.failedRequests,
    times: incident.times,
    sentence: sentence(incident),
  };
}
