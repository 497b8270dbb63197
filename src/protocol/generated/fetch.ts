/** Kafka's Fetch: facts, types, readers and writers. Generated from schema/FetchRequest.json and FetchResponse.json by generate.ts; do not edit. */
import type { Reader } from '../reader';
import { Writer } from '../writer';
import { ZERO_TOPIC_ID } from '../../types';
import type { LeaderEpoch, Offset, PartitionId, TopicId } from '../../types';

export const fetchApi = {
  key: 1,
  name: 'Fetch',
  /** Versions that are served. */
  requestVersions: { min: 4, max: 18 },
  /** The lowest version that ApiVersions lists. */
  advertisedMin: 4,
  /** From this version on messages are flexible (KIP-482). */
  flexibleFrom: 12,
} as const;

export interface FetchRequest {
  /** From version 12. Tag 0. */
  readonly clusterId: string | null;
  /** Versions 4 to 14. */
  readonly replicaId: number;
  /** From version 15. Tag 1. */
  readonly replicaState: ReplicaState;
  readonly maxWaitMs: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly isolationLevel: number;
  /** From version 7. */
  readonly sessionId: number;
  /** From version 7. */
  readonly sessionEpoch: number;
  readonly topics: readonly FetchTopic[];
  /** From version 7. */
  readonly forgottenTopicsData: readonly ForgottenTopic[];
  /** From version 11. */
  readonly rackId: string;
}

export interface ReplicaState {
  readonly replicaId: number;
  readonly replicaEpoch: number;
}

export interface FetchTopic {
  /** Versions 4 to 12. */
  readonly topic: string;
  /** From version 13. */
  readonly topicId: TopicId;
  readonly partitions: readonly FetchPartition[];
}

export interface FetchPartition {
  readonly partition: PartitionId;
  /** From version 9. */
  readonly currentLeaderEpoch: LeaderEpoch;
  readonly fetchOffset: Offset;
  /** From version 12. */
  readonly lastFetchedEpoch: LeaderEpoch;
  /** From version 5. */
  readonly logStartOffset: Offset;
  readonly partitionMaxBytes: number;
  /** From version 17. Tag 0. */
  readonly replicaDirectoryId: string;
  /** From version 18. Tag 1. */
  readonly highWatermark: Offset;
}

export interface ForgottenTopic {
  /** Versions 7 to 12. */
  readonly topic: string;
  /** From version 13. */
  readonly topicId: TopicId;
  readonly partitions: readonly PartitionId[];
}

export interface FetchResponse {
  readonly throttleTimeMs: number;
  /** From version 7. */
  readonly errorCode: number;
  /** From version 7. */
  readonly sessionId: number;
  readonly responses: readonly FetchableTopicResponse[];
  /** From version 16. Tag 0. */
  readonly nodeEndpoints: readonly NodeEndpoint[];
}

export interface FetchableTopicResponse {
  /** Versions 4 to 12. */
  readonly topic: string;
  /** From version 13. */
  readonly topicId: TopicId;
  readonly partitions: readonly PartitionData[];
}

export interface PartitionData {
  readonly partitionIndex: PartitionId;
  readonly errorCode: number;
  readonly highWatermark: Offset;
  readonly lastStableOffset: Offset;
  /** From version 5. */
  readonly logStartOffset: Offset;
  /** From version 12. Tag 0. */
  readonly divergingEpoch: EpochEndOffset;
  /** From version 12. Tag 1. */
  readonly currentLeader: LeaderIdAndEpoch;
  /** From version 12. Tag 2. */
  readonly snapshotId: SnapshotId;
  readonly abortedTransactions: readonly AbortedTransaction[] | null;
  /** From version 11. */
  readonly preferredReadReplica: number;
  readonly records: readonly Uint8Array[] | null;
}

export interface EpochEndOffset {
  readonly epoch: LeaderEpoch;
  readonly endOffset: Offset;
}

export interface LeaderIdAndEpoch {
  readonly leaderId: number;
  readonly leaderEpoch: LeaderEpoch;
}

export interface SnapshotId {
  readonly endOffset: Offset;
  readonly epoch: LeaderEpoch;
}

export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: Offset;
}

export interface NodeEndpoint {
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
  readonly rack: string | null;
}

/** A value with Kafka's defaults where nothing is given. */
export function createFetchRequest(fields: Partial<FetchRequest> = {}): FetchRequest {
  return {
    clusterId: fields.clusterId === undefined ? null : fields.clusterId,
    replicaId: fields.replicaId ?? -1,
    replicaState: fields.replicaState ?? DEFAULT_REPLICA_STATE,
    maxWaitMs: fields.maxWaitMs ?? 0,
    minBytes: fields.minBytes ?? 0,
    maxBytes: fields.maxBytes ?? 2147483647,
    isolationLevel: fields.isolationLevel ?? 0,
    sessionId: fields.sessionId ?? 0,
    sessionEpoch: fields.sessionEpoch ?? -1,
    topics: fields.topics ?? [],
    forgottenTopicsData: fields.forgottenTopicsData ?? [],
    rackId: fields.rackId ?? '',
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createReplicaState(fields: Partial<ReplicaState> = {}): ReplicaState {
  return {
    replicaId: fields.replicaId ?? -1,
    replicaEpoch: fields.replicaEpoch ?? -1,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createFetchTopic(fields: Partial<FetchTopic> = {}): FetchTopic {
  return {
    topic: fields.topic ?? '',
    topicId: fields.topicId ?? ZERO_TOPIC_ID,
    partitions: fields.partitions ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createFetchPartition(fields: Partial<FetchPartition> = {}): FetchPartition {
  return {
    partition: fields.partition ?? (0 as PartitionId),
    currentLeaderEpoch: fields.currentLeaderEpoch ?? (-1 as LeaderEpoch),
    fetchOffset: fields.fetchOffset ?? (0 as Offset),
    lastFetchedEpoch: fields.lastFetchedEpoch ?? (-1 as LeaderEpoch),
    logStartOffset: fields.logStartOffset ?? (-1 as Offset),
    partitionMaxBytes: fields.partitionMaxBytes ?? 0,
    replicaDirectoryId: fields.replicaDirectoryId ?? ZERO_TOPIC_ID,
    highWatermark: fields.highWatermark ?? (Number.MAX_SAFE_INTEGER as Offset),
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createForgottenTopic(fields: Partial<ForgottenTopic> = {}): ForgottenTopic {
  return {
    topic: fields.topic ?? '',
    topicId: fields.topicId ?? ZERO_TOPIC_ID,
    partitions: fields.partitions ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createFetchResponse(fields: Partial<FetchResponse> = {}): FetchResponse {
  return {
    throttleTimeMs: fields.throttleTimeMs ?? 0,
    errorCode: fields.errorCode ?? 0,
    sessionId: fields.sessionId ?? 0,
    responses: fields.responses ?? [],
    nodeEndpoints: fields.nodeEndpoints ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createFetchableTopicResponse(fields: Partial<FetchableTopicResponse> = {}): FetchableTopicResponse {
  return {
    topic: fields.topic ?? '',
    topicId: fields.topicId ?? ZERO_TOPIC_ID,
    partitions: fields.partitions ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createPartitionData(fields: Partial<PartitionData> = {}): PartitionData {
  return {
    partitionIndex: fields.partitionIndex ?? (0 as PartitionId),
    errorCode: fields.errorCode ?? 0,
    highWatermark: fields.highWatermark ?? (0 as Offset),
    lastStableOffset: fields.lastStableOffset ?? (-1 as Offset),
    logStartOffset: fields.logStartOffset ?? (-1 as Offset),
    divergingEpoch: fields.divergingEpoch ?? DEFAULT_EPOCH_END_OFFSET,
    currentLeader: fields.currentLeader ?? DEFAULT_LEADER_ID_AND_EPOCH,
    snapshotId: fields.snapshotId ?? DEFAULT_SNAPSHOT_ID,
    abortedTransactions: fields.abortedTransactions === undefined ? [] : fields.abortedTransactions,
    preferredReadReplica: fields.preferredReadReplica ?? -1,
    records: fields.records === undefined ? null : fields.records,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createEpochEndOffset(fields: Partial<EpochEndOffset> = {}): EpochEndOffset {
  return {
    epoch: fields.epoch ?? (-1 as LeaderEpoch),
    endOffset: fields.endOffset ?? (-1 as Offset),
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createLeaderIdAndEpoch(fields: Partial<LeaderIdAndEpoch> = {}): LeaderIdAndEpoch {
  return {
    leaderId: fields.leaderId ?? -1,
    leaderEpoch: fields.leaderEpoch ?? (-1 as LeaderEpoch),
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createSnapshotId(fields: Partial<SnapshotId> = {}): SnapshotId {
  return {
    endOffset: fields.endOffset ?? (-1 as Offset),
    epoch: fields.epoch ?? (-1 as LeaderEpoch),
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createAbortedTransaction(fields: Partial<AbortedTransaction> = {}): AbortedTransaction {
  return {
    producerId: fields.producerId ?? 0n,
    firstOffset: fields.firstOffset ?? (0 as Offset),
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createNodeEndpoint(fields: Partial<NodeEndpoint> = {}): NodeEndpoint {
  return {
    nodeId: fields.nodeId ?? 0,
    host: fields.host ?? '',
    port: fields.port ?? 0,
    rack: fields.rack === undefined ? null : fields.rack,
  };
}

const DEFAULT_REPLICA_STATE: ReplicaState = createReplicaState();
const DEFAULT_EPOCH_END_OFFSET: EpochEndOffset = createEpochEndOffset();
const DEFAULT_LEADER_ID_AND_EPOCH: LeaderIdAndEpoch = createLeaderIdAndEpoch();
const DEFAULT_SNAPSHOT_ID: SnapshotId = createSnapshotId();

/** Reads the body of a FetchRequest of versions 4 to 18. Throws ProtocolError. */
export function readFetchRequest(reader: Reader, version: number): FetchRequest {
  const flexible = version >= 12;
  let clusterId: string | null = null;
  const replicaId = version <= 14 ? reader.int32() : -1;
  let replicaState: ReplicaState = DEFAULT_REPLICA_STATE;
  const maxWaitMs = reader.int32();
  const minBytes = reader.int32();
  const maxBytes = reader.int32();
  const isolationLevel = reader.int8();
  const sessionId = version >= 7 ? reader.int32() : 0;
  const sessionEpoch = version >= 7 ? reader.int32() : -1;
  const topics: FetchTopic[] = [];
  for (let left = flexible ? reader.compactArrayLength(3) : reader.arrayLength(3); left > 0; left--)
    topics.push(readFetchTopic(reader, version));
  let forgottenTopicsData: readonly ForgottenTopic[] = [];
  if (version >= 7) {
    const length = flexible ? reader.compactArrayLength(3) : reader.arrayLength(3);
    const list: ForgottenTopic[] = [];
    for (let left = length; left > 0; left--) list.push(readForgottenTopic(reader, version));
    forgottenTopicsData = list;
  }
  const rackId = version >= 11 ? (flexible ? reader.compactString() : reader.string()) : '';
  if (flexible) {
    for (let left = reader.uvarint(); left > 0; left--) {
      const tag = reader.uvarint();
      const end = reader.taggedFieldEnd();
      switch (tag) {
        case 0: {
          clusterId = reader.compactNullableString();
          break;
        }
        case 1: {
          if (version >= 15) {
            replicaState = readReplicaState(reader);
          } else reader.position = end;
          break;
        }

        default:
          reader.position = end;
      }
      reader.expectPosition(end);
    }
  }
  return {
    clusterId,
    replicaId,
    replicaState,
    maxWaitMs,
    minBytes,
    maxBytes,
    isolationLevel,
    sessionId,
    sessionEpoch,
    topics,
    forgottenTopicsData,
    rackId,
  };
}

function readReplicaState(reader: Reader): ReplicaState {
  const replicaId = reader.int32();
  const replicaEpoch = reader.int64();
  reader.skipTaggedFields();
  return { replicaId, replicaEpoch };
}

function readFetchTopic(reader: Reader, version: number): FetchTopic {
  const flexible = version >= 12;
  const topic = version <= 12 ? (flexible ? reader.compactString() : reader.string()) : '';
  const topicId = version >= 13 ? (reader.uuid() as TopicId) : ZERO_TOPIC_ID;
  const partitions: FetchPartition[] = [];
  for (let left = flexible ? reader.compactArrayLength(16) : reader.arrayLength(16); left > 0; left--)
    partitions.push(readFetchPartition(reader, version));
  if (flexible) reader.skipTaggedFields();
  return { topic, topicId, partitions };
}

function readFetchPartition(reader: Reader, version: number): FetchPartition {
  const flexible = version >= 12;
  const partition = reader.int32() as PartitionId;
  const currentLeaderEpoch = version >= 9 ? (reader.int32() as LeaderEpoch) : (-1 as LeaderEpoch);
  const fetchOffset = reader.int64() as Offset;
  const lastFetchedEpoch = version >= 12 ? (reader.int32() as LeaderEpoch) : (-1 as LeaderEpoch);
  const logStartOffset = version >= 5 ? (reader.int64() as Offset) : (-1 as Offset);
  const partitionMaxBytes = reader.int32();
  let replicaDirectoryId: string = ZERO_TOPIC_ID;
  let highWatermark: Offset = Number.MAX_SAFE_INTEGER as Offset;
  if (flexible) {
    for (let left = reader.uvarint(); left > 0; left--) {
      const tag = reader.uvarint();
      const end = reader.taggedFieldEnd();
      switch (tag) {
        case 0: {
          if (version >= 17) {
            replicaDirectoryId = reader.uuid();
          } else reader.position = end;
          break;
        }
        case 1: {
          if (version >= 18) {
            highWatermark = reader.int64() as Offset;
          } else reader.position = end;
          break;
        }

        default:
          reader.position = end;
      }
      reader.expectPosition(end);
    }
  }
  return {
    partition,
    currentLeaderEpoch,
    fetchOffset,
    lastFetchedEpoch,
    logStartOffset,
    partitionMaxBytes,
    replicaDirectoryId,
    highWatermark,
  };
}

function readForgottenTopic(reader: Reader, version: number): ForgottenTopic {
  const flexible = version >= 12;
  const topic = version <= 12 ? (flexible ? reader.compactString() : reader.string()) : '';
  const topicId = version >= 13 ? (reader.uuid() as TopicId) : ZERO_TOPIC_ID;
  const partitions: PartitionId[] = [];
  for (let left = flexible ? reader.compactArrayLength(4) : reader.arrayLength(4); left > 0; left--)
    partitions.push(reader.int32() as PartitionId);
  if (flexible) reader.skipTaggedFields();
  return { topic, topicId, partitions };
}

/** Reads the body of a FetchResponse of versions 4 to 18. Throws ProtocolError. */
export function readFetchResponse(reader: Reader, version: number): FetchResponse {
  const flexible = version >= 12;
  const throttleTimeMs = reader.int32();
  const errorCode = version >= 7 ? reader.int16() : 0;
  const sessionId = version >= 7 ? reader.int32() : 0;
  const responses: FetchableTopicResponse[] = [];
  for (let left = flexible ? reader.compactArrayLength(3) : reader.arrayLength(3); left > 0; left--)
    responses.push(readFetchableTopicResponse(reader, version));
  let nodeEndpoints: readonly NodeEndpoint[] = [];
  if (flexible) {
    for (let left = reader.uvarint(); left > 0; left--) {
      const tag = reader.uvarint();
      const end = reader.taggedFieldEnd();
      switch (tag) {
        case 0: {
          if (version >= 16) {
            const length = reader.compactArrayLength(11);
            const list: NodeEndpoint[] = [];
            for (let left = length; left > 0; left--) list.push(readNodeEndpoint(reader));
            nodeEndpoints = list;
          } else reader.position = end;
          break;
        }

        default:
          reader.position = end;
      }
      reader.expectPosition(end);
    }
  }
  return { throttleTimeMs, errorCode, sessionId, responses, nodeEndpoints };
}

function readFetchableTopicResponse(reader: Reader, version: number): FetchableTopicResponse {
  const flexible = version >= 12;
  const topic = version <= 12 ? (flexible ? reader.compactString() : reader.string()) : '';
  const topicId = version >= 13 ? (reader.uuid() as TopicId) : ZERO_TOPIC_ID;
  const partitions: PartitionData[] = [];
  for (let left = flexible ? reader.compactArrayLength(30) : reader.arrayLength(30); left > 0; left--)
    partitions.push(readPartitionData(reader, version));
  if (flexible) reader.skipTaggedFields();
  return { topic, topicId, partitions };
}

function readPartitionData(reader: Reader, version: number): PartitionData {
  const flexible = version >= 12;
  const partitionIndex = reader.int32() as PartitionId;
  const errorCode = reader.int16();
  const highWatermark = reader.int64() as Offset;
  const lastStableOffset = reader.int64() as Offset;
  const logStartOffset = version >= 5 ? (reader.int64() as Offset) : (-1 as Offset);
  let divergingEpoch: EpochEndOffset = DEFAULT_EPOCH_END_OFFSET;
  let currentLeader: LeaderIdAndEpoch = DEFAULT_LEADER_ID_AND_EPOCH;
  let snapshotId: SnapshotId = DEFAULT_SNAPSHOT_ID;
  let abortedTransactions: readonly AbortedTransaction[] | null = null;
  {
    const length = flexible ? reader.compactNullableArrayLength(16) : reader.nullableArrayLength(16);
    if (length < 0) abortedTransactions = null;
    else {
      const list: AbortedTransaction[] = [];
      for (let left = length; left > 0; left--) list.push(readAbortedTransaction(reader, version));
      abortedTransactions = list;
    }
  }
  const preferredReadReplica = version >= 11 ? reader.int32() : -1;
  const records = flexible ? reader.compactNullableChunks() : reader.nullableChunks();
  if (flexible) {
    for (let left = reader.uvarint(); left > 0; left--) {
      const tag = reader.uvarint();
      const end = reader.taggedFieldEnd();
      switch (tag) {
        case 0: {
          divergingEpoch = readEpochEndOffset(reader);
          break;
        }
        case 1: {
          currentLeader = readLeaderIdAndEpoch(reader);
          break;
        }
        case 2: {
          snapshotId = readSnapshotId(reader);
          break;
        }

        default:
          reader.position = end;
      }
      reader.expectPosition(end);
    }
  }
  return {
    partitionIndex,
    errorCode,
    highWatermark,
    lastStableOffset,
    logStartOffset,
    divergingEpoch,
    currentLeader,
    snapshotId,
    abortedTransactions,
    preferredReadReplica,
    records,
  };
}

function readEpochEndOffset(reader: Reader): EpochEndOffset {
  const epoch = reader.int32() as LeaderEpoch;
  const endOffset = reader.int64() as Offset;
  reader.skipTaggedFields();
  return { epoch, endOffset };
}

function readLeaderIdAndEpoch(reader: Reader): LeaderIdAndEpoch {
  const leaderId = reader.int32();
  const leaderEpoch = reader.int32() as LeaderEpoch;
  reader.skipTaggedFields();
  return { leaderId, leaderEpoch };
}

function readSnapshotId(reader: Reader): SnapshotId {
  const endOffset = reader.int64() as Offset;
  const epoch = reader.int32() as LeaderEpoch;
  reader.skipTaggedFields();
  return { endOffset, epoch };
}

function readAbortedTransaction(reader: Reader, version: number): AbortedTransaction {
  const flexible = version >= 12;
  const producerId = reader.int64Bigint();
  const firstOffset = reader.int64() as Offset;
  if (flexible) reader.skipTaggedFields();
  return { producerId, firstOffset };
}

function readNodeEndpoint(reader: Reader): NodeEndpoint {
  const nodeId = reader.int32();
  const host = reader.compactString();
  const port = reader.int32();
  const rack = reader.compactNullableString();
  reader.skipTaggedFields();
  return { nodeId, host, port, rack };
}

export function writeFetchRequest(writer: Writer, value: FetchRequest, version: number): void {
  const flexible = version >= 12;
  if (version <= 14) {
    writer.int32(value.replicaId);
  }
  writer.int32(value.maxWaitMs);
  writer.int32(value.minBytes);
  writer.int32(value.maxBytes);
  writer.int8(value.isolationLevel);
  if (version >= 7) {
    writer.int32(value.sessionId);
  }
  if (version >= 7) {
    writer.int32(value.sessionEpoch);
  }
  if (flexible) writer.compactArrayLength(value.topics.length);
  else writer.arrayLength(value.topics.length);
  for (const element of value.topics) {
    writeFetchTopic(writer, element, version);
  }
  if (version >= 7) {
    if (flexible) writer.compactArrayLength(value.forgottenTopicsData.length);
    else writer.arrayLength(value.forgottenTopicsData.length);
    for (const element of value.forgottenTopicsData) {
      writeForgottenTopic(writer, element, version);
    }
  }
  if (version >= 11) {
    if (flexible) writer.compactString(value.rackId);
    else writer.string(value.rackId);
  }
  if (flexible) {
    const withClusterId = value.clusterId !== null;
    const withReplicaState =
      version >= 15 && (value.replicaState.replicaId !== -1 || value.replicaState.replicaEpoch !== -1);
    writer.uvarint((withClusterId ? 1 : 0) + (withReplicaState ? 1 : 0));
    if (withClusterId) {
      const field = new Writer();
      field.compactNullableString(value.clusterId);
      writer.taggedField(0, field);
    }
    if (withReplicaState) {
      const field = new Writer();
      writeReplicaState(field, value.replicaState);
      writer.taggedField(1, field);
    }
  }
}

function writeReplicaState(writer: Writer, value: ReplicaState): void {
  writer.int32(value.replicaId);
  writer.int64(value.replicaEpoch);
  writer.uvarint(0);
}

function writeFetchTopic(writer: Writer, value: FetchTopic, version: number): void {
  const flexible = version >= 12;
  if (version <= 12) {
    if (flexible) writer.compactString(value.topic);
    else writer.string(value.topic);
  }
  if (version >= 13) {
    writer.uuid(value.topicId);
  }
  if (flexible) writer.compactArrayLength(value.partitions.length);
  else writer.arrayLength(value.partitions.length);
  for (const element of value.partitions) {
    writeFetchPartition(writer, element, version);
  }
  if (flexible) writer.uvarint(0);
}

function writeFetchPartition(writer: Writer, value: FetchPartition, version: number): void {
  const flexible = version >= 12;
  writer.int32(value.partition);
  if (version >= 9) {
    writer.int32(value.currentLeaderEpoch);
  }
  writer.int64(value.fetchOffset);
  if (version >= 12) {
    writer.int32(value.lastFetchedEpoch);
  }
  if (version >= 5) {
    writer.int64(value.logStartOffset);
  }
  writer.int32(value.partitionMaxBytes);
  if (flexible) {
    const withReplicaDirectoryId = version >= 17 && value.replicaDirectoryId !== ZERO_TOPIC_ID;
    const withHighWatermark = version >= 18 && value.highWatermark !== Number.MAX_SAFE_INTEGER;
    writer.uvarint((withReplicaDirectoryId ? 1 : 0) + (withHighWatermark ? 1 : 0));
    if (withReplicaDirectoryId) {
      const field = new Writer();
      field.uuid(value.replicaDirectoryId);
      writer.taggedField(0, field);
    }
    if (withHighWatermark) {
      const field = new Writer();
      field.int64(value.highWatermark);
      writer.taggedField(1, field);
    }
  }
}

function writeForgottenTopic(writer: Writer, value: ForgottenTopic, version: number): void {
  const flexible = version >= 12;
  if (version <= 12) {
    if (flexible) writer.compactString(value.topic);
    else writer.string(value.topic);
  }
  if (version >= 13) {
    writer.uuid(value.topicId);
  }
  if (flexible) writer.compactArrayLength(value.partitions.length);
  else writer.arrayLength(value.partitions.length);
  for (const element of value.partitions) {
    writer.int32(element);
  }
  if (flexible) writer.uvarint(0);
}

export function writeFetchResponse(writer: Writer, value: FetchResponse, version: number): void {
  const flexible = version >= 12;
  writer.int32(value.throttleTimeMs);
  if (version >= 7) {
    writer.int16(value.errorCode);
  }
  if (version >= 7) {
    writer.int32(value.sessionId);
  }
  if (flexible) writer.compactArrayLength(value.responses.length);
  else writer.arrayLength(value.responses.length);
  for (const element of value.responses) {
    writeFetchableTopicResponse(writer, element, version);
  }
  if (flexible) {
    const withNodeEndpoints = version >= 16 && value.nodeEndpoints.length !== 0;
    writer.uvarint(withNodeEndpoints ? 1 : 0);
    if (withNodeEndpoints) {
      const field = new Writer();
      field.compactArrayLength(value.nodeEndpoints.length);
      for (const element of value.nodeEndpoints) {
        writeNodeEndpoint(field, element);
      }
      writer.taggedField(0, field);
    }
  }
}

function writeFetchableTopicResponse(writer: Writer, value: FetchableTopicResponse, version: number): void {
  const flexible = version >= 12;
  if (version <= 12) {
    if (flexible) writer.compactString(value.topic);
    else writer.string(value.topic);
  }
  if (version >= 13) {
    writer.uuid(value.topicId);
  }
  if (flexible) writer.compactArrayLength(value.partitions.length);
  else writer.arrayLength(value.partitions.length);
  for (const element of value.partitions) {
    writePartitionData(writer, element, version);
  }
  if (flexible) writer.uvarint(0);
}

function writePartitionData(writer: Writer, value: PartitionData, version: number): void {
  const flexible = version >= 12;
  writer.int32(value.partitionIndex);
  writer.int16(value.errorCode);
  writer.int64(value.highWatermark);
  writer.int64(value.lastStableOffset);
  if (version >= 5) {
    writer.int64(value.logStartOffset);
  }
  if (value.abortedTransactions === null) {
    if (flexible) writer.compactNullArray();
    else writer.nullArray();
  } else {
    if (flexible) writer.compactArrayLength(value.abortedTransactions.length);
    else writer.arrayLength(value.abortedTransactions.length);
    for (const element of value.abortedTransactions) {
      writeAbortedTransaction(writer, element, version);
    }
  }
  if (version >= 11) {
    writer.int32(value.preferredReadReplica);
  }
  if (flexible) writer.compactNullableChunks(value.records);
  else writer.nullableChunks(value.records);
  if (flexible) {
    const withDivergingEpoch = value.divergingEpoch.epoch !== -1 || value.divergingEpoch.endOffset !== -1;
    const withCurrentLeader = value.currentLeader.leaderId !== -1 || value.currentLeader.leaderEpoch !== -1;
    const withSnapshotId = value.snapshotId.endOffset !== -1 || value.snapshotId.epoch !== -1;
    writer.uvarint((withDivergingEpoch ? 1 : 0) + (withCurrentLeader ? 1 : 0) + (withSnapshotId ? 1 : 0));
    if (withDivergingEpoch) {
      const field = new Writer();
      writeEpochEndOffset(field, value.divergingEpoch);
      writer.taggedField(0, field);
    }
    if (withCurrentLeader) {
      const field = new Writer();
      writeLeaderIdAndEpoch(field, value.currentLeader);
      writer.taggedField(1, field);
    }
    if (withSnapshotId) {
      const field = new Writer();
      writeSnapshotId(field, value.snapshotId);
      writer.taggedField(2, field);
    }
  }
}

function writeEpochEndOffset(writer: Writer, value: EpochEndOffset): void {
  writer.int32(value.epoch);
  writer.int64(value.endOffset);
  writer.uvarint(0);
}

function writeLeaderIdAndEpoch(writer: Writer, value: LeaderIdAndEpoch): void {
  writer.int32(value.leaderId);
  writer.int32(value.leaderEpoch);
  writer.uvarint(0);
}

function writeSnapshotId(writer: Writer, value: SnapshotId): void {
  writer.int64(value.endOffset);
  writer.int32(value.epoch);
  writer.uvarint(0);
}

function writeAbortedTransaction(writer: Writer, value: AbortedTransaction, version: number): void {
  const flexible = version >= 12;
  writer.int64Bigint(value.producerId);
  writer.int64(value.firstOffset);
  if (flexible) writer.uvarint(0);
}

function writeNodeEndpoint(writer: Writer, value: NodeEndpoint): void {
  writer.int32(value.nodeId);
  writer.compactString(value.host);
  writer.int32(value.port);
  writer.compactNullableString(value.rack);
  writer.uvarint(0);
}
