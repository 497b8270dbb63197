/** The console put together from the parts of the gateway. */
import { type Config, describeOrigin } from '../config';
import { formatAddress, isLoopback } from '../config/address';
import { consoleToken } from '../config/console-token';
import { NAMED_SETTINGS } from '../config/settings';
import { LiveView } from '../console/api/live';
import { type Console, startConsole } from '../console/console';
import { LiveEvents } from '../console/events';
import type { ConsoleSources, ShownSetting } from '../console/sources';
import type { ConsoleParts } from './console-parts';
import { consoleRoutes } from './console-routes';
import { lookingRoutes } from './looking-routes';

/** Rejects where the address cannot be bound; throws ConfigError where the token cannot be read. */
export async function openConsole(parts: ConsoleParts): Promise<Console> {
  const { config, clock, telemetry, open } = parts;
  const { listen, hosts } = config.console;
  const token = consoleToken(config.console);
  const sources = sourcesOf(parts);
  const view = new LiveView(sources);
  return startConsole({
    ...listen,
    ...{ hosts, token, clock, telemetry },
    loopback: isLoopback(listen.host),
    engine: open.engine,
    routes: [
      ...consoleRoutes({ sources, view, drills: parts.drills, recorder: parts.recorder }),
      ...lookingRoutes(parts),
    ],
    events: new LiveEvents({ clock, view, incidents: telemetry.incidents }),
  });
}

function sourcesOf({ config, clock, telemetry, open, services, listeners, version }: ConsoleParts): ConsoleSources {
  const { groups, engine, cluster, verdicts } = services;
  return {
    ...{ clock, telemetry, engine, groups, verdicts },
    clients: () => listeners.clients(),
    settings: shownSettings(config),
    traceUrl: config.console.traceUrl,
    contents: config.console.contents,
    about: {
      version,
      ...open.described,
      clusterId: cluster.id,
      bootstrap: listeners.bound.map(({ advertisedHost, advertisedPort }) =>
        formatAddress({ host: advertisedHost, port: advertisedPort }),
      ),
      startedMs: clock.nowMs(),
    },
  };
}

function shownSettings({ effective }: Config): readonly ShownSetting[] {
  const meanings = new Map(NAMED_SETTINGS.map(({ key, setting }) => [key, setting.meaning]));
  return effective.map(({ key, value, origin }) => ({
    ...{ key, value, from: describeOrigin(origin), meaning: meanings.get(key) ?? '' },
  }));
}
