/** Kafka's DeleteRecords: facts, types, readers and writers. Generated from schema/DeleteRecordsRequest.json and DeleteRecordsResponse.json by generate.ts; do not edit. */
import type { Reader } from '../reader';
import type { Writer } from '../writer';
import type { Offset, PartitionId } from '../../types';

export const deleteRecordsApi = {
  key: 21,
  name: 'DeleteRecords',
  /** Versions that are served. */
  requestVersions: { min: 0, max: 2 },
  /** The lowest version that ApiVersions lists. */
  advertisedMin: 0,
  /** From this version on messages are flexible (KIP-482). */
  flexibleFrom: 2,
} as const;

export interface DeleteRecordsRequest {
  readonly topics: readonly DeleteRecordsTopic[];
  readonly timeoutMs: number;
}

export interface DeleteRecordsTopic {
  readonly name: string;
  readonly partitions: readonly DeleteRecordsPartition[];
}

export interface DeleteRecordsPartition {
  readonly partitionIndex: PartitionId;
  readonly offset: Offset;
}

export interface DeleteRecordsResponse {
  readonly throttleTimeMs: number;
  readonly topics: readonly DeleteRecordsTopicResult[];
}

export interface DeleteRecordsTopicResult {
  readonly name: string;
  readonly partitions: readonly DeleteRecordsPartitionResult[];
}

export interface DeleteRecordsPartitionResult {
  readonly partitionIndex: PartitionId;
  readonly lowWatermark: Offset;
  readonly errorCode: number;
}

/** A value with Kafka's defaults where nothing is given. */
export function createDeleteRecordsRequest(fields: Partial<DeleteRecordsRequest> = {}): DeleteRecordsRequest {
  return {
    topics: fields.topics ?? [],
    timeoutMs: fields.timeoutMs ?? 0,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createDeleteRecordsTopic(fields: Partial<DeleteRecordsTopic> = {}): DeleteRecordsTopic {
  return {
    name: fields.name ?? '',
    partitions: fields.partitions ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createDeleteRecordsPartition(fields: Partial<DeleteRecordsPartition> = {}): DeleteRecordsPartition {
  return {
    partitionIndex: fields.partitionIndex ?? (0 as PartitionId),
    offset: fields.offset ?? (0 as Offset),
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createDeleteRecordsResponse(fields: Partial<DeleteRecordsResponse> = {}): DeleteRecordsResponse {
  return {
    throttleTimeMs: fields.throttleTimeMs ?? 0,
    topics: fields.topics ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createDeleteRecordsTopicResult(
  fields: Partial<DeleteRecordsTopicResult> = {},
): DeleteRecordsTopicResult {
  return {
    name: fields.name ?? '',
    partitions: fields.partitions ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createDeleteRecordsPartitionResult(
  fields: Partial<DeleteRecordsPartitionResult> = {},
): DeleteRecordsPartitionResult {
  return {
    partitionIndex: fields.partitionIndex ?? (0 as PartitionId),
    lowWatermark: fields.lowWatermark ?? (0 as Offset),
    errorCode: fields.errorCode ?? 0,
  };
}

/** Reads the body of a DeleteRecordsRequest of versions 0 to 2. Throws ProtocolError. */
export function readDeleteRecordsRequest(reader: Reader, version: number): DeleteRecordsRequest {
  const flexible = version >= 2;
  const topics: DeleteRecordsTopic[] = [];
  for (let left = flexible ? reader.compactArrayLength(3) : reader.arrayLength(3); left > 0; left--)
    topics.push(readDeleteRecordsTopic(reader, version));
  const timeoutMs = reader.int32();
  if (flexible) reader.skipTaggedFields();
  return { topics, timeoutMs };
}

function readDeleteRecordsTopic(reader: Reader, version: number): DeleteRecordsTopic {
  const flexible = version >= 2;
  const name = flexible ? reader.compactString() : reader.string();
  const partitions: DeleteRecordsPartition[] = [];
  for (let left = flexible ? reader.compactArrayLength(12) : reader.arrayLength(12); left > 0; left--)
    partitions.push(readDeleteRecordsPartition(reader, version));
  if (flexible) reader.skipTaggedFields();
  return { name, partitions };
}

function readDeleteRecordsPartition(reader: Reader, version: number): DeleteRecordsPartition {
  const flexible = version >= 2;
  const partitionIndex = reader.int32() as PartitionId;
  const offset = reader.int64() as Offset;
  if (flexible) reader.skipTaggedFields();
  return { partitionIndex, offset };
}

/** Reads the body of a DeleteRecordsResponse of versions 0 to 2. Throws ProtocolError. */
export function readDeleteRecordsResponse(reader: Reader, version: number): DeleteRecordsResponse {
  const flexible = version >= 2;
  const throttleTimeMs = reader.int32();
  const topics: DeleteRecordsTopicResult[] = [];
  for (let left = flexible ? reader.compactArrayLength(3) : reader.arrayLength(3); left > 0; left--)
    topics.push(readDeleteRecordsTopicResult(reader, version));
  if (flexible) reader.skipTaggedFields();
  return { throttleTimeMs, topics };
}

function readDeleteRecordsTopicResult(reader: Reader, version: number): DeleteRecordsTopicResult {
  const flexible = version >= 2;
  const name = flexible ? reader.compactString() : reader.string();
  const partitions: DeleteRecordsPartitionResult[] = [];
  for (let left = flexible ? reader.compactArrayLength(14) : reader.arrayLength(14); left > 0; left--)
    partitions.push(readDeleteRecordsPartitionResult(reader, version));
  if (flexible) reader.skipTaggedFields();
  return { name, partitions };
}

function readDeleteRecordsPartitionResult(reader: Reader, version: number): DeleteRecordsPartitionResult {
  const flexible = version >= 2;
  const partitionIndex = reader.int32() as PartitionId;
  const lowWatermark = reader.int64() as Offset;
  const errorCode = reader.int16();
  if (flexible) reader.skipTaggedFields();
  return { partitionIndex, lowWatermark, errorCode };
}

export function writeDeleteRecordsRequest(writer: Writer, value: DeleteRecordsRequest, version: number): void {
  const flexible = version >= 2;
  if (flexible) writer.compactArrayLength(value.topics.length);
  else writer.arrayLength(value.topics.length);
  for (const element of value.topics) {
    writeDeleteRecordsTopic(writer, element, version);
  }
  writer.int32(value.timeoutMs);
  if (flexible) writer.uvarint(0);
}

function writeDeleteRecordsTopic(writer: Writer, value: DeleteRecordsTopic, version: number): void {
  const flexible = version >= 2;
  if (flexible) writer.compactString(value.name);
  else writer.string(value.name);
  if (flexible) writer.compactArrayLength(value.partitions.length);
  else writer.arrayLength(value.partitions.length);
  for (const element of value.partitions) {
    writeDeleteRecordsPartition(writer, element, version);
  }
  if (flexible) writer.uvarint(0);
}

function writeDeleteRecordsPartition(writer: Writer, value: DeleteRecordsPartition, version: number): void {
  const flexible = version >= 2;
  writer.int32(value.partitionIndex);
  writer.int64(value.offset);
  if (flexible) writer.uvarint(0);
}

export function writeDeleteRecordsResponse(writer: Writer, value: DeleteRecordsResponse, version: number): void {
  const flexible = version >= 2;
  writer.int32(value.throttleTimeMs);
  if (flexible) writer.compactArrayLength(value.topics.length);
  else writer.arrayLength(value.topics.length);
  for (const element of value.topics) {
    writeDeleteRecordsTopicResult(writer, element, version);
  }
  if (flexible) writer.uvarint(0);
}

function writeDeleteRecordsTopicResult(writer: Writer, value: DeleteRecordsTopicResult, version: number): void {
  const flexible = version >= 2;
  if (flexible) writer.compactString(value.name);
  else writer.string(value.name);
  if (flexible) writer.compactArrayLength(value.partitions.length);
  else writer.arrayLength(value.partitions.length);
  for (const element of value.partitions) {
    writeDeleteRecordsPartitionResult(writer, element, version);
  }
  if (flexible) writer.uvarint(0);
}

function writeDeleteRecordsPartitionResult(writer: Writer, value: DeleteRecordsPartitionResult, version: number): void {
  const flexible = version >= 2;
  writer.int32(value.partitionIndex);
  writer.int64(value.lowWatermark);
  writer.int16(value.errorCode);
  if (flexible) writer.uvarint(0);
}
