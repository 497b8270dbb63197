/** Kafka's ElectLeaders: facts, types, readers and writers. Generated from schema/ElectLeadersRequest.json and ElectLeadersResponse.json by generate.ts; do not edit. */
import type { Reader } from '../reader';
import type { Writer } from '../writer';
import type { PartitionId } from '../../types';

export const electLeadersApi = {
  key: 43,
  name: 'ElectLeaders',
  /** Versions that are served. */
  requestVersions: { min: 0, max: 2 },
  /** The lowest version that ApiVersions lists. */
  advertisedMin: 0,
  /** From this version on messages are flexible (KIP-482). */
  flexibleFrom: 2,
} as const;

export interface ElectLeadersRequest {
  /** From version 1. */
  readonly electionType: number;
  readonly topicPartitions: readonly TopicPartitions[] | null;
  readonly timeoutMs: number;
}

export interface TopicPartitions {
  readonly topic: string;
  readonly partitions: readonly PartitionId[];
}

export interface ElectLeadersResponse {
  readonly throttleTimeMs: number;
  /** From version 1. */
  readonly errorCode: number;
  readonly replicaElectionResults: readonly ReplicaElectionResult[];
}

export interface ReplicaElectionResult {
  readonly topic: string;
  readonly partitionResult: readonly PartitionResult[];
}

export interface PartitionResult {
  readonly partitionId: number;
  readonly errorCode: number;
  readonly errorMessage: string | null;
}

/** A value with Kafka's defaults where nothing is given. */
export function createElectLeadersRequest(fields: Partial<ElectLeadersRequest> = {}): ElectLeadersRequest {
  return {
    electionType: fields.electionType ?? 0,
    topicPartitions: fields.topicPartitions === undefined ? [] : fields.topicPartitions,
    timeoutMs: fields.timeoutMs ?? 60000,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createTopicPartitions(fields: Partial<TopicPartitions> = {}): TopicPartitions {
  return {
    topic: fields.topic ?? '',
    partitions: fields.partitions ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createElectLeadersResponse(fields: Partial<ElectLeadersResponse> = {}): ElectLeadersResponse {
  return {
    throttleTimeMs: fields.throttleTimeMs ?? 0,
    errorCode: fields.errorCode ?? 0,
    replicaElectionResults: fields.replicaElectionResults ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createReplicaElectionResult(fields: Partial<ReplicaElectionResult> = {}): ReplicaElectionResult {
  return {
    topic: fields.topic ?? '',
    partitionResult: fields.partitionResult ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createPartitionResult(fields: Partial<PartitionResult> = {}): PartitionResult {
  return {
    partitionId: fields.partitionId ?? 0,
    errorCode: fields.errorCode ?? 0,
    errorMessage: fields.errorMessage === undefined ? '' : fields.errorMessage,
  };
}

/** Reads the body of an ElectLeadersRequest of versions 0 to 2. Throws ProtocolError. */
export function readElectLeadersRequest(reader: Reader, version: number): ElectLeadersRequest {
  const flexible = version >= 2;
  const electionType = version >= 1 ? reader.int8() : 0;
  let topicPartitions: readonly TopicPartitions[] | null = null;
  {
    const length = flexible ? reader.compactNullableArrayLength(3) : reader.nullableArrayLength(3);
    if (length < 0) topicPartitions = null;
    else {
      const list: TopicPartitions[] = [];
      for (let left = length; left > 0; left--) list.push(readTopicPartitions(reader, version));
      topicPartitions = list;
    }
  }
  const timeoutMs = reader.int32();
  if (flexible) reader.skipTaggedFields();
  return { electionType, topicPartitions, timeoutMs };
}

function readTopicPartitions(reader: Reader, version: number): TopicPartitions {
  const flexible = version >= 2;
  const topic = flexible ? reader.compactString() : reader.string();
  const partitions: PartitionId[] = [];
  for (let left = flexible ? reader.compactArrayLength(4) : reader.arrayLength(4); left > 0; left--)
    partitions.push(reader.int32() as PartitionId);
  if (flexible) reader.skipTaggedFields();
  return { topic, partitions };
}

/** Reads the body of an ElectLeadersResponse of versions 0 to 2. Throws ProtocolError. */
export function readElectLeadersResponse(reader: Reader, version: number): ElectLeadersResponse {
  const flexible = version >= 2;
  const throttleTimeMs = reader.int32();
  const errorCode = version >= 1 ? reader.int16() : 0;
  const replicaElectionResults: ReplicaElectionResult[] = [];
  for (let left = flexible ? reader.compactArrayLength(3) : reader.arrayLength(3); left > 0; left--)
    replicaElectionResults.push(readReplicaElectionResult(reader, version));
  if (flexible) reader.skipTaggedFields();
  return { throttleTimeMs, errorCode, replicaElectionResults };
}

function readReplicaElectionResult(reader: Reader, version: number): ReplicaElectionResult {
  const flexible = version >= 2;
  const topic = flexible ? reader.compactString() : reader.string();
  const partitionResult: PartitionResult[] = [];
  for (let left = flexible ? reader.compactArrayLength(8) : reader.arrayLength(8); left > 0; left--)
    partitionResult.push(readPartitionResult(reader, version));
  if (flexible) reader.skipTaggedFields();
  return { topic, partitionResult };
}

function readPartitionResult(reader: Reader, version: number): PartitionResult {
  const flexible = version >= 2;
  const partitionId = reader.int32();
  const errorCode = reader.int16();
  const errorMessage = flexible ? reader.compactNullableString() : reader.nullableString();
  if (flexible) reader.skipTaggedFields();
  return { partitionId, errorCode, errorMessage };
}

export function writeElectLeadersRequest(writer: Writer, value: ElectLeadersRequest, version: number): void {
  const flexible = version >= 2;
  if (version >= 1) {
    writer.int8(value.electionType);
  }
  if (value.topicPartitions === null) {
    if (flexible) writer.compactNullArray();
    else writer.nullArray();
  } else {
    if (flexible) writer.compactArrayLength(value.topicPartitions.length);
    else writer.arrayLength(value.topicPartitions.length);
    for (const element of value.topicPartitions) {
      writeTopicPartitions(writer, element, version);
    }
  }
  writer.int32(value.timeoutMs);
  if (flexible) writer.uvarint(0);
}

function writeTopicPartitions(writer: Writer, value: TopicPartitions, version: number): void {
  const flexible = version >= 2;
  if (flexible) writer.compactString(value.topic);
  else writer.string(value.topic);
  if (flexible) writer.compactArrayLength(value.partitions.length);
  else writer.arrayLength(value.partitions.length);
  for (const element of value.partitions) {
    writer.int32(element);
  }
  if (flexible) writer.uvarint(0);
}

export function writeElectLeadersResponse(writer: Writer, value: ElectLeadersResponse, version: number): void {
  const flexible = version >= 2;
  writer.int32(value.throttleTimeMs);
  if (version >= 1) {
    writer.int16(value.errorCode);
  }
  if (flexible) writer.compactArrayLength(value.replicaElectionResults.length);
  else writer.arrayLength(value.replicaElectionResults.length);
  for (const element of value.replicaElectionResults) {
    writeReplicaElectionResult(writer, element, version);
  }
  if (flexible) writer.uvarint(0);
}

function writeReplicaElectionResult(writer: Writer, value: ReplicaElectionResult, version: number): void {
  const flexible = version >= 2;
  if (flexible) writer.compactString(value.topic);
  else writer.string(value.topic);
  if (flexible) writer.compactArrayLength(value.partitionResult.length);
  else writer.arrayLength(value.partitionResult.length);
  for (const element of value.partitionResult) {
    writePartitionResult(writer, element, version);
  }
  if (flexible) writer.uvarint(0);
}

function writePartitionResult(writer: Writer, value: PartitionResult, version: number): void {
  const flexible = version >= 2;
  writer.int32(value.partitionId);
  writer.int16(value.errorCode);
  if (flexible) writer.compactNullableString(value.errorMessage);
  else writer.nullableString(value.errorMessage);
  if (flexible) writer.uvarint(0);
}
