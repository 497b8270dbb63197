/** The console put together from the parts of the gateway. */
import { type Config, describeOrigin } from '../config';
import { formatAddress, isLoopback } from '../config/address';
import { consoleTokens, tokenFiles } from '../config/console-tokens';
import { NAMED_SETTINGS } from '../config/settings';
import { LiveView } from '../console/api/live';
import type { TokenGrant, UserGrants } from '../console/access/credentials';
import { type Console, startConsole } from '../console/console';
import { LiveEvents } from '../console/events';
import type { ConsoleSources, ShownSetting } from '../console/sources';
import type { TlsSettings } from '../tls/tls-files';
import { WatchedFiles } from '../watched-files';
import type { ConsoleParts } from './console-parts';
import { consoleRoutes } from './console-routes';
import { consoleUsers } from './console-users';
import { lookingRoutes } from './looking-routes';

/** Whether the console lets in only who shows something. */
export const asksWhoComes = ({ console: web }: Config): boolean =>
  consoleTokens(web).length > 0 || USER_RIGHTS.some((right) => web[`${right}Users`].length > 0);

const USER_RIGHTS = ['view', 'operate', 'contents'] as const;

/** Rejects where the address cannot be bound; throws ConfigError where the token cannot be read. */
export async function openConsole(parts: ConsoleParts): Promise<Console> {
  const { config, clock, telemetry, open } = parts;
  const { listen, hosts, openMetrics } = config.console;
  const tokens = watchTokens(parts);
  warnOfPlainText(parts);
  const sources = sourcesOf(parts);
  const view = new LiveView(sources);
  const opened = await startConsole({
    ...listen,
    users: usersOf(parts),
    tokens: () => tokens.value,
    ...{ hosts, openMetrics, clock, telemetry, tls: consoleTls(config) },
    auditTrail: parts.services.auditTrail,
    loopback: isLoopback(listen.host),
    engine: open.engine,
    routes: [
      ...consoleRoutes({ sources, view, drills: parts.drills, recorder: parts.recorder }),
      ...lookingRoutes(parts),
    ],
    events: new LiveEvents({ clock, view, incidents: telemetry.incidents, drills: parts.drills }),
  });
  return {
    ...opened,
    async close() {
      tokens.close();
      await opened.close();
    },
  };
}

/** Those in files are read again when the files change; sessions that were begun by another token end. */
function watchTokens({ config, clock, telemetry: { log } }: ConsoleParts): WatchedFiles<readonly TokenGrant[]> {
  const paths = tokenFiles(config.console);
  return new WatchedFiles({
    read: () => ({ value: consoleTokens(config.console), paths }),
    clock,
    told(outcome) {
      if (outcome instanceof Error)
        log.write('error', 'token.reload_failed', `the tokens before stay: ${outcome.message}`);
      else log.write('info', 'token.reloaded', 'the tokens of the console were read again');
    },
  });
}

/** Undefined where it speaks plain HTTP. */
function consoleTls({ console: web, ssl }: Config): TlsSettings | undefined {
  if (web.sslKeystoreLocation === undefined) return undefined;
  return {
    keystoreLocation: web.sslKeystoreLocation,
    keyLocation: web.sslKeyLocation,
    keyPassword: web.sslKeyPassword,
    truststoreLocation: undefined,
    clientAuth: 'none',
    named: 'console.',
    enabledProtocols: ssl.enabledProtocols,
  };
}

/** Undefined where no user is named. */
function usersOf({ config, services }: ConsoleParts): UserGrants | undefined {
  const { console: web } = config;
  const named = { view: web.viewUsers, operate: web.operateUsers, contents: web.contentsUsers };
  if (Object.values(named).every((names) => names.length === 0)) return undefined;
  return { users: consoleUsers(services.users.users), named };
}

function warnOfPlainText({ config, telemetry }: ConsoleParts): void {
  const { listen, sslKeystoreLocation } = config.console;
  if (isLoopback(listen.host) || sslKeystoreLocation !== undefined || !asksWhoComes(config)) return;
  const what = 'console.listen is no loopback address and speaks no TLS: what lets in can be read on its way';
  telemetry.log.write('warn', 'gateway.exposed', what, { 'server.address': listen.host });
}

function sourcesOf(parts: ConsoleParts): ConsoleSources {
  const { config, clock, telemetry, open, services, listeners, drills, version } = parts;
  const { groups, engine, cluster, verdicts } = services;
  return {
    ...{ clock, telemetry, engine, groups, verdicts, drills },
    clients: () => listeners.clients(),
    refusedVersions: () => listeners.refusedVersions.list(),
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
