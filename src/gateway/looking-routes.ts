/** Endpoints of the commands that look at a running gateway, and what they are made of. */
import { explainRoute } from '../console/api/explain';
import type { Config } from '../config';
import { type HealthSources, healthRoute, type SecurityFacts } from '../console/api/health';
import { journeyRoute } from '../console/api/journey';
import { logRoute } from '../console/api/log';
import type { Route } from '../console/api/route';
import { runtimeRoutes } from '../console/api/runtime';
import type { ExplainSources } from '../console/explain/sources';
import type { Users } from '../kafka/users/users';
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

function healthSources({ clock, telemetry, open, listeners, config, services }: ConsoleParts): HealthSources {
  return {
    ...{ clock, telemetry, engine: open.engine },
    advertised: listeners.bound.map(({ name, protocol, advertisedHost, advertisedPort }) => {
      const configured = config.listeners.find((each) => each.name === name);
      return {
        ...{ listener: name, host: advertisedHost, port: advertisedPort, protocol },
        clientAuth: configured?.tls?.settings.clientAuth ?? 'none',
        mechanisms: configured?.mechanisms ?? [],
      };
    }),
    security: () => securityFacts(config, services.users.users),
    connections: () => [...listeners.clients()].length,
    connectionsMax: config.limits.connectionsMax,
  };
}

const USER_TYPE = 'User:';

function securityFacts({ authorizer }: Config, users: Users): SecurityFacts {
  const names = users.names();
  return {
    ...{ users: names.size, usersLoaded: users.isLoaded },
    authorizer: authorizer.className,
    superUsers: authorizer.superUsers.map((principal) => ({
      ...{ principal, exists: names.has(principal.slice(USER_TYPE.length)) },
    })),
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
