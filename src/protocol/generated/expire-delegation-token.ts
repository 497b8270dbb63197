/** Kafka's ExpireDelegationToken: facts, types, readers and writers. Generated from schema/ExpireDelegationTokenRequest.json and ExpireDelegationTokenResponse.json by generate.ts; do not edit. */
import { NO_BYTES } from '../reader';
import type { Reader } from '../reader';
import type { Writer } from '../writer';

export const expireDelegationTokenApi = {
  key: 40,
  name: 'ExpireDelegationToken',
  /** Versions that are served. */
  requestVersions: { min: 1, max: 2 },
  /** The lowest version that ApiVersions lists. */
  advertisedMin: 1,
  /** From this version on messages are flexible (KIP-482). */
  flexibleFrom: 2,
} as const;

export interface ExpireDelegationTokenRequest {
  readonly hmac: Uint8Array;
  readonly expiryTimePeriodMs: number;
}

export interface ExpireDelegationTokenResponse {
  readonly errorCode: number;
  readonly expiryTimestampMs: number;
  readonly throttleTimeMs: number;
}

/** A value with Kafka's defaults where nothing is given. */
export function createExpireDelegationTokenRequest(
  fields: Partial<ExpireDelegationTokenRequest> = {},
): ExpireDelegationTokenRequest {
  return {
    hmac: fields.hmac ?? NO_BYTES,
    expiryTimePeriodMs: fields.expiryTimePeriodMs ?? 0,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createExpireDelegationTokenResponse(
  fields: Partial<ExpireDelegationTokenResponse> = {},
): ExpireDelegationTokenResponse {
  return {
    errorCode: fields.errorCode ?? 0,
    expiryTimestampMs: fields.expiryTimestampMs ?? 0,
    throttleTimeMs: fields.throttleTimeMs ?? 0,
  };
}

/** Reads the body of an ExpireDelegationTokenRequest of versions 1 to 2. Throws ProtocolError. */
export function readExpireDelegationTokenRequest(reader: Reader, version: number): ExpireDelegationTokenRequest {
  const flexible = version >= 2;
  const hmac = flexible ? reader.compactBytes() : reader.bytes();
  const expiryTimePeriodMs = reader.int64();
  if (flexible) reader.skipTaggedFields();
  return { hmac, expiryTimePeriodMs };
}

/** Reads the body of an ExpireDelegationTokenResponse of versions 1 to 2. Throws ProtocolError. */
export function readExpireDelegationTokenResponse(reader: Reader, version: number): ExpireDelegationTokenResponse {
  const flexible = version >= 2;
  const errorCode = reader.int16();
  const expiryTimestampMs = reader.int64();
  const throttleTimeMs = reader.int32();
  if (flexible) reader.skipTaggedFields();
  return { errorCode, expiryTimestampMs, throttleTimeMs };
}

export function writeExpireDelegationTokenRequest(
  writer: Writer,
  value: ExpireDelegationTokenRequest,
  version: number,
): void {
  const flexible = version >= 2;
  if (flexible) writer.compactBytes(value.hmac);
  else writer.bytes(value.hmac);
  writer.int64(value.expiryTimePeriodMs);
  if (flexible) writer.uvarint(0);
}

export function writeExpireDelegationTokenResponse(
  writer: Writer,
  value: ExpireDelegationTokenResponse,
  version: number,
): void {
  const flexible = version >= 2;
  writer.int16(value.errorCode);
  writer.int64(value.expiryTimestampMs);
  writer.int32(value.throttleTimeMs);
  if (flexible) writer.uvarint(0);
}
