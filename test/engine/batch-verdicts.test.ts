/**
 * Goal: of a damaged batch of the record log it is told which record is lost where that can be known, and else which offsets the damage may
 * be at. Method: batches damaged as drills damage them, judged against their CRC and the census that was made of them whole.
 */
import { damagedBatch } from '../../src/drills/damage';
import type { ValueFault } from '../../src/drills/fault';
import { judgeBatches } from '../../src/engine/record-log/judge-batches';
import { encodeBatch } from '../../src/protocol/encode-batch';
import { censusOfSection } from '../../src/protocol/section-census';
import { BATCH_HEADER_BYTES } from '../../src/protocol/record-batch';
import { toOffset } from '../../src/types';

const BASE = 100;
const RECORDS = 5;
const MIDDLE = BASE + 2;
const WHOLE = { offset: BASE, lastOffset: BASE + RECORDS - 1, readOnAt: BASE + RECORDS, records: RECORDS };
const NAMED = { offset: MIDDLE, lastOffset: MIDDLE, readOnAt: BASE + RECORDS, records: 1 };

type Values = (index: number) => Buffer | null;
const present: Values = (index) => Buffer.alloc(64, `value ${index}`);

function judged(fault: ValueFault, values: Values = present, records = RECORDS) {
  const made = Array.from({ length: records }, (_, index) => ({ timestamp: 1, key: null, value: values(index) }));
  const [baseOffset, lastOffset] = [toOffset(BASE), toOffset(BASE + records - 1)];
  const batch = encodeBatch(made, { baseOffset, lastOffset });
  const census = censusOfSection(batch.subarray(BATCH_HEADER_BYTES));
  const data = damagedBatch(fault, batch);
  if (data === undefined) throw new Error('nothing to damage');
  const unit = { baseOffset, lastOffset, bytes: data.byteLength, census, data, verdict: undefined };
  return judgeBatches([unit], 'auto').faults;
}

test.each([
  ['drop_value', 'lost', NAMED],
  ['empty_value', 'lost', NAMED],
  ['truncate_value', 'truncated', WHOLE],
  ['flip_bit', 'altered', WHOLE],
] as const)('%s is told as %s', (fault, verdict, where) => {
  expect(judged(fault)).toEqual([expect.objectContaining({ verdict, ...where })]);
});

test('a null among tombstones may be one of them: the batch is told', () => {
  const values: Values = (index) => (index === 0 ? null : present(index));
  expect(judged('drop_value', values)).toEqual([expect.objectContaining({ verdict: 'lost', ...WHOLE })]);
});

test('a batch of one record is that record, whatever the damage', () => {
  for (const fault of ['drop_value', 'empty_value', 'truncate_value', 'flip_bit'] as const)
    expect(judged(fault, present, 1)).toEqual([
      expect.objectContaining({ offset: BASE, lastOffset: BASE, records: 1 }),
    ]);
});
