/**
 * What groups commit reaches a storage that is slow, fails or wakes up late in the order in which it was accepted. The storage is
 * scripted: it holds each write until the test lets it go.
 */
import type { CommittedOffset, PartitionOffset } from '../../src/kafka/groups/offsets/offset-storage';
import { EngineError } from '../../src/engine-error';

import { OrderedOffsetStorage } from '../../src/kafka/groups/offsets/ordered-offset-storage';
import type { Int64, TopicPartition } from '../../src/types';
import { ManualClock } from '../support/manual-clock';
import { at } from './offset-contract';
import { callContext } from './support';
import { MemoryOffsetStorage } from '../support/memory-offset-storage';

interface Held {
  readonly group: string;
  readonly offset: Int64;
  /** Carries it out and answers; or answers with the failure, and `late` carries it out. */
  go(): Promise<void>;
  fail(error: EngineError): void;
  late(): Promise<void>;
}

class HeldStorage extends MemoryOffsetStorage {
  readonly held: Held[] = [];
  readonly calls: string[] = [];
  #arrived: (() => void) | undefined;

  override commit(group: string, offset: PartitionOffset): Promise<void> {
    this.calls.push(`commit ${offset.partition}@${offset.offset}`);
    return new Promise<void>((resolve, reject) => {
      const store = () => super.commit(group, offset);
      const go = () => store().then(resolve, reject);
      this.held.push({ group, offset: offset.offset, go, fail: reject, late: store });
      this.#arrived?.();
    });
  }

  override async fetch(group: string, of: TopicPartition): Promise<CommittedOffset | undefined> {
    this.calls.push(`fetch ${of.partition}`);
    return super.fetch(group, of);
  }

  async next(): Promise<Held> {
    while (this.held.length === 0) await new Promise<void>((resolve) => (this.#arrived = resolve));
    const first = this.held.shift();
    if (first === undefined) throw new Error('nothing is held');
    return first;
  }
}

const context = callContext();
const TIMED_OUT = new EngineError('timeout', 'no answer');

function start(options: { readonly writesMax?: number; readonly waitingMax?: number } = {}) {
  const clock = new ManualClock();
  const inner = new HeldStorage();
  return { clock, inner, storage: new OrderedOffsetStorage(inner, { clock, commitTimeoutMs: 5_000, ...options }) };
}

test('one write of a partition is under way; those behind it become one, the newest, and all are answered by it', async () => {
  const { inner, storage } = start();
  const answers: number[] = [];
  const commit = (n: number) => storage.commit('g', at('t', 0, n), context).then(() => answers.push(n));
  const commits = [commit(1)];
  const first = await inner.next();
  commits.push(...[2, 3, 4].map(commit));
  expect(first.offset).toBe(1);
  expect(inner.held).toEqual([]);
  await first.go();
  await commits[0];
  expect(answers).toEqual([1]);
  const second = await inner.next();
  expect(second.offset).toBe(4);
  await second.go();
  await Promise.all(commits);
  expect(inner.calls).toEqual(['commit 0@1', 'commit 0@4']);
  expect(await storage.fetch('g', at('t', 0, 0), context)).toMatchObject({ offset: 4 });
  expect(storage.waiting).toBe(0);
});

test('partitions do not wait for each other, up to the bound', async () => {
  const { inner, storage } = start({ writesMax: 3 });
  const commits = Array.from({ length: 10 }, (_, n) => storage.commit('g', at('t', n, n), context));
  const begun: Int64[] = [];
  for (let n = 0; n < 10; n += 1) {
    const held = await inner.next();
    expect(inner.held.length).toBeLessThanOrEqual(2);
    begun.push(held.offset);
    await held.go();
  }
  await Promise.all(commits);
  expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test('a commit that is not stored within its deadline fails, and one that nobody waits for any more is not begun', async () => {
  const { clock, inner, storage } = start();
  const timedOut = { code: 'timeout' };
  const commits = [1, 2].map((n) => storage.commit('g', at('t', 0, n), context));
  const failures = Promise.all(commits.map((each) => expect(each).rejects.toMatchObject(timedOut)));
  const held = await inner.next();
  clock.advance(5_000);
  await failures;
  expect(storage.waiting).toBe(0);
  held.fail(TIMED_OUT);
  const later = storage.commit('g', at('t', 0, 3), context);
  const third = await inner.next();
  expect(third.offset).toBe(3);
  await third.go();
  await later;
});

test('a write of unknown outcome that is carried out late does not undo a newer one', async () => {
  const { inner, storage } = start();
  const doubtful = storage.commit('g', at('t', 0, 41), context);
  const held = await inner.next();
  held.fail(TIMED_OUT);
  await expect(doubtful).rejects.toBe(TIMED_OUT);
  const newer = storage.commit('g', at('t', 0, 42), context);
  const second = await inner.next();
  // The storage answered a read before the next write was sent to it.
  expect(inner.calls).toEqual(['commit 0@41', 'fetch 0', 'commit 0@42']);
  const written = second.go();
  await held.late();
  await written;
  const again = await inner.next();
  expect(again.offset).toBe(42);
  await again.go();
  await newer;
  expect(await storage.fetch('g', at('t', 0, 0), context)).toMatchObject({ offset: 42 });
  inner.calls.length = 0;
  const after = storage.commit('g', at('t', 0, 43), context);
  await (await inner.next()).go();
  await after;
  expect(inner.calls).toEqual(['commit 0@43']);
});

test('deletions come in the same order: of partitions, of conditions, of whole groups', async () => {
  const { inner, storage } = start();
  const first = storage.commit('g', at('t', 0, 1), context);
  const deleted = storage.deleteOffsets('g', [at('t', 0, 0)], context);
  const second = storage.commit('g', at('t', 0, 2), context);
  const expired = storage.deleteIf('g', at('t', 0, 0), ({ offset }) => offset === 1, context);
  const group = storage.deleteGroup('g', context);
  const third = storage.commit('g', at('t', 0, 3), context);
  await (await inner.next()).go();
  await (await inner.next()).go();
  await Promise.all([first, deleted, second]);
  expect(await expired).toBe(false);
  await group;
  const last = await inner.next();
  expect(last.offset).toBe(3);
  expect(await storage.fetch('g', at('t', 0, 0), context)).toBeUndefined();
  await last.go();
  await third;
  expect(await storage.listGroups(context)).toEqual(['g']);
});

test('so many wait and no more; who is too many is told to come again', async () => {
  const { inner, storage } = start({ waitingMax: 3 });
  const commits = [1, 2, 3].map((n) => storage.commit('g', at('t', 0, n), context));
  await expect(storage.commit('g', at('t', 1, 1), context)).rejects.toMatchObject({ code: 'unavailable' });
  await (await inner.next()).go();
  await Promise.all(commits);
  const later = storage.commit('g', at('t', 1, 1), context);
  await (await inner.next()).go();
  await later;
});

test('a close answers everybody who waits', async () => {
  const { storage } = start();
  const commits = [1, 2].map((n) => storage.commit('g', at('t', 0, n), context));
  const failures = Promise.all(commits.map((each) => expect(each).rejects.toMatchObject({ code: 'shutting_down' })));
  await storage.close();
  await failures;
});
