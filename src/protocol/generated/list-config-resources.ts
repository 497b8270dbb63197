/** Kafka's ListConfigResources: facts, types, readers and writers. Generated from schema/ListConfigResourcesRequest.json and ListConfigResourcesResponse.json by generate.ts; do not edit. */
import type { Reader } from '../reader';
import type { Writer } from '../writer';

export const listConfigResourcesApi = {
  key: 74,
  name: 'ListConfigResources',
  /** Versions that are served. */
  requestVersions: { min: 0, max: 1 },
  /** The lowest version that ApiVersions lists. */
  advertisedMin: 0,
  /** From this version on messages are flexible (KIP-482). */
  flexibleFrom: 0,
} as const;

export interface ListConfigResourcesRequest {
  /** From version 1. */
  readonly resourceTypes: readonly number[];
}

export interface ListConfigResourcesResponse {
  readonly throttleTimeMs: number;
  readonly errorCode: number;
  readonly configResources: readonly ConfigResource[];
}

export interface ConfigResource {
  readonly resourceName: string;
  /** From version 1. */
  readonly resourceType: number;
}

/** A value with Kafka's defaults where nothing is given. */
export function createListConfigResourcesRequest(
  fields: Partial<ListConfigResourcesRequest> = {},
): ListConfigResourcesRequest {
  return {
    resourceTypes: fields.resourceTypes ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createListConfigResourcesResponse(
  fields: Partial<ListConfigResourcesResponse> = {},
): ListConfigResourcesResponse {
  return {
    throttleTimeMs: fields.throttleTimeMs ?? 0,
    errorCode: fields.errorCode ?? 0,
    configResources: fields.configResources ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createConfigResource(fields: Partial<ConfigResource> = {}): ConfigResource {
  return {
    resourceName: fields.resourceName ?? '',
    resourceType: fields.resourceType ?? 16,
  };
}

/** Reads the body of a ListConfigResourcesRequest of versions 0 to 1. Throws ProtocolError. */
export function readListConfigResourcesRequest(reader: Reader, version: number): ListConfigResourcesRequest {
  let resourceTypes: readonly number[] = [];
  if (version >= 1) {
    const length = reader.compactArrayLength(1);
    const list: number[] = [];
    for (let left = length; left > 0; left--) list.push(reader.int8());
    resourceTypes = list;
  }
  reader.skipTaggedFields();
  return { resourceTypes };
}

/** Reads the body of a ListConfigResourcesResponse of versions 0 to 1. Throws ProtocolError. */
export function readListConfigResourcesResponse(reader: Reader, version: number): ListConfigResourcesResponse {
  const throttleTimeMs = reader.int32();
  const errorCode = reader.int16();
  const configResources: ConfigResource[] = [];
  for (let left = reader.compactArrayLength(2); left > 0; left--)
    configResources.push(readConfigResource(reader, version));
  reader.skipTaggedFields();
  return { throttleTimeMs, errorCode, configResources };
}

function readConfigResource(reader: Reader, version: number): ConfigResource {
  const resourceName = reader.compactString();
  const resourceType = version >= 1 ? reader.int8() : 16;
  reader.skipTaggedFields();
  return { resourceName, resourceType };
}

export function writeListConfigResourcesRequest(
  writer: Writer,
  value: ListConfigResourcesRequest,
  version: number,
): void {
  if (version >= 1) {
    writer.compactArrayLength(value.resourceTypes.length);
    for (const element of value.resourceTypes) {
      writer.int8(element);
    }
  }
  writer.uvarint(0);
}

export function writeListConfigResourcesResponse(
  writer: Writer,
  value: ListConfigResourcesResponse,
  version: number,
): void {
  writer.int32(value.throttleTimeMs);
  writer.int16(value.errorCode);
  writer.compactArrayLength(value.configResources.length);
  for (const element of value.configResources) {
    writeConfigResource(writer, element, version);
  }
  writer.uvarint(0);
}

function writeConfigResource(writer: Writer, value: ConfigResource, version: number): void {
  writer.compactString(value.resourceName);
  if (version >= 1) {
    writer.int8(value.resourceType);
  }
  writer.uvarint(0);
}
