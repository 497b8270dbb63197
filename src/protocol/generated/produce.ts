/** Kafka's Produce: facts, types, readers and writers. Generated from schema/ProduceRequest.json and ProduceResponse.json by generate.ts; do not edit. */
import type { Reader } from '../reader';
import { Writer } from '../writer';
import { ZERO_TOPIC_ID } from '../../types';
import type { LeaderEpoch, Offset, PartitionId, TopicId } from '../../types';

export const produceApi = {
  key: 0,
  name: 'Produce',
  /** Versions that are served. */
  requestVersions: { min: 3, max: 13 },
  /** The lowest version that ApiVersions lists. */
  advertisedMin: 0,
  /** From this version on messages are flexible (KIP-482). */
  flexibleFrom: 9,
} as const;

export interface ProduceRequest {
  readonly transactionalId: string | null;
  readonly acks: number;
  readonly timeoutMs: number;
  readonly topicData: readonly TopicProduceData[];
}

export interface TopicProduceData {
  /** Versions 3 to 12. */
  readonly name: string;
  /** From version 13. */
  readonly topicId: TopicId;
  readonly partitionData: readonly PartitionProduceData[];
}

export interface PartitionProduceData {
  readonly index: PartitionId;
  readonly records: Uint8Array | null;
}

export interface ProduceResponse {
  readonly responses: readonly TopicProduceResponse[];
  readonly throttleTimeMs: number;
  /** From version 10. Tag 0. */
  readonly nodeEndpoints: readonly NodeEndpoint[];
}

export interface TopicProduceResponse {
  /** Versions 3 to 12. */
  readonly name: string;
  /** From version 13. */
  readonly topicId: TopicId;
  readonly partitionResponses: readonly PartitionProduceResponse[];
}

export interface PartitionProduceResponse {
  readonly index: PartitionId;
  readonly errorCode: number;
  readonly baseOffset: Offset;
  readonly logAppendTimeMs: number;
  /** From version 5. */
  readonly logStartOffset: Offset;
  /** From version 8. */
  readonly recordErrors: readonly BatchIndexAndErrorMessage[];
  /** From version 8. */
  readonly errorMessage: string | null;
  /** From version 10. Tag 0. */
  readonly currentLeader: LeaderIdAndEpoch;
}

export interface BatchIndexAndErrorMessage {
  readonly batchIndex: number;
  readonly batchIndexErrorMessage: string | null;
}

export interface LeaderIdAndEpoch {
  readonly leaderId: number;
  readonly leaderEpoch: LeaderEpoch;
}

export interface NodeEndpoint {
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
  readonly rack: string | null;
}

/** A value with Kafka's defaults where nothing is given. */
export function createProduceRequest(fields: Partial<ProduceRequest> = {}): ProduceRequest {
  return {
    transactionalId: fields.transactionalId === undefined ? null : fields.transactionalId,
    acks: fields.acks ?? 0,
    timeoutMs: fields.timeoutMs ?? 0,
    topicData: fields.topicData ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createTopicProduceData(fields: Partial<TopicProduceData> = {}): TopicProduceData {
  return {
    name: fields.name ?? '',
    topicId: fields.topicId ?? ZERO_TOPIC_ID,
    partitionData: fields.partitionData ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createPartitionProduceData(fields: Partial<PartitionProduceData> = {}): PartitionProduceData {
  return {
    index: fields.index ?? (0 as PartitionId),
    records: fields.records === undefined ? null : fields.records,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createProduceResponse(fields: Partial<ProduceResponse> = {}): ProduceResponse {
  return {
    responses: fields.responses ?? [],
    throttleTimeMs: fields.throttleTimeMs ?? 0,
    nodeEndpoints: fields.nodeEndpoints ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createTopicProduceResponse(fields: Partial<TopicProduceResponse> = {}): TopicProduceResponse {
  return {
    name: fields.name ?? '',
    topicId: fields.topicId ?? ZERO_TOPIC_ID,
    partitionResponses: fields.partitionResponses ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createPartitionProduceResponse(
  fields: Partial<PartitionProduceResponse> = {},
): PartitionProduceResponse {
  return {
    index: fields.index ?? (0 as PartitionId),
    errorCode: fields.errorCode ?? 0,
    baseOffset: fields.baseOffset ?? (0 as Offset),
    logAppendTimeMs: fields.logAppendTimeMs ?? -1,
    logStartOffset: fields.logStartOffset ?? (-1 as Offset),
    recordErrors: fields.recordErrors ?? [],
    errorMessage: fields.errorMessage === undefined ? null : fields.errorMessage,
    currentLeader: fields.currentLeader ?? DEFAULT_LEADER_ID_AND_EPOCH,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createBatchIndexAndErrorMessage(
  fields: Partial<BatchIndexAndErrorMessage> = {},
): BatchIndexAndErrorMessage {
  return {
    batchIndex: fields.batchIndex ?? 0,
    batchIndexErrorMessage: fields.batchIndexErrorMessage === undefined ? null : fields.batchIndexErrorMessage,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createLeaderIdAndEpoch(fields: Partial<LeaderIdAndEpoch> = {}): LeaderIdAndEpoch {
  return {
    leaderId: fields.leaderId ?? -1,
    leaderEpoch: fields.leaderEpoch ?? (-1 as LeaderEpoch),
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createNodeEndpoint(fields: Partial<NodeEndpoint> = {}): NodeEndpoint {
  return {
    nodeId: fields.nodeId ?? 0,
    host: fields.host ?? '',
    port: fields.port ?? 0,
    rack: fields.rack === undefined ? null : fields.rack,
  };
}

const DEFAULT_LEADER_ID_AND_EPOCH: LeaderIdAndEpoch = createLeaderIdAndEpoch();

/** Reads the body of a ProduceRequest of versions 3 to 13. Throws ProtocolError. */
export function readProduceRequest(reader: Reader, version: number): ProduceRequest {
  const flexible = version >= 9;
  const transactionalId = flexible ? reader.compactNullableString() : reader.nullableString();
  const acks = reader.int16();
  const timeoutMs = reader.int32();
  const topicData: TopicProduceData[] = [];
  for (let left = flexible ? reader.compactArrayLength(3) : reader.arrayLength(3); left > 0; left--)
    topicData.push(readTopicProduceData(reader, version));
  if (flexible) reader.skipTaggedFields();
  return { transactionalId, acks, timeoutMs, topicData };
}

function readTopicProduceData(reader: Reader, version: number): TopicProduceData {
  const flexible = version >= 9;
  const name = version <= 12 ? (flexible ? reader.compactString() : reader.string()) : '';
  const topicId = version >= 13 ? (reader.uuid() as TopicId) : ZERO_TOPIC_ID;
  const partitionData: PartitionProduceData[] = [];
  for (let left = flexible ? reader.compactArrayLength(6) : reader.arrayLength(6); left > 0; left--)
    partitionData.push(readPartitionProduceData(reader, version));
  if (flexible) reader.skipTaggedFields();
  return { name, topicId, partitionData };
}

function readPartitionProduceData(reader: Reader, version: number): PartitionProduceData {
  const flexible = version >= 9;
  const index = reader.int32() as PartitionId;
  const records = flexible ? reader.compactNullableBytes() : reader.nullableBytes();
  if (flexible) reader.skipTaggedFields();
  return { index, records };
}

/** Reads the body of a ProduceResponse of versions 3 to 13. Throws ProtocolError. */
export function readProduceResponse(reader: Reader, version: number): ProduceResponse {
  const flexible = version >= 9;
  const responses: TopicProduceResponse[] = [];
  for (let left = flexible ? reader.compactArrayLength(3) : reader.arrayLength(3); left > 0; left--)
    responses.push(readTopicProduceResponse(reader, version));
  const throttleTimeMs = reader.int32();
  let nodeEndpoints: readonly NodeEndpoint[] = [];
  if (flexible) {
    for (let left = reader.uvarint(); left > 0; left--) {
      const tag = reader.uvarint();
      const end = reader.taggedFieldEnd();
      switch (tag) {
        case 0: {
          if (version >= 10) {
            const length = reader.compactArrayLength(11);
            const list: NodeEndpoint[] = [];
            for (let left = length; left > 0; left--) list.push(readNodeEndpoint(reader));
            nodeEndpoints = list;
          } else reader.position = end;
          break;
        }

        default:
          reader.position = end;
      }
      reader.expectPosition(end);
    }
  }
  return { responses, throttleTimeMs, nodeEndpoints };
}

function readTopicProduceResponse(reader: Reader, version: number): TopicProduceResponse {
  const flexible = version >= 9;
  const name = version <= 12 ? (flexible ? reader.compactString() : reader.string()) : '';
  const topicId = version >= 13 ? (reader.uuid() as TopicId) : ZERO_TOPIC_ID;
  const partitionResponses: PartitionProduceResponse[] = [];
  for (let left = flexible ? reader.compactArrayLength(22) : reader.arrayLength(22); left > 0; left--)
    partitionResponses.push(readPartitionProduceResponse(reader, version));
  if (flexible) reader.skipTaggedFields();
  return { name, topicId, partitionResponses };
}

function readPartitionProduceResponse(reader: Reader, version: number): PartitionProduceResponse {
  const flexible = version >= 9;
  const index = reader.int32() as PartitionId;
  const errorCode = reader.int16();
  const baseOffset = reader.int64() as Offset;
  const logAppendTimeMs = reader.int64();
  const logStartOffset = version >= 5 ? (reader.int64() as Offset) : (-1 as Offset);
  let recordErrors: readonly BatchIndexAndErrorMessage[] = [];
  if (version >= 8) {
    const length = flexible ? reader.compactArrayLength(6) : reader.arrayLength(6);
    const list: BatchIndexAndErrorMessage[] = [];
    for (let left = length; left > 0; left--) list.push(readBatchIndexAndErrorMessage(reader, version));
    recordErrors = list;
  }
  const errorMessage = version >= 8 ? (flexible ? reader.compactNullableString() : reader.nullableString()) : null;
  let currentLeader: LeaderIdAndEpoch = DEFAULT_LEADER_ID_AND_EPOCH;
  if (flexible) {
    for (let left = reader.uvarint(); left > 0; left--) {
      const tag = reader.uvarint();
      const end = reader.taggedFieldEnd();
      switch (tag) {
        case 0: {
          if (version >= 10) {
            currentLeader = readLeaderIdAndEpoch(reader);
          } else reader.position = end;
          break;
        }

        default:
          reader.position = end;
      }
      reader.expectPosition(end);
    }
  }
  return { index, errorCode, baseOffset, logAppendTimeMs, logStartOffset, recordErrors, errorMessage, currentLeader };
}

function readBatchIndexAndErrorMessage(reader: Reader, version: number): BatchIndexAndErrorMessage {
  const flexible = version >= 9;
  const batchIndex = reader.int32();
  const batchIndexErrorMessage = flexible ? reader.compactNullableString() : reader.nullableString();
  if (flexible) reader.skipTaggedFields();
  return { batchIndex, batchIndexErrorMessage };
}

function readLeaderIdAndEpoch(reader: Reader): LeaderIdAndEpoch {
  const leaderId = reader.int32();
  const leaderEpoch = reader.int32() as LeaderEpoch;
  reader.skipTaggedFields();
  return { leaderId, leaderEpoch };
}

function readNodeEndpoint(reader: Reader): NodeEndpoint {
  const nodeId = reader.int32();
  const host = reader.compactString();
  const port = reader.int32();
  const rack = reader.compactNullableString();
  reader.skipTaggedFields();
  return { nodeId, host, port, rack };
}

export function writeProduceRequest(writer: Writer, value: ProduceRequest, version: number): void {
  const flexible = version >= 9;
  if (flexible) writer.compactNullableString(value.transactionalId);
  else writer.nullableString(value.transactionalId);
  writer.int16(value.acks);
  writer.int32(value.timeoutMs);
  if (flexible) writer.compactArrayLength(value.topicData.length);
  else writer.arrayLength(value.topicData.length);
  for (const element of value.topicData) {
    writeTopicProduceData(writer, element, version);
  }
  if (flexible) writer.uvarint(0);
}

function writeTopicProduceData(writer: Writer, value: TopicProduceData, version: number): void {
  const flexible = version >= 9;
  if (version <= 12) {
    if (flexible) writer.compactString(value.name);
    else writer.string(value.name);
  }
  if (version >= 13) {
    writer.uuid(value.topicId);
  }
  if (flexible) writer.compactArrayLength(value.partitionData.length);
  else writer.arrayLength(value.partitionData.length);
  for (const element of value.partitionData) {
    writePartitionProduceData(writer, element, version);
  }
  if (flexible) writer.uvarint(0);
}

function writePartitionProduceData(writer: Writer, value: PartitionProduceData, version: number): void {
  const flexible = version >= 9;
  writer.int32(value.index);
  if (flexible) writer.compactNullableBytes(value.records);
  else writer.nullableBytes(value.records);
  if (flexible) writer.uvarint(0);
}

export function writeProduceResponse(writer: Writer, value: ProduceResponse, version: number): void {
  const flexible = version >= 9;
  if (flexible) writer.compactArrayLength(value.responses.length);
  else writer.arrayLength(value.responses.length);
  for (const element of value.responses) {
    writeTopicProduceResponse(writer, element, version);
  }
  writer.int32(value.throttleTimeMs);
  if (flexible) {
    const withNodeEndpoints = version >= 10 && value.nodeEndpoints.length !== 0;
    writer.uvarint(withNodeEndpoints ? 1 : 0);
    if (withNodeEndpoints) {
      const field = new Writer();
      field.compactArrayLength(value.nodeEndpoints.length);
      for (const element of value.nodeEndpoints) {
        writeNodeEndpoint(field, element);
      }
      writer.taggedField(0, field);
    }
  }
}

function writeTopicProduceResponse(writer: Writer, value: TopicProduceResponse, version: number): void {
  const flexible = version >= 9;
  if (version <= 12) {
    if (flexible) writer.compactString(value.name);
    else writer.string(value.name);
  }
  if (version >= 13) {
    writer.uuid(value.topicId);
  }
  if (flexible) writer.compactArrayLength(value.partitionResponses.length);
  else writer.arrayLength(value.partitionResponses.length);
  for (const element of value.partitionResponses) {
    writePartitionProduceResponse(writer, element, version);
  }
  if (flexible) writer.uvarint(0);
}

function writePartitionProduceResponse(writer: Writer, value: PartitionProduceResponse, version: number): void {
  const flexible = version >= 9;
  writer.int32(value.index);
  writer.int16(value.errorCode);
  writer.int64(value.baseOffset);
  writer.int64(value.logAppendTimeMs);
  if (version >= 5) {
    writer.int64(value.logStartOffset);
  }
  if (version >= 8) {
    if (flexible) writer.compactArrayLength(value.recordErrors.length);
    else writer.arrayLength(value.recordErrors.length);
    for (const element of value.recordErrors) {
      writeBatchIndexAndErrorMessage(writer, element, version);
    }
  }
  if (version >= 8) {
    if (flexible) writer.compactNullableString(value.errorMessage);
    else writer.nullableString(value.errorMessage);
  }
  if (flexible) {
    const withCurrentLeader =
      version >= 10 && (value.currentLeader.leaderId !== -1 || value.currentLeader.leaderEpoch !== -1);
    writer.uvarint(withCurrentLeader ? 1 : 0);
    if (withCurrentLeader) {
      const field = new Writer();
      writeLeaderIdAndEpoch(field, value.currentLeader);
      writer.taggedField(0, field);
    }
  }
}

function writeBatchIndexAndErrorMessage(writer: Writer, value: BatchIndexAndErrorMessage, version: number): void {
  const flexible = version >= 9;
  writer.int32(value.batchIndex);
  if (flexible) writer.compactNullableString(value.batchIndexErrorMessage);
  else writer.nullableString(value.batchIndexErrorMessage);
  if (flexible) writer.uvarint(0);
}

function writeLeaderIdAndEpoch(writer: Writer, value: LeaderIdAndEpoch): void {
  writer.int32(value.leaderId);
  writer.int32(value.leaderEpoch);
  writer.uvarint(0);
}

function writeNodeEndpoint(writer: Writer, value: NodeEndpoint): void {
  writer.int32(value.nodeId);
  writer.compactString(value.host);
  writer.int32(value.port);
  writer.compactNullableString(value.rack);
  writer.uvarint(0);
}
