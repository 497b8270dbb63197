/** Kafka's DescribeTransactions: facts, types, readers and writers. Generated from schema/DescribeTransactionsRequest.json and DescribeTransactionsResponse.json by generate.ts; do not edit. */
import type { Reader } from '../reader';
import type { Writer } from '../writer';
import type { PartitionId } from '../../types';

export const describeTransactionsApi = {
  key: 65,
  name: 'DescribeTransactions',
  /** Versions that are served. */
  requestVersions: { min: 0, max: 0 },
  /** The lowest version that ApiVersions lists. */
  advertisedMin: 0,
  /** From this version on messages are flexible (KIP-482). */
  flexibleFrom: 0,
} as const;

export interface DescribeTransactionsRequest {
  readonly transactionalIds: readonly string[];
}

export interface DescribeTransactionsResponse {
  readonly throttleTimeMs: number;
  readonly transactionStates: readonly TransactionState[];
}

export interface TransactionState {
  readonly errorCode: number;
  readonly transactionalId: string;
  readonly transactionState: string;
  readonly transactionTimeoutMs: number;
  readonly transactionStartTimeMs: number;
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly topics: readonly TopicData[];
}

export interface TopicData {
  readonly topic: string;
  readonly partitions: readonly PartitionId[];
}

/** A value with Kafka's defaults where nothing is given. */
export function createDescribeTransactionsRequest(
  fields: Partial<DescribeTransactionsRequest> = {},
): DescribeTransactionsRequest {
  return {
    transactionalIds: fields.transactionalIds ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createDescribeTransactionsResponse(
  fields: Partial<DescribeTransactionsResponse> = {},
): DescribeTransactionsResponse {
  return {
    throttleTimeMs: fields.throttleTimeMs ?? 0,
    transactionStates: fields.transactionStates ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createTransactionState(fields: Partial<TransactionState> = {}): TransactionState {
  return {
    errorCode: fields.errorCode ?? 0,
    transactionalId: fields.transactionalId ?? '',
    transactionState: fields.transactionState ?? '',
    transactionTimeoutMs: fields.transactionTimeoutMs ?? 0,
    transactionStartTimeMs: fields.transactionStartTimeMs ?? 0,
    producerId: fields.producerId ?? 0n,
    producerEpoch: fields.producerEpoch ?? 0,
    topics: fields.topics ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createTopicData(fields: Partial<TopicData> = {}): TopicData {
  return {
    topic: fields.topic ?? '',
    partitions: fields.partitions ?? [],
  };
}

/** Reads the body of a DescribeTransactionsRequest of version 0. Throws ProtocolError. */
export function readDescribeTransactionsRequest(reader: Reader, _version: number): DescribeTransactionsRequest {
  const transactionalIds: string[] = [];
  for (let left = reader.compactArrayLength(1); left > 0; left--) transactionalIds.push(reader.compactString());
  reader.skipTaggedFields();
  return { transactionalIds };
}

/** Reads the body of a DescribeTransactionsResponse of version 0. Throws ProtocolError. */
export function readDescribeTransactionsResponse(reader: Reader, _version: number): DescribeTransactionsResponse {
  const throttleTimeMs = reader.int32();
  const transactionStates: TransactionState[] = [];
  for (let left = reader.compactArrayLength(28); left > 0; left--) transactionStates.push(readTransactionState(reader));
  reader.skipTaggedFields();
  return { throttleTimeMs, transactionStates };
}

function readTransactionState(reader: Reader): TransactionState {
  const errorCode = reader.int16();
  const transactionalId = reader.compactString();
  const transactionState = reader.compactString();
  const transactionTimeoutMs = reader.int32();
  const transactionStartTimeMs = reader.int64();
  const producerId = reader.int64Bigint();
  const producerEpoch = reader.int16();
  const topics: TopicData[] = [];
  for (let left = reader.compactArrayLength(3); left > 0; left--) topics.push(readTopicData(reader));
  reader.skipTaggedFields();
  return {
    errorCode,
    transactionalId,
    transactionState,
    transactionTimeoutMs,
    transactionStartTimeMs,
    producerId,
    producerEpoch,
    topics,
  };
}

function readTopicData(reader: Reader): TopicData {
  const topic = reader.compactString();
  const partitions: PartitionId[] = [];
  for (let left = reader.compactArrayLength(4); left > 0; left--) partitions.push(reader.int32() as PartitionId);
  reader.skipTaggedFields();
  return { topic, partitions };
}

export function writeDescribeTransactionsRequest(
  writer: Writer,
  value: DescribeTransactionsRequest,
  _version: number,
): void {
  writer.compactArrayLength(value.transactionalIds.length);
  for (const element of value.transactionalIds) {
    writer.compactString(element);
  }
  writer.uvarint(0);
}

export function writeDescribeTransactionsResponse(
  writer: Writer,
  value: DescribeTransactionsResponse,
  _version: number,
): void {
  writer.int32(value.throttleTimeMs);
  writer.compactArrayLength(value.transactionStates.length);
  for (const element of value.transactionStates) {
    writeTransactionState(writer, element);
  }
  writer.uvarint(0);
}

function writeTransactionState(writer: Writer, value: TransactionState): void {
  writer.int16(value.errorCode);
  writer.compactString(value.transactionalId);
  writer.compactString(value.transactionState);
  writer.int32(value.transactionTimeoutMs);
  writer.int64(value.transactionStartTimeMs);
  writer.int64Bigint(value.producerId);
  writer.int16(value.producerEpoch);
  writer.compactArrayLength(value.topics.length);
  for (const element of value.topics) {
    writeTopicData(writer, element);
  }
  writer.uvarint(0);
}

function writeTopicData(writer: Writer, value: TopicData): void {
  writer.compactString(value.topic);
  writer.compactArrayLength(value.partitions.length);
  for (const element of value.partitions) {
    writer.int32(element);
  }
  writer.uvarint(0);
}
