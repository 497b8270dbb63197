/** Kafka's OffsetDelete: facts, types, readers and writers. Generated from schema/OffsetDeleteRequest.json and OffsetDeleteResponse.json by generate.ts; do not edit. */
import type { Reader } from '../reader';
import type { Writer } from '../writer';
import type { PartitionId } from '../../types';

export const offsetDeleteApi = {
  key: 47,
  name: 'OffsetDelete',
  /** Versions that are served. */
  requestVersions: { min: 0, max: 0 },
  /** The lowest version that ApiVersions lists. */
  advertisedMin: 0,
  /** From this version on messages are flexible (KIP-482). */
  flexibleFrom: Number.POSITIVE_INFINITY,
} as const;

export interface OffsetDeleteRequest {
  readonly groupId: string;
  readonly topics: readonly OffsetDeleteRequestTopic[];
}

export interface OffsetDeleteRequestTopic {
  readonly name: string;
  readonly partitions: readonly OffsetDeleteRequestPartition[];
}

export interface OffsetDeleteRequestPartition {
  readonly partitionIndex: PartitionId;
}

export interface OffsetDeleteResponse {
  readonly errorCode: number;
  readonly throttleTimeMs: number;
  readonly topics: readonly OffsetDeleteResponseTopic[];
}

export interface OffsetDeleteResponseTopic {
  readonly name: string;
  readonly partitions: readonly OffsetDeleteResponsePartition[];
}

export interface OffsetDeleteResponsePartition {
  readonly partitionIndex: PartitionId;
  readonly errorCode: number;
}

/** A value with Kafka's defaults where nothing is given. */
export function createOffsetDeleteRequest(fields: Partial<OffsetDeleteRequest> = {}): OffsetDeleteRequest {
  return {
    groupId: fields.groupId ?? '',
    topics: fields.topics ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createOffsetDeleteRequestTopic(
  fields: Partial<OffsetDeleteRequestTopic> = {},
): OffsetDeleteRequestTopic {
  return {
    name: fields.name ?? '',
    partitions: fields.partitions ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createOffsetDeleteRequestPartition(
  fields: Partial<OffsetDeleteRequestPartition> = {},
): OffsetDeleteRequestPartition {
  return {
    partitionIndex: fields.partitionIndex ?? (0 as PartitionId),
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createOffsetDeleteResponse(fields: Partial<OffsetDeleteResponse> = {}): OffsetDeleteResponse {
  return {
    errorCode: fields.errorCode ?? 0,
    throttleTimeMs: fields.throttleTimeMs ?? 0,
    topics: fields.topics ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createOffsetDeleteResponseTopic(
  fields: Partial<OffsetDeleteResponseTopic> = {},
): OffsetDeleteResponseTopic {
  return {
    name: fields.name ?? '',
    partitions: fields.partitions ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createOffsetDeleteResponsePartition(
  fields: Partial<OffsetDeleteResponsePartition> = {},
): OffsetDeleteResponsePartition {
  return {
    partitionIndex: fields.partitionIndex ?? (0 as PartitionId),
    errorCode: fields.errorCode ?? 0,
  };
}

/** Reads the body of an OffsetDeleteRequest of version 0. Throws ProtocolError. */
export function readOffsetDeleteRequest(reader: Reader, _version: number): OffsetDeleteRequest {
  const groupId = reader.string();
  const topics: OffsetDeleteRequestTopic[] = [];
  for (let left = reader.arrayLength(6); left > 0; left--) topics.push(readOffsetDeleteRequestTopic(reader));
  return { groupId, topics };
}

function readOffsetDeleteRequestTopic(reader: Reader): OffsetDeleteRequestTopic {
  const name = reader.string();
  const partitions: OffsetDeleteRequestPartition[] = [];
  for (let left = reader.arrayLength(4); left > 0; left--) partitions.push(readOffsetDeleteRequestPartition(reader));
  return { name, partitions };
}

function readOffsetDeleteRequestPartition(reader: Reader): OffsetDeleteRequestPartition {
  const partitionIndex = reader.int32() as PartitionId;
  return { partitionIndex };
}

/** Reads the body of an OffsetDeleteResponse of version 0. Throws ProtocolError. */
export function readOffsetDeleteResponse(reader: Reader, _version: number): OffsetDeleteResponse {
  const errorCode = reader.int16();
  const throttleTimeMs = reader.int32();
  const topics: OffsetDeleteResponseTopic[] = [];
  for (let left = reader.arrayLength(6); left > 0; left--) topics.push(readOffsetDeleteResponseTopic(reader));
  return { errorCode, throttleTimeMs, topics };
}

function readOffsetDeleteResponseTopic(reader: Reader): OffsetDeleteResponseTopic {
  const name = reader.string();
  const partitions: OffsetDeleteResponsePartition[] = [];
  for (let left = reader.arrayLength(6); left > 0; left--) partitions.push(readOffsetDeleteResponsePartition(reader));
  return { name, partitions };
}

function readOffsetDeleteResponsePartition(reader: Reader): OffsetDeleteResponsePartition {
  const partitionIndex = reader.int32() as PartitionId;
  const errorCode = reader.int16();
  return { partitionIndex, errorCode };
}

export function writeOffsetDeleteRequest(writer: Writer, value: OffsetDeleteRequest, _version: number): void {
  writer.string(value.groupId);
  writer.arrayLength(value.topics.length);
  for (const element of value.topics) {
    writeOffsetDeleteRequestTopic(writer, element);
  }
}

function writeOffsetDeleteRequestTopic(writer: Writer, value: OffsetDeleteRequestTopic): void {
  writer.string(value.name);
  writer.arrayLength(value.partitions.length);
  for (const element of value.partitions) {
    writeOffsetDeleteRequestPartition(writer, element);
  }
}

function writeOffsetDeleteRequestPartition(writer: Writer, value: OffsetDeleteRequestPartition): void {
  writer.int32(value.partitionIndex);
}

export function writeOffsetDeleteResponse(writer: Writer, value: OffsetDeleteResponse, _version: number): void {
  writer.int16(value.errorCode);
  writer.int32(value.throttleTimeMs);
  writer.arrayLength(value.topics.length);
  for (const element of value.topics) {
    writeOffsetDeleteResponseTopic(writer, element);
  }
}

function writeOffsetDeleteResponseTopic(writer: Writer, value: OffsetDeleteResponseTopic): void {
  writer.string(value.name);
  writer.arrayLength(value.partitions.length);
  for (const element of value.partitions) {
    writeOffsetDeleteResponsePartition(writer, element);
  }
}

function writeOffsetDeleteResponsePartition(writer: Writer, value: OffsetDeleteResponsePartition): void {
  writer.int32(value.partitionIndex);
  writer.int16(value.errorCode);
}
