/** Kafka's DescribeCluster: facts, types, readers and writers. Generated from schema/DescribeClusterRequest.json and DescribeClusterResponse.json by generate.ts; do not edit. */
import type { Reader } from '../reader';
import type { Writer } from '../writer';

export const describeClusterApi = {
  key: 60,
  name: 'DescribeCluster',
  /** Versions that are served. */
  requestVersions: { min: 0, max: 2 },
  /** The lowest version that ApiVersions lists. */
  advertisedMin: 0,
  /** From this version on messages are flexible (KIP-482). */
  flexibleFrom: 0,
} as const;

export interface DescribeClusterRequest {
  readonly includeClusterAuthorizedOperations: boolean;
  /** From version 1. */
  readonly endpointType: number;
  /** From version 2. */
  readonly includeFencedBrokers: boolean;
}

export interface DescribeClusterResponse {
  readonly throttleTimeMs: number;
  readonly errorCode: number;
  readonly errorMessage: string | null;
  /** From version 1. */
  readonly endpointType: number;
  readonly clusterId: string;
  readonly controllerId: number;
  readonly brokers: readonly DescribeClusterBroker[];
  readonly clusterAuthorizedOperations: number;
}

export interface DescribeClusterBroker {
  readonly brokerId: number;
  readonly host: string;
  readonly port: number;
  readonly rack: string | null;
  /** From version 2. */
  readonly isFenced: boolean;
}

/** A value with Kafka's defaults where nothing is given. */
export function createDescribeClusterRequest(fields: Partial<DescribeClusterRequest> = {}): DescribeClusterRequest {
  return {
    includeClusterAuthorizedOperations: fields.includeClusterAuthorizedOperations ?? false,
    endpointType: fields.endpointType ?? 1,
    includeFencedBrokers: fields.includeFencedBrokers ?? false,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createDescribeClusterResponse(fields: Partial<DescribeClusterResponse> = {}): DescribeClusterResponse {
  return {
    throttleTimeMs: fields.throttleTimeMs ?? 0,
    errorCode: fields.errorCode ?? 0,
    errorMessage: fields.errorMessage === undefined ? null : fields.errorMessage,
    endpointType: fields.endpointType ?? 1,
    clusterId: fields.clusterId ?? '',
    controllerId: fields.controllerId ?? -1,
    brokers: fields.brokers ?? [],
    clusterAuthorizedOperations: fields.clusterAuthorizedOperations ?? -2147483648,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createDescribeClusterBroker(fields: Partial<DescribeClusterBroker> = {}): DescribeClusterBroker {
  return {
    brokerId: fields.brokerId ?? 0,
    host: fields.host ?? '',
    port: fields.port ?? 0,
    rack: fields.rack === undefined ? null : fields.rack,
    isFenced: fields.isFenced ?? false,
  };
}

/** Reads the body of a DescribeClusterRequest of versions 0 to 2. Throws ProtocolError. */
export function readDescribeClusterRequest(reader: Reader, version: number): DescribeClusterRequest {
  const includeClusterAuthorizedOperations = reader.bool();
  const endpointType = version >= 1 ? reader.int8() : 1;
  const includeFencedBrokers = version >= 2 ? reader.bool() : false;
  reader.skipTaggedFields();
  return { includeClusterAuthorizedOperations, endpointType, includeFencedBrokers };
}

/** Reads the body of a DescribeClusterResponse of versions 0 to 2. Throws ProtocolError. */
export function readDescribeClusterResponse(reader: Reader, version: number): DescribeClusterResponse {
  const throttleTimeMs = reader.int32();
  const errorCode = reader.int16();
  const errorMessage = reader.compactNullableString();
  const endpointType = version >= 1 ? reader.int8() : 1;
  const clusterId = reader.compactString();
  const controllerId = reader.int32();
  const brokers: DescribeClusterBroker[] = [];
  for (let left = reader.compactArrayLength(11); left > 0; left--)
    brokers.push(readDescribeClusterBroker(reader, version));
  const clusterAuthorizedOperations = reader.int32();
  reader.skipTaggedFields();
  return {
    throttleTimeMs,
    errorCode,
    errorMessage,
    endpointType,
    clusterId,
    controllerId,
    brokers,
    clusterAuthorizedOperations,
  };
}

function readDescribeClusterBroker(reader: Reader, version: number): DescribeClusterBroker {
  const brokerId = reader.int32();
  const host = reader.compactString();
  const port = reader.int32();
  const rack = reader.compactNullableString();
  const isFenced = version >= 2 ? reader.bool() : false;
  reader.skipTaggedFields();
  return { brokerId, host, port, rack, isFenced };
}

export function writeDescribeClusterRequest(writer: Writer, value: DescribeClusterRequest, version: number): void {
  writer.bool(value.includeClusterAuthorizedOperations);
  if (version >= 1) {
    writer.int8(value.endpointType);
  }
  if (version >= 2) {
    writer.bool(value.includeFencedBrokers);
  }
  writer.uvarint(0);
}

export function writeDescribeClusterResponse(writer: Writer, value: DescribeClusterResponse, version: number): void {
  writer.int32(value.throttleTimeMs);
  writer.int16(value.errorCode);
  writer.compactNullableString(value.errorMessage);
  if (version >= 1) {
    writer.int8(value.endpointType);
  }
  writer.compactString(value.clusterId);
  writer.int32(value.controllerId);
  writer.compactArrayLength(value.brokers.length);
  for (const element of value.brokers) {
    writeDescribeClusterBroker(writer, element, version);
  }
  writer.int32(value.clusterAuthorizedOperations);
  writer.uvarint(0);
}

function writeDescribeClusterBroker(writer: Writer, value: DescribeClusterBroker, version: number): void {
  writer.int32(value.brokerId);
  writer.compactString(value.host);
  writer.int32(value.port);
  writer.compactNullableString(value.rack);
  if (version >= 2) {
    writer.bool(value.isFenced);
  }
  writer.uvarint(0);
}
