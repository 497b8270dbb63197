/** Kafka's IncrementalAlterConfigs: facts, types, readers and writers. Generated from schema/IncrementalAlterConfigsRequest.json and IncrementalAlterConfigsResponse.json by generate.ts; do not edit. */
import type { Reader } from '../reader';
import type { Writer } from '../writer';

export const incrementalAlterConfigsApi = {
  key: 44,
  name: 'IncrementalAlterConfigs',
  /** Versions that are served. */
  requestVersions: { min: 0, max: 1 },
  /** The lowest version that ApiVersions lists. */
  advertisedMin: 0,
  /** From this version on messages are flexible (KIP-482). */
  flexibleFrom: 1,
} as const;

export interface IncrementalAlterConfigsRequest {
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
  readonly configOperation: number;
  readonly value: string | null;
}

export interface IncrementalAlterConfigsResponse {
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
export function createIncrementalAlterConfigsRequest(
  fields: Partial<IncrementalAlterConfigsRequest> = {},
): IncrementalAlterConfigsRequest {
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
    configOperation: fields.configOperation ?? 0,
    value: fields.value === undefined ? '' : fields.value,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createIncrementalAlterConfigsResponse(
  fields: Partial<IncrementalAlterConfigsResponse> = {},
): IncrementalAlterConfigsResponse {
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

/** Reads the body of an IncrementalAlterConfigsRequest of versions 0 to 1. Throws ProtocolError. */
export function readIncrementalAlterConfigsRequest(reader: Reader, version: number): IncrementalAlterConfigsRequest {
  const flexible = version >= 1;
  const resources: AlterConfigsResource[] = [];
  for (let left = flexible ? reader.compactArrayLength(4) : reader.arrayLength(4); left > 0; left--)
    resources.push(readAlterConfigsResource(reader, version));
  const validateOnly = reader.bool();
  if (flexible) reader.skipTaggedFields();
  return { resources, validateOnly };
}

function readAlterConfigsResource(reader: Reader, version: number): AlterConfigsResource {
  const flexible = version >= 1;
  const resourceType = reader.int8();
  const resourceName = flexible ? reader.compactString() : reader.string();
  const configs: AlterableConfig[] = [];
  for (let left = flexible ? reader.compactArrayLength(4) : reader.arrayLength(4); left > 0; left--)
    configs.push(readAlterableConfig(reader, version));
  if (flexible) reader.skipTaggedFields();
  return { resourceType, resourceName, configs };
}

function readAlterableConfig(reader: Reader, version: number): AlterableConfig {
  const flexible = version >= 1;
  const name = flexible ? reader.compactString() : reader.string();
  const configOperation = reader.int8();
  const value = flexible ? reader.compactNullableString() : reader.nullableString();
  if (flexible) reader.skipTaggedFields();
  return { name, configOperation, value };
}

/** Reads the body of an IncrementalAlterConfigsResponse of versions 0 to 1. Throws ProtocolError. */
export function readIncrementalAlterConfigsResponse(reader: Reader, version: number): IncrementalAlterConfigsResponse {
  const flexible = version >= 1;
  const throttleTimeMs = reader.int32();
  const responses: AlterConfigsResourceResponse[] = [];
  for (let left = flexible ? reader.compactArrayLength(6) : reader.arrayLength(6); left > 0; left--)
    responses.push(readAlterConfigsResourceResponse(reader, version));
  if (flexible) reader.skipTaggedFields();
  return { throttleTimeMs, responses };
}

function readAlterConfigsResourceResponse(reader: Reader, version: number): AlterConfigsResourceResponse {
  const flexible = version >= 1;
  const errorCode = reader.int16();
  const errorMessage = flexible ? reader.compactNullableString() : reader.nullableString();
  const resourceType = reader.int8();
  const resourceName = flexible ? reader.compactString() : reader.string();
  if (flexible) reader.skipTaggedFields();
  return { errorCode, errorMessage, resourceType, resourceName };
}

export function writeIncrementalAlterConfigsRequest(
  writer: Writer,
  value: IncrementalAlterConfigsRequest,
  version: number,
): void {
  const flexible = version >= 1;
  if (flexible) writer.compactArrayLength(value.resources.length);
  else writer.arrayLength(value.resources.length);
  for (const element of value.resources) {
    writeAlterConfigsResource(writer, element, version);
  }
  writer.bool(value.validateOnly);
  if (flexible) writer.uvarint(0);
}

function writeAlterConfigsResource(writer: Writer, value: AlterConfigsResource, version: number): void {
  const flexible = version >= 1;
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
  const flexible = version >= 1;
  if (flexible) writer.compactString(value.name);
  else writer.string(value.name);
  writer.int8(value.configOperation);
  if (flexible) writer.compactNullableString(value.value);
  else writer.nullableString(value.value);
  if (flexible) writer.uvarint(0);
}

export function writeIncrementalAlterConfigsResponse(
  writer: Writer,
  value: IncrementalAlterConfigsResponse,
  version: number,
): void {
  const flexible = version >= 1;
  writer.int32(value.throttleTimeMs);
  if (flexible) writer.compactArrayLength(value.responses.length);
  else writer.arrayLength(value.responses.length);
  for (const element of value.responses) {
    writeAlterConfigsResourceResponse(writer, element, version);
  }
  if (flexible) writer.uvarint(0);
}

function writeAlterConfigsResourceResponse(writer: Writer, value: AlterConfigsResourceResponse, version: number): void {
  const flexible = version >= 1;
  writer.int16(value.errorCode);
  if (flexible) writer.compactNullableString(value.errorMessage);
  else writer.nullableString(value.errorMessage);
  writer.int8(value.resourceType);
  if (flexible) writer.compactString(value.resourceName);
  else writer.string(value.resourceName);
  if (flexible) writer.uvarint(0);
}
