/**
 * The census of each batch, beside its segment (`….census`): entry n belongs to the segment's n-th batch. 32 bytes each:
 *
 *   0 records u32 · 4 nulls u32 · 8 empties u32 · 12 controls u32 · 16 value bytes u64 · 24 CRC-32C of its batch u32
 *   28 CRC-32C u32 of the 28 bytes before it
 *
 * An entry whose batch CRC is another batch's, or that is torn, is no entry: the batch is counted again.
 */
import { crc32c } from '@node-rs/crc32';
import type { Census } from '../../types';
import { viewOf } from './batch-header';

export const CENSUS_ENTRY_BYTES = 32;

export function encodeCensus(target: Uint8Array, position: number, census: Census, batchCrc: number): void {
  const view = viewOf(target);
  view.setUint32(position, census.records);
  view.setUint32(position + 4, census.nulls);
  view.setUint32(position + 8, census.empties);
  view.setUint32(position + 12, census.controls);
  view.setBigUint64(position + 16, BigInt(census.valueBytes));
  view.setUint32(position + 24, batchCrc);
  view.setUint32(position + 28, crc32c(target.subarray(position, position + 28)));
}

/** undefined where there is no valid entry of that batch. */
export function decodeCensus(bytes: Uint8Array, position: number, batchCrc: number): Census | undefined {
  if (position + CENSUS_ENTRY_BYTES > bytes.length) return undefined;
  const view = viewOf(bytes);
  if (view.getUint32(position + 24) !== batchCrc) return undefined;
  if (view.getUint32(position + 28) !== crc32c(bytes.subarray(position, position + 28))) return undefined;
  return {
    records: view.getUint32(position),
    nulls: view.getUint32(position + 4),
    empties: view.getUint32(position + 8),
    controls: view.getUint32(position + 12),
    valueBytes: view.getUint32(position + 16) * 0x1_0000_0000 + view.getUint32(position + 20),
  };
}
