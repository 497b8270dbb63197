/**
 * What is stored of an idempotent producer's batch: its first record says whose it is, so that a gateway that knows nothing of the
 * producer finds out from the log what was appended. It stands as the first header in the record's envelope, because a gateway that
 * does not know of it then delivers one header more and nothing that is wrong.
 *
 *     key    "seaglass.producer"
 *     value  int64 producer id · int16 epoch · int32 first sequence · int32 records of the batch, big-endian, where it begins
 *            one; then, where it is kept, the proof of the value: int32 length (-1: null) · int32 CRC-32C. Or nothing: so a client's own first
 *            header of that name stays the second one
 */
import type { ValueProof } from '../../../audit/verdict';
import type { RecordHeader } from '../../../protocol/record';
import type { SequencedBatch } from '../../../protocol/producer-sequence';

export const MARK_KEY = 'seaglass.producer';
const BATCH_BYTES = 18;
const PROOF_BYTES = 8;
/** Lengths of the header's value that end with a proof. */
export const PROVEN_BYTES: ReadonlySet<number> = new Set([PROOF_BYTES, BATCH_BYTES + PROOF_BYTES]);
const UNMARKED: RecordHeader = { key: MARK_KEY, value: new Uint8Array(0) };

/** The headers as they are stored. */
export function markHeaders(
  headers: readonly RecordHeader[],
  mark: SequencedBatch | undefined,
  proof: ValueProof | undefined,
): readonly RecordHeader[] {
  if (mark !== undefined || proof !== undefined) return [{ key: MARK_KEY, value: encode(mark, proof) }, ...headers];
  return headers[0]?.key === MARK_KEY ? [UNMARKED, ...headers] : headers;
}

/** The headers as they came, the batch that the record begins, and the proof of its value; undefined where there is none. */
export function unmarkHeaders(stored: readonly RecordHeader[]): {
  readonly headers: readonly RecordHeader[];
  readonly mark: SequencedBatch | undefined;
  readonly proof: ValueProof | undefined;
} {
  const [first, ...headers] = stored;
  if (first?.key !== MARK_KEY) return { headers: stored, mark: undefined, proof: undefined };
  const { value } = first;
  const bytes = value?.byteLength ?? 0;
  const isMark = bytes === BATCH_BYTES || bytes === BATCH_BYTES + PROOF_BYTES;
  return {
    headers,
    mark: isMark && value !== null ? decode(value) : undefined,
    proof: PROVEN_BYTES.has(bytes) && value !== null ? decodeProof(value) : undefined,
  };
}

function encode(mark: SequencedBatch | undefined, proof: ValueProof | undefined): Buffer {
  const batchBytes = mark === undefined ? 0 : BATCH_BYTES;
  const value = Buffer.allocUnsafe(batchBytes + (proof === undefined ? 0 : PROOF_BYTES));
  if (mark !== undefined) {
    value.writeBigInt64BE(mark.producerId, 0);
    value.writeInt16BE(mark.producerEpoch, 8);
    value.writeInt32BE(mark.baseSequence, 10);
    value.writeInt32BE(mark.lastOffsetDelta + 1, 14);
  }
  if (proof !== undefined) {
    value.writeInt32BE(proof.length, batchBytes);
    value.writeInt32BE(proof.crc, batchBytes + 4);
  }
  return value;
}

function decodeProof(value: Uint8Array): ValueProof {
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  return { length: view.getInt32(value.byteLength - 8), crc: view.getInt32(value.byteLength - 4) };
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
