/**
 * What every engine behind the gateway must do, whatever its dialect: one suite over real gRPC, run on the embedded node, on the
 * scripted SeaweedMQ and on the true one. It replays what this project began with: re-requests that returned a neighbour's record, an
 * empty value, or nothing.
 */
import { randomUUID } from 'node:crypto';
import type { Engine, Partition } from '../../src/engine/engine';
import type { RunningTelemetry } from '../../src/telemetry/create-telemetry';
import { toOffset } from '../../src/types';
import { appendOf, readRecords, value } from './batches';
import type { PlainRecord } from './batches';
import { idempotentAppends } from './idempotent-appends';
import { readAtRandom } from './many-readers';
import { asRequest, codeOf, drain, makePartition, makeTopic, read, recordAt, stableRange, waitFor } from './support';
import { expectWithin } from '../support/measured';

export interface EngineUnderTest {
  readonly engine: Engine;
  readonly telemetry: RunningTelemetry;
  close(): Promise<void>;
}

export interface ContractOptions {
  /** Where the engine has no way to be this quick. */
  readonly wakeMsMax?: number;
}

/** Records of the many-readers claim. */
const READ_AT_RANDOM = 5_000;

export function engineContract(
  name: string,
  start: () => Promise<EngineUnderTest>,
  options: ContractOptions = {},
): void {
  describe(`the engine contract on ${name}`, () => {
    let tested: EngineUnderTest;
    beforeAll(async () => {
      tested = await start();
    }, 120_000);
    afterAll(async () => {
      await tested.close();
      const left = tested.telemetry.inflight().operations;
      tested.telemetry.close();
      expect(left).toEqual([]);
    }, 180_000);
    const given = (): EngineUnderTest => tested;

    rightBytes(given);
    manyReaders(given, READ_AT_RANDOM);
    waiting(given, options.wakeMsMax ?? 20);
    ranges(given);
    appends(given);
    idempotentAppends(given);
    topics(given);
    filer(given);
  });
}

type Given = () => EngineUnderTest;

/** One batch each. */
async function appendEach(
  { telemetry }: EngineUnderTest,
  partition: Partition,
  records: readonly PlainRecord[],
): Promise<void> {
  await Promise.all(
    records.map((record) => asRequest(telemetry, (context) => partition.append(appendOf([record]), context))),
  );
}

function rightBytes(given: Given): void {
  test('asked for 0, 1, 1, 1, 2, 2, 3, 3 of records of 511 and 111 bytes, each answer is the record of that offset', async () => {
    const { engine, telemetry } = given();
    const partition = await makePartition(engine, telemetry);
    const records = [511, 111, 511, 111].map((length, index) => value(Buffer.alloc(length, 65 + index)));
    await appendEach(given(), partition, records);
    for (const offset of [0, 1, 1, 1, 2, 2, 3, 3]) {
      expect((await recordAt(telemetry, partition, offset)).value).toEqual(records[offset]?.value);
    }
  });

  test('the same offset read 50 times gives the same bytes', async () => {
    const { engine, telemetry } = given();
    const partition = await makePartition(engine, telemetry);
    await appendEach(given(), partition, ['zero', 'one', 'two'].map(value));
    const first = Buffer.concat((await read(telemetry, partition, 1)).chunks);
    for (let time = 1; time < 50; time += 1) {
      expect(Buffer.concat((await read(telemetry, partition, 1)).chunks).equals(first)).toBe(true);
    }
  });

  test('reads backward, interleaved and at the same time do not disturb one another', async () => {
    const { engine, telemetry } = given();
    const partition = await makePartition(engine, telemetry);
    const records = Array.from({ length: 20 }, (_, index) => value(`record ${index}`));
    await appendEach(given(), partition, records);
    const texts = records.map((record) => record.value?.toString());
    for (let offset = 19; offset >= 0; offset -= 1) {
      expect((await recordAt(telemetry, partition, offset)).value?.toString()).toBe(texts[offset]);
    }
    for (let step = 0; step < 20; step += 1) {
      for (const offset of [step, 19 - step, 7]) {
        expect((await recordAt(telemetry, partition, offset)).value?.toString()).toBe(texts[offset]);
      }
    }
    const together = [3, 17, 3, 9, 0, 19, 9, 3, 12].map((offset) => recordAt(telemetry, partition, offset));
    expect((await Promise.all(together)).map((record) => record.value?.toString())).toEqual(
      [3, 17, 3, 9, 0, 19, 9, 3, 12].map((offset) => texts[offset]),
    );
  });

  test('a read in the middle of a batch answers with a batch that holds the offset', async () => {
    const { engine, telemetry } = given();
    const partition = await makePartition(engine, telemetry);
    const records = Array.from({ length: 10 }, (_, index) => value(`r${index}`));
    await asRequest(telemetry, (context) => partition.append(appendOf(records), context));
    for (const offset of [7, 3, 9, 0]) {
      const result = await read(telemetry, partition, offset);
      expect(result.firstOffset).toBe(offset);
      const record = readRecords(result.chunks).find((candidate) => candidate.offset === offset);
      expect(record?.value?.toString()).toBe(`r${offset}`);
    }
  });

  test('a census counts what was sent and what is delivered alike', async () => {
    const { engine, telemetry } = given();
    const partition = await makePartition(engine, telemetry);
    const records = [value('abc'), { key: Buffer.from('k'), value: null }, value(''), value(Buffer.from([0, 1, 2, 3]))];
    await asRequest(telemetry, (context) => partition.append(appendOf(records), context));
    const result = await read(telemetry, partition, 0, 1024 * 1024);
    expect(result.deliveredCensus).toEqual({ records: 4, nulls: 1, empties: 1, controls: 0, valueBytes: 7 });
    expect(result.engineCensus).toEqual(result.deliveredCensus);
    expect(readRecords(result.chunks).map((record) => record.value)).toEqual(records.map((record) => record.value));
  });
}

function manyReaders(given: Given, count: number): void {
  test(`32 readers at random offsets of ${count} checksummed records get right values only, while producers append`, async () => {
    const { engine, telemetry } = given();
    const partition = await makePartition(engine, telemetry);
    await readAtRandom(count, {
      append: (records) => asRequest(telemetry, (context) => partition.append(appendOf(records), context)),
      read: (offset, bytesMax) => read(telemetry, partition, offset, bytesMax),
    });
    const all = await drain(telemetry, partition);
    expect(all.length).toBe(count);
    expect(all.every((record, index) => record.offset === index)).toBe(true);
  }, 300_000);
}

function waiting(given: Given, wakeMsMax: number): void {
  test('a wait at the tail wakes at an append, and the record is then there', async () => {
    const { engine, telemetry } = given();
    const partition = await makePartition(engine, telemetry);
    const delays: number[] = [];
    for (let offset = 0; offset < 10; offset += 1) {
      expect((await read(telemetry, partition, offset)).chunks).toEqual([]);
      const woken = waitFor(telemetry, partition, offset);
      let done = false;
      void woken.then(() => (done = true));
      await new Promise((resolve) => setImmediate(resolve));
      expect(done).toBe(false);
      const appended = asRequest(telemetry, (context) => partition.append(appendOf([value(`v${offset}`)]), context));
      await appended;
      const startedMs = performance.now();
      await woken;
      expect((await recordAt(telemetry, partition, offset)).value?.toString()).toBe(`v${offset}`);
      delays.push(performance.now() - startedMs);
    }
    expectWithin('the quickest wake at the tail', Math.min(...delays), wakeMsMax);
  });

  test('a wait that is given up loses nothing for the next reader', async () => {
    const { engine, telemetry } = given();
    const partition = await makePartition(engine, telemetry);
    await appendEach(given(), partition, [value('zero')]);
    expect((await recordAt(telemetry, partition, 0)).value?.toString()).toBe('zero');
    for (let offset = 1; offset < 10; offset += 1) {
      const controller = new AbortController();
      const wait = waitFor(telemetry, partition, offset, controller.signal);
      const given_up = codeOf(wait);
      await new Promise((resolve) => setImmediate(resolve));
      const appended = appendEach(given(), partition, [value(`v${offset}`)]);
      controller.abort();
      expect(['cancelled', 'resolved']).toContain(await given_up);
      await appended;
      expect((await recordAt(telemetry, partition, offset)).value?.toString()).toBe(`v${offset}`);
    }
  });

  test('a read that is given up loses nothing for the next one', async () => {
    const { engine, telemetry } = given();
    const partition = await makePartition(engine, telemetry);
    await appendEach(
      given(),
      partition,
      Array.from({ length: 30 }, (_, index) => value(`v${index}`)),
    );
    for (let offset = 0; offset < 30; offset += 1) {
      const controller = new AbortController();
      const request = { offset: toOffset(offset), isolation: 'read_uncommitted', bytesMax: 1 } as const;
      const reading = codeOf(asRequest(telemetry, (context) => partition.read(request, context), controller.signal));
      if (offset % 2 === 0) await new Promise((resolve) => setImmediate(resolve));
      controller.abort();
      expect(['cancelled', 'resolved']).toContain(await reading);
      expect((await recordAt(telemetry, partition, offset)).value?.toString()).toBe(`v${offset}`);
    }
  });

  test('several readers at the tail are woken by one append and all get it', async () => {
    const { engine, telemetry } = given();
    const partition = await makePartition(engine, telemetry);
    const readers = Array.from({ length: 10 }, async () => {
      await read(telemetry, partition, 0);
      await waitFor(telemetry, partition, 0);
      return (await recordAt(telemetry, partition, 0)).value?.toString();
    });
    await new Promise((resolve) => setImmediate(resolve));
    await appendEach(given(), partition, [value('for all')]);
    expect(await Promise.all(readers)).toEqual(Array.from({ length: 10 }, () => 'for all'));
  });
}

function ranges(given: Given): void {
  test('a read at the high watermark is empty, past it and below the log start out of range', async () => {
    const { engine, telemetry } = given();
    const partition = await makePartition(engine, telemetry);
    const empty = await read(telemetry, partition, 0);
    expect(empty).toMatchObject({ chunks: [], highWatermark: 0, logStartOffset: 0, nextOffset: 0 });
    expect(await codeOf(read(telemetry, partition, 1))).toBe('offset_out_of_range');
    await appendEach(
      given(),
      partition,
      Array.from({ length: 5 }, (_, index) => value(`v${index}`)),
    );
    expect(await read(telemetry, partition, 5)).toMatchObject({ chunks: [], highWatermark: 5 });
    expect(await codeOf(read(telemetry, partition, 6))).toBe('offset_out_of_range');
    expect(await codeOf(read(telemetry, partition, 1_000_000))).toBe('offset_out_of_range');
    expect((await recordAt(telemetry, partition, 2)).value?.toString()).toBe('v2');

    const moved = await asRequest(telemetry, (context) => partition.deleteRecords(toOffset(3), context));
    expect(moved).toEqual(stableRange(3, 5));
    expect(await codeOf(read(telemetry, partition, 2))).toBe('offset_out_of_range');
    expect((await recordAt(telemetry, partition, 3)).value?.toString()).toBe('v3');
    expect(await asRequest(telemetry, (context) => partition.range(context))).toEqual(moved);
  });
}

function appends(given: Given): void {
  test('appends of one partition are stored in the order of the calls and each is answered with its own offset', async () => {
    const { engine, telemetry } = given();
    const partition = await makePartition(engine, telemetry);
    const results = await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        asRequest(telemetry, (context) =>
          partition.append(appendOf([value(`a${index}`), value(`b${index}`)]), context),
        ),
      ),
    );
    expect(results.map((result) => result.baseOffset)).toEqual(Array.from({ length: 200 }, (_, index) => index * 2));
    const records = await drain(telemetry, partition);
    expect(records.map((record) => record.value?.toString())).toEqual(
      Array.from({ length: 200 }, (_, index) => [`a${index}`, `b${index}`]).flat(),
    );
  });

  test('an append that its caller gives up does not shift the answers of those behind it', async () => {
    const { engine, telemetry } = given();
    const partition = await makePartition(engine, telemetry);
    await appendEach(given(), partition, [value('first')]);
    const controller = new AbortController();
    const left = codeOf(
      asRequest(telemetry, (context) => partition.append(appendOf([value('left')]), context), controller.signal),
    );
    const kept = asRequest(telemetry, (context) => partition.append(appendOf([value('kept')]), context));
    controller.abort();
    expect(['cancelled', 'resolved']).toContain(await left);
    const { baseOffset } = await kept;
    expect((await recordAt(telemetry, partition, baseOffset)).value?.toString()).toBe('kept');
  });
}

function topics(given: Given): void {
  test('a topic that was created is listed at once, and gone once it is deleted; its name can be used again', async () => {
    const { engine, telemetry } = given();
    const topic = await makeTopic(engine, telemetry, 3);
    const { name } = topic;
    expect(await asRequest(telemetry, (context) => engine.topic(name, context))).toMatchObject({
      name,
      partitionCount: 3,
    });
    expect(await asRequest(telemetry, (context) => engine.topicById(topic.id, context))).toMatchObject({ name });
    const request = { name, partitionCount: 1, configs: new Map<string, string>() };
    expect(await codeOf(asRequest(telemetry, (context) => engine.createTopic(request, context)))).toBe('topic_exists');
    await asRequest(telemetry, (context) => engine.deleteTopic(name, context));
    expect(await asRequest(telemetry, (context) => engine.topic(name, context))).toBeUndefined();
    const again = await asRequest(telemetry, (context) => engine.createTopic(request, context));
    expect(again.id).not.toBe(topic.id);
    expect((await asRequest(telemetry, (context) => engine.topics(context))).map((each) => each.name)).toContain(name);
  }, 180_000);

  test('settings that were altered come back', async () => {
    const { engine, telemetry } = given();
    const { name } = await makeTopic(engine, telemetry);
    const configs = new Map([['retention.ms', '1000000']]);
    await asRequest(telemetry, (context) => engine.alterTopicConfigs(name, configs, context));
    const topic = await asRequest(telemetry, (context) => engine.topic(name, context));
    expect(topic?.configs).toEqual(configs);
  });
}

function filer(given: Given): void {
  test('the filer keeps, lists in order, and forgets; absence is no error', async () => {
    const { engine, telemetry } = given();
    const directory = `/topics/kafka/.meta/test/${randomUUID()}`;
    await asRequest(telemetry, async (context) => {
      expect(await engine.filer.get(directory, 'a', context)).toBeUndefined();
      const listed = async () => {
        const names: string[] = [];
        for await (const entry of engine.filer.list(directory, context)) names.push(entry.name);
        return names;
      };
      expect(await listed()).toEqual([]);
      for (const name of ['b', 'a', 'c']) await engine.filer.put(directory, name, Buffer.from(`of ${name}`), context);
      await engine.filer.put(directory, 'b', Buffer.from('changed'), context);
      expect(await listed()).toEqual(['a', 'b', 'c']);
      const entry = await engine.filer.get(directory, 'b', context);
      expect(Buffer.from(entry?.content ?? []).toString()).toBe('changed');
      await engine.filer.delete(directory, 'a', { recursive: false }, context);
      await engine.filer.delete(directory, 'a', { recursive: false }, context);
      expect(await listed()).toEqual(['b', 'c']);
    });
  });
}
