/** One contract for all storages of committed offsets, and the filer's layout byte for byte. */
import { systemClock } from '../../src/clock';
import { EngineError } from '../../src/engine-error';
import { FilerOffsetStorage } from '../../src/kafka/groups/offsets/filer-offset-storage';

import { OrderedOffsetStorage } from '../../src/kafka/groups/offsets/ordered-offset-storage';
import type { OpenFiler } from './filers';
import { embeddedFiler } from './filers';
import { at, describeOffsetContract } from './offset-contract';
import { bytes, callContext, MemoryFiler, text } from './support';
import { MemoryOffsetStorage } from '../support/memory-offset-storage';

const context = callContext();
let embedded: OpenFiler;

beforeAll(async () => {
  embedded = await embeddedFiler();
});
afterAll(() => embedded.close());

describeOffsetContract('in memory', async () => new MemoryOffsetStorage());
describeOffsetContract('in the filer of the embedded node', async () => {
  const stored = new FilerOffsetStorage(embedded.filer);
  return new OrderedOffsetStorage(stored, { clock: systemClock, commitTimeoutMs: 60_000 });
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
  for (const broken of [
    '',
    'null',
    '[]',
    '{"type":"offset"}',
    '{"value":"9"}',
    '{"value":1e300}',
    '{"type":"timestamp","value":1700000000000}',
    `{"value":9,"metadata":"${'x'.repeat(32_768)}"}`,
  ]) {
    await filer.put(directory, 'offset', bytes(broken));
    await expect(storage.fetch('g', at('t', 0, 0), context)).rejects.toMatchObject({ code: 'storage_error' });
  }
});

test('the digits of an entry are read as they stand, wherever it has them, and beyond 64 bits it is an error', async () => {
  const filer = new MemoryFiler();
  const storage = new FilerOffsetStorage(filer);
  const read = async (entry: string): Promise<unknown> => {
    await filer.put('/topics/kafka/.meta/consumer_offsets/g/t/0', 'offset', bytes(entry));
    return (await storage.fetch('g', at('t', 0, 0), context))?.offset;
  };
  const note = JSON.stringify('"value":4611686018427387905,');
  expect(await read(`{"metadata":${note},"value" : 4611686018427387904}`)).toBe(2n ** 62n);
  expect(await read(`{"value":9223372036854775807\n,"metadata":${note}}`)).toBe(2n ** 63n - 1n);
  expect(await read('{"other":{"value":9223372036854775806},"value":-9223372036854775808}')).toBe(-(2n ** 63n));
  for (const broken of ['9223372036854775808', '-9223372036854775809', '9007199254740993.0', '1e18', '"1e18"']) {
    await expect(read(`{"value":${broken}}`)).rejects.toMatchObject({ code: 'storage_error' });
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

test('whether a group has offsets takes a few calls, and all of them one walk', async () => {
  const filer = new MemoryFiler();
  const storage = new FilerOffsetStorage(filer);
  for (let n = 0; n < 1_000; n += 1) await storage.commit('g', at(`t${n % 50}`, n, n), context);
  filer.calls = 0;
  expect(await storage.hasOffsets('g', context)).toBe(true);
  expect(filer.calls).toBeLessThanOrEqual(3);
  const walks = jest.spyOn(filer, 'walk');
  const lookups = jest.spyOn(filer, 'get');
  expect(await storage.fetchAll('g', context)).toHaveLength(1_000);
  expect(walks.mock.calls.filter(([directory]) => directory.endsWith('/g'))).toHaveLength(1);
  expect(lookups).not.toHaveBeenCalled();
});

test('what lies beside or below an offset in the filer is no offset', async () => {
  const filer = new MemoryFiler();
  const storage = new FilerOffsetStorage(filer);
  const group = '/topics/kafka/.meta/consumer_offsets/g';
  for (const directory of [group, `${group}/t`, `${group}/t/0`, `${group}/t/0/offset.d`, `${group}/t/0/1/2`]) {
    await filer.put(directory, directory === `${group}/t/0` ? 'metadata' : 'offset', bytes('not an offset'));
  }
  expect(await storage.fetchAll('g', context)).toEqual([]);
  await storage.commit('g', at('t', 0, 5), context);
  expect((await storage.fetchAll('g', context)).map(({ offset }) => offset)).toEqual([5]);
});

test('directories with names that nobody escaped are left alone', async () => {
  const filer = new MemoryFiler();
  const storage = new FilerOffsetStorage(filer);
  const root = '/topics/kafka/.meta/consumer_offsets';
  await filer.put(`${root}/a%41/t/0`, 'offset', bytes('{"type":"offset","value":1}'));
  await filer.put(`${root}/g/t%/0`, 'offset', bytes('{"type":"offset","value":1}'));
  await filer.put(`${root}/g/t/007`, 'offset', bytes('{"type":"offset","value":1}'));
  expect(await storage.listGroups(context)).toEqual([]);
  expect(await storage.fetchAll('g', context)).toEqual([]);
});
