/** Kafka's DescribeClientQuotas: facts, types, readers and writers. Generated from schema/DescribeClientQuotasRequest.json and DescribeClientQuotasResponse.json by generate.ts; do not edit. */
import type { Reader } from '../reader';
import type { Writer } from '../writer';

export const describeClientQuotasApi = {
  key: 48,
  name: 'DescribeClientQuotas',
  /** Versions that are served. */
  requestVersions: { min: 0, max: 1 },
  /** The lowest version that ApiVersions lists. */
  advertisedMin: 0,
  /** From this version on messages are flexible (KIP-482). */
  flexibleFrom: 1,
} as const;

export interface DescribeClientQuotasRequest {
  readonly components: readonly ComponentData[];
  readonly strict: boolean;
}

export interface ComponentData {
  readonly entityType: string;
  readonly matchType: number;
  readonly match: string | null;
}

export interface DescribeClientQuotasResponse {
  readonly throttleTimeMs: number;
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly entries: readonly EntryData[] | null;
}

export interface EntryData {
  readonly entity: readonly EntityData[];
  readonly values: readonly ValueData[];
}

export interface EntityData {
  readonly entityType: string;
  readonly entityName: string | null;
}

export interface ValueData {
  readonly key: string;
  readonly value: number;
}

/** A value with Kafka's defaults where nothing is given. */
export function createDescribeClientQuotasRequest(
  fields: Partial<DescribeClientQuotasRequest> = {},
): DescribeClientQuotasRequest {
  return {
    components: fields.components ?? [],
    strict: fields.strict ?? false,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createComponentData(fields: Partial<ComponentData> = {}): ComponentData {
  return {
    entityType: fields.entityType ?? '',
    matchType: fields.matchType ?? 0,
    match: fields.match === undefined ? '' : fields.match,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createDescribeClientQuotasResponse(
  fields: Partial<DescribeClientQuotasResponse> = {},
): DescribeClientQuotasResponse {
  return {
    throttleTimeMs: fields.throttleTimeMs ?? 0,
    errorCode: fields.errorCode ?? 0,
    errorMessage: fields.errorMessage === undefined ? '' : fields.errorMessage,
    entries: fields.entries === undefined ? [] : fields.entries,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createEntryData(fields: Partial<EntryData> = {}): EntryData {
  return {
    entity: fields.entity ?? [],
    values: fields.values ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createEntityData(fields: Partial<EntityData> = {}): EntityData {
  return {
    entityType: fields.entityType ?? '',
    entityName: fields.entityName === undefined ? '' : fields.entityName,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createValueData(fields: Partial<ValueData> = {}): ValueData {
  return {
    key: fields.key ?? '',
    value: fields.value ?? 0,
  };
}

/** Reads the body of a DescribeClientQuotasRequest of versions 0 to 1. Throws ProtocolError. */
export function readDescribeClientQuotasRequest(reader: Reader, version: number): DescribeClientQuotasRequest {
  const flexible = version >= 1;
  const components: ComponentData[] = [];
  for (let left = flexible ? reader.compactArrayLength(4) : reader.arrayLength(4); left > 0; left--)
    components.push(readComponentData(reader, version));
  const strict = reader.bool();
  if (flexible) reader.skipTaggedFields();
  return { components, strict };
}

function readComponentData(reader: Reader, version: number): ComponentData {
  const flexible = version >= 1;
  const entityType = flexible ? reader.compactString() : reader.string();
  const matchType = reader.int8();
  const match = flexible ? reader.compactNullableString() : reader.nullableString();
  if (flexible) reader.skipTaggedFields();
  return { entityType, matchType, match };
}

/** Reads the body of a DescribeClientQuotasResponse of versions 0 to 1. Throws ProtocolError. */
export function readDescribeClientQuotasResponse(reader: Reader, version: number): DescribeClientQuotasResponse {
  const flexible = version >= 1;
  const throttleTimeMs = reader.int32();
  const errorCode = reader.int16();
  const errorMessage = flexible ? reader.compactNullableString() : reader.nullableString();
  let entries: readonly EntryData[] | null = null;
  {
    const length = flexible ? reader.compactNullableArrayLength(3) : reader.nullableArrayLength(3);
    if (length < 0) entries = null;
    else {
      const list: EntryData[] = [];
      for (let left = length; left > 0; left--) list.push(readEntryData(reader, version));
      entries = list;
    }
  }
  if (flexible) reader.skipTaggedFields();
  return { throttleTimeMs, errorCode, errorMessage, entries };
}

function readEntryData(reader: Reader, version: number): EntryData {
  const flexible = version >= 1;
  const entity: EntityData[] = [];
  for (let left = flexible ? reader.compactArrayLength(3) : reader.arrayLength(3); left > 0; left--)
    entity.push(readEntityData(reader, version));
  const values: ValueData[] = [];
  for (let left = flexible ? reader.compactArrayLength(10) : reader.arrayLength(10); left > 0; left--)
    values.push(readValueData(reader, version));
  if (flexible) reader.skipTaggedFields();
  return { entity, values };
}

function readEntityData(reader: Reader, version: number): EntityData {
  const flexible = version >= 1;
  const entityType = flexible ? reader.compactString() : reader.string();
  const entityName = flexible ? reader.compactNullableString() : reader.nullableString();
  if (flexible) reader.skipTaggedFields();
  return { entityType, entityName };
}

function readValueData(reader: Reader, version: number): ValueData {
  const flexible = version >= 1;
  const key = flexible ? reader.compactString() : reader.string();
  const value = reader.float64();
  if (flexible) reader.skipTaggedFields();
  return { key, value };
}

export function writeDescribeClientQuotasRequest(
  writer: Writer,
  value: DescribeClientQuotasRequest,
  version: number,
): void {
  const flexible = version >= 1;
  if (flexible) writer.compactArrayLength(value.components.length);
  else writer.arrayLength(value.components.length);
  for (const element of value.components) {
    writeComponentData(writer, element, version);
  }
  writer.bool(value.strict);
  if (flexible) writer.uvarint(0);
}

function writeComponentData(writer: Writer, value: ComponentData, version: number): void {
  const flexible = version >= 1;
  if (flexible) writer.compactString(value.entityType);
  else writer.string(value.entityType);
  writer.int8(value.matchType);
  if (flexible) writer.compactNullableString(value.match);
  else writer.nullableString(value.match);
  if (flexible) writer.uvarint(0);
}

export function writeDescribeClientQuotasResponse(
  writer: Writer,
  value: DescribeClientQuotasResponse,
  version: number,
): void {
  const flexible = version >= 1;
  writer.int32(value.throttleTimeMs);
  writer.int16(value.errorCode);
  if (flexible) writer.compactNullableString(value.errorMessage);
  else writer.nullableString(value.errorMessage);
  if (value.entries === null) {
    if (flexible) writer.compactNullArray();
    else writer.nullArray();
  } else {
    if (flexible) writer.compactArrayLength(value.entries.length);
    else writer.arrayLength(value.entries.length);
    for (const element of value.entries) {
      writeEntryData(writer, element, version);
    }
  }
  if (flexible) writer.uvarint(0);
}

function writeEntryData(writer: Writer, value: EntryData, version: number): void {
  const flexible = version >= 1;
  if (flexible) writer.compactArrayLength(value.entity.length);
  else writer.arrayLength(value.entity.length);
  for (const element of value.entity) {
    writeEntityData(writer, element, version);
  }
  if (flexible) writer.compactArrayLength(value.values.length);
  else writer.arrayLength(value.values.length);
  for (const element of value.values) {
    writeValueData(writer, element, version);
  }
  if (flexible) writer.uvarint(0);
}

function writeEntityData(writer: Writer, value: EntityData, version: number): void {
  const flexible = version >= 1;
  if (flexible) writer.compactString(value.entityType);
  else writer.string(value.entityType);
  if (flexible) writer.compactNullableString(value.entityName);
  else writer.nullableString(value.entityName);
  if (flexible) writer.uvarint(0);
}

function writeValueData(writer: Writer, value: ValueData, version: number): void {
  const flexible = version >= 1;
  if (flexible) writer.compactString(value.key);
  else writer.string(value.key);
  writer.float64(value.value);
  if (flexible) writer.uvarint(0);
}
