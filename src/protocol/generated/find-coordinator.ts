/** Kafka's FindCoordinator: facts, types, readers and writers. Generated from schema/FindCoordinatorRequest.json and FindCoordinatorResponse.json by generate.ts; do not edit. */
import type { Reader } from '../reader';
import type { Writer } from '../writer';

export const findCoordinatorApi = {
  key: 10,
  name: 'FindCoordinator',
  /** Versions that are served. */
  requestVersions: { min: 0, max: 6 },
  /** The lowest version that ApiVersions lists. */
  advertisedMin: 0,
  /** From this version on messages are flexible (KIP-482). */
  flexibleFrom: 3,
} as const;

export interface FindCoordinatorRequest {
  /** Versions 0 to 3. */
  readonly key: string;
  /** From version 1. */
  readonly keyType: number;
  /** From version 4. */
  readonly coordinatorKeys: readonly string[];
}

export interface FindCoordinatorResponse {
  /** From version 1. */
  readonly throttleTimeMs: number;
  /** Versions 0 to 3. */
  readonly errorCode: number;
  /** Versions 1 to 3. */
  readonly errorMessage: string | null;
  /** Versions 0 to 3. */
  readonly nodeId: number;
  /** Versions 0 to 3. */
  readonly host: string;
  /** Versions 0 to 3. */
  readonly port: number;
  /** From version 4. */
  readonly coordinators: readonly Coordinator[];
}

export interface Coordinator {
  readonly key: string;
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
  readonly errorCode: number;
  readonly errorMessage: string | null;
}

/** A value with Kafka's defaults where nothing is given. */
export function createFindCoordinatorRequest(fields: Partial<FindCoordinatorRequest> = {}): FindCoordinatorRequest {
  return {
    key: fields.key ?? '',
    keyType: fields.keyType ?? 0,
    coordinatorKeys: fields.coordinatorKeys ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createFindCoordinatorResponse(fields: Partial<FindCoordinatorResponse> = {}): FindCoordinatorResponse {
  return {
    throttleTimeMs: fields.throttleTimeMs ?? 0,
    errorCode: fields.errorCode ?? 0,
    errorMessage: fields.errorMessage === undefined ? '' : fields.errorMessage,
    nodeId: fields.nodeId ?? 0,
    host: fields.host ?? '',
    port: fields.port ?? 0,
    coordinators: fields.coordinators ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createCoordinator(fields: Partial<Coordinator> = {}): Coordinator {
  return {
    key: fields.key ?? '',
    nodeId: fields.nodeId ?? 0,
    host: fields.host ?? '',
    port: fields.port ?? 0,
    errorCode: fields.errorCode ?? 0,
    errorMessage: fields.errorMessage === undefined ? '' : fields.errorMessage,
  };
}

/** Reads the body of a FindCoordinatorRequest of versions 0 to 6. Throws ProtocolError. */
export function readFindCoordinatorRequest(reader: Reader, version: number): FindCoordinatorRequest {
  const flexible = version >= 3;
  const key = version <= 3 ? (flexible ? reader.compactString() : reader.string()) : '';
  const keyType = version >= 1 ? reader.int8() : 0;
  let coordinatorKeys: readonly string[] = [];
  if (version >= 4) {
    const length = reader.compactArrayLength(1);
    const list: string[] = [];
    for (let left = length; left > 0; left--) list.push(reader.compactString());
    coordinatorKeys = list;
  }
  if (flexible) reader.skipTaggedFields();
  return { key, keyType, coordinatorKeys };
}

/** Reads the body of a FindCoordinatorResponse of versions 0 to 6. Throws ProtocolError. */
export function readFindCoordinatorResponse(reader: Reader, version: number): FindCoordinatorResponse {
  const flexible = version >= 3;
  const throttleTimeMs = version >= 1 ? reader.int32() : 0;
  const errorCode = version <= 3 ? reader.int16() : 0;
  const errorMessage =
    version >= 1 && version <= 3 ? (flexible ? reader.compactNullableString() : reader.nullableString()) : '';
  const nodeId = version <= 3 ? reader.int32() : 0;
  const host = version <= 3 ? (flexible ? reader.compactString() : reader.string()) : '';
  const port = version <= 3 ? reader.int32() : 0;
  let coordinators: readonly Coordinator[] = [];
  if (version >= 4) {
    const length = reader.compactArrayLength(14);
    const list: Coordinator[] = [];
    for (let left = length; left > 0; left--) list.push(readCoordinator(reader));
    coordinators = list;
  }
  if (flexible) reader.skipTaggedFields();
  return { throttleTimeMs, errorCode, errorMessage, nodeId, host, port, coordinators };
}

function readCoordinator(reader: Reader): Coordinator {
  const key = reader.compactString();
  const nodeId = reader.int32();
  const host = reader.compactString();
  const port = reader.int32();
  const errorCode = reader.int16();
  const errorMessage = reader.compactNullableString();
  reader.skipTaggedFields();
  return { key, nodeId, host, port, errorCode, errorMessage };
}

export function writeFindCoordinatorRequest(writer: Writer, value: FindCoordinatorRequest, version: number): void {
  const flexible = version >= 3;
  if (version <= 3) {
    if (flexible) writer.compactString(value.key);
    else writer.string(value.key);
  }
  if (version >= 1) {
    writer.int8(value.keyType);
  }
  if (version >= 4) {
    writer.compactArrayLength(value.coordinatorKeys.length);
    for (const element of value.coordinatorKeys) {
      writer.compactString(element);
    }
  }
  if (flexible) writer.uvarint(0);
}

export function writeFindCoordinatorResponse(writer: Writer, value: FindCoordinatorResponse, version: number): void {
  const flexible = version >= 3;
  if (version >= 1) {
    writer.int32(value.throttleTimeMs);
  }
  if (version <= 3) {
    writer.int16(value.errorCode);
  }
  if (version >= 1 && version <= 3) {
    if (flexible) writer.compactNullableString(value.errorMessage);
    else writer.nullableString(value.errorMessage);
  }
  if (version <= 3) {
    writer.int32(value.nodeId);
  }
  if (version <= 3) {
    if (flexible) writer.compactString(value.host);
    else writer.string(value.host);
  }
  if (version <= 3) {
    writer.int32(value.port);
  }
  if (version >= 4) {
    writer.compactArrayLength(value.coordinators.length);
    for (const element of value.coordinators) {
      writeCoordinator(writer, element);
    }
  }
  if (flexible) writer.uvarint(0);
}

function writeCoordinator(writer: Writer, value: Coordinator): void {
  writer.compactString(value.key);
  writer.int32(value.nodeId);
  writer.compactString(value.host);
  writer.int32(value.port);
  writer.int16(value.errorCode);
  writer.compactNullableString(value.errorMessage);
  writer.uvarint(0);
}
