/** Kafka's ListGroups: facts, types, readers and writers. Generated from schema/ListGroupsRequest.json and ListGroupsResponse.json by generate.ts; do not edit. */
import type { Reader } from '../reader';
import type { Writer } from '../writer';

export const listGroupsApi = {
  key: 16,
  name: 'ListGroups',
  /** Versions that are served. */
  requestVersions: { min: 0, max: 5 },
  /** The lowest version that ApiVersions lists. */
  advertisedMin: 0,
  /** From this version on messages are flexible (KIP-482). */
  flexibleFrom: 3,
} as const;

export interface ListGroupsRequest {
  /** From version 4. */
  readonly statesFilter: readonly string[];
  /** From version 5. */
  readonly typesFilter: readonly string[];
}

export interface ListGroupsResponse {
  /** From version 1. */
  readonly throttleTimeMs: number;
  readonly errorCode: number;
  readonly groups: readonly ListedGroup[];
}

export interface ListedGroup {
  readonly groupId: string;
  readonly protocolType: string;
  /** From version 4. */
  readonly groupState: string;
  /** From version 5. */
  readonly groupType: string;
}

/** A value with Kafka's defaults where nothing is given. */
export function createListGroupsRequest(fields: Partial<ListGroupsRequest> = {}): ListGroupsRequest {
  return {
    statesFilter: fields.statesFilter ?? [],
    typesFilter: fields.typesFilter ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createListGroupsResponse(fields: Partial<ListGroupsResponse> = {}): ListGroupsResponse {
  return {
    throttleTimeMs: fields.throttleTimeMs ?? 0,
    errorCode: fields.errorCode ?? 0,
    groups: fields.groups ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createListedGroup(fields: Partial<ListedGroup> = {}): ListedGroup {
  return {
    groupId: fields.groupId ?? '',
    protocolType: fields.protocolType ?? '',
    groupState: fields.groupState ?? '',
    groupType: fields.groupType ?? '',
  };
}

/** Reads the body of a ListGroupsRequest of versions 0 to 5. Throws ProtocolError. */
export function readListGroupsRequest(reader: Reader, version: number): ListGroupsRequest {
  const flexible = version >= 3;
  let statesFilter: readonly string[] = [];
  if (version >= 4) {
    const length = reader.compactArrayLength(1);
    const list: string[] = [];
    for (let left = length; left > 0; left--) list.push(reader.compactString());
    statesFilter = list;
  }
  let typesFilter: readonly string[] = [];
  if (version >= 5) {
    const length = reader.compactArrayLength(1);
    const list: string[] = [];
    for (let left = length; left > 0; left--) list.push(reader.compactString());
    typesFilter = list;
  }
  if (flexible) reader.skipTaggedFields();
  return { statesFilter, typesFilter };
}

/** Reads the body of a ListGroupsResponse of versions 0 to 5. Throws ProtocolError. */
export function readListGroupsResponse(reader: Reader, version: number): ListGroupsResponse {
  const flexible = version >= 3;
  const throttleTimeMs = version >= 1 ? reader.int32() : 0;
  const errorCode = reader.int16();
  const groups: ListedGroup[] = [];
  for (let left = flexible ? reader.compactArrayLength(3) : reader.arrayLength(3); left > 0; left--)
    groups.push(readListedGroup(reader, version));
  if (flexible) reader.skipTaggedFields();
  return { throttleTimeMs, errorCode, groups };
}

function readListedGroup(reader: Reader, version: number): ListedGroup {
  const flexible = version >= 3;
  const groupId = flexible ? reader.compactString() : reader.string();
  const protocolType = flexible ? reader.compactString() : reader.string();
  const groupState = version >= 4 ? reader.compactString() : '';
  const groupType = version >= 5 ? reader.compactString() : '';
  if (flexible) reader.skipTaggedFields();
  return { groupId, protocolType, groupState, groupType };
}

export function writeListGroupsRequest(writer: Writer, value: ListGroupsRequest, version: number): void {
  const flexible = version >= 3;
  if (version >= 4) {
    writer.compactArrayLength(value.statesFilter.length);
    for (const element of value.statesFilter) {
      writer.compactString(element);
    }
  }
  if (version >= 5) {
    writer.compactArrayLength(value.typesFilter.length);
    for (const element of value.typesFilter) {
      writer.compactString(element);
    }
  }
  if (flexible) writer.uvarint(0);
}

export function writeListGroupsResponse(writer: Writer, value: ListGroupsResponse, version: number): void {
  const flexible = version >= 3;
  if (version >= 1) {
    writer.int32(value.throttleTimeMs);
  }
  writer.int16(value.errorCode);
  if (flexible) writer.compactArrayLength(value.groups.length);
  else writer.arrayLength(value.groups.length);
  for (const element of value.groups) {
    writeListedGroup(writer, element, version);
  }
  if (flexible) writer.uvarint(0);
}

function writeListedGroup(writer: Writer, value: ListedGroup, version: number): void {
  const flexible = version >= 3;
  if (flexible) writer.compactString(value.groupId);
  else writer.string(value.groupId);
  if (flexible) writer.compactString(value.protocolType);
  else writer.string(value.protocolType);
  if (version >= 4) {
    writer.compactString(value.groupState);
  }
  if (version >= 5) {
    writer.compactString(value.groupType);
  }
  if (flexible) writer.uvarint(0);
}
