/** Random values of every message and version, made from the facts in `src/protocol/schema`, and the generated code that belongs to each. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { kebab } from '../../src/protocol/generator/emit-api';
import { isEmpty, parseMessage, within } from '../../src/protocol/generator/message';
import type { Field, FieldType, Message, Struct } from '../../src/protocol/generator/message';
import type { RawMessage } from '../../src/protocol/generator/raw-message';
import { isBigint, isExact } from '../../src/protocol/generator/types';
import type { Reader } from '../../src/protocol/reader';
import type { Writer } from '../../src/protocol/writer';
import { INT64_MAX, INT64_MIN, int64s } from '../support/int64s';

type Create = (fields?: object) => object;

export interface TestMessage {
  readonly message: Message;
  readonly read: (reader: Reader, version: number) => object;
  readonly write: (writer: Writer, value: object, version: number) => void;
  readonly values: (version: number) => fc.Arbitrary<object>;
}

const SCHEMA = join(__dirname, '../../src/protocol/schema');

/** Every message that has codecs. */
export function testMessages(): TestMessage[] {
  const raw = readdirSync(SCHEMA).map((file) => JSON.parse(readFileSync(join(SCHEMA, file), 'utf8')) as RawMessage);
  const responses = new Map(raw.map((message) => [message.name, message]));
  return raw
    .filter((message) => message.type === 'request')
    .flatMap((request) => {
      const api = request.name.replace(/Request$/, '');
      const response = responses.get(`${api}Response`);
      if (response === undefined) throw new Error(`${api} has no response`);
      const taken = new Set<string>();
      // eslint-disable-next-line @typescript-eslint/no-require-imports
      const code = require(`../../src/protocol/generated/${kebab(api)}`) as Record<string, unknown>;
      return [parseMessage(request, taken), parseMessage(response, taken)].map((message) => testMessage(message, code));
    });
}

function testMessage(message: Message, code: Record<string, unknown>): TestMessage {
  return {
    message,
    read: code[`read${message.name}`] as TestMessage['read'],
    write: code[`write${message.name}`] as TestMessage['write'],
    values: (version) => structValues(message.root, version, message, code),
  };
}

function structValues(
  struct: Struct,
  version: number,
  message: Message,
  code: Record<string, unknown>,
): fc.Arbitrary<object> {
  const create = code[`create${struct.name}`] as Create;
  const present = struct.fields.filter((field) => within(field.versions, version));
  const arbitraries = present.map((field) => [field.name, fieldValues(field, version, message, code)] as const);
  return fc.record(Object.fromEntries(arbitraries)).map((fields) => create(fields));
}

function fieldValues(
  field: Field,
  version: number,
  message: Message,
  code: Record<string, unknown>,
): fc.Arbitrary<unknown> {
  const values = typeValues(field, field.type, version, message, code);
  return !isEmpty(field.nullable) && within(field.nullable, version)
    ? fc.option(values, { nil: null, freq: 4 })
    : values;
}

function typeValues(
  field: Field,
  type: FieldType,
  version: number,
  message: Message,
  code: Record<string, unknown>,
): fc.Arbitrary<unknown> {
  if (type.kind === 'array') return fc.array(typeValues(field, type.element, version, message, code), { maxLength: 3 });
  if (type.kind === 'struct') return structValues(type.struct, version, message, code);
  const integer = (bits: number): fc.Arbitrary<number> =>
    fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 });
  switch (type.scalar) {
    case 'bool':
      return fc.boolean();
    case 'int8':
      return integer(8);
    case 'int16':
      return integer(16);
    case 'uint16':
      return fc.integer({ min: 0, max: 65535 });
    case 'int32':
      return integer(32);
    case 'uint32':
      return fc.integer({ min: 0, max: 2 ** 32 - 1 });
    case 'int64':
      if (isExact(field)) return int64s();
      return isBigint(field) ? fc.bigInt({ min: INT64_MIN, max: INT64_MAX }) : fc.maxSafeInteger();
    case 'float64':
      return fc.double({ noNaN: true });
    case 'string':
      return fc.string({ unit: 'grapheme', maxLength: 80 });
    case 'uuid':
      return fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes).toString('base64url'));
    case 'bytes':
      return bytes();
    case 'records':
      return message.name.endsWith('Response')
        ? bytes().map((chunk) => (chunk.byteLength === 0 ? [] : [chunk]))
        : bytes();
  }
}

/** Also of the size from which on bytes leave as a chunk of their own. */
const bytes = (): fc.Arbitrary<Buffer> =>
  fc
    .oneof(fc.uint8Array({ maxLength: 20 }), fc.constant(new Uint8Array(1500).fill(7)))
    .map((array) => Buffer.from(array));
