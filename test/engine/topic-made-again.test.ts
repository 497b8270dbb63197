/**
 * Goal: a call that was meant for a topic never acts on the one that has its name by now, nor answers from it, though the gateway has not
 * heard of it yet. Method: two engine sides of one node; one of them deletes the topic and makes it again under the other's hands.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/clock';
import { createEngine } from '../../src/engine/create-engine';
import type { Engine, Partition, Topic } from '../../src/engine/engine';
import { createRecordLogDialect } from '../../src/engine/record-log/record-log-dialect';
import { DEFAULT_ENGINE_SETTINGS } from '../../src/engine/settings';
import { type RunningNode, startNode } from '../../src/node/start';
import { createTelemetry } from '../../src/telemetry/create-telemetry';
import { toOffset, toPartitionId } from '../../src/types';
import { PATIENT } from '../support/patient';
import { appendOf, value } from './batches';
import { asRequest, codeOf, drain, read } from './support';

const settings = { ...DEFAULT_ENGINE_SETTINGS, ...PATIENT, topicsAgeMsMax: 600_000 };
const ROUNDS = 30;
const NAME = 't';
const telemetry = createTelemetry();
let node: RunningNode;
let directory: string;
/** Who is not told, and who makes the topic again. */
let engine: Engine;
let other: Engine;

function open(): Engine {
  const { instruments } = telemetry;
  const options = { address: node.address, ackMeaning: 'written', settings, clock: systemClock, instruments };
  return createEngine({ kind: 'embedded', dialect: createRecordLogDialect(options), telemetry, settings });
}

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'engine-'));
  node = await startNode({ dataDirectory: directory });
  [engine, other] = [open(), open()];
});
afterEach(async () => {
  await engine.close();
  await other.close();
  await node.close();
  rmSync(directory, { recursive: true, force: true });
});
afterAll(() => telemetry.close());

const made = (by: Engine): Promise<Topic> =>
  asRequest(telemetry, (context) => by.createTopic({ name: NAME, partitionCount: 1, configs: new Map() }, context));
const append = (partition: Partition, text: string) =>
  asRequest(telemetry, (context) => partition.append(appendOf([value(text)]), context));

async function madeAgain(): Promise<Partition> {
  await asRequest(telemetry, (context) => other.deleteTopic(NAME, context));
  return other.partition(await made(other), toPartitionId(0));
}

async function valuesOf(partition: Partition): Promise<readonly (string | undefined)[]> {
  return (await drain(telemetry, partition)).map((record) => record.value?.toString());
}

test('nothing that was meant for the topic before reaches the one made again', async () => {
  const before = engine.partition(await made(engine), toPartitionId(0));
  const now = await madeAgain();
  for (const text of ['one', 'two']) await append(now, text);
  const within = <T>(work: (context: Parameters<Partition['range']>[0]) => Promise<T>) => asRequest(telemetry, work);
  expect(await codeOf(append(before, 'stray'))).toBe('topic_not_found');
  expect(await codeOf(read(telemetry, before, 0))).toBe('topic_not_found');
  expect(await codeOf(within((context) => before.range(context)))).toBe('topic_not_found');
  expect(await codeOf(within((context) => before.findOffset('max_timestamp', context)))).toBe('topic_not_found');
  expect(await codeOf(within((context) => before.deleteRecords(toOffset(2), context)))).toBe('topic_not_found');
  expect(await valuesOf(now)).toEqual(['one', 'two']);
});

test('what is in flight while the topic is made again lands in the one it was meant for, or nowhere', async () => {
  let before = engine.partition(await made(engine), toPartitionId(0));
  const outcomes: string[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    // Every other round a publisher stands by then, and a session.
    if (round % 2 === 0) await append(before, `before ${round}`);
    const strays = ['a', 'b', 'c'].map((name) => codeOf(append(before, `stray ${name} ${round}`)));
    const reading = read(telemetry, before, 0).catch(() => undefined);
    const now = await madeAgain();
    await append(now, `now ${round}`);
    outcomes.push(...(await Promise.all(strays)));
    expect(Buffer.concat((await reading)?.chunks ?? []).includes(`now ${round}`)).toBe(false);
    expect(await valuesOf(now)).toEqual([`now ${round}`]);
    await engine.close();
    engine = open();
    const topic = await asRequest(telemetry, (context) => engine.topic(NAME, context));
    if (topic === undefined) throw new Error('no topic');
    before = engine.partition(topic, toPartitionId(0));
  }
  expect(outcomes).toHaveLength(ROUNDS * 3);
}, 60_000);
