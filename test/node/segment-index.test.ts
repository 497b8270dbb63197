/** Goal: an index file says what the segment holds, also one that an earlier version wrote. Method: the files' bytes. */
import { crc32c } from '@node-rs/crc32';
import { plausibleHeader } from '../../src/node/log/batch-header';
import { SegmentIndex } from '../../src/node/log/segment-index';
import { makeBatch } from './support';

function indexOf(recordCounts: readonly number[], baseOffset: number): SegmentIndex {
  const index = new SegmentIndex(baseOffset);
  for (const count of recordCounts) {
    const batch = makeBatch({ records: Array.from({ length: count }, () => ({ value: null })) });
    batch.writeBigInt64BE(BigInt(index.nextOffset), 0);
    const header = plausibleHeader(batch, 0);
    if (header === undefined) throw new Error('no batch');
    index.add(header);
  }
  return index;
}

test('batches, records, size and offsets are those that were written', () => {
  const index = indexOf([1, 4, 2], 100);
  const read = SegmentIndex.decode(index.encode(), 100);
  expect(read).toEqual(index);
  expect(read).toMatchObject({ batchCount: 3, recordCount: 7, nextOffset: 107 });
});

test('an index of version 1, which counts no records, stands for a record at each offset', () => {
  const index = indexOf([3, 2], 40);
  const bytes = index.encode();
  // As version 1 laid it out: the same without the eight bytes at 52.
  const old = Buffer.concat([bytes.subarray(0, 52), bytes.subarray(60)]);
  old.writeUInt32BE(1, 4);
  old.writeUInt32BE(crc32c(old.subarray(0, -4)), old.length - 4);
  expect(SegmentIndex.decode(old, 40)).toEqual(index);
});
