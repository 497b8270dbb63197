/**
 * Goal: the histories of reads and writes say who got and wrote which offsets, in few rows, and forget the oldest. Method: the histories
 * themselves, with times and offsets of the test.
 */
import { type Read, ReadHistory } from '../../src/audit/read-history';
import { type Write, WriteHistory } from '../../src/audit/write-history';
import { toOffset, toPartitionId } from '../../src/types';

const read = (connection: string, from: number, to: number, more: Partial<Read> = {}): Read => ({
  ...{ connection, client: `client-${connection}`, address: '10.0.0.1', topic: 'orders', partition: toPartitionId(1) },
  ...{ offset: toOffset(from), nextOffset: toOffset(to), records: to - from, bytes: 10 * (to - from) },
  ...{ highWatermark: 100, error: 'NONE' },
  ...more,
});
const all = (history: ReadHistory) =>
  history.find(() => true, 100).map((row) => [row.connection, row.offset, row.nextOffset, row.times]);
const { signal } = new AbortController();
const other = new AbortController().signal;

test('fetches that go on within a second are one row, and so are fetches that ask the same and get the same', () => {
  const history = new ReadHistory();
  history.read(read('a', 0, 5), signal, 1_000);
  history.read(read('b', 0, 5), other, 1_100);
  history.read(read('a', 5, 9), signal, 1_200);
  for (let times = 0; times < 4; times++) history.read(read('a', 9, 9), signal, 2_500 + times * 60_000);
  history.read(read('a', 9, 9, { error: 'NOT_LEADER_OR_FOLLOWER' }), signal, 300_000);
  expect(all(history)).toEqual([
    ['a', 9, 9, 1],
    ['a', 9, 9, 4],
    ['a', 0, 9, 2],
    ['b', 0, 5, 1],
  ]);
  expect(history.find(({ nextOffset }) => nextOffset === 9, 10).map(({ records }) => records)).toEqual([0, 0, 9]);
});

test('past a second a reader that goes on has a new row', () => {
  const history = new ReadHistory();
  history.read(read('a', 0, 5), signal, 1_000);
  history.read(read('a', 5, 9), signal, 2_001);
  expect(all(history)).toEqual([
    ['a', 5, 9, 1],
    ['a', 0, 5, 1],
  ]);
});

test('the oldest rows go, and a reader whose row another was given begins anew', () => {
  const history = new ReadHistory(2);
  history.read(read('a', 0, 5), signal, 1_000);
  history.read(read('b', 0, 5), other, 1_001);
  history.read(read('b', 7, 8), other, 1_002);
  history.read(read('a', 5, 9), signal, 1_003);
  expect(all(history)).toEqual([
    ['a', 5, 9, 1],
    ['b', 7, 8, 1],
  ]);
});

test('who wrote an offset is found by it, the newest first, and appends that go on are one row', () => {
  const history = new WriteHistory(3);
  const partition = {};
  const write = (client: string, from: number, to: number): Write => ({
    ...{ client, address: '10.0.0.1', topic: 'orders', partition: toPartitionId(1), bytes: 1 },
    ...{ baseOffset: toOffset(from), lastOffset: toOffset(to) },
  });
  history.wrote(write('shop', 0, 4), partition, 1_000);
  history.wrote(write('shop', 5, 5), partition, 1_500);
  history.wrote(write('till', 6, 6), partition, 1_600);
  const of = (offset: number) =>
    history
      .of('orders', toPartitionId(1), toOffset(offset))
      .map(({ client, baseOffset, lastOffset, times }) => [client, baseOffset, lastOffset, times]);
  expect(of(5)).toEqual([['shop', 0, 5, 2]]);
  expect(of(6)).toEqual([['till', 6, 6, 1]]);
  // The topic was made anew.
  history.wrote(write('again', 0, 9), {}, 9_000);
  expect(of(5).map(([client]) => client)).toEqual(['again', 'shop']);
  history.wrote(write('more', 10, 10), {}, 9_001);
  expect(of(5).map(([client]) => client)).toEqual(['again']);
  expect(of(11)).toEqual([]);
});
