/** Kafka's CreateDelegationToken: facts, types, readers and writers. Generated from schema/CreateDelegationTokenRequest.json and CreateDelegationTokenResponse.json by generate.ts; do not edit. */
import { NO_BYTES } from '../reader';
import type { Reader } from '../reader';
import type { Writer } from '../writer';

export const createDelegationTokenApi = {
  key: 38,
  name: 'CreateDelegationToken',
  /** Versions that are served. */
  requestVersions: { min: 1, max: 3 },
  /** The lowest version that ApiVersions lists. */
  advertisedMin: 1,
  /** From this version on messages are flexible (KIP-482). */
  flexibleFrom: 2,
} as const;

export interface CreateDelegationTokenRequest {
  /** From version 3. */
  readonly ownerPrincipalType: string | null;
  /** From version 3. */
  readonly ownerPrincipalName: string | null;
  readonly renewers: readonly CreatableRenewers[];
  readonly maxLifetimeMs: number;
}

export interface CreatableRenewers {
  readonly principalType: string;
  readonly principalName: string;
}

export interface CreateDelegationTokenResponse {
  readonly errorCode: number;
  readonly principalType: string;
  readonly principalName: string;
  /** From version 3. */
  readonly tokenRequesterPrincipalType: string;
  /** From version 3. */
  readonly tokenRequesterPrincipalName: string;
  readonly issueTimestampMs: number;
  readonly expiryTimestampMs: number;
  readonly maxTimestampMs: number;
  readonly tokenId: string;
  readonly hmac: Uint8Array;
  readonly throttleTimeMs: number;
}

/** A value with Kafka's defaults where nothing is given. */
export function createCreateDelegationTokenRequest(
  fields: Partial<CreateDelegationTokenRequest> = {},
): CreateDelegationTokenRequest {
  return {
    ownerPrincipalType: fields.ownerPrincipalType === undefined ? '' : fields.ownerPrincipalType,
    ownerPrincipalName: fields.ownerPrincipalName === undefined ? '' : fields.ownerPrincipalName,
    renewers: fields.renewers ?? [],
    maxLifetimeMs: fields.maxLifetimeMs ?? 0,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createCreatableRenewers(fields: Partial<CreatableRenewers> = {}): CreatableRenewers {
  return {
    principalType: fields.principalType ?? '',
    principalName: fields.principalName ?? '',
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createCreateDelegationTokenResponse(
  fields: Partial<CreateDelegationTokenResponse> = {},
): CreateDelegationTokenResponse {
  return {
    errorCode: fields.errorCode ?? 0,
    principalType: fields.principalType ?? '',
    principalName: fields.principalName ?? '',
    tokenRequesterPrincipalType: fields.tokenRequesterPrincipalType ?? '',
    tokenRequesterPrincipalName: fields.tokenRequesterPrincipalName ?? '',
    issueTimestampMs: fields.issueTimestampMs ?? 0,
    expiryTimestampMs: fields.expiryTimestampMs ?? 0,
    maxTimestampMs: fields.maxTimestampMs ?? 0,
    tokenId: fields.tokenId ?? '',
    hmac: fields.hmac ?? NO_BYTES,
    throttleTimeMs: fields.throttleTimeMs ?? 0,
  };
}

/** Reads the body of a CreateDelegationTokenRequest of versions 1 to 3. Throws ProtocolError. */
export function readCreateDelegationTokenRequest(reader: Reader, version: number): CreateDelegationTokenRequest {
  const flexible = version >= 2;
  const ownerPrincipalType = version >= 3 ? reader.compactNullableString() : '';
  const ownerPrincipalName = version >= 3 ? reader.compactNullableString() : '';
  const renewers: CreatableRenewers[] = [];
  for (let left = flexible ? reader.compactArrayLength(3) : reader.arrayLength(3); left > 0; left--)
    renewers.push(readCreatableRenewers(reader, version));
  const maxLifetimeMs = reader.int64();
  if (flexible) reader.skipTaggedFields();
  return { ownerPrincipalType, ownerPrincipalName, renewers, maxLifetimeMs };
}

function readCreatableRenewers(reader: Reader, version: number): CreatableRenewers {
  const flexible = version >= 2;
  const principalType = flexible ? reader.compactString() : reader.string();
  const principalName = flexible ? reader.compactString() : reader.string();
  if (flexible) reader.skipTaggedFields();
  return { principalType, principalName };
}

/** Reads the body of a CreateDelegationTokenResponse of versions 1 to 3. Throws ProtocolError. */
export function readCreateDelegationTokenResponse(reader: Reader, version: number): CreateDelegationTokenResponse {
  const flexible = version >= 2;
  const errorCode = reader.int16();
  const principalType = flexible ? reader.compactString() : reader.string();
  const principalName = flexible ? reader.compactString() : reader.string();
  const tokenRequesterPrincipalType = version >= 3 ? reader.compactString() : '';
  const tokenRequesterPrincipalName = version >= 3 ? reader.compactString() : '';
  const issueTimestampMs = reader.int64();
  const expiryTimestampMs = reader.int64();
  const maxTimestampMs = reader.int64();
  const tokenId = flexible ? reader.compactString() : reader.string();
  const hmac = flexible ? reader.compactBytes() : reader.bytes();
  const throttleTimeMs = reader.int32();
  if (flexible) reader.skipTaggedFields();
  return {
    errorCode,
    principalType,
    principalName,
    tokenRequesterPrincipalType,
    tokenRequesterPrincipalName,
    issueTimestampMs,
    expiryTimestampMs,
    maxTimestampMs,
    tokenId,
    hmac,
    throttleTimeMs,
  };
}

export function writeCreateDelegationTokenRequest(
  writer: Writer,
  value: CreateDelegationTokenRequest,
  version: number,
): void {
  const flexible = version >= 2;
  if (version >= 3) {
    writer.compactNullableString(value.ownerPrincipalType);
  }
  if (version >= 3) {
    writer.compactNullableString(value.ownerPrincipalName);
  }
  if (flexible) writer.compactArrayLength(value.renewers.length);
  else writer.arrayLength(value.renewers.length);
  for (const element of value.renewers) {
    writeCreatableRenewers(writer, element, version);
  }
  writer.int64(value.maxLifetimeMs);
  if (flexible) writer.uvarint(0);
}

function writeCreatableRenewers(writer: Writer, value: CreatableRenewers, version: number): void {
  const flexible = version >= 2;
  if (flexible) writer.compactString(value.principalType);
  else writer.string(value.principalType);
  if (flexible) writer.compactString(value.principalName);
  else writer.string(value.principalName);
  if (flexible) writer.uvarint(0);
}

export function writeCreateDelegationTokenResponse(
  writer: Writer,
  value: CreateDelegationTokenResponse,
  version: number,
): void {
  const flexible = version >= 2;
  writer.int16(value.errorCode);
  if (flexible) writer.compactString(value.principalType);
  else writer.string(value.principalType);
  if (flexible) writer.compactString(value.principalName);
  else writer.string(value.principalName);
  if (version >= 3) {
    writer.compactString(value.tokenRequesterPrincipalType);
  }
  if (version >= 3) {
    writer.compactString(value.tokenRequesterPrincipalName);
  }
  writer.int64(value.issueTimestampMs);
  writer.int64(value.expiryTimestampMs);
  writer.int64(value.maxTimestampMs);
  if (flexible) writer.compactString(value.tokenId);
  else writer.string(value.tokenId);
  if (flexible) writer.compactBytes(value.hmac);
  else writer.bytes(value.hmac);
  writer.int32(value.throttleTimeMs);
  if (flexible) writer.uvarint(0);
}
