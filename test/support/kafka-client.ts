/**
 * A raw Kafka client for tests: it writes requests with the generated writers, or any bytes at all, and reads answers in order. It keeps
 * no metadata, retries nothing and hides nothing.
 */
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { FrameSplitter } from '../../src/protocol/frame';
import * as fetchCodec from '../../src/protocol/generated/fetch';
import * as listOffsetsCodec from '../../src/protocol/generated/list-offsets';
import * as metadataCodec from '../../src/protocol/generated/metadata';
import * as produceCodec from '../../src/protocol/generated/produce';

import { Reader } from '../../src/protocol/reader';
import type { Writer } from '../../src/protocol/writer';
import { toOffset, toPartitionId } from '../../src/types';
import { readResponseHeader, requestFrame } from '../../src/protocol/client-headers';
import { expectEnd } from './client-headers';

/** What one API's codecs bring. */
export interface Codec<Request, Response> {
  readonly facts: {
    readonly key: number;
    readonly name: string;
    readonly requestVersions: { readonly min: number; readonly max: number };
  };
  readonly write: (writer: Writer, request: Request, version: number) => void;
  readonly read: (reader: Reader, version: number) => Response;
}

export const FETCH: Codec<fetchCodec.FetchRequest, fetchCodec.FetchResponse> = {
  facts: fetchCodec.fetchApi,
  write: fetchCodec.writeFetchRequest,
  read: fetchCodec.readFetchResponse,
};
export const PRODUCE: Codec<produceCodec.ProduceRequest, produceCodec.ProduceResponse> = {
  facts: produceCodec.produceApi,
  write: produceCodec.writeProduceRequest,
  read: produceCodec.readProduceResponse,
};
export const METADATA: Codec<metadataCodec.MetadataRequest, metadataCodec.MetadataResponse> = {
  facts: metadataCodec.metadataApi,
  write: metadataCodec.writeMetadataRequest,
  read: metadataCodec.readMetadataResponse,
};
export const LIST_OFFSETS: Codec<listOffsetsCodec.ListOffsetsRequest, listOffsetsCodec.ListOffsetsResponse> = {
  facts: listOffsetsCodec.listOffsetsApi,
  write: listOffsetsCodec.writeListOffsetsRequest,
  read: listOffsetsCodec.readListOffsetsResponse,
};

/** Of requests that do not say how long they wait: what a busy machine may take, for a fetch that expects records. */
const PATIENCE_MS = 20_000;

/** What a fetch of one partition brought. */
export interface Fetched {
  readonly response: fetchCodec.FetchResponse;
  readonly partition: fetchCodec.PartitionData;
  readonly records: Buffer;
}

interface Waiting {
  readonly resolve: (frame: Uint8Array) => void;
  readonly reject: (error: Error) => void;
}

export class KafkaClient {
  readonly socket: Socket;
  /** Resolves when the connection is gone. */
  readonly closed: Promise<void>;
  readonly clientId: string;
  private readonly splitter = new FrameSplitter(0x7fffffff);
  private readonly arrived: Uint8Array[] = [];
  private readonly waiting: Waiting[] = [];
  private correlationId = 0;
  private gone = false;

  private constructor(socket: Socket, clientId: string) {
    this.socket = socket;
    this.clientId = clientId;
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.gone = true;
        for (const { reject } of this.waiting.splice(0)) reject(new Error('the connection was closed'));
        resolve();
      });
    });
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      for (const frame of this.splitter.push(chunk)) {
        const next = this.waiting.shift();
        if (next === undefined) this.arrived.push(frame);
        else next.resolve(frame);
      }
    });
  }

  /** Over TLS where `tls` says how. */
  static connect(port: number, clientId = 'raw', tls?: ConnectionOptions): Promise<KafkaClient> {
    return new Promise((resolve, reject) => {
      const address = { host: '127.0.0.1', port, noDelay: true };
      const socket = tls === undefined ? connect(address) : connectTls({ ...address, ...tls });
      socket.once('error', reject);
      socket.once(tls === undefined ? 'connect' : 'secureConnect', () => {
        socket.removeListener('error', reject);
        resolve(new KafkaClient(socket, clientId));
      });
    });
  }

  /** Bytes as they are. */
  write(bytes: Uint8Array): void {
    this.socket.write(bytes);
  }

  /** Sends a request; returns its correlation id. */
  send<Request>(codec: Codec<Request, unknown>, request: Request, version = codec.facts.requestVersions.max): number {
    const correlationId = ++this.correlationId;
    for (const chunk of encodeRequest(codec, request, { version, correlationId, clientId: this.clientId })) {
      this.socket.write(chunk);
    }
    return correlationId;
  }

  /** The next whole answer, header included. Rejects when the connection is closed. */
  frame(): Promise<Uint8Array> {
    const there = this.arrived.shift();
    if (there !== undefined) return Promise.resolve(there);
    if (this.gone) return Promise.reject(new Error('the connection was closed'));
    return new Promise((resolve, reject) => this.waiting.push({ resolve, reject }));
  }

  /** The next answer, which must be the one to `correlationId`. */
  async answer<Response>(
    codec: Codec<never, Response>,
    correlationId: number,
    version = codec.facts.requestVersions.max,
  ): Promise<Response> {
    const reader = new Reader(await this.frame());
    const got = readResponseHeader(reader, codec.facts.key, version);
    if (got !== correlationId) throw new Error(`expected the answer to ${correlationId}, got that to ${got}`);
    const response = codec.read(reader, version);
    expectEnd(reader);
    return response;
  }

  call<Request, Response>(codec: Codec<Request, Response>, request: Request, version?: number): Promise<Response> {
    return this.answer(codec, this.send(codec, request, version), version);
  }

  /** One partition's batches; acks=all. */
  async produce(
    topic: string,
    records: Uint8Array,
    options: {
      readonly partition?: number;
      readonly acks?: number;
      readonly timeoutMs?: number;
      readonly version?: number;
    } = {},
  ): Promise<produceCodec.PartitionProduceResponse> {
    const response = await this.call(PRODUCE, produceRequest(topic, records, options), options.version ?? 12);
    const answer = response.responses[0]?.partitionResponses[0];
    if (answer === undefined) throw new Error('an answer without the partition');
    return answer;
  }

  /** One partition from an offset on, without a session. */
  async fetch(topic: string, offset: number, options: FetchOptions = {}): Promise<Fetched> {
    const response = await this.call(FETCH, fetchRequest(topic, offset, options), 12);
    const partition = response.responses[0]?.partitions[0];
    if (partition === undefined) throw new Error(`an answer without the partition, error ${response.errorCode}`);
    return { response, partition, records: Buffer.concat(partition.records ?? []) };
  }

  async close(): Promise<void> {
    this.socket.destroy();
    await this.closed;
  }
}

export interface FetchOptions {
  readonly partition?: number;
  readonly maxWaitMs?: number;
  readonly minBytes?: number;
  readonly maxBytes?: number;
  readonly partitionMaxBytes?: number;
}

export function encodeRequest<Request>(
  codec: Codec<Request, unknown>,
  request: Request,
  header: { readonly version: number; readonly correlationId: number; readonly clientId: string | null },
): Uint8Array[] {
  const writer = requestFrame({
    apiKey: codec.facts.key,
    apiVersion: header.version,
    correlationId: header.correlationId,
    clientId: header.clientId,
  });
  codec.write(writer, request, header.version);
  return writer.finishFrame();
}

export function produceRequest(
  topic: string,
  records: Uint8Array,
  options: { readonly partition?: number; readonly acks?: number; readonly timeoutMs?: number } = {},
): produceCodec.ProduceRequest {
  return produceCodec.createProduceRequest({
    acks: options.acks ?? -1,
    timeoutMs: options.timeoutMs ?? PATIENCE_MS,
    topicData: [
      produceCodec.createTopicProduceData({
        name: topic,
        partitionData: [
          produceCodec.createPartitionProduceData({ index: toPartitionId(options.partition ?? 0), records }),
        ],
      }),
    ],
  });
}

export function fetchRequest(topic: string, offset: number, options: FetchOptions = {}): fetchCodec.FetchRequest {
  return fetchCodec.createFetchRequest({
    maxWaitMs: options.maxWaitMs ?? PATIENCE_MS,
    minBytes: options.minBytes ?? 1,
    maxBytes: options.maxBytes ?? 50 * 1024 * 1024,
    topics: [
      fetchCodec.createFetchTopic({
        topic,
        partitions: [
          fetchCodec.createFetchPartition({
            partition: toPartitionId(options.partition ?? 0),
            fetchOffset: toOffset(offset),
            partitionMaxBytes: options.partitionMaxBytes ?? 1024 * 1024,
          }),
        ],
      }),
    ],
  });
}
