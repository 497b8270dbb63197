/**
 * Goal: no proof of a value is lost while the filer takes entries: not where memory held more blocks than it may and a block is begun anew, not
 * where the filer failed for a while; and none is written behind the deletion of its topic. What has to be dropped is told. Method: stores
 * of proofs, as gateways have them, on one clock moved by hand and before one filer in memory.
 */
import { NULL_LENGTH } from '../../../src/audit/verdict';
import { BLOCK_OFFSETS } from '../../../src/engine/seaweedmq/proof/proof-block';
import { BLOCKS_MAX, BLOCKS_WAITING_MAX } from '../../../src/engine/seaweedmq/proof/kept-blocks';
import { PROOFS_DIRECTORY } from '../../../src/engine/seaweedmq/proof/proof-entries';
import type { ProofStore } from '../../../src/engine/seaweedmq/proof/proof-store';
import { note, openProofStores, type ProofStores } from './proof-stores';

const SECOND_MS = 1_000;

/** Enough blocks to push every other one out of memory. */
async function readBacklog(store: ProofStore, { context }: Pick<ProofStores, 'context'>): Promise<void> {
  const backlog = store.of({ topic: 't', log: 'backlog' });
  for (let block = 0; block < BLOCKS_MAX; block += 1) await store.load(backlog, block * BLOCK_OFFSETS, context);
}

test('a block that left memory and is produced to again keeps the proofs it had', async () => {
  const all = openProofStores();
  const store = all.store();
  const log = store.of({ topic: 't', log: 'log' });
  note(log, 0);
  await all.later();
  await readBacklog(store, all);
  expect(log.known(0)).toBeUndefined();
  note(log, 1);
  await all.later();
  expect(await all.found('log', [0, 1])).toEqual([384, 384]);
  expect(all.names(`${PROOFS_DIRECTORY}/t/log`)).toHaveLength(1);
});

test('where it cannot be read back it is not written over', async () => {
  const all = openProofStores();
  const store = all.store();
  const log = store.of({ topic: 't', log: 'log' });
  note(log, 0);
  await all.later();
  await readBacklog(store, all);
  all.switches.refusesListings = true;
  note(log, 1);
  await all.later();
  all.switches.refusesListings = false;
  expect(await all.found('log', [0])).toEqual([384]);
  await all.later();
  expect(await all.found('log', [0, 1])).toEqual([384, 384]);
});

test('proofs that are not stored yet stay while a backlog is read, however long the filer takes none', async () => {
  const all = openProofStores();
  const store = all.store();
  const log = store.of({ topic: 't', log: 'log' });
  all.switches.refusesPuts = true;
  note(log, 0);
  await all.later();
  await readBacklog(store, all);
  await all.later();
  expect(log.known(0)?.length).toBe(384);
  all.switches.refusesPuts = false;
  await all.later();
  expect(await all.found('log', [0])).toEqual([384]);
});

test('the blocks that were used last stay in memory, written or read', async () => {
  const all = openProofStores();
  const store = all.store();
  const [written, read, backlog] = ['written', 'read', 'backlog'].map((log) => store.of({ topic: 't', log }));
  if (written === undefined || read === undefined || backlog === undefined) throw new Error('three logs');
  await store.load(read, 0, all.context);
  for (let block = 0; block < 2 * BLOCKS_MAX; block += 1) {
    await store.load(backlog, block * BLOCK_OFFSETS, all.context);
    if (block % 100 === 0) {
      note(written, block / 100);
      read.use(0);
      await all.later();
    }
  }
  expect(written.known(0)?.length).toBe(384);
  expect(read.block(0)).toBeDefined();
  expect(backlog.block(0)).toBeUndefined();
});

test('a filer that takes nothing costs so much memory and no more, and each proof dropped for it is counted', async () => {
  const all = openProofStores();
  const store = all.store();
  all.switches.refusesPuts = true;
  const before = all.dropped();
  const log = store.of({ topic: 't', log: 'log' });
  const kept = BLOCKS_WAITING_MAX;
  for (let block = 0; block < kept + 10; block += 1) {
    note(log, block * BLOCK_OFFSETS);
    note(log, block * BLOCK_OFFSETS + 1);
  }
  expect([...log.blocks()]).toHaveLength(kept);
  expect(all.dropped() - before).toBe(20);
  all.switches.refusesPuts = false;
  await all.later();
  await all.later();
  const offsets = [0, 9 * BLOCK_OFFSETS, 10 * BLOCK_OFFSETS, (kept + 9) * BLOCK_OFFSETS + 1];
  expect(await all.found('log', offsets)).toEqual([undefined, undefined, 384, 384]);
}, 60_000);

test('a topic is deleted behind the entry that is being written, which goes with it', async () => {
  const all = openProofStores();
  const store = all.store();
  const log = store.of({ topic: 't', log: 'log' });
  const release = holdPuts(all);
  note(log, 0);
  await all.later();
  const deleted = store.topicDeleted('t', all.context);
  await all.later();
  release();
  await deleted;
  await all.later();
  expect(all.names(`${PROOFS_DIRECTORY}/t/log`)).toEqual([]);
  note(log, 1);
  await all.later();
  expect(all.names(`${PROOFS_DIRECTORY}/t/log`)).toEqual([]);
});

test('proofs of deleted records are not written again', async () => {
  const all = openProofStores();
  const store = all.store();
  const log = store.of({ topic: 't', log: 'log' });
  const release = holdPuts(all);
  note(log, 0);
  await all.later();
  note(log, 1);
  note(log, BLOCK_OFFSETS);
  const deleted = store.deletedBelow(log, BLOCK_OFFSETS, all.context);
  await all.later();
  release();
  await deleted;
  await all.later();
  expect(all.names(`${PROOFS_DIRECTORY}/t/log`)).toEqual([expect.stringMatching(/^0{12}1024\./)]);
  expect(await all.found('log', [0, BLOCK_OFFSETS])).toEqual([undefined, 384]);
});

test('a store that was closed writes nothing more, whatever failed meanwhile or is acked late', async () => {
  const all = openProofStores();
  const store = all.store();
  const log = store.of({ topic: 't', log: 'log' });
  const release = holdPuts(all);
  note(log, 0);
  await all.later(SECOND_MS);
  const closed = store.close();
  all.switches.refusesPuts = true;
  release();
  await closed;
  all.switches.refusesPuts = false;
  note(log, BLOCK_OFFSETS);
  await all.later();
  expect(all.names(`${PROOFS_DIRECTORY}/t/log`)).toEqual([]);
  expect(all.clock.timers).toBe(0);
});

test('null is a value like another', async () => {
  const all = openProofStores();
  const log = all.store().of({ topic: 't', log: 'log' });
  log.note(7, { length: NULL_LENGTH, crc: 0 }, 7n, undefined);
  await all.later();
  expect(await all.found('log', [7, 8])).toEqual([NULL_LENGTH, undefined]);
});

/** Entries that are being written wait until the answer is called. */
function holdPuts({ switches }: ProofStores): () => void {
  let release = (): void => undefined;
  switches.held = new Promise((resolve) => (release = resolve));
  return () => release();
}
