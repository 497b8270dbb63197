/** Kafka's CreatePartitions: facts, types, readers and writers. Generated from schema/CreatePartitionsRequest.json and CreatePartitionsResponse.json by generate.ts; do not edit. */
import type { Reader } from '../reader';
import type { Writer } from '../writer';

export const createPartitionsApi = {
  key: 37,
  name: 'CreatePartitions',
  /** Versions that are served. */
  requestVersions: { min: 0, max: 3 },
  /** The lowest version that ApiVersions lists. */
  advertisedMin: 0,
  /** From this version on messages are flexible (KIP-482). */
  flexibleFrom: 2,
} as const;

export interface CreatePartitionsRequest {
  readonly topics: readonly CreatePartitionsTopic[];
  readonly timeoutMs: number;
  readonly validateOnly: boolean;
}

export interface CreatePartitionsTopic {
  readonly name: string;
  readonly count: number;
  readonly assignments: readonly CreatePartitionsAssignment[] | null;
}

export interface CreatePartitionsAssignment {
  readonly brokerIds: readonly number[];
}

export interface CreatePartitionsResponse {
  readonly throttleTimeMs: number;
  readonly results: readonly CreatePartitionsTopicResult[];
}

export interface CreatePartitionsTopicResult {
  readonly name: string;
  readonly errorCode: number;
  readonly errorMessage: string | null;
}

/** A value with Kafka's defaults where nothing is given. */
export function createCreatePartitionsRequest(fields: Partial<CreatePartitionsRequest> = {}): CreatePartitionsRequest {
  return {
    topics: fields.topics ?? [],
    timeoutMs: fields.timeoutMs ?? 0,
    validateOnly: fields.validateOnly ?? false,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createCreatePartitionsTopic(fields: Partial<CreatePartitionsTopic> = {}): CreatePartitionsTopic {
  return {
    name: fields.name ?? '',
    count: fields.count ?? 0,
    assignments: fields.assignments === undefined ? [] : fields.assignments,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createCreatePartitionsAssignment(
  fields: Partial<CreatePartitionsAssignment> = {},
): CreatePartitionsAssignment {
  return {
    brokerIds: fields.brokerIds ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createCreatePartitionsResponse(
  fields: Partial<CreatePartitionsResponse> = {},
): CreatePartitionsResponse {
  return {
    throttleTimeMs: fields.throttleTimeMs ?? 0,
    results: fields.results ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createCreatePartitionsTopicResult(
  fields: Partial<CreatePartitionsTopicResult> = {},
): CreatePartitionsTopicResult {
  return {
    name: fields.name ?? '',
    errorCode: fields.errorCode ?? 0,
    errorMessage: fields.errorMessage === undefined ? null : fields.errorMessage,
  };
}

/** Reads the body of a CreatePartitionsRequest of versions 0 to 3. Throws ProtocolError. */
export function readCreatePartitionsRequest(reader: Reader, version: number): CreatePartitionsRequest {
  const flexible = version >= 2;
  const topics: CreatePartitionsTopic[] = [];
  for (let left = flexible ? reader.compactArrayLength(7) : reader.arrayLength(7); left > 0; left--)
    topics.push(readCreatePartitionsTopic(reader, version));
  const timeoutMs = reader.int32();
  const validateOnly = reader.bool();
  if (flexible) reader.skipTaggedFields();
  return { topics, timeoutMs, validateOnly };
}

function readCreatePartitionsTopic(reader: Reader, version: number): CreatePartitionsTopic {
  const flexible = version >= 2;
  const name = flexible ? reader.compactString() : reader.string();
  const count = reader.int32();
  let assignments: readonly CreatePartitionsAssignment[] | null = null;
  {
    const length = flexible ? reader.compactNullableArrayLength(2) : reader.nullableArrayLength(2);
    if (length < 0) assignments = null;
    else {
      const list: CreatePartitionsAssignment[] = [];
      for (let left = length; left > 0; left--) list.push(readCreatePartitionsAssignment(reader, version));
      assignments = list;
    }
  }
  if (flexible) reader.skipTaggedFields();
  return { name, count, assignments };
}

function readCreatePartitionsAssignment(reader: Reader, version: number): CreatePartitionsAssignment {
  const flexible = version >= 2;
  const brokerIds: number[] = [];
  for (let left = flexible ? reader.compactArrayLength(4) : reader.arrayLength(4); left > 0; left--)
    brokerIds.push(reader.int32());
  if (flexible) reader.skipTaggedFields();
  return { brokerIds };
}

/** Reads the body of a CreatePartitionsResponse of versions 0 to 3. Throws ProtocolError. */
export function readCreatePartitionsResponse(reader: Reader, version: number): CreatePartitionsResponse {
  const flexible = version >= 2;
  const throttleTimeMs = reader.int32();
  const results: CreatePartitionsTopicResult[] = [];
  for (let left = flexible ? reader.compactArrayLength(5) : reader.arrayLength(5); left > 0; left--)
    results.push(readCreatePartitionsTopicResult(reader, version));
  if (flexible) reader.skipTaggedFields();
  return { throttleTimeMs, results };
}

function readCreatePartitionsTopicResult(reader: Reader, version: number): CreatePartitionsTopicResult {
  const flexible = version >= 2;
  const name = flexible ? reader.compactString() : reader.string();
  const errorCode = reader.int16();
  const errorMessage = flexible ? reader.compactNullableString() : reader.nullableString();
  if (flexible) reader.skipTaggedFields();
  return { name, errorCode, errorMessage };
}

export function writeCreatePartitionsRequest(writer: Writer, value: CreatePartitionsRequest, version: number): void {
  const flexible = version >= 2;
  if (flexible) writer.compactArrayLength(value.topics.length);
  else writer.arrayLength(value.topics.length);
  for (const element of value.topics) {
    writeCreatePartitionsTopic(writer, element, version);
  }
  writer.int32(value.timeoutMs);
  writer.bool(value.validateOnly);
  if (flexible) writer.uvarint(0);
}

function writeCreatePartitionsTopic(writer: Writer, value: CreatePartitionsTopic, version: number): void {
  const flexible = version >= 2;
  if (flexible) writer.compactString(value.name);
  else writer.string(value.name);
  writer.int32(value.count);
  if (value.assignments === null) {
    if (flexible) writer.compactNullArray();
    else writer.nullArray();
  } else {
    if (flexible) writer.compactArrayLength(value.assignments.length);
    else writer.arrayLength(value.assignments.length);
    for (const element of value.assignments) {
      writeCreatePartitionsAssignment(writer, element, version);
    }
  }
  if (flexible) writer.uvarint(0);
}

function writeCreatePartitionsAssignment(writer: Writer, value: CreatePartitionsAssignment, version: number): void {
  const flexible = version >= 2;
  if (flexible) writer.compactArrayLength(value.brokerIds.length);
  else writer.arrayLength(value.brokerIds.length);
  for (const element of value.brokerIds) {
    writer.int32(element);
  }
  if (flexible) writer.uvarint(0);
}

export function writeCreatePartitionsResponse(writer: Writer, value: CreatePartitionsResponse, version: number): void {
  const flexible = version >= 2;
  writer.int32(value.throttleTimeMs);
  if (flexible) writer.compactArrayLength(value.results.length);
  else writer.arrayLength(value.results.length);
  for (const element of value.results) {
    writeCreatePartitionsTopicResult(writer, element, version);
  }
  if (flexible) writer.uvarint(0);
}

function writeCreatePartitionsTopicResult(writer: Writer, value: CreatePartitionsTopicResult, version: number): void {
  const flexible = version >= 2;
  if (flexible) writer.compactString(value.name);
  else writer.string(value.name);
  writer.int16(value.errorCode);
  if (flexible) writer.compactNullableString(value.errorMessage);
  else writer.nullableString(value.errorMessage);
  if (flexible) writer.uvarint(0);
}
