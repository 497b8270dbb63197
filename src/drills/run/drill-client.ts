/** A Kafka client of the drills' own: one connection, requests one behind the other, no retries, nothing hidden. */
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { distrustOf, judgedLater, takeLeave } from './tls-peer';
import { type Clock, systemClock } from '../../clock';
import { encodeBatch, type EncodableRecord } from '../../protocol/encode-batch';
import { FrameSplitter } from '../../protocol/frame';
import * as createTopics from '../../protocol/generated/create-topics';
import * as deleteTopics from '../../protocol/generated/delete-topics';
import * as fetch from '../../protocol/generated/fetch';
import * as listOffsets from '../../protocol/generated/list-offsets';
import * as produce from '../../protocol/generated/produce';
import { readResponseHeader, requestFrame } from '../../protocol/client-headers';
import { Reader } from '../../protocol/reader';
import { type BatchRecord, readBatchRecords } from '../../protocol/record';
import { batchHeaders } from '../../protocol/record-batch';
import type { Writer } from '../../protocol/writer';
import { toOffset, toPartitionId } from '../../types';

/** One API's codecs, at the version that drills speak. */
export interface DrillCodec<Request, Response> {
  readonly key: number;
  readonly version: number;
  readonly write: (writer: Writer, request: Request, version: number) => void;
  readonly read: (reader: Reader, version: number) => Response;
}

export interface Fetched {
  readonly errorCode: number;
  readonly highWatermark: number;
  readonly records: readonly BatchRecord[];
}

const ANSWER_MS_MAX = 90_000;
const FRAME_BYTES_MAX = 256 * 1024 * 1024;
const PRODUCE: DrillCodec<produce.ProduceRequest, produce.ProduceResponse> = {
  ...{ key: produce.produceApi.key, version: 9 },
  ...{ write: produce.writeProduceRequest, read: produce.readProduceResponse },
};
const FETCH: DrillCodec<fetch.FetchRequest, fetch.FetchResponse> = {
  ...{ key: fetch.fetchApi.key, version: 12 },
  ...{ write: fetch.writeFetchRequest, read: fetch.readFetchResponse },
};
const LIST_OFFSETS: DrillCodec<listOffsets.ListOffsetsRequest, listOffsets.ListOffsetsResponse> = {
  ...{ key: listOffsets.listOffsetsApi.key, version: 6 },
  ...{ write: listOffsets.writeListOffsetsRequest, read: listOffsets.readListOffsetsResponse },
};
const PLACES = { begin: -2, end: -1 } as const;
const CREATE_TOPICS: DrillCodec<createTopics.CreateTopicsRequest, createTopics.CreateTopicsResponse> = {
  ...{ key: createTopics.createTopicsApi.key, version: 5 },
  ...{ write: createTopics.writeCreateTopicsRequest, read: createTopics.readCreateTopicsResponse },
};
const DELETE_TOPICS: DrillCodec<deleteTopics.DeleteTopicsRequest, deleteTopics.DeleteTopicsResponse> = {
  ...{ key: deleteTopics.deleteTopicsApi.key, version: 5 },
  ...{ write: deleteTopics.writeDeleteTopicsRequest, read: deleteTopics.readDeleteTopicsResponse },
};

interface Waiting {
  readonly resolve: (frame: Uint8Array) => void;
  readonly reject: (error: Error) => void;
}

export class DrillClient {
  readonly socket: Socket;
  readonly #clientId: string;
  readonly #clock: Clock;
  readonly #waiting: Waiting[] = [];
  #correlationId = 0;

  private constructor(socket: Socket, clientId: string, clock: Clock) {
    this.socket = socket;
    this.#clientId = clientId;
    this.#clock = clock;
    const splitter = new FrameSplitter(FRAME_BYTES_MAX);
    socket.on('data', (chunk: Buffer) => {
      for (const frame of splitter.push(chunk)) this.#waiting.shift()?.resolve(frame);
    });
    socket.on('error', () => undefined);
    socket.once('close', () => {
      for (const { reject } of this.#waiting.splice(0)) reject(new Error('the gateway closed the connection'));
    });
  }

  /** `bootstrap` is host:port, or several parted by commas, of which the first is taken; over TLS where `tls` says how. */
  static connect(
    bootstrap: string,
    clientId: string,
    clock: Clock = systemClock,
    tls?: ConnectionOptions,
  ): Promise<DrillClient> {
    const match = /^\[?([^\],]+?)\]?:(\d+)(?:,|$)/.exec(bootstrap);
    if (match === null) return Promise.reject(new Error(`no address of a gateway: ${bootstrap}`));
    return new Promise((resolve, reject) => {
      const address = { host: match[1] ?? '', port: Number(match[2]), noDelay: true };
      const made = (socket: Socket): void => resolve(new DrillClient(socket, clientId, clock));
      if (tls === undefined) {
        const socket = connect(address, () => made(socket)).once('error', reject);
        return;
      }
      const socket = connectTls({ ...address, ...judgedLater(tls) }, () => {
        const distrust = distrustOf(socket, address.host, tls);
        if (distrust === undefined) return made(socket);
        takeLeave(socket);
        reject(distrust);
      }).once('error', reject);
    });
  }

  /** Rejects when the connection ends, or nothing comes for very long. */
  async call<Request, Response>(codec: DrillCodec<Request, Response>, request: Request): Promise<Response> {
    const frame = this.#next();
    this.send(codec, request);
    const reader = new Reader(await frame);
    readResponseHeader(reader, codec.key, codec.version);
    return codec.read(reader, codec.version);
  }

  /** Sends and waits for nothing. */
  send<Request>(codec: DrillCodec<Request, unknown>, request: Request): void {
    const { key: apiKey, version: apiVersion } = codec;
    const correlationId = ++this.#correlationId;
    const writer = requestFrame({ apiKey, apiVersion, correlationId, clientId: this.#clientId });
    codec.write(writer, request, apiVersion);
    for (const chunk of writer.finishFrame()) this.socket.write(chunk);
  }

  /** Kafka's error code of it; one of a topic that is there already is fine. */
  async createTopic(name: string, configs: Readonly<Record<string, string>> = {}): Promise<number> {
    const settings = Object.entries(configs).map(([key, value]) =>
      createTopics.createCreatableTopicConfig({ name: key, value }),
    );
    const topic = createTopics.createCreatableTopic({
      name,
      numPartitions: 1,
      replicationFactor: 1,
      configs: settings,
    });
    const request = createTopics.createCreateTopicsRequest({ topics: [topic], timeoutMs: 10_000 });
    return (await this.call(CREATE_TOPICS, request)).topics[0]?.errorCode ?? -1;
  }

  async deleteTopics(...names: readonly string[]): Promise<void> {
    await this.call(DELETE_TOPICS, deleteTopics.createDeleteTopicsRequest({ topicNames: names, timeoutMs: 10_000 }));
  }

  /** One batch to partition 0, acks=all. */
  async produce(topic: string, records: readonly EncodableRecord[], timeoutMs = 30_000): Promise<number> {
    const partition = produce.createPartitionProduceData({ index: toPartitionId(0), records: encodeBatch(records) });
    const topicData = [produce.createTopicProduceData({ name: topic, partitionData: [partition] })];
    const answer = await this.call(PRODUCE, produce.createProduceRequest({ acks: -1, timeoutMs, topicData }));
    return answer.responses[0]?.partitionResponses[0]?.errorCode ?? -1;
  }

  /** Where partition 0 begins or ends; reads no record. */
  async offsetOf(topic: string, place: keyof typeof PLACES): Promise<{ errorCode: number; offset: number }> {
    const partitions = [listOffsets.createListOffsetsPartition({ timestamp: PLACES[place] })];
    const topics = [listOffsets.createListOffsetsTopic({ name: topic, partitions })];
    const answer = await this.call(LIST_OFFSETS, listOffsets.createListOffsetsRequest({ topics }));
    const { errorCode = -1, offset = -1 } = answer.topics[0]?.partitions[0] ?? {};
    return { errorCode, offset };
  }

  /** Of partition 0 from an offset on. */
  async fetch(topic: string, offset: number, maxWaitMs = 500): Promise<Fetched> {
    const partition = (await this.call(FETCH, fetchOf(topic, offset, maxWaitMs))).responses[0]?.partitions[0];
    if (partition === undefined) return { errorCode: -1, highWatermark: -1, records: [] };
    const records = (partition.records ?? []).flatMap((batches) =>
      batchHeaders(batches, 'cut').flatMap((header) => [...readBatchRecords(batches, header)]),
    );
    const { errorCode, highWatermark } = partition;
    return {
      errorCode,
      highWatermark: Number(highWatermark),
      records: records.filter((each) => each.offset >= offset),
    };
  }

  /** Asks for it and reads nothing that comes. */
  fetchUnread(topic: string): void {
    this.socket.pause();
    this.send(FETCH, fetchOf(topic, 0, 0));
  }

  close(): void {
    this.socket.destroy();
  }

  #next(): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      const timer = this.#clock.after(ANSWER_MS_MAX, () => this.socket.destroy());
      const done =
        <T>(then: (value: T) => void) =>
        (value: T): void => {
          timer.cancel();
          then(value);
        };
      this.#waiting.push({ resolve: done(resolve), reject: done(reject) });
      if (this.socket.destroyed) this.#waiting.pop()?.reject(new Error('the gateway closed the connection'));
    });
  }
}

function fetchOf(topic: string, offset: number, maxWaitMs: number): fetch.FetchRequest {
  const partition = fetch.createFetchPartition({
    ...{ partition: toPartitionId(0), fetchOffset: toOffset(offset), partitionMaxBytes: 8 * 1024 * 1024 },
  });
  return fetch.createFetchRequest({
    ...{ maxWaitMs, minBytes: 1, maxBytes: 50 * 1024 * 1024 },
    topics: [fetch.createFetchTopic({ topic, partitions: [partition] })],
  });
}
