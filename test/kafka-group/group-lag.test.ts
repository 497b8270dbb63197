/**
 * Goal: committed offsets and lag are told for each partition of a group, what is known of a log's end suffices, and however many are
 * shown the engine is asked little, by who looks. Method: an engine of the test's own that counts what it is asked.
 */
import type { Engine, Partition, Topic } from '../../src/engine/engine';
import { EngineError } from '../../src/engine-error';
import { GroupLag } from '../../src/kafka/groups/offsets/group-lag';
import { createTelemetry } from '../../src/telemetry/create-telemetry';

import { toOffset, toPartitionId, type TopicPartition } from '../../src/types';
import { stableRange } from '../engine/support';
import { ManualClock } from '../support/manual-clock';
import { MemorySink } from '../support/memory-sink';

/** Ends of logs by `topic-partition`: what the engine answers, and what was heard of it. */
function openLag() {
  const clock = new ManualClock();
  const sink = new MemorySink();
  const telemetry = createTelemetry({ clock, sink, keep: { mode: 'all' } });
  const ends = new Map<string, number>();
  const known = new Map<string, number>();
  const starts = new Map<string, number>();
  const asked: string[] = [];
  let failing = new Set<string>();
  const partitionOf = (topic: Topic, partition: number): Partition => {
    const name = `${topic.name}-${partition}`;
    return {
      get known() {
        const end = known.get(name);
        return end === undefined ? undefined : stableRange(starts.get(name) ?? 0, end);
      },
      async range() {
        asked.push(name);
        if (failing.has(name)) throw new EngineError('timeout', `no answer from ${name}`);
        known.set(name, ends.get(name) ?? 0);
        return stableRange(0, ends.get(name) ?? 0);
      },
    } as Partial<Partition> as Partition;
  };
  const topics = new Set(['orders']);
  const engine: Pick<Engine, 'topic' | 'partition'> = {
    topic: async (name) => (topics.has(name) ? ({ name, partitionCount: 5_000 } as Topic) : undefined),
    partition: partitionOf,
  };
  const lag = new GroupLag({ engine, telemetry, clock });
  /** A round that a look began has ended once what it waits for has. */
  const settled = async () => {
    for (let turn = 0; turn < 1_000; turn++) await Promise.resolve();
  };
  const look = async () => {
    const snapshots = await telemetry.instruments.snapshots();
    const of = (name: string) =>
      new Map(
        snapshots
          .find((each) => each.name === name)
          ?.values.map(({ labels, value }) => [`${labels['group']}/${labels['topic']}-${labels['partition']}`, value]),
      );
    await settled();
    return {
      lag: of('seaglass_group_lag'),
      committed: of('seaglass_group_committed_offset'),
      seconds: of('seaglass_group_lag_seconds'),
    };
  };
  const fail = (...names: string[]): void => void (failing = new Set(names));
  return { clock, sink, telemetry, lag, ends, starts, known, asked, topics, look, settled, fail };
}

const at = (partition: number, topic = 'orders'): TopicPartition => ({ topic, partition: toPartitionId(partition) });

test('lag is the end of the log minus what is committed; a look asks for what is not known, the next one shows it', async () => {
  const { lag, ends, known, asked, look } = openLag();
  ends.set('orders-0', 42);
  lag.committed('billing', at(0), toOffset(40));
  expect(await look()).toMatchObject({ lag: new Map(), committed: new Map([['billing/orders-0', 40]]) });
  expect((await look()).lag).toEqual(new Map([['billing/orders-0', 2]]));
  lag.committed('billing', at(0), toOffset(41));
  known.set('orders-0', 50);
  expect((await look()).lag.get('billing/orders-0')).toBe(9);
  expect(asked).toEqual(['orders-0']);
});

test('who looks for stuck groups is told of them although nobody scrapes', async () => {
  const { lag, ends, asked, settled } = openLag();
  ends.set('orders-0', 42);
  lag.committed('billing', at(0), toOffset(40));
  expect([...lag.lagging()]).toEqual([]);
  await settled();
  expect([...lag.lagging()]).toEqual([{ group: 'billing', of: at(0), offset: 40, records: 2 }]);
  expect(asked).toEqual(['orders-0']);
});

test('an offset below 0 is no place in the log and has no lag; one past its end has none left', async () => {
  const { lag, known, look } = openLag();
  lag.committed('billing', at(0), -2);
  lag.committed('billing', at(1), 2n ** 62n);
  lag.committed('billing', at(2), 40);
  await look();
  for (const partition of [0, 1, 2]) known.set(`orders-${partition}`, 42);
  const shown = await look();
  expect([...shown.lag]).toEqual([
    ['billing/orders-1', 0],
    ['billing/orders-2', 2],
  ]);
  expect([...shown.committed.values()]).toEqual([-2, 2 ** 62, 40]);
});

test('what lies below the start of the log is no lag', async () => {
  const { lag, known, starts, look } = openLag();
  lag.committed('billing', at(0), 10);
  lag.committed('billing', at(1), 10);
  await look();
  for (const partition of [0, 1]) known.set(`orders-${partition}`, 42);
  starts.set('orders-0', 40).set('orders-1', 42);
  const { lag: shown, seconds } = await look();
  expect([...shown.values()]).toEqual([2, 0]);
  expect(seconds.get('billing/orders-1')).toBe(0);
});

test('lag in seconds is for how long the first unread record has been there, as looks saw it; never more, over hours of looks', async () => {
  const { clock, lag, known, look } = openLag();
  lag.committed('billing', at(0), 0);
  lag.committed('caught-up', at(0), 0);
  await look();
  const lookAt = async (end: number) => {
    known.set('orders-0', end);
    lag.committed('caught-up', at(0), end);
    return (await look()).seconds;
  };
  expect((await lookAt(0)).get('billing/orders-0')).toBe(0);
  clock.advance(5_000);
  await lookAt(3);
  clock.advance(5_000);
  expect((await lookAt(4)).get('billing/orders-0')).toBe(5);
  lag.committed('billing', at(0), 3);
  expect((await lookAt(4)).get('billing/orders-0')).toBe(0);
  // An hour, a record and a look a second.
  for (let second = 1; second <= 3_600; second++) {
    clock.advance(1_000);
    await lookAt(4 + second);
  }
  const seconds = await lookAt(3_604);
  expect(seconds.get('caught-up/orders-0')).toBe(0);
  const whole = seconds.get('billing/orders-0') ?? 0;
  expect(whole).toBeLessThanOrEqual(3_600);
  expect(whole).toBeGreaterThan(3_000);
  lag.committed('billing', at(0), 1_804);
  const half = (await lookAt(3_604)).get('billing/orders-0') ?? 0;
  expect(half).toBeLessThanOrEqual(1_800);
  expect(half).toBeGreaterThan(1_400);
});

test('a topic that is deleted has no lag', async () => {
  const { telemetry, lag, known, look } = openLag();
  lag.committed('billing', at(0), 0);
  lag.committed('billing', at(0, 'gone'), 0);
  telemetry.instruments.topicEnded('gone');
  known.set('orders-0', 1);
  expect([...(await look()).committed.keys()]).toEqual(['billing/orders-0']);
});

test('what was heard of late is not asked for again, what was not is, once', async () => {
  const { clock, lag, ends, known, asked, look } = openLag();
  for (const partition of [0, 1]) lag.committed('billing', at(partition), toOffset(0));
  await look();
  await look();
  expect(asked).toEqual(['orders-0', 'orders-1']);
  for (let second = 0; second < 60; second += 10) {
    clock.advance(10_000);
    // The first partition's log grows by appends that this gateway makes.
    known.set('orders-0', second + 1);
    ends.set('orders-0', second + 1).set('orders-1', 7);
    await look();
  }
  expect(asked.slice(2)).toEqual(['orders-1']);
  expect((await look()).lag.get('billing/orders-1')).toBe(7);
});

test('2,500 partitions: 2,000 have series, a look asks for 64 of them, and nobody asks where nobody looks', async () => {
  const { clock, lag, asked, look } = openLag();
  for (let partition = 0; partition < 2_500; partition++) lag.committed('billing', at(partition), toOffset(1));
  clock.advance(600_000);
  expect(asked).toEqual([]);
  const { committed } = await look();
  expect(committed.size).toBe(2_000);
  expect(committed.has('billing/orders-499')).toBe(false);
  expect(asked).toHaveLength(64);
  await look();
  expect(new Set(asked).size).toBe(128);
});

test('a walk through everything that is stored does not crowd out what is committed now', async () => {
  const { lag, look } = openLag();
  for (let partition = 0; partition < 1_999; partition++) lag.committed('billing', at(partition), toOffset(1));
  for (let partition = 0; partition < 3_000; partition++) lag.found('old', at(partition), toOffset(1), lag.commits);
  lag.found('billing', at(7), toOffset(2), lag.commits);
  const { committed } = await look();
  expect([...committed].slice(-2)).toEqual([
    ['billing/orders-1998', 1],
    ['old/orders-0', 1],
  ]);
  expect(committed.get('billing/orders-7')).toBe(2);
  expect(committed.size).toBe(2_000);
});

test('what was read of the storage before a commit does not take its place', async () => {
  const { lag, look } = openLag();
  const before = lag.commits;
  lag.committed('billing', at(0), toOffset(9));
  lag.found('billing', at(0), toOffset(3), before);
  lag.found('billing', at(0), undefined, before);
  expect((await look()).committed).toEqual(new Map([['billing/orders-0', 9]]));
  lag.found('billing', at(0), undefined, lag.commits);
  expect((await look()).committed).toEqual(new Map());
});

test('an engine that does not answer for one partition hides its lag alone, and the trace says why', async () => {
  const { lag, look, fail, sink } = openLag();
  fail('orders-0');
  for (const partition of [0, 1, 2]) lag.committed('billing', at(partition), toOffset(0));
  await look();
  const shown = await look();
  expect([...shown.lag.keys()]).toEqual(['billing/orders-1', 'billing/orders-2']);
  expect(shown.committed.size).toBe(3);
  const [round] = sink.spans.filter(({ name }) => name === 'group.lag');
  expect(round).toMatchObject({ error: { message: 'no answer from orders-0' } });
});

test('offsets that are deleted, and those of deleted topics, are shown no more', async () => {
  const { clock, lag, topics, look } = openLag();
  for (const partition of [0, 1]) for (const group of ['a', 'b']) lag.committed(group, at(partition), toOffset(0));
  lag.forgotten('a', [at(0)]);
  expect([...(await look()).committed.keys()]).toEqual(['b/orders-0', 'a/orders-1', 'b/orders-1']);
  lag.forgotten('b');
  expect([...(await look()).committed.keys()]).toEqual(['a/orders-1']);
  topics.delete('orders');
  clock.advance(60_000);
  await look();
  expect(await look()).toEqual({ lag: new Map(), committed: new Map(), seconds: new Map() });
});

test('names that clients choose are escaped and cut where they become labels', async () => {
  const { lag, look } = openLag();
  lag.committed(`evil"\n\u202e${'x'.repeat(400)}`, at(0), toOffset(0));
  const [name = ''] = [...(await look()).committed.keys()];
  expect(name.startsWith('evil"\\u{a}\\u{202e}xxx')).toBe(true);
  expect(name.length).toBeLessThanOrEqual(249 + '/orders-0'.length);
});
