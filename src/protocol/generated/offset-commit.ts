/** Kafka's OffsetCommit: facts, types, readers and writers. Generated from schema/OffsetCommitRequest.json and OffsetCommitResponse.json by generate.ts; do not edit. */
import type { Reader } from '../reader';
import type { Writer } from '../writer';
import { ZERO_TOPIC_ID } from '../../types';
import type { Int64, LeaderEpoch, PartitionId, TopicId } from '../../types';

export const offsetCommitApi = {
  key: 8,
  name: 'OffsetCommit',
  /** Versions that are served. */
  requestVersions: { min: 2, max: 10 },
  /** The lowest version that ApiVersions lists. */
  advertisedMin: 2,
  /** From this version on messages are flexible (KIP-482). */
  flexibleFrom: 8,
} as const;

export interface OffsetCommitRequest {
  readonly groupId: string;
  readonly generationIdOrMemberEpoch: number;
  readonly memberId: string;
  /** From version 7. */
  readonly groupInstanceId: string | null;
  /** Versions 2 to 4. */
  readonly retentionTimeMs: number;
  readonly topics: readonly OffsetCommitRequestTopic[];
}

export interface OffsetCommitRequestTopic {
  /** Versions 2 to 9. */
  readonly name: string;
  /** From version 10. */
  readonly topicId: TopicId;
  readonly partitions: readonly OffsetCommitRequestPartition[];
}

export interface OffsetCommitRequestPartition {
  readonly partitionIndex: PartitionId;
  readonly committedOffset: Int64;
  /** From version 6. */
  readonly committedLeaderEpoch: LeaderEpoch;
  readonly committedMetadata: string | null;
}

export interface OffsetCommitResponse {
  /** From version 3. */
  readonly throttleTimeMs: number;
  readonly topics: readonly OffsetCommitResponseTopic[];
}

export interface OffsetCommitResponseTopic {
  /** Versions 2 to 9. */
  readonly name: string;
  /** From version 10. */
  readonly topicId: TopicId;
  readonly partitions: readonly OffsetCommitResponsePartition[];
}

export interface OffsetCommitResponsePartition {
  readonly partitionIndex: PartitionId;
  readonly errorCode: number;
}

/** A value with Kafka's defaults where nothing is given. */
export function createOffsetCommitRequest(fields: Partial<OffsetCommitRequest> = {}): OffsetCommitRequest {
  return {
    groupId: fields.groupId ?? '',
    generationIdOrMemberEpoch: fields.generationIdOrMemberEpoch ?? -1,
    memberId: fields.memberId ?? '',
    groupInstanceId: fields.groupInstanceId === undefined ? null : fields.groupInstanceId,
    retentionTimeMs: fields.retentionTimeMs ?? -1,
    topics: fields.topics ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createOffsetCommitRequestTopic(
  fields: Partial<OffsetCommitRequestTopic> = {},
): OffsetCommitRequestTopic {
  return {
    name: fields.name ?? '',
    topicId: fields.topicId ?? ZERO_TOPIC_ID,
    partitions: fields.partitions ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createOffsetCommitRequestPartition(
  fields: Partial<OffsetCommitRequestPartition> = {},
): OffsetCommitRequestPartition {
  return {
    partitionIndex: fields.partitionIndex ?? (0 as PartitionId),
    committedOffset: fields.committedOffset ?? 0,
    committedLeaderEpoch: fields.committedLeaderEpoch ?? (-1 as LeaderEpoch),
    committedMetadata: fields.committedMetadata === undefined ? '' : fields.committedMetadata,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createOffsetCommitResponse(fields: Partial<OffsetCommitResponse> = {}): OffsetCommitResponse {
  return {
    throttleTimeMs: fields.throttleTimeMs ?? 0,
    topics: fields.topics ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createOffsetCommitResponseTopic(
  fields: Partial<OffsetCommitResponseTopic> = {},
): OffsetCommitResponseTopic {
  return {
    name: fields.name ?? '',
    topicId: fields.topicId ?? ZERO_TOPIC_ID,
    partitions: fields.partitions ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createOffsetCommitResponsePartition(
  fields: Partial<OffsetCommitResponsePartition> = {},
): OffsetCommitResponsePartition {
  return {
    partitionIndex: fields.partitionIndex ?? (0 as PartitionId),
    errorCode: fields.errorCode ?? 0,
  };
}

/** Reads the body of an OffsetCommitRequest of versions 2 to 10. Throws ProtocolError. */
export function readOffsetCommitRequest(reader: Reader, version: number): OffsetCommitRequest {
  const flexible = version >= 8;
  const groupId = flexible ? reader.compactString() : reader.string();
  const generationIdOrMemberEpoch = reader.int32();
  const memberId = flexible ? reader.compactString() : reader.string();
  const groupInstanceId = version >= 7 ? (flexible ? reader.compactNullableString() : reader.nullableString()) : null;
  const retentionTimeMs = version <= 4 ? reader.int64() : -1;
  const topics: OffsetCommitRequestTopic[] = [];
  for (let left = flexible ? reader.compactArrayLength(3) : reader.arrayLength(3); left > 0; left--)
    topics.push(readOffsetCommitRequestTopic(reader, version));
  if (flexible) reader.skipTaggedFields();
  return { groupId, generationIdOrMemberEpoch, memberId, groupInstanceId, retentionTimeMs, topics };
}

function readOffsetCommitRequestTopic(reader: Reader, version: number): OffsetCommitRequestTopic {
  const flexible = version >= 8;
  const name = version <= 9 ? (flexible ? reader.compactString() : reader.string()) : '';
  const topicId = version >= 10 ? (reader.uuid() as TopicId) : ZERO_TOPIC_ID;
  const partitions: OffsetCommitRequestPartition[] = [];
  for (let left = flexible ? reader.compactArrayLength(14) : reader.arrayLength(14); left > 0; left--)
    partitions.push(readOffsetCommitRequestPartition(reader, version));
  if (flexible) reader.skipTaggedFields();
  return { name, topicId, partitions };
}

function readOffsetCommitRequestPartition(reader: Reader, version: number): OffsetCommitRequestPartition {
  const flexible = version >= 8;
  const partitionIndex = reader.int32() as PartitionId;
  const committedOffset = reader.int64Exact();
  const committedLeaderEpoch = version >= 6 ? (reader.int32() as LeaderEpoch) : (-1 as LeaderEpoch);
  const committedMetadata = flexible ? reader.compactNullableString() : reader.nullableString();
  if (flexible) reader.skipTaggedFields();
  return { partitionIndex, committedOffset, committedLeaderEpoch, committedMetadata };
}

/** Reads the body of an OffsetCommitResponse of versions 2 to 10. Throws ProtocolError. */
export function readOffsetCommitResponse(reader: Reader, version: number): OffsetCommitResponse {
  const flexible = version >= 8;
  const throttleTimeMs = version >= 3 ? reader.int32() : 0;
  const topics: OffsetCommitResponseTopic[] = [];
  for (let left = flexible ? reader.compactArrayLength(3) : reader.arrayLength(3); left > 0; left--)
    topics.push(readOffsetCommitResponseTopic(reader, version));
  if (flexible) reader.skipTaggedFields();
  return { throttleTimeMs, topics };
}

function readOffsetCommitResponseTopic(reader: Reader, version: number): OffsetCommitResponseTopic {
  const flexible = version >= 8;
  const name = version <= 9 ? (flexible ? reader.compactString() : reader.string()) : '';
  const topicId = version >= 10 ? (reader.uuid() as TopicId) : ZERO_TOPIC_ID;
  const partitions: OffsetCommitResponsePartition[] = [];
  for (let left = flexible ? reader.compactArrayLength(6) : reader.arrayLength(6); left > 0; left--)
    partitions.push(readOffsetCommitResponsePartition(reader, version));
  if (flexible) reader.skipTaggedFields();
  return { name, topicId, partitions };
}

function readOffsetCommitResponsePartition(reader: Reader, version: number): OffsetCommitResponsePartition {
  const flexible = version >= 8;
  const partitionIndex = reader.int32() as PartitionId;
  const errorCode = reader.int16();
  if (flexible) reader.skipTaggedFields();
  return { partitionIndex, errorCode };
}

export function writeOffsetCommitRequest(writer: Writer, value: OffsetCommitRequest, version: number): void {
  const flexible = version >= 8;
  if (flexible) writer.compactString(value.groupId);
  else writer.string(value.groupId);
  writer.int32(value.generationIdOrMemberEpoch);
  if (flexible) writer.compactString(value.memberId);
  else writer.string(value.memberId);
  if (version >= 7) {
    if (flexible) writer.compactNullableString(value.groupInstanceId);
    else writer.nullableString(value.groupInstanceId);
  }
  if (version <= 4) {
    writer.int64(value.retentionTimeMs);
  }
  if (flexible) writer.compactArrayLength(value.topics.length);
  else writer.arrayLength(value.topics.length);
  for (const element of value.topics) {
    writeOffsetCommitRequestTopic(writer, element, version);
  }
  if (flexible) writer.uvarint(0);
}

function writeOffsetCommitRequestTopic(writer: Writer, value: OffsetCommitRequestTopic, version: number): void {
  const flexible = version >= 8;
  if (version <= 9) {
    if (flexible) writer.compactString(value.name);
    else writer.string(value.name);
  }
  if (version >= 10) {
    writer.uuid(value.topicId);
  }
  if (flexible) writer.compactArrayLength(value.partitions.length);
  else writer.arrayLength(value.partitions.length);
  for (const element of value.partitions) {
    writeOffsetCommitRequestPartition(writer, element, version);
  }
  if (flexible) writer.uvarint(0);
}

function writeOffsetCommitRequestPartition(writer: Writer, value: OffsetCommitRequestPartition, version: number): void {
  const flexible = version >= 8;
  writer.int32(value.partitionIndex);
  writer.int64Exact(value.committedOffset);
  if (version >= 6) {
    writer.int32(value.committedLeaderEpoch);
  }
  if (flexible) writer.compactNullableString(value.committedMetadata);
  else writer.nullableString(value.committedMetadata);
  if (flexible) writer.uvarint(0);
}

export function writeOffsetCommitResponse(writer: Writer, value: OffsetCommitResponse, version: number): void {
  const flexible = version >= 8;
  if (version >= 3) {
    writer.int32(value.throttleTimeMs);
  }
  if (flexible) writer.compactArrayLength(value.topics.length);
  else writer.arrayLength(value.topics.length);
  for (const element of value.topics) {
    writeOffsetCommitResponseTopic(writer, element, version);
  }
  if (flexible) writer.uvarint(0);
}

function writeOffsetCommitResponseTopic(writer: Writer, value: OffsetCommitResponseTopic, version: number): void {
  const flexible = version >= 8;
  if (version <= 9) {
    if (flexible) writer.compactString(value.name);
    else writer.string(value.name);
  }
  if (version >= 10) {
    writer.uuid(value.topicId);
  }
  if (flexible) writer.compactArrayLength(value.partitions.length);
  else writer.arrayLength(value.partitions.length);
  for (const element of value.partitions) {
    writeOffsetCommitResponsePartition(writer, element, version);
  }
  if (flexible) writer.uvarint(0);
}

function writeOffsetCommitResponsePartition(
  writer: Writer,
  value: OffsetCommitResponsePartition,
  version: number,
): void {
  const flexible = version >= 8;
  writer.int32(value.partitionIndex);
  writer.int16(value.errorCode);
  if (flexible) writer.uvarint(0);
}
