/** Kafka's ApiVersions: facts, types, readers and writers. Generated from schema/ApiVersionsRequest.json and ApiVersionsResponse.json by generate.ts; do not edit. */
import type { Reader } from '../reader';
import { Writer } from '../writer';

export const apiVersionsApi = {
  key: 18,
  name: 'ApiVersions',
  /** Versions that are served. */
  requestVersions: { min: 0, max: 5 },
  /** The lowest version that ApiVersions lists. */
  advertisedMin: 0,
  /** From this version on messages are flexible (KIP-482). */
  flexibleFrom: 3,
} as const;

export interface ApiVersionsRequest {
  /** From version 3. */
  readonly clientSoftwareName: string;
  /** From version 3. */
  readonly clientSoftwareVersion: string;
  /** From version 5. */
  readonly clusterId: string | null;
  /** From version 5. */
  readonly nodeId: number;
}

export interface ApiVersionsResponse {
  readonly errorCode: number;
  readonly apiKeys: readonly ApiVersion[];
  /** From version 1. */
  readonly throttleTimeMs: number;
  /** From version 3. Tag 0. */
  readonly supportedFeatures: readonly SupportedFeatureKey[];
  /** From version 3. Tag 1. */
  readonly finalizedFeaturesEpoch: number;
  /** From version 3. Tag 2. */
  readonly finalizedFeatures: readonly FinalizedFeatureKey[];
  /** From version 3. Tag 3. */
  readonly zkMigrationReady: boolean;
}

export interface ApiVersion {
  readonly apiKey: number;
  readonly minVersion: number;
  readonly maxVersion: number;
}

export interface SupportedFeatureKey {
  readonly name: string;
  readonly minVersion: number;
  readonly maxVersion: number;
}

export interface FinalizedFeatureKey {
  readonly name: string;
  readonly maxVersionLevel: number;
  readonly minVersionLevel: number;
}

/** A value with Kafka's defaults where nothing is given. */
export function createApiVersionsRequest(fields: Partial<ApiVersionsRequest> = {}): ApiVersionsRequest {
  return {
    clientSoftwareName: fields.clientSoftwareName ?? '',
    clientSoftwareVersion: fields.clientSoftwareVersion ?? '',
    clusterId: fields.clusterId === undefined ? null : fields.clusterId,
    nodeId: fields.nodeId ?? -1,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createApiVersionsResponse(fields: Partial<ApiVersionsResponse> = {}): ApiVersionsResponse {
  return {
    errorCode: fields.errorCode ?? 0,
    apiKeys: fields.apiKeys ?? [],
    throttleTimeMs: fields.throttleTimeMs ?? 0,
    supportedFeatures: fields.supportedFeatures ?? [],
    finalizedFeaturesEpoch: fields.finalizedFeaturesEpoch ?? -1,
    finalizedFeatures: fields.finalizedFeatures ?? [],
    zkMigrationReady: fields.zkMigrationReady ?? false,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createApiVersion(fields: Partial<ApiVersion> = {}): ApiVersion {
  return {
    apiKey: fields.apiKey ?? 0,
    minVersion: fields.minVersion ?? 0,
    maxVersion: fields.maxVersion ?? 0,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createSupportedFeatureKey(fields: Partial<SupportedFeatureKey> = {}): SupportedFeatureKey {
  return {
    name: fields.name ?? '',
    minVersion: fields.minVersion ?? 0,
    maxVersion: fields.maxVersion ?? 0,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createFinalizedFeatureKey(fields: Partial<FinalizedFeatureKey> = {}): FinalizedFeatureKey {
  return {
    name: fields.name ?? '',
    maxVersionLevel: fields.maxVersionLevel ?? 0,
    minVersionLevel: fields.minVersionLevel ?? 0,
  };
}

/** Reads the body of an ApiVersionsRequest of versions 0 to 5. Throws ProtocolError. */
export function readApiVersionsRequest(reader: Reader, version: number): ApiVersionsRequest {
  const flexible = version >= 3;
  const clientSoftwareName = version >= 3 ? reader.compactString() : '';
  const clientSoftwareVersion = version >= 3 ? reader.compactString() : '';
  const clusterId = version >= 5 ? reader.compactNullableString() : null;
  const nodeId = version >= 5 ? reader.int32() : -1;
  if (flexible) reader.skipTaggedFields();
  return { clientSoftwareName, clientSoftwareVersion, clusterId, nodeId };
}

/** Reads the body of an ApiVersionsResponse of versions 0 to 5. Throws ProtocolError. */
export function readApiVersionsResponse(reader: Reader, version: number): ApiVersionsResponse {
  const flexible = version >= 3;
  const errorCode = reader.int16();
  const apiKeys: ApiVersion[] = [];
  for (let left = flexible ? reader.compactArrayLength(6) : reader.arrayLength(6); left > 0; left--)
    apiKeys.push(readApiVersion(reader, version));
  const throttleTimeMs = version >= 1 ? reader.int32() : 0;
  let supportedFeatures: readonly SupportedFeatureKey[] = [];
  let finalizedFeaturesEpoch: number = -1;
  let finalizedFeatures: readonly FinalizedFeatureKey[] = [];
  let zkMigrationReady: boolean = false;
  if (flexible) {
    for (let left = reader.uvarint(); left > 0; left--) {
      const tag = reader.uvarint();
      const end = reader.taggedFieldEnd();
      switch (tag) {
        case 0: {
          const length = reader.compactArrayLength(6);
          const list: SupportedFeatureKey[] = [];
          for (let left = length; left > 0; left--) list.push(readSupportedFeatureKey(reader));
          supportedFeatures = list;
          break;
        }
        case 1: {
          finalizedFeaturesEpoch = reader.int64();
          break;
        }
        case 2: {
          const length = reader.compactArrayLength(6);
          const list: FinalizedFeatureKey[] = [];
          for (let left = length; left > 0; left--) list.push(readFinalizedFeatureKey(reader));
          finalizedFeatures = list;
          break;
        }
        case 3: {
          zkMigrationReady = reader.bool();
          break;
        }

        default:
          reader.position = end;
      }
      reader.expectPosition(end);
    }
  }
  return {
    errorCode,
    apiKeys,
    throttleTimeMs,
    supportedFeatures,
    finalizedFeaturesEpoch,
    finalizedFeatures,
    zkMigrationReady,
  };
}

function readApiVersion(reader: Reader, version: number): ApiVersion {
  const flexible = version >= 3;
  const apiKey = reader.int16();
  const minVersion = reader.int16();
  const maxVersion = reader.int16();
  if (flexible) reader.skipTaggedFields();
  return { apiKey, minVersion, maxVersion };
}

function readSupportedFeatureKey(reader: Reader): SupportedFeatureKey {
  const name = reader.compactString();
  const minVersion = reader.int16();
  const maxVersion = reader.int16();
  reader.skipTaggedFields();
  return { name, minVersion, maxVersion };
}

function readFinalizedFeatureKey(reader: Reader): FinalizedFeatureKey {
  const name = reader.compactString();
  const maxVersionLevel = reader.int16();
  const minVersionLevel = reader.int16();
  reader.skipTaggedFields();
  return { name, maxVersionLevel, minVersionLevel };
}

export function writeApiVersionsRequest(writer: Writer, value: ApiVersionsRequest, version: number): void {
  const flexible = version >= 3;
  if (version >= 3) {
    writer.compactString(value.clientSoftwareName);
  }
  if (version >= 3) {
    writer.compactString(value.clientSoftwareVersion);
  }
  if (version >= 5) {
    writer.compactNullableString(value.clusterId);
  }
  if (version >= 5) {
    writer.int32(value.nodeId);
  }
  if (flexible) writer.uvarint(0);
}

export function writeApiVersionsResponse(writer: Writer, value: ApiVersionsResponse, version: number): void {
  const flexible = version >= 3;
  writer.int16(value.errorCode);
  if (flexible) writer.compactArrayLength(value.apiKeys.length);
  else writer.arrayLength(value.apiKeys.length);
  for (const element of value.apiKeys) {
    writeApiVersion(writer, element, version);
  }
  if (version >= 1) {
    writer.int32(value.throttleTimeMs);
  }
  if (flexible) {
    const withSupportedFeatures = value.supportedFeatures.length !== 0;
    const withFinalizedFeaturesEpoch = value.finalizedFeaturesEpoch !== -1;
    const withFinalizedFeatures = value.finalizedFeatures.length !== 0;
    const withZkMigrationReady = value.zkMigrationReady;
    writer.uvarint(
      (withSupportedFeatures ? 1 : 0) +
        (withFinalizedFeaturesEpoch ? 1 : 0) +
        (withFinalizedFeatures ? 1 : 0) +
        (withZkMigrationReady ? 1 : 0),
    );
    if (withSupportedFeatures) {
      const field = new Writer();
      field.compactArrayLength(value.supportedFeatures.length);
      for (const element of value.supportedFeatures) {
        writeSupportedFeatureKey(field, element);
      }
      writer.taggedField(0, field);
    }
    if (withFinalizedFeaturesEpoch) {
      const field = new Writer();
      field.int64(value.finalizedFeaturesEpoch);
      writer.taggedField(1, field);
    }
    if (withFinalizedFeatures) {
      const field = new Writer();
      field.compactArrayLength(value.finalizedFeatures.length);
      for (const element of value.finalizedFeatures) {
        writeFinalizedFeatureKey(field, element);
      }
      writer.taggedField(2, field);
    }
    if (withZkMigrationReady) {
      const field = new Writer();
      field.bool(value.zkMigrationReady);
      writer.taggedField(3, field);
    }
  }
}

function writeApiVersion(writer: Writer, value: ApiVersion, version: number): void {
  const flexible = version >= 3;
  writer.int16(value.apiKey);
  writer.int16(value.minVersion);
  writer.int16(value.maxVersion);
  if (flexible) writer.uvarint(0);
}

function writeSupportedFeatureKey(writer: Writer, value: SupportedFeatureKey): void {
  writer.compactString(value.name);
  writer.int16(value.minVersion);
  writer.int16(value.maxVersion);
  writer.uvarint(0);
}

function writeFinalizedFeatureKey(writer: Writer, value: FinalizedFeatureKey): void {
  writer.compactString(value.name);
  writer.int16(value.maxVersionLevel);
  writer.int16(value.minVersionLevel);
  writer.uvarint(0);
}
