/** Kafka's SaslAuthenticate: facts, types, readers and writers. Generated from schema/SaslAuthenticateRequest.json and SaslAuthenticateResponse.json by generate.ts; do not edit. */
import { NO_BYTES } from '../reader';
import type { Reader } from '../reader';
import type { Writer } from '../writer';

export const saslAuthenticateApi = {
  key: 36,
  name: 'SaslAuthenticate',
  /** Versions that are served. */
  requestVersions: { min: 0, max: 2 },
  /** The lowest version that ApiVersions lists. */
  advertisedMin: 0,
  /** From this version on messages are flexible (KIP-482). */
  flexibleFrom: 2,
} as const;

export interface SaslAuthenticateRequest {
  readonly authBytes: Uint8Array;
}

export interface SaslAuthenticateResponse {
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly authBytes: Uint8Array;
  /** From version 1. */
  readonly sessionLifetimeMs: number;
}

/** A value with Kafka's defaults where nothing is given. */
export function createSaslAuthenticateRequest(fields: Partial<SaslAuthenticateRequest> = {}): SaslAuthenticateRequest {
  return {
    authBytes: fields.authBytes ?? NO_BYTES,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createSaslAuthenticateResponse(
  fields: Partial<SaslAuthenticateResponse> = {},
): SaslAuthenticateResponse {
  return {
    errorCode: fields.errorCode ?? 0,
    errorMessage: fields.errorMessage === undefined ? '' : fields.errorMessage,
    authBytes: fields.authBytes ?? NO_BYTES,
    sessionLifetimeMs: fields.sessionLifetimeMs ?? 0,
  };
}

/** Reads the body of a SaslAuthenticateRequest of versions 0 to 2. Throws ProtocolError. */
export function readSaslAuthenticateRequest(reader: Reader, version: number): SaslAuthenticateRequest {
  const flexible = version >= 2;
  const authBytes = flexible ? reader.compactBytes() : reader.bytes();
  if (flexible) reader.skipTaggedFields();
  return { authBytes };
}

/** Reads the body of a SaslAuthenticateResponse of versions 0 to 2. Throws ProtocolError. */
export function readSaslAuthenticateResponse(reader: Reader, version: number): SaslAuthenticateResponse {
  const flexible = version >= 2;
  const errorCode = reader.int16();
  const errorMessage = flexible ? reader.compactNullableString() : reader.nullableString();
  const authBytes = flexible ? reader.compactBytes() : reader.bytes();
  const sessionLifetimeMs = version >= 1 ? reader.int64() : 0;
  if (flexible) reader.skipTaggedFields();
  return { errorCode, errorMessage, authBytes, sessionLifetimeMs };
}

export function writeSaslAuthenticateRequest(writer: Writer, value: SaslAuthenticateRequest, version: number): void {
  const flexible = version >= 2;
  if (flexible) writer.compactBytes(value.authBytes);
  else writer.bytes(value.authBytes);
  if (flexible) writer.uvarint(0);
}

export function writeSaslAuthenticateResponse(writer: Writer, value: SaslAuthenticateResponse, version: number): void {
  const flexible = version >= 2;
  writer.int16(value.errorCode);
  if (flexible) writer.compactNullableString(value.errorMessage);
  else writer.nullableString(value.errorMessage);
  if (flexible) writer.compactBytes(value.authBytes);
  else writer.bytes(value.authBytes);
  if (version >= 1) {
    writer.int64(value.sessionLifetimeMs);
  }
  if (flexible) writer.uvarint(0);
}
