/** Kafka's OffsetFetch: facts, types, readers and writers. Generated from schema/OffsetFetchRequest.json and OffsetFetchResponse.json by generate.ts; do not edit. */
import type { Reader } from '../reader';
import type { Writer } from '../writer';
import { ZERO_TOPIC_ID } from '../../types';
import type { Int64, LeaderEpoch, PartitionId, TopicId } from '../../types';

export const offsetFetchApi = {
  key: 9,
  name: 'OffsetFetch',
  /** Versions that are served. */
  requestVersions: { min: 1, max: 10 },
  /** The lowest version that ApiVersions lists. */
  advertisedMin: 1,
  /** From this version on messages are flexible (KIP-482). */
  flexibleFrom: 6,
} as const;

export interface OffsetFetchRequest {
  /** Versions 1 to 7. */
  readonly groupId: string;
  /** Versions 1 to 7. Null from version 2. */
  readonly topics: readonly OffsetFetchRequestTopic[] | null;
  /** From version 8. */
  readonly groups: readonly OffsetFetchRequestGroup[];
  /** From version 7. */
  readonly requireStable: boolean;
}

export interface OffsetFetchRequestTopic {
  readonly name: string;
  readonly partitionIndexes: readonly PartitionId[];
}

export interface OffsetFetchRequestGroup {
  readonly groupId: string;
  /** From version 9. */
  readonly memberId: string | null;
  /** From version 9. */
  readonly memberEpoch: number;
  readonly topics: readonly OffsetFetchRequestTopics[] | null;
}

export interface OffsetFetchRequestTopics {
  /** Versions 8 to 9. */
  readonly name: string;
  /** From version 10. */
  readonly topicId: TopicId;
  readonly partitionIndexes: readonly PartitionId[];
}

export interface OffsetFetchResponse {
  /** From version 3. */
  readonly throttleTimeMs: number;
  /** Versions 1 to 7. */
  readonly topics: readonly OffsetFetchResponseTopic[];
  /** Versions 2 to 7. */
  readonly errorCode: number;
  /** From version 8. */
  readonly groups: readonly OffsetFetchResponseGroup[];
}

export interface OffsetFetchResponseTopic {
  readonly name: string;
  readonly partitions: readonly OffsetFetchResponsePartition[];
}

export interface OffsetFetchResponsePartition {
  readonly partitionIndex: PartitionId;
  readonly committedOffset: Int64;
  /** From version 5. */
  readonly committedLeaderEpoch: LeaderEpoch;
  readonly metadata: string | null;
  readonly errorCode: number;
}

export interface OffsetFetchResponseGroup {
  readonly groupId: string;
  readonly topics: readonly OffsetFetchResponseTopics[];
  readonly errorCode: number;
}

export interface OffsetFetchResponseTopics {
  /** Versions 8 to 9. */
  readonly name: string;
  /** From version 10. */
  readonly topicId: TopicId;
  readonly partitions: readonly OffsetFetchResponsePartitions[];
}

export interface OffsetFetchResponsePartitions {
  readonly partitionIndex: PartitionId;
  readonly committedOffset: Int64;
  readonly committedLeaderEpoch: LeaderEpoch;
  readonly metadata: string | null;
  readonly errorCode: number;
}

/** A value with Kafka's defaults where nothing is given. */
export function createOffsetFetchRequest(fields: Partial<OffsetFetchRequest> = {}): OffsetFetchRequest {
  return {
    groupId: fields.groupId ?? '',
    topics: fields.topics === undefined ? [] : fields.topics,
    groups: fields.groups ?? [],
    requireStable: fields.requireStable ?? false,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createOffsetFetchRequestTopic(fields: Partial<OffsetFetchRequestTopic> = {}): OffsetFetchRequestTopic {
  return {
    name: fields.name ?? '',
    partitionIndexes: fields.partitionIndexes ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createOffsetFetchRequestGroup(fields: Partial<OffsetFetchRequestGroup> = {}): OffsetFetchRequestGroup {
  return {
    groupId: fields.groupId ?? '',
    memberId: fields.memberId === undefined ? null : fields.memberId,
    memberEpoch: fields.memberEpoch ?? -1,
    topics: fields.topics === undefined ? [] : fields.topics,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createOffsetFetchRequestTopics(
  fields: Partial<OffsetFetchRequestTopics> = {},
): OffsetFetchRequestTopics {
  return {
    name: fields.name ?? '',
    topicId: fields.topicId ?? ZERO_TOPIC_ID,
    partitionIndexes: fields.partitionIndexes ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createOffsetFetchResponse(fields: Partial<OffsetFetchResponse> = {}): OffsetFetchResponse {
  return {
    throttleTimeMs: fields.throttleTimeMs ?? 0,
    topics: fields.topics ?? [],
    errorCode: fields.errorCode ?? 0,
    groups: fields.groups ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createOffsetFetchResponseTopic(
  fields: Partial<OffsetFetchResponseTopic> = {},
): OffsetFetchResponseTopic {
  return {
    name: fields.name ?? '',
    partitions: fields.partitions ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createOffsetFetchResponsePartition(
  fields: Partial<OffsetFetchResponsePartition> = {},
): OffsetFetchResponsePartition {
  return {
    partitionIndex: fields.partitionIndex ?? (0 as PartitionId),
    committedOffset: fields.committedOffset ?? 0,
    committedLeaderEpoch: fields.committedLeaderEpoch ?? (-1 as LeaderEpoch),
    metadata: fields.metadata === undefined ? '' : fields.metadata,
    errorCode: fields.errorCode ?? 0,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createOffsetFetchResponseGroup(
  fields: Partial<OffsetFetchResponseGroup> = {},
): OffsetFetchResponseGroup {
  return {
    groupId: fields.groupId ?? '',
    topics: fields.topics ?? [],
    errorCode: fields.errorCode ?? 0,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createOffsetFetchResponseTopics(
  fields: Partial<OffsetFetchResponseTopics> = {},
): OffsetFetchResponseTopics {
  return {
    name: fields.name ?? '',
    topicId: fields.topicId ?? ZERO_TOPIC_ID,
    partitions: fields.partitions ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createOffsetFetchResponsePartitions(
  fields: Partial<OffsetFetchResponsePartitions> = {},
): OffsetFetchResponsePartitions {
  return {
    partitionIndex: fields.partitionIndex ?? (0 as PartitionId),
    committedOffset: fields.committedOffset ?? 0,
    committedLeaderEpoch: fields.committedLeaderEpoch ?? (-1 as LeaderEpoch),
    metadata: fields.metadata === undefined ? '' : fields.metadata,
    errorCode: fields.errorCode ?? 0,
  };
}

/** Reads the body of an OffsetFetchRequest of versions 1 to 10. Throws ProtocolError. */
export function readOffsetFetchRequest(reader: Reader, version: number): OffsetFetchRequest {
  const flexible = version >= 6;
  const groupId = version <= 7 ? (flexible ? reader.compactString() : reader.string()) : '';
  let topics: readonly OffsetFetchRequestTopic[] | null = [];
  if (version <= 7) {
    const length =
      version >= 2
        ? flexible
          ? reader.compactNullableArrayLength(3)
          : reader.nullableArrayLength(3)
        : flexible
          ? reader.compactArrayLength(3)
          : reader.arrayLength(3);
    if (length < 0) topics = null;
    else {
      const list: OffsetFetchRequestTopic[] = [];
      for (let left = length; left > 0; left--) list.push(readOffsetFetchRequestTopic(reader, version));
      topics = list;
    }
  }
  let groups: readonly OffsetFetchRequestGroup[] = [];
  if (version >= 8) {
    const length = reader.compactArrayLength(3);
    const list: OffsetFetchRequestGroup[] = [];
    for (let left = length; left > 0; left--) list.push(readOffsetFetchRequestGroup(reader, version));
    groups = list;
  }
  const requireStable = version >= 7 ? reader.bool() : false;
  if (flexible) reader.skipTaggedFields();
  return { groupId, topics, groups, requireStable };
}

function readOffsetFetchRequestTopic(reader: Reader, version: number): OffsetFetchRequestTopic {
  const flexible = version >= 6;
  const name = flexible ? reader.compactString() : reader.string();
  const partitionIndexes: PartitionId[] = [];
  for (let left = flexible ? reader.compactArrayLength(4) : reader.arrayLength(4); left > 0; left--)
    partitionIndexes.push(reader.int32() as PartitionId);
  if (flexible) reader.skipTaggedFields();
  return { name, partitionIndexes };
}

function readOffsetFetchRequestGroup(reader: Reader, version: number): OffsetFetchRequestGroup {
  const groupId = reader.compactString();
  const memberId = version >= 9 ? reader.compactNullableString() : null;
  const memberEpoch = version >= 9 ? reader.int32() : -1;
  let topics: readonly OffsetFetchRequestTopics[] | null = null;
  {
    const length = reader.compactNullableArrayLength(3);
    if (length < 0) topics = null;
    else {
      const list: OffsetFetchRequestTopics[] = [];
      for (let left = length; left > 0; left--) list.push(readOffsetFetchRequestTopics(reader, version));
      topics = list;
    }
  }
  reader.skipTaggedFields();
  return { groupId, memberId, memberEpoch, topics };
}

function readOffsetFetchRequestTopics(reader: Reader, version: number): OffsetFetchRequestTopics {
  const name = version <= 9 ? reader.compactString() : '';
  const topicId = version >= 10 ? (reader.uuid() as TopicId) : ZERO_TOPIC_ID;
  const partitionIndexes: PartitionId[] = [];
  for (let left = reader.compactArrayLength(4); left > 0; left--) partitionIndexes.push(reader.int32() as PartitionId);
  reader.skipTaggedFields();
  return { name, topicId, partitionIndexes };
}

/** Reads the body of an OffsetFetchResponse of versions 1 to 10. Throws ProtocolError. */
export function readOffsetFetchResponse(reader: Reader, version: number): OffsetFetchResponse {
  const flexible = version >= 6;
  const throttleTimeMs = version >= 3 ? reader.int32() : 0;
  let topics: readonly OffsetFetchResponseTopic[] = [];
  if (version <= 7) {
    const length = flexible ? reader.compactArrayLength(3) : reader.arrayLength(3);
    const list: OffsetFetchResponseTopic[] = [];
    for (let left = length; left > 0; left--) list.push(readOffsetFetchResponseTopic(reader, version));
    topics = list;
  }
  const errorCode = version >= 2 && version <= 7 ? reader.int16() : 0;
  let groups: readonly OffsetFetchResponseGroup[] = [];
  if (version >= 8) {
    const length = reader.compactArrayLength(5);
    const list: OffsetFetchResponseGroup[] = [];
    for (let left = length; left > 0; left--) list.push(readOffsetFetchResponseGroup(reader, version));
    groups = list;
  }
  if (flexible) reader.skipTaggedFields();
  return { throttleTimeMs, topics, errorCode, groups };
}

function readOffsetFetchResponseTopic(reader: Reader, version: number): OffsetFetchResponseTopic {
  const flexible = version >= 6;
  const name = flexible ? reader.compactString() : reader.string();
  const partitions: OffsetFetchResponsePartition[] = [];
  for (let left = flexible ? reader.compactArrayLength(16) : reader.arrayLength(16); left > 0; left--)
    partitions.push(readOffsetFetchResponsePartition(reader, version));
  if (flexible) reader.skipTaggedFields();
  return { name, partitions };
}

function readOffsetFetchResponsePartition(reader: Reader, version: number): OffsetFetchResponsePartition {
  const flexible = version >= 6;
  const partitionIndex = reader.int32() as PartitionId;
  const committedOffset = reader.int64Exact();
  const committedLeaderEpoch = version >= 5 ? (reader.int32() as LeaderEpoch) : (-1 as LeaderEpoch);
  const metadata = flexible ? reader.compactNullableString() : reader.nullableString();
  const errorCode = reader.int16();
  if (flexible) reader.skipTaggedFields();
  return { partitionIndex, committedOffset, committedLeaderEpoch, metadata, errorCode };
}

function readOffsetFetchResponseGroup(reader: Reader, version: number): OffsetFetchResponseGroup {
  const groupId = reader.compactString();
  const topics: OffsetFetchResponseTopics[] = [];
  for (let left = reader.compactArrayLength(3); left > 0; left--)
    topics.push(readOffsetFetchResponseTopics(reader, version));
  const errorCode = reader.int16();
  reader.skipTaggedFields();
  return { groupId, topics, errorCode };
}

function readOffsetFetchResponseTopics(reader: Reader, version: number): OffsetFetchResponseTopics {
  const name = version <= 9 ? reader.compactString() : '';
  const topicId = version >= 10 ? (reader.uuid() as TopicId) : ZERO_TOPIC_ID;
  const partitions: OffsetFetchResponsePartitions[] = [];
  for (let left = reader.compactArrayLength(20); left > 0; left--)
    partitions.push(readOffsetFetchResponsePartitions(reader));
  reader.skipTaggedFields();
  return { name, topicId, partitions };
}

function readOffsetFetchResponsePartitions(reader: Reader): OffsetFetchResponsePartitions {
  const partitionIndex = reader.int32() as PartitionId;
  const committedOffset = reader.int64Exact();
  const committedLeaderEpoch = reader.int32() as LeaderEpoch;
  const metadata = reader.compactNullableString();
  const errorCode = reader.int16();
  reader.skipTaggedFields();
  return { partitionIndex, committedOffset, committedLeaderEpoch, metadata, errorCode };
}

export function writeOffsetFetchRequest(writer: Writer, value: OffsetFetchRequest, version: number): void {
  const flexible = version >= 6;
  if (version <= 7) {
    if (flexible) writer.compactString(value.groupId);
    else writer.string(value.groupId);
  }
  if (version <= 7) {
    if (value.topics === null) {
      if (version >= 2) {
        if (flexible) writer.compactNullArray();
        else writer.nullArray();
      } else {
        if (flexible) writer.compactArrayLength(0);
        else writer.arrayLength(0);
      }
    } else {
      if (flexible) writer.compactArrayLength(value.topics.length);
      else writer.arrayLength(value.topics.length);
      for (const element of value.topics) {
        writeOffsetFetchRequestTopic(writer, element, version);
      }
    }
  }
  if (version >= 8) {
    writer.compactArrayLength(value.groups.length);
    for (const element of value.groups) {
      writeOffsetFetchRequestGroup(writer, element, version);
    }
  }
  if (version >= 7) {
    writer.bool(value.requireStable);
  }
  if (flexible) writer.uvarint(0);
}

function writeOffsetFetchRequestTopic(writer: Writer, value: OffsetFetchRequestTopic, version: number): void {
  const flexible = version >= 6;
  if (flexible) writer.compactString(value.name);
  else writer.string(value.name);
  if (flexible) writer.compactArrayLength(value.partitionIndexes.length);
  else writer.arrayLength(value.partitionIndexes.length);
  for (const element of value.partitionIndexes) {
    writer.int32(element);
  }
  if (flexible) writer.uvarint(0);
}

function writeOffsetFetchRequestGroup(writer: Writer, value: OffsetFetchRequestGroup, version: number): void {
  writer.compactString(value.groupId);
  if (version >= 9) {
    writer.compactNullableString(value.memberId);
  }
  if (version >= 9) {
    writer.int32(value.memberEpoch);
  }
  if (value.topics === null) {
    writer.compactNullArray();
  } else {
    writer.compactArrayLength(value.topics.length);
    for (const element of value.topics) {
      writeOffsetFetchRequestTopics(writer, element, version);
    }
  }
  writer.uvarint(0);
}

function writeOffsetFetchRequestTopics(writer: Writer, value: OffsetFetchRequestTopics, version: number): void {
  if (version <= 9) {
    writer.compactString(value.name);
  }
  if (version >= 10) {
    writer.uuid(value.topicId);
  }
  writer.compactArrayLength(value.partitionIndexes.length);
  for (const element of value.partitionIndexes) {
    writer.int32(element);
  }
  writer.uvarint(0);
}

export function writeOffsetFetchResponse(writer: Writer, value: OffsetFetchResponse, version: number): void {
  const flexible = version >= 6;
  if (version >= 3) {
    writer.int32(value.throttleTimeMs);
  }
  if (version <= 7) {
    if (flexible) writer.compactArrayLength(value.topics.length);
    else writer.arrayLength(value.topics.length);
    for (const element of value.topics) {
      writeOffsetFetchResponseTopic(writer, element, version);
    }
  }
  if (version >= 2 && version <= 7) {
    writer.int16(value.errorCode);
  }
  if (version >= 8) {
    writer.compactArrayLength(value.groups.length);
    for (const element of value.groups) {
      writeOffsetFetchResponseGroup(writer, element, version);
    }
  }
  if (flexible) writer.uvarint(0);
}

function writeOffsetFetchResponseTopic(writer: Writer, value: OffsetFetchResponseTopic, version: number): void {
  const flexible = version >= 6;
  if (flexible) writer.compactString(value.name);
  else writer.string(value.name);
  if (flexible) writer.compactArrayLength(value.partitions.length);
  else writer.arrayLength(value.partitions.length);
  for (const element of value.partitions) {
    writeOffsetFetchResponsePartition(writer, element, version);
  }
  if (flexible) writer.uvarint(0);
}

function writeOffsetFetchResponsePartition(writer: Writer, value: OffsetFetchResponsePartition, version: number): void {
  const flexible = version >= 6;
  writer.int32(value.partitionIndex);
  writer.int64Exact(value.committedOffset);
  if (version >= 5) {
    writer.int32(value.committedLeaderEpoch);
  }
  if (flexible) writer.compactNullableString(value.metadata);
  else writer.nullableString(value.metadata);
  writer.int16(value.errorCode);
  if (flexible) writer.uvarint(0);
}

function writeOffsetFetchResponseGroup(writer: Writer, value: OffsetFetchResponseGroup, version: number): void {
  writer.compactString(value.groupId);
  writer.compactArrayLength(value.topics.length);
  for (const element of value.topics) {
    writeOffsetFetchResponseTopics(writer, element, version);
  }
  writer.int16(value.errorCode);
  writer.uvarint(0);
}

function writeOffsetFetchResponseTopics(writer: Writer, value: OffsetFetchResponseTopics, version: number): void {
  if (version <= 9) {
    writer.compactString(value.name);
  }
  if (version >= 10) {
    writer.uuid(value.topicId);
  }
  writer.compactArrayLength(value.partitions.length);
  for (const element of value.partitions) {
    writeOffsetFetchResponsePartitions(writer, element);
  }
  writer.uvarint(0);
}

function writeOffsetFetchResponsePartitions(writer: Writer, value: OffsetFetchResponsePartitions): void {
  writer.int32(value.partitionIndex);
  writer.int64Exact(value.committedOffset);
  writer.int32(value.committedLeaderEpoch);
  writer.compactNullableString(value.metadata);
  writer.int16(value.errorCode);
  writer.uvarint(0);
}
