/** Fetched records as text: what every batch's header says, and its records where they are few. A batch that is cut off is left out, as clients do. */
import { crcOf } from '../../src/protocol/patch-batch';
import { batchHeaders, type BatchHeader } from '../../src/protocol/record-batch';
import { readBatchRecords } from '../../src/protocol/record';
import type { Masks } from './masks';

type BatchText = Readonly<Record<string, string | number>>;

export function batchesText(bytes: Buffer, masks: Masks): BatchText[] {
  return batchHeaders(bytes, 'cut').map((header) => ({
    offsets: `${header.baseOffset}-${header.lastOffset}`,
    leaderEpoch: header.partitionLeaderEpoch,
    attributes: header.attributes,
    times: `${masks.time(header.baseTimestamp)}-${masks.time(header.maxTimestamp)}`,
    producer: `${masks.producerId(header.producerId)}/${header.producerEpoch}/${header.baseSequence}`,
    crc: crcOf(bytes, header.position, header.bytes) === header.crc ? 'right' : 'wrong',
    records: recordsText(bytes, header, masks),
  }));
}

function recordsText(bytes: Buffer, header: BatchHeader, masks: Masks): string {
  const records = [...readBatchRecords(bytes, header)].map((record) => {
    const headers = record.headers.map(({ key, value }) => `${String(key)}:${fieldText(value)}`).join(',');
    return `${record.offset}@${masks.time(record.timestamp)} ${fieldText(record.key)}=${fieldText(record.value)}${headers}`;
  });
  return records.join(' ');
}

function fieldText(field: Uint8Array | null): string {
  if (field === null) return 'null';
  return field.byteLength > 40 ? `${field.byteLength} bytes` : Buffer.from(field).toString();
}
