/**
 * Goal: of a damaged batch of the record log it is told which record is lost where that can be known, and else which offsets the damage may
 * be at; and seaglass.value.proof says how much is looked at. Method: batches damaged as drills damage them, judged against their CRC and the
 * census that was made of them whole; a gateway before a scripted record log whose batches are not what its census says, or what their CRC says.
 */
import { damagedBatch } from '../../src/drills/damage';
import type { ValueDamage } from '../../src/drills/fault';
import { judgeBatches } from '../../src/engine/record-log/judge-batches';
import { encodeBatch } from '../../src/protocol/encode-batch';
import { censusOfSection } from '../../src/protocol/section-census';
import { BATCH_HEADER_BYTES } from '../../src/protocol/record-batch';
import { ErrorCode } from '../../src/protocol/error-code';
import { toOffset } from '../../src/types';
import { awaitTopic, get, samples, startWholeGateway } from '../e2e/support';
import { startScriptedRecordLog } from '../support/scripted-record-log';

const BASE = 100;
const RECORDS = 5;
const MIDDLE = BASE + 2;
const WHOLE = { offset: BASE, lastOffset: BASE + RECORDS - 1, readOnAt: BASE + RECORDS, records: RECORDS };
const NAMED = { offset: MIDDLE, lastOffset: MIDDLE, readOnAt: BASE + RECORDS, records: 1 };

type Values = (index: number) => Buffer | null;
const present: Values = (index) => Buffer.alloc(64, `value ${index}`);

function judged(fault: ValueDamage, values: Values = present, records = RECORDS) {
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

const KEPT = { records: 1, nulls: 0, empties: 0, controls: 0, valueBytes: 384n };
/** The value is gone, and the CRC was made of what is left. */
const emptied = (): Uint8Array => encodeBatch([{ timestamp: 1, key: null, value: null }]);
const flipped = (): Uint8Array => {
  const batch = Buffer.from(encodeBatch([{ timestamp: 1, key: null, value: Buffer.alloc(384, 1) }]));
  batch[batch.byteLength - 9] = 3;
  return batch;
};

const DAMAGED = { emptied, flipped };

test.each([
  ['auto', 'emptied', ErrorCode.NONE, 'match'],
  ['always', 'emptied', ErrorCode.KAFKA_STORAGE_ERROR, 'lost'],
  ['auto', 'flipped', ErrorCode.KAFKA_STORAGE_ERROR, 'altered'],
  ['off', 'flipped', ErrorCode.NONE, 'unknown'],
] as const)('by seaglass.value.proof=%s, of a batch that was %s', async (mode, damage, errorCode, verdict) => {
  const log = await startScriptedRecordLog();
  const flags = { 'node.connect': log.address, 'kafka.topic-defaults': `seaglass.value.proof=${mode}` };
  const gateway = await startWholeGateway({ flags });
  try {
    const client = await gateway.client();
    await awaitTopic(client, 'orders');
    log.append(DAMAGED[damage](), KEPT);
    const { partition, records } = await client.fetch('orders', 0);
    expect(partition.errorCode).toBe(errorCode);
    expect(records.byteLength > 0).toBe(errorCode === ErrorCode.NONE);
    const counted = samples((await get(`${gateway.console}/metrics`)).text, 'seaglass_value_verdicts_total');
    const told = [...counted].filter(([, count]) => count > 0).map(([labels]) => /verdict="(\w+)"/.exec(labels)?.[1]);
    expect(told).toEqual([verdict]);
  } finally {
    await gateway.close();
    log.stop();
  }
});
