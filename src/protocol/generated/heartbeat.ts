/** Kafka's Heartbeat: facts, types, readers and writers. Generated from schema/HeartbeatRequest.json and HeartbeatResponse.json by generate.ts; do not edit. */
import type { Reader } from '../reader';
import type { Writer } from '../writer';

export const heartbeatApi = {
  key: 12,
  name: 'Heartbeat',
  /** Versions that are served. */
  requestVersions: { min: 0, max: 4 },
  /** The lowest version that ApiVersions lists. */
  advertisedMin: 0,
  /** From this version on messages are flexible (KIP-482). */
  flexibleFrom: 4,
} as const;

export interface HeartbeatRequest {
  readonly groupId: string;
  readonly generationId: number;
  readonly memberId: string;
  /** From version 3. */
  readonly groupInstanceId: string | null;
}

export interface HeartbeatResponse {
  /** From version 1. */
  readonly throttleTimeMs: number;
  readonly errorCode: number;
}

/** A value with Kafka's defaults where nothing is given. */
export function createHeartbeatRequest(fields: Partial<HeartbeatRequest> = {}): HeartbeatRequest {
  return {
    groupId: fields.groupId ?? '',
    generationId: fields.generationId ?? 0,
    memberId: fields.memberId ?? '',
    groupInstanceId: fields.groupInstanceId === undefined ? null : fields.groupInstanceId,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createHeartbeatResponse(fields: Partial<HeartbeatResponse> = {}): HeartbeatResponse {
  return {
    throttleTimeMs: fields.throttleTimeMs ?? 0,
    errorCode: fields.errorCode ?? 0,
  };
}

/** Reads the body of a HeartbeatRequest of versions 0 to 4. Throws ProtocolError. */
export function readHeartbeatRequest(reader: Reader, version: number): HeartbeatRequest {
  const flexible = version >= 4;
  const groupId = flexible ? reader.compactString() : reader.string();
  const generationId = reader.int32();
  const memberId = flexible ? reader.compactString() : reader.string();
  const groupInstanceId = version >= 3 ? (flexible ? reader.compactNullableString() : reader.nullableString()) : null;
  if (flexible) reader.skipTaggedFields();
  return { groupId, generationId, memberId, groupInstanceId };
}

/** Reads the body of a HeartbeatResponse of versions 0 to 4. Throws ProtocolError. */
export function readHeartbeatResponse(reader: Reader, version: number): HeartbeatResponse {
  const flexible = version >= 4;
  const throttleTimeMs = version >= 1 ? reader.int32() : 0;
  const errorCode = reader.int16();
  if (flexible) reader.skipTaggedFields();
  return { throttleTimeMs, errorCode };
}

export function writeHeartbeatRequest(writer: Writer, value: HeartbeatRequest, version: number): void {
  const flexible = version >= 4;
  if (flexible) writer.compactString(value.groupId);
  else writer.string(value.groupId);
  writer.int32(value.generationId);
  if (flexible) writer.compactString(value.memberId);
  else writer.string(value.memberId);
  if (version >= 3) {
    if (flexible) writer.compactNullableString(value.groupInstanceId);
    else writer.nullableString(value.groupInstanceId);
  }
  if (flexible) writer.uvarint(0);
}

export function writeHeartbeatResponse(writer: Writer, value: HeartbeatResponse, version: number): void {
  const flexible = version >= 4;
  if (version >= 1) {
    writer.int32(value.throttleTimeMs);
  }
  writer.int16(value.errorCode);
  if (flexible) writer.uvarint(0);
}
