/**
 * Goal: batches keep every record as it was, through every codec, and one that lies is refused with its own error. Method: random records
 * (fast-check), batches of kafkajs as a second opinion, and damage at every byte.
 */
import { crc32c } from '@node-rs/crc32';
import fc from 'fast-check';
import { compressSync } from 'snappy';
import { BatchError } from '../../src/protocol/batch-error';
import { CODECS, initCompression } from '../../src/protocol/compression/compression';
import type { Codec } from '../../src/protocol/compression/compression';
import { encodeBatch } from '../../src/protocol/encode-batch';
import type { BatchOptions } from '../../src/protocol/encode-batch';
import { setBaseOffset, setLogAppendTime, setPartitionLeaderEpoch } from '../../src/protocol/patch-batch';

import { batchHeaders, BatchPosition, readBatchHeader } from '../../src/protocol/record-batch';
import { validateBatch } from '../../src/protocol/validate-batch';
import { validateBatches } from '../support/validate-batches';
import { toLeaderEpoch, toOffset } from '../../src/types';
import { readRecords } from '../support/read-records';

beforeAll(initCompression);

const bytes = fc.option(
  fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array)),
  { nil: null },
);
const records = fc.array(
  fc.record({
    timestamp: fc.oneof(fc.integer({ min: -1, max: 2 ** 31 - 1 }), fc.integer({ min: 0, max: 2 ** 52 })),
    key: bytes,
    value: bytes,
    headers: fc.array(fc.record({ key: fc.string({ unit: 'grapheme', maxLength: 9 }), value: bytes }), {
      maxLength: 3,
    }),
  }),
  { minLength: 1, maxLength: 40 },
);

const plain = (batch: Uint8Array): object[] =>
  [...readRecords(batch)].map(({ timestamp, key, value, headers }) => ({
    timestamp,
    key,
    value,
    headers: [...headers],
  }));

test.each(CODECS)('records come back as they were through %s', (codec) => {
  fc.assert(
    fc.property(records, fc.bigInt({ min: -1n, max: 2n ** 63n - 1n }), (list, producerId) => {
      const batch = encodeBatch(list, {
        codec,
        producerId,
        producerEpoch: 3,
        baseSequence: 2 ** 31 - 1,
        baseOffset: toOffset(9),
      });
      expect(plain(batch)).toEqual(list);
      const { header, census, ...facts } = validateBatch(batch, 0);
      expect(header).toMatchObject({
        producerId,
        producerEpoch: 3,
        baseSequence: 2 ** 31 - 1,
        recordCount: list.length,
        baseOffset: 9,
      });
      const values = list.map((record) => record.value);
      expect(census).toEqual({
        records: list.length,
        nulls: values.filter((value) => value === null).length,
        empties: values.filter((value) => value?.byteLength === 0).length,
        controls: 0,
        valueBytes: values.reduce((sum, value) => sum + (value?.byteLength ?? 0), 0),
      });
      const times = list.map((record) => record.timestamp);
      expect(facts).toMatchObject({
        minTimestamp: Math.min(...times),
        maxTimestamp: Math.max(...times),
        maxTimestampOffsetDelta: times.indexOf(Math.max(...times)),
        nullKeys: list.filter((record) => record.key === null).length,
      });
    }),
    { numRuns: 60 },
  );
});

const text = (value: string): Buffer => Buffer.from(value);
const three = [1, 2, 3].map((n) => ({ timestamp: 1000 + n, key: text(`k${n}`), value: text(`value ${n}`) }));

test.each(CODECS)('keys and values read through %s are Buffers', (codec) => {
  const [record] = readRecords(encodeBatch(three, { codec }));
  expect([record?.key, record?.value].every((field) => Buffer.isBuffer(field))).toBe(true);
});

test('several batches stand one behind the other', () => {
  const body = Buffer.concat(CODECS.map((codec) => encodeBatch(three, { codec })));
  expect(validateBatches(body)).toHaveLength(CODECS.length);
  expect([...readRecords(body)]).toHaveLength(3 * CODECS.length);
  expect(batchHeaders(body.subarray(0, -1), 'cut')).toHaveLength(CODECS.length - 1);
  expect(codeOf(() => batchHeaders(body.subarray(0, -1)))).toBe('corrupt_batch');
});

test('offsets with gaps survive, as compaction leaves them', () => {
  const gapped = three.map((record, index) => ({ ...record, offset: toOffset(100 + index * 50) }));
  const batch = encodeBatch(gapped, { baseOffset: toOffset(90), lastOffset: toOffset(250) });
  expect([...readRecords(batch)].map((record) => record.offset)).toEqual([100, 150, 200]);
  expect(readBatchHeader(batch, 0)).toMatchObject({ baseOffset: 90, lastOffset: 250 });
});

test('what a log patches leaves the CRC right', () => {
  const batch = encodeBatch(three);
  setBaseOffset(batch, 0, toOffset(2 ** 40 + 5));
  setPartitionLeaderEpoch(batch, 0, toLeaderEpoch(7));
  expect(validateBatch(batch, 0).header).toMatchObject({ baseOffset: 2 ** 40 + 5, partitionLeaderEpoch: 7 });
  setLogAppendTime(batch, 0, 5_000_000_000_000);
  expect(validateBatch(batch, 0)).toMatchObject({ minTimestamp: 5_000_000_000_000, maxTimestamp: 5_000_000_000_000 });
  expect([...readRecords(batch)].map((record) => [record.timestampType, record.timestamp])).toEqual(
    three.map(() => ['log_append_time', 5_000_000_000_000]),
  );
});

function codeOf(action: () => unknown): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (error instanceof BatchError) return error.code;
    throw error;
  }
}

/** Changes bytes and makes the CRC right again, as a client that lies would. */
function lie(options: BatchOptions, change: (batch: Buffer) => void): Buffer {
  const batch = Buffer.from(encodeBatch(three, options));
  change(batch);
  batch.writeUInt32BE(crc32c(batch.subarray(BatchPosition.attributes)), BatchPosition.crc);
  return batch;
}

test.each<[string, string, (batch: Buffer) => void]>([
  ['a count of one more', 'invalid_record', (batch) => batch.writeInt32BE(4, BatchPosition.recordCount)],
  [
    'a count of one less',
    'invalid_record',
    (batch) => (batch.writeInt32BE(2, BatchPosition.recordCount), batch.writeInt32BE(1, BatchPosition.lastOffsetDelta)),
  ],
  [
    'count and delta of one more',
    'invalid_record',
    (batch) => (batch.writeInt32BE(4, BatchPosition.recordCount), batch.writeInt32BE(3, BatchPosition.lastOffsetDelta)),
  ],
  ['no records', 'invalid_record', (batch) => batch.writeInt32BE(0, BatchPosition.recordCount)],
  ['a negative count', 'invalid_record', (batch) => batch.writeInt32BE(-1, BatchPosition.recordCount)],
  ['another last offset delta', 'invalid_record', (batch) => batch.writeInt32BE(9, BatchPosition.lastOffsetDelta)],
  ['a record length past the end', 'invalid_record', (batch) => batch.writeUInt8(0x7e, BatchPosition.records)],
  ['a key length past the record', 'invalid_record', (batch) => batch.writeUInt8(0x7e, BatchPosition.records + 4)],
  ['an offset delta out of turn', 'invalid_record', (batch) => batch.writeUInt8(2, BatchPosition.records + 3)],
  ['a codec that is none', 'unsupported_compression', (batch) => batch.writeInt16BE(7, BatchPosition.attributes)],
  ['plain records called gzip', 'invalid_record', (batch) => batch.writeInt16BE(1, BatchPosition.attributes)],
  ['plain records called snappy', 'invalid_record', (batch) => batch.writeInt16BE(2, BatchPosition.attributes)],
  ['plain records called lz4', 'invalid_record', (batch) => batch.writeInt16BE(3, BatchPosition.attributes)],
  ['plain records called zstd', 'invalid_record', (batch) => batch.writeInt16BE(4, BatchPosition.attributes)],
  ['an older magic', 'unsupported_magic', (batch) => batch.writeInt8(1, BatchPosition.magic)],
  ['a length below a header', 'corrupt_batch', (batch) => batch.writeInt32BE(20, BatchPosition.batchLength)],
  ['a negative length', 'corrupt_batch', (batch) => batch.writeInt32BE(-1, BatchPosition.batchLength)],
  [
    'a length past the end',
    'corrupt_batch',
    (batch) => batch.writeInt32BE(batch.byteLength, BatchPosition.batchLength),
  ],
])('%s is %s', (_what, code, change) => {
  expect(codeOf(() => validateBatches(lie({}, change)))).toBe(code);
});

test('no damaged byte behind the CRC goes unseen', () => {
  const batch = encodeBatch(three);
  for (let at = BatchPosition.crc; at < batch.byteLength; at++) {
    const damaged = Buffer.from(batch);
    damaged[at] = (damaged[at] ?? 0) ^ 0x10;
    expect(codeOf(() => validateBatch(damaged, 0))).toBe('corrupt_batch');
  }
});

test.each(CODECS)('whatever a liar puts into a batch of %s is read or refused by BatchError', (codec) => {
  const change = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(change, fc.boolean(), (changes, large) => {
      const list = large
        ? Array.from({ length: 300 }, (_, n) => ({ timestamp: n, key: null, value: Buffer.alloc(n % 90, n) }))
        : three;
      const batch = Buffer.from(encodeBatch(list, { codec }));
      for (const [at, byte] of changes)
        batch[BatchPosition.attributes + (at % (batch.byteLength - BatchPosition.attributes))] = byte;
      batch.writeUInt32BE(crc32c(batch.subarray(BatchPosition.attributes)), BatchPosition.crc);
      codeOf(() => validateBatch(batch, 0, { decompressedBytesMax: 1024 * 1024 }));
      codeOf(() => [...readRecords(batch)]);
    }),
    { numRuns: 400 },
  );
  expect(validateBatch(encodeBatch(three, { codec }), 0).census.records).toBe(3);
});

test('snappy is read in both of its forms', () => {
  const section = encodeBatch(three).subarray(BatchPosition.records);
  const xerial = (...blocks: Buffer[]): Buffer =>
    Buffer.concat([
      Buffer.from('82534e41505059000000000100000001', 'hex'),
      ...blocks.flatMap((block) => {
        const length = Buffer.alloc(4);
        length.writeInt32BE(block.byteLength);
        return [length, block];
      }),
    ]);
  for (const body of [
    compressSync(section),
    xerial(compressSync(section)),
    xerial(compressSync(section.subarray(0, 10)), compressSync(section.subarray(10))),
  ]) {
    const batch = Buffer.concat([encodeBatch(three).subarray(0, BatchPosition.records), body]);
    batch.writeInt32BE(batch.byteLength - 12, BatchPosition.batchLength);
    batch.writeInt16BE(2, BatchPosition.attributes);
    batch.writeUInt32BE(crc32c(batch.subarray(BatchPosition.attributes)), BatchPosition.crc);
    expect(validateBatch(batch, 0).census.records).toBe(3);
    expect([...readRecords(batch)].map((record) => String(record.value))).toEqual(['value 1', 'value 2', 'value 3']);
  }
});

test.each(CODECS.filter((codec): codec is Exclude<Codec, 'none'> => codec !== 'none'))(
  'a bomb of %s is refused',
  (codec) => {
    const bomb = encodeBatch([{ timestamp: 0, key: null, value: Buffer.alloc(32 * 1024 * 1024) }], { codec });
    expect(bomb.byteLength).toBeLessThan(2 * 1024 * 1024);
    const before = process.memoryUsage().arrayBuffers;
    expect(codeOf(() => validateBatch(bomb, 0, { decompressedBytesMax: 1024 * 1024 }))).toBe('record_too_large');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1024 * 1024);
    expect(validateBatch(bomb, 0).census.valueBytes).toBe(32 * 1024 * 1024);
  },
);

test('a frame that declares more than it can hold is refused before that much is allocated', () => {
  // zstd: single segment, content size 512 MB in 4 bytes, one stored block of nothing.
  const zstd = Buffer.from('28b52ffda0000000200100 00'.replace(' ', ''), 'hex');
  const snappy = Buffer.from([0x80, 0x80, 0x80, 0x10, 0]);
  for (const [id, body] of [
    [4, zstd],
    [2, snappy],
  ] as const) {
    const batch = Buffer.concat([encodeBatch(three).subarray(0, BatchPosition.records), body]);
    batch.writeInt32BE(batch.byteLength - 12, BatchPosition.batchLength);
    batch.writeInt16BE(id, BatchPosition.attributes);
    batch.writeUInt32BE(crc32c(batch.subarray(BatchPosition.attributes)), BatchPosition.crc);
    expect(codeOf(() => validateBatch(batch, 0, { decompressedBytesMax: 2 ** 30 }))).toBe('invalid_record');
  }
});
