/**
 * Goal: what the log lost is read nowhere, by nobody, and a value never comes without the tombstone that follows it. Method: a node and two
 * gateways on it, with every memory at its default. A log is written and read, so that the node's tail, both gateways' windows and their
 * sessions hold it; then it is compacted, trimmed, expired or made again, and both gateways are asked anew. A second is granted for the
 * node's word to arrive, and more for a busy machine.
 */
import { createMetadataRequest, createMetadataRequestTopic } from '../../src/protocol/generated/metadata';
import { readBatchHeader } from '../../src/protocol/record-batch';
import { createTopic, deleteTopic } from '../e2e/support';
import { METADATA, type KafkaClient } from '../support/kafka-client';
import {
  batchAt,
  deleteRecords,
  readToEnd,
  recordsIn,
  type Entries,
  type Read,
  type SeenRecord,
  type SharedNode,
  startSharedNode,
} from './shared-node';

/** For the words of the node to arrive, on a machine that does much else. */
const PATIENCE_MS = 20_000;
const OFFSET_OUT_OF_RANGE = 1;
const COMPACTED = {
  'cleanup.policy': 'compact',
  'segment.ms': '500',
  'min.cleanable.dirty.ratio': '0.0',
  'delete.retention.ms': '0',
};
const TEN_KEYS = Array.from({ length: 10 }, (_, index) => `k${index}`);

let shared: SharedNode;
let near: KafkaClient;
let far: KafkaClient;
let lastTopic = 0;

beforeAll(async () => {
  shared = await startSharedNode();
  near = await shared.near.client();
  far = await shared.far.client();
});
afterAll(() => shared.close());

async function newTopic(settings: Readonly<Record<string, string>>): Promise<string> {
  const name = `rewritten-${(lastTopic += 1)}`;
  expect(await createTopic(near, name, settings)).toBe(0);
  await known(far, name);
  return name;
}

/** Another gateway's topic is known a little later. */
async function known(client: KafkaClient, name: string): Promise<void> {
  const request = createMetadataRequest({
    topics: [createMetadataRequestTopic({ name })],
    allowAutoTopicCreation: false,
  });
  for (let code = -1; code !== 0;) code = (await client.call(METADATA, request)).topics[0]?.errorCode ?? -1;
}

/** One batch after the other, each 0.7 s younger than the one before, as `segment.ms` counts. Resolves with the base offsets. */
async function write(
  topic: string,
  batches: readonly Entries[],
  idempotent?: { producerId: bigint },
): Promise<number[]> {
  const begunMs = shared.nowMs();
  const offsets: number[] = [];
  for (const [index, entries] of batches.entries()) {
    const options = idempotent === undefined ? {} : { ...idempotent, producerEpoch: 0, baseSequence: index };
    const answer = await near.produce(topic, batchAt(begunMs + index * 700, entries, options));
    expect(answer.errorCode).toBe(0);
    offsets.push(answer.baseOffset);
  }
  shared.later(batches.length * 700);
  return offsets;
}

const each = (value: string | null): Entries => Object.fromEntries(TEN_KEYS.map((key) => [key, value]));
const offsetsOf = (records: readonly SeenRecord[]): number[] => records.map(({ offset }) => offset);

/** Everyone who may read: through either gateway, one that has read before and one that comes now. */
async function readers(): Promise<KafkaClient[]> {
  return [near, far, await shared.near.client(), await shared.far.client()];
}

/** Keys and the offsets of their tombstones, which nothing follows. */
type Dead = Readonly<Record<string, number>>;

/** Keys of which a value came, and no tombstone, to who has read past it. */
function undeadKeys({ records, end }: Read, dead: Dead): string[] {
  const newest = new Map(records.map(({ key, value }) => [key, value]));
  return Object.entries(dead).flatMap(([key, offset]) =>
    offset < end && typeof newest.get(key) === 'string' ? [key] : [],
  );
}

/** Asks until the answer is as it must be, and longer than patience lasts never. */
async function expectSoon(ask: () => Promise<Read>, offsets: readonly number[], dead: Dead = {}): Promise<void> {
  const begunMs = performance.now();
  for (;;) {
    const read = await ask();
    expect(undeadKeys(read, dead)).toEqual([]);
    const seen = offsetsOf(read.records);
    if (seen.join() === offsets.join()) return;
    if (performance.now() - begunMs > PATIENCE_MS) expect(seen).toEqual(offsets);
  }
}

async function expectEverywhere(topic: string, offsets: readonly number[], dead: Dead = {}): Promise<void> {
  for (const client of await readers()) await expectSoon(() => readToEnd(client, topic), offsets, dead);
}

/** Fills the memories: everybody reads it, twice. */
async function readEverywhere(topic: string): Promise<void> {
  for (const client of [near, far, near, far]) await readToEnd(client, topic);
}

async function until(claim: () => boolean): Promise<void> {
  for (const begunMs = performance.now(); !claim();) {
    if (performance.now() - begunMs > PATIENCE_MS) throw new Error('it did not come to that');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('compaction', () => {
  test('deleted keys whose tombstones were due are nowhere after two runs', async () => {
    const topic = await newTopic(COMPACTED);
    await write(topic, [each('secret'), { f: '1' }, each(null), { f: '2' }, { f: '3' }]);
    await readEverywhere(topic);
    await shared.maintain();
    await shared.maintain();
    await expectEverywhere(topic, [21, 22], Object.fromEntries(TEN_KEYS.map((key, index) => [key, 11 + index])));
  });

  test('a value that was read before its tombstone came is not read again when both are gone', async () => {
    const topic = await newTopic({ ...COMPACTED, 'delete.retention.ms': '1000' });
    const elsewhere = await newTopic({});
    await write(topic, [{ key: 'secret' }]);
    await readEverywhere(topic);
    await write(topic, [{ key: null }, { f: '1' }, { f: '2' }]);
    await shared.maintain();
    await expectEverywhere(topic, [1, 2, 3], { key: 1 });
    shared.later(1_100);
    await shared.maintain();
    for (let pushed = 0; pushed < 27; pushed += 1) {
      await near.produce(elsewhere, batchAt(shared.nowMs(), { filler: Buffer.alloc(1_000_000) }));
    }
    await expectEverywhere(topic, [2, 3], { key: 1 });
  });

  test('overwritten values are nowhere, and the newest of each key is everywhere', async () => {
    const topic = await newTopic(COMPACTED);
    await write(topic, [{ a: '1', b: '1' }, { a: '2' }, { b: '2', c: '1' }, { a: '3' }, { last: '1' }]);
    await readEverywhere(topic);
    await shared.maintain();
    await expectEverywhere(topic, [3, 4, 5, 6]);
  });

  test('a producer’s last batch that was emptied brings no record, and its producer is still known', async () => {
    const topic = await newTopic(COMPACTED);
    const producerId = 4_711n;
    await write(topic, [{ key: 'secret' }], { producerId });
    await write(topic, [{ key: 'newer' }, { f: '1' }, { f: '2' }]);
    await readEverywhere(topic);
    await shared.maintain();
    await expectEverywhere(topic, [1, 2, 3]);
    const { records } = await far.fetch(topic, 0);
    expect(readBatchHeader(records, 0)).toMatchObject({ producerId, recordCount: 0, lastOffset: 0 });
    const again = batchAt(shared.nowMs(), { key: 'secret' }, { producerId, producerEpoch: 0, baseSequence: 0 });
    expect(await near.produce(topic, again)).toMatchObject({ errorCode: 0, baseOffset: 0 });
  });

  test('a reader in the middle of the log is not given what was read ahead for it', async () => {
    const topic = await newTopic(COMPACTED);
    const large = 'x'.repeat(20_000);
    await write(topic, [{ first: '1' }, { key: `secret ${large}` }, { key: null }, { f: large }, { f: '2' }]);
    // A batch at a time, so that the rest waits in the session.
    for (const client of [near, far]) {
      expect(recordsIn((await client.fetch(topic, 0, { partitionMaxBytes: 1 })).records)).toHaveLength(1);
    }
    await until(() => [shared.near, shared.far].every((gateway) => gateway.holdings().queuedBytes > 20_000));
    await shared.maintain();
    await shared.maintain();
    await until(() => [shared.near, shared.far].every((gateway) => gateway.holdings().queuedBytes === 0));
    for (const client of [near, far]) {
      await expectSoon(() => readToEnd(client, topic, 1, { partitionMaxBytes: 1 }), [3, 4], { key: 2 });
    }
  });

  test('a gateway that had no stream open learns of it when it is asked', async () => {
    const topic = await newTopic(COMPACTED);
    await write(topic, [{ key: 'secret' }, { key: null }, { f: '1' }, { f: '2' }]);
    await readToEnd(far, topic);
    await until(() => shared.far.holdings().sessions === 0);
    await shared.maintain();
    await shared.maintain();
    // At once: nobody had to tell it anything.
    expect(offsetsOf((await readToEnd(far, topic)).records)).toEqual([2, 3]);
  });

  test('a fetch that waits for more is answered with what is there when it is answered', async () => {
    const topic = await newTopic(COMPACTED);
    await write(topic, [{ key: 'secret' }, { key: null }, { f: '1' }, { f: '2' }]);
    const patient = await shared.far.client();
    const fetching = patient.fetch(topic, 0, { minBytes: 100_000, maxWaitMs: 60_000 });
    await until(() => shared.far.telemetry.inflight().operations.some(({ phase }) => phase === 'long_poll'));
    await shared.maintain();
    await shared.maintain();
    // The far gateway has heard of it when it gives nothing of it to others.
    await expectSoon(() => readToEnd(far, topic), [2, 3], { key: 1 });
    await write(topic, [{ f: 'x'.repeat(100_000) }]);
    expect(offsetsOf(recordsIn((await fetching).records))).toEqual([2, 3, 4]);
  });
});

describe('what goes from the beginning', () => {
  const readAt = async (client: KafkaClient, topic: string, offset: number): Promise<number> =>
    (await client.fetch(topic, offset, { maxWaitMs: 0 })).partition.errorCode;

  /** Offsets below the new start are refused everywhere, and what follows is there. */
  async function expectStart(topic: string, start: number, end: number): Promise<void> {
    for (const client of await readers()) {
      const begunMs = performance.now();
      for (let offset = 0; offset < start; offset += 1) {
        while ((await readAt(client, topic, offset)) !== OFFSET_OUT_OF_RANGE) {
          if (performance.now() - begunMs > PATIENCE_MS) throw new Error(`offset ${offset} is still there`);
        }
      }
      const left = Array.from({ length: end - start }, (_, index) => start + index);
      expect(offsetsOf((await readToEnd(client, topic, start)).records)).toEqual(left);
    }
  }

  const five: readonly Entries[] = Array.from({ length: 5 }, (_, index) => ({ key: `${index}` }));

  test('DeleteRecords through one gateway holds for the other', async () => {
    const topic = await newTopic({});
    await write(topic, five);
    await readEverywhere(topic);
    expect(await deleteRecords(near, topic, 3)).toBe(0);
    await expectStart(topic, 3, 5);
  });

  test('DeleteRecords holds for a gateway that had no stream open', async () => {
    const topic = await newTopic({});
    await write(topic, five);
    await readToEnd(far, topic);
    await until(() => shared.far.holdings().sessions === 0);
    expect(await deleteRecords(near, topic, 3)).toBe(0);
    expect(await readAt(far, topic, 0)).toBe(OFFSET_OUT_OF_RANGE);
    await expectStart(topic, 3, 5);
  });

  test('a fetch that waits for more is not answered with what DeleteRecords took meanwhile', async () => {
    const topic = await newTopic({});
    await write(topic, five);
    const patient = await shared.far.client();
    const fetching = patient.fetch(topic, 0, { minBytes: 100_000, maxWaitMs: 60_000 });
    await until(() => shared.far.telemetry.inflight().operations.some(({ phase }) => phase === 'long_poll'));
    expect(await deleteRecords(near, topic, 3)).toBe(0);
    await expectStart(topic, 3, 5);
    await write(topic, [{ key: 'x'.repeat(100_000) }]);
    expect((await fetching).partition.errorCode).toBe(OFFSET_OUT_OF_RANGE);
  });

  test('segments that retention took are read nowhere', async () => {
    const topic = await newTopic({ 'segment.ms': '500', 'retention.ms': '60000' });
    await write(topic, five.slice(0, 3));
    shared.later(50_000);
    await write(topic, five.slice(3));
    await readEverywhere(topic);
    shared.later(15_000);
    await shared.maintain();
    await expectStart(topic, 3, 5);
  });
});

const NOTHING: Read = { records: [], end: 0 };

test('of a topic that was deleted and made again nothing old is read', async () => {
  const topic = await newTopic({});
  await write(topic, [{ a: 'old' }, { b: 'old' }]);
  await readEverywhere(topic);
  expect(await deleteTopic(near, topic)).toBe(0);
  expect(await createTopic(near, topic, {})).toBe(0);
  // As many as there were, and more: offsets alone do not tell the two logs apart.
  await write(topic, [{ a: 'new' }, { b: 'new' }, { c: 'new' }]);
  for (const client of await readers()) {
    const begunMs = performance.now();
    for (;;) {
      const { records } = await readToEnd(client, topic).catch(() => NOTHING);
      expect(records.filter(({ value }) => value === 'old')).toEqual([]);
      if (records.length === 3) break;
      if (performance.now() - begunMs > PATIENCE_MS) throw new Error(`got ${records.length} of 3 records`);
    }
  }
});
