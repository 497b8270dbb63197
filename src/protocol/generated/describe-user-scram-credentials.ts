/** Kafka's DescribeUserScramCredentials: facts, types, readers and writers. Generated from schema/DescribeUserScramCredentialsRequest.json and DescribeUserScramCredentialsResponse.json by generate.ts; do not edit. */
import type { Reader } from '../reader';
import type { Writer } from '../writer';

export const describeUserScramCredentialsApi = {
  key: 50,
  name: 'DescribeUserScramCredentials',
  /** Versions that are served. */
  requestVersions: { min: 0, max: 0 },
  /** The lowest version that ApiVersions lists. */
  advertisedMin: 0,
  /** From this version on messages are flexible (KIP-482). */
  flexibleFrom: 0,
} as const;

export interface DescribeUserScramCredentialsRequest {
  readonly users: readonly UserName[] | null;
}

export interface UserName {
  readonly name: string;
}

export interface DescribeUserScramCredentialsResponse {
  readonly throttleTimeMs: number;
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly results: readonly DescribeUserScramCredentialsResult[];
}

export interface DescribeUserScramCredentialsResult {
  readonly user: string;
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly credentialInfos: readonly CredentialInfo[];
}

export interface CredentialInfo {
  readonly mechanism: number;
  readonly iterations: number;
}

/** A value with Kafka's defaults where nothing is given. */
export function createDescribeUserScramCredentialsRequest(
  fields: Partial<DescribeUserScramCredentialsRequest> = {},
): DescribeUserScramCredentialsRequest {
  return {
    users: fields.users === undefined ? [] : fields.users,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createUserName(fields: Partial<UserName> = {}): UserName {
  return {
    name: fields.name ?? '',
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createDescribeUserScramCredentialsResponse(
  fields: Partial<DescribeUserScramCredentialsResponse> = {},
): DescribeUserScramCredentialsResponse {
  return {
    throttleTimeMs: fields.throttleTimeMs ?? 0,
    errorCode: fields.errorCode ?? 0,
    errorMessage: fields.errorMessage === undefined ? '' : fields.errorMessage,
    results: fields.results ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createDescribeUserScramCredentialsResult(
  fields: Partial<DescribeUserScramCredentialsResult> = {},
): DescribeUserScramCredentialsResult {
  return {
    user: fields.user ?? '',
    errorCode: fields.errorCode ?? 0,
    errorMessage: fields.errorMessage === undefined ? '' : fields.errorMessage,
    credentialInfos: fields.credentialInfos ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createCredentialInfo(fields: Partial<CredentialInfo> = {}): CredentialInfo {
  return {
    mechanism: fields.mechanism ?? 0,
    iterations: fields.iterations ?? 0,
  };
}

/** Reads the body of a DescribeUserScramCredentialsRequest of version 0. Throws ProtocolError. */
export function readDescribeUserScramCredentialsRequest(
  reader: Reader,
  _version: number,
): DescribeUserScramCredentialsRequest {
  let users: readonly UserName[] | null = null;
  {
    const length = reader.compactNullableArrayLength(2);
    if (length < 0) users = null;
    else {
      const list: UserName[] = [];
      for (let left = length; left > 0; left--) list.push(readUserName(reader));
      users = list;
    }
  }
  reader.skipTaggedFields();
  return { users };
}

function readUserName(reader: Reader): UserName {
  const name = reader.compactString();
  reader.skipTaggedFields();
  return { name };
}

/** Reads the body of a DescribeUserScramCredentialsResponse of version 0. Throws ProtocolError. */
export function readDescribeUserScramCredentialsResponse(
  reader: Reader,
  _version: number,
): DescribeUserScramCredentialsResponse {
  const throttleTimeMs = reader.int32();
  const errorCode = reader.int16();
  const errorMessage = reader.compactNullableString();
  const results: DescribeUserScramCredentialsResult[] = [];
  for (let left = reader.compactArrayLength(6); left > 0; left--)
    results.push(readDescribeUserScramCredentialsResult(reader));
  reader.skipTaggedFields();
  return { throttleTimeMs, errorCode, errorMessage, results };
}

function readDescribeUserScramCredentialsResult(reader: Reader): DescribeUserScramCredentialsResult {
  const user = reader.compactString();
  const errorCode = reader.int16();
  const errorMessage = reader.compactNullableString();
  const credentialInfos: CredentialInfo[] = [];
  for (let left = reader.compactArrayLength(6); left > 0; left--) credentialInfos.push(readCredentialInfo(reader));
  reader.skipTaggedFields();
  return { user, errorCode, errorMessage, credentialInfos };
}

function readCredentialInfo(reader: Reader): CredentialInfo {
  const mechanism = reader.int8();
  const iterations = reader.int32();
  reader.skipTaggedFields();
  return { mechanism, iterations };
}

export function writeDescribeUserScramCredentialsRequest(
  writer: Writer,
  value: DescribeUserScramCredentialsRequest,
  _version: number,
): void {
  if (value.users === null) {
    writer.compactNullArray();
  } else {
    writer.compactArrayLength(value.users.length);
    for (const element of value.users) {
      writeUserName(writer, element);
    }
  }
  writer.uvarint(0);
}

function writeUserName(writer: Writer, value: UserName): void {
  writer.compactString(value.name);
  writer.uvarint(0);
}

export function writeDescribeUserScramCredentialsResponse(
  writer: Writer,
  value: DescribeUserScramCredentialsResponse,
  _version: number,
): void {
  writer.int32(value.throttleTimeMs);
  writer.int16(value.errorCode);
  writer.compactNullableString(value.errorMessage);
  writer.compactArrayLength(value.results.length);
  for (const element of value.results) {
    writeDescribeUserScramCredentialsResult(writer, element);
  }
  writer.uvarint(0);
}

function writeDescribeUserScramCredentialsResult(writer: Writer, value: DescribeUserScramCredentialsResult): void {
  writer.compactString(value.user);
  writer.int16(value.errorCode);
  writer.compactNullableString(value.errorMessage);
  writer.compactArrayLength(value.credentialInfos.length);
  for (const element of value.credentialInfos) {
    writeCredentialInfo(writer, element);
  }
  writer.uvarint(0);
}

function writeCredentialInfo(writer: Writer, value: CredentialInfo): void {
  writer.int8(value.mechanism);
  writer.int32(value.iterations);
  writer.uvarint(0);
}
