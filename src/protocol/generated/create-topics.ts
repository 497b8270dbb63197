/** Kafka's CreateTopics: facts, types, readers and writers. Generated from schema/CreateTopicsRequest.json and CreateTopicsResponse.json by generate.ts; do not edit. */
import type { Reader } from '../reader';
import { Writer } from '../writer';
import { ZERO_TOPIC_ID } from '../../types';
import type { PartitionId, TopicId } from '../../types';

export const createTopicsApi = {
  key: 19,
  name: 'CreateTopics',
  /** Versions that are served. */
  requestVersions: { min: 2, max: 7 },
  /** The lowest version that ApiVersions lists. */
  advertisedMin: 2,
  /** From this version on messages are flexible (KIP-482). */
  flexibleFrom: 5,
} as const;

export interface CreateTopicsRequest {
  readonly topics: readonly CreatableTopic[];
  readonly timeoutMs: number;
  readonly validateOnly: boolean;
}

export interface CreatableTopic {
  readonly name: string;
  readonly numPartitions: number;
  readonly replicationFactor: number;
  readonly assignments: readonly CreatableReplicaAssignment[];
  readonly configs: readonly CreatableTopicConfig[];
}

export interface CreatableReplicaAssignment {
  readonly partitionIndex: PartitionId;
  readonly brokerIds: readonly number[];
}

export interface CreatableTopicConfig {
  readonly name: string;
  readonly value: string | null;
}

export interface CreateTopicsResponse {
  readonly throttleTimeMs: number;
  readonly topics: readonly CreatableTopicResult[];
}

export interface CreatableTopicResult {
  readonly name: string;
  /** From version 7. */
  readonly topicId: TopicId;
  readonly errorCode: number;
  readonly errorMessage: string | null;
  /** From version 5. Tag 0. */
  readonly topicConfigErrorCode: number;
  /** From version 5. */
  readonly numPartitions: number;
  /** From version 5. */
  readonly replicationFactor: number;
  /** From version 5. */
  readonly configs: readonly CreatableTopicConfigs[] | null;
}

export interface CreatableTopicConfigs {
  readonly name: string;
  readonly value: string | null;
  readonly readOnly: boolean;
  readonly configSource: number;
  readonly isSensitive: boolean;
}

/** A value with Kafka's defaults where nothing is given. */
export function createCreateTopicsRequest(fields: Partial<CreateTopicsRequest> = {}): CreateTopicsRequest {
  return {
    topics: fields.topics ?? [],
    timeoutMs: fields.timeoutMs ?? 60000,
    validateOnly: fields.validateOnly ?? false,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createCreatableTopic(fields: Partial<CreatableTopic> = {}): CreatableTopic {
  return {
    name: fields.name ?? '',
    numPartitions: fields.numPartitions ?? 0,
    replicationFactor: fields.replicationFactor ?? 0,
    assignments: fields.assignments ?? [],
    configs: fields.configs ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createCreatableReplicaAssignment(
  fields: Partial<CreatableReplicaAssignment> = {},
): CreatableReplicaAssignment {
  return {
    partitionIndex: fields.partitionIndex ?? (0 as PartitionId),
    brokerIds: fields.brokerIds ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createCreatableTopicConfig(fields: Partial<CreatableTopicConfig> = {}): CreatableTopicConfig {
  return {
    name: fields.name ?? '',
    value: fields.value === undefined ? '' : fields.value,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createCreateTopicsResponse(fields: Partial<CreateTopicsResponse> = {}): CreateTopicsResponse {
  return {
    throttleTimeMs: fields.throttleTimeMs ?? 0,
    topics: fields.topics ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createCreatableTopicResult(fields: Partial<CreatableTopicResult> = {}): CreatableTopicResult {
  return {
    name: fields.name ?? '',
    topicId: fields.topicId ?? ZERO_TOPIC_ID,
    errorCode: fields.errorCode ?? 0,
    errorMessage: fields.errorMessage === undefined ? '' : fields.errorMessage,
    topicConfigErrorCode: fields.topicConfigErrorCode ?? 0,
    numPartitions: fields.numPartitions ?? -1,
    replicationFactor: fields.replicationFactor ?? -1,
    configs: fields.configs === undefined ? [] : fields.configs,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createCreatableTopicConfigs(fields: Partial<CreatableTopicConfigs> = {}): CreatableTopicConfigs {
  return {
    name: fields.name ?? '',
    value: fields.value === undefined ? '' : fields.value,
    readOnly: fields.readOnly ?? false,
    configSource: fields.configSource ?? -1,
    isSensitive: fields.isSensitive ?? false,
  };
}

/** Reads the body of a CreateTopicsRequest of versions 2 to 7. Throws ProtocolError. */
export function readCreateTopicsRequest(reader: Reader, version: number): CreateTopicsRequest {
  const flexible = version >= 5;
  const topics: CreatableTopic[] = [];
  for (let left = flexible ? reader.compactArrayLength(10) : reader.arrayLength(10); left > 0; left--)
    topics.push(readCreatableTopic(reader, version));
  const timeoutMs = reader.int32();
  const validateOnly = reader.bool();
  if (flexible) reader.skipTaggedFields();
  return { topics, timeoutMs, validateOnly };
}

function readCreatableTopic(reader: Reader, version: number): CreatableTopic {
  const flexible = version >= 5;
  const name = flexible ? reader.compactString() : reader.string();
  const numPartitions = reader.int32();
  const replicationFactor = reader.int16();
  const assignments: CreatableReplicaAssignment[] = [];
  for (let left = flexible ? reader.compactArrayLength(6) : reader.arrayLength(6); left > 0; left--)
    assignments.push(readCreatableReplicaAssignment(reader, version));
  const configs: CreatableTopicConfig[] = [];
  for (let left = flexible ? reader.compactArrayLength(3) : reader.arrayLength(3); left > 0; left--)
    configs.push(readCreatableTopicConfig(reader, version));
  if (flexible) reader.skipTaggedFields();
  return { name, numPartitions, replicationFactor, assignments, configs };
}

function readCreatableReplicaAssignment(reader: Reader, version: number): CreatableReplicaAssignment {
  const flexible = version >= 5;
  const partitionIndex = reader.int32() as PartitionId;
  const brokerIds: number[] = [];
  for (let left = flexible ? reader.compactArrayLength(4) : reader.arrayLength(4); left > 0; left--)
    brokerIds.push(reader.int32());
  if (flexible) reader.skipTaggedFields();
  return { partitionIndex, brokerIds };
}

function readCreatableTopicConfig(reader: Reader, version: number): CreatableTopicConfig {
  const flexible = version >= 5;
  const name = flexible ? reader.compactString() : reader.string();
  const value = flexible ? reader.compactNullableString() : reader.nullableString();
  if (flexible) reader.skipTaggedFields();
  return { name, value };
}

/** Reads the body of a CreateTopicsResponse of versions 2 to 7. Throws ProtocolError. */
export function readCreateTopicsResponse(reader: Reader, version: number): CreateTopicsResponse {
  const flexible = version >= 5;
  const throttleTimeMs = reader.int32();
  const topics: CreatableTopicResult[] = [];
  for (let left = flexible ? reader.compactArrayLength(6) : reader.arrayLength(6); left > 0; left--)
    topics.push(readCreatableTopicResult(reader, version));
  if (flexible) reader.skipTaggedFields();
  return { throttleTimeMs, topics };
}

function readCreatableTopicResult(reader: Reader, version: number): CreatableTopicResult {
  const flexible = version >= 5;
  const name = flexible ? reader.compactString() : reader.string();
  const topicId = version >= 7 ? (reader.uuid() as TopicId) : ZERO_TOPIC_ID;
  const errorCode = reader.int16();
  const errorMessage = flexible ? reader.compactNullableString() : reader.nullableString();
  let topicConfigErrorCode: number = 0;
  const numPartitions = version >= 5 ? reader.int32() : -1;
  const replicationFactor = version >= 5 ? reader.int16() : -1;
  let configs: readonly CreatableTopicConfigs[] | null = [];
  if (version >= 5) {
    const length = reader.compactNullableArrayLength(6);
    if (length < 0) configs = null;
    else {
      const list: CreatableTopicConfigs[] = [];
      for (let left = length; left > 0; left--) list.push(readCreatableTopicConfigs(reader));
      configs = list;
    }
  }
  if (flexible) {
    for (let left = reader.uvarint(); left > 0; left--) {
      const tag = reader.uvarint();
      const end = reader.taggedFieldEnd();
      switch (tag) {
        case 0: {
          topicConfigErrorCode = reader.int16();
          break;
        }

        default:
          reader.position = end;
      }
      reader.expectPosition(end);
    }
  }
  return { name, topicId, errorCode, errorMessage, topicConfigErrorCode, numPartitions, replicationFactor, configs };
}

function readCreatableTopicConfigs(reader: Reader): CreatableTopicConfigs {
  const name = reader.compactString();
  const value = reader.compactNullableString();
  const readOnly = reader.bool();
  const configSource = reader.int8();
  const isSensitive = reader.bool();
  reader.skipTaggedFields();
  return { name, value, readOnly, configSource, isSensitive };
}

export function writeCreateTopicsRequest(writer: Writer, value: CreateTopicsRequest, version: number): void {
  const flexible = version >= 5;
  if (flexible) writer.compactArrayLength(value.topics.length);
  else writer.arrayLength(value.topics.length);
  for (const element of value.topics) {
    writeCreatableTopic(writer, element, version);
  }
  writer.int32(value.timeoutMs);
  writer.bool(value.validateOnly);
  if (flexible) writer.uvarint(0);
}

function writeCreatableTopic(writer: Writer, value: CreatableTopic, version: number): void {
  const flexible = version >= 5;
  if (flexible) writer.compactString(value.name);
  else writer.string(value.name);
  writer.int32(value.numPartitions);
  writer.int16(value.replicationFactor);
  if (flexible) writer.compactArrayLength(value.assignments.length);
  else writer.arrayLength(value.assignments.length);
  for (const element of value.assignments) {
    writeCreatableReplicaAssignment(writer, element, version);
  }
  if (flexible) writer.compactArrayLength(value.configs.length);
  else writer.arrayLength(value.configs.length);
  for (const element of value.configs) {
    writeCreatableTopicConfig(writer, element, version);
  }
  if (flexible) writer.uvarint(0);
}

function writeCreatableReplicaAssignment(writer: Writer, value: CreatableReplicaAssignment, version: number): void {
  const flexible = version >= 5;
  writer.int32(value.partitionIndex);
  if (flexible) writer.compactArrayLength(value.brokerIds.length);
  else writer.arrayLength(value.brokerIds.length);
  for (const element of value.brokerIds) {
    writer.int32(element);
  }
  if (flexible) writer.uvarint(0);
}

function writeCreatableTopicConfig(writer: Writer, value: CreatableTopicConfig, version: number): void {
  const flexible = version >= 5;
  if (flexible) writer.compactString(value.name);
  else writer.string(value.name);
  if (flexible) writer.compactNullableString(value.value);
  else writer.nullableString(value.value);
  if (flexible) writer.uvarint(0);
}

export function writeCreateTopicsResponse(writer: Writer, value: CreateTopicsResponse, version: number): void {
  const flexible = version >= 5;
  writer.int32(value.throttleTimeMs);
  if (flexible) writer.compactArrayLength(value.topics.length);
  else writer.arrayLength(value.topics.length);
  for (const element of value.topics) {
    writeCreatableTopicResult(writer, element, version);
  }
  if (flexible) writer.uvarint(0);
}

function writeCreatableTopicResult(writer: Writer, value: CreatableTopicResult, version: number): void {
  const flexible = version >= 5;
  if (flexible) writer.compactString(value.name);
  else writer.string(value.name);
  if (version >= 7) {
    writer.uuid(value.topicId);
  }
  writer.int16(value.errorCode);
  if (flexible) writer.compactNullableString(value.errorMessage);
  else writer.nullableString(value.errorMessage);
  if (version >= 5) {
    writer.int32(value.numPartitions);
  }
  if (version >= 5) {
    writer.int16(value.replicationFactor);
  }
  if (version >= 5) {
    if (value.configs === null) {
      writer.compactNullArray();
    } else {
      writer.compactArrayLength(value.configs.length);
      for (const element of value.configs) {
        writeCreatableTopicConfigs(writer, element);
      }
    }
  }
  if (flexible) {
    const withTopicConfigErrorCode = value.topicConfigErrorCode !== 0;
    writer.uvarint(withTopicConfigErrorCode ? 1 : 0);
    if (withTopicConfigErrorCode) {
      const field = new Writer();
      field.int16(value.topicConfigErrorCode);
      writer.taggedField(0, field);
    }
  }
}

function writeCreatableTopicConfigs(writer: Writer, value: CreatableTopicConfigs): void {
  writer.compactString(value.name);
  writer.compactNullableString(value.value);
  writer.bool(value.readOnly);
  writer.int8(value.configSource);
  writer.bool(value.isSensitive);
  writer.uvarint(0);
}
