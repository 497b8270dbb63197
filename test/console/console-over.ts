/** The console over a gateway in this process. */
import { type Clock, systemClock } from '../../src/clock';
import { LiveView } from '../../src/console/api/live';
import { startConsole } from '../../src/console/console';
import { LiveEvents } from '../../src/console/events';
import type { ConsoleSources } from '../../src/console/sources';
import { consoleRoutes } from '../../src/gateway/console-routes';
import type { TestGateway } from '../support/gateway';
import type { Scene } from './scenes';

export async function consoleOver(
  { engine, listeners, recorder, services, telemetry }: TestGateway,
  clock: Clock = systemClock,
): Promise<Scene> {
  const { groups, verdicts } = services;
  const sources: ConsoleSources = {
    ...{ clock, telemetry, engine, groups, verdicts },
    ...{ settings: [], traceUrl: undefined, contents: false, drills: undefined },
    clients: () => listeners.clients(),
    refusedVersions: () => listeners.refusedVersions.list(),
    about: {
      version: '0.0.0',
      engine: 'node',
      data: 'here',
      clusterId: 'test',
      bootstrap: [],
      startedMs: clock.nowMs(),
    },
  };
  const view = new LiveView(sources);
  const web = await startConsole({
    ...{ host: '127.0.0.1', port: 0, hosts: [], loopback: true, clock, telemetry, engine },
    routes: consoleRoutes({ sources, view, drills: undefined, recorder }),
    events: new LiveEvents({ clock, view, incidents: telemetry.incidents }),
  });
  return { console: `http://127.0.0.1:${String(web.address.port)}`, close: () => web.close() };
}
