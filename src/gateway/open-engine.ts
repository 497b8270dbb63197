/** The engine that the configuration names: the embedded node in its thread, one elsewhere, or a SeaweedFS cluster. */
import type { Clock } from '../clock';
import type { Config } from '../config';
import type { Drills } from '../drills/drills';
import { EngineTargets } from '../engine/channel/engine-targets';
import { createEngine } from '../engine/create-engine';
import type { LogUnit } from '../engine/dialect';
import { type DrillableDialect, drilledDialect } from '../engine/drilled-dialect';
import type { Engine } from '../engine/engine';
import { batchDamage } from '../engine/record-log/damage-batch';
import { createRecordLogDialect } from '../engine/record-log/record-log-dialect';
import type { RecordLogOptions } from '../engine/record-log/record-log-dialect';
import { recordShift } from '../engine/seaweedmq/records/damage-record';
import { openClusterSecurity } from '../engine/seaweedmq/security/cluster-security';
import { createSeaweedMqDialect } from '../engine/seaweedmq/seaweedmq-dialect';
import { type RemovalNotice, startNodeWorker } from '../node/start';
import { RemovalMetrics } from '../telemetry/metrics/removal-metrics';
import type { Telemetry } from '../telemetry/telemetry';
import { observeDiskSpace } from './disk-space';
import { lookOnce, tellOtherDefaults } from './node-defaults';
import { nodeAccess, nodeOptions, shownToken } from './node-options';

export interface OpenEngine {
  readonly engine: Engine;
  /** Undefined where the engine has no id of its own. */
  readonly clusterId: string | undefined;
  /** Resolves when the engine died for good; stays pending otherwise. */
  readonly failed: Promise<Error>;
  /** In words, for the start lines: which, and where its data is. */
  readonly described: { readonly engine: string; readonly data: string };
  close(): Promise<void>;
}

interface Surroundings {
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** Undefined unless the gateway was started for drills. */
  readonly drills: Drills | undefined;
}

const never = new Promise<Error>(() => undefined);

export async function openEngine(config: Config, surroundings: Surroundings): Promise<OpenEngine> {
  if (config.general.engine === 'seaweedmq') return openSeaweedMq(config, surroundings);
  const { connect } = config.node;
  return connect === undefined ? openOwnNode(config, surroundings) : openNodeAt(connect, config, surroundings);
}

async function openOwnNode(config: Config, surroundings: Surroundings): Promise<OpenEngine> {
  const { log: logger, instruments } = surroundings.telemetry;
  const removals = new RemovalMetrics(instruments);
  const options = nodeOptions(config);
  const { drills } = surroundings;
  const running = await startNodeWorker(
    { ...options, drills: drills !== undefined },
    {
      logger,
      onRemoved: (notice) => count(notice, removals),
      onFaultFired: (id) => drills?.faults.fired(id),
    },
  );
  drills?.nodeIsAt((faults) => running.putFaults(faults));
  removals.began(running.instanceId);
  observeDiskSpace(instruments, options.dataDirectory);
  instruments.set('seaglass_damaged_ranges', { directory: options.dataDirectory }, running.recovery.damagedRanges);
  const failed = new Promise<Error>((fail) => {
    running.onExit((reason) => fail(new Error(`the embedded node ended: ${reason.message}`, { cause: reason })));
  });
  const shown = shownToken(options, { clock: surroundings.clock, log: logger });
  const engine = recordLogEngine(
    {
      address: running.localAddress,
      token: shown.token,
      ackMeaning: ackMeaning(config),
      removals,
      ...(running.handover === undefined ? {} : { handover: running.handover }),
    },
    config,
    surroundings,
  );
  return {
    engine,
    clusterId: running.clusterId,
    failed,
    described: { engine: `embedded node at ${running.address}`, data: options.dataDirectory },
    close: async () => {
      shown.close();
      await engine.close();
      await running.close();
    },
  };
}

/** What the node's thread tells at each removal. */
function count({ totals, topic }: RemovalNotice, removals: RemovalMetrics): void {
  const { logStartOffset } = topic;
  removals.began(totals.instanceId);
  removals.heard(totals);
  if (logStartOffset === undefined) removals.forget(topic.id);
  else removals.moved({ ...topic, logStartOffset });
}

function openNodeAt(address: string, config: Config, surroundings: Surroundings): OpenEngine {
  const ack = `An ack means what the node at ${address} was started with.`;
  const { clock, telemetry } = surroundings;
  const access = nodeAccess(config, { clock, ...telemetry });
  const check = { address, own: config.kafka.topicDefaults, telemetry };
  const onDescribed = tellOtherDefaults(check);
  const engine = recordLogEngine(
    { address, ackMeaning: ack, onDescribed, tls: access.tls, token: access.token },
    config,
    surroundings,
  );
  const closing = new AbortController();
  const looked = lookOnce(engine, check, closing.signal);
  return {
    engine,
    clusterId: config.general.clusterId,
    failed: never,
    described: { engine: `embedded node at ${address}`, data: `the directory of the node at ${address}` },
    close: async () => {
      closing.abort();
      await looked;
      access.close();
      await engine.close();
    },
  };
}

/** The brokers' records lie in the cluster; this gateway keeps nothing. */
function openSeaweedMq(config: Config, surroundings: Surroundings): OpenEngine {
  const { clock, telemetry, drills } = surroundings;
  const { brokers, masters, filer = '', clusterId, logFlushIntervalMs } = config.general;
  const settings = config.engineSettings;
  const targets = new EngineTargets({ clock, telemetry });
  const dialect = createSeaweedMqDialect({
    targets,
    security: openClusterSecurity(config.seaweedfs, { clock, ...telemetry }),
    brokers,
    masters,
    filer,
    topicDefaults: config.kafka.topicDefaults,
    settings,
    clock,
    instruments: telemetry.instruments,
    log: telemetry.log,
    operations: telemetry.operations,
    watchFlushes: { telemetry, intervalMs: logFlushIntervalMs },
    faults: drills?.faults,
  });
  const engine = engineOver('seaweedmq', { dialect, shift: recordShift }, config, surroundings);
  const known = brokers.length > 0 ? `brokers ${brokers.join(', ')}` : `the brokers of ${masters.join(', ')}`;
  return {
    engine,
    clusterId,
    failed: never,
    described: { engine: `SeaweedMQ, ${known}`, data: `the SeaweedFS cluster of filer ${filer}` },
    close: async () => {
      targets.close();
      await engine.close();
    },
  };
}

function recordLogEngine(
  node: Pick<RecordLogOptions, 'address' | 'ackMeaning' | 'handover' | 'removals' | 'onDescribed' | 'tls' | 'token'>,
  config: Config,
  surroundings: Surroundings,
): Engine {
  const { clock, telemetry, drills } = surroundings;
  const settings = config.engineSettings;
  const targets = new EngineTargets({ clock, telemetry });
  const { instruments } = telemetry;
  const { topicDefaults } = config.kafka;
  const dialect = createRecordLogDialect({
    ...node,
    topicDefaults,
    ...{ settings, clock, targets, instruments, faults: drills?.faults },
  });
  const engine = engineOver('embedded', { dialect, shift: batchDamage, damage: batchDamage }, config, surroundings);
  return {
    ...engine,
    close: async () => {
      targets.close();
      await engine.close();
    },
  };
}

/** Over the dialect as it is, unless the gateway was started for drills. */
function engineOver<U extends LogUnit, D>(
  kind: Engine['kind'],
  drillable: DrillableDialect<U, D>,
  { engineSettings: settings }: Config,
  { clock, telemetry, drills }: Surroundings,
): Engine {
  const dialect = drills === undefined ? drillable.dialect : drilledDialect(drillable, drills.faults);
  const engine = createEngine({ kind, dialect, telemetry, settings, clock });
  drills?.engineIs((topic) => engine.lookAnew(topic));
  return engine;
}

function ackMeaning({ general }: Config): string {
  switch (general.fsync) {
    case 'os':
      return 'the batch is in the hands of the operating system: it survives kill -9, not the loss of power';
    case 'interval':
      return `the batch survives kill -9; the loss of power costs at most the last ${general.fsyncIntervalMs} ms`;
    case 'always':
      return 'the batch was synced to disk: it survives the loss of power';
  }
}
