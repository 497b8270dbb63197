/** Kafka's InitProducerId: facts, types, readers and writers. Generated from schema/InitProducerIdRequest.json and InitProducerIdResponse.json by generate.ts; do not edit. */
import type { Reader } from '../reader';
import type { Writer } from '../writer';

export const initProducerIdApi = {
  key: 22,
  name: 'InitProducerId',
  /** Versions that are served. */
  requestVersions: { min: 0, max: 5 },
  /** The lowest version that ApiVersions lists. */
  advertisedMin: 0,
  /** From this version on messages are flexible (KIP-482). */
  flexibleFrom: 2,
} as const;

export interface InitProducerIdRequest {
  readonly transactionalId: string | null;
  readonly transactionTimeoutMs: number;
  /** From version 3. */
  readonly producerId: bigint;
  /** From version 3. */
  readonly producerEpoch: number;
  /** From version 6. */
  readonly enable2Pc: boolean;
  /** From version 6. */
  readonly keepPreparedTxn: boolean;
}

export interface InitProducerIdResponse {
  readonly throttleTimeMs: number;
  readonly errorCode: number;
  readonly producerId: bigint;
  readonly producerEpoch: number;
  /** From version 6. */
  readonly ongoingTxnProducerId: bigint;
  /** From version 6. */
  readonly ongoingTxnProducerEpoch: number;
}

/** A value with Kafka's defaults where nothing is given. */
export function createInitProducerIdRequest(fields: Partial<InitProducerIdRequest> = {}): InitProducerIdRequest {
  return {
    transactionalId: fields.transactionalId === undefined ? '' : fields.transactionalId,
    transactionTimeoutMs: fields.transactionTimeoutMs ?? 0,
    producerId: fields.producerId ?? -1n,
    producerEpoch: fields.producerEpoch ?? -1,
    enable2Pc: fields.enable2Pc ?? false,
    keepPreparedTxn: fields.keepPreparedTxn ?? false,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createInitProducerIdResponse(fields: Partial<InitProducerIdResponse> = {}): InitProducerIdResponse {
  return {
    throttleTimeMs: fields.throttleTimeMs ?? 0,
    errorCode: fields.errorCode ?? 0,
    producerId: fields.producerId ?? -1n,
    producerEpoch: fields.producerEpoch ?? 0,
    ongoingTxnProducerId: fields.ongoingTxnProducerId ?? -1n,
    ongoingTxnProducerEpoch: fields.ongoingTxnProducerEpoch ?? -1,
  };
}

/** Reads the body of an InitProducerIdRequest of versions 0 to 6. Throws ProtocolError. */
export function readInitProducerIdRequest(reader: Reader, version: number): InitProducerIdRequest {
  const flexible = version >= 2;
  const transactionalId = flexible ? reader.compactNullableString() : reader.nullableString();
  const transactionTimeoutMs = reader.int32();
  const producerId = version >= 3 ? reader.int64Bigint() : -1n;
  const producerEpoch = version >= 3 ? reader.int16() : -1;
  const enable2Pc = version >= 6 ? reader.bool() : false;
  const keepPreparedTxn = version >= 6 ? reader.bool() : false;
  if (flexible) reader.skipTaggedFields();
  return { transactionalId, transactionTimeoutMs, producerId, producerEpoch, enable2Pc, keepPreparedTxn };
}

/** Reads the body of an InitProducerIdResponse of versions 0 to 6. Throws ProtocolError. */
export function readInitProducerIdResponse(reader: Reader, version: number): InitProducerIdResponse {
  const flexible = version >= 2;
  const throttleTimeMs = reader.int32();
  const errorCode = reader.int16();
  const producerId = reader.int64Bigint();
  const producerEpoch = reader.int16();
  const ongoingTxnProducerId = version >= 6 ? reader.int64Bigint() : -1n;
  const ongoingTxnProducerEpoch = version >= 6 ? reader.int16() : -1;
  if (flexible) reader.skipTaggedFields();
  return { throttleTimeMs, errorCode, producerId, producerEpoch, ongoingTxnProducerId, ongoingTxnProducerEpoch };
}

export function writeInitProducerIdRequest(writer: Writer, value: InitProducerIdRequest, version: number): void {
  const flexible = version >= 2;
  if (flexible) writer.compactNullableString(value.transactionalId);
  else writer.nullableString(value.transactionalId);
  writer.int32(value.transactionTimeoutMs);
  if (version >= 3) {
    writer.int64Bigint(value.producerId);
  }
  if (version >= 3) {
    writer.int16(value.producerEpoch);
  }
  if (version >= 6) {
    writer.bool(value.enable2Pc);
  }
  if (version >= 6) {
    writer.bool(value.keepPreparedTxn);
  }
  if (flexible) writer.uvarint(0);
}

export function writeInitProducerIdResponse(writer: Writer, value: InitProducerIdResponse, version: number): void {
  const flexible = version >= 2;
  writer.int32(value.throttleTimeMs);
  writer.int16(value.errorCode);
  writer.int64Bigint(value.producerId);
  writer.int16(value.producerEpoch);
  if (version >= 6) {
    writer.int64Bigint(value.ongoingTxnProducerId);
  }
  if (version >= 6) {
    writer.int16(value.ongoingTxnProducerEpoch);
  }
  if (flexible) writer.uvarint(0);
}
