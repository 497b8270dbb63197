/** Kafka's SyncGroup: facts, types, readers and writers. Generated from schema/SyncGroupRequest.json and SyncGroupResponse.json by generate.ts; do not edit. */
import { NO_BYTES } from '../reader';
import type { Reader } from '../reader';
import type { Writer } from '../writer';

export const syncGroupApi = {
  key: 14,
  name: 'SyncGroup',
  /** Versions that are served. */
  requestVersions: { min: 0, max: 5 },
  /** The lowest version that ApiVersions lists. */
  advertisedMin: 0,
  /** From this version on messages are flexible (KIP-482). */
  flexibleFrom: 4,
} as const;

export interface SyncGroupRequest {
  readonly groupId: string;
  readonly generationId: number;
  readonly memberId: string;
  /** From version 3. */
  readonly groupInstanceId: string | null;
  /** From version 5. */
  readonly protocolType: string | null;
  /** From version 5. */
  readonly protocolName: string | null;
  readonly assignments: readonly SyncGroupRequestAssignment[];
}

export interface SyncGroupRequestAssignment {
  readonly memberId: string;
  readonly assignment: Uint8Array;
}

export interface SyncGroupResponse {
  /** From version 1. */
  readonly throttleTimeMs: number;
  readonly errorCode: number;
  /** From version 5. */
  readonly protocolType: string | null;
  /** From version 5. */
  readonly protocolName: string | null;
  readonly assignment: Uint8Array;
}

/** A value with Kafka's defaults where nothing is given. */
export function createSyncGroupRequest(fields: Partial<SyncGroupRequest> = {}): SyncGroupRequest {
  return {
    groupId: fields.groupId ?? '',
    generationId: fields.generationId ?? 0,
    memberId: fields.memberId ?? '',
    groupInstanceId: fields.groupInstanceId === undefined ? null : fields.groupInstanceId,
    protocolType: fields.protocolType === undefined ? null : fields.protocolType,
    protocolName: fields.protocolName === undefined ? null : fields.protocolName,
    assignments: fields.assignments ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createSyncGroupRequestAssignment(
  fields: Partial<SyncGroupRequestAssignment> = {},
): SyncGroupRequestAssignment {
  return {
    memberId: fields.memberId ?? '',
    assignment: fields.assignment ?? NO_BYTES,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createSyncGroupResponse(fields: Partial<SyncGroupResponse> = {}): SyncGroupResponse {
  return {
    throttleTimeMs: fields.throttleTimeMs ?? 0,
    errorCode: fields.errorCode ?? 0,
    protocolType: fields.protocolType === undefined ? null : fields.protocolType,
    protocolName: fields.protocolName === undefined ? null : fields.protocolName,
    assignment: fields.assignment ?? NO_BYTES,
  };
}

/** Reads the body of a SyncGroupRequest of versions 0 to 5. Throws ProtocolError. */
export function readSyncGroupRequest(reader: Reader, version: number): SyncGroupRequest {
  const flexible = version >= 4;
  const groupId = flexible ? reader.compactString() : reader.string();
  const generationId = reader.int32();
  const memberId = flexible ? reader.compactString() : reader.string();
  const groupInstanceId = version >= 3 ? (flexible ? reader.compactNullableString() : reader.nullableString()) : null;
  const protocolType = version >= 5 ? reader.compactNullableString() : null;
  const protocolName = version >= 5 ? reader.compactNullableString() : null;
  const assignments: SyncGroupRequestAssignment[] = [];
  for (let left = flexible ? reader.compactArrayLength(3) : reader.arrayLength(3); left > 0; left--)
    assignments.push(readSyncGroupRequestAssignment(reader, version));
  if (flexible) reader.skipTaggedFields();
  return { groupId, generationId, memberId, groupInstanceId, protocolType, protocolName, assignments };
}

function readSyncGroupRequestAssignment(reader: Reader, version: number): SyncGroupRequestAssignment {
  const flexible = version >= 4;
  const memberId = flexible ? reader.compactString() : reader.string();
  const assignment = flexible ? reader.compactBytes() : reader.bytes();
  if (flexible) reader.skipTaggedFields();
  return { memberId, assignment };
}

/** Reads the body of a SyncGroupResponse of versions 0 to 5. Throws ProtocolError. */
export function readSyncGroupResponse(reader: Reader, version: number): SyncGroupResponse {
  const flexible = version >= 4;
  const throttleTimeMs = version >= 1 ? reader.int32() : 0;
  const errorCode = reader.int16();
  const protocolType = version >= 5 ? reader.compactNullableString() : null;
  const protocolName = version >= 5 ? reader.compactNullableString() : null;
  const assignment = flexible ? reader.compactBytes() : reader.bytes();
  if (flexible) reader.skipTaggedFields();
  return { throttleTimeMs, errorCode, protocolType, protocolName, assignment };
}

export function writeSyncGroupRequest(writer: Writer, value: SyncGroupRequest, version: number): void {
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
  if (version >= 5) {
    writer.compactNullableString(value.protocolType);
  }
  if (version >= 5) {
    writer.compactNullableString(value.protocolName);
  }
  if (flexible) writer.compactArrayLength(value.assignments.length);
  else writer.arrayLength(value.assignments.length);
  for (const element of value.assignments) {
    writeSyncGroupRequestAssignment(writer, element, version);
  }
  if (flexible) writer.uvarint(0);
}

function writeSyncGroupRequestAssignment(writer: Writer, value: SyncGroupRequestAssignment, version: number): void {
  const flexible = version >= 4;
  if (flexible) writer.compactString(value.memberId);
  else writer.string(value.memberId);
  if (flexible) writer.compactBytes(value.assignment);
  else writer.bytes(value.assignment);
  if (flexible) writer.uvarint(0);
}

export function writeSyncGroupResponse(writer: Writer, value: SyncGroupResponse, version: number): void {
  const flexible = version >= 4;
  if (version >= 1) {
    writer.int32(value.throttleTimeMs);
  }
  writer.int16(value.errorCode);
  if (version >= 5) {
    writer.compactNullableString(value.protocolType);
  }
  if (version >= 5) {
    writer.compactNullableString(value.protocolName);
  }
  if (flexible) writer.compactBytes(value.assignment);
  else writer.bytes(value.assignment);
  if (flexible) writer.uvarint(0);
}
