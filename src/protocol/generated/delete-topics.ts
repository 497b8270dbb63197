/** Kafka's DeleteTopics: facts, types, readers and writers. Generated from schema/DeleteTopicsRequest.json and DeleteTopicsResponse.json by generate.ts; do not edit. */
import type { Reader } from '../reader';
import type { Writer } from '../writer';
import { ZERO_TOPIC_ID } from '../../types';
import type { TopicId } from '../../types';

export const deleteTopicsApi = {
  key: 20,
  name: 'DeleteTopics',
  /** Versions that are served. */
  requestVersions: { min: 1, max: 6 },
  /** The lowest version that ApiVersions lists. */
  advertisedMin: 1,
  /** From this version on messages are flexible (KIP-482). */
  flexibleFrom: 4,
} as const;

export interface DeleteTopicsRequest {
  /** From version 6. */
  readonly topics: readonly DeleteTopicState[];
  /** Versions 1 to 5. */
  readonly topicNames: readonly string[];
  readonly timeoutMs: number;
}

export interface DeleteTopicState {
  readonly name: string | null;
  readonly topicId: TopicId;
}

export interface DeleteTopicsResponse {
  readonly throttleTimeMs: number;
  readonly responses: readonly DeletableTopicResult[];
}

export interface DeletableTopicResult {
  /** Null from version 6. */
  readonly name: string | null;
  /** From version 6. */
  readonly topicId: TopicId;
  readonly errorCode: number;
  /** From version 5. */
  readonly errorMessage: string | null;
}

/** A value with Kafka's defaults where nothing is given. */
export function createDeleteTopicsRequest(fields: Partial<DeleteTopicsRequest> = {}): DeleteTopicsRequest {
  return {
    topics: fields.topics ?? [],
    topicNames: fields.topicNames ?? [],
    timeoutMs: fields.timeoutMs ?? 0,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createDeleteTopicState(fields: Partial<DeleteTopicState> = {}): DeleteTopicState {
  return {
    name: fields.name === undefined ? null : fields.name,
    topicId: fields.topicId ?? ZERO_TOPIC_ID,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createDeleteTopicsResponse(fields: Partial<DeleteTopicsResponse> = {}): DeleteTopicsResponse {
  return {
    throttleTimeMs: fields.throttleTimeMs ?? 0,
    responses: fields.responses ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createDeletableTopicResult(fields: Partial<DeletableTopicResult> = {}): DeletableTopicResult {
  return {
    name: fields.name === undefined ? '' : fields.name,
    topicId: fields.topicId ?? ZERO_TOPIC_ID,
    errorCode: fields.errorCode ?? 0,
    errorMessage: fields.errorMessage === undefined ? null : fields.errorMessage,
  };
}

/** Reads the body of a DeleteTopicsRequest of versions 1 to 6. Throws ProtocolError. */
export function readDeleteTopicsRequest(reader: Reader, version: number): DeleteTopicsRequest {
  const flexible = version >= 4;
  let topics: readonly DeleteTopicState[] = [];
  if (version >= 6) {
    const length = reader.compactArrayLength(18);
    const list: DeleteTopicState[] = [];
    for (let left = length; left > 0; left--) list.push(readDeleteTopicState(reader));
    topics = list;
  }
  let topicNames: readonly string[] = [];
  if (version <= 5) {
    const length = flexible ? reader.compactArrayLength(1) : reader.arrayLength(1);
    const list: string[] = [];
    for (let left = length; left > 0; left--) list.push(flexible ? reader.compactString() : reader.string());
    topicNames = list;
  }
  const timeoutMs = reader.int32();
  if (flexible) reader.skipTaggedFields();
  return { topics, topicNames, timeoutMs };
}

function readDeleteTopicState(reader: Reader): DeleteTopicState {
  const name = reader.compactNullableString();
  const topicId = reader.uuid() as TopicId;
  reader.skipTaggedFields();
  return { name, topicId };
}

/** Reads the body of a DeleteTopicsResponse of versions 1 to 6. Throws ProtocolError. */
export function readDeleteTopicsResponse(reader: Reader, version: number): DeleteTopicsResponse {
  const flexible = version >= 4;
  const throttleTimeMs = reader.int32();
  const responses: DeletableTopicResult[] = [];
  for (let left = flexible ? reader.compactArrayLength(4) : reader.arrayLength(4); left > 0; left--)
    responses.push(readDeletableTopicResult(reader, version));
  if (flexible) reader.skipTaggedFields();
  return { throttleTimeMs, responses };
}

function readDeletableTopicResult(reader: Reader, version: number): DeletableTopicResult {
  const flexible = version >= 4;
  const name =
    version >= 6
      ? flexible
        ? reader.compactNullableString()
        : reader.nullableString()
      : flexible
        ? reader.compactString()
        : reader.string();
  const topicId = version >= 6 ? (reader.uuid() as TopicId) : ZERO_TOPIC_ID;
  const errorCode = reader.int16();
  const errorMessage = version >= 5 ? reader.compactNullableString() : null;
  if (flexible) reader.skipTaggedFields();
  return { name, topicId, errorCode, errorMessage };
}

export function writeDeleteTopicsRequest(writer: Writer, value: DeleteTopicsRequest, version: number): void {
  const flexible = version >= 4;
  if (version >= 6) {
    writer.compactArrayLength(value.topics.length);
    for (const element of value.topics) {
      writeDeleteTopicState(writer, element);
    }
  }
  if (version <= 5) {
    if (flexible) writer.compactArrayLength(value.topicNames.length);
    else writer.arrayLength(value.topicNames.length);
    for (const element of value.topicNames) {
      if (flexible) writer.compactString(element);
      else writer.string(element);
    }
  }
  writer.int32(value.timeoutMs);
  if (flexible) writer.uvarint(0);
}

function writeDeleteTopicState(writer: Writer, value: DeleteTopicState): void {
  writer.compactNullableString(value.name);
  writer.uuid(value.topicId);
  writer.uvarint(0);
}

export function writeDeleteTopicsResponse(writer: Writer, value: DeleteTopicsResponse, version: number): void {
  const flexible = version >= 4;
  writer.int32(value.throttleTimeMs);
  if (flexible) writer.compactArrayLength(value.responses.length);
  else writer.arrayLength(value.responses.length);
  for (const element of value.responses) {
    writeDeletableTopicResult(writer, element, version);
  }
  if (flexible) writer.uvarint(0);
}

function writeDeletableTopicResult(writer: Writer, value: DeletableTopicResult, version: number): void {
  const flexible = version >= 4;
  if (version >= 6) {
    if (flexible) writer.compactNullableString(value.name);
    else writer.nullableString(value.name);
  } else {
    if (flexible) writer.compactString(value.name ?? '');
    else writer.string(value.name ?? '');
  }
  if (version >= 6) {
    writer.uuid(value.topicId);
  }
  writer.int16(value.errorCode);
  if (version >= 5) {
    writer.compactNullableString(value.errorMessage);
  }
  if (flexible) writer.uvarint(0);
}
