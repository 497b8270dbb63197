/** Endpoints of the commands that look at a running gateway, and what they are made of. */
import { explainRoute } from '../console/api/explain';
import { type HealthSources, healthRoute } from '../console/api/health';
import { journeyRoute } from '../console/api/journey';
import { logRoute } from '../console/api/log';
import type { Route } from '../console/api/route';
import { runtimeRoutes } from '../console/api/runtime';
import type { ExplainSources } from '../console/explain/sources';
import type { ConsoleParts } from './console-parts';

export function lookingRoutes(parts: ConsoleParts): readonly Route[] {
  const { telemetry } = parts;
  const explaining = explainSources(parts);
  return [
    explainRoute(explaining),
    journeyRoute(explaining),
    healthRoute(healthSources(parts)),
    logRoute(telemetry.recentLines),
    ...runtimeRoutes(telemetry.runtime),
  ];
}

function healthSources({ clock, telemetry, open, listeners, config }: ConsoleParts): HealthSources {
  return {
    ...{ clock, telemetry, engine: open.engine },
    advertised: listeners.bound.map(({ name, advertisedHost, advertisedPort }) => ({
      ...{ listener: name, host: advertisedHost, port: advertisedPort },
    })),
    connections: () => [...listeners.clients()].length,
    connectionsMax: config.limits.connectionsMax,
  };
}

function explainSources({ config, clock, telemetry, services }: ConsoleParts): ExplainSources {
  const { engine, readHistory, writeHistory, valueWatch, verdicts } = services;
  return {
    ...{ clock, telemetry, engine, verdicts },
    startedMs: clock.nowMs(),
    clientInstances: () => services.clientTelemetry.instances(),
    reads: readHistory,
    writes: writeHistory,
    links: valueWatch.traces,
    // Where no trace is exported, none can be looked at; that may change while it runs.
    get traceUrl() {
      return telemetry.operations.exporting ? config.console.traceUrl : undefined;
    },
  };
}
