/**
 * What a log changes in a batch that it takes: offset and leader epoch stand outside the CRC; timestamps are inside, so it is made anew.
 * All of them write into the bytes they are given.
 */
import { crc32c } from '@node-rs/crc32';
import { setInt16At, setInt32At, setInt64At, uint32At } from './bytes';
import { attributesAt, BatchAttribute, batchBytesAt, BatchPosition } from './record-batch';
import type { Int64, LeaderEpoch, Offset } from '../types';

export function setBaseOffset(bytes: Uint8Array, position: number, offset: Offset): void {
  setInt64At(bytes, position + BatchPosition.baseOffset, offset);
}

export function setPartitionLeaderEpoch(bytes: Uint8Array, position: number, epoch: LeaderEpoch): void {
  setInt32At(bytes, position + BatchPosition.partitionLeaderEpoch, epoch);
}

/** Every record of the batch then has this timestamp, whatever its own delta says; the CRC is made anew. */
export function setLogAppendTime(bytes: Uint8Array, position: number, timestampMs: number): void {
  setInt16At(bytes, position + BatchPosition.attributes, attributesAt(bytes, position) | BatchAttribute.logAppendTime);
  setMaxTimestamp(bytes, position, timestampMs);
}

/** Every record of the batch then has its own timestamp, the greatest being this one. The CRC is made anew and returned. */
export function setCreateTime(bytes: Uint8Array, position: number, maxTimestampMs: Int64): number {
  setInt16At(bytes, position + BatchPosition.attributes, attributesAt(bytes, position) & ~BatchAttribute.logAppendTime);
  return setMaxTimestamp(bytes, position, maxTimestampMs);
}

function setMaxTimestamp(bytes: Uint8Array, position: number, timestampMs: Int64): number {
  setInt64At(bytes, position + BatchPosition.maxTimestamp, timestampMs);
  const crc = crcOf(bytes, position, batchBytesAt(bytes, position));
  setInt32At(bytes, position + BatchPosition.crc, crc);
  return crc;
}

/** CRC-32C over what the batch at the position covers by it. */
export const crcOf = (bytes: Uint8Array, position: number, batchBytes: number): number =>
  crc32c(bytes.subarray(position + BatchPosition.attributes, position + batchBytes));

export const hasValidCrc = (bytes: Uint8Array, position: number, batchBytes: number): boolean =>
  crcOf(bytes, position, batchBytes) === uint32At(bytes, position + BatchPosition.crc);
