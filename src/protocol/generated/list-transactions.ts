/** Kafka's ListTransactions: facts, types, readers and writers. Generated from schema/ListTransactionsRequest.json and ListTransactionsResponse.json by generate.ts; do not edit. */
import type { Reader } from '../reader';
import type { Writer } from '../writer';

export const listTransactionsApi = {
  key: 66,
  name: 'ListTransactions',
  /** Versions that are served. */
  requestVersions: { min: 0, max: 2 },
  /** The lowest version that ApiVersions lists. */
  advertisedMin: 0,
  /** From this version on messages are flexible (KIP-482). */
  flexibleFrom: 0,
} as const;

export interface ListTransactionsRequest {
  readonly stateFilters: readonly string[];
  readonly producerIdFilters: readonly bigint[];
  /** From version 1. */
  readonly durationFilter: number;
  /** From version 2. */
  readonly transactionalIdPattern: string | null;
}

export interface ListTransactionsResponse {
  readonly throttleTimeMs: number;
  readonly errorCode: number;
  readonly unknownStateFilters: readonly string[];
  readonly transactionStates: readonly TransactionState[];
}

export interface TransactionState {
  readonly transactionalId: string;
  readonly producerId: bigint;
  readonly transactionState: string;
}

/** A value with Kafka's defaults where nothing is given. */
export function createListTransactionsRequest(fields: Partial<ListTransactionsRequest> = {}): ListTransactionsRequest {
  return {
    stateFilters: fields.stateFilters ?? [],
    producerIdFilters: fields.producerIdFilters ?? [],
    durationFilter: fields.durationFilter ?? -1,
    transactionalIdPattern: fields.transactionalIdPattern === undefined ? null : fields.transactionalIdPattern,
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createListTransactionsResponse(
  fields: Partial<ListTransactionsResponse> = {},
): ListTransactionsResponse {
  return {
    throttleTimeMs: fields.throttleTimeMs ?? 0,
    errorCode: fields.errorCode ?? 0,
    unknownStateFilters: fields.unknownStateFilters ?? [],
    transactionStates: fields.transactionStates ?? [],
  };
}

/** A value with Kafka's defaults where nothing is given. */
export function createTransactionState(fields: Partial<TransactionState> = {}): TransactionState {
  return {
    transactionalId: fields.transactionalId ?? '',
    producerId: fields.producerId ?? 0n,
    transactionState: fields.transactionState ?? '',
  };
}

/** Reads the body of a ListTransactionsRequest of versions 0 to 2. Throws ProtocolError. */
export function readListTransactionsRequest(reader: Reader, version: number): ListTransactionsRequest {
  const stateFilters: string[] = [];
  for (let left = reader.compactArrayLength(1); left > 0; left--) stateFilters.push(reader.compactString());
  const producerIdFilters: bigint[] = [];
  for (let left = reader.compactArrayLength(8); left > 0; left--) producerIdFilters.push(reader.int64Bigint());
  const durationFilter = version >= 1 ? reader.int64() : -1;
  const transactionalIdPattern = version >= 2 ? reader.compactNullableString() : null;
  reader.skipTaggedFields();
  return { stateFilters, producerIdFilters, durationFilter, transactionalIdPattern };
}

/** Reads the body of a ListTransactionsResponse of versions 0 to 2. Throws ProtocolError. */
export function readListTransactionsResponse(reader: Reader, _version: number): ListTransactionsResponse {
  const throttleTimeMs = reader.int32();
  const errorCode = reader.int16();
  const unknownStateFilters: string[] = [];
  for (let left = reader.compactArrayLength(1); left > 0; left--) unknownStateFilters.push(reader.compactString());
  const transactionStates: TransactionState[] = [];
  for (let left = reader.compactArrayLength(11); left > 0; left--) transactionStates.push(readTransactionState(reader));
  reader.skipTaggedFields();
  return { throttleTimeMs, errorCode, unknownStateFilters, transactionStates };
}

function readTransactionState(reader: Reader): TransactionState {
  const transactionalId = reader.compactString();
  const producerId = reader.int64Bigint();
  const transactionState = reader.compactString();
  reader.skipTaggedFields();
  return { transactionalId, producerId, transactionState };
}

export function writeListTransactionsRequest(writer: Writer, value: ListTransactionsRequest, version: number): void {
  writer.compactArrayLength(value.stateFilters.length);
  for (const element of value.stateFilters) {
    writer.compactString(element);
  }
  writer.compactArrayLength(value.producerIdFilters.length);
  for (const element of value.producerIdFilters) {
    writer.int64Bigint(element);
  }
  if (version >= 1) {
    writer.int64(value.durationFilter);
  }
  if (version >= 2) {
    writer.compactNullableString(value.transactionalIdPattern);
  }
  writer.uvarint(0);
}

export function writeListTransactionsResponse(writer: Writer, value: ListTransactionsResponse, _version: number): void {
  writer.int32(value.throttleTimeMs);
  writer.int16(value.errorCode);
  writer.compactArrayLength(value.unknownStateFilters.length);
  for (const element of value.unknownStateFilters) {
    writer.compactString(element);
  }
  writer.compactArrayLength(value.transactionStates.length);
  for (const element of value.transactionStates) {
    writeTransactionState(writer, element);
  }
  writer.uvarint(0);
}

function writeTransactionState(writer: Writer, value: TransactionState): void {
  writer.compactString(value.transactionalId);
  writer.int64Bigint(value.producerId);
  writer.compactString(value.transactionState);
  writer.uvarint(0);
}
