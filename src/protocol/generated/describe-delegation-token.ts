/** Kafka's DescribeDelegationToken: facts, types, readers and writers. Generated from schema/DescribeDelegationTokenRequest.json and DescribeDelegationTokenResponse.json by generate.ts; do not edit. */
import { NO_BYTES } from '../reader';
import type { Reader } from '../reader';
import type { Writer } from '../writer';

export const describeDelegationTokenApi = {
  key: 41,
  name: 'DescribeDelegationToken',
  /** Versions that are served. */
  requestVersions: { min: 1, max: 3 },
  /** The lowest version that ApiVersions lists. */
  advertisedMin: 1,
  /** From this version on messages are flexible (KIP-482). */
  flexibleFrom: 2,
} as const;

export interface DescribeDelegationTokenRequest {
  readonly owners: readonly DescribeDelegationTokenOwner[] | null;
}

export interface DescribeDelegationTokenOwner {
  readonly principalType: string;
  readonly principalName: string;
}

export interface DescribeDelegationTokenResponse {
  readonly errorCode: number;
  readonly tokens: readonly DescribedDelegationToken[];
  readonly throttleTimeMs: number;
}

export interface DescribedDelegationToken {
  readonly principalType: string;
  readonly principalName: string;
  /** From version 3. */
  readonly tokenRequesterPrincipalType: string;
  /** From version 3. */
  readonly tokenRequesterPrincipalName: string;
  readonly issueTimestamp: number;
  readonly expiryTimestamp: number;
  readonly maxTimestamp: number;
  readonly tokenId: string;
  readonly hmac: Uint8Array;
  readonly renewers: readonly DescribedDelegationTokenRenewer[];
}

export interface DescribedDelegationTokenRenewer {
  readonly principalType: string;
  readonly principalName: string;
}

/** A value with Kafka's defaults where nothing is given. */
export function createDescribeDelegationTokenRequest(
  fields: Partial<DescribeDelegationTokenRequest> = {},
): DescribeDelegationTokenRequest {
  return {
    owners: fields.owners === undefined ? [] : fields.owners,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createDescribeDelegationTokenOwner(
  fields: Partial<DescribeDelegationTokenOwner> = {},
): DescribeDelegationTokenOwner {
  return {
    principalType: fields.principalType ?? '',
    principalName: fields.principalName ?? '',
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createDescribeDelegationTokenResponse(
  fields: Partial<DescribeDelegationTokenResponse> = {},
): DescribeDelegationTokenResponse {
  return {
    errorCode: fields.errorCode ?? 0,
    tokens: fields.tokens ?? [],
    throttleTimeMs: fields.throttleTimeMs ?? 0,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createDescribedDelegationToken(
  fields: Partial<DescribedDelegationToken> = {},
): DescribedDelegationToken {
  return {
    principalType: fields.principalType ?? '',
    principalName: fields.principalName ?? '',
    tokenRequesterPrincipalType: fields.tokenRequesterPrincipalType ?? '',
    tokenRequesterPrincipalName: fields.tokenRequesterPrincipalName ?? '',
    issueTimestamp: fields.issueTimestamp ?? 0,
    expiryTimestamp: fields.expiryTimestamp ?? 0,
    maxTimestamp: fields.maxTimestamp ?? 0,
    tokenId: fields.tokenId ?? '',
    hmac: fields.hmac ?? NO_BYTES,
    renewers: fields.renewers ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createDescribedDelegationTokenRenewer(
  fields: Partial<DescribedDelegationTokenRenewer> = {},
): DescribedDelegationTokenRenewer {
  return {
    principalType: fields.principalType ?? '',
    principalName: fields.principalName ?? '',
  };
}

/** Reads the body of a DescribeDelegationTokenRequest of versions 1 to 3. Throws ProtocolError. */
export function readDescribeDelegationTokenRequest(reader: Reader, version: number): DescribeDelegationTokenRequest {
  const flexible = version >= 2;
  let owners: readonly DescribeDelegationTokenOwner[] | null = null;
  {
    const length = flexible ? reader.compactNullableArrayLength(3) : reader.nullableArrayLength(3);
    if (length < 0) owners = null;
    else {
      const list: DescribeDelegationTokenOwner[] = [];
      for (let left = length; left > 0; left--) list.push(readDescribeDelegationTokenOwner(reader, version));
      owners = list;
    }
  }
  if (flexible) reader.skipTaggedFields();
  return { owners };
}

function readDescribeDelegationTokenOwner(reader: Reader, version: number): DescribeDelegationTokenOwner {
  const flexible = version >= 2;
  const principalType = flexible ? reader.compactString() : reader.string();
  const principalName = flexible ? reader.compactString() : reader.string();
  if (flexible) reader.skipTaggedFields();
  return { principalType, principalName };
}

/** Reads the body of a DescribeDelegationTokenResponse of versions 1 to 3. Throws ProtocolError. */
export function readDescribeDelegationTokenResponse(reader: Reader, version: number): DescribeDelegationTokenResponse {
  const flexible = version >= 2;
  const errorCode = reader.int16();
  const tokens: DescribedDelegationToken[] = [];
  for (let left = flexible ? reader.compactArrayLength(30) : reader.arrayLength(30); left > 0; left--)
    tokens.push(readDescribedDelegationToken(reader, version));
  const throttleTimeMs = reader.int32();
  if (flexible) reader.skipTaggedFields();
  return { errorCode, tokens, throttleTimeMs };
}

function readDescribedDelegationToken(reader: Reader, version: number): DescribedDelegationToken {
  const flexible = version >= 2;
  const principalType = flexible ? reader.compactString() : reader.string();
  const principalName = flexible ? reader.compactString() : reader.string();
  const tokenRequesterPrincipalType = version >= 3 ? reader.compactString() : '';
  const tokenRequesterPrincipalName = version >= 3 ? reader.compactString() : '';
  const issueTimestamp = reader.int64();
  const expiryTimestamp = reader.int64();
  const maxTimestamp = reader.int64();
  const tokenId = flexible ? reader.compactString() : reader.string();
  const hmac = flexible ? reader.compactBytes() : reader.bytes();
  const renewers: DescribedDelegationTokenRenewer[] = [];
  for (let left = flexible ? reader.compactArrayLength(3) : reader.arrayLength(3); left > 0; left--)
    renewers.push(readDescribedDelegationTokenRenewer(reader, version));
  if (flexible) reader.skipTaggedFields();
  return {
    principalType,
    principalName,
    tokenRequesterPrincipalType,
    tokenRequesterPrincipalName,
    issueTimestamp,
    expiryTimestamp,
    maxTimestamp,
    tokenId,
    hmac,
    renewers,
  };
}

function readDescribedDelegationTokenRenewer(reader: Reader, version: number): DescribedDelegationTokenRenewer {
  const flexible = version >= 2;
  const principalType = flexible ? reader.compactString() : reader.string();
  const principalName = flexible ? reader.compactString() : reader.string();
  if (flexible) reader.skipTaggedFields();
  return { principalType, principalName };
}

export function writeDescribeDelegationTokenRequest(
  writer: Writer,
  value: DescribeDelegationTokenRequest,
  version: number,
): void {
  const flexible = version >= 2;
  if (value.owners === null) {
    if (flexible) writer.compactNullArray();
    else writer.nullArray();
  } else {
    if (flexible) writer.compactArrayLength(value.owners.length);
    else writer.arrayLength(value.owners.length);
    for (const element of value.owners) {
      writeDescribeDelegationTokenOwner(writer, element, version);
    }
  }
  if (flexible) writer.uvarint(0);
}

function writeDescribeDelegationTokenOwner(writer: Writer, value: DescribeDelegationTokenOwner, version: number): void {
  const flexible = version >= 2;
  if (flexible) writer.compactString(value.principalType);
  else writer.string(value.principalType);
  if (flexible) writer.compactString(value.principalName);
  else writer.string(value.principalName);
  if (flexible) writer.uvarint(0);
}

export function writeDescribeDelegationTokenResponse(
  writer: Writer,
  value: DescribeDelegationTokenResponse,
  version: number,
): void {
  const flexible = version >= 2;
  writer.int16(value.errorCode);
  if (flexible) writer.compactArrayLength(value.tokens.length);
  else writer.arrayLength(value.tokens.length);
  for (const element of value.tokens) {
    writeDescribedDelegationToken(writer, element, version);
  }
  writer.int32(value.throttleTimeMs);
  if (flexible) writer.uvarint(0);
}

function writeDescribedDelegationToken(writer: Writer, value: DescribedDelegationToken, version: number): void {
  const flexible = version >= 2;
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
  writer.int64(value.issueTimestamp);
  writer.int64(value.expiryTimestamp);
  writer.int64(value.maxTimestamp);
  if (flexible) writer.compactString(value.tokenId);
  else writer.string(value.tokenId);
  if (flexible) writer.compactBytes(value.hmac);
  else writer.bytes(value.hmac);
  if (flexible) writer.compactArrayLength(value.renewers.length);
  else writer.arrayLength(value.renewers.length);
  for (const element of value.renewers) {
    writeDescribedDelegationTokenRenewer(writer, element, version);
  }
  if (flexible) writer.uvarint(0);
}

function writeDescribedDelegationTokenRenewer(
  writer: Writer,
  value: DescribedDelegationTokenRenewer,
  version: number,
): void {
  const flexible = version >= 2;
  if (flexible) writer.compactString(value.principalType);
  else writer.string(value.principalType);
  if (flexible) writer.compactString(value.principalName);
  else writer.string(value.principalName);
  if (flexible) writer.uvarint(0);
}
