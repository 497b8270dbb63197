/** The proof that an envelope carries, read without decoding it: the last eight bytes of its first header, where that one is the gateway's. */
import type { ValueProof } from '../../../audit/verdict';
import { startsWithMagic } from '../records/envelope';
import { PROVEN_BYTES, MARK_KEY } from '../publish/producer-mark';

const HEAD_BYTES = 14;
const KEY_BYTES = Buffer.from(MARK_KEY);

/** Undefined where there is none. */
export function storedProof(stored: Uint8Array): ValueProof | undefined {
  const flags = stored[5] ?? 0;
  if (!startsWithMagic(stored) || stored[4] !== 1 || (flags & 4) === 0) return undefined;
  const key = ((flags & 16) === 0 ? HEAD_BYTES : HEAD_BYTES + 8) + 4;
  const value = key + 4 + KEY_BYTES.byteLength;
  if (value + 4 > stored.byteLength) return undefined;
  const view = new DataView(stored.buffer, stored.byteOffset, stored.byteLength);
  if (view.getUint32(key) !== KEY_BYTES.byteLength) return undefined;
  if (Buffer.compare(stored.subarray(key + 4, value), KEY_BYTES) !== 0) return undefined;
  const bytes = view.getInt32(value);
  const end = value + 4 + bytes;
  if (!PROVEN_BYTES.has(bytes) || end > stored.byteLength) return undefined;
  return { length: view.getInt32(end - 8), crc: view.getInt32(end - 4) };
}
