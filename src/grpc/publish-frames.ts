/**
 * PublishMessage's gRPC messages in their frames, many to a buffer: a Kafka batch leaves in one write and acks are read by the chunk
 * they came in, because a call through the whole gRPC stack for each record is most of what publishing costs.
 *
 *     frame    uint8 compressed (0) · uint32 BE length · message
 *     message  PublishMessageRequest { 2: DataMessage { 1: key · 2: value · 3: ts_ns } }; empty fields are left out, as proto3 does
 */
import { uvarlongBytes, writeUvarlong } from '../protocol/varint';
import { PublishMessageRequest } from '../rpc/mq_broker';
import { PREFIX_BYTES } from './framed-writer';
import { EngineError } from '../engine-error';

/** What a data message holds. */
export interface PublishedRecord {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly tsNs: bigint;
}

/** An answer holds two numbers or a sentence; nothing near this is one. */
const ANSWER_BYTES_MAX = 1024 * 1024;
const Tag = { data: 0x12, key: 0x0a, value: 0x12, tsNs: 0x18 } as const;
const LOW_BITS = 28n;
const LOW_MASK = (1n << LOW_BITS) - 1n;

/** One message of any kind, in its frame. */
export function frameOf(request: PublishMessageRequest): Uint8Array {
  const message = PublishMessageRequest.encode(request).finish();
  const frame = Buffer.allocUnsafe(PREFIX_BYTES + message.byteLength);
  frame[0] = 0;
  frame.writeUInt32BE(message.byteLength, 1);
  frame.set(message, PREFIX_BYTES);
  return frame;
}

/** The records from the one at index `from` on, a data message each, in one buffer. */
export function frameRecords(records: readonly PublishedRecord[], from: number): Uint8Array {
  let bytes = 0;
  for (let index = from; index < records.length; index += 1) {
    const record = records[index];
    if (record !== undefined) bytes += PREFIX_BYTES + fieldBytes(dataBytes(record));
  }
  const frames = Buffer.allocUnsafe(bytes);
  let position = 0;
  for (let index = from; index < records.length; index += 1) {
    const record = records[index];
    if (record !== undefined) position = writeRecord(frames, position, record);
  }
  return frames;
}

function writeRecord(into: Buffer, start: number, record: PublishedRecord): number {
  const data = dataBytes(record);
  into[start] = 0;
  let position = into.writeUInt32BE(fieldBytes(data), start + 1);
  into[position] = Tag.data;
  position = writeUvarlong(into, position + 1, data);
  position = writeBytes(into, position, Tag.key, record.key);
  position = writeBytes(into, position, Tag.value, record.value);
  if (record.tsNs === 0n) return position;
  into[position] = Tag.tsNs;
  return writeNanoseconds(into, position + 1, record.tsNs);
}

function dataBytes({ key, value, tsNs }: PublishedRecord): number {
  const keyBytes = key.byteLength === 0 ? 0 : fieldBytes(key.byteLength);
  const valueBytes = value.byteLength === 0 ? 0 : fieldBytes(value.byteLength);
  return keyBytes + valueBytes + (tsNs === 0n ? 0 : 1 + nanosecondsBytes(tsNs));
}

/** A field of one tag byte, its length and `bytes` of content. */
const fieldBytes = (bytes: number): number => 1 + uvarlongBytes(bytes) + bytes;

function writeBytes(into: Uint8Array, start: number, tag: number, content: Uint8Array): number {
  if (content.byteLength === 0) return start;
  into[start] = tag;
  const position = writeUvarlong(into, start + 1, content.byteLength);
  into.set(content, position);
  return position + content.byteLength;
}

/** Nanoseconds exceed 2^53: their lowest four groups of seven bits apart from the rest, which is a safe integer. */
function nanosecondsBytes(tsNs: bigint): number {
  const high = Number(tsNs >> LOW_BITS);
  return high === 0 ? uvarlongBytes(Number(tsNs)) : 4 + uvarlongBytes(high);
}

function writeNanoseconds(into: Uint8Array, start: number, tsNs: bigint): number {
  const high = Number(tsNs >> LOW_BITS);
  let low = Number(tsNs & LOW_MASK);
  if (high === 0) return writeUvarlong(into, start, low);
  for (let index = 0; index < 4; index += 1) {
    into[start + index] = (low & 0x7f) | 0x80;
    low >>>= 7;
  }
  return writeUvarlong(into, start + 4, high);
}

/** Cuts what arrives into messages; a message that is not whole yet waits for the next chunk. */
export class PublishFrameSplitter {
  #rest: Uint8Array | undefined;

  /** Messages as views. Throws EngineError('unavailable') for what no gRPC peer without compression sends. */
  push(chunk: Uint8Array): Uint8Array[] {
    const bytes = this.#joined(chunk);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const messages: Uint8Array[] = [];
    let position = 0;
    while (position + PREFIX_BYTES <= bytes.byteLength) {
      const length = view.getUint32(position + 1);
      if (bytes[position] !== 0 || length > ANSWER_BYTES_MAX) {
        throw new EngineError(
          'unavailable',
          `expected an uncompressed answer, got flag ${bytes[position]}, ${length} bytes`,
        );
      }
      const end = position + PREFIX_BYTES + length;
      if (end > bytes.byteLength) break;
      messages.push(bytes.subarray(position + PREFIX_BYTES, end));
      position = end;
    }
    this.#rest = position < bytes.byteLength ? bytes.subarray(position) : undefined;
    return messages;
  }

  #joined(chunk: Uint8Array): Uint8Array {
    const rest = this.#rest;
    if (rest === undefined) return chunk;
    const joined = new Uint8Array(rest.byteLength + chunk.byteLength);
    joined.set(rest, 0);
    joined.set(chunk, rest.byteLength);
    return joined;
  }
}
