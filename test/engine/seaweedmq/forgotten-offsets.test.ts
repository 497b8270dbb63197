/**
 * Goal: a broker that ended before it noted the last offsets it gave, and so goes on before the end of its log, costs no reader and no
 * writer a record: offsets are not given to two records, and what is in files stays readable. Method: the scripted SeaweedMQ, set back.
 */
import { systemClock } from '../../../src/clock';
import type { Partition } from '../../../src/engine/engine';
import { readBatchHeader } from '../../../src/protocol/record-batch';
import { createTelemetry } from '../../../src/telemetry/create-telemetry';
import type { Logger } from '../../../src/telemetry/log/log';
import { toOffset, toPartitionId } from '../../../src/types';
import { startScriptedSeaweedMQ } from '../../support/scripted-seaweedmq';
import type { ScriptedSeaweedMQ } from '../../support/scripted-seaweedmq';
import { appendOf, value } from '../batches';
import { idempotentAppend } from '../idempotent-appends';
import { asRequest, codeOf, drain, makeTopic, read, retried, stableRange } from '../support';
import { openMqEngine } from './support';
import type { MqEngine } from './support';

let mq: ScriptedSeaweedMQ;
let gateways: MqEngine[];
let lines: Readonly<Record<string, unknown>>[];
/** Runs ahead where a test is patient. */
const clock = { ...systemClock, aheadMs: 0, monotonicMs: () => systemClock.monotonicMs() + clock.aheadMs };
beforeEach(async () => {
  mq = await startScriptedSeaweedMQ();
  gateways = [];
  lines = [];
});
afterEach(async () => {
  for (const { engine, telemetry } of gateways) {
    await engine.close();
    telemetry.close();
  }
  await mq.stop();
});

function open(): MqEngine {
  const write: Logger['write'] = (_level, event, _message, attributes) => void lines.push({ event, ...attributes });
  const telemetry = createTelemetry({ log: { write, enabled: () => true } });
  const gateway = openMqEngine({ brokers: [mq.address], filer: mq.filer }, {}, clock, telemetry);
  gateways.push(gateway);
  return gateway;
}

const append = (gateway: MqEngine, partition: Partition, text: string) =>
  asRequest(gateway.telemetry, (context) => partition.append(appendOf([value(text)]), context));

const appended = async (gateway: MqEngine, partition: Partition, text: string): Promise<number> =>
  (await retried(() => append(gateway, partition, text))).baseOffset;

const found = async (gateway: MqEngine, partition: Partition, { from = 0, until = Infinity } = {}) =>
  (await drain(gateway.telemetry, partition, { from, until })).map(({ offset, value: text }) => [
    offset,
    text?.toString(),
  ]);

const rangeOf = (gateway: MqEngine, partition: Partition) =>
  asRequest(gateway.telemetry, (context) => partition.range(context));

/** As a client that comes again for as long as reads at the end are refused. */
const patiently = <T>(work: () => Promise<T>): Promise<T> =>
  retried(async () => {
    try {
      return await work();
    } catch (error) {
      clock.aheadMs += 4_000;
      throw error;
    }
  });

/** Four records, the first `flushed` of them in files, and then a broker that goes on at offset 1, and says so only where files end there. */
async function setBack(flushed: number): Promise<{ name: string; gateway: MqEngine; partition: Partition }> {
  const gateway = open();
  const made = await makeTopic(gateway.engine, gateway.telemetry);
  const partition = gateway.engine.partition(made, toPartitionId(0));
  const { name } = made;
  for (let index = 0; index < 4; index += 1) {
    await append(gateway, partition, `v${index}`);
    if (index + 1 === flushed || index === 0) mq.flush(name, 0);
  }
  expect((await found(gateway, partition)).length).toBe(4);
  mq.restart(name, 0, 1);
  return { name, gateway, partition };
}

/** The partition by a gateway that knows nothing of it. */
async function anew(name: string): Promise<{ gateway: MqEngine; partition: Partition }> {
  const gateway = open();
  const topic = await asRequest(gateway.telemetry, (context) => gateway.engine.topic(name, context));
  if (topic === undefined) throw new Error(`no topic ${name}`);
  return { gateway, partition: gateway.engine.partition(topic, toPartitionId(0)) };
}

/** A topic where another gateway wrote a record, which is in a file, by a gateway that has not written there. */
async function behind(text: string): Promise<{ name: string; gateway: MqEngine; partition: Partition }> {
  const writer = open();
  const made = await makeTopic(writer.engine, writer.telemetry);
  await append(writer, writer.engine.partition(made, toPartitionId(0)), text);
  mq.flush(made.name, 0);
  return { name: made.name, ...(await anew(made.name)) };
}

const WHOLE = [0, 1, 2, 3].map((index) => [index, `v${index}`]);

test('a consumer at the end is not sent back, and reads the next record there', async () => {
  const { gateway, partition } = await setBack(4);
  const range = await rangeOf(gateway, partition);
  expect(range).toEqual(stableRange(0, 4));
  expect((await read(gateway.telemetry, partition, 4)).chunks).toEqual([]);
  expect(await appended(gateway, partition, 'next')).toBe(4);
  expect(lines.find(({ event }) => event === 'engine.offsets_forgotten')).toMatchObject({
    trace_id: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
    span_id: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
  });
  expect(await found(gateway, partition, { from: 4 })).toEqual([[4, 'next']]);
});

test.each([
  ['the same gateway', 'a file of their own'],
  ['another gateway', 'a file of their own'],
  ['the same gateway', 'the same file'],
])('what is in files is read at its offsets by %s, placeholders in %s', async (which, where) => {
  const { name, ...first } = await setBack(4);
  const { gateway, partition } = which === 'another gateway' ? await anew(name) : first;
  expect(await found(gateway, partition)).toEqual(WHOLE);
  expect(await appended(gateway, partition, 'next')).toBe(4);
  expect(await found(gateway, partition)).toEqual([...WHOLE, [4, 'next']]);
  mq.flush(name, 0, { sameFile: where === 'the same file' });
  const fresh = await anew(name);
  expect(await found(fresh.gateway, fresh.partition, { until: 5 })).toEqual([...WHOLE, [4, 'next']]);
  for (const [offset] of WHOLE)
    expect((await found(fresh.gateway, fresh.partition, { from: Number(offset), until: 5 }))[0]?.[0]).toBe(offset);
});

test('offsets of lost records are a gap, not given again and not waited for', async () => {
  const { name, gateway, partition } = await setBack(2);
  expect(await appended(gateway, partition, 'next')).toBe(4);
  // What this gateway still holds of them, it serves.
  expect(await found(gateway, partition)).toEqual([...WHOLE, [4, 'next']]);
  for (const flushed of [false, true]) {
    if (flushed) mq.flush(name, 0);
    const fresh = await anew(name);
    expect(await found(fresh.gateway, fresh.partition, { until: 5 })).toEqual([...WHOLE.slice(0, 2), [4, 'next']]);
  }
});

test('until somebody writes, who read on into what was lost is told so, and reads what follows the gap after that', async () => {
  const { gateway, partition } = await setBack(2);
  const readAt = (offset: number) => codeOf(read(gateway.telemetry, partition, offset));
  // The first question finds out.
  await readAt(4);
  const range = await rangeOf(gateway, partition);
  expect(range).toEqual(stableRange(0, 2));
  expect(await readAt(4)).toBe('offset_out_of_range');
  expect(await readAt(2)).toBe('resolved');
  expect(await appended(gateway, partition, 'next')).toBe(4);
  expect(await found(gateway, partition, { from: 4 })).toEqual([[4, 'next']]);
});

test('a gap with nothing behind it is answered as a batch of no records, as compaction leaves', async () => {
  const { name, ...writer } = await setBack(2);
  await appended(writer.gateway, writer.partition, 'next');
  const { gateway, partition } = await anew(name);
  const { chunks, nextOffset } = await read(gateway.telemetry, partition, 2, 1);
  const [batch] = chunks;
  if (batch === undefined) throw new Error('an answer of no batch');
  const { baseOffset, lastOffsetDelta, recordCount } = readBatchHeader(batch, 0);
  expect({ recordCount, end: Number(baseOffset) + lastOffsetDelta + 1 }).toEqual({ recordCount: 0, end: nextOffset });
});

test('a batch goes behind what was forgotten whole, and its first record is not there twice', async () => {
  const { gateway, partition } = await setBack(4);
  const texts = ['a', 'b', 'c', 'd', 'e'];
  const answer = await retried(() =>
    asRequest(gateway.telemetry, (context) => partition.append(appendOf(texts.map(value)), context)),
  );
  expect(answer).toMatchObject({ baseOffset: 4, highWatermark: 9 });
  expect(await found(gateway, partition)).toEqual([...WHOLE, ...texts.map((text, index) => [4 + index, text])]);
  const range = await rangeOf(gateway, partition);
  expect(range).toEqual(stableRange(0, 9));
});

test.each([0, 1, 2, 3, 4])(
  'an idempotent batch is there once when its stream dies after %i acks of finding out where it goes',
  async (acks) => {
    const { gateway, partition } = await setBack(4);
    const write = (sequence: number, ...texts: string[]) =>
      idempotentAppend(gateway.telemetry, partition, [sequence, ...texts]);
    mq.switches.publishDiesAfter = acks;
    await codeOf(write(0, 'a', 'b'));
    mq.switches.publishDiesAfter = undefined;
    expect((await retried(() => write(0, 'a', 'b'))).baseOffset).toBe(4);
    expect((await retried(() => write(2, 'c'))).baseOffset).toBe(6);
    const end = ['a', 'b', 'c'].map((text, index) => [4 + index, text]);
    expect(await found(gateway, partition)).toEqual([...WHOLE, ...end]);
  },
);

test('two gateways that find out at the same time give every record an offset of its own', async () => {
  const { name, ...first } = await setBack(4);
  const second = await anew(name);
  const gateways = [first, second];
  const texts = Array.from({ length: 20 }, (_, index) => `w${index}`);
  const offsets = await Promise.all(
    texts.map((text, index) => {
      const { gateway, partition } = gateways[index % 2] ?? first;
      return appended(gateway, partition, text);
    }),
  );
  expect(Math.min(...offsets)).toBeGreaterThanOrEqual(4);
  const written = texts.map((text, index) => [offsets[index], text]).sort(([a], [b]) => Number(a) - Number(b));
  // Either may have been told too much of the end, as far as the other had not gone yet.
  for (const { gateway, partition } of gateways) {
    expect(await patiently(() => found(gateway, partition))).toEqual([...WHOLE, ...written]);
  }
}, 180_000);

test('a gateway that was not there finds out where the log ends, and reads what is written behind that', async () => {
  const { name, ...writer } = await setBack(4);
  expect(await appended(writer.gateway, writer.partition, 'next')).toBe(4);
  const { gateway, partition } = await anew(name);
  const whole = [...WHOLE, [4, 'next']];
  // It is told that there is more, and refuses until nothing has come of it for a while.
  expect(await codeOf(read(gateway.telemetry, partition, 5))).toBe('contradiction');
  expect(await patiently(() => found(gateway, partition))).toEqual(whole);
  const range = await rangeOf(gateway, partition);
  expect(range).toEqual(stableRange(0, 5));
  for (const [offset, text] of [
    [5, 'more'],
    [6, 'and more'],
  ] as const) {
    expect(await appended(writer.gateway, writer.partition, text)).toBe(offset);
    expect(await found(gateway, partition, { from: offset })).toEqual([[offset, text]]);
  }
  // Loaded anew, the broker counts right again.
  mq.flush(name, 0);
  mq.restart(name, 0, 7);
  expect(await retried(() => appended(writer.gateway, writer.partition, 'after'))).toBe(7);
  expect(await patiently(() => found(gateway, partition, { from: 7 }))).toEqual([[7, 'after']]);
}, 180_000);

test('what a gateway found out as a reader holds when it writes', async () => {
  const { name, ...writer } = await setBack(4);
  expect(await appended(writer.gateway, writer.partition, 'next')).toBe(4);
  const { gateway, partition } = await anew(name);
  expect(await patiently(() => found(gateway, partition))).toEqual([...WHOLE, [4, 'next']]);
  expect(await appended(gateway, partition, 'more')).toBe(5);
  const range = await rangeOf(gateway, partition);
  expect(range).toEqual(stableRange(0, 6));
  expect(await found(gateway, partition, { from: 5 })).toEqual([[5, 'more']]);
}, 180_000);

test('records are not deleted up to an end that the broker only says', async () => {
  const { name, ...writer } = await setBack(4);
  expect(await appended(writer.gateway, writer.partition, 'next')).toBe(4);
  const { gateway, partition } = await anew(name);
  const deleted = () => asRequest(gateway.telemetry, (context) => partition.deleteRecords('high_watermark', context));
  expect(await codeOf(deleted())).toBe('contradiction');
  expect(await patiently(deleted)).toEqual(stableRange(5, 5));
  // With nothing left, the end is found out all the same.
  const fresh = await anew(name);
  expect(await patiently(() => found(fresh.gateway, fresh.partition, { from: 5 }))).toEqual([]);
  expect(await appended(writer.gateway, writer.partition, 'more')).toBe(5);
  expect(await found(fresh.gateway, fresh.partition, { from: 5 })).toEqual([[5, 'more']]);
}, 180_000);

test('a batch of which the first record was acked alone is completed, though others wrote behind it', async () => {
  const { name, gateway, partition } = await behind('v0');
  const write = () => idempotentAppend(gateway.telemetry, partition, [0, 'a', 'b', 'c']);
  mq.switches.publishDiesAfter = 1;
  expect(await codeOf(write())).toBe('unavailable');
  mq.switches.publishDiesAfter = undefined;
  mq.append(name, 0, { value: Buffer.from('of others') });
  expect((await retried(write)).baseOffset).toBe(1);
  const texts = (await found(gateway, partition)).map(([, text]) => text);
  for (const text of ['v0', 'a', 'b', 'c', 'of others']) expect(texts.filter((each) => each === text)).toEqual([text]);
});

test('a broker that begins again before the log start goes on behind it', async () => {
  const { gateway, partition } = await setBack(4);
  await asRequest(gateway.telemetry, (context) => partition.deleteRecords(toOffset(4), context));
  mq.restart(partition.topicPartition.topic, 0, 0);
  const fresh = await anew(partition.topicPartition.topic);
  expect(await appended(fresh.gateway, fresh.partition, 'next')).toBe(4);
  expect(await found(fresh.gateway, fresh.partition, { from: 4 })).toEqual([[4, 'next']]);
});

test('where records must be raw, they go behind what a broker says that it forgot', async () => {
  const gateway = open();
  const name = 'raw';
  const configs = new Map([['seaglass.record.envelope', 'never']]);
  const made = await asRequest(gateway.telemetry, (context) =>
    gateway.engine.createTopic({ name, partitionCount: 1, configs }, context),
  );
  const partition = gateway.engine.partition(made, toPartitionId(0));
  for (let index = 0; index < 4; index += 1) await append(gateway, partition, `v${index}`);
  expect(await found(gateway, partition)).toEqual(WHOLE);
  mq.restart(name, 0, 1);
  expect(await appended(gateway, partition, 'next')).toBe(4);
  expect(await appended(gateway, partition, 'last')).toBe(5);
  const stored = mq.records(name, 0).map((record) => Buffer.from(record.value).toString());
  expect(stored.slice(4)).toEqual(['next', 'last']);
});

test('only the first record of a publisher that goes on behind others is in an envelope', async () => {
  const { name, gateway, partition } = await behind('a');
  for (const text of ['b', 'c', 'd']) await append(gateway, partition, text);
  const raw = mq.records(name, 0).map((record) => Buffer.from(record.value).toString());
  expect([raw[0], raw[2], raw[3]]).toEqual(['a', 'c', 'd']);
  expect((await found(gateway, partition)).map(([, text]) => text)).toEqual(['a', 'b', 'c', 'd']);
});

test('an offset that somebody gave again is the same record wherever a read begins, however often it was given', async () => {
  const { engine, telemetry } = open();
  const { name } = await makeTopic(engine, telemetry);
  let tsNs = BigInt(systemClock.nowMs()) * 1_000_000n;
  const write = (...texts: readonly string[]): void => {
    for (const text of texts) mq.append(name, 0, { value: Buffer.from(text), tsNs: (tsNs += 1_000_000n) });
    mq.flush(name, 0);
  };
  write('v0', 'v1', 'v2', 'v3', 'v4');
  write('v5');
  mq.restart(name, 0, 4);
  write('again4', 'again5');
  mq.restart(name, 0, 3);
  write('anew3', 'anew4', 'anew5');
  for (let from = 0; from < 6; from += 1) {
    const { gateway, partition } = await anew(name);
    expect(await found(gateway, partition, { from, until: 6 })).toEqual(
      ['v0', 'v1', 'v2', 'anew3', 'anew4', 'anew5'].map((text, offset) => [offset, text]).slice(from),
    );
  }
});
