/**
 * Goal: a publish stream that lost its acks is left, however short producers wait, and told of until its partition acks again; one that is
 * slow is kept. Method: an engine before a scripted SeaweedMQ that acks when the test says so, on a clock moved by hand.
 */
import type { Partition } from '../../../src/engine/engine';
import type { RunningTelemetry } from '../../../src/telemetry/create-telemetry';
import { SETTLE_MS } from '../../../src/telemetry/incidents/incidents';
import type { ManualClock } from '../../support/manual-clock';
import type { ScriptedSeaweedMQ } from '../../support/scripted-seaweedmq';
import { appendOf, value } from '../batches';
import { idempotentAppend } from '../idempotent-appends';
import { asRequest, codeOf, drain, partitionOf } from '../support';
import { type MqEngine, openTimedMq } from './support';

const TOPIC = 'orders';
const KIND = 'publisher_not_acked';

let scripted: ScriptedSeaweedMQ;
let clock: ManualClock;
let telemetry: RunningTelemetry;
let mq: MqEngine;
let partition: Partition;

beforeEach(async () => {
  ({ scripted, clock, telemetry, mq } = await openTimedMq());
  scripted.createTopic(TOPIC, 1);
  partition = await partitionOf(mq, TOPIC);
  await append('a');
});
afterEach(async () => {
  await mq.close();
  telemetry.close();
  await scripted.stop();
});

const append = (text: string, signal?: AbortSignal) =>
  asRequest(telemetry, (context) => partition.append(appendOf([value(text)]), context), signal);

const stored = () => scripted.records(TOPIC, 0).length;
const streams = () => scripted.calls.get('publishMessage');

async function untilStored(records: number): Promise<void> {
  while (stored() < records) await new Promise((resolve) => setImmediate(resolve));
}

/** As a producer that waits for so long. */
async function giveUpAfter(waitMs: number, text: string): Promise<void> {
  const producer = new AbortController();
  const before = stored();
  const appending = codeOf(append(text, producer.signal));
  await untilStored(before + 1);
  clock.advance(waitMs);
  producer.abort();
  expect(await appending).toBe('cancelled');
}

test('what comes after somebody gave up goes by another stream, and the incident lasts until that is acked', async () => {
  scripted.switches.publishAck = 'never';
  await giveUpAfter(3_000, 'b');
  expect(telemetry.incidents.current()).toMatchObject([
    {
      kind: KIND,
      target: scripted.address,
      evidence: 'has acked nothing of what was sent to orders-0 for 3.0 s',
      failedRequests: 1,
    },
  ]);
  clock.advance(30_000);
  expect(telemetry.incidents.isOpen(KIND)).toBe(true);
  scripted.switches.publishAck = 'normal';
  expect(await append('c')).toMatchObject({ baseOffset: 2 });
  expect(streams()).toBe(2);
  expect(telemetry.incidents.isOpen(KIND)).toBe(false);
  clock.advance(SETTLE_MS + 1_000);
  expect(telemetry.incidents.ended()).toMatchObject([{ kind: KIND, evidence: 'acks again' }]);
  const texts = (await drain(telemetry, partition)).map((record) => record.value?.toString());
  expect(texts).toEqual(['a', 'b', 'c']);
});

test('producers that wait for a second leave it together, and it is told for as long as they come', async () => {
  scripted.switches.publishAck = 'never';
  await giveUpAfter(1_000, 'b');
  await giveUpAfter(1_000, 'c');
  expect(streams()).toBe(1);
  expect(telemetry.incidents.current()).toEqual([]);
  await giveUpAfter(1_000, 'd');
  expect(telemetry.incidents.current()).toMatchObject([{ kind: KIND, hurt: 'Test', failedRequests: 1 }]);
  await giveUpAfter(1_000, 'e');
  expect(streams()).toBe(2);
  expect(telemetry.incidents.current()).toMatchObject([{ kind: KIND, failedRequests: 2 }]);
  clock.advance(3_000);
  clock.advance(60_000 + SETTLE_MS + 1_000);
  expect(telemetry.incidents.ended()).toMatchObject([{ kind: KIND, evidence: 'waits for no ack any more' }]);
});

test('a producer that waits for longer than one that gave up is told in time, and so is who comes later', async () => {
  scripted.switches.publishAck = 'never';
  const patient = codeOf(append('p'));
  await untilStored(2);
  await giveUpAfter(1_000, 'b');
  clock.advance(2_000);
  expect(await patient).toBe('unavailable');
  scripted.switches.publishAck = 'normal';
  expect(await append('c')).toMatchObject({ baseOffset: 3 });
  expect(streams()).toBe(2);
  expect(telemetry.incidents.current()).toMatchObject([{ kind: KIND, hurt: 'Test' }]);
});

test('a stream whose acks come late is kept', async () => {
  let ack = (): void => undefined;
  scripted.switches.publishAck = { until: new Promise<void>((resolve) => (ack = resolve)) };
  await giveUpAfter(2_000, 'b');
  ack();
  scripted.switches.publishAck = 'normal';
  expect(await append('c')).toMatchObject({ baseOffset: 2 });
  scripted.switches.publishAck = 'never';
  await giveUpAfter(2_000, 'd');
  expect(telemetry.incidents.current()).toEqual([]);
  expect(streams()).toBe(1);
});

test('an idempotent producer that waited longer, for the same stream, sends again and is stored once', async () => {
  const send = (...batch: Parameters<typeof idempotentAppend>[2]) => idempotentAppend(telemetry, partition, batch);
  scripted.switches.publishAck = 'never';
  const patient = Promise.all([codeOf(send(0, 'v')), codeOf(send(1, 'v', 'w'))]);
  await untilStored(4);
  await giveUpAfter(3_000, 'b');
  expect(await patient).toEqual(['unavailable', 'unavailable']);
  scripted.switches.publishAck = 'normal';
  expect(await Promise.all([send(0, 'v'), send(1, 'v', 'w'), send(3, 'x')])).toMatchObject([
    { baseOffset: 1, duplicate: true },
    { baseOffset: 2, duplicate: true },
    { baseOffset: 5, duplicate: false },
  ]);
  expect(stored()).toBe(6);
});
