/**
 * The gateway put together: telemetry → engine → Kafka services → Kafka port → console, and taken apart in the other order. The only
 * place that knows every layer.
 */
import { type Clock, systemClock } from './clock';
import { type Config, ConfigError } from './config';
import type { ConfiguredListener } from './config/configured-listeners';
import { type Address, formatAddress, isLoopback } from './config/address';
import { Drills } from './drills/drills';
import type { Engine } from './engine/engine';
import { connectionsOfHosts } from './gateway/connections-of-hosts';
import { clusterIdFrom } from './gateway/cluster-id';
import { openAuditTrail } from './gateway/open-audit-trail';
import { asksWhoComes, openConsole } from './gateway/open-console';
import { warnOfExposedNode } from './gateway/node-options';
import { type OpenEngine, openEngine } from './gateway/open-engine';
import { openSasl } from './gateway/open-sasl';
import { apis } from './kafka/api';
import { createServices } from './kafka/create-services';
import { createUsers } from './kafka/users/create-users';
import { createGroups } from './kafka/groups/create-groups';
import { UncommittedReads } from './kafka/groups/uncommitted-reads';
import type { Cluster } from './kafka/cluster/cluster';
import { windowsOf } from './kafka/quotas/client-quotas';
import { soleBroker } from './kafka/cluster/sole-broker';
import { StoredState } from './kafka/state/stored-state';
import { initZstd } from './protocol/compression/zstd';
import { decodedApis } from './server/decoded-api';
import { FlightRecorder } from './server/flight-recorder/flight-recorder';
import type { ConnectionLimits } from './server/doorstep';
import { type BoundListener, Listeners } from './server/listeners';
import { type StartedTelemetry, startTelemetry } from './telemetry/start-telemetry';

export interface Gateway {
  /** Where Kafka clients connect, and what those of each listener are told; at least one. */
  readonly listeners: readonly BoundListener[];
  readonly consoleAddress: Address;
  /** Names to values, for the lines a start prints. */
  readonly summary: readonly (readonly [name: string, value: string])[];
  /** Resolves when it cannot go on; stays pending otherwise. Whoever started it closes it and ends the process. */
  readonly failed: Promise<Error>;
  /** Accepts no more, answers what is in flight (limits.drain-ms-max), then closes the engine and sends what telemetry waits. */
  close(): Promise<void>;
}

export interface GatewayOptions {
  readonly version: string;
  readonly clock?: Clock;
}

/** Throws ConfigError, or what a part could not do: bind, lock, read. Whatever was opened by then is closed again. */
export async function startGateway(config: Config, options: GatewayOptions): Promise<Gateway> {
  const clock = options.clock ?? systemClock;
  const opened: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const part of opened.splice(0).reverse()) await part();
  };
  try {
    const telemetry = await openTelemetry(config, { clock, version: options.version });
    opened.push(() => telemetry.shutdown());
    const auditTrail = await openAuditTrail(config, telemetry, clock);
    opened.push(() => auditTrail.close());
    const drills = drillsOf(config, telemetry, clock);
    opened.push(() => Promise.resolve(drills?.close()));
    await initZstd();
    // The ports first: a second gateway on them must not touch the data directory.
    const recorder = new FlightRecorder(config.recorder, clock);
    recorder.watch(telemetry.recentTraces);
    const listeners = new Listeners({
      limits: config.limits,
      clock,
      telemetry,
      recorder,
      auditTrail,
      rateWindows: windowsOf(config.quota),
      ofAddresses: await connectionsOfHosts(config),
    });
    const open = await bindAll(listeners, config.listeners)
      .then(() => openEngine(config, { clock, telemetry, drills }))
      .catch(async (error: unknown) => {
        await listeners.close();
        throw error;
      });
    opened.push(() => open.close());
    opened.push(() => listeners.close());

    const { incidents } = telemetry;
    const uncommittedReads = new UncommittedReads({ clock, incidents, afterMs: config.groups.stuckAfterMs });
    const groups = createGroups({
      engine: open.engine,
      telemetry,
      clock,
      settings: config.groups,
      uncommittedReads,
    });
    // Closed once nobody can ask any more, before the engine that stores their offsets.
    opened.splice(-1, 0, () => groups.close());

    const cluster = await clusterOf(config, { open, telemetry, listeners });
    const { filer } = open.engine;
    const state = new StoredState({ filer, clock, operations: telemetry.operations, log: telemetry.log });
    const users = createUsers({ clock, log: telemetry.log, state, file: config.sasl.usersFile });
    opened.splice(-1, 0, () => Promise.resolve(users.close()));
    const services = createServices({
      engine: open.engine,
      telemetry,
      clock,
      cluster,
      state,
      authorizer: config.authorizer,
      users,
      settings: config.kafka,
      groups,
      uncommittedReads,
      auditTrail,
      quotas: config.quota,
      clientTelemetry: { intervalMs: config.clients.telemetryIntervalMs, metrics: config.clients.telemetryMetrics },
    });
    opened.splice(-1, 0, () => state.close());
    await state.start();
    const web = await bound('console.listen', config.console.listen, () =>
      openConsole({ config, clock, telemetry, open, services, listeners, recorder, drills, version: options.version }),
    );
    // Closed after the engine, before telemetry: it shows the drain.
    opened.splice(1, 0, () => web.close());
    const { address } = services.quotas;
    listeners.serve(decodedApis(apis, services), clock, {
      ofAddress: (from, nowMs) => address.connected(from, nowMs),
      sasl: openSasl(config, { clock, telemetry, users: users.users, auditTrail }),
    });
    warnOfExposure(config, telemetry);
    warnOfExposedNode(config, telemetry.log);
    return describe({ config, telemetry, listeners, open, cluster, consoleAddress: web.address, close });
  } catch (error) {
    await close();
    throw error;
  }
}

interface Parts {
  readonly telemetry: StartedTelemetry;
  readonly listeners: Listeners;
  readonly open: OpenEngine;
}

async function bindAll(listeners: Listeners, configs: readonly ConfiguredListener[]): Promise<void> {
  for (const { name, protocol, address, advertised, tls, own } of configs) {
    await bound('listen', address, () =>
      listeners.bind({ name, protocol, ...address, advertised, tls, connections: limitsOf(own) }),
    );
  }
}

const limitsOf = (own: ConfiguredListener['own']): ConnectionLimits => ({
  connectionsMax: own['max.connections'],
  connectionRateMax: own['max.connection.creation.rate'],
});

async function clusterOf(config: Config, { open, telemetry, listeners }: Parts): Promise<Cluster> {
  const id = open.clusterId ?? config.general.clusterId ?? (await askClusterId(open.engine, telemetry));
  return soleBroker(id, listeners.bound);
}

interface StartedParts extends Parts {
  readonly config: Config;
  readonly cluster: Cluster;
  readonly consoleAddress: Address;
  readonly close: () => Promise<void>;
}

function describe(parts: StartedParts): Gateway {
  const { config, telemetry, open, cluster, consoleAddress, close } = parts;
  const { bound } = parts.listeners;
  const bootstrap = bound.map(advertisedText).join(',');
  const listening = bound.map(formatAddress).join(',');
  telemetry.log.write('info', 'gateway.ready', 'the gateway serves', {
    bootstrap,
    listening,
    console: formatAddress(consoleAddress),
    engine: open.engine.kind,
    cluster_id: cluster.id,
  });
  return {
    listeners: bound,
    consoleAddress,
    summary: [
      ['bootstrap', bootstrap],
      ...(listening === bootstrap ? [] : [['listening', listening] as const]),
      [
        'console',
        `${config.console.sslKeystoreLocation === undefined ? 'http' : 'https'}://${formatAddress(consoleAddress)} (a page; /metrics /healthz /readyz /debug/inflight)`,
      ],
      ['data', open.described.data],
      ['engine', open.described.engine],
      ['ack means', open.engine.ackMeaning],
      ['traces', describeTraces(config, telemetry)],
    ],
    failed: open.failed.then((reason) => {
      telemetry.log.write('error', 'engine.failed', reason.message);
      return reason;
    }),
    close,
  };
}

const advertisedText = ({ advertisedHost, advertisedPort }: BoundListener): string =>
  formatAddress({ host: advertisedHost, port: advertisedPort });

async function openTelemetry(config: Config, options: { clock: Clock; version: string }): Promise<StartedTelemetry> {
  const { general, log, logForm, otel, traces } = config;
  try {
    return await startTelemetry({
      ...options,
      otel,
      trace: general.trace,
      applicationSpans: {
        perSecond: traces.applicationSpansPerSecond,
        perTrace: traces.applicationSpansPerTrace,
        looksPerSecond: traces.applicationSpansLooksPerSecond,
      },
      stallThresholdMs: general.stallThresholdMs,
      log: { level: log.level, form: logForm, target: process.stderr },
    });
  } catch (error) {
    // An endpoint that is no URL is refused like any other setting.
    if (error instanceof RangeError) throw new ConfigError(error.message);
    throw error;
  }
}

function describeTraces({ general }: Config, telemetry: StartedTelemetry): string {
  if (general.trace === 'off') return 'nowhere (trace is off)';
  const { traces } = telemetry.destinations;
  return general.trace === 'all' ? `${traces}, all of them` : traces;
}

/** Turns a refused bind into words that name the setting. */
async function bound<T>(key: string, address: Address, bind: () => Promise<T>): Promise<T> {
  try {
    return await bind();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const why = (typeof code === 'string' ? BIND_ERRORS[code] : undefined) ?? String(error);
    throw new Error(`cannot listen on ${formatAddress(address)} (${key}): ${why}`, { cause: error });
  }
}

const BIND_ERRORS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process listens there',
  EACCES: 'this user may not listen there',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'the host name cannot be resolved',
};

async function askClusterId(engine: Engine, { operations }: StartedTelemetry): Promise<string> {
  const operation = operations.root('filer.call', { spanName: 'read the cluster id' });
  try {
    const id = await clusterIdFrom(engine.filer, { operation, signal: new AbortController().signal });
    operation.end('ok');
    return id;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    operation.end('engine_error', { type: 'cluster_id', message });
    throw new Error(`cannot read the cluster id from the engine: ${message}`, { cause: error });
  }
}

/** Undefined unless it was started for drills. Throws ConfigError where others could reach it. */
function drillsOf(config: Config, telemetry: StartedTelemetry, clock: Clock): Drills | undefined {
  if (!config.drills.enabled) return undefined;
  const { listen: nodeListen } = config.node;
  const isNodeExposed = nodeListen !== undefined && !isLoopback(nodeListen.host);
  const [key = isNodeExposed ? 'node.listen' : undefined] = exposedBy(config)[0] ?? [];
  if (key !== undefined)
    throw new ConfigError(
      `drills.enabled: refused, for ${key} is not a loopback address and others could be made to fail`,
    );
  const { instruments, log, operations } = telemetry;
  return new Drills({ engine: config.general.engine, clock, instruments, log, recent: operations.recent });
}

/** What listens where others reach it. */
function exposedBy({ general, console: web }: Config): readonly (readonly [key: string, address: Address])[] {
  const all = [
    ...general.listen.map(({ address }) => ['listen', address] as const),
    ['console.listen', web.listen] as const,
  ];
  return all.filter(([, { host }]) => !isLoopback(host));
}

/** Whether nobody comes in who has not shown who they are. */
function listenerAsks({ listeners }: Config, address: Address): boolean {
  const listener = listeners.find((each) => each.address === address);
  return listener?.protocol.startsWith('SASL_') === true || listener?.tls?.settings.clientAuth === 'required';
}

function warnOfExposure(config: Config, { log }: StartedTelemetry): void {
  for (const [key, address] of exposedBy(config)) {
    if (listenerAsks(config, address) || (key === 'console.listen' && asksWhoComes(config))) continue;
    const { host } = address;
    const what = `${key} is not a loopback address: whoever reaches it needs no password`;
    log.write('warn', 'gateway.exposed', what, { 'server.address': host });
  }
}
