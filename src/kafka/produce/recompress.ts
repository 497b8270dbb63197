/**
 * compression.type of a topic: what is stored has the topic's codec, whatever its producer used, as Kafka does it. `producer`, the
 * default, leaves batches as they came.
 */
import { compress, decompress, type Codec } from '../../protocol/compression/compression';
import { joined, setInt16At, setInt32At } from '../../protocol/bytes';
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
import type { TopicConfig } from '../topic-settings/effective';
import { tooLarge } from './produce-refusal';

/** The bytes themselves where nothing changes. The batches must be valid. Throws ProduceRefusal for one that becomes too large. */
export function recompressed(
  bytes: Uint8Array,
  batches: readonly ValidatedBatch[],
  { compressionType, maxMessageBytes }: Pick<TopicConfig, 'compressionType' | 'maxMessageBytes'>,
): Uint8Array {
  if (compressionType === 'producer') return bytes;
  const codec: Codec = compressionType === 'uncompressed' ? 'none' : compressionType;
  if (batches.every(({ header }) => codecOfAttributes(header.attributes) === codec)) return bytes;
  return joined(
    batches.map((batch) => {
      const stored = withCodec(bytes, batch, codec);
      if (stored.byteLength > maxMessageBytes) throw tooLarge(stored.byteLength, maxMessageBytes);
      return stored;
    }),
  );
}

function withCodec(bytes: Uint8Array, { header, recordsBytes }: ValidatedBatch, codec: Codec): Uint8Array {
  const from = codecOfAttributes(header.attributes);
  const stored = bytes.subarray(header.position, header.position + header.bytes);
  if (from === codec) return stored;
  const section = compress(codec, decompress(from, stored.subarray(BATCH_HEADER_BYTES), Math.max(1, recordsBytes)));
  const batch = Buffer.allocUnsafe(BATCH_HEADER_BYTES + section.byteLength);
  batch.set(stored.subarray(0, BATCH_HEADER_BYTES));
  batch.set(section, BATCH_HEADER_BYTES);
  setInt32At(batch, BatchPosition.batchLength, batch.byteLength - BATCH_PREFIX_BYTES);
  setInt16At(batch, BatchPosition.attributes, (header.attributes & ~BatchAttribute.codecMask) | codecId(codec));
  setInt32At(batch, BatchPosition.crc, crcOf(batch, 0, batch.byteLength));
  return batch;
}
