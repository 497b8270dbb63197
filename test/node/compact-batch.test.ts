/**
 * What compaction leaves of a batch keeps its time to the last bit, although a delete horizon takes the place of the base timestamp that
 * all times are told from. Method: batches of records and tombstones with random times; every other record stays.
 */
import fc from 'fast-check';
import { readBatchHeader } from '../../src/protocol/record-batch';
import { encodeBatch } from '../../src/protocol/encode-batch';
import { maxInt64 } from '../../src/protocol/int64';

import { hasDeleteHorizon, rewriteBatch } from '../../src/node/log/compact-batch';
import type { Int64 } from '../../src/types';
import { int64s } from '../support/int64s';
import { readRecords } from '../support/read-records';

const record = fc.record({ timestamp: int64s(), isTombstone: fc.boolean() });

test('records that stay have the time that they had, tombstones with a horizon too', () => {
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 8 }), fc.nat(), (records, deleteHorizonMs) => {
      const batch = encodeBatch(
        records.map(({ timestamp, isTombstone }, index) => ({
          timestamp,
          key: Buffer.from(`k${index}`),
          value: isTombstone ? null : Buffer.from('v'),
        })),
      );
      const header = readBatchHeader(batch, 0);
      const rewritten = rewriteBatch(batch, header, {
        keeps: ({ offsetDelta }) => offsetDelta % 2 === 0,
        deleteHorizonMs,
      });
      const kept = records.filter((_, index) => index % 2 === 0);
      const hasTombstone = kept.some(({ isTombstone }) => isTombstone);
      if (rewritten.kind !== 'rewritten') {
        expect(rewritten.kind).toBe('same');
        expect([records.length, hasTombstone]).toEqual([1, false]);
        return;
      }
      expect([...readRecords(rewritten.bytes)].map(({ timestamp }) => timestamp)).toEqual(
        kept.map(({ timestamp }) => timestamp),
      );
      const newHeader = readBatchHeader(rewritten.bytes, 0);
      expect(hasDeleteHorizon(newHeader)).toBe(hasTombstone);
      const newest = kept.reduce<Int64>((max, { timestamp }) => maxInt64(max, timestamp), -1);
      expect(newHeader.maxTimestamp).toBe(newest);
    }),
    { numRuns: 300 },
  );
});
