/**
 * Goal: a lost value is found whatever else the gateway reads meanwhile, and its proof is asked for as soon as it can be there. Method: units as they come
 * from a log, judged before stores of proofs on a clock moved by hand and one filer in memory.
 */
import { NULL_PROOF, proofOf } from '../../../src/audit/verdict';
import { BLOCKS_MAX } from '../../../src/engine/seaweedmq/proof/kept-blocks';
import { BLOCK_OFFSETS } from '../../../src/engine/seaweedmq/proof/proof-block';
import { judgeUnits, type JudgeOptions } from '../../../src/engine/seaweedmq/proof/judge-units';
import { RecordUnit } from '../../../src/engine/seaweedmq/records/record-unit';
import { toOffset } from '../../../src/types';
import { openProofStores, type ProofStores } from './proof-stores';

const VALUE = Buffer.alloc(384, 7);
const NOTHING = Buffer.alloc(0);
const SECOND_MS = 1_000;

/** A reader's gateway, and its verdicts on what the log has of the offset. */
function reader(all: ProofStores) {
  const store = all.store();
  const proofs = store.of({ topic: 't', log: 'log' });
  // Nobody has the true bytes.
  const log = { unflushed: { stateless: () => Promise.resolve([]) } } as unknown as JudgeOptions['log'];
  const end = toOffset(BLOCK_OFFSETS);
  const range = { logStartOffset: toOffset(0), lastStableOffset: end, highWatermark: end };
  const options: JudgeOptions = { store, proofs, log, leader: 'broker', range };
  const verdict = async (offset: number, tsMs: number, stored: Buffer, context = all.context): Promise<string> => {
    const unit = new RecordUnit(toOffset(offset), BigInt(tsMs) * 1_000_000n, NOTHING, stored);
    const { fault, unreadAt } = await judgeUnits([unit], options, context);
    return unreadAt === undefined ? (fault?.verdict ?? unit.verdict) : 'not to be known now';
  };
  return { store, verdict };
}

/** Acked by another gateway, and stored by it; `sinceMs` ago. */
async function written(all: ProofStores, offsets: readonly number[], sinceMs?: number): Promise<number> {
  const tsMs = all.clock.nowMs();
  const writer = all.store().of({ topic: 't', log: 'log' });
  for (const offset of offsets) writer.note(offset, proofOf(VALUE), BigInt(tsMs) * 1_000_000n, undefined);
  await all.later(sinceMs);
  return tsMs;
}

test('what other readers load while its proofs are read does not hide a lost value', async () => {
  const all = openProofStores();
  const tsMs = await written(all, [0]);
  const { store, verdict } = reader(all);
  const backlog = store.of({ topic: 't', log: 'backlog' });
  const loads: Promise<unknown>[] = [];
  const found = verdict(0, tsMs, NOTHING);
  for (let block = 0; block < BLOCKS_MAX; block += 1) {
    loads.push(store.load(backlog, block * BLOCK_OFFSETS, all.context));
  }
  expect(await found).toBe('lost');
  await Promise.all(loads);
  expect(await verdict(0, tsMs, VALUE)).toBe('match');
});

test('a proof that came behind the last look is looked for as soon as it must be there', async () => {
  const all = openProofStores();
  const tsMs = await written(all, [0]);
  const { verdict } = reader(all);
  expect(await verdict(0, tsMs, VALUE)).toBe('match');
  const nextMs = await written(all, [1], 2_500);
  expect(await verdict(1, nextMs, NOTHING)).toBe('lost');
});

test.each([
  ['values', VALUE],
  ['nulls', NOTHING],
])(
  'who reads two seconds behind where nobody keeps proofs has the filer asked twice a second, not at each read: %s',
  async (_, stored) => {
    const all = openProofStores();
    const { verdict } = reader(all);
    for (let offset = 0; offset < 100; offset += 1) {
      expect(await verdict(offset, all.clock.nowMs() - 2 * SECOND_MS, stored)).toBe('unknown');
      all.clock.advance(SECOND_MS / 50);
    }
    expect(all.switches.listings).toBeLessThanOrEqual(4);
  },
);

test('proofs that were not there a moment ago, and had to be a moment later, are found', async () => {
  const all = openProofStores();
  const { verdict } = reader(all);
  expect(await verdict(0, all.clock.nowMs() - 2 * SECOND_MS, VALUE)).toBe('unknown');
  const tsMs = await written(all, [1], 500);
  await all.later(SECOND_MS);
  expect(await verdict(0, all.clock.nowMs() - 2 * SECOND_MS, VALUE)).toBe('unknown');
  await all.later(SECOND_MS / 2);
  expect(await verdict(1, tsMs, NOTHING)).toBe('lost');
});

test('a null is not given while the filer does not say whether it was produced so, and at once when it does', async () => {
  const all = openProofStores();
  const tsMs = await written(all, [0]);
  const { verdict } = reader(all);
  all.switches.refusesListings = true;
  expect(await verdict(0, tsMs, NOTHING)).toBe('not to be known now');
  expect(await verdict(0, tsMs, VALUE)).toBe('unknown');
  all.switches.refusesListings = false;
  await all.later(1_000);
  expect(await verdict(0, tsMs, NOTHING)).toBe('lost');
});

test('a reader that gives up takes no proof from another that waits for the same', async () => {
  const all = openProofStores();
  const tsMs = await written(all, [0]);
  const { verdict } = reader(all);
  const giving = new AbortController();
  const found = [giving.signal, all.context.signal].map((signal) =>
    verdict(0, tsMs, NOTHING, { ...all.context, signal }),
  );
  giving.abort();
  expect(await Promise.all(found)).toEqual(['lost', 'lost']);
});

test('a null that was produced is no lost value', async () => {
  const all = openProofStores();
  const tsMs = all.clock.nowMs();
  all
    .store()
    .of({ topic: 't', log: 'log' })
    .note(3, NULL_PROOF, BigInt(tsMs) * 1_000_000n, undefined);
  await all.later();
  const { verdict } = reader(all);
  expect(await verdict(3, tsMs, NOTHING)).toBe('match');
  expect(await verdict(4, tsMs, NOTHING)).toBe('unknown');
});
