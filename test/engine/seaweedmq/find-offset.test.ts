/**
 * Goal: offsets are found by time as reading everything would find them, and a log that is longer than one call's patience is searched
 * all the same. Method: random logs against what is read of them; a log larger than what is kept of its files, with a filer that is slow.
 */
import { randomInt } from 'node:crypto';
import { systemClock } from '../../../src/clock';
import type { Partition } from '../../../src/engine/engine';

import { toOffset, toPartitionId } from '../../../src/types';
import { startScriptedSeaweedMQ } from '../../support/scripted-seaweedmq';
import type { ScriptedSeaweedMQ } from '../../support/scripted-seaweedmq';
import { censusOf, makeBatch, value } from '../batches';
import { asRequest, codeOf, makeTopic, read, retried } from '../support';
import { seeded } from '../../support/random';
import { openMqEngine } from './support';
import type { MqEngine } from './support';
import { readRecords } from '../../support/read-records';

let mq: ScriptedSeaweedMQ;
let gateway: MqEngine;
const START_MS = systemClock.nowMs() - 1_000_000;
const SPAN_MS = 5_000;

async function begin(settings: Parameters<typeof openMqEngine>[1] = {}): Promise<Partition> {
  mq = await startScriptedSeaweedMQ();
  gateway = openMqEngine({ brokers: [mq.address], filer: mq.filer }, settings);
  return gateway.engine.partition(await makeTopic(gateway.engine, gateway.telemetry), toPartitionId(0));
}
afterEach(async () => {
  await gateway.close();
  await mq.stop();
  gateway.telemetry.close();
});

type Target = Parameters<Partition['findOffset']>[0];

const find = (partition: Partition, target: Target) =>
  asRequest(gateway.telemetry, (context) => partition.findOffset(target, context));

/** Offset and time of every record that a consumer reads. */
async function times(partition: Partition): Promise<{ offset: number; timestampMs: number }[]> {
  const found: { offset: number; timestampMs: number }[] = [];
  let next = (await asRequest(gateway.telemetry, (context) => partition.range(context))).logStartOffset;
  for (;;) {
    const { chunks, nextOffset } = await read(gateway.telemetry, partition, next, 1024 * 1024);
    if (chunks.length === 0) return found;
    for (const { offset, timestamp } of readRecords(Buffer.concat(chunks))) {
      if (offset >= next) found.push({ offset, timestampMs: Number(timestamp) });
    }
    next = nextOffset;
  }
}

/** Appends with times in no order, of this gateway and others, flushes, a broker that begins anew, a log start that moves. */
async function randomLog(partition: Partition, random: (below: number) => number): Promise<void> {
  const { topic } = partition.topicPartition;
  // The engine's times only grow, over a broker that begins anew too, and the first one names a file.
  let tsNs = 0n;
  const later = (): bigint => {
    const last = mq.records(topic, 0).at(-1)?.tsNs ?? BigInt(START_MS) * 1_000_000n;
    tsNs = (last > tsNs ? last : tsNs) + BigInt(1 + random(200_000_000));
    return tsNs;
  };
  const steps = 3 + random(25);
  for (let step = 0; step < steps; step += 1) {
    const kind = random(10);
    if (kind < 4) {
      const records = Array.from({ length: 1 + random(4) }, () => value('v'));
      const batch = makeBatch(records, START_MS + random(SPAN_MS));
      const request = { batch, census: censusOf(records) };
      await retried(() => asRequest(gateway.telemetry, (context) => partition.append(request, context)));
    } else if (kind < 6) {
      mq.append(topic, 0, { value: Buffer.from('of others'), tsNs: later() });
    } else if (kind < 8) {
      mq.flush(topic, 0);
    } else if (kind === 8 && random(3) === 0) {
      mq.flush(topic, 0);
      const { length } = mq.records(topic, 0);
      const back = Math.min(length, 1 + random(4));
      later();
      mq.restart(topic, 0, length - back);
      for (let count = 0; count < back; count += 1) mq.append(topic, 0, { value: Buffer.from('again'), tsNs: later() });
      mq.flush(topic, 0);
      // Loaded anew, it no longer counts what was given again twice.
      mq.restart(topic, 0, length);
    } else if (kind === 9 && random(3) === 0) {
      const { highWatermark } = await asRequest(gateway.telemetry, (context) => partition.range(context));
      const before = toOffset(random(highWatermark + 1));
      await asRequest(gateway.telemetry, (context) => partition.deleteRecords(before, context));
    }
  }
}

test('what is found is what reading everything finds', async () => {
  const seed = randomInt(2 ** 31);
  const random = seeded(seed);
  await begin();
  for (let run = 0; run < 40; run += 1) {
    const { engine, telemetry } = gateway;
    const partition = engine.partition(await makeTopic(engine, telemetry), toPartitionId(0));
    await randomLog(partition, random);
    const all = await times(partition);
    const greatest = all.reduce((max, { timestampMs }) => Math.max(max, timestampMs), 0);
    const newest = all.find(({ timestampMs }) => timestampMs === greatest);
    const note = { seed, run };
    expect({ ...note, found: await find(partition, 'max_timestamp') }).toEqual({ ...note, found: newest });
    for (const timestampMs of [0, START_MS + random(SPAN_MS), START_MS + random(SPAN_MS), greatest, greatest + 1]) {
      const first = all.find((each) => each.timestampMs >= timestampMs);
      const found = await find(partition, { timestampMs });
      expect({ ...note, timestampMs, found }).toEqual({ ...note, timestampMs, found: first });
    }
  }
}, 120_000);

describe('a log larger than what is kept of its files', () => {
  const FILES = 10;
  const RECORDS = 80;

  async function largeLog(settings: Parameters<typeof openMqEngine>[1] = {}): Promise<Partition> {
    const partition = await begin(settings);
    const { topic } = partition.topicPartition;
    mq.switches.chunkedFiles = true;
    const content = Buffer.alloc(100_000, 7);
    for (let file = 0; file < FILES; file += 1) {
      for (let index = 0; index < RECORDS; index += 1) {
        const timeMs = START_MS + file * RECORDS + index;
        mq.append(topic, 0, { value: content, tsNs: BigInt(timeMs) * 1_000_000n });
      }
      mq.flush(topic, 0);
    }
    return partition;
  }
  const fetched = (): number => mq.calls.get('logFile') ?? 0;
  const at = (offset: number) => ({ offset, timestampMs: START_MS + offset });

  test('is opened once, and after that only where the record is', async () => {
    const partition = await largeLog();
    const last = FILES * RECORDS - 1;
    expect(await find(partition, { timestampMs: START_MS + last })).toEqual(at(last));
    const before = fetched();
    for (const offset of [last, 3 * RECORDS + 5, 17, 6 * RECORDS]) {
      const files = fetched();
      expect(await find(partition, { timestampMs: START_MS + offset })).toEqual(at(offset));
      expect(fetched() - files).toBeLessThanOrEqual(1);
    }
    expect(await find(partition, 'max_timestamp')).toEqual(at(last));
    expect(await find(partition, { timestampMs: START_MS + last + 1 })).toBeUndefined();
    expect(fetched() - before).toBeLessThanOrEqual(6);
  }, 180_000);

  test.each(['max_timestamp', 'time'] as const)(
    'is searched for %s in as many calls as it takes, each going on where the last one ended',
    async (kind) => {
      const partition = await largeLog({ callDeadlineMs: 1_000 });
      mq.switches.logFile = { lateMs: 300 };
      const last = FILES * RECORDS - 1;
      const search = () => find(partition, kind === 'time' ? { timestampMs: START_MS + last } : kind);
      const codes: string[] = [];
      while (codes.at(-1) !== 'resolved' && codes.length < FILES * 2) codes.push(await codeOf(search()));
      expect(codes.slice(0, 1)).toEqual(['timeout']);
      expect(codes.at(-1)).toBe('resolved');
      mq.switches.logFile = 'normal';
      expect(await search()).toEqual(at(last));
    },
    60_000,
  );
});
