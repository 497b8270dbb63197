/**
 * A whole gateway in this process, on free ports and data of its own: embedded node, engine, services, Kafka port, telemetry. For tests
 * that look inside; those that meet it from outside start the real program (gateway-process.ts).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditTrail } from '../../src/audit-trail/audit-trail';
import { systemClock, type Clock } from '../../src/clock';
import { createEngine } from '../../src/engine/create-engine';
import type { Engine } from '../../src/engine/engine';
import { createRecordLogDialect } from '../../src/engine/record-log/record-log-dialect';
import { DEFAULT_ENGINE_SETTINGS, type EngineSettings } from '../../src/engine/settings';
import type { HandoverEnd } from '../../src/handover';
import { apis } from '../../src/kafka/api';
import { createServices } from '../../src/kafka/create-services';
import { createGroups } from '../../src/kafka/groups/create-groups';
import { DEFAULT_GROUP_SETTINGS, type GroupSettings } from '../../src/kafka/groups/classic/group-settings';
import type { ClientTelemetrySettings } from '../../src/kafka/client-telemetry/client-telemetry';
import type { KafkaSettings } from '../../src/kafka/kafka-settings';
import { createMechanisms } from '../../src/kafka/sasl/create-mechanisms';
import type { TokenVerifier } from '../../src/kafka/sasl/oauthbearer/token-verifier';
import type { SaslMechanism } from '../../src/kafka/sasl/sasl-failure';
import { DEFAULT_SASL_SETTINGS, type SaslSettings } from '../../src/kafka/sasl/sasl-settings';
import type { Services } from '../../src/kafka/services';
import { StoredState } from '../../src/kafka/state/stored-state';
import { createUsers } from '../../src/kafka/users/create-users';
import { DEFAULT_LIMITS, type Limits } from '../../src/limits';
import { startNode } from '../../src/node/start';
import { initCompression } from '../../src/protocol/compression/compression';
import { soleBroker } from '../../src/kafka/cluster/sole-broker';
import { systemRandom, type Random } from '../../src/random';
import { decodedApis } from '../../src/server/decoded-api';
import { FlightRecorder, type FlightRecorderSettings } from '../../src/server/flight-recorder/flight-recorder';
import { type ListenerEndpoint, Listeners } from '../../src/server/listeners';
import type { ServedApi } from '../../src/server/served-api';
import { SaslDoor } from '../../src/server/sasl/sasl-door';
import { createTelemetry, type RunningTelemetry, type TelemetryOptions } from '../../src/telemetry/create-telemetry';
import { KafkaClient } from './kafka-client';
import { PATIENT } from './patient';

export interface TestGateway {
  readonly port: number;
  readonly engine: Engine;
  readonly services: Services;
  readonly listeners: Listeners;
  readonly recorder: FlightRecorder;
  readonly telemetry: RunningTelemetry;
  /** A raw client; closed with the gateway. */
  client(clientId?: string): Promise<KafkaClient>;
  /** A new topic; its name. */
  topic(options?: {
    readonly partitions?: number;
    readonly configs?: Readonly<Record<string, string>>;
  }): Promise<string>;
  close(): Promise<void>;
}

export interface TestGatewayOptions {
  readonly settings?: Partial<KafkaSettings>;
  readonly limits?: Partial<Limits>;
  /** By which the port finds connections late; the system's unless given. */
  readonly listenerClock?: Clock;
  readonly engineSettings?: Partial<EngineSettings>;
  readonly groups?: Partial<GroupSettings>;
  /** Clients are asked for nothing unless given. */
  readonly clientTelemetry?: ClientTelemetrySettings;
  readonly telemetry?: TelemetryOptions;
  /** Of all above the engine. */
  readonly clock?: Clock;
  /** Of ids; the system's unless given. */
  readonly random?: Random;
  readonly recorder?: Partial<FlightRecorderSettings>;
  /** Told of what is done; nobody is unless given. Whoever made it closes it. */
  readonly auditTrail?: AuditTrail;
  /** Of listeners that speak SASL, which a test binds itself. */
  readonly sasl?: Partial<SaslSettings> & { readonly enabledMechanisms?: readonly SaslMechanism[] };
  readonly usersFile?: string;
  /** Stands before each API; nothing does unless given. */
  readonly watched?: (api: ServedApi) => ServedApi;
  /** Of tokens, for OAUTHBEARER. */
  readonly verifier?: TokenVerifier;
  /** Whether there is state that gateways share; it is looked at all the time. */
  readonly stored?: boolean;
  /** Instead of an embedded node of its own; whoever made it closes it. */
  readonly engine?: (telemetry: RunningTelemetry) => Engine;
}

export const TEST_KAFKA_SETTINGS: KafkaSettings = {
  autoCreateTopics: true,
  defaultPartitionCount: 1,
  messageBytesMax: 1_048_588,
  decompressedBytesMax: 64 * 1024 * 1024,
  fetchBytesMax: 55 * 1024 * 1024,
  responseBytesBudget: 64 * 1024 * 1024,
  fetchSessionsMax: 1_000,
  requestTimeoutMsMax: 60_000,
  topicDefaults: new Map(),
};

/** A listener on a free port that sends clients to itself. */
export const ON_LOOPBACK: ListenerEndpoint = {
  name: 'PLAINTEXT',
  host: '127.0.0.1',
  port: 0,
  advertised: (port) => ({ host: '127.0.0.1', port }),
};

/** As by default. */
const RECORDED: FlightRecorderSettings = { connectionBytesMax: 64 * 1024, bytesMax: 16 * 1024 * 1024 };

let lastTopic = 0;

export async function startTestGateway(options: TestGatewayOptions = {}): Promise<TestGateway> {
  await initCompression();
  const clock = options.clock ?? systemClock;
  const telemetry = createTelemetry(options.telemetry);
  const own = options.engine === undefined ? await ownEngine(telemetry, options.engineSettings ?? {}) : undefined;
  const engine = own?.engine ?? options.engine?.(telemetry);
  if (engine === undefined) throw new Error('no engine');
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const recorder = new FlightRecorder({ ...RECORDED, ...options.recorder }, clock);
  recorder.watch(telemetry.recentTraces);
  const listeners = new Listeners({
    limits,
    clock: options.listenerClock ?? clock,
    telemetry,
    recorder,
    ...(options.auditTrail === undefined ? {} : { auditTrail: options.auditTrail }),
  });
  const { port } = await listeners.bind(ON_LOOPBACK);
  const random = options.random ?? systemRandom;
  const { log, operations } = telemetry;
  const state =
    options.stored === true ? new StoredState({ filer: engine.filer, ...{ clock, operations, log } }) : undefined;
  const users = createUsers({ clock, log, state, file: options.usersFile });
  const groups = createGroups({
    ...{ engine, telemetry, clock, random },
    settings: { ...DEFAULT_GROUP_SETTINGS, ...options.groups },
  });
  const services = createServices({
    engine,
    telemetry,
    clock,
    random,
    cluster: soleBroker('test-cluster', listeners.bound),
    settings: { ...TEST_KAFKA_SETTINGS, ...options.settings },
    groups,
    ...(options.auditTrail === undefined ? {} : { auditTrail: options.auditTrail }),
    users,
    ...(state === undefined ? {} : { state }),
    ...(options.clientTelemetry === undefined ? {} : { clientTelemetry: options.clientTelemetry }),
  });
  await state?.start();
  const { enabledMechanisms = ['SCRAM-SHA-256', 'SCRAM-SHA-512'], ...sasl } = options.sasl ?? {};
  const mechanisms = createMechanisms(enabledMechanisms, {
    ...{ users: users.users, random, verifier: options.verifier },
  });
  const { watched = (api) => api } = options;
  listeners.serve(decodedApis(apis, services).map(watched), clock, {
    ofAddress: (from, nowMs) => services.quotas.address.connected(from, nowMs),
    sasl: new SaslDoor({
      ...{ settings: { ...DEFAULT_SASL_SETTINGS, ...sasl }, mechanismsOf: () => mechanisms },
      ...{ clock, telemetry, auditTrail: options.auditTrail },
    }),
  });
  const clients: KafkaClient[] = [];
  return {
    port,
    recorder,
    engine,
    services,
    listeners,
    telemetry,
    async client(clientId) {
      const client = await KafkaClient.connect(port, clientId);
      clients.push(client);
      return client;
    },
    topic: ({ partitions = 1, configs = {} } = {}) => makeTopic(engine, telemetry, partitions, configs),
    async close() {
      for (const client of clients) await client.close();
      await listeners.close();
      await groups.close();
      users.close();
      await state?.close();
      await own?.close();
      telemetry.close();
    },
  };
}

async function makeTopic(
  engine: Engine,
  telemetry: RunningTelemetry,
  partitionCount: number,
  configs: Readonly<Record<string, string>>,
): Promise<string> {
  const name = `topic-${++lastTopic}`;
  const operation = telemetry.operations.root('catalog.call');
  const context = { operation, signal: new AbortController().signal };
  await engine.createTopic({ name, partitionCount, configs: new Map(Object.entries(configs)) }, context);
  operation.end();
  return name;
}

async function ownEngine(
  telemetry: RunningTelemetry,
  settings: Partial<EngineSettings>,
): Promise<{ readonly engine: Engine; close(): Promise<void> }> {
  const node = await startTestNode();
  const engine = openRecordLogEngine(node.address, telemetry, { settings });
  return {
    engine,
    async close() {
      await engine.close();
      await node.close();
    },
  };
}

/** An embedded node with a directory of its own, which goes when it closes. */
export async function startTestNode(): Promise<{ readonly address: string; close(): Promise<void> }> {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'seaglass-'));
  const node = await startNode({ dataDirectory });
  return {
    address: node.address,
    async close() {
      await node.close();
      rmSync(dataDirectory, { recursive: true, force: true });
    },
  };
}

/** An engine on the node at `address`, as each gateway has one. */
export function openRecordLogEngine(
  address: string,
  telemetry: RunningTelemetry,
  options: {
    readonly settings?: Partial<EngineSettings>;
    readonly clock?: Clock;
    readonly handover?: HandoverEnd;
  } = {},
): ReturnType<typeof createEngine> {
  const clock = options.clock ?? systemClock;
  const patience = clock === systemClock ? PATIENT : {};
  const settings = { ...DEFAULT_ENGINE_SETTINGS, ...patience, ...options.settings };
  const { instruments } = telemetry;
  const dialect = createRecordLogDialect({
    ...{ address, settings, clock, instruments, ackMeaning: 'test' },
    ...(options.handover === undefined ? {} : { handover: options.handover }),
  });
  return createEngine({ kind: 'embedded', dialect, telemetry, settings, clock });
}
