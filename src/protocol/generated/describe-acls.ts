/** Kafka's DescribeAcls: facts, types, readers and writers. Generated from schema/DescribeAclsRequest.json and DescribeAclsResponse.json by generate.ts; do not edit. */
import type { Reader } from '../reader';
import type { Writer } from '../writer';

export const describeAclsApi = {
  key: 29,
  name: 'DescribeAcls',
  /** Versions that are served. */
  requestVersions: { min: 1, max: 3 },
  /** The lowest version that ApiVersions lists. */
  advertisedMin: 1,
  /** From this version on messages are flexible (KIP-482). */
  flexibleFrom: 2,
} as const;

export interface DescribeAclsRequest {
  readonly resourceTypeFilter: number;
  readonly resourceNameFilter: string | null;
  readonly patternTypeFilter: number;
  readonly principalFilter: string | null;
  readonly hostFilter: string | null;
  readonly operation: number;
  readonly permissionType: number;
}

export interface DescribeAclsResponse {
  readonly throttleTimeMs: number;
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly resources: readonly DescribeAclsResource[];
}

export interface DescribeAclsResource {
  readonly resourceType: number;
  readonly resourceName: string;
  readonly patternType: number;
  readonly acls: readonly AclDescription[];
}

export interface AclDescription {
  readonly principal: string;
  readonly host: string;
  readonly operation: number;
  readonly permissionType: number;
}

/** A value with Kafka's defaults where nothing is given. */
export function createDescribeAclsRequest(fields: Partial<DescribeAclsRequest> = {}): DescribeAclsRequest {
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
export function createDescribeAclsResponse(fields: Partial<DescribeAclsResponse> = {}): DescribeAclsResponse {
  return {
    throttleTimeMs: fields.throttleTimeMs ?? 0,
    errorCode: fields.errorCode ?? 0,
    errorMessage: fields.errorMessage === undefined ? '' : fields.errorMessage,
    resources: fields.resources ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createDescribeAclsResource(fields: Partial<DescribeAclsResource> = {}): DescribeAclsResource {
  return {
    resourceType: fields.resourceType ?? 0,
    resourceName: fields.resourceName ?? '',
    patternType: fields.patternType ?? 3,
    acls: fields.acls ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createAclDescription(fields: Partial<AclDescription> = {}): AclDescription {
  return {
    principal: fields.principal ?? '',
    host: fields.host ?? '',
    operation: fields.operation ?? 0,
    permissionType: fields.permissionType ?? 0,
  };
}

/** Reads the body of a DescribeAclsRequest of versions 1 to 3. Throws ProtocolError. */
export function readDescribeAclsRequest(reader: Reader, version: number): DescribeAclsRequest {
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

/** Reads the body of a DescribeAclsResponse of versions 1 to 3. Throws ProtocolError. */
export function readDescribeAclsResponse(reader: Reader, version: number): DescribeAclsResponse {
  const flexible = version >= 2;
  const throttleTimeMs = reader.int32();
  const errorCode = reader.int16();
  const errorMessage = flexible ? reader.compactNullableString() : reader.nullableString();
  const resources: DescribeAclsResource[] = [];
  for (let left = flexible ? reader.compactArrayLength(5) : reader.arrayLength(5); left > 0; left--)
    resources.push(readDescribeAclsResource(reader, version));
  if (flexible) reader.skipTaggedFields();
  return { throttleTimeMs, errorCode, errorMessage, resources };
}

function readDescribeAclsResource(reader: Reader, version: number): DescribeAclsResource {
  const flexible = version >= 2;
  const resourceType = reader.int8();
  const resourceName = flexible ? reader.compactString() : reader.string();
  const patternType = reader.int8();
  const acls: AclDescription[] = [];
  for (let left = flexible ? reader.compactArrayLength(5) : reader.arrayLength(5); left > 0; left--)
    acls.push(readAclDescription(reader, version));
  if (flexible) reader.skipTaggedFields();
  return { resourceType, resourceName, patternType, acls };
}

function readAclDescription(reader: Reader, version: number): AclDescription {
  const flexible = version >= 2;
  const principal = flexible ? reader.compactString() : reader.string();
  const host = flexible ? reader.compactString() : reader.string();
  const operation = reader.int8();
  const permissionType = reader.int8();
  if (flexible) reader.skipTaggedFields();
  return { principal, host, operation, permissionType };
}

export function writeDescribeAclsRequest(writer: Writer, value: DescribeAclsRequest, version: number): void {
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

export function writeDescribeAclsResponse(writer: Writer, value: DescribeAclsResponse, version: number): void {
  const flexible = version >= 2;
  writer.int32(value.throttleTimeMs);
  writer.int16(value.errorCode);
  if (flexible) writer.compactNullableString(value.errorMessage);
  else writer.nullableString(value.errorMessage);
  if (flexible) writer.compactArrayLength(value.resources.length);
  else writer.arrayLength(value.resources.length);
  for (const element of value.resources) {
    writeDescribeAclsResource(writer, element, version);
  }
  if (flexible) writer.uvarint(0);
}

function writeDescribeAclsResource(writer: Writer, value: DescribeAclsResource, version: number): void {
  const flexible = version >= 2;
  writer.int8(value.resourceType);
  if (flexible) writer.compactString(value.resourceName);
  else writer.string(value.resourceName);
  writer.int8(value.patternType);
  if (flexible) writer.compactArrayLength(value.acls.length);
  else writer.arrayLength(value.acls.length);
  for (const element of value.acls) {
    writeAclDescription(writer, element, version);
  }
  if (flexible) writer.uvarint(0);
}

function writeAclDescription(writer: Writer, value: AclDescription, version: number): void {
  const flexible = version >= 2;
  if (flexible) writer.compactString(value.principal);
  else writer.string(value.principal);
  if (flexible) writer.compactString(value.host);
  else writer.string(value.host);
  writer.int8(value.operation);
  writer.int8(value.permissionType);
  if (flexible) writer.uvarint(0);
}
