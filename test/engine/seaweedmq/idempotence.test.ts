/**
 * Goal: a batch of an idempotent producer is stored once, whichever gateways it was sent to, and whatever of it a gateway had stored when
 * it died. Method: several gateways on one scripted SeaweedMQ, in turn; a gateway that is opened knows nothing.
 */
import { systemClock } from '../../../src/clock';
import type { AppendResult, Partition } from '../../../src/engine/engine';
import { encodeBatch } from '../../../src/protocol/encode-batch';
import { toPartitionId } from '../../../src/types';
import { startScriptedSeaweedMQ } from '../../support/scripted-seaweedmq';
import type { ScriptedSeaweedMQ } from '../../support/scripted-seaweedmq';
import { appendOf, censusOf, value } from '../batches';
import { asRequest, codeOf, drain } from '../support';
import { openMqEngine } from './support';
import type { MqEngine } from './support';

const TOPIC = 't';

interface Gateway {
  readonly mq: MqEngine;
  readonly partition: Partition;
}

let mq: ScriptedSeaweedMQ;
let gateways: MqEngine[];
/** Stands but where a test moves it, so that no producer is silent on a busy machine; timers are the system's. */
const clock = { ...systemClock, aheadMs: 0, monotonicMs: () => clock.aheadMs };
beforeEach(async () => {
  mq = await startScriptedSeaweedMQ();
  gateways = [];
});
afterEach(async () => {
  for (const { close, telemetry } of gateways) {
    await close();
    telemetry.close();
  }
  await mq.stop();
});

async function open(configs: Readonly<Record<string, string>> = {}): Promise<Gateway> {
  const gateway = openMqEngine({ brokers: [mq.address], filer: mq.filer }, {}, clock);
  gateways.push(gateway);
  const { engine, telemetry } = gateway;
  const topic = await asRequest(telemetry, async (context) => {
    const known = await engine.topic(TOPIC, context);
    const request = { name: TOPIC, partitionCount: 1, configs: new Map(Object.entries(configs)) };
    return known ?? engine.createTopic(request, context);
  });
  return { mq: gateway, partition: engine.partition(topic, toPartitionId(0)) };
}

interface Sent {
  readonly producerId?: bigint;
  readonly epoch?: number;
}

function send(
  { mq: gateway, partition }: Gateway,
  sequence: number,
  texts: string,
  sent: Sent = {},
): Promise<AppendResult> {
  const { producerId = 4711n, epoch: producerEpoch = 0 } = sent;
  const records = Array.from(texts).map((text) => ({
    timestamp: 1_700_000_000_000,
    key: null,
    value: Buffer.from(text),
    headers: [],
  }));
  const batch = encodeBatch(records, { producerId, producerEpoch, baseSequence: sequence });
  const census = censusOf(Array.from(texts).map(value));
  return asRequest(gateway.telemetry, (context) => partition.append({ batch, census }, context));
}

const plain = ({ mq: gateway, partition }: Gateway, text: string): Promise<AppendResult> =>
  asRequest(gateway.telemetry, (context) => partition.append(appendOf([value(text)]), context));

const texts = async ({ mq: gateway, partition }: Gateway): Promise<string> =>
  (await drain(gateway.telemetry, partition)).map((record) => record.value?.toString()).join('');

describe.each(['in memory', 'in a file'])('what another gateway stored, %s,', (where) => {
  const settle = (): void => {
    if (where === 'in a file') mq.flush(TOPIC, 0);
  };

  test('is answered where its producer repeats it, and what follows is appended', async () => {
    const before = await open();
    await plain(before, '-');
    for (const [sequence, batch] of [
      [0, 'ab'],
      [2, 'c'],
      [3, 'def'],
    ] as const)
      await send(before, sequence, batch);
    settle();
    const after = await open();
    expect(await send(after, 2, 'c')).toMatchObject({ baseOffset: 3, duplicate: true });
    expect(await send(after, 3, 'def')).toMatchObject({ baseOffset: 4, duplicate: true });
    expect(await send(after, 6, 'g')).toMatchObject({ baseOffset: 7, duplicate: false });
    expect(await send(after, 0, 'ab')).toMatchObject({ baseOffset: 1, duplicate: true });
    expect(await texts(after)).toBe('-abcdefg');
  });

  test('in part only is completed where its producer repeats it', async () => {
    const before = await open();
    await send(before, 0, 'ab');
    mq.switches.publishDiesAfter = 3;
    // Two were acked; of these three the second takes the stream along, unacked.
    expect(await codeOf(send(before, 2, 'cde'))).toBe('unavailable');
    mq.switches.publishDiesAfter = undefined;
    const stored = mq.records(TOPIC, 0).length;
    expect(stored).toBeGreaterThan(2);
    expect(stored).toBeLessThan(5);
    settle();
    const after = await open();
    expect(await send(after, 2, 'cde')).toMatchObject({ baseOffset: 2 });
    expect(await send(after, 5, 'f')).toMatchObject({ baseOffset: 5, duplicate: false });
    expect(await texts(after)).toBe('abcdef');
  });

  test('is told apart by producer, epoch and sequence, though it holds the same', async () => {
    const before = await open();
    await send(before, 0, 'v');
    await send(before, 1, 'v');
    settle();
    const after = await open();
    expect(await send(after, 1, 'v')).toMatchObject({ baseOffset: 1, duplicate: true });
    expect(await send(after, 2, 'v')).toMatchObject({ baseOffset: 2, duplicate: false });
    expect(await send(after, 0, 'v', { producerId: 12n })).toMatchObject({ baseOffset: 3, duplicate: false });
    expect(await send(after, 0, 'v', { epoch: 1 })).toMatchObject({ baseOffset: 4, duplicate: false });
    expect(await codeOf(send(after, 2, 'v'))).toBe('invalid_producer_epoch');
    expect(await texts(after)).toBe('vvvvv');
  });
});

test('a batch that is stored in part is not completed by what others sent of the same', async () => {
  const before = await open();
  mq.switches.publishDiesAfter = 0;
  // The first record is appended, then the stream dies without an ack.
  expect(await codeOf(send(before, 0, 'vvv'))).toBe('unavailable');
  mq.switches.publishDiesAfter = undefined;
  expect(mq.records(TOPIC, 0)).toHaveLength(1);
  const after = await open();
  await send(after, 0, 'v', { producerId: 12n });
  await send(after, 1, 'v', { producerId: 12n });
  await send(after, 0, 'vvv');
  await send(after, 0, 'vvv');
  expect(await texts(after)).toBe('vvvvv');
});

test('a producer that moves to another gateway and back is stored once and in order', async () => {
  const [one, other] = [await open(), await open()];
  await send(one, 0, 'a');
  expect(await send(other, 0, 'a')).toMatchObject({ baseOffset: 0, duplicate: true });
  await send(other, 1, 'b');
  await send(other, 2, 'c');
  // What it does not know it finds in the log: a sequence that is not the next one, and after a while one that is.
  expect(await send(one, 3, 'd')).toMatchObject({ baseOffset: 3, duplicate: false });
  expect(await send(one, 2, 'c')).toMatchObject({ baseOffset: 2, duplicate: true });
  await send(other, 4, 'e');
  clock.aheadMs += 10_000;
  expect(await send(one, 4, 'e')).toMatchObject({ baseOffset: 4, duplicate: true });
  expect(await send(other, 5, 'f')).toMatchObject({ baseOffset: 5, duplicate: false });
  expect(await texts(one)).toBe('abcdef');
});

test('a producer goes on behind records that its broker lost, and an older sequence that is not known is refused', async () => {
  const before = await open();
  for (let sequence = 0; sequence < 8; sequence += 1) {
    if (sequence === 7) mq.flush(TOPIC, 0);
    await send(before, sequence, String(sequence));
  }
  mq.restart(TOPIC, 0, 7);
  const after = await open();
  expect(await codeOf(send(after, 1, '1'))).toBe('out_of_order_sequence');
  expect(await send(after, 8, '8')).toMatchObject({ duplicate: false });
  expect(await codeOf(send(after, 11, 'x'))).toBe('out_of_order_sequence');
  expect(await send(after, 8, '8')).toMatchObject({ duplicate: true });
  expect(await texts(after)).toBe('01234568');
});

test('a producer that goes on where it was asks the engine nothing, and one that was silent asks once', async () => {
  const gateway = await open();
  await send(gateway, 0, 'a');
  const asked = (): number => mq.calls.get('getPartitionRangeInfo') ?? 0;
  const before = asked();
  for (let sequence = 1; sequence < 20; sequence += 1) await send(gateway, sequence, 'v');
  expect(asked()).toBe(before);
  clock.aheadMs += 10_000;
  await send(gateway, 20, 'v');
  await send(gateway, 21, 'v');
  expect(asked()).toBe(before + 1);
});

test('only the first record of a batch is in an envelope, and none where a topic wants them raw', async () => {
  const marked = await open();
  await send(marked, 0, 'abc');
  await send(marked, 3, 'def');
  const stored = mq.records(TOPIC, 0).map((record) => (record.value.length === 1 ? 'raw' : 'enveloped'));
  expect(stored).toEqual(['enveloped', 'raw', 'raw', 'enveloped', 'raw', 'raw']);
});

test('where a topic wants its records raw they are, and a gateway that begins anew takes what it is given', async () => {
  const before = await open({ 'seaglass.record.envelope': 'never' });
  await send(before, 0, 'ab');
  const after = await open();
  expect(await send(after, 0, 'ab')).toMatchObject({ baseOffset: 2, duplicate: false });
  expect(mq.records(TOPIC, 0).map(({ value: bytes }) => bytes.toString())).toEqual(['a', 'b', 'a', 'b']);
});
