/**
 * Records come back exactly as sent, raw or enveloped, whatever the engine does to timestamps. Method: fast-check over keys, values,
 * headers and timestamps; the engine is played by its one rule, ts = max(ts, last + 1).
 */
import fc from 'fast-check';
import { decodeEnvelope, ENVELOPE_MAGIC, encodeEnvelope } from '../../../src/engine/seaweedmq/records/envelope';
import type { RecordSettings } from '../../../src/engine/seaweedmq/topics/record-settings';
import { RecordUnit } from '../../../src/engine/seaweedmq/records/record-unit';
import { assembleBatches, storeRecord, validFrom } from '../../../src/engine/seaweedmq/records/records';
import type { PlainRecord, StoreOptions } from '../../../src/engine/seaweedmq/records/records';
import { readLogEntry } from '../../../src/engine/seaweedmq/records/log-entry';
import { EngineError } from '../../../src/engine-error';

import { LogEntry } from '../../../src/rpc/filer';
import { toOffset } from '../../../src/types';
import { readRecords } from '../../support/read-records';

const NOW_MS = 1_800_000_000_000;

const bytes = fc.oneof(
  fc.constant(null),
  fc.uint8Array({ maxLength: 40 }),
  fc.uint8Array({ maxLength: 40 }).map((tail) => Uint8Array.of(0, ...tail)),
  fc.uint8Array({ maxLength: 40 }).map((tail) => Uint8Array.of(...ENVELOPE_MAGIC, ...tail)),
);
/** The second is the name that a producer's mark has. */
const headerKey = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 8 }), fc.constant('seaglass.producer'));
const record: fc.Arbitrary<PlainRecord> = fc.record({
  key: bytes,
  value: bytes,
  headers: fc.oneof(fc.constant([]), fc.array(fc.record({ key: headerKey, value: bytes }), { maxLength: 4 })),
  timestamp: fc.oneof(
    fc.constant(-1),
    fc.constant(0),
    fc.constantFrom(NOW_MS, NOW_MS - 1, NOW_MS + 1),
    fc.integer({ min: 1, max: 2 ** 52 }),
  ),
});
const options = (over: Partial<StoreOptions> = {}): StoreOptions => ({
  mode: 'auto',
  lastTsNs: 0n,
  nowMs: NOW_MS,
  logAppendTime: false,
  ...over,
});
const settings: RecordSettings = { envelope: 'auto', valueProof: 'auto', logAppendTime: false, codec: 'none' };

const plain = ({ key, value, headers, timestamp }: PlainRecord) => ({
  key: key && Buffer.from(key),
  value: value && Buffer.from(value),
  headers: headers.map((header) => ({ key: header.key, value: header.value && Buffer.from(header.value) })),
  timestamp,
});

/** What the engine stores and gives back of these records. */
function throughEngine(records: readonly PlainRecord[], over: Partial<StoreOptions>, knowsLast: boolean): RecordUnit[] {
  let lastTsNs = 0n;
  return records.map((each, index) => {
    const known = knowsLast ? lastTsNs : undefined;
    const stored = storeRecord(each, options({ ...over, lastTsNs: known }));
    expect(stored.tsNs).toBeGreaterThan(0n);
    lastTsNs = stored.tsNs > lastTsNs ? stored.tsNs : lastTsNs + 1n;
    const entry = {
      tsNs: lastTsNs,
      partitionKeyHash: -5,
      data: stored.value,
      key: stored.key,
      offset: BigInt(index),
    };
    const wire = LogEntry.encode(entry).finish();
    return readLogEntry(wire, 0, wire.byteLength);
  });
}

test('every record comes back as sent: null and empty, headers, timestamps, opaque bytes', () => {
  fc.assert(
    fc.property(
      fc.array(record, { minLength: 1, maxLength: 20 }),
      fc.boolean(),
      fc.boolean(),
      (records, always, knows) => {
        const units = throughEngine(records, { mode: always ? 'always' : 'auto' }, knows);
        const { chunks, census } = assembleBatches(units, settings, toOffset(0));
        const back = [...readRecords(Buffer.concat(chunks))];
        expect(back.map(plain)).toEqual(records.map(plain));
        expect(back.map(({ offset }) => offset)).toEqual(records.map((_, index) => index));
        expect(census.records).toBe(records.length);
        expect(census.nulls).toBe(records.filter(({ value }) => value === null).length);
        expect(census.empties).toBe(records.filter(({ value }) => value?.byteLength === 0).length);
        expect(units.reduce((sum, unit) => sum + unit.census.valueBytes, 0)).toBe(census.valueBytes);
      },
    ),
    { numRuns: 500 },
  );
});

test('a record that counts from an offset on comes back as sent there and behind it, and before it there is none', () => {
  fc.assert(
    fc.property(record, fc.nat({ max: 2 ** 40 }), fc.integer({ min: -3, max: 3 }), (sent, from, beside) => {
      const marked = validFrom(storeRecord(sent, options()), toOffset(from));
      const again = validFrom(marked, toOffset(from));
      expect(again).toEqual(marked);
      const offset = toOffset(from + beside);
      const unit = new RecordUnit(offset, marked.tsNs, marked.key, marked.value);
      const { chunks, census } = assembleBatches([unit], settings, offset);
      const back = [...readRecords(Buffer.concat(chunks))];
      expect(unit.isPlaceholder).toBe(beside < 0);
      expect(back.map(plain)).toEqual(beside < 0 ? [] : [plain(sent)]);
      expect(unit.census).toEqual(census);
    }),
    { numRuns: 500 },
  );
});

test('a record that begins a producer’s batch comes back as sent, and tells whose batch it is', () => {
  const int32 = fc.nat({ max: 2 ** 31 - 1 });
  const mark = fc.record({
    producerId: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
    producerEpoch: fc.nat({ max: 2 ** 15 - 1 }),
    baseSequence: int32,
    lastOffsetDelta: fc.nat({ max: 2 ** 31 - 2 }),
  });
  fc.assert(
    fc.property(record, mark, fc.boolean(), (sent, begun, alone) => {
      const stored = storeRecord(sent, options({ mark: begun }));
      const counted = alone ? stored : validFrom(stored, toOffset(7));
      const unit = new RecordUnit(toOffset(7), counted.tsNs, counted.key, counted.value);
      const { chunks, census } = assembleBatches([unit], settings, toOffset(7));
      expect([...readRecords(Buffer.concat(chunks))].map(plain)).toEqual([plain(sent)]);
      expect(unit.mark).toEqual(begun);
      expect(unit.census).toEqual(census);
      expect(storeRecord(sent, options({ mark: begun, mode: 'always' }))).toEqual(stored);
    }),
    { numRuns: 500 },
  );
});

test('a producer’s mark is the first header of the envelope, for gateways that know of none', () => {
  const mark = { producerId: 0x0102030405060708n, producerEpoch: 9, baseSequence: 10, lastOffsetDelta: 10 };
  const sent = { key: null, value: Buffer.from('v'), headers: [], timestamp: NOW_MS };
  const { value } = storeRecord(sent, options({ mark }));
  const header = Buffer.concat([
    Buffer.from('seaglass.producer'),
    Buffer.from('00000012' + '0102030405060708' + '0009' + '0000000a' + '0000000b', 'hex'),
  ]);
  expect(Buffer.from(value.subarray(14)).toString('hex')).toBe('00000001' + '00000011' + header.toString('hex') + '76');
});

test('what the engine can carry is stored as plain bytes', () => {
  const raw = { key: Buffer.from('k'), value: Buffer.from([0, 0, 0, 0, 7, 1]), headers: [], timestamp: NOW_MS };
  const stored = storeRecord(raw, options());
  expect(stored).toEqual({ key: raw.key, value: raw.value, tsNs: BigInt(NOW_MS) * 1_000_000n });
  expect(storeRecord({ ...raw, value: null }, options()).value.byteLength).toBe(0);
  const second = storeRecord(raw, options({ lastTsNs: stored.tsNs }));
  expect(second).toEqual({ ...stored, tsNs: stored.tsNs + 1n });
});

test.each([
  ['headers', { headers: [{ key: 'h', value: null }] }],
  ['an empty key', { key: Buffer.alloc(0) }],
  ['an empty value', { value: Buffer.alloc(0) }],
  ['a value that begins with the magic', { value: Buffer.from(ENVELOPE_MAGIC) }],
  ['no timestamp', { timestamp: -1 }],
  ['an earlier timestamp', { timestamp: NOW_MS - 1_000 }],
  ['a timestamp far ahead', { timestamp: NOW_MS + 3_600_000 }],
])('a record with %s is enveloped, and refused where envelopes are', (_name, change: Partial<PlainRecord>) => {
  const base = { key: Buffer.from('k'), value: Buffer.from('v'), headers: [], timestamp: NOW_MS };
  const lastTsNs = BigInt(NOW_MS) * 1_000_000n;
  const changed = { ...base, ...change };
  expect(decodeEnvelope(storeRecord(changed, options({ lastTsNs })).value)).toBeDefined();
  let refused: unknown;
  try {
    storeRecord(changed, options({ lastTsNs, mode: 'never' }));
  } catch (error) {
    refused = error;
  }
  expect(refused).toBeInstanceOf(EngineError);
  expect(refused).toMatchObject({ code: 'invalid_record' });
});

test('bytes that begin like an envelope and are none decode as a raw value, never with an error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (tail) => {
      const value = Buffer.concat([ENVELOPE_MAGIC, tail]);
      const unit = new RecordUnit(toOffset(0), 1n, Buffer.alloc(0), value);
      const { value: back } = unit.record();
      if (decodeEnvelope(value) === undefined) expect(back).toBe(value);
    }),
    { numRuns: 500 },
  );
});

test('the length of a value as it arrived is that of the value as it is decoded, whatever the bytes are', () => {
  const small = fc.uint8Array({ maxLength: 6 });
  const lengths = fc.constantFrom([0, 0, 0, 0], [0, 0, 0, 1], [0, 0, 0, 2], [255, 255, 255, 255], [255, 255, 255, 254]);
  const tail = fc.array(fc.oneof(small, lengths), { maxLength: 8 }).map((parts) => parts.flatMap((part) => [...part]));
  const heads = fc.tuple(fc.constantFrom(0, 1, 2), fc.integer({ min: 0, max: 32 }), fc.uint8Array({ maxLength: 8 }));
  const like = fc
    .tuple(heads, tail)
    .map(([[version, flags, time], rest]) => [...ENVELOPE_MAGIC, ...[version, flags, ...time], ...rest]);
  fc.assert(
    fc.property(fc.oneof(small, like, like), (bytesOf) => {
      const unit = new RecordUnit(toOffset(0), 1n, Buffer.alloc(0), Uint8Array.from(bytesOf));
      const { value } = unit.record();
      expect(unit.census).toEqual({
        records: unit.isPlaceholder ? 0 : 1,
        nulls: value === null && !unit.isPlaceholder ? 1 : 0,
        empties: value?.byteLength === 0 && !unit.isPlaceholder ? 1 : 0,
        controls: 0,
        valueBytes: unit.isPlaceholder ? 0 : (value?.byteLength ?? 0),
      });
    }),
    { numRuns: 5_000 },
  );
});

test('a cut envelope is never taken for a whole one with headers', () => {
  const whole = encodeEnvelope({
    keyIsNull: false,
    value: null,
    headers: [{ key: 'trace', value: Buffer.from('abc') }],
    timestamp: 5,
  });
  for (let length = 0; length < whole.byteLength; length += 1) {
    expect(decodeEnvelope(whole.subarray(0, length))).toBeUndefined();
  }
  expect(decodeEnvelope(whole)?.headers).toEqual([{ key: 'trace', value: Buffer.from('abc') }]);
});

test.each(['gzip', 'snappy', 'lz4'] as const)('a topic that asks for %s is answered in it', (codec) => {
  const units = throughEngine(
    [{ key: null, value: Buffer.alloc(5_000, 65), headers: [], timestamp: NOW_MS }],
    {},
    true,
  );
  const compressed = assembleBatches(units, { ...settings, codec }, toOffset(0));
  expect(compressed.bytes).toBeLessThan(1_000);
  expect([...readRecords(Buffer.concat(compressed.chunks))][0]?.value?.byteLength).toBe(5_000);
});

test('header names that are not UTF-8 come back as the bytes they were', () => {
  const names = [Buffer.of(0xff), Buffer.of(0x61, 0xed, 0xa0, 0x80), 'ä', '\ufffd', Buffer.of(0xef, 0xbf)];
  const headers = names.map((key) => ({ key, value: null }));
  const units = throughEngine([{ key: null, value: null, headers, timestamp: NOW_MS }], {}, true);
  const [back] = readRecords(Buffer.concat(assembleBatches(units, settings, toOffset(0)).chunks));
  expect(back?.headers).toEqual(headers);
});

test('a topic of log append time answers with the log’s time', () => {
  const lat = { ...settings, logAppendTime: true };
  const units = throughEngine(
    [{ key: null, value: Buffer.from('v'), headers: [], timestamp: 5 }],
    { logAppendTime: true },
    true,
  );
  const [back] = readRecords(Buffer.concat(assembleBatches(units, lat, toOffset(0)).chunks));
  expect(back).toMatchObject({ timestamp: NOW_MS, timestampType: 'log_append_time' });
});
