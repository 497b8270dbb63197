/**
 * What a client says first in a TLS handshake (RFC 8446 4.1.2): the name it asked for (SNI) and the protocols it offers (ALPN). It is read for
 * log lines alone, from bytes that nobody has checked, so what is cut off or wrong is left out.
 */
export interface ClientHello {
  readonly serverName: string | undefined;
  /** ALPN, the client's favourite first; empty where it offers none. */
  readonly protocols: readonly string[];
}

const HANDSHAKE_RECORD = 22;
const CLIENT_HELLO = 1;
/** Record header, handshake header, version and random. */
const FIXED_BYTES = 5 + 4 + 2 + 32;
const SERVER_NAME = 0;
const ALPN = 16;
const NAME_BYTES_MAX = 255;
const PROTOCOLS_MAX = 8;

/** Undefined where the bytes do not begin as a ClientHello does. */
export function clientHelloOf(bytes: Uint8Array): ClientHello | undefined {
  if (bytes[0] !== HANDSHAKE_RECORD || bytes[5] !== CLIENT_HELLO) return undefined;
  let serverName: string | undefined;
  let protocols: readonly string[] = [];
  for (const { type, content } of extensions(bytes)) {
    // A list of one entry: its length, the kind of name, the name's length, the name.
    if (type === SERVER_NAME) serverName = printable(content.subarray(5, 5 + uint16(content, 3)));
    if (type === ALPN) protocols = namesOf(content.subarray(2));
  }
  return { serverName, protocols };
}

function* extensions(bytes: Uint8Array): Iterable<{ readonly type: number; readonly content: Uint8Array }> {
  let at = FIXED_BYTES;
  // Session id, cipher suites, compression methods, and the length of all extensions.
  at += 1 + (bytes[at] ?? 0);
  at += 2 + uint16(bytes, at);
  at += 1 + (bytes[at] ?? 0);
  at += 2;
  while (at + 4 <= bytes.byteLength) {
    const start = at + 4;
    const end = start + uint16(bytes, at + 2);
    yield { type: uint16(bytes, at), content: bytes.subarray(start, end) };
    at = end;
  }
}

function namesOf(list: Uint8Array): readonly string[] {
  const names: string[] = [];
  for (let at = 0; at < list.byteLength && names.length < PROTOCOLS_MAX;) {
    const end = at + 1 + (list[at] ?? 0);
    const name = printable(list.subarray(at + 1, end));
    if (name !== undefined) names.push(name);
    at = end;
  }
  return names;
}

/** Undefined where it holds what does not belong into a log line. */
function printable(bytes: Uint8Array): string | undefined {
  const text = Buffer.from(bytes.subarray(0, NAME_BYTES_MAX)).toString('latin1');
  return /^[\x21-\x7e]+$/.test(text) ? text : undefined;
}

const uint16 = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
