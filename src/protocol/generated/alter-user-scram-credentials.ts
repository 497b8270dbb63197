/** Kafka's AlterUserScramCredentials: facts, types, readers and writers. Generated from schema/AlterUserScramCredentialsRequest.json and AlterUserScramCredentialsResponse.json by generate.ts; do not edit. */
import { NO_BYTES } from '../reader';
import type { Reader } from '../reader';
import type { Writer } from '../writer';

export const alterUserScramCredentialsApi = {
  key: 51,
  name: 'AlterUserScramCredentials',
  /** Versions that are served. */
  requestVersions: { min: 0, max: 0 },
  /** The lowest version that ApiVersions lists. */
  advertisedMin: 0,
  /** From this version on messages are flexible (KIP-482). */
  flexibleFrom: 0,
} as const;

export interface AlterUserScramCredentialsRequest {
  readonly deletions: readonly ScramCredentialDeletion[];
  readonly upsertions: readonly ScramCredentialUpsertion[];
}

export interface ScramCredentialDeletion {
  readonly name: string;
  readonly mechanism: number;
}

export interface ScramCredentialUpsertion {
  readonly name: string;
  readonly mechanism: number;
  readonly iterations: number;
  readonly salt: Uint8Array;
  readonly saltedPassword: Uint8Array;
}

export interface AlterUserScramCredentialsResponse {
  readonly throttleTimeMs: number;
  readonly results: readonly AlterUserScramCredentialsResult[];
}

export interface AlterUserScramCredentialsResult {
  readonly user: string;
  readonly errorCode: number;
  readonly errorMessage: string | null;
}

/** A value with Kafka's defaults where nothing is given. */
export function createAlterUserScramCredentialsRequest(
  fields: Partial<AlterUserScramCredentialsRequest> = {},
): AlterUserScramCredentialsRequest {
  return {
    deletions: fields.deletions ?? [],
    upsertions: fields.upsertions ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createScramCredentialDeletion(fields: Partial<ScramCredentialDeletion> = {}): ScramCredentialDeletion {
  return {
    name: fields.name ?? '',
    mechanism: fields.mechanism ?? 0,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createScramCredentialUpsertion(
  fields: Partial<ScramCredentialUpsertion> = {},
): ScramCredentialUpsertion {
  return {
    name: fields.name ?? '',
    mechanism: fields.mechanism ?? 0,
    iterations: fields.iterations ?? 0,
    salt: fields.salt ?? NO_BYTES,
    saltedPassword: fields.saltedPassword ?? NO_BYTES,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createAlterUserScramCredentialsResponse(
  fields: Partial<AlterUserScramCredentialsResponse> = {},
): AlterUserScramCredentialsResponse {
  return {
    throttleTimeMs: fields.throttleTimeMs ?? 0,
    results: fields.results ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createAlterUserScramCredentialsResult(
  fields: Partial<AlterUserScramCredentialsResult> = {},
): AlterUserScramCredentialsResult {
  return {
    user: fields.user ?? '',
    errorCode: fields.errorCode ?? 0,
    errorMessage: fields.errorMessage === undefined ? '' : fields.errorMessage,
  };
}

/** Reads the body of an AlterUserScramCredentialsRequest of version 0. Throws ProtocolError. */
export function readAlterUserScramCredentialsRequest(
  reader: Reader,
  _version: number,
): AlterUserScramCredentialsRequest {
  const deletions: ScramCredentialDeletion[] = [];
  for (let left = reader.compactArrayLength(3); left > 0; left--) deletions.push(readScramCredentialDeletion(reader));
  const upsertions: ScramCredentialUpsertion[] = [];
  for (let left = reader.compactArrayLength(9); left > 0; left--) upsertions.push(readScramCredentialUpsertion(reader));
  reader.skipTaggedFields();
  return { deletions, upsertions };
}

function readScramCredentialDeletion(reader: Reader): ScramCredentialDeletion {
  const name = reader.compactString();
  const mechanism = reader.int8();
  reader.skipTaggedFields();
  return { name, mechanism };
}

function readScramCredentialUpsertion(reader: Reader): ScramCredentialUpsertion {
  const name = reader.compactString();
  const mechanism = reader.int8();
  const iterations = reader.int32();
  const salt = reader.compactBytes();
  const saltedPassword = reader.compactBytes();
  reader.skipTaggedFields();
  return { name, mechanism, iterations, salt, saltedPassword };
}

/** Reads the body of an AlterUserScramCredentialsResponse of version 0. Throws ProtocolError. */
export function readAlterUserScramCredentialsResponse(
  reader: Reader,
  _version: number,
): AlterUserScramCredentialsResponse {
  const throttleTimeMs = reader.int32();
  const results: AlterUserScramCredentialsResult[] = [];
  for (let left = reader.compactArrayLength(5); left > 0; left--)
    results.push(readAlterUserScramCredentialsResult(reader));
  reader.skipTaggedFields();
  return { throttleTimeMs, results };
}

function readAlterUserScramCredentialsResult(reader: Reader): AlterUserScramCredentialsResult {
  const user = reader.compactString();
  const errorCode = reader.int16();
  const errorMessage = reader.compactNullableString();
  reader.skipTaggedFields();
  return { user, errorCode, errorMessage };
}

export function writeAlterUserScramCredentialsRequest(
  writer: Writer,
  value: AlterUserScramCredentialsRequest,
  _version: number,
): void {
  writer.compactArrayLength(value.deletions.length);
  for (const element of value.deletions) {
    writeScramCredentialDeletion(writer, element);
  }
  writer.compactArrayLength(value.upsertions.length);
  for (const element of value.upsertions) {
    writeScramCredentialUpsertion(writer, element);
  }
  writer.uvarint(0);
}

function writeScramCredentialDeletion(writer: Writer, value: ScramCredentialDeletion): void {
  writer.compactString(value.name);
  writer.int8(value.mechanism);
  writer.uvarint(0);
}

function writeScramCredentialUpsertion(writer: Writer, value: ScramCredentialUpsertion): void {
  writer.compactString(value.name);
  writer.int8(value.mechanism);
  writer.int32(value.iterations);
  writer.compactBytes(value.salt);
  writer.compactBytes(value.saltedPassword);
  writer.uvarint(0);
}

export function writeAlterUserScramCredentialsResponse(
  writer: Writer,
  value: AlterUserScramCredentialsResponse,
  _version: number,
): void {
  writer.int32(value.throttleTimeMs);
  writer.compactArrayLength(value.results.length);
  for (const element of value.results) {
    writeAlterUserScramCredentialsResult(writer, element);
  }
  writer.uvarint(0);
}

function writeAlterUserScramCredentialsResult(writer: Writer, value: AlterUserScramCredentialsResult): void {
  writer.compactString(value.user);
  writer.int16(value.errorCode);
  writer.compactNullableString(value.errorMessage);
  writer.uvarint(0);
}
