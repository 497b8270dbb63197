/** Kafka's JoinGroup: facts, types, readers and writers. Generated from schema/JoinGroupRequest.json and JoinGroupResponse.json by generate.ts; do not edit. */
import { NO_BYTES } from '../reader';
import type { Reader } from '../reader';
import type { Writer } from '../writer';

export const joinGroupApi = {
  key: 11,
  name: 'JoinGroup',
  /** Versions that are served. */
  requestVersions: { min: 0, max: 9 },
  /** The lowest version that ApiVersions lists. */
  advertisedMin: 0,
  /** From this version on messages are flexible (KIP-482). */
  flexibleFrom: 6,
} as const;

export interface JoinGroupRequest {
  readonly groupId: string;
  readonly sessionTimeoutMs: number;
  /** From version 1. */
  readonly rebalanceTimeoutMs: number;
  readonly memberId: string;
  /** From version 5. */
  readonly groupInstanceId: string | null;
  readonly protocolType: string;
  readonly protocols: readonly JoinGroupRequestProtocol[];
  /** From version 8. */
  readonly reason: string | null;
}

export interface JoinGroupRequestProtocol {
  readonly name: string;
  readonly metadata: Uint8Array;
}

export interface JoinGroupResponse {
  /** From version 2. */
  readonly throttleTimeMs: number;
  readonly errorCode: number;
  readonly generationId: number;
  /** From version 7. */
  readonly protocolType: string | null;
  /** Null from version 7. */
  readonly protocolName: string | null;
  readonly leader: string;
  /** From version 9. */
  readonly skipAssignment: boolean;
  readonly memberId: string;
  readonly members: readonly JoinGroupResponseMember[];
}

export interface JoinGroupResponseMember {
  readonly memberId: string;
  /** From version 5. */
  readonly groupInstanceId: string | null;
  readonly metadata: Uint8Array;
}

/** A value with Kafka's defaults where nothing is given. */
export function createJoinGroupRequest(fields: Partial<JoinGroupRequest> = {}): JoinGroupRequest {
  return {
    groupId: fields.groupId ?? '',
    sessionTimeoutMs: fields.sessionTimeoutMs ?? 0,
    rebalanceTimeoutMs: fields.rebalanceTimeoutMs ?? -1,
    memberId: fields.memberId ?? '',
    groupInstanceId: fields.groupInstanceId === undefined ? null : fields.groupInstanceId,
    protocolType: fields.protocolType ?? '',
    protocols: fields.protocols ?? [],
    reason: fields.reason === undefined ? null : fields.reason,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createJoinGroupRequestProtocol(
  fields: Partial<JoinGroupRequestProtocol> = {},
): JoinGroupRequestProtocol {
  return {
    name: fields.name ?? '',
    metadata: fields.metadata ?? NO_BYTES,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createJoinGroupResponse(fields: Partial<JoinGroupResponse> = {}): JoinGroupResponse {
  return {
    throttleTimeMs: fields.throttleTimeMs ?? 0,
    errorCode: fields.errorCode ?? 0,
    generationId: fields.generationId ?? -1,
    protocolType: fields.protocolType === undefined ? null : fields.protocolType,
    protocolName: fields.protocolName === undefined ? '' : fields.protocolName,
    leader: fields.leader ?? '',
    skipAssignment: fields.skipAssignment ?? false,
    memberId: fields.memberId ?? '',
    members: fields.members ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createJoinGroupResponseMember(fields: Partial<JoinGroupResponseMember> = {}): JoinGroupResponseMember {
  return {
    memberId: fields.memberId ?? '',
    groupInstanceId: fields.groupInstanceId === undefined ? null : fields.groupInstanceId,
    metadata: fields.metadata ?? NO_BYTES,
  };
}

/** Reads the body of a JoinGroupRequest of versions 0 to 9. Throws ProtocolError. */
export function readJoinGroupRequest(reader: Reader, version: number): JoinGroupRequest {
  const flexible = version >= 6;
  const groupId = flexible ? reader.compactString() : reader.string();
  const sessionTimeoutMs = reader.int32();
  const rebalanceTimeoutMs = version >= 1 ? reader.int32() : -1;
  const memberId = flexible ? reader.compactString() : reader.string();
  const groupInstanceId = version >= 5 ? (flexible ? reader.compactNullableString() : reader.nullableString()) : null;
  const protocolType = flexible ? reader.compactString() : reader.string();
  const protocols: JoinGroupRequestProtocol[] = [];
  for (let left = flexible ? reader.compactArrayLength(3) : reader.arrayLength(3); left > 0; left--)
    protocols.push(readJoinGroupRequestProtocol(reader, version));
  const reason = version >= 8 ? reader.compactNullableString() : null;
  if (flexible) reader.skipTaggedFields();
  return { groupId, sessionTimeoutMs, rebalanceTimeoutMs, memberId, groupInstanceId, protocolType, protocols, reason };
}

function readJoinGroupRequestProtocol(reader: Reader, version: number): JoinGroupRequestProtocol {
  const flexible = version >= 6;
  const name = flexible ? reader.compactString() : reader.string();
  const metadata = flexible ? reader.compactBytes() : reader.bytes();
  if (flexible) reader.skipTaggedFields();
  return { name, metadata };
}

/** Reads the body of a JoinGroupResponse of versions 0 to 9. Throws ProtocolError. */
export function readJoinGroupResponse(reader: Reader, version: number): JoinGroupResponse {
  const flexible = version >= 6;
  const throttleTimeMs = version >= 2 ? reader.int32() : 0;
  const errorCode = reader.int16();
  const generationId = reader.int32();
  const protocolType = version >= 7 ? reader.compactNullableString() : null;
  const protocolName =
    version >= 7
      ? flexible
        ? reader.compactNullableString()
        : reader.nullableString()
      : flexible
        ? reader.compactString()
        : reader.string();
  const leader = flexible ? reader.compactString() : reader.string();
  const skipAssignment = version >= 9 ? reader.bool() : false;
  const memberId = flexible ? reader.compactString() : reader.string();
  const members: JoinGroupResponseMember[] = [];
  for (let left = flexible ? reader.compactArrayLength(4) : reader.arrayLength(4); left > 0; left--)
    members.push(readJoinGroupResponseMember(reader, version));
  if (flexible) reader.skipTaggedFields();
  return {
    throttleTimeMs,
    errorCode,
    generationId,
    protocolType,
    protocolName,
    leader,
    skipAssignment,
    memberId,
    members,
  };
}

function readJoinGroupResponseMember(reader: Reader, version: number): JoinGroupResponseMember {
  const flexible = version >= 6;
  const memberId = flexible ? reader.compactString() : reader.string();
  const groupInstanceId = version >= 5 ? (flexible ? reader.compactNullableString() : reader.nullableString()) : null;
  const metadata = flexible ? reader.compactBytes() : reader.bytes();
  if (flexible) reader.skipTaggedFields();
  return { memberId, groupInstanceId, metadata };
}

export function writeJoinGroupRequest(writer: Writer, value: JoinGroupRequest, version: number): void {
  const flexible = version >= 6;
  if (flexible) writer.compactString(value.groupId);
  else writer.string(value.groupId);
  writer.int32(value.sessionTimeoutMs);
  if (version >= 1) {
    writer.int32(value.rebalanceTimeoutMs);
  }
  if (flexible) writer.compactString(value.memberId);
  else writer.string(value.memberId);
  if (version >= 5) {
    if (flexible) writer.compactNullableString(value.groupInstanceId);
    else writer.nullableString(value.groupInstanceId);
  }
  if (flexible) writer.compactString(value.protocolType);
  else writer.string(value.protocolType);
  if (flexible) writer.compactArrayLength(value.protocols.length);
  else writer.arrayLength(value.protocols.length);
  for (const element of value.protocols) {
    writeJoinGroupRequestProtocol(writer, element, version);
  }
  if (version >= 8) {
    writer.compactNullableString(value.reason);
  }
  if (flexible) writer.uvarint(0);
}

function writeJoinGroupRequestProtocol(writer: Writer, value: JoinGroupRequestProtocol, version: number): void {
  const flexible = version >= 6;
  if (flexible) writer.compactString(value.name);
  else writer.string(value.name);
  if (flexible) writer.compactBytes(value.metadata);
  else writer.bytes(value.metadata);
  if (flexible) writer.uvarint(0);
}

export function writeJoinGroupResponse(writer: Writer, value: JoinGroupResponse, version: number): void {
  const flexible = version >= 6;
  if (version >= 2) {
    writer.int32(value.throttleTimeMs);
  }
  writer.int16(value.errorCode);
  writer.int32(value.generationId);
  if (version >= 7) {
    writer.compactNullableString(value.protocolType);
  }
  if (version >= 7) {
    if (flexible) writer.compactNullableString(value.protocolName);
    else writer.nullableString(value.protocolName);
  } else {
    if (flexible) writer.compactString(value.protocolName ?? '');
    else writer.string(value.protocolName ?? '');
  }
  if (flexible) writer.compactString(value.leader);
  else writer.string(value.leader);
  if (version >= 9) {
    writer.bool(value.skipAssignment);
  }
  if (flexible) writer.compactString(value.memberId);
  else writer.string(value.memberId);
  if (flexible) writer.compactArrayLength(value.members.length);
  else writer.arrayLength(value.members.length);
  for (const element of value.members) {
    writeJoinGroupResponseMember(writer, element, version);
  }
  if (flexible) writer.uvarint(0);
}

function writeJoinGroupResponseMember(writer: Writer, value: JoinGroupResponseMember, version: number): void {
  const flexible = version >= 6;
  if (flexible) writer.compactString(value.memberId);
  else writer.string(value.memberId);
  if (version >= 5) {
    if (flexible) writer.compactNullableString(value.groupInstanceId);
    else writer.nullableString(value.groupInstanceId);
  }
  if (flexible) writer.compactBytes(value.metadata);
  else writer.bytes(value.metadata);
  if (flexible) writer.uvarint(0);
}
