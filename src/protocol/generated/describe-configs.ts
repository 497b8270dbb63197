/** Kafka's DescribeConfigs: facts, types, readers and writers. Generated from schema/DescribeConfigsRequest.json and DescribeConfigsResponse.json by generate.ts; do not edit. */
import type { Reader } from '../reader';
import type { Writer } from '../writer';

export const describeConfigsApi = {
  key: 32,
  name: 'DescribeConfigs',
  /** Versions that are served. */
  requestVersions: { min: 1, max: 4 },
  /** The lowest version that ApiVersions lists. */
  advertisedMin: 1,
  /** From this version on messages are flexible (KIP-482). */
  flexibleFrom: 4,
} as const;

export interface DescribeConfigsRequest {
  readonly resources: readonly DescribeConfigsResource[];
  readonly includeSynonyms: boolean;
  /** From version 3. */
  readonly includeDocumentation: boolean;
}

export interface DescribeConfigsResource {
  readonly resourceType: number;
  readonly resourceName: string;
  readonly configurationKeys: readonly string[] | null;
}

export interface DescribeConfigsResponse {
  readonly throttleTimeMs: number;
  readonly results: readonly DescribeConfigsResult[];
}

export interface DescribeConfigsResult {
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly resourceType: number;
  readonly resourceName: string;
  readonly configs: readonly DescribeConfigsResourceResult[];
}

export interface DescribeConfigsResourceResult {
  readonly name: string;
  readonly value: string | null;
  readonly readOnly: boolean;
  readonly configSource: number;
  readonly isSensitive: boolean;
  readonly synonyms: readonly DescribeConfigsSynonym[];
  /** From version 3. */
  readonly configType: number;
  /** From version 3. */
  readonly documentation: string | null;
}

export interface DescribeConfigsSynonym {
  readonly name: string;
  readonly value: string | null;
  readonly source: number;
}

/** A value with Kafka's defaults where nothing is given. */
export function createDescribeConfigsRequest(fields: Partial<DescribeConfigsRequest> = {}): DescribeConfigsRequest {
  return {
    resources: fields.resources ?? [],
    includeSynonyms: fields.includeSynonyms ?? false,
    includeDocumentation: fields.includeDocumentation ?? false,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createDescribeConfigsResource(fields: Partial<DescribeConfigsResource> = {}): DescribeConfigsResource {
  return {
    resourceType: fields.resourceType ?? 0,
    resourceName: fields.resourceName ?? '',
    configurationKeys: fields.configurationKeys === undefined ? [] : fields.configurationKeys,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createDescribeConfigsResponse(fields: Partial<DescribeConfigsResponse> = {}): DescribeConfigsResponse {
  return {
    throttleTimeMs: fields.throttleTimeMs ?? 0,
    results: fields.results ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createDescribeConfigsResult(fields: Partial<DescribeConfigsResult> = {}): DescribeConfigsResult {
  return {
    errorCode: fields.errorCode ?? 0,
    errorMessage: fields.errorMessage === undefined ? '' : fields.errorMessage,
    resourceType: fields.resourceType ?? 0,
    resourceName: fields.resourceName ?? '',
    configs: fields.configs ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createDescribeConfigsResourceResult(
  fields: Partial<DescribeConfigsResourceResult> = {},
): DescribeConfigsResourceResult {
  return {
    name: fields.name ?? '',
    value: fields.value === undefined ? '' : fields.value,
    readOnly: fields.readOnly ?? false,
    configSource: fields.configSource ?? -1,
    isSensitive: fields.isSensitive ?? false,
    synonyms: fields.synonyms ?? [],
    configType: fields.configType ?? 0,
    documentation: fields.documentation === undefined ? '' : fields.documentation,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createDescribeConfigsSynonym(fields: Partial<DescribeConfigsSynonym> = {}): DescribeConfigsSynonym {
  return {
    name: fields.name ?? '',
    value: fields.value === undefined ? '' : fields.value,
    source: fields.source ?? 0,
  };
}

/** Reads the body of a DescribeConfigsRequest of versions 1 to 4. Throws ProtocolError. */
export function readDescribeConfigsRequest(reader: Reader, version: number): DescribeConfigsRequest {
  const flexible = version >= 4;
  const resources: DescribeConfigsResource[] = [];
  for (let left = flexible ? reader.compactArrayLength(4) : reader.arrayLength(4); left > 0; left--)
    resources.push(readDescribeConfigsResource(reader, version));
  const includeSynonyms = reader.bool();
  const includeDocumentation = version >= 3 ? reader.bool() : false;
  if (flexible) reader.skipTaggedFields();
  return { resources, includeSynonyms, includeDocumentation };
}

function readDescribeConfigsResource(reader: Reader, version: number): DescribeConfigsResource {
  const flexible = version >= 4;
  const resourceType = reader.int8();
  const resourceName = flexible ? reader.compactString() : reader.string();
  let configurationKeys: readonly string[] | null = null;
  {
    const length = flexible ? reader.compactNullableArrayLength(1) : reader.nullableArrayLength(1);
    if (length < 0) configurationKeys = null;
    else {
      const list: string[] = [];
      for (let left = length; left > 0; left--) list.push(flexible ? reader.compactString() : reader.string());
      configurationKeys = list;
    }
  }
  if (flexible) reader.skipTaggedFields();
  return { resourceType, resourceName, configurationKeys };
}

/** Reads the body of a DescribeConfigsResponse of versions 1 to 4. Throws ProtocolError. */
export function readDescribeConfigsResponse(reader: Reader, version: number): DescribeConfigsResponse {
  const flexible = version >= 4;
  const throttleTimeMs = reader.int32();
  const results: DescribeConfigsResult[] = [];
  for (let left = flexible ? reader.compactArrayLength(7) : reader.arrayLength(7); left > 0; left--)
    results.push(readDescribeConfigsResult(reader, version));
  if (flexible) reader.skipTaggedFields();
  return { throttleTimeMs, results };
}

function readDescribeConfigsResult(reader: Reader, version: number): DescribeConfigsResult {
  const flexible = version >= 4;
  const errorCode = reader.int16();
  const errorMessage = flexible ? reader.compactNullableString() : reader.nullableString();
  const resourceType = reader.int8();
  const resourceName = flexible ? reader.compactString() : reader.string();
  const configs: DescribeConfigsResourceResult[] = [];
  for (let left = flexible ? reader.compactArrayLength(9) : reader.arrayLength(9); left > 0; left--)
    configs.push(readDescribeConfigsResourceResult(reader, version));
  if (flexible) reader.skipTaggedFields();
  return { errorCode, errorMessage, resourceType, resourceName, configs };
}

function readDescribeConfigsResourceResult(reader: Reader, version: number): DescribeConfigsResourceResult {
  const flexible = version >= 4;
  const name = flexible ? reader.compactString() : reader.string();
  const value = flexible ? reader.compactNullableString() : reader.nullableString();
  const readOnly = reader.bool();
  const configSource = reader.int8();
  const isSensitive = reader.bool();
  const synonyms: DescribeConfigsSynonym[] = [];
  for (let left = flexible ? reader.compactArrayLength(4) : reader.arrayLength(4); left > 0; left--)
    synonyms.push(readDescribeConfigsSynonym(reader, version));
  const configType = version >= 3 ? reader.int8() : 0;
  const documentation = version >= 3 ? (flexible ? reader.compactNullableString() : reader.nullableString()) : '';
  if (flexible) reader.skipTaggedFields();
  return { name, value, readOnly, configSource, isSensitive, synonyms, configType, documentation };
}

function readDescribeConfigsSynonym(reader: Reader, version: number): DescribeConfigsSynonym {
  const flexible = version >= 4;
  const name = flexible ? reader.compactString() : reader.string();
  const value = flexible ? reader.compactNullableString() : reader.nullableString();
  const source = reader.int8();
  if (flexible) reader.skipTaggedFields();
  return { name, value, source };
}

export function writeDescribeConfigsRequest(writer: Writer, value: DescribeConfigsRequest, version: number): void {
  const flexible = version >= 4;
  if (flexible) writer.compactArrayLength(value.resources.length);
  else writer.arrayLength(value.resources.length);
  for (const element of value.resources) {
    writeDescribeConfigsResource(writer, element, version);
  }
  writer.bool(value.includeSynonyms);
  if (version >= 3) {
    writer.bool(value.includeDocumentation);
  }
  if (flexible) writer.uvarint(0);
}

function writeDescribeConfigsResource(writer: Writer, value: DescribeConfigsResource, version: number): void {
  const flexible = version >= 4;
  writer.int8(value.resourceType);
  if (flexible) writer.compactString(value.resourceName);
  else writer.string(value.resourceName);
  if (value.configurationKeys === null) {
    if (flexible) writer.compactNullArray();
    else writer.nullArray();
  } else {
    if (flexible) writer.compactArrayLength(value.configurationKeys.length);
    else writer.arrayLength(value.configurationKeys.length);
    for (const element of value.configurationKeys) {
      if (flexible) writer.compactString(element);
      else writer.string(element);
    }
  }
  if (flexible) writer.uvarint(0);
}

export function writeDescribeConfigsResponse(writer: Writer, value: DescribeConfigsResponse, version: number): void {
  const flexible = version >= 4;
  writer.int32(value.throttleTimeMs);
  if (flexible) writer.compactArrayLength(value.results.length);
  else writer.arrayLength(value.results.length);
  for (const element of value.results) {
    writeDescribeConfigsResult(writer, element, version);
  }
  if (flexible) writer.uvarint(0);
}

function writeDescribeConfigsResult(writer: Writer, value: DescribeConfigsResult, version: number): void {
  const flexible = version >= 4;
  writer.int16(value.errorCode);
  if (flexible) writer.compactNullableString(value.errorMessage);
  else writer.nullableString(value.errorMessage);
  writer.int8(value.resourceType);
  if (flexible) writer.compactString(value.resourceName);
  else writer.string(value.resourceName);
  if (flexible) writer.compactArrayLength(value.configs.length);
  else writer.arrayLength(value.configs.length);
  for (const element of value.configs) {
    writeDescribeConfigsResourceResult(writer, element, version);
  }
  if (flexible) writer.uvarint(0);
}

function writeDescribeConfigsResourceResult(
  writer: Writer,
  value: DescribeConfigsResourceResult,
  version: number,
): void {
  const flexible = version >= 4;
  if (flexible) writer.compactString(value.name);
  else writer.string(value.name);
  if (flexible) writer.compactNullableString(value.value);
  else writer.nullableString(value.value);
  writer.bool(value.readOnly);
  writer.int8(value.configSource);
  writer.bool(value.isSensitive);
  if (flexible) writer.compactArrayLength(value.synonyms.length);
  else writer.arrayLength(value.synonyms.length);
  for (const element of value.synonyms) {
    writeDescribeConfigsSynonym(writer, element, version);
  }
  if (version >= 3) {
    writer.int8(value.configType);
  }
  if (version >= 3) {
    if (flexible) writer.compactNullableString(value.documentation);
    else writer.nullableString(value.documentation);
  }
  if (flexible) writer.uvarint(0);
}

function writeDescribeConfigsSynonym(writer: Writer, value: DescribeConfigsSynonym, version: number): void {
  const flexible = version >= 4;
  if (flexible) writer.compactString(value.name);
  else writer.string(value.name);
  if (flexible) writer.compactNullableString(value.value);
  else writer.nullableString(value.value);
  writer.int8(value.source);
  if (flexible) writer.uvarint(0);
}
