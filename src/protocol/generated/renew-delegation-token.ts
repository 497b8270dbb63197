/** Kafka's RenewDelegationToken: facts, types, readers and writers. Generated from schema/RenewDelegationTokenRequest.json and RenewDelegationTokenResponse.json by generate.ts; do not edit. */
import { NO_BYTES } from '../reader';
import type { Reader } from '../reader';
import type { Writer } from '../writer';

export const renewDelegationTokenApi = {
  key: 39,
  name: 'RenewDelegationToken',
  /** Versions that are served. */
  requestVersions: { min: 1, max: 2 },
  /** The lowest version that ApiVersions lists. */
  advertisedMin: 1,
  /** From this version on messages are flexible (KIP-482). */
  flexibleFrom: 2,
} as const;

export interface RenewDelegationTokenRequest {
  readonly hmac: Uint8Array;
  readonly renewPeriodMs: number;
}

export interface RenewDelegationTokenResponse {
  readonly errorCode: number;
  readonly expiryTimestampMs: number;
  readonly throttleTimeMs: number;
}

/** A value with Kafka's defaults where nothing is given. */
export function createRenewDelegationTokenRequest(
  fields: Partial<RenewDelegationTokenRequest> = {},
): RenewDelegationTokenRequest {
  return {
    hmac: fields.hmac ?? NO_BYTES,
    renewPeriodMs: fields.renewPeriodMs ?? 0,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createRenewDelegationTokenResponse(
  fields: Partial<RenewDelegationTokenResponse> = {},
): RenewDelegationTokenResponse {
  return {
    errorCode: fields.errorCode ?? 0,
    expiryTimestampMs: fields.expiryTimestampMs ?? 0,
    throttleTimeMs: fields.throttleTimeMs ?? 0,
  };
}

/** Reads the body of a RenewDelegationTokenRequest of versions 1 to 2. Throws ProtocolError. */
export function readRenewDelegationTokenRequest(reader: Reader, version: number): RenewDelegationTokenRequest {
  const flexible = version >= 2;
  const hmac = flexible ? reader.compactBytes() : reader.bytes();
  const renewPeriodMs = reader.int64();
  if (flexible) reader.skipTaggedFields();
  return { hmac, renewPeriodMs };
}

/** Reads the body of a RenewDelegationTokenResponse of versions 1 to 2. Throws ProtocolError. */
export function readRenewDelegationTokenResponse(reader: Reader, version: number): RenewDelegationTokenResponse {
  const flexible = version >= 2;
  const errorCode = reader.int16();
  const expiryTimestampMs = reader.int64();
  const throttleTimeMs = reader.int32();
  if (flexible) reader.skipTaggedFields();
  return { errorCode, expiryTimestampMs, throttleTimeMs };
}

export function writeRenewDelegationTokenRequest(
  writer: Writer,
  value: RenewDelegationTokenRequest,
  version: number,
): void {
  const flexible = version >= 2;
  if (flexible) writer.compactBytes(value.hmac);
  else writer.bytes(value.hmac);
  writer.int64(value.renewPeriodMs);
  if (flexible) writer.uvarint(0);
}

export function writeRenewDelegationTokenResponse(
  writer: Writer,
  value: RenewDelegationTokenResponse,
  version: number,
): void {
  const flexible = version >= 2;
  writer.int16(value.errorCode);
  writer.int64(value.expiryTimestampMs);
  writer.int32(value.throttleTimeMs);
  if (flexible) writer.uvarint(0);
}
