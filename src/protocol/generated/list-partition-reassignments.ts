/** Kafka's ListPartitionReassignments: facts, types, readers and writers. Generated from schema/ListPartitionReassignmentsRequest.json and ListPartitionReassignmentsResponse.json by generate.ts; do not edit. */
import type { Reader } from '../reader';
import type { Writer } from '../writer';
import type { PartitionId } from '../../types';

export const listPartitionReassignmentsApi = {
  key: 46,
  name: 'ListPartitionReassignments',
  /** Versions that are served. */
  requestVersions: { min: 0, max: 0 },
  /** The lowest version that ApiVersions lists. */
  advertisedMin: 0,
  /** From this version on messages are flexible (KIP-482). */
  flexibleFrom: 0,
} as const;

export interface ListPartitionReassignmentsRequest {
  readonly timeoutMs: number;
  readonly topics: readonly ListPartitionReassignmentsTopics[] | null;
}

export interface ListPartitionReassignmentsTopics {
  readonly name: string;
  readonly partitionIndexes: readonly PartitionId[];
}

export interface ListPartitionReassignmentsResponse {
  readonly throttleTimeMs: number;
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly topics: readonly OngoingTopicReassignment[];
}

export interface OngoingTopicReassignment {
  readonly name: string;
  readonly partitions: readonly OngoingPartitionReassignment[];
}

export interface OngoingPartitionReassignment {
  readonly partitionIndex: PartitionId;
  readonly replicas: readonly number[];
  readonly addingReplicas: readonly number[];
  readonly removingReplicas: readonly number[];
}

/** A value with Kafka's defaults where nothing is given. */
export function createListPartitionReassignmentsRequest(
  fields: Partial<ListPartitionReassignmentsRequest> = {},
): ListPartitionReassignmentsRequest {
  return {
    timeoutMs: fields.timeoutMs ?? 60000,
    topics: fields.topics === undefined ? null : fields.topics,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createListPartitionReassignmentsTopics(
  fields: Partial<ListPartitionReassignmentsTopics> = {},
): ListPartitionReassignmentsTopics {
  return {
    name: fields.name ?? '',
    partitionIndexes: fields.partitionIndexes ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createListPartitionReassignmentsResponse(
  fields: Partial<ListPartitionReassignmentsResponse> = {},
): ListPartitionReassignmentsResponse {
  return {
    throttleTimeMs: fields.throttleTimeMs ?? 0,
    errorCode: fields.errorCode ?? 0,
    errorMessage: fields.errorMessage === undefined ? '' : fields.errorMessage,
    topics: fields.topics ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createOngoingTopicReassignment(
  fields: Partial<OngoingTopicReassignment> = {},
): OngoingTopicReassignment {
  return {
    name: fields.name ?? '',
    partitions: fields.partitions ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createOngoingPartitionReassignment(
  fields: Partial<OngoingPartitionReassignment> = {},
): OngoingPartitionReassignment {
  return {
    partitionIndex: fields.partitionIndex ?? (0 as PartitionId),
    replicas: fields.replicas ?? [],
    addingReplicas: fields.addingReplicas ?? [],
    removingReplicas: fields.removingReplicas ?? [],
  };
}

/** Reads the body of a ListPartitionReassignmentsRequest of version 0. Throws ProtocolError. */
export function readListPartitionReassignmentsRequest(
  reader: Reader,
  _version: number,
): ListPartitionReassignmentsRequest {
  const timeoutMs = reader.int32();
  let topics: readonly ListPartitionReassignmentsTopics[] | null = null;
  {
    const length = reader.compactNullableArrayLength(3);
    if (length < 0) topics = null;
    else {
      const list: ListPartitionReassignmentsTopics[] = [];
      for (let left = length; left > 0; left--) list.push(readListPartitionReassignmentsTopics(reader));
      topics = list;
    }
  }
  reader.skipTaggedFields();
  return { timeoutMs, topics };
}

function readListPartitionReassignmentsTopics(reader: Reader): ListPartitionReassignmentsTopics {
  const name = reader.compactString();
  const partitionIndexes: PartitionId[] = [];
  for (let left = reader.compactArrayLength(4); left > 0; left--) partitionIndexes.push(reader.int32() as PartitionId);
  reader.skipTaggedFields();
  return { name, partitionIndexes };
}

/** Reads the body of a ListPartitionReassignmentsResponse of version 0. Throws ProtocolError. */
export function readListPartitionReassignmentsResponse(
  reader: Reader,
  _version: number,
): ListPartitionReassignmentsResponse {
  const throttleTimeMs = reader.int32();
  const errorCode = reader.int16();
  const errorMessage = reader.compactNullableString();
  const topics: OngoingTopicReassignment[] = [];
  for (let left = reader.compactArrayLength(3); left > 0; left--) topics.push(readOngoingTopicReassignment(reader));
  reader.skipTaggedFields();
  return { throttleTimeMs, errorCode, errorMessage, topics };
}

function readOngoingTopicReassignment(reader: Reader): OngoingTopicReassignment {
  const name = reader.compactString();
  const partitions: OngoingPartitionReassignment[] = [];
  for (let left = reader.compactArrayLength(8); left > 0; left--)
    partitions.push(readOngoingPartitionReassignment(reader));
  reader.skipTaggedFields();
  return { name, partitions };
}

function readOngoingPartitionReassignment(reader: Reader): OngoingPartitionReassignment {
  const partitionIndex = reader.int32() as PartitionId;
  const replicas: number[] = [];
  for (let left = reader.compactArrayLength(4); left > 0; left--) replicas.push(reader.int32());
  const addingReplicas: number[] = [];
  for (let left = reader.compactArrayLength(4); left > 0; left--) addingReplicas.push(reader.int32());
  const removingReplicas: number[] = [];
  for (let left = reader.compactArrayLength(4); left > 0; left--) removingReplicas.push(reader.int32());
  reader.skipTaggedFields();
  return { partitionIndex, replicas, addingReplicas, removingReplicas };
}

export function writeListPartitionReassignmentsRequest(
  writer: Writer,
  value: ListPartitionReassignmentsRequest,
  _version: number,
): void {
  writer.int32(value.timeoutMs);
  if (value.topics === null) {
    writer.compactNullArray();
  } else {
    writer.compactArrayLength(value.topics.length);
    for (const element of value.topics) {
      writeListPartitionReassignmentsTopics(writer, element);
    }
  }
  writer.uvarint(0);
}

function writeListPartitionReassignmentsTopics(writer: Writer, value: ListPartitionReassignmentsTopics): void {
  writer.compactString(value.name);
  writer.compactArrayLength(value.partitionIndexes.length);
  for (const element of value.partitionIndexes) {
    writer.int32(element);
  }
  writer.uvarint(0);
}

export function writeListPartitionReassignmentsResponse(
  writer: Writer,
  value: ListPartitionReassignmentsResponse,
  _version: number,
): void {
  writer.int32(value.throttleTimeMs);
  writer.int16(value.errorCode);
  writer.compactNullableString(value.errorMessage);
  writer.compactArrayLength(value.topics.length);
  for (const element of value.topics) {
    writeOngoingTopicReassignment(writer, element);
  }
  writer.uvarint(0);
}

function writeOngoingTopicReassignment(writer: Writer, value: OngoingTopicReassignment): void {
  writer.compactString(value.name);
  writer.compactArrayLength(value.partitions.length);
  for (const element of value.partitions) {
    writeOngoingPartitionReassignment(writer, element);
  }
  writer.uvarint(0);
}

function writeOngoingPartitionReassignment(writer: Writer, value: OngoingPartitionReassignment): void {
  writer.int32(value.partitionIndex);
  writer.compactArrayLength(value.replicas.length);
  for (const element of value.replicas) {
    writer.int32(element);
  }
  writer.compactArrayLength(value.addingReplicas.length);
  for (const element of value.addingReplicas) {
    writer.int32(element);
  }
  writer.compactArrayLength(value.removingReplicas.length);
  for (const element of value.removingReplicas) {
    writer.int32(element);
  }
  writer.uvarint(0);
}
