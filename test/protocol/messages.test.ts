/**
 * Goal: every version of every message comes back as it was written, and no byte of a frame makes the reader do anything but answer or
 * throw ProtocolError. Method: values and mutations made from the schema itself (fast-check; a failure prints its seed).
 */
import fc from 'fast-check';
import { ProtocolError } from '../../src/protocol/protocol-error';
import { Reader } from '../../src/protocol/reader';
import { Writer } from '../../src/protocol/writer';
import { testMessages } from './schema-values';
import type { TestMessage } from './schema-values';
import { expectEnd } from '../support/client-headers';

const messages = testMessages();
const versionsOf = ({ message }: TestMessage): number[] =>
  Array.from({ length: message.valid.max - message.valid.min + 1 }, (_, index) => message.valid.min + index);
const isFlexible = ({ message }: TestMessage, version: number): boolean =>
  version >= message.flexible.min && message.flexible.max > 0;

function encode(test: TestMessage, value: object, version: number): Buffer {
  const writer = new Writer();
  test.write(writer, value, version);
  const length = writer.byteLength;
  const bytes = Buffer.concat(writer.finish());
  expect(bytes.byteLength).toBe(length);
  return bytes;
}

test('there are codecs for both sides of 51 APIs', () => {
  expect(messages).toHaveLength(102);
});

test.each(messages.map((message) => [message.message.name, message] as const))(
  '%s comes back in every version',
  (_name, test) => {
    for (const version of versionsOf(test)) {
      fc.assert(
        fc.property(test.values(version), (value) => {
          const reader = new Reader(encode(test, value, version));
          expect(test.read(reader, version)).toEqual(value);
          expectEnd(reader);
        }),
        { numRuns: 20 },
      );
    }
  },
);

test('tagged fields that nobody knows are passed over', () => {
  for (const test of messages) {
    if (test.message.root.fields.some((field) => field.tagged !== undefined)) continue;
    for (const version of versionsOf(test).filter((version) => isFlexible(test, version))) {
      const [value] = fc.sample(test.values(version), { numRuns: 1, seed: 1 });
      const bytes = encode(test, value ?? {}, version);
      expect(bytes.at(-1)).toBe(0);
      const more = Buffer.concat([bytes.subarray(0, -1), Buffer.from([2, 90, 3, 1, 2, 3, 0x80, 0x01, 0])]);
      const reader = new Reader(more);
      expect(test.read(reader, version)).toEqual(value);
      expectEnd(reader);
    }
  }
});

/** Array elements in a value, all levels together. */
function elementsOf(value: unknown): number {
  if (value === null || typeof value !== 'object' || ArrayBuffer.isView(value)) return 0;
  const inner = Object.values(value).reduce((sum: number, each) => sum + elementsOf(each), 0);
  return Array.isArray(value) ? value.length + inner : inner;
}

interface Mutation {
  readonly at: number;
  readonly kind: 'set' | 'cut' | 'insert' | 'huge';
  readonly byte: number;
}
const mutations: fc.Arbitrary<Mutation[]> = fc.array(
  fc.record({
    at: fc.nat(10_000),
    kind: fc.constantFrom<Mutation['kind'][]>('set', 'cut', 'insert', 'huge'),
    byte: fc.oneof(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), fc.integer({ min: 0, max: 255 })),
  }),
  { minLength: 1, maxLength: 4 },
);

function mutate(bytes: Buffer, list: readonly Mutation[]): Buffer {
  let result = bytes;
  for (const { at, kind, byte } of list) {
    const position = result.length === 0 ? 0 : at % result.length;
    const [head, tail] = [result.subarray(0, position), result.subarray(position)];
    if (kind === 'cut') result = Buffer.from(head);
    else if (kind === 'insert') result = Buffer.concat([head, Buffer.from([byte]), tail]);
    else if (kind === 'huge') result = Buffer.concat([head, Buffer.from([0x7f, 0xff, 0xff, 0xff]), tail.subarray(4)]);
    else result = Buffer.concat([head, Buffer.from([byte]), tail.subarray(1)]);
  }
  return result;
}

test('a damaged message is read or refused by ProtocolError, and never becomes more elements than it has bytes', () => {
  for (const test of messages) {
    for (const version of versionsOf(test)) {
      fc.assert(
        fc.property(test.values(version), mutations, (value, list) => {
          const bytes = mutate(encode(test, value, version), list);
          let read: object;
          try {
            read = test.read(new Reader(bytes), version);
          } catch (error) {
            expect(error).toBeInstanceOf(ProtocolError);
            return;
          }
          expect(elementsOf(read)).toBeLessThanOrEqual(bytes.byteLength);
        }),
        { numRuns: 40 },
      );
    }
  }
});

test('a length that no array can have is refused before anything is allocated', () => {
  // OffsetFetch v2 with 2^31 - 1 topics in a frame of 10 bytes.
  const offsetFetch = messages.find(({ message }) => message.name === 'OffsetFetchRequest');
  const bytes = Buffer.from([0, 1, 0x67, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0]);
  const before = process.memoryUsage().heapUsed;
  expect(() => offsetFetch?.read(new Reader(bytes), 2)).toThrow(ProtocolError);
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(8 * 1024 * 1024);
});

test('a string that could not be written again is refused: a longer one, or one that is no UTF-8 and grows as it is read', () => {
  const writer = new Writer();
  writer.compactString('x'.repeat(32_767));
  writer.compactString('\ufffd'.repeat(10_922));
  writer.uvarint(32_768 + 1);
  writer.raw(Buffer.alloc(32_768, 'x'));
  writer.int16(20_000);
  writer.raw(Buffer.alloc(20_000, 0xff));
  writer.int16(10_922);
  writer.raw(Buffer.alloc(10_922, 0xff));
  const reader = new Reader(Buffer.concat(writer.finish()));
  expect([reader.compactString().length, reader.compactString().length]).toEqual([32_767, 10_922]);
  expect(() => reader.compactString()).toThrow(ProtocolError);
  reader.skip(32_768);
  expect(() => reader.string()).toThrow(ProtocolError);
  expect(reader.string()).toBe('\ufffd'.repeat(10_922));
});

test('the largest offset of Java saturates instead of breaking the connection', () => {
  const bytes = Buffer.from('7fffffffffffffff8000000000000000ffffffffffffffff', 'hex');
  const reader = new Reader(bytes);
  expect([reader.int64(), reader.int64(), reader.int64()]).toEqual([
    Number.MAX_SAFE_INTEGER,
    -Number.MAX_SAFE_INTEGER,
    -1,
  ]);
});

test('bytes above a kilobyte leave as they are, not copied', () => {
  const large = Buffer.alloc(50_000_000);
  const writer = Writer.frame();
  writer.int32(1);
  writer.nullableChunks([large.subarray(0, 25_000_000), large.subarray(25_000_000)]);
  writer.int16(2);
  const chunks = writer.finishFrame();
  expect(chunks.map((chunk) => chunk.byteLength)).toEqual([12, 25_000_000, 25_000_000, 2]);
  expect(chunks[1]?.buffer).toBe(large.buffer);
  expect(new Reader(chunks[0] ?? large).int32()).toBe(50_000_010);
});
