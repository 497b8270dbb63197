/**
 * The gateway put together: telemetry → engine → Kafka services → Kafka port → console, and taken apart in the other order. The only
 * place that knows every layer.
 */
import { type Clock, systemClock } from './clock';
import { advertisedAddress, type Config, ConfigError } from './config';
import { type Address, formatAddress, isLoopback } from './config/address';
import { startConsole } from './console/console';
import type { Engine } from './engine/engine';
import { clusterIdFrom } from './gateway/cluster-id';
import { type OpenEngine, openEngine } from './gateway/open-engine';
import { apis } from './kafka/api';
import { createServices } from './kafka/create-services';
import { createGroups } from './kafka/group/create-groups';
import type { Identity } from './kafka/services';
import { initZstd } from './protocol/compression/zstd';
import { bindListener, type Listener } from './server/listener';
import { type StartedTelemetry, startTelemetry } from './telemetry/start-telemetry';

export interface Gateway {
  /** What the Kafka port listens on, and what clients are told. */
  readonly kafkaAddress: Address;
  readonly advertised: Address;
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

/** One broker as clients see it: every partition's leader and the controller. */
const BROKER_ID = 1;

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
    await initZstd();
    // The port first: a second gateway on it must not touch the data directory.
    const listener = await bound('listen', config.general.listen, () =>
      bindListener({ ...config.general.listen, limits: config.limits, clock, telemetry }),
    );
    const open = await openEngine(config, { clock, telemetry }).catch(async (error: unknown) => {
      await listener.close();
      throw error;
    });
    opened.push(() => open.close());
    opened.push(() => listener.close());

    const groups = createGroups({ engine: open.engine, telemetry, clock, settings: config.groups });
    // Closed once nobody can ask any more, before the engine that stores their offsets.
    opened.splice(-1, 0, () => groups.close());

    const identity = await identify(config, { open, telemetry, listener });
    const services = createServices({
      engine: open.engine,
      telemetry,
      clock,
      identity,
      settings: config.kafka,
      groups,
    });
    const web = await bound('console.listen', config.console.listen, () =>
      startConsole({ ...config.console.listen, hosts: config.console.hosts, telemetry, engine: open.engine }),
    );
    // Closed after the engine, before telemetry: it shows the drain.
    opened.splice(1, 0, () => web.close());
    listener.serve(apis, services);
    warnOfExposure(config, telemetry);
    return describe({ config, telemetry, listener, open, identity, consoleAddress: web.address, close });
  } catch (error) {
    await close();
    throw error;
  }
}

interface Parts {
  readonly telemetry: StartedTelemetry;
  readonly listener: Listener;
  readonly open: OpenEngine;
}

async function identify(config: Config, { open, telemetry, listener }: Parts): Promise<Identity> {
  const advertised = advertisedAddress(config, listener.address.port);
  return {
    brokerId: BROKER_ID,
    clusterId: open.clusterId ?? config.general.clusterId ?? (await askClusterId(open.engine, telemetry)),
    advertisedHost: advertised.host,
    advertisedPort: advertised.port,
  };
}

interface StartedParts extends Parts {
  readonly config: Config;
  readonly identity: Identity;
  readonly consoleAddress: Address;
  readonly close: () => Promise<void>;
}

function describe(parts: StartedParts): Gateway {
  const { config, telemetry, open, identity, consoleAddress, close } = parts;
  const kafkaAddress = parts.listener.address;
  const advertised = { host: identity.advertisedHost, port: identity.advertisedPort };
  const [bootstrap, listening] = [formatAddress(advertised), formatAddress(kafkaAddress)];
  telemetry.log.write('info', 'gateway.ready', 'the gateway serves', {
    bootstrap,
    listening,
    console: formatAddress(consoleAddress),
    engine: open.engine.kind,
    cluster_id: identity.clusterId,
  });
  return {
    kafkaAddress,
    advertised,
    consoleAddress,
    summary: [
      ['bootstrap', bootstrap],
      ...(listening === bootstrap ? [] : [['listening', listening] as const]),
      ['console', `http://${formatAddress(consoleAddress)} (/metrics /healthz /readyz /debug/inflight)`],
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

async function openTelemetry(config: Config, options: { clock: Clock; version: string }): Promise<StartedTelemetry> {
  const { general, log, logForm, otel } = config;
  try {
    return await startTelemetry({
      ...options,
      otel,
      trace: general.trace,
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

function warnOfExposure(config: Config, { log }: StartedTelemetry): void {
  const exposed = [
    ['listen', config.general.listen],
    ['console.listen', config.console.listen],
  ] as const;
  for (const [key, { host }] of exposed) {
    if (isLoopback(host)) continue;
    const what = `${key} is not a loopback address: whoever reaches it needs no password`;
    log.write('warn', 'gateway.exposed', what, { 'server.address': host });
  }
}
