/** THE list of endpoints below /api, and what each is made of. */
import { clientsRoute } from '../console/api/clients';
import { drillRoutes } from '../console/api/drills';
import { groupsRoute } from '../console/api/groups';
import { incidentsRoute } from '../console/api/incidents';
import { inflightRoute } from '../console/api/inflight';
import { type LiveView, liveRoute } from '../console/api/live';
import { recordingRoute, recordingsRoute } from '../console/api/recordings';
import { recordsRoute } from '../console/api/records';
import type { Route } from '../console/api/route';
import { settingsRoute } from '../console/api/settings';
import { traceTargetRoutes } from '../console/api/trace-targets';
import { topicRoutes } from '../console/api/topics';
import { verdictsRoute } from '../console/api/verdicts';
import type { ConsoleSources } from '../console/sources';
import type { Drills } from '../drills/drills';
import type { FlightRecorder } from '../server/flight-recorder/flight-recorder';

export interface RouteParts {
  readonly sources: ConsoleSources;
  readonly view: LiveView;
  /** Undefined unless the gateway was started for drills. */
  readonly drills: Drills | undefined;
  readonly recorder: FlightRecorder;
}

export function consoleRoutes({ sources, view, drills, recorder }: RouteParts): readonly Route[] {
  return [
    liveRoute(view),
    inflightRoute(sources),
    incidentsRoute(sources),
    ...topicRoutes(sources),
    groupsRoute(sources),
    clientsRoute(sources),
    recordsRoute(sources),
    verdictsRoute(sources),
    settingsRoute(sources),
    ...traceTargetRoutes(sources.telemetry.traceTargets),
    recordingsRoute(recorder),
    recordingRoute(recorder, sources),
    ...drillRoutes(drills, sources.about.bootstrap.join(',')),
  ];
}
