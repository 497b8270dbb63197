/** Kafka's DescribeLogDirs: facts, types, readers and writers. Generated from schema/DescribeLogDirsRequest.json and DescribeLogDirsResponse.json by generate.ts; do not edit. */
import type { Reader } from '../reader';
import type { Writer } from '../writer';
import type { PartitionId } from '../../types';

export const describeLogDirsApi = {
  key: 35,
  name: 'DescribeLogDirs',
  /** Versions that are served. */
  requestVersions: { min: 1, max: 5 },
  /** The lowest version that ApiVersions lists. */
  advertisedMin: 1,
  /** From this version on messages are flexible (KIP-482). */
  flexibleFrom: 2,
} as const;

export interface DescribeLogDirsRequest {
  readonly topics: readonly DescribableLogDirTopic[] | null;
}

export interface DescribableLogDirTopic {
  readonly topic: string;
  readonly partitions: readonly PartitionId[];
}

export interface DescribeLogDirsResponse {
  readonly throttleTimeMs: number;
  /** From version 3. */
  readonly errorCode: number;
  readonly results: readonly DescribeLogDirsResult[];
}

export interface DescribeLogDirsResult {
  readonly errorCode: number;
  readonly logDir: string;
  readonly topics: readonly DescribeLogDirsTopic[];
  /** From version 4. */
  readonly totalBytes: number;
  /** From version 4. */
  readonly usableBytes: number;
  /** From version 5. */
  readonly isCordoned: boolean;
}

export interface DescribeLogDirsTopic {
  readonly name: string;
  readonly partitions: readonly DescribeLogDirsPartition[];
}

export interface DescribeLogDirsPartition {
  readonly partitionIndex: PartitionId;
  readonly partitionSize: number;
  readonly offsetLag: number;
  readonly isFutureKey: boolean;
}

/** A value with Kafka's defaults where nothing is given. */
export function createDescribeLogDirsRequest(fields: Partial<DescribeLogDirsRequest> = {}): DescribeLogDirsRequest {
  return {
    topics: fields.topics === undefined ? [] : fields.topics,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createDescribableLogDirTopic(fields: Partial<DescribableLogDirTopic> = {}): DescribableLogDirTopic {
  return {
    topic: fields.topic ?? '',
    partitions: fields.partitions ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createDescribeLogDirsResponse(fields: Partial<DescribeLogDirsResponse> = {}): DescribeLogDirsResponse {
  return {
    throttleTimeMs: fields.throttleTimeMs ?? 0,
    errorCode: fields.errorCode ?? 0,
    results: fields.results ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createDescribeLogDirsResult(fields: Partial<DescribeLogDirsResult> = {}): DescribeLogDirsResult {
  return {
    errorCode: fields.errorCode ?? 0,
    logDir: fields.logDir ?? '',
    topics: fields.topics ?? [],
    totalBytes: fields.totalBytes ?? -1,
    usableBytes: fields.usableBytes ?? -1,
    isCordoned: fields.isCordoned ?? false,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createDescribeLogDirsTopic(fields: Partial<DescribeLogDirsTopic> = {}): DescribeLogDirsTopic {
  return {
    name: fields.name ?? '',
    partitions: fields.partitions ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createDescribeLogDirsPartition(
  fields: Partial<DescribeLogDirsPartition> = {},
): DescribeLogDirsPartition {
  return {
    partitionIndex: fields.partitionIndex ?? (0 as PartitionId),
    partitionSize: fields.partitionSize ?? 0,
    offsetLag: fields.offsetLag ?? 0,
    isFutureKey: fields.isFutureKey ?? false,
  };
}

/** Reads the body of a DescribeLogDirsRequest of versions 1 to 5. Throws ProtocolError. */
export function readDescribeLogDirsRequest(reader: Reader, version: number): DescribeLogDirsRequest {
  const flexible = version >= 2;
  let topics: readonly DescribableLogDirTopic[] | null = null;
  {
    const length = flexible ? reader.compactNullableArrayLength(3) : reader.nullableArrayLength(3);
    if (length < 0) topics = null;
    else {
      const list: DescribableLogDirTopic[] = [];
      for (let left = length; left > 0; left--) list.push(readDescribableLogDirTopic(reader, version));
      topics = list;
    }
  }
  if (flexible) reader.skipTaggedFields();
  return { topics };
}

function readDescribableLogDirTopic(reader: Reader, version: number): DescribableLogDirTopic {
  const flexible = version >= 2;
  const topic = flexible ? reader.compactString() : reader.string();
  const partitions: PartitionId[] = [];
  for (let left = flexible ? reader.compactArrayLength(4) : reader.arrayLength(4); left > 0; left--)
    partitions.push(reader.int32() as PartitionId);
  if (flexible) reader.skipTaggedFields();
  return { topic, partitions };
}

/** Reads the body of a DescribeLogDirsResponse of versions 1 to 5. Throws ProtocolError. */
export function readDescribeLogDirsResponse(reader: Reader, version: number): DescribeLogDirsResponse {
  const flexible = version >= 2;
  const throttleTimeMs = reader.int32();
  const errorCode = version >= 3 ? reader.int16() : 0;
  const results: DescribeLogDirsResult[] = [];
  for (let left = flexible ? reader.compactArrayLength(5) : reader.arrayLength(5); left > 0; left--)
    results.push(readDescribeLogDirsResult(reader, version));
  if (flexible) reader.skipTaggedFields();
  return { throttleTimeMs, errorCode, results };
}

function readDescribeLogDirsResult(reader: Reader, version: number): DescribeLogDirsResult {
  const flexible = version >= 2;
  const errorCode = reader.int16();
  const logDir = flexible ? reader.compactString() : reader.string();
  const topics: DescribeLogDirsTopic[] = [];
  for (let left = flexible ? reader.compactArrayLength(3) : reader.arrayLength(3); left > 0; left--)
    topics.push(readDescribeLogDirsTopic(reader, version));
  const totalBytes = version >= 4 ? reader.int64() : -1;
  const usableBytes = version >= 4 ? reader.int64() : -1;
  const isCordoned = version >= 5 ? reader.bool() : false;
  if (flexible) reader.skipTaggedFields();
  return { errorCode, logDir, topics, totalBytes, usableBytes, isCordoned };
}

function readDescribeLogDirsTopic(reader: Reader, version: number): DescribeLogDirsTopic {
  const flexible = version >= 2;
  const name = flexible ? reader.compactString() : reader.string();
  const partitions: DescribeLogDirsPartition[] = [];
  for (let left = flexible ? reader.compactArrayLength(21) : reader.arrayLength(21); left > 0; left--)
    partitions.push(readDescribeLogDirsPartition(reader, version));
  if (flexible) reader.skipTaggedFields();
  return { name, partitions };
}

function readDescribeLogDirsPartition(reader: Reader, version: number): DescribeLogDirsPartition {
  const flexible = version >= 2;
  const partitionIndex = reader.int32() as PartitionId;
  const partitionSize = reader.int64();
  const offsetLag = reader.int64();
  const isFutureKey = reader.bool();
  if (flexible) reader.skipTaggedFields();
  return { partitionIndex, partitionSize, offsetLag, isFutureKey };
}

export function writeDescribeLogDirsRequest(writer: Writer, value: DescribeLogDirsRequest, version: number): void {
  const flexible = version >= 2;
  if (value.topics === null) {
    if (flexible) writer.compactNullArray();
    else writer.nullArray();
  } else {
    if (flexible) writer.compactArrayLength(value.topics.length);
    else writer.arrayLength(value.topics.length);
    for (const element of value.topics) {
      writeDescribableLogDirTopic(writer, element, version);
    }
  }
  if (flexible) writer.uvarint(0);
}

function writeDescribableLogDirTopic(writer: Writer, value: DescribableLogDirTopic, version: number): void {
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

export function writeDescribeLogDirsResponse(writer: Writer, value: DescribeLogDirsResponse, version: number): void {
  const flexible = version >= 2;
  writer.int32(value.throttleTimeMs);
  if (version >= 3) {
    writer.int16(value.errorCode);
  }
  if (flexible) writer.compactArrayLength(value.results.length);
  else writer.arrayLength(value.results.length);
  for (const element of value.results) {
    writeDescribeLogDirsResult(writer, element, version);
  }
  if (flexible) writer.uvarint(0);
}

function writeDescribeLogDirsResult(writer: Writer, value: DescribeLogDirsResult, version: number): void {
  const flexible = version >= 2;
  writer.int16(value.errorCode);
  if (flexible) writer.compactString(value.logDir);
  else writer.string(value.logDir);
  if (flexible) writer.compactArrayLength(value.topics.length);
  else writer.arrayLength(value.topics.length);
  for (const element of value.topics) {
    writeDescribeLogDirsTopic(writer, element, version);
  }
  if (version >= 4) {
    writer.int64(value.totalBytes);
  }
  if (version >= 4) {
    writer.int64(value.usableBytes);
  }
  if (version >= 5) {
    writer.bool(value.isCordoned);
  }
  if (flexible) writer.uvarint(0);
}

function writeDescribeLogDirsTopic(writer: Writer, value: DescribeLogDirsTopic, version: number): void {
  const flexible = version >= 2;
  if (flexible) writer.compactString(value.name);
  else writer.string(value.name);
  if (flexible) writer.compactArrayLength(value.partitions.length);
  else writer.arrayLength(value.partitions.length);
  for (const element of value.partitions) {
    writeDescribeLogDirsPartition(writer, element, version);
  }
  if (flexible) writer.uvarint(0);
}

function writeDescribeLogDirsPartition(writer: Writer, value: DescribeLogDirsPartition, version: number): void {
  const flexible = version >= 2;
  writer.int32(value.partitionIndex);
  writer.int64(value.partitionSize);
  writer.int64(value.offsetLag);
  writer.bool(value.isFutureKey);
  if (flexible) writer.uvarint(0);
}
