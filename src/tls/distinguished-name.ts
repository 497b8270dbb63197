/**
 * The subject of a certificate as Java's X500Principal writes it by default (RFC 2253), for that is what Kafka's principals and mapping
 * rules are made of: `CN=orders,OU=shop,C=DE`, the last part of the certificate first. DER (X.690) is read as far as the subject.
 */
interface Der {
  readonly tag: number;
  /** Of the contents. */
  readonly start: number;
  readonly end: number;
  /** Where the whole element begins. */
  readonly from: number;
}

const SEQUENCE = 0x30;
const EXPLICIT_VERSION = 0xa0;

/** Throws RangeError for bytes that are no certificate. */
export function subjectOf(certificate: Uint8Array): string {
  const outer = elementAt(certificate, 0, certificate.byteLength);
  const toBeSigned = elementAt(certificate, outer.start, outer.end);
  const fields = children(certificate, toBeSigned);
  const skipped = fields[0]?.tag === EXPLICIT_VERSION ? 1 : 0;
  // Serial number, signature algorithm, issuer and validity stand before it.
  const subject = fields[skipped + 4];
  if (subject?.tag !== SEQUENCE) throw new RangeError('expected a certificate with a subject');
  return children(certificate, subject)
    .map((set) => relativeName(certificate, set))
    .reverse()
    .join(',');
}

/** Attributes of one part stand in one set. */
function relativeName(bytes: Uint8Array, set: Der): string {
  return children(bytes, set)
    .map((pair) => {
      const [type, value] = children(bytes, pair);
      if (type === undefined || value === undefined) throw new RangeError('expected an attribute of a name');
      const oid = objectIdentifier(bytes.subarray(type.start, type.end));
      const keyword = KEYWORDS[oid];
      const text = keyword === undefined ? undefined : textOf(bytes, value);
      if (text === undefined) return `${oid}=#${Buffer.from(bytes.subarray(value.from, value.end)).toString('hex')}`;
      return `${keyword ?? oid}=${escaped(text)}`;
    })
    .join('+');
}

/** Those that RFC 2253 names; all others are written as their numbers, with their value in hex. */
const KEYWORDS: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.9': 'STREET',
  '0.9.2342.19200300.100.1.25': 'DC',
  '0.9.2342.19200300.100.1.1': 'UID',
};

const UTF8 = 12;
const LATIN = new Set([19, 20, 22, 27]);
const BMP = 30;

/** Undefined where it is no string. */
function textOf(bytes: Uint8Array, { tag, start, end }: Der): string | undefined {
  const contents = Buffer.from(bytes.subarray(start, end));
  if (tag === UTF8) return contents.toString('utf8');
  if (LATIN.has(tag)) return contents.toString('latin1');
  return tag === BMP ? contents.swap16().toString('utf16le') : undefined;
}

function escaped(text: string): string {
  const inside = text.replace(/[,=+<>#;"\\]/g, '\\$&').replaceAll('\u0000', '\\00');
  return inside.replace(/^ +| +$/g, (spaces) => '\\ '.repeat(spaces.length));
}

function objectIdentifier(contents: Uint8Array): string {
  const parts: number[] = [];
  let value = 0;
  for (const byte of contents) {
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) {
      parts.push(value);
      value = 0;
    }
  }
  const [first = 0, ...rest] = parts;
  const top = Math.min(Math.floor(first / 40), 2);
  return [top, first - top * 40, ...rest].join('.');
}

function children(bytes: Uint8Array, { start, end }: Der): readonly Der[] {
  const found: Der[] = [];
  for (let at = start; at < end;) {
    const element = elementAt(bytes, at, end);
    found.push(element);
    at = element.end;
  }
  return found;
}

function elementAt(bytes: Uint8Array, from: number, limit: number): Der {
  const tag = bytes[from] ?? 0;
  const first = bytes[from + 1] ?? 0;
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  let length = first < 0x80 ? first : 0;
  for (let index = 0; index < lengthBytes; index++) length = length * 256 + (bytes[from + 2 + index] ?? 0);
  const start = from + 2 + lengthBytes;
  if (lengthBytes > 4 || start > limit || length > limit - start)
    throw new RangeError('expected DER, got an element longer than what holds it');
  return { tag, start, end: start + length, from };
}
