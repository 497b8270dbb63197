/** Kafka's DescribeProducers: facts, types, readers and writers. Generated from schema/DescribeProducersRequest.json and DescribeProducersResponse.json by generate.ts; do not edit. */
import type { Reader } from '../reader';
import type { Writer } from '../writer';
import type { Int64, Offset, PartitionId } from '../../types';

export const describeProducersApi = {
  key: 61,
  name: 'DescribeProducers',
  /** Versions that are served. */
  requestVersions: { min: 0, max: 0 },
  /** The lowest version that ApiVersions lists. */
  advertisedMin: 0,
  /** From this version on messages are flexible (KIP-482). */
  flexibleFrom: 0,
} as const;

export interface DescribeProducersRequest {
  readonly topics: readonly TopicRequest[];
}

export interface TopicRequest {
  readonly name: string;
  readonly partitionIndexes: readonly PartitionId[];
}

export interface DescribeProducersResponse {
  readonly throttleTimeMs: number;
  readonly topics: readonly TopicResponse[];
}

export interface TopicResponse {
  readonly name: string;
  readonly partitions: readonly PartitionResponse[];
}

export interface PartitionResponse {
  readonly partitionIndex: PartitionId;
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly activeProducers: readonly ProducerState[];
}

export interface ProducerState {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly lastSequence: number;
  readonly lastTimestamp: Int64;
  readonly coordinatorEpoch: number;
  readonly currentTxnStartOffset: Offset;
}

/** A value with Kafka's defaults where nothing is given. */
export function createDescribeProducersRequest(
  fields: Partial<DescribeProducersRequest> = {},
): DescribeProducersRequest {
  return {
    topics: fields.topics ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createTopicRequest(fields: Partial<TopicRequest> = {}): TopicRequest {
  return {
    name: fields.name ?? '',
    partitionIndexes: fields.partitionIndexes ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createDescribeProducersResponse(
  fields: Partial<DescribeProducersResponse> = {},
): DescribeProducersResponse {
  return {
    throttleTimeMs: fields.throttleTimeMs ?? 0,
    topics: fields.topics ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createTopicResponse(fields: Partial<TopicResponse> = {}): TopicResponse {
  return {
    name: fields.name ?? '',
    partitions: fields.partitions ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createPartitionResponse(fields: Partial<PartitionResponse> = {}): PartitionResponse {
  return {
    partitionIndex: fields.partitionIndex ?? (0 as PartitionId),
    errorCode: fields.errorCode ?? 0,
    errorMessage: fields.errorMessage === undefined ? null : fields.errorMessage,
    activeProducers: fields.activeProducers ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createProducerState(fields: Partial<ProducerState> = {}): ProducerState {
  return {
    producerId: fields.producerId ?? 0n,
    producerEpoch: fields.producerEpoch ?? 0,
    lastSequence: fields.lastSequence ?? -1,
    lastTimestamp: fields.lastTimestamp ?? -1,
    coordinatorEpoch: fields.coordinatorEpoch ?? 0,
    currentTxnStartOffset: fields.currentTxnStartOffset ?? (-1 as Offset),
  };
}

/** Reads the body of a DescribeProducersRequest of version 0. Throws ProtocolError. */
export function readDescribeProducersRequest(reader: Reader, _version: number): DescribeProducersRequest {
  const topics: TopicRequest[] = [];
  for (let left = reader.compactArrayLength(3); left > 0; left--) topics.push(readTopicRequest(reader));
  reader.skipTaggedFields();
  return { topics };
}

function readTopicRequest(reader: Reader): TopicRequest {
  const name = reader.compactString();
  const partitionIndexes: PartitionId[] = [];
  for (let left = reader.compactArrayLength(4); left > 0; left--) partitionIndexes.push(reader.int32() as PartitionId);
  reader.skipTaggedFields();
  return { name, partitionIndexes };
}

/** Reads the body of a DescribeProducersResponse of version 0. Throws ProtocolError. */
export function readDescribeProducersResponse(reader: Reader, _version: number): DescribeProducersResponse {
  const throttleTimeMs = reader.int32();
  const topics: TopicResponse[] = [];
  for (let left = reader.compactArrayLength(3); left > 0; left--) topics.push(readTopicResponse(reader));
  reader.skipTaggedFields();
  return { throttleTimeMs, topics };
}

function readTopicResponse(reader: Reader): TopicResponse {
  const name = reader.compactString();
  const partitions: PartitionResponse[] = [];
  for (let left = reader.compactArrayLength(9); left > 0; left--) partitions.push(readPartitionResponse(reader));
  reader.skipTaggedFields();
  return { name, partitions };
}

function readPartitionResponse(reader: Reader): PartitionResponse {
  const partitionIndex = reader.int32() as PartitionId;
  const errorCode = reader.int16();
  const errorMessage = reader.compactNullableString();
  const activeProducers: ProducerState[] = [];
  for (let left = reader.compactArrayLength(37); left > 0; left--) activeProducers.push(readProducerState(reader));
  reader.skipTaggedFields();
  return { partitionIndex, errorCode, errorMessage, activeProducers };
}

function readProducerState(reader: Reader): ProducerState {
  const producerId = reader.int64Bigint();
  const producerEpoch = reader.int32();
  const lastSequence = reader.int32();
  const lastTimestamp = reader.int64Exact();
  const coordinatorEpoch = reader.int32();
  const currentTxnStartOffset = reader.int64() as Offset;
  reader.skipTaggedFields();
  return { producerId, producerEpoch, lastSequence, lastTimestamp, coordinatorEpoch, currentTxnStartOffset };
}

export function writeDescribeProducersRequest(writer: Writer, value: DescribeProducersRequest, _version: number): void {
  writer.compactArrayLength(value.topics.length);
  for (const element of value.topics) {
    writeTopicRequest(writer, element);
  }
  writer.uvarint(0);
}

function writeTopicRequest(writer: Writer, value: TopicRequest): void {
  writer.compactString(value.name);
  writer.compactArrayLength(value.partitionIndexes.length);
  for (const element of value.partitionIndexes) {
    writer.int32(element);
  }
  writer.uvarint(0);
}

export function writeDescribeProducersResponse(
  writer: Writer,
  value: DescribeProducersResponse,
  _version: number,
): void {
  writer.int32(value.throttleTimeMs);
  writer.compactArrayLength(value.topics.length);
  for (const element of value.topics) {
    writeTopicResponse(writer, element);
  }
  writer.uvarint(0);
}

function writeTopicResponse(writer: Writer, value: TopicResponse): void {
  writer.compactString(value.name);
  writer.compactArrayLength(value.partitions.length);
  for (const element of value.partitions) {
    writePartitionResponse(writer, element);
  }
  writer.uvarint(0);
}

function writePartitionResponse(writer: Writer, value: PartitionResponse): void {
  writer.int32(value.partitionIndex);
  writer.int16(value.errorCode);
  writer.compactNullableString(value.errorMessage);
  writer.compactArrayLength(value.activeProducers.length);
  for (const element of value.activeProducers) {
    writeProducerState(writer, element);
  }
  writer.uvarint(0);
}

function writeProducerState(writer: Writer, value: ProducerState): void {
  writer.int64Bigint(value.producerId);
  writer.int32(value.producerEpoch);
  writer.int32(value.lastSequence);
  writer.int64Exact(value.lastTimestamp);
  writer.int32(value.coordinatorEpoch);
  writer.int64(value.currentTxnStartOffset);
  writer.uvarint(0);
}
