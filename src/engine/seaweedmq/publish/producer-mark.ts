/**
 * What is stored of an idempotent producer's batch: its first record says whose it is, so that a gateway that knows nothing of the
 * producer finds out from the log what was appended. It stands as the first header in the record's envelope, because a gateway that
 * does not know of it then delivers one header more and nothing that is wrong.
 *
 *     key    "seaglass.producer"
 *     value  int64 producer id · int16 epoch · int32 first sequence · int32 records of the batch, big-endian; or nothing, which marks no
 *            batch: so a client's own first header of that name stays the second one
 */
import type { RecordHeader } from '../../../protocol/record';
import type { SequencedBatch } from '../../../protocol/producer-sequence';

const KEY = 'seaglass.producer';
const BYTES = 18;
const UNMARKED: RecordHeader = { key: KEY, value: new Uint8Array(0) };

/** The headers as they are stored. */
export function markHeaders(
  headers: readonly RecordHeader[],
  mark: SequencedBatch | undefined,
): readonly RecordHeader[] {
  if (mark !== undefined) return [{ key: KEY, value: encode(mark) }, ...headers];
  return headers[0]?.key === KEY ? [UNMARKED, ...headers] : headers;
}

/** The headers as they came, and the batch that the record begins; undefined where it begins none. */
export function unmarkHeaders(stored: readonly RecordHeader[]): {
  readonly headers: readonly RecordHeader[];
  readonly mark: SequencedBatch | undefined;
} {
  const [first, ...headers] = stored;
  if (first?.key !== KEY) return { headers: stored, mark: undefined };
  return { headers, mark: first.value?.byteLength === BYTES ? decode(first.value) : undefined };
}

function encode({ producerId, producerEpoch, baseSequence, lastOffsetDelta }: SequencedBatch): Buffer {
  const value = Buffer.allocUnsafe(BYTES);
  value.writeBigInt64BE(producerId, 0);
  value.writeInt16BE(producerEpoch, 8);
  value.writeInt32BE(baseSequence, 10);
  value.writeInt32BE(lastOffsetDelta + 1, 14);
  return value;
}

function decode(value: Uint8Array): SequencedBatch {
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  return {
    producerId: view.getBigInt64(0),
    producerEpoch: view.getInt16(8),
    baseSequence: view.getInt32(10),
    lastOffsetDelta: view.getInt32(14) - 1,
  };
}
