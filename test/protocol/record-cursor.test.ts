/**
 * Goal: whatever bytes follow a batch's header, the cursor reads just the records that the format says, or refuses them. Method: records and
 * mutations of their bytes (fast-check; a failure prints its seed), beside a reader that takes one byte at a time by arbitrary precision, with
 * and without bytes behind the section.
 */
import fc from 'fast-check';
import { BatchError } from '../../src/protocol/batch-error';
import { encodeBatch } from '../../src/protocol/encode-batch';
import { BATCH_HEADER_BYTES } from '../../src/protocol/record-batch';
import { RecordCursor } from '../../src/protocol/record-cursor';

type Row = readonly (number | bigint)[];

/** Timestamp delta, offset delta, lengths of key and value, headers, and where each record ends; undefined where one is wrong. */
function slowly(section: Uint8Array): Row[] | undefined {
  let at = 0;
  let limit = section.length;
  const byte = (): bigint => {
    if (at >= limit) throw new RangeError();
    return BigInt(section[at++] ?? 0);
  };
  const varint = (bits: bigint): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const next = byte();
      value |= (next & 0x7fn) << shift;
      if (shift + 7n > bits && next >> (bits - shift) !== 0n) throw new RangeError();
      if (next < 0x80n) return (value >> 1n) ^ -(value & 1n);
    }
  };
  const field = (lengthMin: bigint): bigint => {
    const length = varint(32n);
    if (length < lengthMin || BigInt(at) + length > BigInt(limit)) throw new RangeError();
    if (length > 0n) at += Number(length);
    return length;
  };
  const record = (): Row => {
    limit = section.length;
    const length = varint(32n);
    if (length < 6n || BigInt(at) + length > BigInt(limit)) throw new RangeError();
    limit = at + Number(length);
    at++;
    const row = [varint(64n), varint(32n), field(-1n), field(-1n), varint(32n)];
    const headers = Number(row.at(-1));
    if (headers < 0 || headers * 2 > limit - at) throw new RangeError();
    for (let left = headers; left > 0; left--) {
      field(0n);
      field(-1n);
    }
    if (at !== limit) throw new RangeError();
    return [...row, at];
  };
  const rows: Row[] = [];
  try {
    while (at < section.length) rows.push(record());
    return rows;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function byCursor(section: Uint8Array, end: number): Row[] | undefined {
  const cursor = new RecordCursor(section, 0, end);
  const rows: Row[] = [];
  try {
    while (cursor.hasMore) {
      cursor.next();
      const { timestampDelta, offsetDelta, keyLength, valueLength, headerCount, position } = cursor;
      rows.push([...[timestampDelta, offsetDelta, keyLength, valueLength, headerCount].map(BigInt), position]);
      expect(cursor.count).toBe(rows.length);
    }
    return rows;
  } catch (error) {
    if (error instanceof BatchError) return undefined;
    throw error;
  }
}

function expectSame(section: Uint8Array): void {
  const expected = slowly(section);
  expect(byCursor(section, section.length)).toEqual(expected);
  // As in a frame, where the next batch stands behind it.
  const followed = Buffer.concat([section, Buffer.alloc(64, 2)]);
  expect(byCursor(followed, section.length)).toEqual(expected);
}

const lengths = fc.oneof(fc.integer({ min: 0, max: 70 }), fc.constantFrom(63, 64, 8_191, 8_192, 9_000));
const bytes = fc.option(
  lengths.map((length) => Buffer.alloc(length, 1)),
  { nil: null },
);
const sections = fc
  .array(
    fc.record({
      timestamp: fc.oneof(fc.constantFrom(0, 1, 63, 64), fc.integer({ min: 0, max: 2 ** 45 })),
      key: bytes,
      value: bytes,
      headers: fc.array(fc.record({ key: fc.constantFrom('', 'traceparent'), value: bytes }), { maxLength: 2 }),
    }),
    { minLength: 1, maxLength: 5 },
  )
  .map((records) => encodeBatch(records).subarray(BATCH_HEADER_BYTES));

test('records are read as they stand', () => {
  fc.assert(fc.property(sections, expectSame), { numRuns: 300 });
});

test('bytes that were changed, cut or put in are read as the format says, or refused', () => {
  const edits = fc.array(
    fc.record({
      at: fc.nat(),
      byte: fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0, 1, 0x7f, 0x80, 0xff)),
      kind: fc.constantFrom('set', 'insert', 'cut'),
    }),
    { minLength: 1, maxLength: 3 },
  );
  fc.assert(
    fc.property(sections, edits, (section, list) => {
      let changed = Buffer.from(section);
      for (const { at, byte, kind } of list) {
        // Among the first bytes, where the lengths are.
        const place = at % Math.min(changed.length, 24);
        if (kind === 'set') changed[place] = byte;
        else if (kind === 'insert')
          changed = Buffer.concat([changed.subarray(0, place), Buffer.from([byte]), changed.subarray(place)]);
        else changed = Buffer.concat([changed.subarray(0, place), changed.subarray(place + 1)]);
        if (changed.length === 0) return;
      }
      expectSame(changed);
    }),
    { numRuns: 2_000 },
  );
});
