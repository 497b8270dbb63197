/**
 * A scripted record log: a real gRPC server that follows `proto/record_log.proto` with one partition per topic in memory, and falls
 * silent, or dies, where a switch says so. Switches may change at any time and hold for what begins after.
 */
import { Server, ServerCredentials } from '@grpc/grpc-js';
import type { ServerDuplexStream, ServerUnaryCall, sendUnaryData } from '@grpc/grpc-js';
import { EventEmitter, once } from 'node:events';
import { ErrorCode, RecordLogService } from '../../src/rpc/record_log';
import type * as rpc from '../../src/rpc/record_log';

type SubscribeStream = ServerDuplexStream<rpc.SubscribeRequest, rpc.SubscribeResponse>;
type PublishStream = ServerDuplexStream<rpc.PublishRequest, rpc.PublishResponse>;

/** What is answered; the rest is silence. */
export interface RecordLogSwitches {
  listTopics: boolean;
  range: boolean;
  read: boolean;
  init: boolean;
  records: boolean;
  heartbeats: boolean;
  hello: boolean;
  acks: boolean;
}

/** What is answered, and wrong. */
export interface RecordLogLies {
  /** Reads and inits are answered with neither records nor an error. */
  nulls: boolean;
  /** So many questions where the log ends are answered with 0. */
  zeroEnds: number;
}

export interface ScriptedRecordLog {
  readonly address: string;
  readonly switches: RecordLogSwitches;
  readonly lies: RecordLogLies;
  /** Resolves at the next call of that name: `init`, `hello`, `append`, `listTopics`, `range`, `read`. */
  called(name: string): Promise<unknown>;
  calls(name: string): number;
  /** One batch of one record. */
  append(batch: Uint8Array, census: rpc.Census): void;
  readonly openSubscribers: number;
  /** Cuts every connection without a word, as a killed process does; new ones are accepted. */
  kill(): void;
  stop(): void;
}

interface Stored {
  readonly batch: Uint8Array;
  readonly census: rpc.Census;
}

class Script implements ScriptedRecordLog {
  address = '';
  readonly switches: RecordLogSwitches = {
    listTopics: true,
    range: true,
    read: true,
    init: true,
    records: true,
    heartbeats: true,
    hello: true,
    acks: true,
  };
  readonly lies: RecordLogLies = { nulls: false, zeroEnds: 0 };
  readonly #server = new Server({ 'grpc.max_receive_message_length': -1 });
  readonly #events = new EventEmitter();
  readonly #counts = new Map<string, number>();
  readonly #batches: Stored[] = [];
  readonly #topics: rpc.Topic[] = [];
  #subscribers = new Set<Subscriber>();
  #heartbeat: NodeJS.Timeout | undefined;

  get openSubscribers(): number {
    return this.#subscribers.size;
  }

  async start(): Promise<void> {
    this.#server.addService(RecordLogService, {
      listTopics: this.#unary('listTopics', () => ({ topics: this.#topics, instanceId: 'scripted', removed: [] })),
      createTopic: this.#unary<rpc.CreateTopicRequest, rpc.TopicResponse>('createTopic', ({ name, partitionCount }) => {
        const id = Buffer.alloc(16, this.#topics.length + 1);
        const topic = { name, id, partitionCount, configs: {}, createdAtMs: 0n, logStartOffset: 0n };
        this.#topics.push(topic);
        return { error: undefined, topic };
      }),
      getPartitionRange: this.#unary('range', () => ({
        error: undefined,
        ...this.#range(),
        ...(this.lies.zeroEnds-- > 0 ? { highWatermark: 0n } : {}),
      })),
      read: this.#unary<rpc.ReadRequest, rpc.ReadResponse>('read', ({ offset }) => ({
        error: undefined,
        records: this.lies.nulls ? undefined : this.#records(Number(offset)),
      })),
      subscribe: (stream: SubscribeStream) => this.#subscribe(stream),
      publish: (stream: PublishStream) => this.#publish(stream),
    });
    const port = await new Promise<number>((resolve, reject) => {
      this.#server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      );
    });
    this.address = `127.0.0.1:${port}`;
    this.#heartbeat = setInterval(() => {
      if (this.switches.heartbeats) for (const subscriber of this.#subscribers) this.#beat(subscriber);
    }, 50);
  }

  called(name: string): Promise<unknown> {
    return once(this.#events, name);
  }

  calls(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  append(batch: Uint8Array, census: rpc.Census): void {
    const stored = Buffer.from(batch);
    stored.writeBigInt64BE(BigInt(this.#batches.length), 0);
    this.#batches.push({ batch: stored, census });
    if (this.switches.records) for (const subscriber of this.#subscribers) this.#send(subscriber);
  }

  kill(): void {
    this.#server.drain(this.address, 0);
  }

  stop(): void {
    clearInterval(this.#heartbeat);
    this.#server.forceShutdown();
  }

  #unary<Request, Response>(name: keyof RecordLogSwitches | 'createTopic', answer: (request: Request) => Response) {
    return (call: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>) => {
      this.#count(name);
      if (name === 'createTopic' || this.switches[name]) callback(null, answer(call.request));
    };
  }

  #subscribe(stream: SubscribeStream): void {
    stream.on('data', ({ message }: rpc.SubscribeRequest) => {
      if (message?.$case !== 'init') return;
      this.#count('init');
      if (!this.switches.init) return;
      if (this.lies.nulls) {
        stream.write({ message: undefined });
        return;
      }
      const next = Number(message.init.offset);
      const refused = next > this.#batches.length;
      const error = refused ? { code: ErrorCode.OFFSET_OUT_OF_RANGE, message: 'past the end' } : undefined;
      stream.write({ message: { $case: 'init', init: { error, position: BigInt(next), ...this.#range() } } });
      if (refused) {
        stream.end();
        return;
      }
      const subscriber = { stream, next };
      this.#subscribers.add(subscriber);
      const leave = () => this.#subscribers.delete(subscriber);
      stream.on('cancelled', leave).on('close', leave).on('error', leave);
      if (this.switches.records) this.#send(subscriber);
    });
  }

  #publish(stream: PublishStream): void {
    stream.on('data', ({ message }: rpc.PublishRequest) => {
      if (message?.$case === 'init') {
        this.#count('hello');
        if (!this.switches.hello) return;
        stream.write({ message: { $case: 'hello', hello: { error: undefined, ...this.#range() } } });
      } else if (message?.$case === 'append') {
        this.#count('append');
        const { batch, census } = message.append;
        const baseOffset = BigInt(this.#batches.length);
        if (census !== undefined) this.append(batch, census);
        if (!this.switches.acks) return;
        const ack = { error: undefined, baseOffset, logAppendTimeMs: -1n, duplicate: false, ...this.#range() };
        stream.write({ message: { $case: 'ack', ack } });
      }
    });
  }

  #send(subscriber: Subscriber): void {
    if (subscriber.next >= this.#batches.length) return;
    const records = this.#records(subscriber.next);
    subscriber.next = this.#batches.length;
    subscriber.stream.write({ message: { $case: 'records', records } });
  }

  #beat({ stream, next }: Subscriber): void {
    stream.write({ message: { $case: 'heartbeat', heartbeat: { position: BigInt(next), ...this.#range() } } });
  }

  #records(from: number): rpc.Records {
    const sent = this.#batches.slice(from);
    return {
      batches: Buffer.concat(sent.map(({ batch }) => batch)),
      infos: sent.map(({ batch, census }, index) => ({
        baseOffset: BigInt(from + index),
        lastOffset: BigInt(from + index),
        size: batch.length,
        census,
        maxTimestampMs: 0n,
      })),
      ...this.#range(),
    };
  }

  #range(): { logStartOffset: bigint; highWatermark: bigint; generation: bigint } {
    return { logStartOffset: 0n, highWatermark: BigInt(this.#batches.length), generation: 1n };
  }

  #count(name: string): void {
    this.#counts.set(name, this.calls(name) + 1);
    this.#events.emit(name);
  }
}

interface Subscriber {
  readonly stream: SubscribeStream;
  next: number;
}

export async function startScriptedRecordLog(): Promise<ScriptedRecordLog> {
  const script = new Script();
  await script.start();
  return script;
}
