/**
 * The engine as the Kafka layer sees it: topics, partitions, the filer. Both dialects (the record log of the embedded node,
 * SeaweedMQ) stand behind this one interface; everything between (sessions, windows, publishers, catalog cache) is written once.
 *
 * Every method ends by its phases' deadlines or with the caller's signal, and throws EngineError only.
 */
import type { EngineClock } from './engine-clock';
import type { CallContext } from '../telemetry/trace/operation';
import type { Proofs, RecordOrigin, ValueFault } from '../audit/proofs';
import type { VerdictCounts } from '../audit/verdict';
import type { Census, Int64, Offset, PartitionId, TopicId, TopicPartition } from '../types';
import type { EngineAbility } from '../topic-settings/setting';

export interface Topic {
  readonly name: string;
  readonly id: TopicId;
  readonly partitionCount: number;
  /** Settings that differ from the defaults, by Kafka's names. */
  readonly configs: ReadonlyMap<string, string>;
}

export interface PartitionRange {
  readonly logStartOffset: Offset;
  /** Records at it or past it may belong to a transaction that is not decided (KIP-98). At most the high watermark; without transactions, there. */
  readonly lastStableOffset: Offset;
  /** The offset of the next record. */
  readonly highWatermark: Offset;
}

/** Whether a reader is given the records of transactions that are not decided (KIP-98). */
export type IsolationLevel = 'read_uncommitted' | 'read_committed';

/** A reader's place in a log. */
export interface ReadPosition {
  readonly offset: Offset;
  readonly isolation: IsolationLevel;
}

export interface ReadRequest extends ReadPosition {
  /** At least one record (record log: one batch) is returned even where it is larger. */
  readonly bytesMax: number;
}

/** Which way a read was answered; `seaglass.session.mode` of its span. */
export type SessionMode = 'retained' | 'reuse' | 'fresh' | 'log' | 'stateless' | 'none';

export interface ReadResult extends PartitionRange {
  /** Kafka record batches, whole; the first one holds the offset asked for. Shared buffers: never written to. Empty only where the log ends for the reader. */
  readonly chunks: readonly Uint8Array[];
  readonly bytes: number;
  /** Offset of the first record at or after the one asked for; equals it unless compaction or a deletion left a hole. */
  readonly firstOffset: Offset;
  readonly nextOffset: Offset;
  /** What the engine sent, and what the chunks hold. */
  readonly engineCensus: Census;
  readonly deliveredCensus: Census;
  /** Of the records in the chunks. */
  readonly verdicts: VerdictCounts;
  /** What was met and is not in the chunks as it came: repaired, or left out because the chunks end before it. */
  readonly faults: readonly ValueFault[];
  /** Of the log, as last told; 0 where none was, or nothing is in the answer. */
  readonly generation: number;
  readonly session: { readonly id: string; readonly mode: SessionMode };
  /** Says that nobody reads the chunks any more: their memory may be used again. Whoever never calls it leaves them to V8; absent where all do. */
  readonly release?: () => void;
}

export interface AppendRequest {
  /** A validated Kafka record batch, whole. */
  readonly batch: Uint8Array;
  /** What the batch holds. */
  readonly census: Census;
  /** Who produced it; kept with the proof of its values. */
  readonly origin?: RecordOrigin;
}

export interface AppendResult extends PartitionRange {
  readonly baseOffset: Offset;
  /** Milliseconds, or -1 unless the topic uses LogAppendTime. */
  readonly logAppendTimeMs: number;
  /** True where an idempotent producer repeated the batch. baseOffset is where it was first appended. */
  readonly duplicate: boolean;
}

export interface Partition {
  readonly topicPartition: TopicPartition;
  /**
   * Reads what exists now at `offset`, under read_committed below the last stable offset; waits for the engine (within the phases'
   * deadlines) but never for an append. Throws EngineError('offset_out_of_range') below the log start or past the high watermark.
   */
  read(request: ReadRequest, context: CallContext): Promise<ReadResult>;
  /** False where records of the answer may have left the log since it was read. */
  isCurrent(result: ReadResult): boolean;
  /**
   * Resolves once a record at or past the position exists that its reader may have, or the log start passed it, or the engine failed
   * (the next read says how).
   * Never reads, so giving it up loses nothing; rejects with EngineError('cancelled') on the signal.
   */
  waitFor(position: ReadPosition, context: CallContext): Promise<void>;
  /** All or nothing of the batch. Resolves with the engine's acks. A failed append may have happened ('timeout', 'unavailable'). */
  append(request: AppendRequest, context: CallContext): Promise<AppendResult>;
  /** What was last heard of it, for whoever must not ask; undefined where nothing is known. */
  readonly known: PartitionRange | undefined;
  /** Fresh from the engine. */
  range(context: CallContext): Promise<PartitionRange>;
  /** As `range`, but what was heard within the last seconds is not asked for again: for answers that tell it in passing. */
  recentRange(context: CallContext): Promise<PartitionRange>;
  /** The first record at or after a time (ms), or the one with the greatest timestamp; undefined where there is none. */
  findOffset(
    target: { readonly timestampMs: Int64 } | 'max_timestamp',
    context: CallContext,
  ): Promise<{ readonly offset: Offset; readonly timestampMs: Int64 } | undefined>;
  /** Moves the log start; answers the new range. */
  deleteRecords(before: Offset | 'high_watermark', context: CallContext): Promise<PartitionRange>;
}

/** Partitions by topic. */
export type PartitionsByTopic = ReadonlyMap<string, ReadonlySet<PartitionId>>;

export interface PartitionSize extends TopicPartition {
  readonly sizeBytes: number;
}

export interface LogDirs {
  readonly path: string;
  /** -1 where the engine does not say. */
  readonly totalBytes: number;
  readonly usableBytes: number;
  /** Those of which the engine told in time. */
  readonly partitions: readonly PartitionSize[];
}

export interface CreateTopicRequest {
  readonly name: string;
  readonly partitionCount: number;
  readonly configs: ReadonlyMap<string, string>;
}

/** What an engine is and promises, for whoever tells people. */
export interface Capabilities {
  readonly kind: 'embedded' | 'seaweedmq';
  /** One sentence: what an acknowledged produce means here. */
  readonly ackMeaning: string;
  /** Which topic settings it obeys. */
  readonly abilities: ReadonlySet<EngineAbility>;
}

/** Which topics there are, and changes to them. */
export interface TopicCatalog {
  /** All Kafka topics, by name. May be answered from a cache that this gateway's own changes invalidate. */
  topics(context: CallContext): Promise<readonly Topic[]>;
  topic(name: string, context: CallContext): Promise<Topic | undefined>;
  topicById(id: TopicId, context: CallContext): Promise<Topic | undefined>;
  createTopic(request: CreateTopicRequest, context: CallContext): Promise<Topic>;
  /** Resolves when the name can be used again. */
  deleteTopic(name: string, context: CallContext): Promise<void>;
  createPartitions(name: string, partitionCount: number, context: CallContext): Promise<Topic>;
  /** Replaces the topic's settings. */
  alterTopicConfigs(name: string, configs: ReadonlyMap<string, string>, context: CallContext): Promise<Topic>;
}

/** Reading and writing. */
export interface Partitions {
  /** The same object for the same topic id and partition while it lives; cheap. */
  partition(topic: Topic, partition: PartitionId): Partition;
  /** Of the partitions that are asked for, those that exist; no other is looked at. */
  logDirs(asked: PartitionsByTopic | 'all', context: CallContext): Promise<LogDirs>;
}

/** Whether requests can be served. */
export interface Health {
  /** Resolves with what is wrong, in words; empty when the engine serves. */
  problems(context: CallContext): Promise<readonly string[]>;
}

/** What time it is there. */
export interface Clocked {
  /** Undefined where the engine does not tell. Throws EngineError. */
  clock(context: CallContext): Promise<EngineClock | undefined>;
}

/** The ports that its callers need, each of which may be taken alone. */
export interface Engine extends Capabilities, TopicCatalog, Partitions, Health, Clocked {
  /** Small durable state. */
  readonly filer: Filer;
  readonly proofs: Proofs;
  close(): Promise<void>;
}

/** An entry of the filer as small state uses it: content inline, no chunks. */
export interface FilerEntry {
  readonly name: string;
  readonly isDirectory: boolean;
  readonly content: Uint8Array;
}

export interface WalkedEntry extends FilerEntry {
  /** Where it is. */
  readonly directory: string;
}

/** Small durable state. Paths are absolute directories; names hold no slash. Throws EngineError ('unavailable', 'timeout' …), never "absent" for a failure. */
export interface Filer {
  put(directory: string, name: string, content: Uint8Array, context: CallContext): Promise<void>;
  get(directory: string, name: string, context: CallContext): Promise<FilerEntry | undefined>;
  /** In the order of names, those that begin with `prefix`; pages inside. `recursive` is the caller's. */
  list(directory: string, context: CallContext, prefix?: string): AsyncIterable<FilerEntry>;
  /** The call of a listing as spans name it, for whoever waits for one that another began. */
  listCall?(): Readonly<Record<string, string | number>>;
  /**
   * The directory and all below it, level by level, each directory's entries together and in the order of names; nothing where it is absent.
   * What changes meanwhile is seen as it was before or after. The filer is held up while the walker pauses.
   */
  walk(directory: string, context: CallContext): AsyncIterable<WalkedEntry>;
  /** Absent entries are no error. */
  delete(
    directory: string,
    name: string,
    options: { readonly recursive: boolean },
    context: CallContext,
  ): Promise<void>;
}
