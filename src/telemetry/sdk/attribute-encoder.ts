/**
 * Attributes as OTLP's KeyValue messages. Most values of a span are those of many others (topic, client, phase, outcome): their encoding is
 * kept and copied.
 */
import { KeptEncodings } from './kept-encodings';
import { DELIMITED, FIXED64, ProtoWriter, tag, VARINT } from './proto-writer';

const KEYS_MAX = 256;
const VALUES_MAX = 64;
const KEY_BYTES = 64;

const INT64_END = 2 ** 63;

const KEY = tag(1, DELIMITED);
const VALUE = tag(2, DELIMITED);
const STRING_VALUE = tag(1, DELIMITED);
const BOOL_VALUE = tag(2, VARINT);
const INT_VALUE = tag(3, VARINT);
const DOUBLE_VALUE = tag(4, FIXED64);

interface KnownKey {
  /** With the tag of the value that follows it. */
  readonly encoded: Uint8Array;
  /** Whole messages, by text. */
  readonly texts: KeptEncodings;
}

export class AttributeEncoder {
  readonly #field: number;
  readonly #keys = new Map<string, KnownKey>();

  /** Of the messages it writes, which are all at that field of what they belong to. */
  constructor(field: number) {
    this.#field = tag(field, DELIMITED);
  }

  writeAll(writer: ProtoWriter, attributes: Readonly<Record<string, unknown>>): void {
    for (const key in attributes) {
      const value = attributes[key];
      const known = this.#keys.get(key) ?? this.#learn(key);
      if (typeof value === 'string') known.texts.write(writer, value);
      else this.#write(writer, known.encoded, value);
    }
  }

  #learn(key: string): KnownKey {
    const writer = new ProtoWriter(KEY_BYTES);
    writer.uint32(KEY);
    writer.string(key);
    writer.uint32(VALUE);
    const encoded = writer.take();
    const texts = new KeptEncodings(VALUES_MAX, (to, text) => this.#write(to, encoded, text));
    const known = { encoded, texts };
    if (this.#keys.size < KEYS_MAX) this.#keys.set(key, known);
    return known;
  }

  #write(writer: ProtoWriter, key: Uint8Array, value: unknown): void {
    writer.uint32(this.#field);
    const begun = writer.begin();
    writer.raw(key);
    const begunValue = writer.begin();
    writeValue(writer, value);
    writer.end(begunValue);
    writer.end(begun);
  }
}

/** Whole numbers are integers, as the SDK has it. What is no attribute's value is written as an empty one. */
function writeValue(writer: ProtoWriter, value: unknown): void {
  if (typeof value === 'string') {
    writer.uint32(STRING_VALUE);
    writer.string(value);
  } else if (typeof value === 'boolean') {
    writer.uint32(BOOL_VALUE);
    writer.uint32(value ? 1 : 0);
  } else if (typeof value === 'number') {
    const isInt64 = Number.isInteger(value) && value >= -INT64_END && value < INT64_END;
    writer.uint32(isInt64 ? INT_VALUE : DOUBLE_VALUE);
    if (isInt64) writer.int64(value);
    else writer.double(value);
  }
}
