/**
 * Takes what clients wrote out of a frame, and leaves what the gateway and its engine did with it: of batches the header and the sizes
 * of their records stay, keys, values and headers become zeros. Bodies that may hold anything else of a client's go whole.
 */
import { fetchApi, readFetchResponse } from '../../protocol/generated/fetch';
import { produceApi, readProduceRequest } from '../../protocol/generated/produce';
import { readRequestHeader, responseHeaderVersion } from '../../protocol/header';
import { Reader } from '../../protocol/reader';
import {
  BATCH_HEADER_BYTES,
  BATCH_PREFIX_BYTES,
  BatchAttribute,
  BatchPosition,
  MAGIC,
} from '../../protocol/record-batch';
import { RecordCursor } from '../../protocol/record-cursor';

/** What a response is an answer to. */
export interface AskedApi {
  readonly apiKey: number;
  readonly apiVersion: number;
}

const LENGTH_BYTES = 4;
const CORRELATION_BYTES = 4;
/** Bits 0 to 2 of a batch's attributes are in the second of their bytes. */
const CODEC_BYTE = BatchPosition.attributes + 1;

/** ListOffsets, Metadata, FindCoordinator, Heartbeat, LeaveGroup, ApiVersions, InitProducerId, OffsetForLeaderEpoch: nothing a client wrote but names. */
const PLAIN: ReadonlySet<number> = new Set([2, 3, 10, 12, 13, 18, 22, 23]);

/** What a request asks for; undefined where its header cannot be read. */
export function askedIn(frame: Uint8Array): (AskedApi & { readonly correlationId: number }) | undefined {
  try {
    return readRequestHeader(new Reader(frame.subarray(LENGTH_BYTES)));
  } catch {
    // No request at all: whatever it is, nothing of it is told.
    return undefined;
  }
}

/** Writes zeros over what a client wrote. `frame` is whole, its length first, and the caller's to change. */
export function redactRequest(frame: Uint8Array): void {
  const reader = new Reader(frame.subarray(LENGTH_BYTES));
  try {
    const { apiKey, apiVersion } = readRequestHeader(reader);
    if (PLAIN.has(apiKey) || apiKey === fetchApi.key) return;
    const body = LENGTH_BYTES + reader.position;
    if (apiKey !== produceApi.key) return void frame.fill(0, body);
    redactProduce(frame, body, apiVersion);
  } catch {
    frame.fill(0, LENGTH_BYTES);
  }
}

function redactProduce(frame: Uint8Array, body: number, version: number): void {
  try {
    const { topicData } = readProduceRequest(new Reader(frame.subarray(body)), version);
    for (const { partitionData } of topicData) for (const { records } of partitionData) redactBatches(records);
  } catch {
    frame.fill(0, body);
  }
}

/** As redactRequest, of an answer; of one whose request is not known only the correlation id stays. */
export function redactResponse(frame: Uint8Array, asked: AskedApi | undefined): void {
  const afterId = LENGTH_BYTES + CORRELATION_BYTES;
  if (asked === undefined) return void frame.fill(0, afterId);
  const { apiKey, apiVersion } = asked;
  // What a produce is answered are numbers, and words of the gateway.
  if (PLAIN.has(apiKey) || apiKey === produceApi.key) return;
  if (apiKey !== fetchApi.key) return void frame.fill(0, afterId);
  try {
    const reader = new Reader(frame.subarray(afterId));
    if (responseHeaderVersion(apiKey, apiVersion) === 1) reader.skipTaggedFields();
    const { responses } = readFetchResponse(reader, apiVersion);
    for (const { partitions } of responses) for (const { records } of partitions) redactBatches(records);
  } catch {
    frame.fill(0, afterId);
  }
}

/** Batches one behind the other, as views of the frame. */
function redactBatches(chunks: Uint8Array | readonly Uint8Array[] | null): void {
  const list = chunks === null ? [] : chunks instanceof Uint8Array ? [chunks] : chunks;
  for (const bytes of list) {
    let at = 0;
    while (at + BATCH_HEADER_BYTES <= bytes.byteLength) {
      const length = new DataView(bytes.buffer, bytes.byteOffset + at).getInt32(BATCH_PREFIX_BYTES - 4);
      const end = Math.min(
        at + BATCH_PREFIX_BYTES + Math.max(length, BATCH_HEADER_BYTES - BATCH_PREFIX_BYTES),
        bytes.byteLength,
      );
      redactBatch(bytes.subarray(at, end));
      at = end;
    }
    bytes.fill(0, at);
  }
}

function redactBatch(batch: Uint8Array): void {
  // An older message has its key and its value where a batch goes on with its header.
  if (batch[BatchPosition.magic] !== MAGIC) return void batch.fill(0, BatchPosition.magic + 1);
  const compressed = ((batch[CODEC_BYTE] ?? 0) & BatchAttribute.codecMask) !== 0;
  if (compressed) return void batch.fill(0, BATCH_HEADER_BYTES);
  const cursor = new RecordCursor(batch, BATCH_HEADER_BYTES, batch.byteLength);
  let done = BATCH_HEADER_BYTES;
  try {
    while (cursor.hasMore) {
      cursor.next();
      if (cursor.keyLength > 0) batch.fill(0, cursor.keyStart, cursor.keyStart + cursor.keyLength);
      if (cursor.valueLength > 0) batch.fill(0, cursor.valueStart, cursor.valueStart + cursor.valueLength);
      redactHeaders(batch, cursor);
      done = cursor.position;
    }
  } catch {
    // The rest was not recorded, or is no record.
    batch.fill(0, done);
  }
}

/** The lengths stay, so that the record still reads as one. */
function redactHeaders(batch: Uint8Array, { headersStart, headerCount }: RecordCursor): void {
  const reader = new Reader(batch.subarray(headersStart));
  for (let left = headerCount * 2; left > 0; left--) reader.raw(Math.max(reader.varint(), 0)).fill(0);
}
