/** Kafka's CreateAcls: facts, types, readers and writers. Generated from schema/CreateAclsRequest.json and CreateAclsResponse.json by generate.ts; do not edit. */
import type { Reader } from '../reader';
import type { Writer } from '../writer';

export const createAclsApi = {
  key: 30,
  name: 'CreateAcls',
  /** Versions that are served. */
  requestVersions: { min: 1, max: 3 },
  /** The lowest version that ApiVersions lists. */
  advertisedMin: 1,
  /** From this version on messages are flexible (KIP-482). */
  flexibleFrom: 2,
} as const;

export interface CreateAclsRequest {
  readonly creations: readonly AclCreation[];
}

export interface AclCreation {
  readonly resourceType: number;
  readonly resourceName: string;
  readonly resourcePatternType: number;
  readonly principal: string;
  readonly host: string;
  readonly operation: number;
  readonly permissionType: number;
}

export interface CreateAclsResponse {
  readonly throttleTimeMs: number;
  readonly results: readonly AclCreationResult[];
}

export interface AclCreationResult {
  readonly errorCode: number;
  readonly errorMessage: string | null;
}

/** A value with Kafka's defaults where nothing is given. */
export function createCreateAclsRequest(fields: Partial<CreateAclsRequest> = {}): CreateAclsRequest {
  return {
    creations: fields.creations ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createAclCreation(fields: Partial<AclCreation> = {}): AclCreation {
  return {
    resourceType: fields.resourceType ?? 0,
    resourceName: fields.resourceName ?? '',
    resourcePatternType: fields.resourcePatternType ?? 3,
    principal: fields.principal ?? '',
    host: fields.host ?? '',
    operation: fields.operation ?? 0,
    permissionType: fields.permissionType ?? 0,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createCreateAclsResponse(fields: Partial<CreateAclsResponse> = {}): CreateAclsResponse {
  return {
    throttleTimeMs: fields.throttleTimeMs ?? 0,
    results: fields.results ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createAclCreationResult(fields: Partial<AclCreationResult> = {}): AclCreationResult {
  return {
    errorCode: fields.errorCode ?? 0,
    errorMessage: fields.errorMessage === undefined ? '' : fields.errorMessage,
  };
}

/** Reads the body of a CreateAclsRequest of versions 1 to 3. Throws ProtocolError. */
export function readCreateAclsRequest(reader: Reader, version: number): CreateAclsRequest {
  const flexible = version >= 2;
  const creations: AclCreation[] = [];
  for (let left = flexible ? reader.compactArrayLength(8) : reader.arrayLength(8); left > 0; left--)
    creations.push(readAclCreation(reader, version));
  if (flexible) reader.skipTaggedFields();
  return { creations };
}

function readAclCreation(reader: Reader, version: number): AclCreation {
  const flexible = version >= 2;
  const resourceType = reader.int8();
  const resourceName = flexible ? reader.compactString() : reader.string();
  const resourcePatternType = reader.int8();
  const principal = flexible ? reader.compactString() : reader.string();
  const host = flexible ? reader.compactString() : reader.string();
  const operation = reader.int8();
  const permissionType = reader.int8();
  if (flexible) reader.skipTaggedFields();
  return { resourceType, resourceName, resourcePatternType, principal, host, operation, permissionType };
}

/** Reads the body of a CreateAclsResponse of versions 1 to 3. Throws ProtocolError. */
export function readCreateAclsResponse(reader: Reader, version: number): CreateAclsResponse {
  const flexible = version >= 2;
  const throttleTimeMs = reader.int32();
  const results: AclCreationResult[] = [];
  for (let left = flexible ? reader.compactArrayLength(4) : reader.arrayLength(4); left > 0; left--)
    results.push(readAclCreationResult(reader, version));
  if (flexible) reader.skipTaggedFields();
  return { throttleTimeMs, results };
}

function readAclCreationResult(reader: Reader, version: number): AclCreationResult {
  const flexible = version >= 2;
  const errorCode = reader.int16();
  const errorMessage = flexible ? reader.compactNullableString() : reader.nullableString();
  if (flexible) reader.skipTaggedFields();
  return { errorCode, errorMessage };
}

export function writeCreateAclsRequest(writer: Writer, value: CreateAclsRequest, version: number): void {
  const flexible = version >= 2;
  if (flexible) writer.compactArrayLength(value.creations.length);
  else writer.arrayLength(value.creations.length);
  for (const element of value.creations) {
    writeAclCreation(writer, element, version);
  }
  if (flexible) writer.uvarint(0);
}

function writeAclCreation(writer: Writer, value: AclCreation, version: number): void {
  const flexible = version >= 2;
  writer.int8(value.resourceType);
  if (flexible) writer.compactString(value.resourceName);
  else writer.string(value.resourceName);
  writer.int8(value.resourcePatternType);
  if (flexible) writer.compactString(value.principal);
  else writer.string(value.principal);
  if (flexible) writer.compactString(value.host);
  else writer.string(value.host);
  writer.int8(value.operation);
  writer.int8(value.permissionType);
  if (flexible) writer.uvarint(0);
}

export function writeCreateAclsResponse(writer: Writer, value: CreateAclsResponse, version: number): void {
  const flexible = version >= 2;
  writer.int32(value.throttleTimeMs);
  if (flexible) writer.compactArrayLength(value.results.length);
  else writer.arrayLength(value.results.length);
  for (const element of value.results) {
    writeAclCreationResult(writer, element, version);
  }
  if (flexible) writer.uvarint(0);
}

function writeAclCreationResult(writer: Writer, value: AclCreationResult, version: number): void {
  const flexible = version >= 2;
  writer.int16(value.errorCode);
  if (flexible) writer.compactNullableString(value.errorMessage);
  else writer.nullableString(value.errorMessage);
  if (flexible) writer.uvarint(0);
}
