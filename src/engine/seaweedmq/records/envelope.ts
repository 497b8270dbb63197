/**
 * What SeaweedMQ's record form cannot carry travels in an envelope in front of the value:
 *
 *      0  4 bytes  magic: FE 53 47 4D. FE starts no UTF-8 text, no JSON and no Confluent wire format (00), and with 53 no UTF-16 mark
 *      4  uint8    version, 1
 *      5  uint8    flags: 1 the key is null · 2 the value is null · 4 headers follow · 8, alone, no record: a placeholder ·
 *                  16 an offset follows: at an offset below it this is no record, but a placeholder
 *      6  int64    the producer's timestamp, milliseconds, big-endian
 *     14  int64    with flag 16: the offset
 *      …  headers, with flag 4: uint32 count, then for each
 *             uint32 key length, key (UTF-8, as it came), int32 value length (-1 for null), value
 *         the first of them may be a producer's mark (producer-mark.ts)
 *      …  the value, to the end; nothing where it is null
 *
 * The key stays the engine's own key, so that other readers can use it; flag 1 tells a null one from an empty one. Integers are
 * big-endian. A raw value that begins with the magic is enveloped too, so an envelope is never taken for a value. What begins
 * with the magic and is no whole envelope was not written by a gateway: it is a raw value.
 *
 * A placeholder takes an offset that a broker gave before and forgot. It is no record: consumers see a gap, as compaction leaves one.
 * Flag 16 is on the first record of a publisher, which finds out whether the broker forgot: where it did, the record was no record.
 */
import type { ValueProof } from '../../../audit/verdict';
import { headerKeyBytes, headerKeyOf } from '../../../protocol/header-key';
import { int64Of } from '../../../protocol/int64';
import type { RecordHeader } from '../../../protocol/record';
import type { SequencedBatch } from '../../../protocol/producer-sequence';
import { toOffset } from '../../../types';
import type { Int64, Offset } from '../../../types';
import { markHeaders, unmarkHeaders } from '../publish/producer-mark';

export const ENVELOPE_MAGIC = Uint8Array.of(0xfe, 0x53, 0x47, 0x4d);
const VERSION = 1;
const Flag = { keyIsNull: 1, valueIsNull: 2, headers: 4, placeholder: 8, validFrom: 16 } as const;
const FLAGS_ALL = Flag.keyIsNull | Flag.valueIsNull | Flag.headers | Flag.validFrom;
const HEAD_BYTES = 14;
const VALID_FROM_BYTES = 8;

export interface EnvelopeContent {
  /** Whether the key is null; its bytes travel apart. */
  readonly keyIsNull: boolean;
  readonly value: Uint8Array | null;
  readonly headers: readonly RecordHeader[];
  /** Milliseconds. */
  readonly timestamp: Int64;
  /** At an offset below it there is no record; undefined where it is one wherever it lies. */
  readonly validFrom?: Offset | undefined;
  /** The batch of an idempotent producer that the record begins. */
  readonly mark?: SequencedBatch | undefined;
  /** Of the value; travels with it. */
  readonly proof?: ValueProof | undefined;
}

export function startsWithMagic(value: Uint8Array): boolean {
  return value[0] === 0xfe && value[1] === 0x53 && value[2] === 0x47 && value[3] === 0x4d;
}

export function encodeEnvelope({ keyIsNull, value, timestamp, validFrom, ...content }: EnvelopeContent): Buffer {
  const headers = markHeaders(content.headers, content.mark, content.proof);
  const keys = headers.map(({ key }) => headerKeyBytes(key));
  let size = HEAD_BYTES + (validFrom === undefined ? 0 : VALID_FROM_BYTES) + (value?.byteLength ?? 0);
  if (headers.length > 0) size += 4;
  headers.forEach((header, index) => (size += 8 + (keys[index]?.byteLength ?? 0) + (header.value?.byteLength ?? 0)));
  const envelope = Buffer.allocUnsafe(size);
  envelope.set(ENVELOPE_MAGIC, 0);
  envelope[4] = VERSION;
  envelope[5] =
    (keyIsNull ? Flag.keyIsNull : 0) |
    (value === null ? Flag.valueIsNull : 0) |
    (headers.length > 0 ? Flag.headers : 0) |
    (validFrom === undefined ? 0 : Flag.validFrom);
  let position = envelope.writeBigInt64BE(BigInt(timestamp), 6);
  if (validFrom !== undefined) position = envelope.writeBigInt64BE(BigInt(validFrom), position);
  if (headers.length > 0) position = envelope.writeUInt32BE(headers.length, position);
  headers.forEach((header, index) => {
    const key = keys[index] ?? Buffer.alloc(0);
    position = envelope.writeUInt32BE(key.byteLength, position);
    envelope.set(key, position);
    position = envelope.writeInt32BE(header.value?.byteLength ?? -1, position + key.byteLength);
    if (header.value !== null) envelope.set(header.value, position);
    position += header.value?.byteLength ?? 0;
  });
  if (value !== null) envelope.set(value, position);
  return envelope;
}

export function encodePlaceholder(timestamp: number): Buffer {
  const envelope = encodeEnvelope({ keyIsNull: false, value: null, headers: [], timestamp });
  envelope[5] = Flag.placeholder;
  return envelope;
}

/** Whether what is stored at an offset only takes it. */
export function isPlaceholder(stored: Uint8Array, offset: Offset): boolean {
  const flags = stored[5] ?? 0;
  if (!startsWithMagic(stored) || stored[4] !== VERSION) return false;
  if (flags === Flag.placeholder) return stored.byteLength === HEAD_BYTES;
  return (flags & Flag.validFrom) !== 0 && offset < (decodeEnvelope(stored)?.validFrom ?? 0);
}

/** The envelope's content, views into `stored`; undefined where it is no envelope but a raw value. */
export function decodeEnvelope(stored: Uint8Array): EnvelopeContent | undefined {
  if (!startsWithMagic(stored) || stored.byteLength < HEAD_BYTES || stored[4] !== VERSION) return undefined;
  const flags = stored[5] ?? 0;
  if ((flags & ~FLAGS_ALL) !== 0) return undefined;
  const view = new DataView(stored.buffer, stored.byteOffset, stored.byteLength);
  const timestamp = int64Of(view.getBigInt64(6));
  const bounded = (flags & Flag.validFrom) !== 0;
  const start = bounded ? HEAD_BYTES + VALID_FROM_BYTES : HEAD_BYTES;
  if (start > stored.byteLength) return undefined;
  const head = (flags & Flag.headers) === 0 ? { headers: [], end: start } : decodeHeaders(stored, view, start);
  if (head === undefined) return undefined;
  const valueIsNull = (flags & Flag.valueIsNull) !== 0;
  if (valueIsNull && head.end !== stored.byteLength) return undefined;
  return {
    keyIsNull: (flags & Flag.keyIsNull) !== 0,
    value: valueIsNull ? null : stored.subarray(head.end),
    timestamp,
    validFrom: bounded ? toOffset(Number(view.getBigInt64(HEAD_BYTES))) : undefined,
    ...unmarkHeaders(head.headers),
  };
}

function decodeHeaders(
  stored: Uint8Array,
  view: DataView,
  start: number,
): { readonly headers: RecordHeader[]; readonly end: number } | undefined {
  let position = start;
  const end = stored.byteLength;
  if (position + 4 > end) return undefined;
  const count = view.getUint32(position);
  position += 4;
  if (count * 8 > end - position) return undefined;
  const headers: RecordHeader[] = [];
  for (let left = count; left > 0; left -= 1) {
    if (position + 4 > end) return undefined;
    const keyLength = view.getUint32(position);
    position += 4;
    if (position + keyLength + 4 > end) return undefined;
    const key = headerKeyOf(stored.subarray(position, position + keyLength));
    position += keyLength;
    const valueLength = view.getInt32(position);
    position += 4;
    if (valueLength < -1 || position + valueLength > end) return undefined;
    headers.push({ key, value: valueLength < 0 ? null : stored.subarray(position, position + valueLength) });
    position += Math.max(valueLength, 0);
  }
  return { headers, end: position };
}
