/** Values damaged as a faulty engine damages them: dropped to null, emptied, cut, one bit flipped. */
import { setInt32At } from '../protocol/bytes';
import { encodeBatch } from '../protocol/encode-batch';
import { BatchPosition, batchHeaders, codecOfAttributes, isControl, timestampTypeOf } from '../protocol/record-batch';
import { readBatchRecords } from '../protocol/record';
import type { ValueDamage } from './fault';

/** What becomes of one value. Null where it is lost. */
export function damagedValue(fault: ValueDamage, value: Uint8Array): Uint8Array | null {
  switch (fault) {
    case 'drop_value':
      return null;
    case 'empty_value':
      return value.subarray(0, 0);
    case 'truncate_value':
      return value.subarray(0, Math.floor(value.byteLength / 4));
    case 'flip_bit': {
      const flipped = Uint8Array.from(value);
      const middle = flipped.byteLength >> 1;
      flipped[middle] = (flipped[middle] ?? 0) ^ 1;
      return flipped;
    }
  }
}

/**
 * The batch with the value of the record in its middle damaged. Its CRC stays that of what was written, as where a stored log is damaged.
 * Undefined where that record has no value.
 */
export function damagedBatch(fault: ValueDamage, batch: Uint8Array): Uint8Array | undefined {
  const [header] = batchHeaders(batch);
  if (header === undefined || isControl(header.attributes)) return undefined;
  const records = [...readBatchRecords(batch, header)];
  const index = records.length >> 1;
  const target = records[index];
  const value = target?.value ?? null;
  if (target === undefined || value === null || value.byteLength === 0) return undefined;
  records[index] = { ...target, value: damagedValue(fault, value) };
  const { baseOffset, lastOffset, partitionLeaderEpoch, producerId, producerEpoch, baseSequence } = header;
  const appended = timestampTypeOf(header.attributes) === 'log_append_time';
  const damaged = encodeBatch(records, {
    ...{ baseOffset, lastOffset, partitionLeaderEpoch, producerId, producerEpoch, baseSequence },
    codec: codecOfAttributes(header.attributes),
    ...(appended ? { logAppendTime: header.maxTimestamp } : {}),
  });
  setInt32At(damaged, BatchPosition.crc, header.crc);
  return damaged;
}
