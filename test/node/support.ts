/** What the node's tests share: record batches made by hand, a client of the node's gRPC, a directory that goes away. */
import { credentials } from '@grpc/grpc-js';
import type { ClientDuplexStream } from '@grpc/grpc-js';
import { crc32c } from '@node-rs/crc32';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { RecordLogClient } from '../../src/rpc/record_log';
import type * as rpc from '../../src/rpc/record_log';

export interface BatchOptions {
  readonly records: readonly TestRecord[];
  readonly timestampMs?: number;
  readonly producerId?: bigint;
  readonly producerEpoch?: number;
  readonly baseSequence?: number;
}

export interface TestRecord {
  readonly key?: Buffer | null;
  readonly value: Buffer | null;
  /** Added to the batch's timestamp. */
  readonly timestampDeltaMs?: number;
}

/** An uncompressed batch as a producer sends it: base offset 0. */
export function makeBatch(options: BatchOptions): Buffer {
  const { records, timestampMs = 1_700_000_000_000 } = options;
  const body = Buffer.concat(records.map(encodeRecord));
  const batch = Buffer.alloc(61 + body.length);
  batch.writeInt32BE(batch.length - 12, 8);
  batch.writeInt32BE(-1, 12);
  batch.writeInt8(2, 16);
  batch.writeInt32BE(records.length - 1, 23);
  batch.writeBigInt64BE(BigInt(timestampMs), 27);
  const newest = Math.max(0, ...records.map((record) => record.timestampDeltaMs ?? 0));
  batch.writeBigInt64BE(BigInt(timestampMs + newest), 35);
  batch.writeBigInt64BE(options.producerId ?? -1n, 43);
  batch.writeInt16BE(options.producerEpoch ?? -1, 51);
  batch.writeInt32BE(options.baseSequence ?? -1, 53);
  batch.writeInt32BE(records.length, 57);
  body.copy(batch, 61);
  batch.writeUInt32BE(crc32c(batch.subarray(21)), 17);
  return batch;
}

/** One record of a value. */
export function valueBatch(value: string | Buffer, options: Partial<BatchOptions> = {}): Buffer {
  return makeBatch({ ...options, records: [{ value: Buffer.from(value) }] });
}

function encodeRecord({ key = null, value, timestampDeltaMs = 0 }: TestRecord, index: number): Buffer {
  const parts = [
    Buffer.from([0]),
    varint(timestampDeltaMs),
    varint(index),
    bytesField(key),
    bytesField(value),
    varint(0),
  ];
  const body = Buffer.concat(parts);
  return Buffer.concat([varint(body.length), body]);
}

function bytesField(bytes: Buffer | null): Buffer {
  return bytes === null ? varint(-1) : Buffer.concat([varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  let rest = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n));
  const bytes: number[] = [];
  do {
    const low = Number(rest & 127n);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 128 : low);
  } while (rest > 0n);
  return Buffer.from(bytes);
}

export function censusOf(records: number, valueBytes: number): rpc.Census {
  return { records, nulls: 0, empties: 0, controls: 0, valueBytes: BigInt(valueBytes) };
}

const directories: string[] = [];

/** A directory of its own; `removeDirectories` removes all. */
export function makeDirectory(): string {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'node-test-'));
  directories.push(directory);
  return directory;
}

export function removeDirectories(): void {
  for (const directory of directories.splice(0)) fs.rmSync(directory, { recursive: true, force: true });
}

const CLIENT_OPTIONS = {
  'grpc.max_receive_message_length': -1,
  'grpc.max_send_message_length': -1,
  'grpc-node.flow_control_window': 16 * 1024 * 1024,
};

export function connect(address: string): RecordLogClient {
  return new RecordLogClient(address, credentials.createInsecure(), CLIENT_OPTIONS);
}

/** A unary call as a promise. */
export function call<Response>(
  begin: (done: (error: Error | null, response: Response) => void) => unknown,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    begin((error, response) => (error === null ? resolve(response) : reject(error)));
  });
}

/** A stream of answers that can be asked for one after the other. */
export class Answers<T> {
  private readonly arrived: T[] = [];
  private readonly waiting: { resolve: (answer: T) => void; reject: (error: Error) => void }[] = [];
  private failure: Error | undefined;

  constructor(stream: ClientDuplexStream<never, T>) {
    stream.on('data', (answer: T) => {
      const waiter = this.waiting.shift();
      if (waiter === undefined) this.arrived.push(answer);
      else waiter.resolve(answer);
    });
    stream.on('end', () => this.fail(new Error('the stream ended')));
    stream.on('error', (error: Error) => this.fail(error));
  }

  next(): Promise<T> {
    const answer = this.arrived.shift();
    if (answer !== undefined) return Promise.resolve(answer);
    if (this.failure !== undefined) return Promise.reject(this.failure);
    return new Promise((resolve, reject) => this.waiting.push({ resolve, reject }));
  }

  private fail(error: Error): void {
    this.failure ??= error;
    for (const waiter of this.waiting.splice(0)) waiter.reject(error);
  }
}

export class Publisher {
  readonly stream: ClientDuplexStream<rpc.PublishRequest, rpc.PublishResponse>;
  private readonly answers: Answers<rpc.PublishResponse>;

  constructor(client: RecordLogClient, topic: string, partition = 0) {
    this.stream = client.publish();
    this.answers = new Answers(this.stream);
    this.stream.write({ message: { $case: 'init', init: { topicPartition: { topic, partition } } } });
  }

  async hello(): Promise<rpc.PublishHello> {
    const { message } = await this.answers.next();
    if (message?.$case !== 'hello') throw new Error(`expected hello, got ${String(message?.$case)}`);
    return message.hello;
  }

  send(batch: Buffer, census?: rpc.Census): void {
    this.stream.write({ message: { $case: 'append', append: { batch, census } } });
  }

  async ack(): Promise<rpc.Ack> {
    const { message } = await this.answers.next();
    if (message?.$case !== 'ack') throw new Error(`expected an ack, got ${String(message?.$case)}`);
    return message.ack;
  }

  async append(batch: Buffer, census?: rpc.Census): Promise<rpc.Ack> {
    this.send(batch, census);
    return this.ack();
  }
}

export class Subscriber {
  readonly stream: ClientDuplexStream<rpc.SubscribeRequest, rpc.SubscribeResponse>;
  private readonly answers: Answers<rpc.SubscribeResponse>;

  constructor(
    client: RecordLogClient,
    topic: string,
    options: { offset?: number; credit?: number; heartbeatMs?: number } = {},
  ) {
    this.stream = client.subscribe();
    this.answers = new Answers(this.stream);
    const init = {
      topicPartition: { topic, partition: 0 },
      offset: BigInt(options.offset ?? 0),
      creditBytes: BigInt(options.credit ?? 1 << 30),
      heartbeatIntervalMs: options.heartbeatMs ?? 60_000,
      subscriberName: 'test',
    };
    this.stream.write({ message: { $case: 'init', init } });
  }

  credit(bytes: number): void {
    this.stream.write({ message: { $case: 'credit', credit: { bytes: BigInt(bytes) } } });
  }

  async next(): Promise<NonNullable<rpc.SubscribeResponse['message']>> {
    const { message } = await this.answers.next();
    if (message === undefined) throw new Error('an answer of no known kind');
    return message;
  }

  async init(): Promise<rpc.SubscribeInitAnswer> {
    const message = await this.next();
    if (message.$case !== 'init') throw new Error(`expected init, got ${message.$case}`);
    return message.init;
  }

  async records(): Promise<rpc.Records> {
    const message = await this.next();
    if (message.$case !== 'records') throw new Error(`expected records, got ${message.$case}`);
    return message.records;
  }
}

export interface ReadBatch {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly crcMatches: boolean;
  readonly bytes: Buffer;
}

/** The batches in a run of bytes. */
export function splitBatches(bytes: Uint8Array): ReadBatch[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const batches: ReadBatch[] = [];
  for (let at = 0; at < buffer.length;) {
    const size = buffer.readInt32BE(at + 8) + 12;
    const batch = buffer.subarray(at, at + size);
    const baseOffset = Number(batch.readBigInt64BE(0));
    batches.push({
      baseOffset,
      lastOffset: baseOffset + batch.readInt32BE(23),
      crcMatches: crc32c(batch.subarray(21)) === batch.readUInt32BE(17),
      bytes: batch,
    });
    at += size;
  }
  return batches;
}
