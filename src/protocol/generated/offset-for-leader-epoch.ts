/** Kafka's OffsetForLeaderEpoch: facts, types, readers and writers. Generated from schema/OffsetForLeaderEpochRequest.json and OffsetForLeaderEpochResponse.json by generate.ts; do not edit. */
import type { Reader } from '../reader';
import type { Writer } from '../writer';
import type { LeaderEpoch, Offset, PartitionId } from '../../types';

export const offsetForLeaderEpochApi = {
  key: 23,
  name: 'OffsetForLeaderEpoch',
  /** Versions that are served. */
  requestVersions: { min: 2, max: 4 },
  /** The lowest version that ApiVersions lists. */
  advertisedMin: 2,
  /** From this version on messages are flexible (KIP-482). */
  flexibleFrom: 4,
} as const;

export interface OffsetForLeaderEpochRequest {
  /** From version 3. */
  readonly replicaId: number;
  readonly topics: readonly OffsetForLeaderTopic[];
}

export interface OffsetForLeaderTopic {
  readonly topic: string;
  readonly partitions: readonly OffsetForLeaderPartition[];
}

export interface OffsetForLeaderPartition {
  readonly partition: PartitionId;
  readonly currentLeaderEpoch: LeaderEpoch;
  readonly leaderEpoch: LeaderEpoch;
}

export interface OffsetForLeaderEpochResponse {
  readonly throttleTimeMs: number;
  readonly topics: readonly OffsetForLeaderTopicResult[];
}

export interface OffsetForLeaderTopicResult {
  readonly topic: string;
  readonly partitions: readonly EpochEndOffset[];
}

export interface EpochEndOffset {
  readonly errorCode: number;
  readonly partition: PartitionId;
  readonly leaderEpoch: LeaderEpoch;
  readonly endOffset: Offset;
}

/** A value with Kafka's defaults where nothing is given. */
export function createOffsetForLeaderEpochRequest(
  fields: Partial<OffsetForLeaderEpochRequest> = {},
): OffsetForLeaderEpochRequest {
  return {
    replicaId: fields.replicaId ?? -2,
    topics: fields.topics ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createOffsetForLeaderTopic(fields: Partial<OffsetForLeaderTopic> = {}): OffsetForLeaderTopic {
  return {
    topic: fields.topic ?? '',
    partitions: fields.partitions ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createOffsetForLeaderPartition(
  fields: Partial<OffsetForLeaderPartition> = {},
): OffsetForLeaderPartition {
  return {
    partition: fields.partition ?? (0 as PartitionId),
    currentLeaderEpoch: fields.currentLeaderEpoch ?? (-1 as LeaderEpoch),
    leaderEpoch: fields.leaderEpoch ?? (0 as LeaderEpoch),
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createOffsetForLeaderEpochResponse(
  fields: Partial<OffsetForLeaderEpochResponse> = {},
): OffsetForLeaderEpochResponse {
  return {
    throttleTimeMs: fields.throttleTimeMs ?? 0,
    topics: fields.topics ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createOffsetForLeaderTopicResult(
  fields: Partial<OffsetForLeaderTopicResult> = {},
): OffsetForLeaderTopicResult {
  return {
    topic: fields.topic ?? '',
    partitions: fields.partitions ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createEpochEndOffset(fields: Partial<EpochEndOffset> = {}): EpochEndOffset {
  return {
    errorCode: fields.errorCode ?? 0,
    partition: fields.partition ?? (0 as PartitionId),
    leaderEpoch: fields.leaderEpoch ?? (-1 as LeaderEpoch),
    endOffset: fields.endOffset ?? (-1 as Offset),
  };
}

/** Reads the body of an OffsetForLeaderEpochRequest of versions 2 to 4. Throws ProtocolError. */
export function readOffsetForLeaderEpochRequest(reader: Reader, version: number): OffsetForLeaderEpochRequest {
  const flexible = version >= 4;
  const replicaId = version >= 3 ? reader.int32() : -2;
  const topics: OffsetForLeaderTopic[] = [];
  for (let left = flexible ? reader.compactArrayLength(3) : reader.arrayLength(3); left > 0; left--)
    topics.push(readOffsetForLeaderTopic(reader, version));
  if (flexible) reader.skipTaggedFields();
  return { replicaId, topics };
}

function readOffsetForLeaderTopic(reader: Reader, version: number): OffsetForLeaderTopic {
  const flexible = version >= 4;
  const topic = flexible ? reader.compactString() : reader.string();
  const partitions: OffsetForLeaderPartition[] = [];
  for (let left = flexible ? reader.compactArrayLength(12) : reader.arrayLength(12); left > 0; left--)
    partitions.push(readOffsetForLeaderPartition(reader, version));
  if (flexible) reader.skipTaggedFields();
  return { topic, partitions };
}

function readOffsetForLeaderPartition(reader: Reader, version: number): OffsetForLeaderPartition {
  const flexible = version >= 4;
  const partition = reader.int32() as PartitionId;
  const currentLeaderEpoch = reader.int32() as LeaderEpoch;
  const leaderEpoch = reader.int32() as LeaderEpoch;
  if (flexible) reader.skipTaggedFields();
  return { partition, currentLeaderEpoch, leaderEpoch };
}

/** Reads the body of an OffsetForLeaderEpochResponse of versions 2 to 4. Throws ProtocolError. */
export function readOffsetForLeaderEpochResponse(reader: Reader, version: number): OffsetForLeaderEpochResponse {
  const flexible = version >= 4;
  const throttleTimeMs = reader.int32();
  const topics: OffsetForLeaderTopicResult[] = [];
  for (let left = flexible ? reader.compactArrayLength(3) : reader.arrayLength(3); left > 0; left--)
    topics.push(readOffsetForLeaderTopicResult(reader, version));
  if (flexible) reader.skipTaggedFields();
  return { throttleTimeMs, topics };
}

function readOffsetForLeaderTopicResult(reader: Reader, version: number): OffsetForLeaderTopicResult {
  const flexible = version >= 4;
  const topic = flexible ? reader.compactString() : reader.string();
  const partitions: EpochEndOffset[] = [];
  for (let left = flexible ? reader.compactArrayLength(18) : reader.arrayLength(18); left > 0; left--)
    partitions.push(readEpochEndOffset(reader, version));
  if (flexible) reader.skipTaggedFields();
  return { topic, partitions };
}

function readEpochEndOffset(reader: Reader, version: number): EpochEndOffset {
  const flexible = version >= 4;
  const errorCode = reader.int16();
  const partition = reader.int32() as PartitionId;
  const leaderEpoch = reader.int32() as LeaderEpoch;
  const endOffset = reader.int64() as Offset;
  if (flexible) reader.skipTaggedFields();
  return { errorCode, partition, leaderEpoch, endOffset };
}

export function writeOffsetForLeaderEpochRequest(
  writer: Writer,
  value: OffsetForLeaderEpochRequest,
  version: number,
): void {
  const flexible = version >= 4;
  if (version >= 3) {
    writer.int32(value.replicaId);
  }
  if (flexible) writer.compactArrayLength(value.topics.length);
  else writer.arrayLength(value.topics.length);
  for (const element of value.topics) {
    writeOffsetForLeaderTopic(writer, element, version);
  }
  if (flexible) writer.uvarint(0);
}

function writeOffsetForLeaderTopic(writer: Writer, value: OffsetForLeaderTopic, version: number): void {
  const flexible = version >= 4;
  if (flexible) writer.compactString(value.topic);
  else writer.string(value.topic);
  if (flexible) writer.compactArrayLength(value.partitions.length);
  else writer.arrayLength(value.partitions.length);
  for (const element of value.partitions) {
    writeOffsetForLeaderPartition(writer, element, version);
  }
  if (flexible) writer.uvarint(0);
}

function writeOffsetForLeaderPartition(writer: Writer, value: OffsetForLeaderPartition, version: number): void {
  const flexible = version >= 4;
  writer.int32(value.partition);
  writer.int32(value.currentLeaderEpoch);
  writer.int32(value.leaderEpoch);
  if (flexible) writer.uvarint(0);
}

export function writeOffsetForLeaderEpochResponse(
  writer: Writer,
  value: OffsetForLeaderEpochResponse,
  version: number,
): void {
  const flexible = version >= 4;
  writer.int32(value.throttleTimeMs);
  if (flexible) writer.compactArrayLength(value.topics.length);
  else writer.arrayLength(value.topics.length);
  for (const element of value.topics) {
    writeOffsetForLeaderTopicResult(writer, element, version);
  }
  if (flexible) writer.uvarint(0);
}

function writeOffsetForLeaderTopicResult(writer: Writer, value: OffsetForLeaderTopicResult, version: number): void {
  const flexible = version >= 4;
  if (flexible) writer.compactString(value.topic);
  else writer.string(value.topic);
  if (flexible) writer.compactArrayLength(value.partitions.length);
  else writer.arrayLength(value.partitions.length);
  for (const element of value.partitions) {
    writeEpochEndOffset(writer, element, version);
  }
  if (flexible) writer.uvarint(0);
}

function writeEpochEndOffset(writer: Writer, value: EpochEndOffset, version: number): void {
  const flexible = version >= 4;
  writer.int16(value.errorCode);
  writer.int32(value.partition);
  writer.int32(value.leaderEpoch);
  writer.int64(value.endOffset);
  if (flexible) writer.uvarint(0);
}
