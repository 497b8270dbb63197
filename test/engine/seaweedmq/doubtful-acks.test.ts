/**
 * Goal: records that a broker acked, did not write and took with it are told as lost, with their offsets, also where the broker remembers how far it
 * had given offsets; and nothing that is there still is told as lost. Method: an engine before a scripted SeaweedMQ whose broker begins anew when
 * the test says so, on a clock moved by hand.
 */
import type { Partition } from '../../../src/engine/engine';
import { createTelemetry, type RunningTelemetry } from '../../../src/telemetry/create-telemetry';
import { sentence } from '../../../src/telemetry/incidents/incidents';
import { toOffset } from '../../../src/types';
import { ManualClock } from '../../support/manual-clock';
import { type ScriptedSeaweedMQ, startScriptedSeaweedMQ } from '../../support/scripted-seaweedmq';
import { appendOf, value } from '../batches';
import { asRequest, partitionOf } from '../support';
import { type MqEngine, openMqEngine } from './support';

const LOOK_MS = 5_000;
const KIND = 'engine_lost_records';
const STORED = 5;
const ACKED = 12;

let scripted: ScriptedSeaweedMQ;
let clock: ManualClock;
let telemetry: RunningTelemetry;
let mq: MqEngine;
let partition: Partition;

/** Twelve acked records, the first five of them in a log file. */
beforeEach(async () => {
  scripted = await startScriptedSeaweedMQ();
  clock = new ManualClock();
  telemetry = createTelemetry({ clock });
  mq = openMqEngine({ brokers: [scripted.address], filer: scripted.filer }, {}, clock, telemetry);
  scripted.createTopic('orders', 1);
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

const append = () => asRequest(telemetry, (context) => partition.append(appendOf([value('v')]), context));

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Five seconds, and all that was asked in them; somewhat more where that waits for something to come. */
async function pass(): Promise<void> {
  clock.advance(LOOK_MS);
  for (let turns = 1; telemetry.inflight().total > 0; turns += 1) {
    await turn();
    if (turns % 100 === 0) clock.advance(100);
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

/** As of a kill: the streams end, what was in memory is gone. */
async function brokerDies({ nextOffset }: { readonly nextOffset: number }): Promise<void> {
  scripted.restart('orders', 0, nextOffset, { forgets: true });
  while (scripted.publishers.open > 0) await turn();
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
