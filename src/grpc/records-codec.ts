/**
 * Writes seaglass.v1.Records without the detours of generated code (bigint fields, one copy of the batches more). In both messages
 * that carry it, SubscribeResponse and ReadResponse, it is field 2:
 *
 *   0x12 length { 0x0a length batches · (0x12 length BatchInfo)* · 0x18 log start · 0x20 high watermark · 0x28 bytes handed over
 *                 · 0x30 generation }
 *   BatchInfo { 0x08 base offset · 0x10 last offset · 0x18 size · 0x22 length Census · 0x28 max timestamp }
 *   Census { 0x08 records · 0x10 nulls · 0x18 empties · 0x20 controls · 0x28 value bytes }
 *
 * As in proto3, a field that is 0 is not written.
 */
import type { Census, Int64 } from '../types';
import { uvarlongBytes, writeBigVarint, writeUvarlong } from '../protocol/varint';
import { PREFIX_BYTES } from './framed-writer';

/** One batch, as the message describes it. */
export interface DescribedBatch {
  readonly baseOffset: number;
  readonly lastOffset: number;
  /** In bytes, head included. */
  readonly size: number;
  readonly maxTimestampMs: Int64;
  readonly census: Census;
}

/** What is said beside the batches. */
export interface RecordsEnds {
  readonly summaries: readonly DescribedBatch[];
  readonly logStartOffset: number;
  readonly highWatermark: number;
  readonly generation: number;
  /** The batches leave beside the message. */
  readonly handedOverBytes?: number;
}

export interface OutgoingRecords extends RecordsEnds {
  readonly chunks: readonly Uint8Array[];
}

/** Field 2 of SubscribeResponse and of ReadResponse: the whole message. */
export function encodeRecordsField(records: OutgoingRecords): Buffer {
  const infos = encodeInfos(records);
  const batchBytes = records.chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const batchesField = batchBytes === 0 ? 0 : 1 + uvarlongBytes(batchBytes) + batchBytes;
  const inner = batchesField + infos.length;
  const output = Buffer.allocUnsafe(1 + uvarlongBytes(inner) + inner);
  output[0] = 0x12;
  let at = writeUvarlong(output, 1, inner);
  if (batchBytes > 0) {
    output[at] = 0x0a;
    at = writeUvarlong(output, at + 1, batchBytes);
    for (const chunk of records.chunks) {
      output.set(chunk, at);
      at += chunk.length;
    }
  }
  output.set(infos, at);
  return output;
}

/** What stands before the batches of a frame, at most: gRPC's prefix and two tags with their lengths. */
export const FRAME_HEAD_BYTES = PREFIX_BYTES + 2 * (1 + 8);

/**
 * The same message, with gRPC's prefix, around batches that lie in `frame` from `start` to `end` already. Undefined where the frame
 * has no room behind them. `start` must be at least FRAME_HEAD_BYTES; the batches must not be empty.
 */
export function frameAround(frame: Buffer, start: number, end: number, records: RecordsEnds): Buffer | undefined {
  const infos = encodeInfos(records);
  if (end + infos.length > frame.length) return undefined;
  frame.set(infos, end);
  const batchBytes = end - start;
  const inner = 1 + uvarlongBytes(batchBytes) + batchBytes + infos.length;
  const message = 1 + uvarlongBytes(inner) + inner;
  const begin = end + infos.length - message - PREFIX_BYTES;
  frame[begin] = 0;
  frame.writeUInt32BE(message, begin + 1);
  frame[begin + PREFIX_BYTES] = 0x12;
  const at = writeUvarlong(frame, begin + PREFIX_BYTES + 1, inner);
  frame[at] = 0x0a;
  writeUvarlong(frame, at + 1, batchBytes);
  return frame.subarray(begin, end + infos.length);
}

/** Of one info with all its fields, with room to spare. */
const INFO_BYTES_MAX = 128;
let scratch = Buffer.allocUnsafeSlow(64 * INFO_BYTES_MAX);

/** Valid until the next call. */
function encodeInfos(records: RecordsEnds): Uint8Array {
  const needed = (records.summaries.length + 1) * INFO_BYTES_MAX;
  if (scratch.length < needed) scratch = Buffer.allocUnsafeSlow(needed * 2);
  let at = 0;
  for (const summary of records.summaries) {
    scratch[at] = 0x12;
    const end = putInfo(scratch, at + 2, summary);
    // An info is shorter than 128 bytes, so its length is one byte.
    scratch[at + 1] = end - at - 2;
    at = end;
  }
  at = putField(scratch, at, 0x18, records.logStartOffset);
  at = putField(scratch, at, 0x20, records.highWatermark);
  at = putField(scratch, at, 0x28, records.handedOverBytes ?? 0);
  at = putField(scratch, at, 0x30, records.generation);
  return scratch.subarray(0, at);
}

function putInfo(
  target: Buffer,
  position: number,
  { baseOffset, lastOffset, size, census, maxTimestampMs }: DescribedBatch,
): number {
  let at = putField(target, position, 0x08, baseOffset);
  at = putField(target, at, 0x10, lastOffset);
  at = putField(target, at, 0x18, size);
  target[at] = 0x22;
  const censusStart = at + 2;
  at = putField(target, censusStart, 0x08, census.records);
  at = putField(target, at, 0x10, census.nulls);
  at = putField(target, at, 0x18, census.empties);
  at = putField(target, at, 0x20, census.controls);
  at = putField(target, at, 0x28, census.valueBytes);
  target[censusStart - 1] = at - censusStart;
  return putField(target, at, 0x28, maxTimestampMs);
}

function putField(target: Buffer, at: number, tag: number, value: Int64): number {
  if (value === 0) return at;
  target[at] = tag;
  if (typeof value === 'number' && value > 0) return writeUvarlong(target, at + 1, value);
  // An int64 below 0 is ten bytes of its two's complement.
  return writeBigVarint(target, at + 1, BigInt.asUintN(64, BigInt(value)));
}
