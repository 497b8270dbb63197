/**
 * A scripted SeaweedMQ: a real gRPC server that follows the engine's contract (one broker and the filer subset, in memory) and
 * misbehaves where a switch says so. Switches may change at any time and hold for what begins after.
 *
 *     const mq = await startScriptedSeaweedMQ();
 *     mq.createTopic('orders', 1);
 *     mq.append('orders', 0, { key: null, value: Buffer.from('v') });
 *     mq.switches.receive = 'never';
 *     … a gateway with brokers [mq.address] and filer mq.filer …
 *     await mq.stop();
 */
import { Server, ServerCredentials, status } from '@grpc/grpc-js';
import type { sendUnaryData, ServerUnaryCall } from '@grpc/grpc-js';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { SeaweedFilerService } from '../../src/rpc/filer';
import type { Entry, SeaweedFilerServer } from '../../src/rpc/filer';
import { SeaweedMessagingService } from '../../src/rpc/mq_broker';
import type { BrokerPartitionAssignment, SeaweedMessagingServer } from '../../src/rpc/mq_broker';
import { ScriptedFiler } from './scripted-filer';
import { ScriptedPartition } from './scripted-partition';
import type { ScriptedRecord } from './scripted-partition';
import { publishHandler, subscribeHandler } from './scripted-streams';

/** How a call is answered: as the engine would, not at all, some time or an event later, or with a gRPC failure. */
export type Behaviour =
  | 'normal'
  | 'never'
  | { readonly lateMs: number }
  | { readonly until: Promise<unknown> }
  | { readonly fail: { readonly code: number; readonly message: string } };

export interface Switches {
  configureTopic: Behaviour;
  listTopics: Behaviour;
  lookup: Behaviour;
  range: Behaviour;
  fetch: Behaviour;
  unflushed: Behaviour;
  filer: Behaviour;
  /** Entries that are made, where the filer behaves otherwise. */
  storing: Behaviour;
  /** Listings of the filer answer what was there when they were asked for, and only then. */
  listings: Promise<void> | undefined;
  /** Listings of these directories are never answered. */
  listingsNever: (directory: string) => boolean;
  /** Log files are in chunks, as the engine's are: their content comes by HTTP, and `logFile` says how. */
  chunkedFiles: boolean;
  logFile: Behaviour;
  /** Opening a subscriber: `never` accepts the stream and ignores its init. */
  subscribe: Behaviour;
  /** Records on a subscriber stream: `never` keeps silent although records are there. */
  receive: Behaviour;
  /** A publisher's hello. */
  publishInit: Behaviour;
  publishAck: Behaviour;
  /** What a publisher's init is refused with: the engine's error_code, then the stream ends. */
  publishRefusal: { readonly code: number; readonly message: string } | undefined;
  /** The next record of a key waits for the ack of the one before, polled every 137 ms. */
  sameKeyGating: boolean;
  /** Lookups say that nobody leads, until the topic is configured again (the engine does for 30 s after a broker's restart). */
  leaderless: boolean;
  /** Who leads, as lookups say; this broker itself where undefined. */
  leader: string | undefined;
  /** FetchMessage starts this many records further than it says (bug of the engine: other offsets' records). */
  fetchShift: number;
  /** FetchMessage answers empty with a high watermark of 0 (the engine's visibility bug). */
  fetchBlind: boolean;
  /** A subscriber's stream starts this many records further than asked. */
  subscribeShift: number;
  /** Subscribers get every value as length 0. */
  emptyValues: boolean;
  /** A subscriber's stream brings its first record and nothing behind it (seen at the tail of the engine). */
  subscribeFirstOnly: boolean;
  /** A subscriber's stream brings what it brought once more when it is flushed (seen at the tail of the engine). */
  subscribeRepeats: boolean;
  /** A subscriber's stream fails after this many records. */
  subscribeDiesAfter: number | undefined;
  /** A publisher's stream fails after this many acks; the records after it may have been appended. */
  publishDiesAfter: number | undefined;
  /** GetUnflushedMessages leaves out its first record. */
  unflushedHole: boolean;
}

export interface ScriptedSeaweedMQ {
  /** host:port of the broker. */
  readonly address: string;
  /** The filer as host:httpport.grpcport; its HTTP side has the log files that are in chunks. */
  readonly filer: string;
  readonly switches: Switches;
  /** Calls begun, by method (`lookupTopicBrokers`, `subscribeMessage` …). */
  readonly calls: ReadonlyMap<string, number>;
  /** Subscriber streams open now. */
  readonly subscribers: { open: number; acks: number };
  /** Publisher streams open now, and how often the last one closed: then the engine unloads the partition. */
  readonly publishers: { readonly open: number; readonly unloads: number };
  createTopic(name: string, partitionCount: number): void;
  append(topic: string, partition: number, ...records: readonly Partial<ScriptedRecord>[]): void;
  records(topic: string, partition: number): readonly ScriptedRecord[];
  /** Removes the topic's configuration from the filer, as a deletion does first. */
  removeConf(topic: string): void;
  /** Moves what a partition holds in memory into a log file, as the engine's flush does. */
  flush(topic: string, partition: number, options?: { readonly sameFile: boolean }): void;
  /** A partition's broker ends and begins anew at `nextOffset`: see `ScriptedPartition`. */
  restart(topic: string, partition: number, nextOffset: number, options?: { readonly forgets: boolean }): void;
  stop(): Promise<void>;
}

export const RING_SIZE = 2520;

interface ScriptedTopic {
  readonly namespace: string;
  readonly name: string;
  readonly unixTimeNs: bigint;
  readonly partitions: readonly ScriptedPartition[];
}

export class ScriptedState {
  readonly switches: Switches = {
    configureTopic: 'normal',
    listTopics: 'normal',
    lookup: 'normal',
    range: 'normal',
    fetch: 'normal',
    unflushed: 'normal',
    filer: 'normal',
    storing: 'normal',
    listings: undefined,
    listingsNever: () => false,
    chunkedFiles: false,
    logFile: 'normal',
    subscribe: 'normal',
    receive: 'normal',
    publishInit: 'normal',
    publishAck: 'normal',
    publishRefusal: undefined,
    sameKeyGating: false,
    leaderless: false,
    leader: undefined,
    fetchShift: 0,
    fetchBlind: false,
    subscribeShift: 0,
    emptyValues: false,
    subscribeFirstOnly: false,
    subscribeRepeats: false,
    subscribeDiesAfter: undefined,
    publishDiesAfter: undefined,
    unflushedHole: false,
  };
  readonly calls = new Map<string, number>();
  readonly subscribers = { open: 0, acks: 0 };
  readonly publishers = { open: 0, unloads: 0 };
  readonly filer = new ScriptedFiler((directory, name) => this.removed(directory, name));
  readonly timers = new Set<NodeJS.Timeout>();
  address = '';
  readonly #topics = new Map<string, ScriptedTopic>();

  count(method: string): void {
    this.calls.set(method, (this.calls.get(method) ?? 0) + 1);
  }

  /** Runs `answer` or `fail` as the switch says. */
  behave(behaviour: Behaviour, answer: () => void, fail: (error: { code: number; details: string }) => void): void {
    if (behaviour === 'normal') return answer();
    if (behaviour === 'never') return;
    if ('until' in behaviour) return void behaviour.until.then(answer);
    if ('fail' in behaviour) return fail({ code: behaviour.fail.code, details: behaviour.fail.message });
    this.later(behaviour.lateMs, answer);
  }

  later(delayMs: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      action();
    }, delayMs);
    this.timers.add(timer);
  }

  topics(): Iterable<ScriptedTopic> {
    return this.#topics.values();
  }

  topic(namespace: string, name: string): ScriptedTopic | undefined {
    return this.#topics.get(`${namespace}/${name}`);
  }

  configure(namespace: string, name: string, partitionCount: number): ScriptedTopic {
    const existing = this.topic(namespace, name);
    if (existing?.partitions.length === partitionCount) return existing;
    // Past 2^53 and not a multiple of 1,024: a client that makes it a number addresses another partition.
    const unixTimeNs = BigInt(Date.now()) * 1_000_000n + 1n;
    const generation = generationName(unixTimeNs);
    const width = Math.floor(RING_SIZE / partitionCount);
    const partitions = Array.from({ length: partitionCount }, (_, index) => {
      const start = index * width;
      const stop = index === partitionCount - 1 ? RING_SIZE : start + width;
      const directory = `/topics/${namespace}/${name}/${generation}/${pad(start)}-${pad(stop)}`;
      return new ScriptedPartition(start, stop, (...file) => this.filer.putLogFile(directory, ...file));
    });
    const topic = { namespace, name, unixTimeNs, partitions };
    this.#topics.set(`${namespace}/${name}`, topic);
    const conf = {
      brokerPartitionAssignments: this.assignments(topic).map(({ partition }) => ({
        partition: { ...partition, unixTimeNs: String(unixTimeNs) },
        leaderBroker: this.address,
      })),
    };
    this.filer.put(`/topics/${namespace}/${name}`, 'topic.conf', Buffer.from(JSON.stringify(conf)));
    return topic;
  }

  assignments(topic: ScriptedTopic): BrokerPartitionAssignment[] {
    return topic.partitions.map((partition) => ({
      partition: {
        ringSize: RING_SIZE,
        rangeStart: partition.rangeStart,
        rangeStop: partition.rangeStop,
        unixTimeNs: topic.unixTimeNs,
      },
      leaderBroker: this.switches.leader ?? this.address,
      followerBroker: '',
    }));
  }

  partition(
    topic: { namespace: string; name: string } | undefined,
    partition: { rangeStart: number; rangeStop: number; unixTimeNs: bigint } | undefined,
  ): ScriptedPartition | undefined {
    const found = topic && this.topic(topic.namespace, topic.name);
    if (found === undefined || partition?.unixTimeNs !== found.unixTimeNs) return undefined;
    return found.partitions.find(
      (each) => each.rangeStart === partition.rangeStart && each.rangeStop === partition.rangeStop,
    );
  }

  removed(directory: string, name: string): void {
    const namespace = directory.replace(/^\/topics\//, '');
    this.#topics.delete(`${namespace}/${name}`);
  }
}

interface ScriptedOptions {
  /** The filer has an address of its own, as in a cluster, so that it answers while the broker does not. */
  readonly filerApart?: boolean;
  /** How often it writes what it holds, as the engine's flush does; never by itself without. */
  readonly flushEveryMs?: number;
}

export async function startScriptedSeaweedMQ(options: ScriptedOptions = {}): Promise<ScriptedSeaweedMQ> {
  const { filerApart = false, flushEveryMs } = options;
  const state = new ScriptedState();
  const server = newServer();
  server.addService(SeaweedMessagingService, messaging(state));
  const filerServer = filerApart ? newServer() : server;
  filerServer.addService(SeaweedFilerService, filerService(state));
  const port = await bind(server);
  const filerPort = filerApart ? await bind(filerServer) : port;
  state.address = `127.0.0.1:${port}`;
  const http = await serveLogFiles(state);
  const flushAll = (): void => {
    for (const { partitions } of state.topics()) for (const each of partitions) each.flush();
  };
  if (flushEveryMs !== undefined) state.timers.add(setInterval(flushAll, flushEveryMs));
  const partition = (topic: string, index: number): ScriptedPartition => {
    const found = state.topic('kafka', topic)?.partitions[index];
    if (found === undefined) throw new Error(`no partition ${index} of topic ${topic}`);
    return found;
  };
  return {
    address: state.address,
    filer: `127.0.0.1:${http.port}.${filerPort}`,
    removeConf: (topic) => state.filer.delete(`/topics/kafka/${topic}`, 'topic.conf'),
    switches: state.switches,
    calls: state.calls,
    subscribers: state.subscribers,
    publishers: state.publishers,
    createTopic: (name, count) => void state.configure('kafka', name, count),
    append(topic, index, ...records) {
      for (const record of records) partition(topic, index).append(record);
    },
    records: (topic, index) => partition(topic, index).records,
    flush: (topic, index, options) => partition(topic, index).flush(options),
    restart: (topic, index, nextOffset, options) => partition(topic, index).restart(nextOffset, options),
    async stop() {
      for (const timer of state.timers) clearTimeout(timer);
      server.forceShutdown();
      if (filerApart) filerServer.forceShutdown();
      await http.stop();
    },
  };
}

const newServer = (): Server =>
  new Server({ 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 });

function bind(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
}

class Failure {
  readonly code: number;
  readonly details: string;
  constructor(code: number, details: string) {
    this.code = code;
    this.details = details;
  }
}

type Unary<Request, Response> = (call: ServerUnaryCall<Request, Response>, reply: sendUnaryData<Response>) => void;

function messaging(state: ScriptedState): SeaweedMessagingServer {
  const unary =
    <Request, Response>(
      method: string,
      behaviour: () => Behaviour,
      answer: (request: Request) => Response | Failure,
    ): Unary<Request, Response> =>
    (call, reply) => {
      state.count(method);
      const respond = (): void => {
        const response = answer(call.request);
        if (response instanceof Failure) reply({ code: response.code, details: response.details });
        else reply(null, response);
      };
      state.behave(behaviour(), respond, (error) => reply(error));
    };
  const { switches } = state;
  return {
    findBrokerLeader: unary(
      'findBrokerLeader',
      () => switches.lookup,
      () => ({ broker: state.address }),
    ),
    listTopics: unary(
      'listTopics',
      () => switches.listTopics,
      () => ({ topics: [...state.topics()].map(({ namespace, name }) => ({ namespace, name })) }),
    ),
    topicExists: unary(
      'topicExists',
      () => switches.lookup,
      ({ topic }) => ({ exists: topic !== undefined && state.topic(topic.namespace, topic.name) !== undefined }),
    ),
    configureTopic: unary(
      'configureTopic',
      () => switches.configureTopic,
      ({ topic, partitionCount, retention }) => {
        switches.leaderless = false;
        if (topic === undefined || partitionCount <= 0) return new Failure(status.INTERNAL, 'the broker crashes');
        const made = state.configure(topic.namespace, topic.name, partitionCount);
        return { brokerPartitionAssignments: state.assignments(made), retention };
      },
    ),
    lookupTopicBrokers: unary(
      'lookupTopicBrokers',
      () => switches.lookup,
      ({ topic }) => {
        const found = topic && state.topic(topic.namespace, topic.name);
        if (found === undefined) return new Failure(status.UNKNOWN, 'topic not found');
        const assignments = state.assignments(found);
        if (!switches.leaderless) return { topic, brokerPartitionAssignments: assignments };
        return { topic, brokerPartitionAssignments: assignments.map((led) => ({ ...led, leaderBroker: '' })) };
      },
    ),
    getTopicConfiguration: unary(
      'getTopicConfiguration',
      () => switches.lookup,
      ({ topic }) => {
        const found = topic && state.topic(topic.namespace, topic.name);
        if (found === undefined) return new Failure(status.UNKNOWN, 'topic not found');
        return {
          topic,
          partitionCount: found.partitions.length,
          brokerPartitionAssignments: state.assignments(found),
          createdAtNs: found.unixTimeNs,
          lastUpdatedNs: found.unixTimeNs,
          retention: undefined,
        };
      },
    ),
    getPartitionRangeInfo: unary(
      'getPartitionRangeInfo',
      () => switches.range,
      ({ topic, partition }) => {
        const records = state.partition(topic, partition)?.highWatermark ?? 0;
        return {
          offsetRange: { earliestOffset: 0n, latestOffset: BigInt(records - 1), highWaterMark: BigInt(records) },
          timestampRange: { earliestTimestampNs: 0n, latestTimestampNs: 0n },
          recordCount: BigInt(records),
          activeSubscriptions: 0n,
          error: '',
        };
      },
    ),
    fetchMessage: unary(
      'fetchMessage',
      () => switches.fetch,
      (request) => {
        const nothing = { logStartOffset: 0n, endOfPartition: true, error: '', messages: [] };
        const found = state.partition(request.topic, request.partition);
        if (found === undefined) {
          return { ...nothing, highWaterMark: 0n, errorCode: 1, error: 'not leader', nextOffset: 0n };
        }
        found.load();
        if (switches.fetchBlind)
          return { ...nothing, highWaterMark: 0n, errorCode: 0, nextOffset: request.startOffset };
        const start = Number(request.startOffset) + switches.fetchShift;
        const messages = found.slice(start, Math.min(request.maxMessages || 100, 1_000), request.maxBytes || 4 << 20);
        return {
          ...nothing,
          messages: messages.map((record) => ({ ...record, ctrl: undefined })),
          highWaterMark: BigInt(found.records.length),
          endOfPartition: start + messages.length >= found.records.length,
          errorCode: 0,
          nextOffset: BigInt(start + messages.length),
        };
      },
    ),
    getUnflushedMessages(call) {
      state.count('getUnflushedMessages');
      const found = state.partition(call.request.topic, call.request.partition);
      found?.load();
      const answer = (): void => {
        const entries = found?.entries(found.flushedTo).slice(switches.unflushedHole ? 1 : 0) ?? [];
        for (const message of entries) call.write({ message, error: '', endOfStream: false });
        call.write({ message: undefined, error: '', endOfStream: true });
        call.end();
      };
      state.behave(switches.unflushed, answer, (error) => void call.emit('error', error));
    },
    publishMessage: publishHandler(state),
    subscribeMessage: subscribeHandler(state),
  };
}

function filerService(state: ScriptedState): SeaweedFilerServer {
  const behave = <Response>(method: string, reply: sendUnaryData<Response>, answer: () => void): void => {
    state.count(method);
    const { filer, storing } = state.switches;
    const behaviour = filer === 'normal' && method === 'createEntry' ? storing : filer;
    state.behave(behaviour, answer, (error) => reply(error));
  };
  return {
    lookupDirectoryEntry: (call, reply) =>
      behave('lookupDirectoryEntry', reply, () => {
        const entry = state.filer.get(call.request.directory, call.request.name);
        if (entry === undefined) reply({ code: status.NOT_FOUND, details: 'filer: no entry is found in filer store' });
        else reply(null, { entry });
      }),
    listEntries: (call) => {
      state.count('listEntries');
      const { listings, listingsNever } = state.switches;
      if (listingsNever(call.request.directory)) return;
      const entries = state.filer.list(call.request);
      const answer = (): void => {
        for (const entry of listings === undefined ? state.filer.list(call.request) : entries) {
          call.write({ entry: state.switches.chunkedFiles ? inChunks(entry) : entry });
        }
        call.end();
      };
      if (listings !== undefined) return void listings.then(answer);
      state.behave(state.switches.filer, answer, (error) => void call.emit('error', error));
    },
    traverseBfsMetadata: (call) => {
      state.count('traverseBfsMetadata');
      const { directory } = call.request;
      const answer = (): void => {
        const walked = state.filer.walk(directory);
        const details = `find dir ${directory}: filer: no entry is found in filer store`;
        if (walked === undefined) call.emit('error', { code: status.UNKNOWN, details });
        for (const each of walked ?? []) call.write(each);
        if (walked !== undefined) call.end();
      };
      state.behave(state.switches.filer, answer, (error) => void call.emit('error', error));
    },
    createEntry: (call, reply) =>
      behave('createEntry', reply, () => {
        const { directory, entry } = call.request;
        if (entry !== undefined) state.filer.put(directory, entry.name, entry.content, entry);
        reply(null, { error: '' });
      }),
    deleteEntry: (call, reply) =>
      behave('deleteEntry', reply, () => {
        state.filer.delete(call.request.directory, call.request.name);
        reply(null, { error: '' });
      }),
  };
}

/** The filer's HTTP side: the content of log files. */
async function serveLogFiles(state: ScriptedState): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const server = createHttpServer((request, response) => {
    state.count('logFile');
    const path = decodeURIComponent(request.url ?? '');
    const slash = path.lastIndexOf('/');
    const found = state.filer.get(path.slice(0, slash), path.slice(slash + 1));
    const fail = (): void => void response.writeHead(found === undefined ? 404 : 500).end();
    if (found === undefined) fail();
    else state.behave(state.switches.logFile, () => void response.end(found.content), fail);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function inChunks(entry: Entry): Entry {
  if (!/^\d{4}-\d{2}-/.test(entry.name)) return entry;
  const size = BigInt(entry.content.length);
  const chunk = {
    fileId: '1,1',
    offset: 0n,
    size,
    modifiedTsNs: 0n,
    eTag: '',
    isCompressed: false,
    isChunkManifest: false,
  };
  return { ...entry, content: Buffer.alloc(0), chunks: [chunk] };
}

/** Accepts TCP and never sends HTTP/2 SETTINGS: a gRPC client neither connects nor fails there. */
export async function startSilentPeer(): Promise<{ readonly address: string; stop(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    socket.resume();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** `v2006-01-02-15-04-05`, as the engine names a generation's directory. */
export function generationName(unixTimeNs: bigint): string {
  const text = new Date(Number(unixTimeNs / 1_000_000n)).toISOString();
  return `v${text.slice(0, 19).replace(/[T:]/g, '-')}`;
}

const pad = (value: number): string => String(value).padStart(4, '0');
