/** Kafka's PushTelemetry: facts, types, readers and writers. Generated from schema/PushTelemetryRequest.json and PushTelemetryResponse.json by generate.ts; do not edit. */
import { NO_BYTES } from '../reader';
import type { Reader } from '../reader';
import type { Writer } from '../writer';
import { ZERO_TOPIC_ID } from '../../types';

export const pushTelemetryApi = {
  key: 72,
  name: 'PushTelemetry',
  /** Versions that are served. */
  requestVersions: { min: 0, max: 0 },
  /** The lowest version that ApiVersions lists. */
  advertisedMin: 0,
  /** From this version on messages are flexible (KIP-482). */
  flexibleFrom: 0,
} as const;

export interface PushTelemetryRequest {
  readonly clientInstanceId: string;
  readonly subscriptionId: number;
  readonly terminating: boolean;
  readonly compressionType: number;
  readonly metrics: Uint8Array;
}

export interface PushTelemetryResponse {
  readonly throttleTimeMs: number;
  readonly errorCode: number;
}

/** A value with Kafka's defaults where nothing is given. */
export function createPushTelemetryRequest(fields: Partial<PushTelemetryRequest> = {}): PushTelemetryRequest {
  return {
    clientInstanceId: fields.clientInstanceId ?? ZERO_TOPIC_ID,
    subscriptionId: fields.subscriptionId ?? 0,
    terminating: fields.terminating ?? false,
    compressionType: fields.compressionType ?? 0,
    metrics: fields.metrics ?? NO_BYTES,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createPushTelemetryResponse(fields: Partial<PushTelemetryResponse> = {}): PushTelemetryResponse {
  return {
    throttleTimeMs: fields.throttleTimeMs ?? 0,
    errorCode: fields.errorCode ?? 0,
  };
}

/** Reads the body of a PushTelemetryRequest of version 0. Throws ProtocolError. */
export function readPushTelemetryRequest(reader: Reader, _version: number): PushTelemetryRequest {
  const clientInstanceId = reader.uuid();
  const subscriptionId = reader.int32();
  const terminating = reader.bool();
  const compressionType = reader.int8();
  const metrics = reader.compactBytes();
  reader.skipTaggedFields();
  return { clientInstanceId, subscriptionId, terminating, compressionType, metrics };
}

/** Reads the body of a PushTelemetryResponse of version 0. Throws ProtocolError. */
export function readPushTelemetryResponse(reader: Reader, _version: number): PushTelemetryResponse {
  const throttleTimeMs = reader.int32();
  const errorCode = reader.int16();
  reader.skipTaggedFields();
  return { throttleTimeMs, errorCode };
}

export function writePushTelemetryRequest(writer: Writer, value: PushTelemetryRequest, _version: number): void {
  writer.uuid(value.clientInstanceId);
  writer.int32(value.subscriptionId);
  writer.bool(value.terminating);
  writer.int8(value.compressionType);
  writer.compactBytes(value.metrics);
  writer.uvarint(0);
}

export function writePushTelemetryResponse(writer: Writer, value: PushTelemetryResponse, _version: number): void {
  writer.int32(value.throttleTimeMs);
  writer.int16(value.errorCode);
  writer.uvarint(0);
}
