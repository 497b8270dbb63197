/**
 * Goal: records that a broker acked, did not write and took with it are told as lost, with their offsets, also where the broker remembers how far it
 * had given offsets; and nothing that is there still is told as lost. Method: an engine before a scripted SeaweedMQ whose broker begins anew when
 * the test says so, on a clock moved by hand.
 */
import type { Partition } from '../../../src/engine/engine';
import { createTelemetry, type RunningTelemetry } from '../../../src/telemetry/create-telemetry';
import type { IncidentKind } from '../../../src/telemetry/incidents/incident-kinds';
import { sentence } from '../../../src/telemetry/incidents/incidents';
import { toOffset } from '../../../src/types';
import type { ManualClock } from '../../support/manual-clock';
import type { ScriptedSeaweedMQ } from '../../support/scripted-seaweedmq';
import { appendOf, value } from '../batches';
import { asRequest, partitionOf, read } from '../support';
import { type MqEngine, openMqEngine, openTimedMq } from './support';

const LOOK_MS = 5_000;
/** Less than a call may take. */
const STEP_MS = 1_000;
const KIND = 'engine_lost_records';
const NOT_FLUSHING = 'engine_not_flushing';
const STORED = 5;
const ACKED = 12;

let scripted: ScriptedSeaweedMQ;
let clock: ManualClock;
let telemetry: RunningTelemetry;
let mq: MqEngine;
let partition: Partition;

/** Twelve acked records, the first five of them in a log file. */
beforeEach(async () => {
  ({ scripted, clock, telemetry, mq } = await openTimedMq({ publishersMax: 1 }));
  scripted.createTopic('orders', 1);
  scripted.createTopic('others', 1);
  partition = await partitionOf(mq, 'orders');
  for (let count = 0; count < STORED; count += 1) await append();
  scripted.flush('orders', 0);
  for (let count = STORED; count < ACKED; count += 1) await append();
});
afterEach(async () => {
  await mq.close();
  telemetry.close();
  await scripted.stop();
});

const append = (to = partition) => asRequest(telemetry, (context) => to.append(appendOf([value('v')]), context));

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Five seconds, and all that was asked in each of them; somewhat more where that waits for something to come. */
async function pass(): Promise<void> {
  for (let passedMs = 0; passedMs < LOOK_MS; passedMs += STEP_MS) {
    clock.advance(STEP_MS);
    for (let turns = 1; telemetry.inflight().total > 0; turns += 1) {
      await turn();
      if (turns % 100 === 0) clock.advance(100);
    }
  }
}

/** Seconds until it is told of the partition, at most two minutes. */
async function toldAfterS(): Promise<number | undefined> {
  for (let seconds = 5; seconds <= 120; seconds += 5) {
    await pass();
    if (telemetry.incidents.isOpen(KIND, 'orders-0')) return seconds;
  }
  return undefined;
}

/** All that was told of a kind. */
function toldOf(wanted: IncidentKind): readonly string[] {
  const { incidents } = telemetry;
  return [...incidents.current(), ...incidents.ended()].filter(({ kind }) => kind === wanted).map(sentence);
}

/** What is told lost of the partition, as `first to last`. */
function lost(): string | undefined {
  const told = telemetry.incidents.current().find(({ kind, target }) => kind === KIND && target === 'orders-0');
  return /@(\d+ to \d+) are lost/.exec(told?.evidence ?? '')?.[1];
}

/** As of a kill: the streams end, what was in memory is gone. */
async function brokerDies({ nextOffset }: { readonly nextOffset: number }): Promise<void> {
  scripted.restart('orders', 0, nextOffset, { forgets: true });
  while (scripted.publishers.open > 0) await turn();
}

/** The stream to the partition makes room for one to another, where all is written. */
async function streamCloses(): Promise<void> {
  await append(await partitionOf(mq, 'others'));
  scripted.flush('others', 0);
  while (scripted.publishers.open > 1) {
    clock.advance(1_000);
    await turn();
  }
}

test('records that a broker took with it are told once its files go on behind them', async () => {
  await brokerDies({ nextOffset: ACKED });
  await pass();
  expect(telemetry.incidents.isOpen(KIND, 'orders-0')).toBe(false);
  // The first meets a stream that has ended, as a producer does.
  while ((await append().catch(() => undefined)) === undefined) await turn();
  await append();
  scripted.flush('orders', 0);
  expect(await toldAfterS()).toBe(5);
  const [lost] = telemetry.incidents.current().filter(({ target }) => target === 'orders-0');
  expect(lost && sentence(lost)).toBe(
    `partition orders-0 has lost records: orders-0@${STORED} to ${ACKED - 1} are lost, which broker ${scripted.address} had acked and not ` +
      'written when it ended; consumers find a gap there; producers were told that they are stored, and must send them again. ' +
      'Stop compaction of the topic, look what was stored there; restore or skip the record.',
  );
  expect(lost?.topic).toBe('orders');
});

test.each([
  ['remembers how far it had given offsets', ACKED],
  ['does not', STORED],
])(
  'and where nothing more is written, once the broker has answered for half a minute: one that %s',
  async (_what, nextOffset) => {
    await brokerDies({ nextOffset });
    const seconds = await toldAfterS();
    expect(seconds).toBeGreaterThanOrEqual(25);
    expect(seconds).toBeLessThanOrEqual(40);
  },
);

test('one that forgets the offsets, too, is told of once: of the partition, with whoever met it, and then with what is lost', async () => {
  await brokerDies({ nextOffset: STORED });
  while ((await append().catch(() => undefined)) === undefined) await turn();
  const [met] = telemetry.incidents.current().filter(({ kind }) => kind === KIND);
  expect(met).toMatchObject({ target: 'orders-0', noun: 'partition', topic: 'orders', traceIds: [expect.any(String)] });
  expect(met?.evidence).toContain(
    `its broker forgot what it had acked (offsets_forgotten, 1 time, at offset ${STORED})`,
  );
  scripted.flush('orders', 0);
  while (lost() === undefined) await pass();
  expect(lost()).toBe(`${STORED} to ${ACKED - 1}`);
  expect(toldOf(KIND)).toHaveLength(1);
});

test('while the broker does not answer nothing is told, and afterwards it has its time', async () => {
  await brokerDies({ nextOffset: ACKED });
  scripted.switches.range = { fail: { code: 14, message: 'the broker is gone' } };
  expect(await toldAfterS()).toBeUndefined();
  scripted.switches.range = 'normal';
  expect(await toldAfterS()).toBeGreaterThanOrEqual(25);
});

test('what was written although the stream ended is not lost, nor what the broker holds still', async () => {
  scripted.switches.publishDiesAfter = 1;
  while (scripted.publishers.open > 0) await append().catch(() => undefined);
  scripted.switches.publishDiesAfter = undefined;
  expect(await toldAfterS()).toBeUndefined();
  scripted.flush('orders', 0);
  expect(await toldAfterS()).toBeUndefined();
});

test.each<readonly [string, () => unknown]>([
  ['a topic that was deleted', () => scripted.removeConf('orders')],
  [
    'records that were deleted',
    () => asRequest(telemetry, (context) => partition.deleteRecords(toOffset(ACKED), context)),
  ],
])('%s: nothing is told as lost', async (_what, happens) => {
  await happens();
  await brokerDies({ nextOffset: ACKED });
  expect(await toldAfterS()).toBeUndefined();
});

describe('while no stream to the partition is open', () => {
  beforeEach(streamCloses);

  test.each([
    ['remembers how far it had given offsets', ACKED],
    ['does not', STORED],
  ])('a broker that begins anew takes records with it: told of one that %s', async (_what, nextOffset) => {
    scripted.restart('orders', 0, nextOffset, { forgets: true });
    expect(await toldAfterS()).toBeLessThanOrEqual(100);
    expect(lost()).toBe(`${STORED} to ${ACKED - 1}`);
    // Nor is the broker told to hold what it does not have.
    expect(toldOf(NOT_FLUSHING)).toEqual([]);
  });

  test('and of one whose files go on behind them, by another writer', async () => {
    scripted.restart('orders', 0, ACKED, { forgets: true });
    scripted.append('orders', 0, {}, {});
    scripted.flush('orders', 0);
    expect(await toldAfterS()).toBeLessThanOrEqual(30);
    expect(lost()).toBe(`${STORED} to ${ACKED - 1}`);
  });

  test('and by this gateway, which opens another stream', async () => {
    scripted.restart('orders', 0, ACKED, { forgets: true });
    await append();
    await append();
    scripted.flush('orders', 0);
    expect(await toldAfterS()).toBeLessThanOrEqual(30);
    expect(lost()).toBe(`${STORED} to ${ACKED - 1}`);
  });

  test('and of one that takes with it what came on the next stream, too', async () => {
    scripted.restart('orders', 0, ACKED, { forgets: true });
    await append();
    scripted.restart('orders', 0, ACKED + 1, { forgets: true });
    expect(await toldAfterS()).toBeLessThanOrEqual(100);
    expect(lost()).toBe(`${STORED} to ${ACKED}`);
  });

  test('what the broker holds is not lost, and is told as not written', async () => {
    expect(await toldAfterS()).toBeUndefined();
    expect(telemetry.incidents.isOpen(NOT_FLUSHING, scripted.address)).toBe(true);
    scripted.flush('orders', 0);
    expect(await toldAfterS()).toBeUndefined();
    expect(telemetry.incidents.current()).toEqual([]);
  });

  test.each<readonly [string, () => unknown]>([
    ['what it wrote before it ended', () => scripted.flush('orders', 0)],
    ['a topic that was deleted', () => scripted.removeConf('orders')],
    ['a topic that was made anew', () => scripted.createTopic('orders', 2)],
    [
      'records that were deleted',
      () => asRequest(telemetry, (context) => partition.deleteRecords(toOffset(ACKED), context)),
    ],
  ])('nothing is told of %s', async (what, happens) => {
    await happens();
    if (!what.includes('made anew')) scripted.restart('orders', 0, ACKED, { forgets: true });
    expect(await toldAfterS()).toBeUndefined();
    expect([...toldOf(KIND), ...toldOf(NOT_FLUSHING)]).toEqual([]);
  });
});

test('a gateway that only reads tells of no loss', async () => {
  await mq.close();
  telemetry.close();
  telemetry = createTelemetry({ clock });
  mq = openMqEngine({ brokers: [scripted.address], filer: scripted.filer }, {}, clock, telemetry);
  await read(telemetry, await partitionOf(mq, 'orders'), 0);
  await brokerDies({ nextOffset: ACKED });
  scripted.append('orders', 0, {});
  scripted.flush('orders', 0);
  expect(await toldAfterS()).toBeUndefined();
});

test('records acked before and behind a doubt are judged apart', async () => {
  await brokerDies({ nextOffset: ACKED });
  while ((await append().catch(() => undefined)) === undefined) await turn();
  const died = scripted.records('orders', 0).length;
  scripted.restart('orders', 0, died, { forgets: true });
  while (scripted.publishers.open > 0) await turn();
  await toldAfterS();
  expect(lost()).toBe(`${STORED} to ${ACKED - 1}`);
  for (let seconds = 0; seconds < 60 && lost() !== `${STORED} to ${died - 1}`; seconds += 5) await pass();
  expect(lost()).toBe(`${STORED} to ${died - 1}`);
});

test('what is acked behind lost records and stored hides no loss', async () => {
  await brokerDies({ nextOffset: ACKED });
  while ((await append().catch(() => undefined)) === undefined) await turn();
  scripted.switches.publishDiesAfter = 0;
  while (scripted.publishers.open > 0) await append().catch(() => undefined);
  scripted.switches.publishDiesAfter = undefined;
  scripted.flush('orders', 0);
  expect(await toldAfterS()).toBeLessThanOrEqual(20);
  expect(lost()).toBe(`${STORED} to ${ACKED - 1}`);
});

test('a broker that is killed while it does not write is told no more, and what it took with it is', async () => {
  for (let seconds = 0; seconds < 60 && !telemetry.incidents.isOpen(NOT_FLUSHING); seconds += 5) await pass();
  expect(telemetry.incidents.isOpen(NOT_FLUSHING, scripted.address)).toBe(true);
  await brokerDies({ nextOffset: ACKED });
  while (telemetry.incidents.isOpen(NOT_FLUSHING)) await turn();
  expect(await toldAfterS()).toBeLessThanOrEqual(40);
  expect(lost()).toBe(`${STORED} to ${ACKED - 1}`);
  expect(telemetry.incidents.ended().map(sentence)).toEqual([
    expect.stringMatching(/^broker \S+ ended before it had written what it acked; over after /),
  ]);
});
