/** Kafka's GetTelemetrySubscriptions: facts, types, readers and writers. Generated from schema/GetTelemetrySubscriptionsRequest.json and GetTelemetrySubscriptionsResponse.json by generate.ts; do not edit. */
import type { Reader } from '../reader';
import type { Writer } from '../writer';
import { ZERO_TOPIC_ID } from '../../types';

export const getTelemetrySubscriptionsApi = {
  key: 71,
  name: 'GetTelemetrySubscriptions',
  /** Versions that are served. */
  requestVersions: { min: 0, max: 0 },
  /** The lowest version that ApiVersions lists. */
  advertisedMin: 0,
  /** From this version on messages are flexible (KIP-482). */
  flexibleFrom: 0,
} as const;

export interface GetTelemetrySubscriptionsRequest {
  readonly clientInstanceId: string;
}

export interface GetTelemetrySubscriptionsResponse {
  readonly throttleTimeMs: number;
  readonly errorCode: number;
  readonly clientInstanceId: string;
  readonly subscriptionId: number;
  readonly acceptedCompressionTypes: readonly number[];
  readonly pushIntervalMs: number;
  readonly telemetryMaxBytes: number;
  readonly deltaTemporality: boolean;
  readonly requestedMetrics: readonly string[];
}

/** A value with Kafka's defaults where nothing is given. */
export function createGetTelemetrySubscriptionsRequest(
  fields: Partial<GetTelemetrySubscriptionsRequest> = {},
): GetTelemetrySubscriptionsRequest {
  return {
    clientInstanceId: fields.clientInstanceId ?? ZERO_TOPIC_ID,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createGetTelemetrySubscriptionsResponse(
  fields: Partial<GetTelemetrySubscriptionsResponse> = {},
): GetTelemetrySubscriptionsResponse {
  return {
    throttleTimeMs: fields.throttleTimeMs ?? 0,
    errorCode: fields.errorCode ?? 0,
    clientInstanceId: fields.clientInstanceId ?? ZERO_TOPIC_ID,
    subscriptionId: fields.subscriptionId ?? 0,
    acceptedCompressionTypes: fields.acceptedCompressionTypes ?? [],
    pushIntervalMs: fields.pushIntervalMs ?? 0,
    telemetryMaxBytes: fields.telemetryMaxBytes ?? 0,
    deltaTemporality: fields.deltaTemporality ?? false,
    requestedMetrics: fields.requestedMetrics ?? [],
  };
}

/** Reads the body of a GetTelemetrySubscriptionsRequest of version 0. Throws ProtocolError. */
export function readGetTelemetrySubscriptionsRequest(
  reader: Reader,
  _version: number,
): GetTelemetrySubscriptionsRequest {
  const clientInstanceId = reader.uuid();
  reader.skipTaggedFields();
  return { clientInstanceId };
}

/** Reads the body of a GetTelemetrySubscriptionsResponse of version 0. Throws ProtocolError. */
export function readGetTelemetrySubscriptionsResponse(
  reader: Reader,
  _version: number,
): GetTelemetrySubscriptionsResponse {
  const throttleTimeMs = reader.int32();
  const errorCode = reader.int16();
  const clientInstanceId = reader.uuid();
  const subscriptionId = reader.int32();
  const acceptedCompressionTypes: number[] = [];
  for (let left = reader.compactArrayLength(1); left > 0; left--) acceptedCompressionTypes.push(reader.int8());
  const pushIntervalMs = reader.int32();
  const telemetryMaxBytes = reader.int32();
  const deltaTemporality = reader.bool();
  const requestedMetrics: string[] = [];
  for (let left = reader.compactArrayLength(1); left > 0; left--) requestedMetrics.push(reader.compactString());
  reader.skipTaggedFields();
  return {
    throttleTimeMs,
    errorCode,
    clientInstanceId,
    subscriptionId,
    acceptedCompressionTypes,
    pushIntervalMs,
    telemetryMaxBytes,
    deltaTemporality,
    requestedMetrics,
  };
}

export function writeGetTelemetrySubscriptionsRequest(
  writer: Writer,
  value: GetTelemetrySubscriptionsRequest,
  _version: number,
): void {
  writer.uuid(value.clientInstanceId);
  writer.uvarint(0);
}

export function writeGetTelemetrySubscriptionsResponse(
  writer: Writer,
  value: GetTelemetrySubscriptionsResponse,
  _version: number,
): void {
  writer.int32(value.throttleTimeMs);
  writer.int16(value.errorCode);
  writer.uuid(value.clientInstanceId);
  writer.int32(value.subscriptionId);
  writer.compactArrayLength(value.acceptedCompressionTypes.length);
  for (const element of value.acceptedCompressionTypes) {
    writer.int8(element);
  }
  writer.int32(value.pushIntervalMs);
  writer.int32(value.telemetryMaxBytes);
  writer.bool(value.deltaTemporality);
  writer.compactArrayLength(value.requestedMetrics.length);
  for (const element of value.requestedMetrics) {
    writer.compactString(element);
  }
  writer.uvarint(0);
}
