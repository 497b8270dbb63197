/** One contract for both storages of committed offsets, and the filer's layout byte for byte. */
import { EngineError } from '../../src/engine/engine-error';
import { FilerOffsetStorage } from '../../src/kafka/group/filer-offset-storage';
import { MemoryOffsetStorage } from '../../src/kafka/group/memory-offset-storage';
import type { OffsetStorage, PartitionOffset } from '../../src/kafka/group/offset-storage';
import { toOffset, toPartitionId } from '../../src/types';
import { bytes, callContext, MemoryFiler, text } from './support';

const at = (topic: string, partition: number, offset: number, metadata = ''): PartitionOffset => ({
  topic,
  partition: toPartitionId(partition),
  offset: toOffset(offset),
  leaderEpoch: -1,
  metadata,
  committedAtMs: 1_700_000_000_000,
});
const context = callContext();
const makers: readonly [string, () => OffsetStorage][] = [
  ['in memory', () => new MemoryOffsetStorage()],
  ['in the filer', () => new FilerOffsetStorage(new MemoryFiler())],
];

describe.each(makers)('committed offsets %s', (_name, make) => {
  test('come back as committed, and are overwritten', async () => {
    const storage = make();
    await storage.commit('g', { ...at('t', 0, 41, 'note'), leaderEpoch: 3 }, context);
    expect(await storage.fetch('g', at('t', 0, 0), context)).toMatchObject({
      offset: 41,
      leaderEpoch: 3,
      metadata: 'note',
      committedAtMs: 1_700_000_000_000,
    });
    await storage.commit('g', at('t', 0, 42), context);
    expect(await storage.fetch('g', at('t', 0, 0), context)).toMatchObject({
      offset: 42,
      leaderEpoch: -1,
      metadata: '',
    });
  });

  test('are absent where nothing was committed', async () => {
    const storage = make();
    expect(await storage.fetch('g', at('t', 0, 0), context)).toBeUndefined();
    expect(await storage.fetchAll('g', context)).toEqual([]);
    expect(await storage.listGroups(context)).toEqual([]);
  });

  test('are all found, in order, over two topics', async () => {
    const storage = make();
    for (const partition of [11, 2, 0]) await storage.commit('g', at('b', partition, partition), context);
    await storage.commit('g', at('a', 0, 7), context);
    await storage.commit('h', at('c', 0, 9), context);
    const all = await storage.fetchAll('g', context);
    expect(all.map((each) => [each.topic, each.partition, each.offset])).toEqual([
      ['a', 0, 7],
      ['b', 0, 0],
      ['b', 2, 2],
      ['b', 11, 11],
    ]);
  });

  test('go with their group, and a group that is not there is deleted without complaint', async () => {
    const storage = make();
    await storage.commit('g', at('t', 0, 1), context);
    await storage.commit('h', at('t', 0, 1), context);
    await storage.deleteGroup('g', context);
    await storage.deleteGroup('g', context);
    expect(await storage.listGroups(context)).toEqual(['h']);
    expect(await storage.fetch('g', at('t', 0, 0), context)).toBeUndefined();
  });

  test('are deleted one by one; a group without any is none', async () => {
    const storage = make();
    await storage.commit('g', at('t', 0, 1), context);
    await storage.commit('g', at('t', 1, 1), context);
    await storage.deleteOffsets('g', [at('t', 0, 0), at('t', 5, 0)], context);
    expect((await storage.fetchAll('g', context)).map((each) => each.partition)).toEqual([1]);
    await storage.deleteOffsets('g', [at('t', 1, 0)], context);
    expect(await storage.listGroups(context)).toEqual([]);
  });

  test('survive 100 commits at once over ten partitions', async () => {
    const storage = make();
    await Promise.all(Array.from({ length: 100 }, (_, n) => storage.commit('g', at('t', n % 10, n), context)));
    const all = await storage.fetchAll('g', context);
    expect(all.map((each) => each.offset)).toEqual([90, 91, 92, 93, 94, 95, 96, 97, 98, 99]);
  });

  test('below -1, and of partitions below 0 are refused', async () => {
    const storage = make();
    const refused = { code: 'invalid_request' };
    await expect(storage.commit('g', at('t', 0, -2), context)).rejects.toMatchObject(refused);
    await expect(storage.commit('g', at('t', -1, 0), context)).rejects.toMatchObject(refused);
    await storage.commit('g', at('t', 0, -1), context);
  });

  test('cannot be used after close', async () => {
    const storage = make();
    await storage.close();
    const closed = { code: 'shutting_down' };
    await expect(storage.commit('g', at('t', 0, 1), context)).rejects.toMatchObject(closed);
    await expect(storage.fetch('g', at('t', 0, 1), context)).rejects.toMatchObject(closed);
    await expect(storage.fetchAll('g', context)).rejects.toMatchObject(closed);
    await expect(storage.deleteOffsets('g', [], context)).rejects.toMatchObject(closed);
    await expect(storage.deleteGroup('g', context)).rejects.toMatchObject(closed);
    await expect(storage.listGroups(context)).rejects.toMatchObject(closed);
  });

  test.each([
    'a/b',
    '..',
    '.',
    'per%cent',
    '%2F',
    'with space',
    'grüße-日本',
    '\u0000',
    'back\\slash',
    'x'.repeat(249),
  ])('of a group named %j are its own', async (name) => {
    const storage = make();
    await storage.commit(name, at('t', 0, 5, 'größe'), context);
    await storage.commit('other', at('t', 0, 6), context);
    expect(await storage.fetch(name, at('t', 0, 0), context)).toMatchObject({ offset: 5, metadata: 'größe' });
    expect((await storage.listGroups(context)).includes(name)).toBe(true);
  });
});

test('the filer’s layout is the one that others read', async () => {
  const filer = new MemoryFiler();
  const storage = new FilerOffsetStorage(filer);
  await storage.commit('my-group', at('my.topic', 3, 42), context);
  const path = '/topics/kafka/.meta/consumer_offsets/my-group/my.topic/3/offset';
  expect([...filer.entries].map(([where, content]) => [where, text(content)])).toEqual([
    [path, '{"type":"offset","value":42,"committed_at":1700000000000,"metadata":""}'],
  ]);
});

test('an entry written by another program is read, one that makes no sense is an error', async () => {
  const filer = new MemoryFiler();
  const storage = new FilerOffsetStorage(filer);
  const directory = '/topics/kafka/.meta/consumer_offsets/g/t/0';
  await filer.put(directory, 'offset', bytes('{ "value": 9, "type": "offset" }'));
  expect(await storage.fetch('g', at('t', 0, 0), context)).toMatchObject({ offset: 9, metadata: '', leaderEpoch: -1 });
  for (const broken of ['', 'null', '[]', '{"type":"offset"}', '{"value":"9"}', '{"value":1e300}']) {
    await filer.put(directory, 'offset', bytes(broken));
    await expect(storage.fetch('g', at('t', 0, 0), context)).rejects.toMatchObject({ code: 'storage_error' });
  }
});

test('a filer that cannot be read is an error, never an absence', async () => {
  const filer = new MemoryFiler();
  const storage = new FilerOffsetStorage(filer);
  filer.failWith = new EngineError('unavailable', 'gone');
  await expect(storage.fetch('g', at('t', 0, 0), context)).rejects.toBe(filer.failWith);
  await expect(storage.fetchAll('g', context)).rejects.toBe(filer.failWith);
  await expect(storage.listGroups(context)).rejects.toBe(filer.failWith);
});
