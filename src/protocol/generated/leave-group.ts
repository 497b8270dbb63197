/** Kafka's LeaveGroup: facts, types, readers and writers. Generated from schema/LeaveGroupRequest.json and LeaveGroupResponse.json by generate.ts; do not edit. */
import type { Reader } from '../reader';
import type { Writer } from '../writer';

export const leaveGroupApi = {
  key: 13,
  name: 'LeaveGroup',
  /** Versions that are served. */
  requestVersions: { min: 0, max: 5 },
  /** The lowest version that ApiVersions lists. */
  advertisedMin: 0,
  /** From this version on messages are flexible (KIP-482). */
  flexibleFrom: 4,
} as const;

export interface LeaveGroupRequest {
  readonly groupId: string;
  /** Versions 0 to 2. */
  readonly memberId: string;
  /** From version 3. */
  readonly members: readonly MemberIdentity[];
}

export interface MemberIdentity {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  /** From version 5. */
  readonly reason: string | null;
}

export interface LeaveGroupResponse {
  /** From version 1. */
  readonly throttleTimeMs: number;
  readonly errorCode: number;
  /** From version 3. */
  readonly members: readonly MemberResponse[];
}

export interface MemberResponse {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly errorCode: number;
}

/** A value with Kafka's defaults where nothing is given. */
export function createLeaveGroupRequest(fields: Partial<LeaveGroupRequest> = {}): LeaveGroupRequest {
  return {
    groupId: fields.groupId ?? '',
    memberId: fields.memberId ?? '',
    members: fields.members ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createMemberIdentity(fields: Partial<MemberIdentity> = {}): MemberIdentity {
  return {
    memberId: fields.memberId ?? '',
    groupInstanceId: fields.groupInstanceId === undefined ? null : fields.groupInstanceId,
    reason: fields.reason === undefined ? null : fields.reason,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createLeaveGroupResponse(fields: Partial<LeaveGroupResponse> = {}): LeaveGroupResponse {
  return {
    throttleTimeMs: fields.throttleTimeMs ?? 0,
    errorCode: fields.errorCode ?? 0,
    members: fields.members ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createMemberResponse(fields: Partial<MemberResponse> = {}): MemberResponse {
  return {
    memberId: fields.memberId ?? '',
    groupInstanceId: fields.groupInstanceId === undefined ? '' : fields.groupInstanceId,
    errorCode: fields.errorCode ?? 0,
  };
}

/** Reads the body of a LeaveGroupRequest of versions 0 to 5. Throws ProtocolError. */
export function readLeaveGroupRequest(reader: Reader, version: number): LeaveGroupRequest {
  const flexible = version >= 4;
  const groupId = flexible ? reader.compactString() : reader.string();
  const memberId = version <= 2 ? reader.string() : '';
  let members: readonly MemberIdentity[] = [];
  if (version >= 3) {
    const length = flexible ? reader.compactArrayLength(3) : reader.arrayLength(3);
    const list: MemberIdentity[] = [];
    for (let left = length; left > 0; left--) list.push(readMemberIdentity(reader, version));
    members = list;
  }
  if (flexible) reader.skipTaggedFields();
  return { groupId, memberId, members };
}

function readMemberIdentity(reader: Reader, version: number): MemberIdentity {
  const flexible = version >= 4;
  const memberId = flexible ? reader.compactString() : reader.string();
  const groupInstanceId = flexible ? reader.compactNullableString() : reader.nullableString();
  const reason = version >= 5 ? reader.compactNullableString() : null;
  if (flexible) reader.skipTaggedFields();
  return { memberId, groupInstanceId, reason };
}

/** Reads the body of a LeaveGroupResponse of versions 0 to 5. Throws ProtocolError. */
export function readLeaveGroupResponse(reader: Reader, version: number): LeaveGroupResponse {
  const flexible = version >= 4;
  const throttleTimeMs = version >= 1 ? reader.int32() : 0;
  const errorCode = reader.int16();
  let members: readonly MemberResponse[] = [];
  if (version >= 3) {
    const length = flexible ? reader.compactArrayLength(5) : reader.arrayLength(5);
    const list: MemberResponse[] = [];
    for (let left = length; left > 0; left--) list.push(readMemberResponse(reader, version));
    members = list;
  }
  if (flexible) reader.skipTaggedFields();
  return { throttleTimeMs, errorCode, members };
}

function readMemberResponse(reader: Reader, version: number): MemberResponse {
  const flexible = version >= 4;
  const memberId = flexible ? reader.compactString() : reader.string();
  const groupInstanceId = flexible ? reader.compactNullableString() : reader.nullableString();
  const errorCode = reader.int16();
  if (flexible) reader.skipTaggedFields();
  return { memberId, groupInstanceId, errorCode };
}

export function writeLeaveGroupRequest(writer: Writer, value: LeaveGroupRequest, version: number): void {
  const flexible = version >= 4;
  if (flexible) writer.compactString(value.groupId);
  else writer.string(value.groupId);
  if (version <= 2) {
    writer.string(value.memberId);
  }
  if (version >= 3) {
    if (flexible) writer.compactArrayLength(value.members.length);
    else writer.arrayLength(value.members.length);
    for (const element of value.members) {
      writeMemberIdentity(writer, element, version);
    }
  }
  if (flexible) writer.uvarint(0);
}

function writeMemberIdentity(writer: Writer, value: MemberIdentity, version: number): void {
  const flexible = version >= 4;
  if (flexible) writer.compactString(value.memberId);
  else writer.string(value.memberId);
  if (flexible) writer.compactNullableString(value.groupInstanceId);
  else writer.nullableString(value.groupInstanceId);
  if (version >= 5) {
    writer.compactNullableString(value.reason);
  }
  if (flexible) writer.uvarint(0);
}

export function writeLeaveGroupResponse(writer: Writer, value: LeaveGroupResponse, version: number): void {
  const flexible = version >= 4;
  if (version >= 1) {
    writer.int32(value.throttleTimeMs);
  }
  writer.int16(value.errorCode);
  if (version >= 3) {
    if (flexible) writer.compactArrayLength(value.members.length);
    else writer.arrayLength(value.members.length);
    for (const element of value.members) {
      writeMemberResponse(writer, element, version);
    }
  }
  if (flexible) writer.uvarint(0);
}

function writeMemberResponse(writer: Writer, value: MemberResponse, version: number): void {
  const flexible = version >= 4;
  if (flexible) writer.compactString(value.memberId);
  else writer.string(value.memberId);
  if (flexible) writer.compactNullableString(value.groupInstanceId);
  else writer.nullableString(value.groupInstanceId);
  writer.int16(value.errorCode);
  if (flexible) writer.uvarint(0);
}
