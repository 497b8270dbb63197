/** Kafka's AlterClientQuotas: facts, types, readers and writers. Generated from schema/AlterClientQuotasRequest.json and AlterClientQuotasResponse.json by generate.ts; do not edit. */
import type { Reader } from '../reader';
import type { Writer } from '../writer';

export const alterClientQuotasApi = {
  key: 49,
  name: 'AlterClientQuotas',
  /** Versions that are served. */
  requestVersions: { min: 0, max: 1 },
  /** The lowest version that ApiVersions lists. */
  advertisedMin: 0,
  /** From this version on messages are flexible (KIP-482). */
  flexibleFrom: 1,
} as const;

export interface AlterClientQuotasRequest {
  readonly entries: readonly EntryData[];
  readonly validateOnly: boolean;
}

export interface EntryData {
  readonly entity: readonly EntityData[];
  readonly ops: readonly OpData[];
}

export interface EntityData {
  readonly entityType: string;
  readonly entityName: string | null;
}

export interface OpData {
  readonly key: string;
  readonly value: number;
  readonly remove: boolean;
}

export interface AlterClientQuotasResponse {
  readonly throttleTimeMs: number;
  readonly entries: readonly AlterClientQuotasResponseEntryData[];
}

export interface AlterClientQuotasResponseEntryData {
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly entity: readonly AlterClientQuotasResponseEntityData[];
}

export interface AlterClientQuotasResponseEntityData {
  readonly entityType: string;
  readonly entityName: string | null;
}

/** A value with Kafka's defaults where nothing is given. */
export function createAlterClientQuotasRequest(
  fields: Partial<AlterClientQuotasRequest> = {},
): AlterClientQuotasRequest {
  return {
    entries: fields.entries ?? [],
    validateOnly: fields.validateOnly ?? false,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createEntryData(fields: Partial<EntryData> = {}): EntryData {
  return {
    entity: fields.entity ?? [],
    ops: fields.ops ?? [],
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
export function createOpData(fields: Partial<OpData> = {}): OpData {
  return {
    key: fields.key ?? '',
    value: fields.value ?? 0,
    remove: fields.remove ?? false,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createAlterClientQuotasResponse(
  fields: Partial<AlterClientQuotasResponse> = {},
): AlterClientQuotasResponse {
  return {
    throttleTimeMs: fields.throttleTimeMs ?? 0,
    entries: fields.entries ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createAlterClientQuotasResponseEntryData(
  fields: Partial<AlterClientQuotasResponseEntryData> = {},
): AlterClientQuotasResponseEntryData {
  return {
    errorCode: fields.errorCode ?? 0,
    errorMessage: fields.errorMessage === undefined ? '' : fields.errorMessage,
    entity: fields.entity ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createAlterClientQuotasResponseEntityData(
  fields: Partial<AlterClientQuotasResponseEntityData> = {},
): AlterClientQuotasResponseEntityData {
  return {
    entityType: fields.entityType ?? '',
    entityName: fields.entityName === undefined ? '' : fields.entityName,
  };
}

/** Reads the body of an AlterClientQuotasRequest of versions 0 to 1. Throws ProtocolError. */
export function readAlterClientQuotasRequest(reader: Reader, version: number): AlterClientQuotasRequest {
  const flexible = version >= 1;
  const entries: EntryData[] = [];
  for (let left = flexible ? reader.compactArrayLength(3) : reader.arrayLength(3); left > 0; left--)
    entries.push(readEntryData(reader, version));
  const validateOnly = reader.bool();
  if (flexible) reader.skipTaggedFields();
  return { entries, validateOnly };
}

function readEntryData(reader: Reader, version: number): EntryData {
  const flexible = version >= 1;
  const entity: EntityData[] = [];
  for (let left = flexible ? reader.compactArrayLength(3) : reader.arrayLength(3); left > 0; left--)
    entity.push(readEntityData(reader, version));
  const ops: OpData[] = [];
  for (let left = flexible ? reader.compactArrayLength(11) : reader.arrayLength(11); left > 0; left--)
    ops.push(readOpData(reader, version));
  if (flexible) reader.skipTaggedFields();
  return { entity, ops };
}

function readEntityData(reader: Reader, version: number): EntityData {
  const flexible = version >= 1;
  const entityType = flexible ? reader.compactString() : reader.string();
  const entityName = flexible ? reader.compactNullableString() : reader.nullableString();
  if (flexible) reader.skipTaggedFields();
  return { entityType, entityName };
}

function readOpData(reader: Reader, version: number): OpData {
  const flexible = version >= 1;
  const key = flexible ? reader.compactString() : reader.string();
  const value = reader.float64();
  const remove = reader.bool();
  if (flexible) reader.skipTaggedFields();
  return { key, value, remove };
}

/** Reads the body of an AlterClientQuotasResponse of versions 0 to 1. Throws ProtocolError. */
export function readAlterClientQuotasResponse(reader: Reader, version: number): AlterClientQuotasResponse {
  const flexible = version >= 1;
  const throttleTimeMs = reader.int32();
  const entries: AlterClientQuotasResponseEntryData[] = [];
  for (let left = flexible ? reader.compactArrayLength(5) : reader.arrayLength(5); left > 0; left--)
    entries.push(readAlterClientQuotasResponseEntryData(reader, version));
  if (flexible) reader.skipTaggedFields();
  return { throttleTimeMs, entries };
}

function readAlterClientQuotasResponseEntryData(reader: Reader, version: number): AlterClientQuotasResponseEntryData {
  const flexible = version >= 1;
  const errorCode = reader.int16();
  const errorMessage = flexible ? reader.compactNullableString() : reader.nullableString();
  const entity: AlterClientQuotasResponseEntityData[] = [];
  for (let left = flexible ? reader.compactArrayLength(3) : reader.arrayLength(3); left > 0; left--)
    entity.push(readAlterClientQuotasResponseEntityData(reader, version));
  if (flexible) reader.skipTaggedFields();
  return { errorCode, errorMessage, entity };
}

function readAlterClientQuotasResponseEntityData(reader: Reader, version: number): AlterClientQuotasResponseEntityData {
  const flexible = version >= 1;
  const entityType = flexible ? reader.compactString() : reader.string();
  const entityName = flexible ? reader.compactNullableString() : reader.nullableString();
  if (flexible) reader.skipTaggedFields();
  return { entityType, entityName };
}

export function writeAlterClientQuotasRequest(writer: Writer, value: AlterClientQuotasRequest, version: number): void {
  const flexible = version >= 1;
  if (flexible) writer.compactArrayLength(value.entries.length);
  else writer.arrayLength(value.entries.length);
  for (const element of value.entries) {
    writeEntryData(writer, element, version);
  }
  writer.bool(value.validateOnly);
  if (flexible) writer.uvarint(0);
}

function writeEntryData(writer: Writer, value: EntryData, version: number): void {
  const flexible = version >= 1;
  if (flexible) writer.compactArrayLength(value.entity.length);
  else writer.arrayLength(value.entity.length);
  for (const element of value.entity) {
    writeEntityData(writer, element, version);
  }
  if (flexible) writer.compactArrayLength(value.ops.length);
  else writer.arrayLength(value.ops.length);
  for (const element of value.ops) {
    writeOpData(writer, element, version);
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

function writeOpData(writer: Writer, value: OpData, version: number): void {
  const flexible = version >= 1;
  if (flexible) writer.compactString(value.key);
  else writer.string(value.key);
  writer.float64(value.value);
  writer.bool(value.remove);
  if (flexible) writer.uvarint(0);
}

export function writeAlterClientQuotasResponse(
  writer: Writer,
  value: AlterClientQuotasResponse,
  version: number,
): void {
  const flexible = version >= 1;
  writer.int32(value.throttleTimeMs);
  if (flexible) writer.compactArrayLength(value.entries.length);
  else writer.arrayLength(value.entries.length);
  for (const element of value.entries) {
    writeAlterClientQuotasResponseEntryData(writer, element, version);
  }
  if (flexible) writer.uvarint(0);
}

function writeAlterClientQuotasResponseEntryData(
  writer: Writer,
  value: AlterClientQuotasResponseEntryData,
  version: number,
): void {
  const flexible = version >= 1;
  writer.int16(value.errorCode);
  if (flexible) writer.compactNullableString(value.errorMessage);
  else writer.nullableString(value.errorMessage);
  if (flexible) writer.compactArrayLength(value.entity.length);
  else writer.arrayLength(value.entity.length);
  for (const element of value.entity) {
    writeAlterClientQuotasResponseEntityData(writer, element, version);
  }
  if (flexible) writer.uvarint(0);
}

function writeAlterClientQuotasResponseEntityData(
  writer: Writer,
  value: AlterClientQuotasResponseEntityData,
  version: number,
): void {
  const flexible = version >= 1;
  if (flexible) writer.compactString(value.entityType);
  else writer.string(value.entityType);
  if (flexible) writer.compactNullableString(value.entityName);
  else writer.nullableString(value.entityName);
  if (flexible) writer.uvarint(0);
}
