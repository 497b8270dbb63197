/**
 * The whole gateway as `serve` puts it together, console and OTLP export included, in this process over an engine of the test's own;
 * and what every end-to-end suite asks of it.
 */
import type { Clock } from '../../src/clock';
import { loadConfig } from '../../src/config';
import { type Gateway, startGateway } from '../../src/gateway';
import { encodeBatch } from '../../src/protocol/encode-batch';
import * as createTopicsCodec from '../../src/protocol/generated/create-topics';
import * as deleteRecordsCodec from '../../src/protocol/generated/delete-records';
import * as deleteTopicsCodec from '../../src/protocol/generated/delete-topics';
import { createMetadataRequest, createMetadataRequestTopic } from '../../src/protocol/generated/metadata';
import { toOffset, toPartitionId } from '../../src/types';
import { KafkaClient, METADATA, type Codec } from '../support/kafka-client';
import type { OtlpReceiver } from '../support/otlp-receiver';

export interface WholeGateway {
  /** Of the first listener, and of all. */
  readonly port: number;
  readonly ports: readonly number[];
  /** http://host:port */
  readonly console: string;
  /** A raw client; closed with the gateway. */
  client(clientId?: string): Promise<KafkaClient>;
  close(): Promise<void>;
}

export interface WholeGatewayOptions {
  readonly flags: Readonly<Record<string, string>>;
  readonly receiver?: OtlpReceiver;
  readonly environment?: Readonly<Record<string, string>>;
  /** The gateway's; an embedded node has its own. */
  readonly clock?: Clock;
}

export async function startWholeGateway(options: WholeGatewayOptions): Promise<WholeGateway> {
  const flags = {
    listen: '127.0.0.1:0',
    'console.listen': '127.0.0.1:0',
    'cluster-id': 'e2e',
    'log.level': 'error',
    ...options.flags,
  };
  const config = loadConfig({
    flags: new Map(Object.entries(flags)),
    environment: { ...exportTo(options.receiver), ...options.environment },
    terminal: false,
  });
  const gateway: Gateway = await startGateway(config, {
    version: '0.0.0',
    ...(options.clock === undefined ? {} : { clock: options.clock }),
  });
  const clients: KafkaClient[] = [];
  const ports = gateway.listeners.map((listener) => listener.port);
  const [port = 0] = ports;
  return {
    port,
    ports,
    console: `http://127.0.0.1:${gateway.consoleAddress.port}`,
    async client(clientId = 'e2e') {
      const client = await KafkaClient.connect(port, clientId);
      clients.push(client);
      return client;
    },
    async close() {
      for (const client of clients) await client.close();
      await gateway.close();
    },
  };
}

/** The OTEL_* variables that name the receiver, ordinary spans leaving soon. */
export function exportTo(receiver: OtlpReceiver | undefined): Record<string, string> {
  if (receiver === undefined) return {};
  return { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.httpEndpoint, OTEL_BSP_SCHEDULE_DELAY: '200' };
}

export function batchOf(...values: readonly (string | Buffer)[]): Uint8Array {
  return encodeBatch(
    values.map((value) => ({
      timestamp: Date.now(),
      key: null,
      value: typeof value === 'string' ? Buffer.from(value) : value,
    })),
  );
}

/** Creates the topic where it is not there, by asking for it; resolves with the answer's error code. */
export async function askFor(client: KafkaClient, topic: string): Promise<number> {
  const request = createMetadataRequest({
    topics: [createMetadataRequestTopic({ name: topic })],
    allowAutoTopicCreation: true,
  });
  const answer = await client.call(METADATA, request);
  return answer.topics[0]?.errorCode ?? -1;
}

/** Asks until the topic is there, as clients do: an engine that is busy answers later. */
export async function awaitTopic(client: KafkaClient, topic: string): Promise<void> {
  for (let code = -1; code !== 0;) code = await askFor(client, topic);
}

const CREATE_TOPICS: Codec<createTopicsCodec.CreateTopicsRequest, createTopicsCodec.CreateTopicsResponse> = {
  facts: createTopicsCodec.createTopicsApi,
  write: createTopicsCodec.writeCreateTopicsRequest,
  read: createTopicsCodec.readCreateTopicsResponse,
};

/** Creates a topic of one partition; resolves with the answer's error code. */
export async function createTopic(
  client: KafkaClient,
  name: string,
  settings: Readonly<Record<string, string>>,
  numPartitions = 1,
): Promise<number> {
  const configs = Object.entries(settings).map(([setting, value]) =>
    createTopicsCodec.createCreatableTopicConfig({ name: setting, value }),
  );
  const topic = createTopicsCodec.createCreatableTopic({ name, numPartitions, replicationFactor: 1, configs });
  const answer = await client.call(CREATE_TOPICS, createTopicsCodec.createCreateTopicsRequest({ topics: [topic] }));
  return answer.topics[0]?.errorCode ?? -1;
}

const DELETE_TOPICS: Codec<deleteTopicsCodec.DeleteTopicsRequest, deleteTopicsCodec.DeleteTopicsResponse> = {
  facts: deleteTopicsCodec.deleteTopicsApi,
  write: deleteTopicsCodec.writeDeleteTopicsRequest,
  read: deleteTopicsCodec.readDeleteTopicsResponse,
};

/** Resolves with the answer's error code. */
export async function deleteTopic(client: KafkaClient, name: string): Promise<number> {
  const topics = [deleteTopicsCodec.createDeleteTopicState({ name })];
  const request = deleteTopicsCodec.createDeleteTopicsRequest({ topics, timeoutMs: 10_000 });
  return (await client.call(DELETE_TOPICS, request)).responses[0]?.errorCode ?? -1;
}

const DELETE_RECORDS: Codec<deleteRecordsCodec.DeleteRecordsRequest, deleteRecordsCodec.DeleteRecordsResponse> = {
  facts: deleteRecordsCodec.deleteRecordsApi,
  write: deleteRecordsCodec.writeDeleteRecordsRequest,
  read: deleteRecordsCodec.readDeleteRecordsResponse,
};

/** Moves a partition's log start; -1 stands for its end. Resolves with the partition's answer. */
export async function deleteRecords(
  client: KafkaClient,
  { topic, partition, before }: { readonly topic: string; readonly partition: number; readonly before: number },
): Promise<deleteRecordsCodec.DeleteRecordsPartitionResult | undefined> {
  const partitions = [
    deleteRecordsCodec.createDeleteRecordsPartition({
      partitionIndex: toPartitionId(partition),
      offset: toOffset(before),
    }),
  ];
  const topics = [deleteRecordsCodec.createDeleteRecordsTopic({ name: topic, partitions })];
  const request = deleteRecordsCodec.createDeleteRecordsRequest({ topics, timeoutMs: 10_000 });
  return (await client.call(DELETE_RECORDS, request)).topics[0]?.partitions[0];
}

/** The samples of an exposition whose name and labels begin with `prefix`, by the rest of the line's labels. */
export function samples(exposition: string, name: string): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const line of exposition.split('\n')) {
    const match = /^([a-zA-Z_:]+)(?:\{([^}]*)\})? ([^ ]+)/.exec(line);
    if (match?.[1] === name) found.set(match[2] ?? '', Number(match[3]));
  }
  return found;
}

/** On a connection of its own: one that is kept may be closed by the other side at the moment when it is used again. */
export async function get(url: string): Promise<{ readonly status: number; readonly text: string }> {
  const response = await fetch(url, { headers: { connection: 'close' } });
  return { status: response.status, text: await response.text() };
}
