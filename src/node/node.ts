/**
 * The embedded node: a data directory, opened, recovered and served by gRPC on a unix socket in it. It is whole when `open` resolves,
 * and everything acked is on the disk as the fsync policy says when `close` does.
 */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import type { Server } from '@grpc/grpc-js';
import { initCompression } from '../protocol/compression/compression';
import { SeaweedFilerService } from '../rpc/filer';
import { FilerBatchService } from '../rpc/filer_batch';
import { ErrorCode } from '../rpc/record_log';
import type { DescribeNodeResponse } from '../rpc/record_log';
import { realDisk } from './disk/disk';
import { DiskCheck } from './disk/disk-check';
import { lockDirectory } from './disk/directory-lock';
import type { DirectoryLock } from './disk/directory-lock';
import { FilerStore } from './filer/filer-store';
import { openIdentity } from './identity';
import type { Identity } from './identity';
import { IntervalSync } from './append/interval-sync';
import { NodeError, onDisk, storageError } from './node-error';
import { nodeContext } from './node-settings';
import type { NodeContext, NodeOptions, NodeSeams } from './node-settings';
import type { RecoveryReport } from './log/recovery';
import { filerBatchHandlers, filerHandlers } from './services/filer';
import { withToken } from '../grpc/call-token';
import { type OpenTokenCheck, openTokenCheck } from '../grpc/token-file';
import { openSecurePort, type SecurePort } from '../grpc/secure-port';
import { bind, makeServer } from '../grpc/server';
import { nodeRecordLogService } from './services/definition';
import { recordLogHandlers } from './services/record-log';
import type { RecordLogHandlers } from './services/record-log';
import { Maintenance } from './maintenance';
import { Topics } from './topics/topics';

export interface NodeInfo {
  /** For a gRPC client: `unix:/path` or `host:port`. */
  readonly address: string;
  /** For who shares its machine: the unix socket beside a TCP address that speaks TLS, otherwise `address`. */
  readonly localAddress: string;
  readonly clusterId: string;
  readonly nodeId: string;
  readonly instanceId: string;
  readonly recovery: RecoveryReport & { readonly durationMs: number };
}

/** A socket's path may have 107 bytes on Linux and 103 elsewhere. */
const SOCKET_PATH_BYTES_MAX = 100;
const SHUTDOWN_MS_MAX = 2_000;

export class EmbeddedNode {
  readonly info: NodeInfo;
  readonly topics: Topics;
  readonly filer: FilerStore;
  readonly #context: NodeContext;
  readonly #server: Server;
  readonly #handlers: RecordLogHandlers;
  readonly #lock: DirectoryLock;
  readonly #securePort: SecurePort | undefined;
  readonly #token: OpenTokenCheck;
  readonly #temporaryDirectory: string | undefined;
  readonly maintenance: Maintenance;
  readonly #intervalSync: IntervalSync | undefined;
  #closing: Promise<void> | undefined;

  /**
   * Locks and recovers the directory, then listens. Throws NodeError: the directory is in use, cannot be read or written, or is
   * damaged in a way that would lose what was promised.
   */
  static async open(options: NodeOptions, seams: NodeSeams = {}, lockToken?: string): Promise<EmbeddedNode> {
    const context = nodeContext(options, seams);
    onDisk('make', context.dataDirectory, () => makeDataDirectory(context.dataDirectory));
    const place = chooseAddress(context, options.tls === undefined ? options.tcp : undefined);
    const lock = await lockDirectory(context.dataDirectory, context.clock, lockToken ?? context.random.uuid());
    try {
      return await openLocked({ options, context, place, lock });
    } catch (error) {
      lock.release();
      if (place.temporaryDirectory !== undefined) fs.rmSync(place.temporaryDirectory, { recursive: true, force: true });
      throw error;
    }
  }

  /** Use `open`. */
  constructor(parts: {
    context: NodeContext;
    topics: Topics;
    filer: FilerStore;
    server: Server;
    handlers: RecordLogHandlers;
    lock: DirectoryLock;
    maintenance: Maintenance;
    info: NodeInfo;
    securePort: SecurePort | undefined;
    token: OpenTokenCheck;
    temporaryDirectory: string | undefined;
  }) {
    this.#context = parts.context;
    this.topics = parts.topics;
    this.filer = parts.filer;
    this.#server = parts.server;
    this.#handlers = parts.handlers;
    this.#lock = parts.lock;
    this.maintenance = parts.maintenance;
    this.info = parts.info;
    this.#securePort = parts.securePort;
    this.#token = parts.token;
    this.#temporaryDirectory = parts.temporaryDirectory;
    if (this.#context.fsync === 'interval') {
      this.#intervalSync = new IntervalSync({
        context: this.#context,
        partitions: () => this.topics.partitions(),
        filer: this.filer,
      });
    }
  }

  /** Answers what is under way, refuses the rest, and leaves the directory as a start finds it fastest. */
  close(): Promise<void> {
    this.#closing ??= this.#closeOnce();
    return this.#closing;
  }

  async #closeOnce(): Promise<void> {
    try {
      await this.#closeParts();
    } finally {
      // A disk that refuses to the last must not leave the directory locked by a process that is gone.
      await stopServer(this.#server, this.#context);
      if (this.#temporaryDirectory !== undefined) fs.rmSync(this.#temporaryDirectory, { recursive: true, force: true });
      this.#lock.release();
    }
  }

  async #closeParts(): Promise<void> {
    this.#token.close();
    this.#securePort?.close();
    await this.#intervalSync?.stop();
    const reason = new NodeError(ErrorCode.SHUTTING_DOWN, 'the node is stopping');
    this.#handlers.endSubscribers(reason);
    await this.maintenance.stop();
    await this.topics.close(reason);
    this.#handlers.endPublishers();
    await this.filer.close();
  }
}

function makeDataDirectory(directory: string): void {
  const first = fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let made = directory; made.length >= first.length; made = path.dirname(made)) {
    realDisk.syncDirectory(path.dirname(made));
  }
}

interface Place {
  /** For grpc-js. */
  readonly bindAddress: string;
  readonly socket: string | undefined;
  readonly temporaryDirectory: string | undefined;
}

function chooseAddress({ dataDirectory }: NodeContext, tcp: string | undefined): Place {
  if (tcp !== undefined) return { bindAddress: tcp, socket: undefined, temporaryDirectory: undefined };
  const beside = path.join(dataDirectory, 'node.sock');
  if (Buffer.byteLength(beside) <= SOCKET_PATH_BYTES_MAX) {
    return { bindAddress: `unix:${beside}`, socket: beside, temporaryDirectory: undefined };
  }
  const temporaryDirectory = fs.mkdtempSync(path.join(os.tmpdir(), 'seaglass-'));
  const socket = path.join(temporaryDirectory, 'node.sock');
  return { bindAddress: `unix:${socket}`, socket, temporaryDirectory };
}

async function openLocked(start: {
  options: NodeOptions;
  context: NodeContext;
  place: Place;
  lock: DirectoryLock;
}): Promise<EmbeddedNode> {
  const { context, place, options } = start;
  await initCompression();
  const startedMs = context.clock.monotonicMs();
  const identity = openIdentity(context, options.clusterId);
  const topics = new Topics(context);
  const report = topics.open();
  const filer = new FilerStore(context);
  report.truncatedBytes += filer.open();
  const recovery = { ...report, durationMs: context.clock.monotonicMs() - startedMs };
  context.logger.write('info', 'node.recovered', 'the data directory is open', { ...recovery });

  const server = makeServer();
  const { clock, dataDirectory, handover, removals } = context;
  const { instanceId } = removals;
  const describe = (): DescribeNodeResponse => describeNode({ context, identity, instanceId, recovery });
  const maintenance = new Maintenance(context, topics);
  const handlers = recordLogHandlers({
    ...{ topics, clock, dataDirectory, describe, handover, removals },
    diskCheck: new DiskCheck({ context, partitions: () => topics.partitions() }),
    onLogStartMoved: (partition, from) => maintenance.logStartMoved(partition, from),
  });
  const token = openTokenCheck(options, { clock, log: context.logger });
  server.addService(nodeRecordLogService, withToken(handlers.implementation, token.check));
  server.addService(SeaweedFilerService, withToken(filerHandlers(filer), token.check));
  server.addService(FilerBatchService, withToken(filerBatchHandlers(filer), token.check));
  const localAddress = await listen(server, place);
  const securePort = await listenSecurely(server, options, context);
  const address = securePort?.address ?? localAddress;
  const { nodeId, clusterId } = identity;
  const info = { address, localAddress, clusterId, nodeId, instanceId, recovery };
  const { temporaryDirectory } = place;
  return new EmbeddedNode({
    context,
    topics,
    filer,
    server,
    handlers,
    maintenance,
    lock: start.lock,
    info,
    securePort,
    token,
    temporaryDirectory,
  });
}

interface NamedPort extends SecurePort {
  readonly address: string;
}

async function listenSecurely(
  server: Server,
  { tcp, tls }: NodeOptions,
  { clock, logger }: NodeContext,
): Promise<NamedPort | undefined> {
  if (tcp === undefined || tls === undefined) return undefined;
  const at = tcp.lastIndexOf(':');
  const host = tcp.slice(0, at);
  const options = { host: host.replace(/^\[|\]$/g, ''), port: Number(tcp.slice(at + 1)), tls, clock, logger };
  const opened = await openSecurePort(server, options).catch((error: unknown) => {
    throw storageError('listen on', tcp, error);
  });
  return { ...opened, address: `${host}:${opened.port}` };
}

async function listen(server: Server, { bindAddress, socket }: Place): Promise<string> {
  if (socket !== undefined) fs.rmSync(socket, { force: true });
  const port = await bind(server, bindAddress).catch((error: unknown) => {
    throw storageError('listen on', bindAddress, error);
  });
  if (socket === undefined) return `${bindAddress.slice(0, bindAddress.lastIndexOf(':'))}:${port}`;
  fs.chmodSync(socket, 0o600);
  return bindAddress;
}

/** Lets calls end by themselves for a while. */
async function stopServer(server: Server, { clock }: NodeContext): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = clock.after(SHUTDOWN_MS_MAX, () => server.forceShutdown());
    server.tryShutdown(() => {
      timer.cancel();
      resolve();
    });
  });
}

function describeNode(known: {
  context: NodeContext;
  identity: Identity;
  instanceId: string;
  recovery: NodeInfo['recovery'];
}): DescribeNodeResponse {
  const { context, identity, instanceId, recovery } = known;
  return {
    nodeId: identity.nodeId,
    instanceId,
    version: VERSION,
    dataDirectory: context.dataDirectory,
    fsync: context.fsync,
    topicDefaults: Object.fromEntries(context.topicDefaults),
    nowMs: BigInt(context.clock.nowMs()),
    recovery: {
      partitions: BigInt(recovery.partitions),
      segments: BigInt(recovery.segments),
      batches: BigInt(recovery.batches),
      truncatedBytes: BigInt(recovery.truncatedBytes),
      damagedRanges: BigInt(recovery.damagedRanges),
      durationMs: recovery.durationMs,
      clusterId: identity.clusterId,
    },
  };
}

/** The versions of the directory's layout and of this service. */
const VERSION = '1';
