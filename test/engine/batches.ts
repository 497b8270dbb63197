/** Record batches for the engine's tests: made with checksummed values, taken apart again without trusting anything. */
import { crc32c } from '@node-rs/crc32';
import { systemClock } from '../../src/clock';
import type { AppendRequest } from '../../src/engine/engine';
import type { Census } from '../../src/types';

export interface PlainRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

export interface ReadRecord extends PlainRecord {
  readonly offset: number;
}

/** An uncompressed batch of magic 2 as a producer sends it, base offset 0. Of now: retention deletes what is old. */
export function makeBatch(records: readonly PlainRecord[], timestampMs = systemClock.nowMs()): Buffer {
  const body = Buffer.concat(records.map(encodeRecord));
  const batch = Buffer.alloc(61 + body.length);
  batch.writeInt32BE(batch.length - 12, 8);
  batch.writeInt32BE(-1, 12);
  batch.writeInt8(2, 16);
  batch.writeInt32BE(records.length - 1, 23);
  batch.writeBigInt64BE(BigInt(timestampMs), 27);
  batch.writeBigInt64BE(BigInt(timestampMs), 35);
  batch.writeBigInt64BE(-1n, 43);
  batch.writeInt16BE(-1, 51);
  batch.writeInt32BE(-1, 53);
  batch.writeInt32BE(records.length, 57);
  body.copy(batch, 61);
  batch.writeUInt32BE(crc32c(batch.subarray(21)), 17);
  return batch;
}

export function censusOf(records: readonly PlainRecord[]): Census {
  return {
    records: records.length,
    nulls: records.filter(({ value }) => value === null).length,
    empties: records.filter(({ value }) => value?.length === 0).length,
    controls: 0,
    valueBytes: records.reduce((sum, { value }) => sum + (value?.length ?? 0), 0),
  };
}

export function appendOf(records: readonly PlainRecord[]): AppendRequest {
  return { batch: makeBatch(records), census: censusOf(records) };
}

export function value(text: string | Buffer): PlainRecord {
  return { key: null, value: Buffer.from(text) };
}

/** All records of whole batches; throws where a length or a CRC is wrong. */
export function readRecords(chunks: readonly Uint8Array[]): ReadRecord[] {
  const bytes = Buffer.concat(chunks);
  const records: ReadRecord[] = [];
  let position = 0;
  while (position < bytes.length) {
    const end = position + 12 + bytes.readInt32BE(position + 8);
    if (end > bytes.length) throw new Error(`a batch ends at ${end}, ${bytes.length} bytes came`);
    readBatch(bytes.subarray(position, end), records);
    position = end;
  }
  return records;
}

function readBatch(batch: Buffer, into: ReadRecord[]): void {
  if (batch.readInt8(16) !== 2) throw new Error(`magic ${batch.readInt8(16)}`);
  if (batch.readUInt32BE(17) !== crc32c(batch.subarray(21))) throw new Error('CRC');
  const base = Number(batch.readBigInt64BE(0));
  const count = batch.readInt32BE(57);
  const cursor = { position: 61 };
  for (let index = 0; index < count; index += 1) {
    const end = readVarint(batch, cursor) + cursor.position;
    cursor.position += 1;
    readVarint(batch, cursor);
    const offset = base + readVarint(batch, cursor);
    const key = readBytes(batch, cursor);
    into.push({ offset, key, value: readBytes(batch, cursor) });
    cursor.position = end;
  }
}

function readBytes(batch: Buffer, cursor: { position: number }): Buffer | null {
  const length = readVarint(batch, cursor);
  if (length < 0) return null;
  const bytes = batch.subarray(cursor.position, cursor.position + length);
  cursor.position += length;
  return bytes;
}

function readVarint(batch: Buffer, cursor: { position: number }): number {
  let value = 0n;
  for (let shift = 0n; ; shift += 7n) {
    const byte = batch.readUInt8(cursor.position++);
    value |= BigInt(byte & 127) << shift;
    if (byte < 128) break;
  }
  return Number((value >> 1n) ^ -(value & 1n));
}

function encodeRecord({ key, value: bytes }: PlainRecord, index: number): Buffer {
  const body = Buffer.concat([
    Buffer.from([0]),
    varint(0),
    varint(index),
    bytesField(key),
    bytesField(bytes),
    varint(0),
  ]);
  return Buffer.concat([varint(body.length), body]);
}

function bytesField(bytes: Buffer | null): Buffer {
  return bytes === null ? varint(-1) : Buffer.concat([varint(bytes.length), bytes]);
}

function varint(number: number): Buffer {
  let rest = BigInt.asUintN(64, (BigInt(number) << 1n) ^ (BigInt(number) >> 63n));
  const bytes: number[] = [];
  do {
    const low = Number(rest & 127n);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 128 : low);
  } while (rest > 0n);
  return Buffer.from(bytes);
}
