/**
 * Handlers over a real engine: the embedded node in this thread, real gRPC, and every request and answer through its bytes of the
 * version that is asked for.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { systemClock } from '../../src/clock';
import { createEngine } from '../../src/engine/create-engine';
import type { Engine } from '../../src/engine/engine';
import { createRecordLogDialect } from '../../src/engine/record-log/record-log-dialect';
import { DEFAULT_ENGINE_SETTINGS } from '../../src/engine/settings';
import type { AnyApi, RequestContext } from '../../src/kafka/api/define-api';
import { ClientGroups } from '../../src/kafka/clients/client-groups';
import { ConnectedClient } from '../../src/kafka/clients/connected-client';
import type { ConnectionSession } from '../../src/kafka/connection-session';
import { soleBroker } from '../../src/kafka/cluster/sole-broker';
import { createServices } from '../../src/kafka/create-services';
import { createGroups } from '../../src/kafka/groups/create-groups';
import { DEFAULT_GROUP_SETTINGS } from '../../src/kafka/groups/classic/group-settings';
import type { KafkaSettings } from '../../src/kafka/kafka-settings';
import type { Services } from '../../src/kafka/services';
import { EmbeddedNode } from '../../src/node/node';
import { Reader } from '../../src/protocol/reader';
import { Writer } from '../../src/protocol/writer';
import { createTelemetry } from '../../src/telemetry/create-telemetry';
import type { RunningTelemetry } from '../../src/telemetry/create-telemetry';
import { expectEnd } from '../support/client-headers';
import { PATIENT } from '../support/patient';

export interface Codec<Request, Response> {
  readonly api: AnyApi;
  readonly write: (writer: Writer, value: Request, version: number) => void;
  readonly read: (reader: Reader, version: number) => Response;
}

export interface HandlerBench {
  /** Behind the engine; it has the same defaults. */
  readonly node: EmbeddedNode;
  readonly engine: Engine;
  readonly telemetry: RunningTelemetry;
  readonly services: Services;
  /** The newest version unless one is given. */
  call<Request, Response>(codec: Codec<Request, Response>, request: Request, version?: number): Promise<Response>;
  close(): Promise<void>;
}

export const SETTINGS: KafkaSettings = {
  autoCreateTopics: false,
  defaultPartitionCount: 3,
  messageBytesMax: 1_048_588,
  decompressedBytesMax: 64 << 20,
  fetchBytesMax: 55 << 20,
  responseBytesBudget: 64 << 20,
  fetchSessionsMax: 1_000,
  requestTimeoutMsMax: 60_000,
  topicDefaults: new Map([['segment.ms', '1000000']]),
};

const LISTENER = {
  name: 'PLAINTEXT',
  protocol: 'PLAINTEXT' as const,
  advertisedHost: '127.0.0.1',
  advertisedPort: 9092,
};

export async function startHandlers(): Promise<HandlerBench> {
  const dataDirectory = mkdtempSync(path.join(tmpdir(), 'admin-'));
  const node = await EmbeddedNode.open({ dataDirectory, topicDefaults: Object.fromEntries(SETTINGS.topicDefaults) });
  const telemetry = createTelemetry();
  const clock = systemClock;
  const settings = { ...DEFAULT_ENGINE_SETTINGS, ...PATIENT };
  const dialect = createRecordLogDialect({
    address: node.info.address,
    ackMeaning: 'written',
    settings,
    clock,
    instruments: telemetry.instruments,
  });
  const engine = createEngine({ kind: 'embedded', dialect, telemetry, settings });
  const groupSettings = { ...DEFAULT_GROUP_SETTINGS, initialRebalanceDelayMs: 0 };
  const groups = createGroups({ engine, telemetry, clock, settings: groupSettings });
  const cluster = soleBroker('cluster', [LISTENER]);
  const services = createServices({ engine, telemetry, clock, settings: SETTINGS, groups, cluster });
  return {
    node,
    engine,
    telemetry,
    services,
    call: (codec, request, version) => callHandler(services, codec, request, version),
    async close() {
      await groups.close();
      await engine.close();
      await node.close();
      telemetry.close();
      rmSync(dataDirectory, { recursive: true, force: true });
    },
  };
}

function connectionSession(): ConnectionSession {
  const client = new ConnectedClient({ address: '127.0.0.1', port: 1, listener: LISTENER }, new ClientGroups());
  return {
    connectionId: 'c',
    clientAddress: '127.0.0.1',
    clientPort: 1,
    listener: LISTENER,
    principal: 'ANONYMOUS',
    client,
  };
}

/** The newest version unless one is given. */
export async function callHandler<Request, Response>(
  services: Services,
  { api, write, read }: Codec<Request, Response>,
  request: Request,
  version = api.facts.requestVersions.max,
): Promise<Response> {
  const asked = new Writer();
  write(asked, request, version);
  const reader = new Reader(Buffer.concat(asked.finish()));
  const decoded = api.read(reader, version);
  expectEnd(reader);
  const operation = services.telemetry.operations.root('request', { spanName: api.facts.name });
  const context: RequestContext = {
    operation,
    signal: new AbortController().signal,
    stopping: new AbortController().signal,
    apiVersion: version,
    correlationId: 1,
    clientId: 'client',
    requestBytes: 0,
    session: connectionSession(),
    arrivedMs: services.clock.monotonicMs(),
    effectsTurn: undefined,
    effectsBegun: () => undefined,
    throttled: () => undefined,
    afterResponse: () => undefined,
  };
  const response = await api.handle(decoded, context, services);
  operation.end();
  const answered = new Writer();
  api.write(answered, response, version);
  const answer = new Reader(Buffer.concat(answered.finish()));
  const value = read(answer, version);
  expectEnd(answer);
  // The answer for the whole request must fit every version, too.
  api.write(new Writer(), api.failure(decoded, 15, context), version);
  return value;
}
