/** Kafka's DescribeGroups: facts, types, readers and writers. Generated from schema/DescribeGroupsRequest.json and DescribeGroupsResponse.json by generate.ts; do not edit. */
import { NO_BYTES } from '../reader';
import type { Reader } from '../reader';
import type { Writer } from '../writer';

export const describeGroupsApi = {
  key: 15,
  name: 'DescribeGroups',
  /** Versions that are served. */
  requestVersions: { min: 0, max: 6 },
  /** The lowest version that ApiVersions lists. */
  advertisedMin: 0,
  /** From this version on messages are flexible (KIP-482). */
  flexibleFrom: 5,
} as const;

export interface DescribeGroupsRequest {
  readonly groups: readonly string[];
  /** From version 3. */
  readonly includeAuthorizedOperations: boolean;
}

export interface DescribeGroupsResponse {
  /** From version 1. */
  readonly throttleTimeMs: number;
  readonly groups: readonly DescribedGroup[];
}

export interface DescribedGroup {
  readonly errorCode: number;
  /** From version 6. */
  readonly errorMessage: string | null;
  readonly groupId: string;
  readonly groupState: string;
  readonly protocolType: string;
  readonly protocolData: string;
  readonly members: readonly DescribedGroupMember[];
  /** From version 3. */
  readonly authorizedOperations: number;
}

export interface DescribedGroupMember {
  readonly memberId: string;
  /** From version 4. */
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly memberMetadata: Uint8Array;
  readonly memberAssignment: Uint8Array;
}

/** A value with Kafka's defaults where nothing is given. */
export function createDescribeGroupsRequest(fields: Partial<DescribeGroupsRequest> = {}): DescribeGroupsRequest {
  return {
    groups: fields.groups ?? [],
    includeAuthorizedOperations: fields.includeAuthorizedOperations ?? false,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createDescribeGroupsResponse(fields: Partial<DescribeGroupsResponse> = {}): DescribeGroupsResponse {
  return {
    throttleTimeMs: fields.throttleTimeMs ?? 0,
    groups: fields.groups ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createDescribedGroup(fields: Partial<DescribedGroup> = {}): DescribedGroup {
  return {
    errorCode: fields.errorCode ?? 0,
    errorMessage: fields.errorMessage === undefined ? null : fields.errorMessage,
    groupId: fields.groupId ?? '',
    groupState: fields.groupState ?? '',
    protocolType: fields.protocolType ?? '',
    protocolData: fields.protocolData ?? '',
    members: fields.members ?? [],
    authorizedOperations: fields.authorizedOperations ?? -2147483648,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createDescribedGroupMember(fields: Partial<DescribedGroupMember> = {}): DescribedGroupMember {
  return {
    memberId: fields.memberId ?? '',
    groupInstanceId: fields.groupInstanceId === undefined ? null : fields.groupInstanceId,
    clientId: fields.clientId ?? '',
    clientHost: fields.clientHost ?? '',
    memberMetadata: fields.memberMetadata ?? NO_BYTES,
    memberAssignment: fields.memberAssignment ?? NO_BYTES,
  };
}

/** Reads the body of a DescribeGroupsRequest of versions 0 to 6. Throws ProtocolError. */
export function readDescribeGroupsRequest(reader: Reader, version: number): DescribeGroupsRequest {
  const flexible = version >= 5;
  const groups: string[] = [];
  for (let left = flexible ? reader.compactArrayLength(1) : reader.arrayLength(1); left > 0; left--)
    groups.push(flexible ? reader.compactString() : reader.string());
  const includeAuthorizedOperations = version >= 3 ? reader.bool() : false;
  if (flexible) reader.skipTaggedFields();
  return { groups, includeAuthorizedOperations };
}

/** Reads the body of a DescribeGroupsResponse of versions 0 to 6. Throws ProtocolError. */
export function readDescribeGroupsResponse(reader: Reader, version: number): DescribeGroupsResponse {
  const flexible = version >= 5;
  const throttleTimeMs = version >= 1 ? reader.int32() : 0;
  const groups: DescribedGroup[] = [];
  for (let left = flexible ? reader.compactArrayLength(12) : reader.arrayLength(12); left > 0; left--)
    groups.push(readDescribedGroup(reader, version));
  if (flexible) reader.skipTaggedFields();
  return { throttleTimeMs, groups };
}

function readDescribedGroup(reader: Reader, version: number): DescribedGroup {
  const flexible = version >= 5;
  const errorCode = reader.int16();
  const errorMessage = version >= 6 ? reader.compactNullableString() : null;
  const groupId = flexible ? reader.compactString() : reader.string();
  const groupState = flexible ? reader.compactString() : reader.string();
  const protocolType = flexible ? reader.compactString() : reader.string();
  const protocolData = flexible ? reader.compactString() : reader.string();
  const members: DescribedGroupMember[] = [];
  for (let left = flexible ? reader.compactArrayLength(7) : reader.arrayLength(7); left > 0; left--)
    members.push(readDescribedGroupMember(reader, version));
  const authorizedOperations = version >= 3 ? reader.int32() : -2147483648;
  if (flexible) reader.skipTaggedFields();
  return { errorCode, errorMessage, groupId, groupState, protocolType, protocolData, members, authorizedOperations };
}

function readDescribedGroupMember(reader: Reader, version: number): DescribedGroupMember {
  const flexible = version >= 5;
  const memberId = flexible ? reader.compactString() : reader.string();
  const groupInstanceId = version >= 4 ? (flexible ? reader.compactNullableString() : reader.nullableString()) : null;
  const clientId = flexible ? reader.compactString() : reader.string();
  const clientHost = flexible ? reader.compactString() : reader.string();
  const memberMetadata = flexible ? reader.compactBytes() : reader.bytes();
  const memberAssignment = flexible ? reader.compactBytes() : reader.bytes();
  if (flexible) reader.skipTaggedFields();
  return { memberId, groupInstanceId, clientId, clientHost, memberMetadata, memberAssignment };
}

export function writeDescribeGroupsRequest(writer: Writer, value: DescribeGroupsRequest, version: number): void {
  const flexible = version >= 5;
  if (flexible) writer.compactArrayLength(value.groups.length);
  else writer.arrayLength(value.groups.length);
  for (const element of value.groups) {
    if (flexible) writer.compactString(element);
    else writer.string(element);
  }
  if (version >= 3) {
    writer.bool(value.includeAuthorizedOperations);
  }
  if (flexible) writer.uvarint(0);
}

export function writeDescribeGroupsResponse(writer: Writer, value: DescribeGroupsResponse, version: number): void {
  const flexible = version >= 5;
  if (version >= 1) {
    writer.int32(value.throttleTimeMs);
  }
  if (flexible) writer.compactArrayLength(value.groups.length);
  else writer.arrayLength(value.groups.length);
  for (const element of value.groups) {
    writeDescribedGroup(writer, element, version);
  }
  if (flexible) writer.uvarint(0);
}

function writeDescribedGroup(writer: Writer, value: DescribedGroup, version: number): void {
  const flexible = version >= 5;
  writer.int16(value.errorCode);
  if (version >= 6) {
    writer.compactNullableString(value.errorMessage);
  }
  if (flexible) writer.compactString(value.groupId);
  else writer.string(value.groupId);
  if (flexible) writer.compactString(value.groupState);
  else writer.string(value.groupState);
  if (flexible) writer.compactString(value.protocolType);
  else writer.string(value.protocolType);
  if (flexible) writer.compactString(value.protocolData);
  else writer.string(value.protocolData);
  if (flexible) writer.compactArrayLength(value.members.length);
  else writer.arrayLength(value.members.length);
  for (const element of value.members) {
    writeDescribedGroupMember(writer, element, version);
  }
  if (version >= 3) {
    writer.int32(value.authorizedOperations);
  }
  if (flexible) writer.uvarint(0);
}

function writeDescribedGroupMember(writer: Writer, value: DescribedGroupMember, version: number): void {
  const flexible = version >= 5;
  if (flexible) writer.compactString(value.memberId);
  else writer.string(value.memberId);
  if (version >= 4) {
    if (flexible) writer.compactNullableString(value.groupInstanceId);
    else writer.nullableString(value.groupInstanceId);
  }
  if (flexible) writer.compactString(value.clientId);
  else writer.string(value.clientId);
  if (flexible) writer.compactString(value.clientHost);
  else writer.string(value.clientHost);
  if (flexible) writer.compactBytes(value.memberMetadata);
  else writer.bytes(value.memberMetadata);
  if (flexible) writer.compactBytes(value.memberAssignment);
  else writer.bytes(value.memberAssignment);
  if (flexible) writer.uvarint(0);
}
