/**
 * What an adapter brings for its protocol, and nothing more: streams and calls with deadlines. Sessions, retained windows,
 * publishers, the catalog cache, spans and verdicts are above it, written once. An adapter throws EngineError only.
 */
import type { EngineClock } from './engine-clock';
import type { Lease } from './lease';
import type { FoundProof, ValueFault } from '../audit/proofs';
import type { VerdictCounts } from '../audit/verdict';
import type { CallContext } from '../telemetry/trace/operation';
import type { Census, Int64, Offset, PartitionId, TopicPartition } from '../types';
import type {
  AppendRequest,
  AppendResult,
  CreateTopicRequest,
  Filer,
  LogDirs,
  PartitionRange,
  PartitionsByTopic,
  Topic,
} from './engine';
import type { EngineAbility } from '../topic-settings/setting';

/** Where a partition is served. `address` is the leader's gRPC address; `details` belong to the adapter. */
export interface Assignment<D = unknown> {
  readonly topicPartition: TopicPartition;
  readonly address: string;
  readonly details: D;
}

/**
 * The smallest piece of log that a window keeps and an answer is made of: a batch on the record log, a record on SeaweedMQ.
 * Immutable once delivered.
 */
export interface LogUnit {
  /** Of the memory that it lies in; absent where V8 looks after that. */
  readonly lease?: Lease | undefined;
  readonly baseOffset: Offset;
  readonly lastOffset: Offset;
  /** Bytes it holds in memory and, near enough, on the wire. */
  readonly bytes: number;
  readonly census: Census;
}

/** What a stream says of its log. */
export interface LogState extends PartitionRange {
  /** Once it is greater, records that came before may be gone from the log. Absent where the engine does not tell. */
  readonly generation?: number;
}

export type Frame<U extends LogUnit> =
  | { readonly kind: 'data'; readonly units: readonly U[]; readonly state: LogState }
  | { readonly kind: 'heartbeat'; readonly state: LogState }
  /** A control frame without data: never taken for an empty value. */
  | { readonly kind: 'ctrl' }
  | { readonly kind: 'end'; readonly error?: import('../engine-error').EngineError };

export interface SubscriberStream<U extends LogUnit> {
  /**
   * Sends init. The record log answers: resolves with its state (position = the offset asked) or throws offset_out_of_range.
   * SeaweedMQ never answers: resolves with undefined once init is handed to the transport. `creditBytes` is how much the engine
   * may send ahead, where its protocol has credit.
   */
  init(context: CallContext, creditBytes: number): Promise<LogState | undefined>;
  /** Lets the engine send that many more bytes. Absent where the protocol has no credit: there the transport's window bounds. */
  credit?(bytes: number): void;
  /**
   * The next frame; one reader only. Frames not yet asked for are held by the transport (bounded by flow control). Rejects with
   * EngineError when the stream fails, 'cancelled' on the signal, and then has consumed nothing.
   */
  receive(signal: AbortSignal): Promise<Frame<U>>;
  /** Ends the stream at once and frees it; harmless when it has ended. */
  close(): void;
  /** Counters for spans and /debug/inflight: integers only. */
  readonly counters: { frames: number; data: number; ctrl: number; bytes: number; emptyValues: number };
}

export interface BacklogRead<U extends LogUnit> {
  readonly units: readonly U[];
  /** Where the log began and ended when they were read; it holds them. */
  readonly range: PartitionRange;
}

/** Units that may be delivered: all of them, or those before the first that is not what was produced. */
export interface Judged<U extends LogUnit> {
  readonly units: readonly U[];
  readonly verdicts: VerdictCounts;
  readonly faults: readonly ValueFault[];
}

export interface PublisherStream {
  /** Appends are answered in order; pipelined. Rejects with EngineError; after a stream failure every waiting append rejects and `failed` is set. */
  append(request: AppendRequest, context: CallContext): Promise<AppendResult>;
  readonly failed: boolean;
  /** Since when it owes acks and has brought none, whoever still waits for them, monotonic ms; undefined where it owes none. */
  readonly silentSinceMs: number | undefined;
  close(): void;
}

export interface Dialect<U extends LogUnit = LogUnit, D = unknown> {
  readonly name: 'record_log' | 'seaweedmq';
  readonly ackMeaning: string;
  readonly abilities: ReadonlySet<EngineAbility>;
  /**
   * `session`: a session serves backlog and tail (record log). `log`: records below the high watermark are read by `readBacklog`,
   * sessions only wait at the tail (SeaweedMQ).
   */
  readonly backlog: 'session' | 'log';
  /** True where an open publisher keeps the engine from unloading the partition: then idle ones are not closed. */
  readonly keepsPublishersOpen: boolean;
  readonly filer: Filer;

  listTopics(context: CallContext): Promise<readonly Topic[]>;
  createTopic(request: CreateTopicRequest, context: CallContext): Promise<Topic>;
  deleteTopic(name: string, context: CallContext): Promise<void>;
  createPartitions(name: string, partitionCount: number, context: CallContext): Promise<Topic>;
  alterTopicConfigs(name: string, configs: ReadonlyMap<string, string>, context: CallContext): Promise<Topic>;
  /** Of partitions that exist. What is not known in time is left out; where nothing is, it fails. */
  logDirs(partitions: PartitionsByTopic, context: CallContext): Promise<LogDirs>;
  /** Whether its disk takes so many bytes now; throws what it says where not. Absent where an engine's disk cannot be asked. */
  checkDisk?(bytes: number, context: CallContext): Promise<void>;

  /** Looked up at the engine; cached and invalidated above. */
  assign(topic: Topic, partition: PartitionId, context: CallContext): Promise<Assignment<D>>;
  /** An error put the assignment in doubt: what is kept of its engine's memory is no longer believed. */
  doubted?(assignment: Assignment<D>, error: unknown): void;
  openSubscriber(
    assignment: Assignment<D>,
    topic: Topic,
    offset: Offset,
    context: CallContext,
  ): Promise<SubscriberStream<U>>;
  openPublisher(assignment: Assignment<D>, topic: Topic, context: CallContext): Promise<PublisherStream>;
  range(assignment: Assignment<D>, topic: Topic, context: CallContext): Promise<PartitionRange>;
  /**
   * Records that exist now from `offset` on (below `range.highWatermark`), consecutive, with true offsets, about `bytesMax`
   * bytes but at least one unit. Never another offset's records: a contradiction it cannot resolve is EngineError('contradiction').
   */
  readBacklog(
    request: {
      readonly assignment: Assignment<D>;
      readonly topic: Topic;
      readonly offset: Offset;
      readonly bytesMax: number;
      readonly range: PartitionRange;
    },
    context: CallContext,
  ): Promise<BacklogRead<U>>;
  findOffset(
    request: {
      readonly assignment: Assignment<D>;
      readonly topic: Topic;
      readonly target: { readonly timestampMs: Int64 } | 'max_timestamp';
    },
    context: CallContext,
  ): Promise<{ readonly offset: Offset; readonly timestampMs: Int64 } | undefined>;
  deleteRecords(
    request: { readonly assignment: Assignment<D>; readonly topic: Topic; readonly before: Offset | 'high_watermark' },
    context: CallContext,
  ): Promise<PartitionRange>;
  /** Wire batches of consecutive units, from the unit that holds `offset` on. Record log: the units' own bytes. `census` counts what the chunks hold. */
  assemble(
    units: readonly U[],
    topic: Topic,
    offset: Offset,
  ): { readonly chunks: readonly Uint8Array[]; readonly bytes: number; readonly census: Census };
  /** Holds units against the proof of their values. Cheap for a unit that was judged before. */
  judge(units: readonly U[], topic: Topic): Judged<U>;
  /** The proof that was kept of a record's value; undefined where there is none. */
  findProof(
    request: { readonly assignment: Assignment<D>; readonly topic: Topic; readonly offset: Offset },
    context: CallContext,
  ): Promise<FoundProof | undefined>;
  /** gRPC connectivity state by address, for gauges and stalls. */
  channelStates(): ReadonlyMap<string, string>;
  problems(context: CallContext): Promise<readonly string[]>;
  /** Undefined where it does not tell. */
  clock(context: CallContext): Promise<EngineClock | undefined>;
  close(): Promise<void>;
}
