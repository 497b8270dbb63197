/** Kafka's Metadata: facts, types, readers and writers. Generated from schema/MetadataRequest.json and MetadataResponse.json by generate.ts; do not edit. */
import type { Reader } from '../reader';
import type { Writer } from '../writer';
import { ZERO_TOPIC_ID } from '../../types';
import type { LeaderEpoch, PartitionId, TopicId } from '../../types';

export const metadataApi = {
  key: 3,
  name: 'Metadata',
  /** Versions that are served. */
  requestVersions: { min: 0, max: 13 },
  /** The lowest version that ApiVersions lists. */
  advertisedMin: 0,
  /** From this version on messages are flexible (KIP-482). */
  flexibleFrom: 9,
} as const;

export interface MetadataRequest {
  /** Null from version 1. */
  readonly topics: readonly MetadataRequestTopic[] | null;
  /** From version 4. */
  readonly allowAutoTopicCreation: boolean;
  /** Versions 8 to 10. */
  readonly includeClusterAuthorizedOperations: boolean;
  /** From version 8. */
  readonly includeTopicAuthorizedOperations: boolean;
}

export interface MetadataRequestTopic {
  /** From version 10. */
  readonly topicId: TopicId;
  /** Null from version 10. */
  readonly name: string | null;
}

export interface MetadataResponse {
  /** From version 3. */
  readonly throttleTimeMs: number;
  readonly brokers: readonly MetadataResponseBroker[];
  /** From version 2. */
  readonly clusterId: string | null;
  /** From version 1. */
  readonly controllerId: number;
  readonly topics: readonly MetadataResponseTopic[];
  /** Versions 8 to 10. */
  readonly clusterAuthorizedOperations: number;
  /** From version 13. */
  readonly errorCode: number;
}

export interface MetadataResponseBroker {
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
  /** From version 1. */
  readonly rack: string | null;
}

export interface MetadataResponseTopic {
  readonly errorCode: number;
  /** Null from version 12. */
  readonly name: string | null;
  /** From version 10. */
  readonly topicId: TopicId;
  /** From version 1. */
  readonly isInternal: boolean;
  readonly partitions: readonly MetadataResponsePartition[];
  /** From version 8. */
  readonly topicAuthorizedOperations: number;
}

export interface MetadataResponsePartition {
  readonly errorCode: number;
  readonly partitionIndex: PartitionId;
  readonly leaderId: number;
  /** From version 7. */
  readonly leaderEpoch: LeaderEpoch;
  readonly replicaNodes: readonly number[];
  readonly isrNodes: readonly number[];
  /** From version 5. */
  readonly offlineReplicas: readonly number[];
}

/** A value with Kafka's defaults where nothing is given. */
export function createMetadataRequest(fields: Partial<MetadataRequest> = {}): MetadataRequest {
  return {
    topics: fields.topics === undefined ? [] : fields.topics,
    allowAutoTopicCreation: fields.allowAutoTopicCreation ?? true,
    includeClusterAuthorizedOperations: fields.includeClusterAuthorizedOperations ?? false,
    includeTopicAuthorizedOperations: fields.includeTopicAuthorizedOperations ?? false,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createMetadataRequestTopic(fields: Partial<MetadataRequestTopic> = {}): MetadataRequestTopic {
  return {
    topicId: fields.topicId ?? ZERO_TOPIC_ID,
    name: fields.name === undefined ? '' : fields.name,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createMetadataResponse(fields: Partial<MetadataResponse> = {}): MetadataResponse {
  return {
    throttleTimeMs: fields.throttleTimeMs ?? 0,
    brokers: fields.brokers ?? [],
    clusterId: fields.clusterId === undefined ? null : fields.clusterId,
    controllerId: fields.controllerId ?? -1,
    topics: fields.topics ?? [],
    clusterAuthorizedOperations: fields.clusterAuthorizedOperations ?? -2147483648,
    errorCode: fields.errorCode ?? 0,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createMetadataResponseBroker(fields: Partial<MetadataResponseBroker> = {}): MetadataResponseBroker {
  return {
    nodeId: fields.nodeId ?? 0,
    host: fields.host ?? '',
    port: fields.port ?? 0,
    rack: fields.rack === undefined ? null : fields.rack,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createMetadataResponseTopic(fields: Partial<MetadataResponseTopic> = {}): MetadataResponseTopic {
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
export function createMetadataResponsePartition(
  fields: Partial<MetadataResponsePartition> = {},
): MetadataResponsePartition {
  return {
    errorCode: fields.errorCode ?? 0,
    partitionIndex: fields.partitionIndex ?? (0 as PartitionId),
    leaderId: fields.leaderId ?? 0,
    leaderEpoch: fields.leaderEpoch ?? (-1 as LeaderEpoch),
    replicaNodes: fields.replicaNodes ?? [],
    isrNodes: fields.isrNodes ?? [],
    offlineReplicas: fields.offlineReplicas ?? [],
  };
}

/** Reads the body of a MetadataRequest of versions 0 to 13. Throws ProtocolError. */
export function readMetadataRequest(reader: Reader, version: number): MetadataRequest {
  const flexible = version >= 9;
  let topics: readonly MetadataRequestTopic[] | null = null;
  {
    const length =
      version >= 1
        ? flexible
          ? reader.compactNullableArrayLength(2)
          : reader.nullableArrayLength(2)
        : flexible
          ? reader.compactArrayLength(2)
          : reader.arrayLength(2);
    if (length < 0) topics = null;
    else {
      const list: MetadataRequestTopic[] = [];
      for (let left = length; left > 0; left--) list.push(readMetadataRequestTopic(reader, version));
      topics = list;
    }
  }
  const allowAutoTopicCreation = version >= 4 ? reader.bool() : true;
  const includeClusterAuthorizedOperations = version >= 8 && version <= 10 ? reader.bool() : false;
  const includeTopicAuthorizedOperations = version >= 8 ? reader.bool() : false;
  if (flexible) reader.skipTaggedFields();
  return { topics, allowAutoTopicCreation, includeClusterAuthorizedOperations, includeTopicAuthorizedOperations };
}

function readMetadataRequestTopic(reader: Reader, version: number): MetadataRequestTopic {
  const flexible = version >= 9;
  const topicId = version >= 10 ? (reader.uuid() as TopicId) : ZERO_TOPIC_ID;
  const name =
    version >= 10
      ? flexible
        ? reader.compactNullableString()
        : reader.nullableString()
      : flexible
        ? reader.compactString()
        : reader.string();
  if (flexible) reader.skipTaggedFields();
  return { topicId, name };
}

/** Reads the body of a MetadataResponse of versions 0 to 13. Throws ProtocolError. */
export function readMetadataResponse(reader: Reader, version: number): MetadataResponse {
  const flexible = version >= 9;
  const throttleTimeMs = version >= 3 ? reader.int32() : 0;
  const brokers: MetadataResponseBroker[] = [];
  for (let left = flexible ? reader.compactArrayLength(10) : reader.arrayLength(10); left > 0; left--)
    brokers.push(readMetadataResponseBroker(reader, version));
  const clusterId = version >= 2 ? (flexible ? reader.compactNullableString() : reader.nullableString()) : null;
  const controllerId = version >= 1 ? reader.int32() : -1;
  const topics: MetadataResponseTopic[] = [];
  for (let left = flexible ? reader.compactArrayLength(8) : reader.arrayLength(8); left > 0; left--)
    topics.push(readMetadataResponseTopic(reader, version));
  const clusterAuthorizedOperations = version >= 8 && version <= 10 ? reader.int32() : -2147483648;
  const errorCode = version >= 13 ? reader.int16() : 0;
  if (flexible) reader.skipTaggedFields();
  return { throttleTimeMs, brokers, clusterId, controllerId, topics, clusterAuthorizedOperations, errorCode };
}

function readMetadataResponseBroker(reader: Reader, version: number): MetadataResponseBroker {
  const flexible = version >= 9;
  const nodeId = reader.int32();
  const host = flexible ? reader.compactString() : reader.string();
  const port = reader.int32();
  const rack = version >= 1 ? (flexible ? reader.compactNullableString() : reader.nullableString()) : null;
  if (flexible) reader.skipTaggedFields();
  return { nodeId, host, port, rack };
}

function readMetadataResponseTopic(reader: Reader, version: number): MetadataResponseTopic {
  const flexible = version >= 9;
  const errorCode = reader.int16();
  const name =
    version >= 12
      ? flexible
        ? reader.compactNullableString()
        : reader.nullableString()
      : flexible
        ? reader.compactString()
        : reader.string();
  const topicId = version >= 10 ? (reader.uuid() as TopicId) : ZERO_TOPIC_ID;
  const isInternal = version >= 1 ? reader.bool() : false;
  const partitions: MetadataResponsePartition[] = [];
  for (let left = flexible ? reader.compactArrayLength(18) : reader.arrayLength(18); left > 0; left--)
    partitions.push(readMetadataResponsePartition(reader, version));
  const topicAuthorizedOperations = version >= 8 ? reader.int32() : -2147483648;
  if (flexible) reader.skipTaggedFields();
  return { errorCode, name, topicId, isInternal, partitions, topicAuthorizedOperations };
}

function readMetadataResponsePartition(reader: Reader, version: number): MetadataResponsePartition {
  const flexible = version >= 9;
  const errorCode = reader.int16();
  const partitionIndex = reader.int32() as PartitionId;
  const leaderId = reader.int32();
  const leaderEpoch = version >= 7 ? (reader.int32() as LeaderEpoch) : (-1 as LeaderEpoch);
  const replicaNodes: number[] = [];
  for (let left = flexible ? reader.compactArrayLength(4) : reader.arrayLength(4); left > 0; left--)
    replicaNodes.push(reader.int32());
  const isrNodes: number[] = [];
  for (let left = flexible ? reader.compactArrayLength(4) : reader.arrayLength(4); left > 0; left--)
    isrNodes.push(reader.int32());
  let offlineReplicas: readonly number[] = [];
  if (version >= 5) {
    const length = flexible ? reader.compactArrayLength(4) : reader.arrayLength(4);
    const list: number[] = [];
    for (let left = length; left > 0; left--) list.push(reader.int32());
    offlineReplicas = list;
  }
  if (flexible) reader.skipTaggedFields();
  return { errorCode, partitionIndex, leaderId, leaderEpoch, replicaNodes, isrNodes, offlineReplicas };
}

export function writeMetadataRequest(writer: Writer, value: MetadataRequest, version: number): void {
  const flexible = version >= 9;
  if (value.topics === null) {
    if (version >= 1) {
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
      writeMetadataRequestTopic(writer, element, version);
    }
  }
  if (version >= 4) {
    writer.bool(value.allowAutoTopicCreation);
  }
  if (version >= 8 && version <= 10) {
    writer.bool(value.includeClusterAuthorizedOperations);
  }
  if (version >= 8) {
    writer.bool(value.includeTopicAuthorizedOperations);
  }
  if (flexible) writer.uvarint(0);
}

function writeMetadataRequestTopic(writer: Writer, value: MetadataRequestTopic, version: number): void {
  const flexible = version >= 9;
  if (version >= 10) {
    writer.uuid(value.topicId);
  }
  if (version >= 10) {
    if (flexible) writer.compactNullableString(value.name);
    else writer.nullableString(value.name);
  } else {
    if (flexible) writer.compactString(value.name ?? '');
    else writer.string(value.name ?? '');
  }
  if (flexible) writer.uvarint(0);
}

export function writeMetadataResponse(writer: Writer, value: MetadataResponse, version: number): void {
  const flexible = version >= 9;
  if (version >= 3) {
    writer.int32(value.throttleTimeMs);
  }
  if (flexible) writer.compactArrayLength(value.brokers.length);
  else writer.arrayLength(value.brokers.length);
  for (const element of value.brokers) {
    writeMetadataResponseBroker(writer, element, version);
  }
  if (version >= 2) {
    if (flexible) writer.compactNullableString(value.clusterId);
    else writer.nullableString(value.clusterId);
  }
  if (version >= 1) {
    writer.int32(value.controllerId);
  }
  if (flexible) writer.compactArrayLength(value.topics.length);
  else writer.arrayLength(value.topics.length);
  for (const element of value.topics) {
    writeMetadataResponseTopic(writer, element, version);
  }
  if (version >= 8 && version <= 10) {
    writer.int32(value.clusterAuthorizedOperations);
  }
  if (version >= 13) {
    writer.int16(value.errorCode);
  }
  if (flexible) writer.uvarint(0);
}

function writeMetadataResponseBroker(writer: Writer, value: MetadataResponseBroker, version: number): void {
  const flexible = version >= 9;
  writer.int32(value.nodeId);
  if (flexible) writer.compactString(value.host);
  else writer.string(value.host);
  writer.int32(value.port);
  if (version >= 1) {
    if (flexible) writer.compactNullableString(value.rack);
    else writer.nullableString(value.rack);
  }
  if (flexible) writer.uvarint(0);
}

function writeMetadataResponseTopic(writer: Writer, value: MetadataResponseTopic, version: number): void {
  const flexible = version >= 9;
  writer.int16(value.errorCode);
  if (version >= 12) {
    if (flexible) writer.compactNullableString(value.name);
    else writer.nullableString(value.name);
  } else {
    if (flexible) writer.compactString(value.name ?? '');
    else writer.string(value.name ?? '');
  }
  if (version >= 10) {
    writer.uuid(value.topicId);
  }
  if (version >= 1) {
    writer.bool(value.isInternal);
  }
  if (flexible) writer.compactArrayLength(value.partitions.length);
  else writer.arrayLength(value.partitions.length);
  for (const element of value.partitions) {
    writeMetadataResponsePartition(writer, element, version);
  }
  if (version >= 8) {
    writer.int32(value.topicAuthorizedOperations);
  }
  if (flexible) writer.uvarint(0);
}

function writeMetadataResponsePartition(writer: Writer, value: MetadataResponsePartition, version: number): void {
  const flexible = version >= 9;
  writer.int16(value.errorCode);
  writer.int32(value.partitionIndex);
  writer.int32(value.leaderId);
  if (version >= 7) {
    writer.int32(value.leaderEpoch);
  }
  if (flexible) writer.compactArrayLength(value.replicaNodes.length);
  else writer.arrayLength(value.replicaNodes.length);
  for (const element of value.replicaNodes) {
    writer.int32(element);
  }
  if (flexible) writer.compactArrayLength(value.isrNodes.length);
  else writer.arrayLength(value.isrNodes.length);
  for (const element of value.isrNodes) {
    writer.int32(element);
  }
  if (version >= 5) {
    if (flexible) writer.compactArrayLength(value.offlineReplicas.length);
    else writer.arrayLength(value.offlineReplicas.length);
    for (const element of value.offlineReplicas) {
      writer.int32(element);
    }
  }
  if (flexible) writer.uvarint(0);
}
