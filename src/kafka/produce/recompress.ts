/**
 * compression.type of a topic: what is stored has the topic's codec, whatever its producer used, as Kafka does it. `producer`, the
 * default, leaves batches as they came.
 */
import { compress, decompress, type Codec } from '../../protocol/compression/compression';
import { setInt16At, setInt32At } from '../../protocol/bytes';
import { crcOf } from '../../protocol/patch-batch';
import {
  BATCH_HEADER_BYTES,
  BATCH_PREFIX_BYTES,
  BatchAttribute,
  BatchPosition,
  codecOfAttributes,
} from '../../protocol/record-batch';
import { codecId } from '../../protocol/compression/compression';
import type { ValidatedBatch } from '../../protocol/validate-batch';
import type { TopicConfig } from '../../topic-settings/topic-config';
import { tooLarge } from './produce-refusal';

/** The bytes themselves where nothing changes. The batch must be valid. Throws ProduceRefusal where it becomes too large. */
export function recompressed(
  bytes: Uint8Array,
  batch: ValidatedBatch,
  { compressionType, maxMessageBytes }: Pick<TopicConfig, 'compressionType' | 'maxMessageBytes'>,
): Uint8Array {
  if (compressionType === 'producer') return bytes;
  const codec: Codec = compressionType === 'uncompressed' ? 'none' : compressionType;
  const from = codecOfAttributes(batch.header.attributes);
  if (from === codec) return bytes;
  const records = decompress(from, bytes.subarray(BATCH_HEADER_BYTES), Math.max(1, batch.recordsBytes));
  const stored = withRecords(bytes, batch, { codec, section: compress(codec, records) });
  if (stored.byteLength > maxMessageBytes) throw tooLarge(stored.byteLength, maxMessageBytes);
  return stored;
}

function withRecords(
  bytes: Uint8Array,
  { header }: ValidatedBatch,
  { codec, section }: { readonly codec: Codec; readonly section: Uint8Array },
): Uint8Array {
  const batch = Buffer.allocUnsafe(BATCH_HEADER_BYTES + section.byteLength);
  batch.set(bytes.subarray(0, BATCH_HEADER_BYTES));
  batch.set(section, BATCH_HEADER_BYTES);
  setInt32At(batch, BatchPosition.batchLength, batch.byteLength - BATCH_PREFIX_BYTES);
  setInt16At(batch, BatchPosition.attributes, (header.attributes & ~BatchAttribute.codecMask) | codecId(codec));
  setInt32At(batch, BatchPosition.crc, crcOf(batch, 0, batch.byteLength));
  return batch;
}
