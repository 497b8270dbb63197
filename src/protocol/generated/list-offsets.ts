/** Kafka's ListOffsets: facts, types, readers and writers. Generated from schema/ListOffsetsRequest.json and ListOffsetsResponse.json by generate.ts; do not edit. */
import type { Reader } from '../reader';
import type { Writer } from '../writer';
import type { Int64, LeaderEpoch, Offset, PartitionId } from '../../types';

export const listOffsetsApi = {
  key: 2,
  name: 'ListOffsets',
  /** Versions that are served. */
  requestVersions: { min: 1, max: 11 },
  /** The lowest version that ApiVersions lists. */
  advertisedMin: 1,
  /** From this version on messages are flexible (KIP-482). */
  flexibleFrom: 6,
} as const;

export interface ListOffsetsRequest {
  readonly replicaId: number;
  /** From version 2. */
  readonly isolationLevel: number;
  readonly topics: readonly ListOffsetsTopic[];
  /** From version 10. */
  readonly timeoutMs: number;
}

export interface ListOffsetsTopic {
  readonly name: string;
  readonly partitions: readonly ListOffsetsPartition[];
}

export interface ListOffsetsPartition {
  readonly partitionIndex: PartitionId;
  /** From version 4. */
  readonly currentLeaderEpoch: LeaderEpoch;
  readonly timestamp: Int64;
}

export interface ListOffsetsResponse {
  /** From version 2. */
  readonly throttleTimeMs: number;
  readonly topics: readonly ListOffsetsTopicResponse[];
}

export interface ListOffsetsTopicResponse {
  readonly name: string;
  readonly partitions: readonly ListOffsetsPartitionResponse[];
}

export interface ListOffsetsPartitionResponse {
  readonly partitionIndex: PartitionId;
  readonly errorCode: number;
  readonly timestamp: Int64;
  readonly offset: Offset;
  /** From version 4. */
  readonly leaderEpoch: LeaderEpoch;
}

/** A value with Kafka's defaults where nothing is given. */
export function createListOffsetsRequest(fields: Partial<ListOffsetsRequest> = {}): ListOffsetsRequest {
  return {
    replicaId: fields.replicaId ?? 0,
    isolationLevel: fields.isolationLevel ?? 0,
    topics: fields.topics ?? [],
    timeoutMs: fields.timeoutMs ?? 0,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createListOffsetsTopic(fields: Partial<ListOffsetsTopic> = {}): ListOffsetsTopic {
  return {
    name: fields.name ?? '',
    partitions: fields.partitions ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createListOffsetsPartition(fields: Partial<ListOffsetsPartition> = {}): ListOffsetsPartition {
  return {
    partitionIndex: fields.partitionIndex ?? (0 as PartitionId),
    currentLeaderEpoch: fields.currentLeaderEpoch ?? (-1 as LeaderEpoch),
    timestamp: fields.timestamp ?? 0,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createListOffsetsResponse(fields: Partial<ListOffsetsResponse> = {}): ListOffsetsResponse {
  return {
    throttleTimeMs: fields.throttleTimeMs ?? 0,
    topics: fields.topics ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createListOffsetsTopicResponse(
  fields: Partial<ListOffsetsTopicResponse> = {},
): ListOffsetsTopicResponse {
  return {
    name: fields.name ?? '',
    partitions: fields.partitions ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createListOffsetsPartitionResponse(
  fields: Partial<ListOffsetsPartitionResponse> = {},
): ListOffsetsPartitionResponse {
  return {
    partitionIndex: fields.partitionIndex ?? (0 as PartitionId),
    errorCode: fields.errorCode ?? 0,
    timestamp: fields.timestamp ?? -1,
    offset: fields.offset ?? (-1 as Offset),
    leaderEpoch: fields.leaderEpoch ?? (-1 as LeaderEpoch),
  };
}

/** Reads the body of a ListOffsetsRequest of versions 1 to 11. Throws ProtocolError. */
export function readListOffsetsRequest(reader: Reader, version: number): ListOffsetsRequest {
  const flexible = version >= 6;
  const replicaId = reader.int32();
  const isolationLevel = version >= 2 ? reader.int8() : 0;
  const topics: ListOffsetsTopic[] = [];
  for (let left = flexible ? reader.compactArrayLength(3) : reader.arrayLength(3); left > 0; left--)
    topics.push(readListOffsetsTopic(reader, version));
  const timeoutMs = version >= 10 ? reader.int32() : 0;
  if (flexible) reader.skipTaggedFields();
  return { replicaId, isolationLevel, topics, timeoutMs };
}

function readListOffsetsTopic(reader: Reader, version: number): ListOffsetsTopic {
  const flexible = version >= 6;
  const name = flexible ? reader.compactString() : reader.string();
  const partitions: ListOffsetsPartition[] = [];
  for (let left = flexible ? reader.compactArrayLength(12) : reader.arrayLength(12); left > 0; left--)
    partitions.push(readListOffsetsPartition(reader, version));
  if (flexible) reader.skipTaggedFields();
  return { name, partitions };
}

function readListOffsetsPartition(reader: Reader, version: number): ListOffsetsPartition {
  const flexible = version >= 6;
  const partitionIndex = reader.int32() as PartitionId;
  const currentLeaderEpoch = version >= 4 ? (reader.int32() as LeaderEpoch) : (-1 as LeaderEpoch);
  const timestamp = reader.int64Exact();
  if (flexible) reader.skipTaggedFields();
  return { partitionIndex, currentLeaderEpoch, timestamp };
}

/** Reads the body of a ListOffsetsResponse of versions 1 to 11. Throws ProtocolError. */
export function readListOffsetsResponse(reader: Reader, version: number): ListOffsetsResponse {
  const flexible = version >= 6;
  const throttleTimeMs = version >= 2 ? reader.int32() : 0;
  const topics: ListOffsetsTopicResponse[] = [];
  for (let left = flexible ? reader.compactArrayLength(3) : reader.arrayLength(3); left > 0; left--)
    topics.push(readListOffsetsTopicResponse(reader, version));
  if (flexible) reader.skipTaggedFields();
  return { throttleTimeMs, topics };
}

function readListOffsetsTopicResponse(reader: Reader, version: number): ListOffsetsTopicResponse {
  const flexible = version >= 6;
  const name = flexible ? reader.compactString() : reader.string();
  const partitions: ListOffsetsPartitionResponse[] = [];
  for (let left = flexible ? reader.compactArrayLength(22) : reader.arrayLength(22); left > 0; left--)
    partitions.push(readListOffsetsPartitionResponse(reader, version));
  if (flexible) reader.skipTaggedFields();
  return { name, partitions };
}

function readListOffsetsPartitionResponse(reader: Reader, version: number): ListOffsetsPartitionResponse {
  const flexible = version >= 6;
  const partitionIndex = reader.int32() as PartitionId;
  const errorCode = reader.int16();
  const timestamp = reader.int64Exact();
  const offset = reader.int64() as Offset;
  const leaderEpoch = version >= 4 ? (reader.int32() as LeaderEpoch) : (-1 as LeaderEpoch);
  if (flexible) reader.skipTaggedFields();
  return { partitionIndex, errorCode, timestamp, offset, leaderEpoch };
}

export function writeListOffsetsRequest(writer: Writer, value: ListOffsetsRequest, version: number): void {
  const flexible = version >= 6;
  writer.int32(value.replicaId);
  if (version >= 2) {
    writer.int8(value.isolationLevel);
  }
  if (flexible) writer.compactArrayLength(value.topics.length);
  else writer.arrayLength(value.topics.length);
  for (const element of value.topics) {
    writeListOffsetsTopic(writer, element, version);
  }
  if (version >= 10) {
    writer.int32(value.timeoutMs);
  }
  if (flexible) writer.uvarint(0);
}

function writeListOffsetsTopic(writer: Writer, value: ListOffsetsTopic, version: number): void {
  const flexible = version >= 6;
  if (flexible) writer.compactString(value.name);
  else writer.string(value.name);
  if (flexible) writer.compactArrayLength(value.partitions.length);
  else writer.arrayLength(value.partitions.length);
  for (const element of value.partitions) {
    writeListOffsetsPartition(writer, element, version);
  }
  if (flexible) writer.uvarint(0);
}

function writeListOffsetsPartition(writer: Writer, value: ListOffsetsPartition, version: number): void {
  const flexible = version >= 6;
  writer.int32(value.partitionIndex);
  if (version >= 4) {
    writer.int32(value.currentLeaderEpoch);
  }
  writer.int64Exact(value.timestamp);
  if (flexible) writer.uvarint(0);
}

export function writeListOffsetsResponse(writer: Writer, value: ListOffsetsResponse, version: number): void {
  const flexible = version >= 6;
  if (version >= 2) {
    writer.int32(value.throttleTimeMs);
  }
  if (flexible) writer.compactArrayLength(value.topics.length);
  else writer.arrayLength(value.topics.length);
  for (const element of value.topics) {
    writeListOffsetsTopicResponse(writer, element, version);
  }
  if (flexible) writer.uvarint(0);
}

function writeListOffsetsTopicResponse(writer: Writer, value: ListOffsetsTopicResponse, version: number): void {
  const flexible = version >= 6;
  if (flexible) writer.compactString(value.name);
  else writer.string(value.name);
  if (flexible) writer.compactArrayLength(value.partitions.length);
  else writer.arrayLength(value.partitions.length);
  for (const element of value.partitions) {
    writeListOffsetsPartitionResponse(writer, element, version);
  }
  if (flexible) writer.uvarint(0);
}

function writeListOffsetsPartitionResponse(writer: Writer, value: ListOffsetsPartitionResponse, version: number): void {
  const flexible = version >= 6;
  writer.int32(value.partitionIndex);
  writer.int16(value.errorCode);
  writer.int64Exact(value.timestamp);
  writer.int64(value.offset);
  if (version >= 4) {
    writer.int32(value.leaderEpoch);
  }
  if (flexible) writer.uvarint(0);
}
