/** Kafka's DescribeTopicPartitions: facts, types, readers and writers. Generated from schema/DescribeTopicPartitionsRequest.json and DescribeTopicPartitionsResponse.json by generate.ts; do not edit. */
import type { Reader } from '../reader';
import type { Writer } from '../writer';
import { ZERO_TOPIC_ID } from '../../types';
import type { LeaderEpoch, PartitionId, TopicId } from '../../types';

export const describeTopicPartitionsApi = {
  key: 75,
  name: 'DescribeTopicPartitions',
  /** Versions that are served. */
  requestVersions: { min: 0, max: 0 },
  /** The lowest version that ApiVersions lists. */
  advertisedMin: 0,
  /** From this version on messages are flexible (KIP-482). */
  flexibleFrom: 0,
} as const;

export interface DescribeTopicPartitionsRequest {
  readonly topics: readonly TopicRequest[];
  readonly responsePartitionLimit: number;
  readonly cursor: Cursor | null;
}

export interface TopicRequest {
  readonly name: string;
}

export interface Cursor {
  readonly topicName: string;
  readonly partitionIndex: PartitionId;
}

export interface DescribeTopicPartitionsResponse {
  readonly throttleTimeMs: number;
  readonly topics: readonly DescribeTopicPartitionsResponseTopic[];
  readonly nextCursor: DescribeTopicPartitionsResponseCursor | null;
}

export interface DescribeTopicPartitionsResponseTopic {
  readonly errorCode: number;
  readonly name: string | null;
  readonly topicId: TopicId;
  readonly isInternal: boolean;
  readonly partitions: readonly DescribeTopicPartitionsResponsePartition[];
  readonly topicAuthorizedOperations: number;
}

export interface DescribeTopicPartitionsResponsePartition {
  readonly errorCode: number;
  readonly partitionIndex: PartitionId;
  readonly leaderId: number;
  readonly leaderEpoch: LeaderEpoch;
  readonly replicaNodes: readonly number[];
  readonly isrNodes: readonly number[];
  readonly eligibleLeaderReplicas: readonly number[] | null;
  readonly lastKnownElr: readonly number[] | null;
  readonly offlineReplicas: readonly number[];
}

export interface DescribeTopicPartitionsResponseCursor {
  readonly topicName: string;
  readonly partitionIndex: PartitionId;
}

/** A value with Kafka's defaults where nothing is given. */
export function createDescribeTopicPartitionsRequest(
  fields: Partial<DescribeTopicPartitionsRequest> = {},
): DescribeTopicPartitionsRequest {
  return {
    topics: fields.topics ?? [],
    responsePartitionLimit: fields.responsePartitionLimit ?? 2000,
    cursor: fields.cursor === undefined ? null : fields.cursor,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createTopicRequest(fields: Partial<TopicRequest> = {}): TopicRequest {
  return {
    name: fields.name ?? '',
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createCursor(fields: Partial<Cursor> = {}): Cursor {
  return {
    topicName: fields.topicName ?? '',
    partitionIndex: fields.partitionIndex ?? (0 as PartitionId),
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createDescribeTopicPartitionsResponse(
  fields: Partial<DescribeTopicPartitionsResponse> = {},
): DescribeTopicPartitionsResponse {
  return {
    throttleTimeMs: fields.throttleTimeMs ?? 0,
    topics: fields.topics ?? [],
    nextCursor: fields.nextCursor === undefined ? null : fields.nextCursor,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createDescribeTopicPartitionsResponseTopic(
  fields: Partial<DescribeTopicPartitionsResponseTopic> = {},
): DescribeTopicPartitionsResponseTopic {
  return {
    errorCode: fields.errorCode ?? 0,
    name: fields.name === undefined ? '' : fields.name,
    topicId: fields.topicId ?? ZERO_TOPIC_ID,
    isInternal: fields.isInternal ?? false,
    partitions: fields.partitions ?? [],
    topicAuthorizedOperations: fields.topicAuthorizedOperations ?? -2147483648,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createDescribeTopicPartitionsResponsePartition(
  fields: Partial<DescribeTopicPartitionsResponsePartition> = {},
): DescribeTopicPartitionsResponsePartition {
  return {
    errorCode: fields.errorCode ?? 0,
    partitionIndex: fields.partitionIndex ?? (0 as PartitionId),
    leaderId: fields.leaderId ?? 0,
    leaderEpoch: fields.leaderEpoch ?? (-1 as LeaderEpoch),
    replicaNodes: fields.replicaNodes ?? [],
    isrNodes: fields.isrNodes ?? [],
    eligibleLeaderReplicas: fields.eligibleLeaderReplicas === undefined ? null : fields.eligibleLeaderReplicas,
    lastKnownElr: fields.lastKnownElr === undefined ? null : fields.lastKnownElr,
    offlineReplicas: fields.offlineReplicas ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createDescribeTopicPartitionsResponseCursor(
  fields: Partial<DescribeTopicPartitionsResponseCursor> = {},
): DescribeTopicPartitionsResponseCursor {
  return {
    topicName: fields.topicName ?? '',
    partitionIndex: fields.partitionIndex ?? (0 as PartitionId),
  };
}

/** Reads the body of a DescribeTopicPartitionsRequest of version 0. Throws ProtocolError. */
export function readDescribeTopicPartitionsRequest(reader: Reader, _version: number): DescribeTopicPartitionsRequest {
  const topics: TopicRequest[] = [];
  for (let left = reader.compactArrayLength(2); left > 0; left--) topics.push(readTopicRequest(reader));
  const responsePartitionLimit = reader.int32();
  const cursor = reader.int8() < 0 ? null : readCursor(reader);
  reader.skipTaggedFields();
  return { topics, responsePartitionLimit, cursor };
}

function readTopicRequest(reader: Reader): TopicRequest {
  const name = reader.compactString();
  reader.skipTaggedFields();
  return { name };
}

function readCursor(reader: Reader): Cursor {
  const topicName = reader.compactString();
  const partitionIndex = reader.int32() as PartitionId;
  reader.skipTaggedFields();
  return { topicName, partitionIndex };
}

/** Reads the body of a DescribeTopicPartitionsResponse of version 0. Throws ProtocolError. */
export function readDescribeTopicPartitionsResponse(reader: Reader, _version: number): DescribeTopicPartitionsResponse {
  const throttleTimeMs = reader.int32();
  const topics: DescribeTopicPartitionsResponseTopic[] = [];
  for (let left = reader.compactArrayLength(26); left > 0; left--)
    topics.push(readDescribeTopicPartitionsResponseTopic(reader));
  const nextCursor = reader.int8() < 0 ? null : readDescribeTopicPartitionsResponseCursor(reader);
  reader.skipTaggedFields();
  return { throttleTimeMs, topics, nextCursor };
}

function readDescribeTopicPartitionsResponseTopic(reader: Reader): DescribeTopicPartitionsResponseTopic {
  const errorCode = reader.int16();
  const name = reader.compactNullableString();
  const topicId = reader.uuid() as TopicId;
  const isInternal = reader.bool();
  const partitions: DescribeTopicPartitionsResponsePartition[] = [];
  for (let left = reader.compactArrayLength(20); left > 0; left--)
    partitions.push(readDescribeTopicPartitionsResponsePartition(reader));
  const topicAuthorizedOperations = reader.int32();
  reader.skipTaggedFields();
  return { errorCode, name, topicId, isInternal, partitions, topicAuthorizedOperations };
}

function readDescribeTopicPartitionsResponsePartition(reader: Reader): DescribeTopicPartitionsResponsePartition {
  const errorCode = reader.int16();
  const partitionIndex = reader.int32() as PartitionId;
  const leaderId = reader.int32();
  const leaderEpoch = reader.int32() as LeaderEpoch;
  const replicaNodes: number[] = [];
  for (let left = reader.compactArrayLength(4); left > 0; left--) replicaNodes.push(reader.int32());
  const isrNodes: number[] = [];
  for (let left = reader.compactArrayLength(4); left > 0; left--) isrNodes.push(reader.int32());
  let eligibleLeaderReplicas: readonly number[] | null = null;
  {
    const length = reader.compactNullableArrayLength(4);
    if (length < 0) eligibleLeaderReplicas = null;
    else {
      const list: number[] = [];
      for (let left = length; left > 0; left--) list.push(reader.int32());
      eligibleLeaderReplicas = list;
    }
  }
  let lastKnownElr: readonly number[] | null = null;
  {
    const length = reader.compactNullableArrayLength(4);
    if (length < 0) lastKnownElr = null;
    else {
      const list: number[] = [];
      for (let left = length; left > 0; left--) list.push(reader.int32());
      lastKnownElr = list;
    }
  }
  const offlineReplicas: number[] = [];
  for (let left = reader.compactArrayLength(4); left > 0; left--) offlineReplicas.push(reader.int32());
  reader.skipTaggedFields();
  return {
    errorCode,
    partitionIndex,
    leaderId,
    leaderEpoch,
    replicaNodes,
    isrNodes,
    eligibleLeaderReplicas,
    lastKnownElr,
    offlineReplicas,
  };
}

function readDescribeTopicPartitionsResponseCursor(reader: Reader): DescribeTopicPartitionsResponseCursor {
  const topicName = reader.compactString();
  const partitionIndex = reader.int32() as PartitionId;
  reader.skipTaggedFields();
  return { topicName, partitionIndex };
}

export function writeDescribeTopicPartitionsRequest(
  writer: Writer,
  value: DescribeTopicPartitionsRequest,
  _version: number,
): void {
  writer.compactArrayLength(value.topics.length);
  for (const element of value.topics) {
    writeTopicRequest(writer, element);
  }
  writer.int32(value.responsePartitionLimit);
  if (value.cursor === null) writer.int8(-1);
  else {
    writer.int8(1);
    writeCursor(writer, value.cursor);
  }
  writer.uvarint(0);
}

function writeTopicRequest(writer: Writer, value: TopicRequest): void {
  writer.compactString(value.name);
  writer.uvarint(0);
}

function writeCursor(writer: Writer, value: Cursor): void {
  writer.compactString(value.topicName);
  writer.int32(value.partitionIndex);
  writer.uvarint(0);
}

export function writeDescribeTopicPartitionsResponse(
  writer: Writer,
  value: DescribeTopicPartitionsResponse,
  _version: number,
): void {
  writer.int32(value.throttleTimeMs);
  writer.compactArrayLength(value.topics.length);
  for (const element of value.topics) {
    writeDescribeTopicPartitionsResponseTopic(writer, element);
  }
  if (value.nextCursor === null) writer.int8(-1);
  else {
    writer.int8(1);
    writeDescribeTopicPartitionsResponseCursor(writer, value.nextCursor);
  }
  writer.uvarint(0);
}

function writeDescribeTopicPartitionsResponseTopic(writer: Writer, value: DescribeTopicPartitionsResponseTopic): void {
  writer.int16(value.errorCode);
  writer.compactNullableString(value.name);
  writer.uuid(value.topicId);
  writer.bool(value.isInternal);
  writer.compactArrayLength(value.partitions.length);
  for (const element of value.partitions) {
    writeDescribeTopicPartitionsResponsePartition(writer, element);
  }
  writer.int32(value.topicAuthorizedOperations);
  writer.uvarint(0);
}

function writeDescribeTopicPartitionsResponsePartition(
  writer: Writer,
  value: DescribeTopicPartitionsResponsePartition,
): void {
  writer.int16(value.errorCode);
  writer.int32(value.partitionIndex);
  writer.int32(value.leaderId);
  writer.int32(value.leaderEpoch);
  writer.compactArrayLength(value.replicaNodes.length);
  for (const element of value.replicaNodes) {
    writer.int32(element);
  }
  writer.compactArrayLength(value.isrNodes.length);
  for (const element of value.isrNodes) {
    writer.int32(element);
  }
  if (value.eligibleLeaderReplicas === null) {
    writer.compactNullArray();
  } else {
    writer.compactArrayLength(value.eligibleLeaderReplicas.length);
    for (const element of value.eligibleLeaderReplicas) {
      writer.int32(element);
    }
  }
  if (value.lastKnownElr === null) {
    writer.compactNullArray();
  } else {
    writer.compactArrayLength(value.lastKnownElr.length);
    for (const element of value.lastKnownElr) {
      writer.int32(element);
    }
  }
  writer.compactArrayLength(value.offlineReplicas.length);
  for (const element of value.offlineReplicas) {
    writer.int32(element);
  }
  writer.uvarint(0);
}

function writeDescribeTopicPartitionsResponseCursor(
  writer: Writer,
  value: DescribeTopicPartitionsResponseCursor,
): void {
  writer.compactString(value.topicName);
  writer.int32(value.partitionIndex);
  writer.uvarint(0);
}
