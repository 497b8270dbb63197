/**
 * One committed offset as an entry of JSON, in SeaweedFS's form:
 *
 *   {"type":"offset","value":42,"committed_at":1700000000000,"metadata":"","leader_epoch":3,"expires_at":1700000060000}
 *
 * `value` is any int64, as digits. `leader_epoch` and `expires_at` are ours and left out where the client gave none. A `type` other
 * than "offset" (SeaweedFS's own gateway knows "timestamp") has no offset in it and is an error.
 */
import { EngineError } from '../../../engine-error';
import { int64Of, isInt64 } from '../../../protocol/int64';
import type { Int64 } from '../../../types';
import type { CommittedOffset } from './offset-storage';

/** A string of Kafka's protocol has no more. */
const METADATA_BYTES_MAX = 32_767;
const NO_EPOCH = -1;

export function encodeOffset(offset: CommittedOffset): Uint8Array {
  const others = {
    committed_at: offset.committedAtMs,
    metadata: offset.metadata,
    ...(offset.leaderEpoch === NO_EPOCH ? {} : { leader_epoch: offset.leaderEpoch }),
    ...(offset.expiresAtMs === undefined ? {} : { expires_at: offset.expiresAtMs }),
  };
  // JSON.stringify writes no bigint.
  const text = `{"type":"offset","value":${offset.offset},${JSON.stringify(others).slice(1)}`;
  return new TextEncoder().encode(text);
}

/** `where`: the entry's path, for errors. What cannot be read is an error: taking it for absent would lose the group's place. */
export function decodeOffset(content: Uint8Array, where: string): CommittedOffset {
  const text = new TextDecoder().decode(content);
  const { type, value, committed_at, metadata, leader_epoch, expires_at } = parse(text, where);
  const offset = type === undefined || type === 'offset' ? offsetOf(value, text) : undefined;
  if (offset === undefined) {
    throw new EngineError('storage_error', `expected a committed offset in ${where}, got another entry`);
  }
  if (typeof metadata === 'string' && Buffer.byteLength(metadata) > METADATA_BYTES_MAX) {
    throw new EngineError('storage_error', `expected metadata in ${where} that an answer can hold`);
  }
  return {
    offset,
    leaderEpoch: isInteger(leader_epoch) ? leader_epoch : NO_EPOCH,
    metadata: typeof metadata === 'string' ? metadata : '',
    committedAtMs: isInteger(committed_at) ? committed_at : 0,
    ...(isInteger(expires_at) ? { expiresAtMs: expires_at } : {}),
  };
}

/** `value` as JSON.parse gave it; it rounds what is greater than 2^53, of which the digits are read again. */
function offsetOf(value: unknown, text: string): Int64 | undefined {
  if (isInteger(value)) return value;
  if (typeof value !== 'number') return undefined;
  // In a string each quote has a backslash in front, so this finds nothing but the key.
  const written = [...text.matchAll(/"value"\s*:\s*(-?[0-9]{16,19})\s*[,}]/g)].map(([, digits = '']) => digits);
  const digits = written.findLast((each) => Number(each) === value);
  if (digits === undefined) return undefined;
  const offset = int64Of(BigInt(digits));
  return isInt64(offset) ? offset : undefined;
}

function parse(text: string, where: string): Readonly<Record<string, unknown>> {
  try {
    return (JSON.parse(text) ?? {}) as Readonly<Record<string, unknown>>;
  } catch (cause) {
    const expected = `expected JSON in ${where}, got ${text.length} other characters`;
    throw new EngineError('storage_error', expected, cause);
  }
}

const isInteger = (value: unknown): value is number => Number.isSafeInteger(value);
