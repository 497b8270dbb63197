/** Kafka's AlterConfigs: facts, types, readers and writers. Generated from schema/AlterConfigsRequest.json and AlterConfigsResponse.json by generate.ts; do not edit. */
import type { Reader } from '../reader';
import type { Writer } from '../writer';

export const alterConfigsApi = {
  key: 33,
  name: 'AlterConfigs',
  /** Versions that are served. */
  requestVersions: { min: 0, max: 2 },
  /** The lowest version that ApiVersions lists. */
  advertisedMin: 0,
  /** From this version on messages are flexible (KIP-482). */
  flexibleFrom: 2,
} as const;

export interface AlterConfigsRequest {
  readonly resources: readonly AlterConfigsResource[];
  readonly validateOnly: boolean;
}

export interface AlterConfigsResource {
  readonly resourceType: number;
  readonly resourceName: string;
  readonly configs: readonly AlterableConfig[];
}

export interface AlterableConfig {
  readonly name: string;
  readonly value: string | null;
}

export interface AlterConfigsResponse {
  readonly throttleTimeMs: number;
  readonly responses: readonly AlterConfigsResourceResponse[];
}

export interface AlterConfigsResourceResponse {
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly resourceType: number;
  readonly resourceName: string;
}

/** A value with Kafka's defaults where nothing is given. */
export function createAlterConfigsRequest(fields: Partial<AlterConfigsRequest> = {}): AlterConfigsRequest {
  return {
    resources: fields.resources ?? [],
    validateOnly: fields.validateOnly ?? false,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createAlterConfigsResource(fields: Partial<AlterConfigsResource> = {}): AlterConfigsResource {
  return {
    resourceType: fields.resourceType ?? 0,
    resourceName: fields.resourceName ?? '',
    configs: fields.configs ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createAlterableConfig(fields: Partial<AlterableConfig> = {}): AlterableConfig {
  return {
    name: fields.name ?? '',
    value: fields.value === undefined ? '' : fields.value,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createAlterConfigsResponse(fields: Partial<AlterConfigsResponse> = {}): AlterConfigsResponse {
  return {
    throttleTimeMs: fields.throttleTimeMs ?? 0,
    responses: fields.responses ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createAlterConfigsResourceResponse(
  fields: Partial<AlterConfigsResourceResponse> = {},
): AlterConfigsResourceResponse {
  return {
    errorCode: fields.errorCode ?? 0,
    errorMessage: fields.errorMessage === undefined ? '' : fields.errorMessage,
    resourceType: fields.resourceType ?? 0,
    resourceName: fields.resourceName ?? '',
  };
}

/** Reads the body of an AlterConfigsRequest of versions 0 to 2. Throws ProtocolError. */
export function readAlterConfigsRequest(reader: Reader, version: number): AlterConfigsRequest {
  const flexible = version >= 2;
  const resources: AlterConfigsResource[] = [];
  for (let left = flexible ? reader.compactArrayLength(4) : reader.arrayLength(4); left > 0; left--)
    resources.push(readAlterConfigsResource(reader, version));
  const validateOnly = reader.bool();
  if (flexible) reader.skipTaggedFields();
  return { resources, validateOnly };
}

function readAlterConfigsResource(reader: Reader, version: number): AlterConfigsResource {
  const flexible = version >= 2;
  const resourceType = reader.int8();
  const resourceName = flexible ? reader.compactString() : reader.string();
  const configs: AlterableConfig[] = [];
  for (let left = flexible ? reader.compactArrayLength(3) : reader.arrayLength(3); left > 0; left--)
    configs.push(readAlterableConfig(reader, version));
  if (flexible) reader.skipTaggedFields();
  return { resourceType, resourceName, configs };
}

function readAlterableConfig(reader: Reader, version: number): AlterableConfig {
  const flexible = version >= 2;
  const name = flexible ? reader.compactString() : reader.string();
  const value = flexible ? reader.compactNullableString() : reader.nullableString();
  if (flexible) reader.skipTaggedFields();
  return { name, value };
}

/** Reads the body of an AlterConfigsResponse of versions 0 to 2. Throws ProtocolError. */
export function readAlterConfigsResponse(reader: Reader, version: number): AlterConfigsResponse {
  const flexible = version >= 2;
  const throttleTimeMs = reader.int32();
  const responses: AlterConfigsResourceResponse[] = [];
  for (let left = flexible ? reader.compactArrayLength(6) : reader.arrayLength(6); left > 0; left--)
    responses.push(readAlterConfigsResourceResponse(reader, version));
  if (flexible) reader.skipTaggedFields();
  return { throttleTimeMs, responses };
}

function readAlterConfigsResourceResponse(reader: Reader, version: number): AlterConfigsResourceResponse {
  const flexible = version >= 2;
  const errorCode = reader.int16();
  const errorMessage = flexible ? reader.compactNullableString() : reader.nullableString();
  const resourceType = reader.int8();
  const resourceName = flexible ? reader.compactString() : reader.string();
  if (flexible) reader.skipTaggedFields();
  return { errorCode, errorMessage, resourceType, resourceName };
}

export function writeAlterConfigsRequest(writer: Writer, value: AlterConfigsRequest, version: number): void {
  const flexible = version >= 2;
  if (flexible) writer.compactArrayLength(value.resources.length);
  else writer.arrayLength(value.resources.length);
  for (const element of value.resources) {
    writeAlterConfigsResource(writer, element, version);
  }
  writer.bool(value.validateOnly);
  if (flexible) writer.uvarint(0);
}

function writeAlterConfigsResource(writer: Writer, value: AlterConfigsResource, version: number): void {
  const flexible = version >= 2;
  writer.int8(value.resourceType);
  if (flexible) writer.compactString(value.resourceName);
  else writer.string(value.resourceName);
  if (flexible) writer.compactArrayLength(value.configs.length);
  else writer.arrayLength(value.configs.length);
  for (const element of value.configs) {
    writeAlterableConfig(writer, element, version);
  }
  if (flexible) writer.uvarint(0);
}

function writeAlterableConfig(writer: Writer, value: AlterableConfig, version: number): void {
  const flexible = version >= 2;
  if (flexible) writer.compactString(value.name);
  else writer.string(value.name);
  if (flexible) writer.compactNullableString(value.value);
  else writer.nullableString(value.value);
  if (flexible) writer.uvarint(0);
}

export function writeAlterConfigsResponse(writer: Writer, value: AlterConfigsResponse, version: number): void {
  const flexible = version >= 2;
  writer.int32(value.throttleTimeMs);
  if (flexible) writer.compactArrayLength(value.responses.length);
  else writer.arrayLength(value.responses.length);
  for (const element of value.responses) {
    writeAlterConfigsResourceResponse(writer, element, version);
  }
  if (flexible) writer.uvarint(0);
}

function writeAlterConfigsResourceResponse(writer: Writer, value: AlterConfigsResourceResponse, version: number): void {
  const flexible = version >= 2;
  writer.int16(value.errorCode);
  if (flexible) writer.compactNullableString(value.errorMessage);
  else writer.nullableString(value.errorMessage);
  writer.int8(value.resourceType);
  if (flexible) writer.compactString(value.resourceName);
  else writer.string(value.resourceName);
  if (flexible) writer.uvarint(0);
}
