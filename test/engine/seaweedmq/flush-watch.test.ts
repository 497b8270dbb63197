/**
 * Goal: a broker that acks and does not write is told for as long as it does not, and nothing else is taken for it. Method: an engine before a
 * scripted SeaweedMQ that flushes when the test says so, on a clock moved by hand.
 */
import type { Partition } from '../../../src/engine/engine';
import type { RunningTelemetry } from '../../../src/telemetry/create-telemetry';
import { sentence } from '../../../src/telemetry/incidents/incidents';
import type { ManualClock } from '../../support/manual-clock';
import type { ScriptedSeaweedMQ } from '../../support/scripted-seaweedmq';
import { appendOf, value } from '../batches';
import { asRequest, partitionOf } from '../support';
import { type MqEngine, openMqEngine, openTimedMq } from './support';

const LOOK_MS = 5_000;
const KIND = 'engine_not_flushing';
const MINUTES_5 = 300;

let scripted: ScriptedSeaweedMQ;
let clock: ManualClock;
let telemetry: RunningTelemetry;
let mq: MqEngine;

beforeEach(async () => {
  ({ scripted, clock, telemetry, mq } = await openTimedMq());
});
afterEach(async () => {
  await mq.close();
  telemetry.close();
  await scripted.stop();
});

const append = (partition: Partition) =>
  asRequest(telemetry, (context) => partition.append(appendOf([value('v')]), context));

/** Five seconds, and all that was asked in them. */
async function pass(): Promise<void> {
  clock.advance(LOOK_MS);
  while (telemetry.inflight().total > 0) await new Promise((resolve) => setImmediate(resolve));
}

/** Seconds until it is told, at most five minutes; `meanwhile` every five of them. */
async function toldAfterS(meanwhile: (seconds: number) => unknown = () => undefined): Promise<number | undefined> {
  for (let seconds = 5; seconds <= MINUTES_5; seconds += 5) {
    await pass();
    if (telemetry.incidents.isOpen(KIND)) return seconds;
    await meanwhile(seconds);
  }
  return undefined;
}

const told = (): string => telemetry.incidents.current().map(sentence).join('\n');
const listings = (): number => scripted.calls.get('listEntries') ?? 0;

test('acks that no log file holds are told after half a minute, and that it is over once they are written', async () => {
  scripted.createTopic('orders', 1);
  const partition = await partitionOf(mq, 'orders');
  for (let count = 0; count < 14; count += 1) await append(partition);
  scripted.flush('orders', 0);
  for (let count = 0; count < 136; count += 1) await append(partition);
  // What is acked within five seconds counts as acked at their end.
  expect(await toldAfterS(() => append(partition))).toBe(35);
  expect(told()).toMatch(
    new RegExp(
      `^broker ${scripted.address} does not write what it acks: orders-0 is acked up to offset 155 and stored up to 13, for 30.0 s; ` +
        'producers are told that it is stored, and it is in the memory of the broker alone: lost if that ends. Do not restart the broker. ',
    ),
  );
  await pass();
  expect(told()).toContain('for 35.0 s');
  scripted.flush('orders', 0);
  await pass();
  expect(telemetry.incidents.isOpen(KIND)).toBe(false);
  expect(told()).toContain('for 35.0 s');
  await pass();
  expect(telemetry.incidents.ended().map(sentence)).toEqual([
    expect.stringMatching(
      /^broker \S+ has written what it acked; over after [\d.]+ s, 0 requests failed because of it\. Until then: broker \S+ /,
    ),
  ]);
});

test.each([
  ['nothing more comes', () => undefined],
  ['the first window alone is there, and holds all of it', () => scripted.flush('orders', 0)],
])('of a partition that is idle, %s: told where it is not written, and only there', async (what, flush) => {
  scripted.createTopic('orders', 1);
  await append(await partitionOf(mq, 'orders'));
  flush();
  expect(await toldAfterS()).toBe(what.startsWith('nothing') ? 30 : undefined);
  // What is known to be stored is not asked for again.
  if (!what.startsWith('nothing')) expect(listings()).toBeLessThan(10);
});

test('a broker that writes in time is asked little and never told', async () => {
  scripted.createTopic('orders', 8);
  const partitions = await Promise.all(Array.from({ length: 8 }, (_, index) => partitionOf(mq, 'orders', index)));
  const busy = async (): Promise<void> => {
    await Promise.all(partitions.map(append));
    for (const [index] of partitions.entries()) scripted.flush('orders', index);
    await Promise.all(partitions.map(append));
  };
  await busy();
  const before = listings();
  expect(await toldAfterS(busy)).toBeUndefined();
  // Four looks every five seconds; the topics are listed beside.
  expect(listings() - before).toBeLessThanOrEqual((MINUTES_5 / 5) * 4 + 10);
});

test('a broker that means to write every fifty seconds is not told', async () => {
  await mq.close();
  mq = openMqEngine({ brokers: [scripted.address], filer: scripted.filer }, {}, clock, telemetry, 50_000);
  scripted.createTopic('orders', 1);
  const partition = await partitionOf(mq, 'orders');
  const writesLate = async (seconds: number): Promise<void> => {
    await append(partition);
    if (seconds % 50 === 0) scripted.flush('orders', 0);
  };
  await append(partition);
  expect(await toldAfterS(writesLate)).toBeUndefined();
});

test('a broker that writes every fifty seconds is told once, and then known for it', async () => {
  scripted.createTopic('orders', 1);
  const partition = await partitionOf(mq, 'orders');
  const writesLate = async (seconds: number): Promise<void> => {
    await append(partition);
    if (seconds % 50 === 0) scripted.flush('orders', 0);
  };
  await append(partition);
  expect(await toldAfterS(writesLate)).toBe(30);
  while (telemetry.incidents.isOpen(KIND)) {
    await append(partition);
    scripted.flush('orders', 0);
    await pass();
  }
  expect(await toldAfterS(writesLate)).toBeUndefined();
});

/** Names of generations are a second apart, on the clock that is moved by hand. */
async function deleteOrders(): Promise<void> {
  let isDone = false;
  const deleting = asRequest(telemetry, (context) => mq.engine.deleteTopic('orders', context));
  void deleting.finally(() => (isDone = true));
  while (!isDone) {
    await new Promise((resolve) => setImmediate(resolve));
    if ((scripted.calls.get('deleteEntry') ?? 0) > 1) clock.advance(100);
  }
  await deleting;
}

test.each<readonly [string, () => unknown]>([
  ['a topic that was deleted', deleteOrders],
  ['a topic that another gateway deleted', () => scripted.removeConf('orders')],
  ['a topic that another gateway made anew', () => scripted.createTopic('orders', 2)],
  // It notes how far it gave offsets, apart from the records, and says so afterwards.
  ['a broker that began anew', () => scripted.restart('orders', 0, 1)],
])('what %s had acked is not waited for', async (_what, happens) => {
  scripted.createTopic('orders', 1);
  await append(await partitionOf(mq, 'orders'));
  await pass();
  await happens();
  expect(await toldAfterS()).toBeUndefined();
  expect(telemetry.incidents.ended().filter(({ kind }) => kind === KIND)).toEqual([]);
});

test('where the filer does not say what is stored nothing is told, and afterwards the broker has its time', async () => {
  scripted.createTopic('orders', 1);
  await append(await partitionOf(mq, 'orders'));
  scripted.switches.filer = { fail: { code: 2, message: 'the store is gone' } };
  for (let seconds = 0; seconds < 60; seconds += 5) await pass();
  expect(telemetry.incidents.isOpen(KIND)).toBe(false);
  scripted.switches.filer = 'normal';
  expect(await toldAfterS()).toBe(30);
  expect(told()).toContain('for 90.0 s');
});

test('of many partitions some are named and all are counted on, and it is over soon after the broker writes again', async () => {
  scripted.createTopic('orders', 40);
  const partitions = await Promise.all(Array.from({ length: 40 }, (_, index) => partitionOf(mq, 'orders', index)));
  const busy = () => Promise.all(partitions.map(append));
  await busy();
  expect(await toldAfterS(busy)).toBeLessThanOrEqual(35);
  await pass();
  await pass();
  expect(told()).toMatch(/\([1-4] more partitions? alike\)/);
  for (const [index] of partitions.entries()) scripted.flush('orders', index);
  for (let looks = 0; looks < 3; looks += 1) await pass();
  expect(telemetry.incidents.isOpen(KIND)).toBe(false);
});
