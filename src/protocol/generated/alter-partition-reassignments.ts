/** Kafka's AlterPartitionReassignments: facts, types, readers and writers. Generated from schema/AlterPartitionReassignmentsRequest.json and AlterPartitionReassignmentsResponse.json by generate.ts; do not edit. */
import type { Reader } from '../reader';
import type { Writer } from '../writer';
import type { PartitionId } from '../../types';

export const alterPartitionReassignmentsApi = {
  key: 45,
  name: 'AlterPartitionReassignments',
  /** Versions that are served. */
  requestVersions: { min: 0, max: 1 },
  /** The lowest version that ApiVersions lists. */
  advertisedMin: 0,
  /** From this version on messages are flexible (KIP-482). */
  flexibleFrom: 0,
} as const;

export interface AlterPartitionReassignmentsRequest {
  readonly timeoutMs: number;
  /** From version 1. */
  readonly allowReplicationFactorChange: boolean;
  readonly topics: readonly ReassignableTopic[];
}

export interface ReassignableTopic {
  readonly name: string;
  readonly partitions: readonly ReassignablePartition[];
}

export interface ReassignablePartition {
  readonly partitionIndex: PartitionId;
  readonly replicas: readonly number[] | null;
}

export interface AlterPartitionReassignmentsResponse {
  readonly throttleTimeMs: number;
  /** From version 1. */
  readonly allowReplicationFactorChange: boolean;
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly responses: readonly ReassignableTopicResponse[];
}

export interface ReassignableTopicResponse {
  readonly name: string;
  readonly partitions: readonly ReassignablePartitionResponse[];
}

export interface ReassignablePartitionResponse {
  readonly partitionIndex: PartitionId;
  readonly errorCode: number;
  readonly errorMessage: string | null;
}

/** A value with Kafka's defaults where nothing is given. */
export function createAlterPartitionReassignmentsRequest(
  fields: Partial<AlterPartitionReassignmentsRequest> = {},
): AlterPartitionReassignmentsRequest {
  return {
    timeoutMs: fields.timeoutMs ?? 60000,
    allowReplicationFactorChange: fields.allowReplicationFactorChange ?? true,
    topics: fields.topics ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createReassignableTopic(fields: Partial<ReassignableTopic> = {}): ReassignableTopic {
  return {
    name: fields.name ?? '',
    partitions: fields.partitions ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createReassignablePartition(fields: Partial<ReassignablePartition> = {}): ReassignablePartition {
  return {
    partitionIndex: fields.partitionIndex ?? (0 as PartitionId),
    replicas: fields.replicas === undefined ? null : fields.replicas,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createAlterPartitionReassignmentsResponse(
  fields: Partial<AlterPartitionReassignmentsResponse> = {},
): AlterPartitionReassignmentsResponse {
  return {
    throttleTimeMs: fields.throttleTimeMs ?? 0,
    allowReplicationFactorChange: fields.allowReplicationFactorChange ?? true,
    errorCode: fields.errorCode ?? 0,
    errorMessage: fields.errorMessage === undefined ? '' : fields.errorMessage,
    responses: fields.responses ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createReassignableTopicResponse(
  fields: Partial<ReassignableTopicResponse> = {},
): ReassignableTopicResponse {
  return {
    name: fields.name ?? '',
    partitions: fields.partitions ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createReassignablePartitionResponse(
  fields: Partial<ReassignablePartitionResponse> = {},
): ReassignablePartitionResponse {
  return {
    partitionIndex: fields.partitionIndex ?? (0 as PartitionId),
    errorCode: fields.errorCode ?? 0,
    errorMessage: fields.errorMessage === undefined ? '' : fields.errorMessage,
  };
}

/** Reads the body of an AlterPartitionReassignmentsRequest of versions 0 to 1. Throws ProtocolError. */
export function readAlterPartitionReassignmentsRequest(
  reader: Reader,
  version: number,
): AlterPartitionReassignmentsRequest {
  const timeoutMs = reader.int32();
  const allowReplicationFactorChange = version >= 1 ? reader.bool() : true;
  const topics: ReassignableTopic[] = [];
  for (let left = reader.compactArrayLength(3); left > 0; left--) topics.push(readReassignableTopic(reader));
  reader.skipTaggedFields();
  return { timeoutMs, allowReplicationFactorChange, topics };
}

function readReassignableTopic(reader: Reader): ReassignableTopic {
  const name = reader.compactString();
  const partitions: ReassignablePartition[] = [];
  for (let left = reader.compactArrayLength(6); left > 0; left--) partitions.push(readReassignablePartition(reader));
  reader.skipTaggedFields();
  return { name, partitions };
}

function readReassignablePartition(reader: Reader): ReassignablePartition {
  const partitionIndex = reader.int32() as PartitionId;
  let replicas: readonly number[] | null = null;
  {
    const length = reader.compactNullableArrayLength(4);
    if (length < 0) replicas = null;
    else {
      const list: number[] = [];
      for (let left = length; left > 0; left--) list.push(reader.int32());
      replicas = list;
    }
  }
  reader.skipTaggedFields();
  return { partitionIndex, replicas };
}

/** Reads the body of an AlterPartitionReassignmentsResponse of versions 0 to 1. Throws ProtocolError. */
export function readAlterPartitionReassignmentsResponse(
  reader: Reader,
  version: number,
): AlterPartitionReassignmentsResponse {
  const throttleTimeMs = reader.int32();
  const allowReplicationFactorChange = version >= 1 ? reader.bool() : true;
  const errorCode = reader.int16();
  const errorMessage = reader.compactNullableString();
  const responses: ReassignableTopicResponse[] = [];
  for (let left = reader.compactArrayLength(3); left > 0; left--) responses.push(readReassignableTopicResponse(reader));
  reader.skipTaggedFields();
  return { throttleTimeMs, allowReplicationFactorChange, errorCode, errorMessage, responses };
}

function readReassignableTopicResponse(reader: Reader): ReassignableTopicResponse {
  const name = reader.compactString();
  const partitions: ReassignablePartitionResponse[] = [];
  for (let left = reader.compactArrayLength(8); left > 0; left--)
    partitions.push(readReassignablePartitionResponse(reader));
  reader.skipTaggedFields();
  return { name, partitions };
}

function readReassignablePartitionResponse(reader: Reader): ReassignablePartitionResponse {
  const partitionIndex = reader.int32() as PartitionId;
  const errorCode = reader.int16();
  const errorMessage = reader.compactNullableString();
  reader.skipTaggedFields();
  return { partitionIndex, errorCode, errorMessage };
}

export function writeAlterPartitionReassignmentsRequest(
  writer: Writer,
  value: AlterPartitionReassignmentsRequest,
  version: number,
): void {
  writer.int32(value.timeoutMs);
  if (version >= 1) {
    writer.bool(value.allowReplicationFactorChange);
  }
  writer.compactArrayLength(value.topics.length);
  for (const element of value.topics) {
    writeReassignableTopic(writer, element);
  }
  writer.uvarint(0);
}

function writeReassignableTopic(writer: Writer, value: ReassignableTopic): void {
  writer.compactString(value.name);
  writer.compactArrayLength(value.partitions.length);
  for (const element of value.partitions) {
    writeReassignablePartition(writer, element);
  }
  writer.uvarint(0);
}

function writeReassignablePartition(writer: Writer, value: ReassignablePartition): void {
  writer.int32(value.partitionIndex);
  if (value.replicas === null) {
    writer.compactNullArray();
  } else {
    writer.compactArrayLength(value.replicas.length);
    for (const element of value.replicas) {
      writer.int32(element);
    }
  }
  writer.uvarint(0);
}

export function writeAlterPartitionReassignmentsResponse(
  writer: Writer,
  value: AlterPartitionReassignmentsResponse,
  version: number,
): void {
  writer.int32(value.throttleTimeMs);
  if (version >= 1) {
    writer.bool(value.allowReplicationFactorChange);
  }
  writer.int16(value.errorCode);
  writer.compactNullableString(value.errorMessage);
  writer.compactArrayLength(value.responses.length);
  for (const element of value.responses) {
    writeReassignableTopicResponse(writer, element);
  }
  writer.uvarint(0);
}

function writeReassignableTopicResponse(writer: Writer, value: ReassignableTopicResponse): void {
  writer.compactString(value.name);
  writer.compactArrayLength(value.partitions.length);
  for (const element of value.partitions) {
    writeReassignablePartitionResponse(writer, element);
  }
  writer.uvarint(0);
}

function writeReassignablePartitionResponse(writer: Writer, value: ReassignablePartitionResponse): void {
  writer.int32(value.partitionIndex);
  writer.int16(value.errorCode);
  writer.compactNullableString(value.errorMessage);
  writer.uvarint(0);
}
