/** Keys of record headers: UTF-8 by Kafka's rules, but no broker looks, so what a client wrote instead must come back too. */

/** Text where the bytes are UTF-8; the bytes themselves, a view, where they are not. */
export type HeaderKey = string | Uint8Array;

/** What Node puts in place of bytes that are not UTF-8. */
const REPLACEMENT = '\ufffd';

export function headerKeyOf(bytes: Uint8Array): HeaderKey {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = view.toString('utf8');
  return text.includes(REPLACEMENT) && !Buffer.from(text, 'utf8').equals(view) ? view : text;
}

export const headerKeyBytes = (key: HeaderKey): Uint8Array =>
  typeof key === 'string' ? Buffer.from(key, 'utf8') : key;
