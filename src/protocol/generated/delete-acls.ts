/** Kafka's DeleteAcls: facts, types, readers and writers. Generated from schema/DeleteAclsRequest.json and DeleteAclsResponse.json by generate.ts; do not edit. */
import type { Reader } from '../reader';
import type { Writer } from '../writer';

export const deleteAclsApi = {
  key: 31,
  name: 'DeleteAcls',
  /** Versions that are served. */
  requestVersions: { min: 1, max: 3 },
  /** The lowest version that ApiVersions lists. */
  advertisedMin: 1,
  /** From this version on messages are flexible (KIP-482). */
  flexibleFrom: 2,
} as const;

export interface DeleteAclsRequest {
  readonly filters: readonly DeleteAclsFilter[];
}

export interface DeleteAclsFilter {
  readonly resourceTypeFilter: number;
  readonly resourceNameFilter: string | null;
  readonly patternTypeFilter: number;
  readonly principalFilter: string | null;
  readonly hostFilter: string | null;
  readonly operation: number;
  readonly permissionType: number;
}

export interface DeleteAclsResponse {
  readonly throttleTimeMs: number;
  readonly filterResults: readonly DeleteAclsFilterResult[];
}

export interface DeleteAclsFilterResult {
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly matchingAcls: readonly DeleteAclsMatchingAcl[];
}

export interface DeleteAclsMatchingAcl {
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly resourceType: number;
  readonly resourceName: string;
  readonly patternType: number;
  readonly principal: string;
  readonly host: string;
  readonly operation: number;
  readonly permissionType: number;
}

/** A value with Kafka's defaults where nothing is given. */
export function createDeleteAclsRequest(fields: Partial<DeleteAclsRequest> = {}): DeleteAclsRequest {
  return {
    filters: fields.filters ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createDeleteAclsFilter(fields: Partial<DeleteAclsFilter> = {}): DeleteAclsFilter {
  return {
    resourceTypeFilter: fields.resourceTypeFilter ?? 0,
    resourceNameFilter: fields.resourceNameFilter === undefined ? '' : fields.resourceNameFilter,
    patternTypeFilter: fields.patternTypeFilter ?? 3,
    principalFilter: fields.principalFilter === undefined ? '' : fields.principalFilter,
    hostFilter: fields.hostFilter === undefined ? '' : fields.hostFilter,
    operation: fields.operation ?? 0,
    permissionType: fields.permissionType ?? 0,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createDeleteAclsResponse(fields: Partial<DeleteAclsResponse> = {}): DeleteAclsResponse {
  return {
    throttleTimeMs: fields.throttleTimeMs ?? 0,
    filterResults: fields.filterResults ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createDeleteAclsFilterResult(fields: Partial<DeleteAclsFilterResult> = {}): DeleteAclsFilterResult {
  return {
    errorCode: fields.errorCode ?? 0,
    errorMessage: fields.errorMessage === undefined ? '' : fields.errorMessage,
    matchingAcls: fields.matchingAcls ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createDeleteAclsMatchingAcl(fields: Partial<DeleteAclsMatchingAcl> = {}): DeleteAclsMatchingAcl {
  return {
    errorCode: fields.errorCode ?? 0,
    errorMessage: fields.errorMessage === undefined ? '' : fields.errorMessage,
    resourceType: fields.resourceType ?? 0,
    resourceName: fields.resourceName ?? '',
    patternType: fields.patternType ?? 3,
    principal: fields.principal ?? '',
    host: fields.host ?? '',
    operation: fields.operation ?? 0,
    permissionType: fields.permissionType ?? 0,
  };
}

/** Reads the body of a DeleteAclsRequest of versions 1 to 3. Throws ProtocolError. */
export function readDeleteAclsRequest(reader: Reader, version: number): DeleteAclsRequest {
  const flexible = version >= 2;
  const filters: DeleteAclsFilter[] = [];
  for (let left = flexible ? reader.compactArrayLength(8) : reader.arrayLength(8); left > 0; left--)
    filters.push(readDeleteAclsFilter(reader, version));
  if (flexible) reader.skipTaggedFields();
  return { filters };
}

function readDeleteAclsFilter(reader: Reader, version: number): DeleteAclsFilter {
  const flexible = version >= 2;
  const resourceTypeFilter = reader.int8();
  const resourceNameFilter = flexible ? reader.compactNullableString() : reader.nullableString();
  const patternTypeFilter = reader.int8();
  const principalFilter = flexible ? reader.compactNullableString() : reader.nullableString();
  const hostFilter = flexible ? reader.compactNullableString() : reader.nullableString();
  const operation = reader.int8();
  const permissionType = reader.int8();
  if (flexible) reader.skipTaggedFields();
  return {
    resourceTypeFilter,
    resourceNameFilter,
    patternTypeFilter,
    principalFilter,
    hostFilter,
    operation,
    permissionType,
  };
}

/** Reads the body of a DeleteAclsResponse of versions 1 to 3. Throws ProtocolError. */
export function readDeleteAclsResponse(reader: Reader, version: number): DeleteAclsResponse {
  const flexible = version >= 2;
  const throttleTimeMs = reader.int32();
  const filterResults: DeleteAclsFilterResult[] = [];
  for (let left = flexible ? reader.compactArrayLength(5) : reader.arrayLength(5); left > 0; left--)
    filterResults.push(readDeleteAclsFilterResult(reader, version));
  if (flexible) reader.skipTaggedFields();
  return { throttleTimeMs, filterResults };
}

function readDeleteAclsFilterResult(reader: Reader, version: number): DeleteAclsFilterResult {
  const flexible = version >= 2;
  const errorCode = reader.int16();
  const errorMessage = flexible ? reader.compactNullableString() : reader.nullableString();
  const matchingAcls: DeleteAclsMatchingAcl[] = [];
  for (let left = flexible ? reader.compactArrayLength(11) : reader.arrayLength(11); left > 0; left--)
    matchingAcls.push(readDeleteAclsMatchingAcl(reader, version));
  if (flexible) reader.skipTaggedFields();
  return { errorCode, errorMessage, matchingAcls };
}

function readDeleteAclsMatchingAcl(reader: Reader, version: number): DeleteAclsMatchingAcl {
  const flexible = version >= 2;
  const errorCode = reader.int16();
  const errorMessage = flexible ? reader.compactNullableString() : reader.nullableString();
  const resourceType = reader.int8();
  const resourceName = flexible ? reader.compactString() : reader.string();
  const patternType = reader.int8();
  const principal = flexible ? reader.compactString() : reader.string();
  const host = flexible ? reader.compactString() : reader.string();
  const operation = reader.int8();
  const permissionType = reader.int8();
  if (flexible) reader.skipTaggedFields();
  return {
    errorCode,
    errorMessage,
    resourceType,
    resourceName,
    patternType,
    principal,
    host,
    operation,
    permissionType,
  };
}

export function writeDeleteAclsRequest(writer: Writer, value: DeleteAclsRequest, version: number): void {
  const flexible = version >= 2;
  if (flexible) writer.compactArrayLength(value.filters.length);
  else writer.arrayLength(value.filters.length);
  for (const element of value.filters) {
    writeDeleteAclsFilter(writer, element, version);
  }
  if (flexible) writer.uvarint(0);
}

function writeDeleteAclsFilter(writer: Writer, value: DeleteAclsFilter, version: number): void {
  const flexible = version >= 2;
  writer.int8(value.resourceTypeFilter);
  if (flexible) writer.compactNullableString(value.resourceNameFilter);
  else writer.nullableString(value.resourceNameFilter);
  writer.int8(value.patternTypeFilter);
  if (flexible) writer.compactNullableString(value.principalFilter);
  else writer.nullableString(value.principalFilter);
  if (flexible) writer.compactNullableString(value.hostFilter);
  else writer.nullableString(value.hostFilter);
  writer.int8(value.operation);
  writer.int8(value.permissionType);
  if (flexible) writer.uvarint(0);
}

export function writeDeleteAclsResponse(writer: Writer, value: DeleteAclsResponse, version: number): void {
  const flexible = version >= 2;
  writer.int32(value.throttleTimeMs);
  if (flexible) writer.compactArrayLength(value.filterResults.length);
  else writer.arrayLength(value.filterResults.length);
  for (const element of value.filterResults) {
    writeDeleteAclsFilterResult(writer, element, version);
  }
  if (flexible) writer.uvarint(0);
}

function writeDeleteAclsFilterResult(writer: Writer, value: DeleteAclsFilterResult, version: number): void {
  const flexible = version >= 2;
  writer.int16(value.errorCode);
  if (flexible) writer.compactNullableString(value.errorMessage);
  else writer.nullableString(value.errorMessage);
  if (flexible) writer.compactArrayLength(value.matchingAcls.length);
  else writer.arrayLength(value.matchingAcls.length);
  for (const element of value.matchingAcls) {
    writeDeleteAclsMatchingAcl(writer, element, version);
  }
  if (flexible) writer.uvarint(0);
}

function writeDeleteAclsMatchingAcl(writer: Writer, value: DeleteAclsMatchingAcl, version: number): void {
  const flexible = version >= 2;
  writer.int16(value.errorCode);
  if (flexible) writer.compactNullableString(value.errorMessage);
  else writer.nullableString(value.errorMessage);
  writer.int8(value.resourceType);
  if (flexible) writer.compactString(value.resourceName);
  else writer.string(value.resourceName);
  writer.int8(value.patternType);
  if (flexible) writer.compactString(value.principal);
  else writer.string(value.principal);
  if (flexible) writer.compactString(value.host);
  else writer.string(value.host);
  writer.int8(value.operation);
  writer.int8(value.permissionType);
  if (flexible) writer.uvarint(0);
}
