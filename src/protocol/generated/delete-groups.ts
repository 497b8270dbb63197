/** Kafka's DeleteGroups: facts, types, readers and writers. Generated from schema/DeleteGroupsRequest.json and DeleteGroupsResponse.json by generate.ts; do not edit. */
import type { Reader } from '../reader';
import type { Writer } from '../writer';

export const deleteGroupsApi = {
  key: 42,
  name: 'DeleteGroups',
  /** Versions that are served. */
  requestVersions: { min: 0, max: 3 },
  /** The lowest version that ApiVersions lists. */
  advertisedMin: 0,
  /** From this version on messages are flexible (KIP-482). */
  flexibleFrom: 2,
} as const;

export interface DeleteGroupsRequest {
  readonly groupsNames: readonly string[];
}

export interface DeleteGroupsResponse {
  readonly throttleTimeMs: number;
  readonly results: readonly DeletableGroupResult[];
}

export interface DeletableGroupResult {
  readonly groupId: string;
  readonly errorCode: number;
  /** From version 3. */
  readonly errorMessage: string | null;
}

/** A value with Kafka's defaults where nothing is given. */
export function createDeleteGroupsRequest(fields: Partial<DeleteGroupsRequest> = {}): DeleteGroupsRequest {
  return {
    groupsNames: fields.groupsNames ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createDeleteGroupsResponse(fields: Partial<DeleteGroupsResponse> = {}): DeleteGroupsResponse {
  return {
    throttleTimeMs: fields.throttleTimeMs ?? 0,
    results: fields.results ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createDeletableGroupResult(fields: Partial<DeletableGroupResult> = {}): DeletableGroupResult {
  return {
    groupId: fields.groupId ?? '',
    errorCode: fields.errorCode ?? 0,
    errorMessage: fields.errorMessage === undefined ? null : fields.errorMessage,
  };
}

/** Reads the body of a DeleteGroupsRequest of versions 0 to 3. Throws ProtocolError. */
export function readDeleteGroupsRequest(reader: Reader, version: number): DeleteGroupsRequest {
  const flexible = version >= 2;
  const groupsNames: string[] = [];
  for (let left = flexible ? reader.compactArrayLength(1) : reader.arrayLength(1); left > 0; left--)
    groupsNames.push(flexible ? reader.compactString() : reader.string());
  if (flexible) reader.skipTaggedFields();
  return { groupsNames };
}

/** Reads the body of a DeleteGroupsResponse of versions 0 to 3. Throws ProtocolError. */
export function readDeleteGroupsResponse(reader: Reader, version: number): DeleteGroupsResponse {
  const flexible = version >= 2;
  const throttleTimeMs = reader.int32();
  const results: DeletableGroupResult[] = [];
  for (let left = flexible ? reader.compactArrayLength(4) : reader.arrayLength(4); left > 0; left--)
    results.push(readDeletableGroupResult(reader, version));
  if (flexible) reader.skipTaggedFields();
  return { throttleTimeMs, results };
}

function readDeletableGroupResult(reader: Reader, version: number): DeletableGroupResult {
  const flexible = version >= 2;
  const groupId = flexible ? reader.compactString() : reader.string();
  const errorCode = reader.int16();
  const errorMessage = version >= 3 ? reader.compactNullableString() : null;
  if (flexible) reader.skipTaggedFields();
  return { groupId, errorCode, errorMessage };
}

export function writeDeleteGroupsRequest(writer: Writer, value: DeleteGroupsRequest, version: number): void {
  const flexible = version >= 2;
  if (flexible) writer.compactArrayLength(value.groupsNames.length);
  else writer.arrayLength(value.groupsNames.length);
  for (const element of value.groupsNames) {
    if (flexible) writer.compactString(element);
    else writer.string(element);
  }
  if (flexible) writer.uvarint(0);
}

export function writeDeleteGroupsResponse(writer: Writer, value: DeleteGroupsResponse, version: number): void {
  const flexible = version >= 2;
  writer.int32(value.throttleTimeMs);
  if (flexible) writer.compactArrayLength(value.results.length);
  else writer.arrayLength(value.results.length);
  for (const element of value.results) {
    writeDeletableGroupResult(writer, element, version);
  }
  if (flexible) writer.uvarint(0);
}

function writeDeletableGroupResult(writer: Writer, value: DeletableGroupResult, version: number): void {
  const flexible = version >= 2;
  if (flexible) writer.compactString(value.groupId);
  else writer.string(value.groupId);
  writer.int16(value.errorCode);
  if (version >= 3) {
    writer.compactNullableString(value.errorMessage);
  }
  if (flexible) writer.uvarint(0);
}
