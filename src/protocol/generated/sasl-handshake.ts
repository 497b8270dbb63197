/** Kafka's SaslHandshake: facts, types, readers and writers. Generated from schema/SaslHandshakeRequest.json and SaslHandshakeResponse.json by generate.ts; do not edit. */
import type { Reader } from '../reader';
import type { Writer } from '../writer';

export const saslHandshakeApi = {
  key: 17,
  name: 'SaslHandshake',
  /** Versions that are served. */
  requestVersions: { min: 0, max: 1 },
  /** The lowest version that ApiVersions lists. */
  advertisedMin: 0,
  /** From this version on messages are flexible (KIP-482). */
  flexibleFrom: Number.POSITIVE_INFINITY,
} as const;

export interface SaslHandshakeRequest {
  readonly mechanism: string;
}

export interface SaslHandshakeResponse {
  readonly errorCode: number;
  readonly mechanisms: readonly string[];
}

/** A value with Kafka's defaults where nothing is given. */
export function createSaslHandshakeRequest(fields: Partial<SaslHandshakeRequest> = {}): SaslHandshakeRequest {
  return {
    mechanism: fields.mechanism ?? '',
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createSaslHandshakeResponse(fields: Partial<SaslHandshakeResponse> = {}): SaslHandshakeResponse {
  return {
    errorCode: fields.errorCode ?? 0,
    mechanisms: fields.mechanisms ?? [],
  };
}

/** Reads the body of a SaslHandshakeRequest of versions 0 to 1. Throws ProtocolError. */
export function readSaslHandshakeRequest(reader: Reader, _version: number): SaslHandshakeRequest {
  const mechanism = reader.string();
  return { mechanism };
}

/** Reads the body of a SaslHandshakeResponse of versions 0 to 1. Throws ProtocolError. */
export function readSaslHandshakeResponse(reader: Reader, _version: number): SaslHandshakeResponse {
  const errorCode = reader.int16();
  const mechanisms: string[] = [];
  for (let left = reader.arrayLength(2); left > 0; left--) mechanisms.push(reader.string());
  return { errorCode, mechanisms };
}

export function writeSaslHandshakeRequest(writer: Writer, value: SaslHandshakeRequest, _version: number): void {
  writer.string(value.mechanism);
}

export function writeSaslHandshakeResponse(writer: Writer, value: SaslHandshakeResponse, _version: number): void {
  writer.int16(value.errorCode);
  writer.arrayLength(value.mechanisms.length);
  for (const element of value.mechanisms) {
    writer.string(element);
  }
}
