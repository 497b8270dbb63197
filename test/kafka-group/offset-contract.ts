/**
 * What every storage of committed offsets does, whatever it keeps them in. Each test has groups of its own, so that one storage serves
 * them all.
 */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type { OffsetStorage, PartitionOffset } from '../../src/kafka/groups/offsets/offset-storage';
import { PAGE_OFFSETS_MAX } from '../../src/kafka/groups/offsets/offset-storage';
import { toPartitionId } from '../../src/types';
import type { Int64 } from '../../src/types';
import { EDGES, int64s } from '../support/int64s';
import { callContext } from './support';

export const at = (topic: string, partition: number, offset: Int64, metadata = ''): PartitionOffset => ({
  topic,
  partition: toPartitionId(partition),
  offset,
  leaderEpoch: -1,
  metadata,
  committedAtMs: 1_700_000_000_000,
});

const TIMEOUT_MS = 240_000;
/** Offsets of the largest group: ten pages. */
const MANY = 10_000;
/** Offsets that one request commits at once. */
const REQUEST_COMMITS = 500;

/** `open` is asked once for the suite, and once more for the test that closes its storage. */
export function describeOffsetContract(name: string, open: () => Promise<OffsetStorage>): void {
  describe(`committed offsets ${name}`, () => {
    const context = callContext();
    let storage: OffsetStorage;
    let g: string;

    beforeAll(async () => {
      storage = await open();
    });
    beforeEach(() => {
      g = `g-${randomUUID()}`;
    });
    afterAll(() => storage.close());

    test('come back as committed, and are overwritten', async () => {
      const whole = { ...at('t', 0, 41, 'note'), leaderEpoch: 3, expiresAtMs: 1_800_000_000_000 };
      await storage.commit(g, whole, context);
      const { topic: _topic, partition: _partition, ...committed } = whole;
      expect(await storage.fetch(g, at('t', 0, 0), context)).toMatchObject(committed);
      await storage.commit(g, at('t', 0, 40), context);
      const after = await storage.fetch(g, at('t', 0, 0), context);
      expect(after).toMatchObject({ offset: 40, leaderEpoch: -1, metadata: '', committedAtMs: 1_700_000_000_000 });
      expect(after?.expiresAtMs).toBeUndefined();
    });

    test('are absent where nothing was committed', async () => {
      expect(await storage.fetch(g, at('t', 0, 0), context)).toBeUndefined();
      expect(await storage.fetchAll(g, context)).toEqual([]);
      expect(await storage.hasOffsets(g, context)).toBe(false);
      expect(await storage.listGroups(context)).not.toContain(g);
    });

    test('are all found, in order, over two topics', async () => {
      for (const partition of [11, 2, 0]) await storage.commit(g, at('b', partition, partition), context);
      await storage.commit(g, at('a', 0, 7), context);
      await storage.commit(`${g}-other`, at('c', 0, 9), context);
      const all = await storage.fetchAll(g, context);
      expect(all.map((each) => [each.topic, each.partition, each.offset])).toEqual([
        ['a', 0, 7],
        ['b', 0, 0],
        ['b', 2, 2],
        ['b', 11, 11],
      ]);
      const ofTopic = await storage.fetchTopic(g, 'b', context);
      expect(ofTopic.map((each) => [each.topic, each.partition, each.offset])).toEqual([
        ['b', 0, 0],
        ['b', 2, 2],
        ['b', 11, 11],
      ]);
      expect(await storage.fetchTopic(g, 'c', context)).toEqual([]);
    });

    test('go with their group, and a group that is not there is deleted without complaint', async () => {
      await storage.commit(g, at('t', 0, 1), context);
      await storage.commit(`${g}-kept`, at('t', 0, 1), context);
      await storage.deleteGroup(g, context);
      await storage.deleteGroup(g, context);
      const groups = await storage.listGroups(context);
      expect([groups.includes(g), groups.includes(`${g}-kept`)]).toEqual([false, true]);
      expect(await storage.fetch(g, at('t', 0, 0), context)).toBeUndefined();
    });

    test('are deleted one by one; a group without any is none', async () => {
      await storage.commit(g, at('t', 0, 1), context);
      await storage.commit(g, at('t', 1, 1), context);
      await storage.deleteOffsets(g, [at('t', 0, 0), at('t', 5, 0)], context);
      expect((await storage.fetchAll(g, context)).map((each) => each.partition)).toEqual([1]);
      expect(await storage.hasOffsets(g, context)).toBe(true);
      await storage.deleteOffsets(g, [at('t', 1, 0)], context);
      expect(await storage.hasOffsets(g, context)).toBe(false);
      expect(await storage.listGroups(context)).not.toContain(g);
    });

    test('are deleted on a condition of what is stored', async () => {
      await storage.commit(g, at('t', 0, 7), context);
      expect(await storage.deleteIf(g, at('t', 0, 0), ({ offset }) => offset === 6, context)).toBe(false);
      expect(await storage.fetch(g, at('t', 0, 0), context)).toMatchObject({ offset: 7 });
      expect(await storage.deleteIf(g, at('t', 0, 0), ({ offset }) => offset === 7, context)).toBe(true);
      expect(await storage.deleteIf(g, at('t', 0, 0), () => true, context)).toBe(false);
      expect(await storage.fetch(g, at('t', 0, 0), context)).toBeUndefined();
    });

    test('go with their topic, in every group', async () => {
      for (const group of [g, `${g}-2`]) {
        await storage.commit(group, at(`${g}-gone`, 0, 1), context);
        await storage.commit(group, at(`${g}-gone`, 7, 1), context);
        await storage.commit(group, at(`${g}-kept`, 0, 1), context);
      }
      await storage.deleteTopic(`${g}-gone`, context);
      for (const group of [g, `${g}-2`]) {
        expect((await storage.fetchAll(group, context)).map(({ topic }) => topic)).toEqual([`${g}-kept`]);
      }
    });

    test('survive 100 commits at once over ten partitions, and the last one of each stays', async () => {
      await Promise.all(Array.from({ length: 100 }, (_, n) => storage.commit(g, at('t', n % 10, n), context)));
      const all = await storage.fetchAll(g, context);
      expect(all.map((each) => each.offset)).toEqual([90, 91, 92, 93, 94, 95, 96, 97, 98, 99]);
    });

    test('that are no int64, and of partitions below 0, are refused', async () => {
      const refused = { code: 'invalid_request' };
      for (const offset of [0.5, NaN, 2 ** 53, 7n, 2n ** 63n, -(2n ** 63n) - 1n]) {
        await expect(storage.commit(g, at('t', 0, offset), context)).rejects.toMatchObject(refused);
      }
      await expect(storage.commit(g, at('t', -1, 0), context)).rejects.toMatchObject(refused);
      expect(await storage.hasOffsets(g, context)).toBe(false);
    });

    test('are any int64 and come back bit for bit, whatever the note and the epoch say', async () => {
      const notes = fc.oneof(fc.string(), fc.constantFrom('"value":9007199254740993,', '{"value":1e19}'));
      const epochs = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
      await fc.assert(
        fc.asyncProperty(int64s(), notes, epochs, async (offset, note, leaderEpoch) => {
          await storage.commit(g, { ...at('t', 0, offset, note), leaderEpoch }, context);
          expect(await storage.fetch(g, at('t', 0, 0), context)).toMatchObject({ offset, metadata: note, leaderEpoch });
        }),
        { numRuns: 100 },
      );
      for (const [partition, offset] of EDGES.entries())
        await storage.commit(g, at('edges', partition, offset), context);
      const offsets = async () => (await storage.fetchTopic(g, 'edges', context)).map((each) => each.offset);
      expect(await offsets()).toEqual(EDGES);
    });

    test('keep a note of 4,096 bytes', async () => {
      const note = `${'ü"\\\u0001'.repeat(800)}${'x'.repeat(96)}`;
      await storage.commit(g, at('t', 0, 7, note), context);
      expect(await storage.fetch(g, at('t', 0, 0), context)).toMatchObject({ offset: 7, metadata: note });
    });

    const names = [
      '',
      'a/b',
      'a%2Fb',
      'a%2fb',
      '..',
      '.',
      '...',
      '%',
      '%25',
      'per%cent',
      'with space',
      ' ',
      'grüße-日本',
    ];
    names.push(
      '\u0000',
      '\u001f\u007f',
      'back\\slash',
      'offset',
      'x'.repeat(249),
      '日'.repeat(249),
      '/'.repeat(249),
      '😀',
    );

    test('of groups and topics with any name are their own', async () => {
      for (const [index, name] of names.entries()) {
        await storage.commit(name, at(`t-${g}`, 0, index, 'größe'), context);
        await storage.commit(g, at(name, 0, index), context);
      }
      for (const [index, name] of names.entries()) {
        expect(await storage.fetch(name, at(`t-${g}`, 0, 0), context)).toMatchObject({ offset: index });
        expect((await storage.fetchTopic(g, name, context)).map(({ offset }) => offset)).toEqual([index]);
        expect((await storage.fetchAll(name, context)).map(({ topic }) => topic)).toContain(`t-${g}`);
      }
      const all = new Map((await storage.fetchAll(g, context)).map(({ topic, offset }) => [topic, offset]));
      expect(all).toEqual(new Map(names.map((name, index) => [name, index])));
      expect(await storage.listGroups(context)).toEqual(expect.arrayContaining(names));
      await storage.deleteGroup('..', context);
      expect(await storage.fetch('...', at(`t-${g}`, 0, 0), context)).toBeDefined();
    });

    test(
      `of ${MANY} partitions of one group are listed by pages`,
      async () => {
        const begunMs = performance.now();
        for (let from = 0; from < MANY; from += REQUEST_COMMITS) {
          const request = callContext();
          const numbers = Array.from({ length: REQUEST_COMMITS }, (_, index) => from + index);
          await Promise.all(numbers.map((n) => storage.commit(g, at(`t${n % 4}`, n >> 2, n), request)));
        }
        const committedMs = performance.now();
        const sizes: number[] = [];
        const found: Int64[] = [];
        for await (const page of storage.pages(g, context)) {
          sizes.push(page.length);
          found.push(...page.map(({ offset }) => offset));
        }
        const walkedMs = performance.now();
        expect(Math.max(...sizes)).toBe(PAGE_OFFSETS_MAX);
        expect(found).toHaveLength(MANY);
        expect(new Set(found).size).toBe(MANY);
        expect(found.slice(0, 3)).toEqual([0, 4, 8]);
        const spent = [committedMs - begunMs, walkedMs - committedMs].map((ms) => `${Math.round(ms)} ms`);
        process.stdout.write(`${name}: ${MANY} offsets committed in ${spent[0]}, listed in ${spent[1]}\n`);
      },
      TIMEOUT_MS,
    );

    test('cannot be used after close', async () => {
      const own = await open();
      await own.close();
      const closed = { code: 'shutting_down' };
      await expect(own.commit(g, at('t', 0, 1), context)).rejects.toMatchObject(closed);
      await expect(own.fetch(g, at('t', 0, 1), context)).rejects.toMatchObject(closed);
      await expect(own.fetchAll(g, context)).rejects.toMatchObject(closed);
      await expect(own.pages(g, context)[Symbol.asyncIterator]().next()).rejects.toMatchObject(closed);
      await expect(own.fetchTopic(g, 't', context)).rejects.toMatchObject(closed);
      await expect(own.hasOffsets(g, context)).rejects.toMatchObject(closed);
      await expect(own.deleteOffsets(g, [], context)).rejects.toMatchObject(closed);
      await expect(own.deleteIf(g, at('t', 0, 1), () => true, context)).rejects.toMatchObject(closed);
      await expect(own.deleteTopic('t', context)).rejects.toMatchObject(closed);
      await expect(own.deleteGroup(g, context)).rejects.toMatchObject(closed);
      await expect(own.listGroups(context)).rejects.toMatchObject(closed);
    });
  });
}
