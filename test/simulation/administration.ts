/** Steps that change topics and logs, and ask about offsets. */
import { ErrorCode } from '../../src/protocol/error-code';
import { toOffset } from '../../src/types';
import { encodeBatch } from '../../src/protocol/encode-batch';
import type { KafkaClient } from '../support/kafka-client';
import { agree } from './disagreement';
import type { Draws } from './draws';
import type { SideName } from './model';
import type { ModelPartition } from './model-partition';
import { createTopic, deleteRecords, deleteTopic, EARLIEST, LATEST, listOffset, topicIdOf } from './requests';
import type { Simulation } from './simulation';
import { drawRules, NOISE_RULES } from './topic-rules';

const NAMES = ['t0', 't1', 't2', 't3'];
const SIDES = ['near', 'far'] as const;

/** A name that is free gets a topic; one that is used loses it, and mostly gets another at once. */
export async function changeTopics(simulation: Simulation, draws: Draws): Promise<void> {
  const { model, time } = simulation;
  const [name, by, maker] = [draws.pick(NAMES), draws.pick(SIDES), draws.pick(SIDES)];
  const [rules, partitionCount, isMade] = [drawRules(draws), draws.between(1, 3), draws.percent(75)];
  const there = model.topics.find((topic) => topic.name === name);
  if (there !== undefined) {
    await settle(simulation, by, name);
    model.deleting(there);
    await must(simulation, by, `the deletion of ${name}`, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, (client) =>
      deleteTopic(client, name),
    );
    model.deleted(name, { by, atMs: time.now.gatewaysMs });
    simulation.note('delete a topic', `${name} by ${by}`);
    if (!isMade) return;
  }
  if (there === undefined && !isMade) return;
  await settle(simulation, maker, name);
  await must(simulation, maker, `the creation of ${name}`, ErrorCode.TOPIC_ALREADY_EXISTS, (client) =>
    createTopic(client, name, rules, partitionCount),
  );
  const topic = model.created(name, rules, partitionCount, { by: maker, atMs: time.now.gatewaysMs });
  topic.id = await simulation.asks('metadata', maker, 'admin', (client) => topicIdOf(client, name));
  simulation.note(
    'create a topic',
    `${name} by ${maker}: ${partitionCount} partitions, ${JSON.stringify(rules.configs)}`,
  );
}

/** Who changes a topic knows of earlier changes. */
async function settle(simulation: Simulation, side: SideName, name: string): Promise<void> {
  if ((await simulation.attempt(side, name)).mayBeOld) await simulation.time.pass(1_500);
}

/** What failed for a reason that passes may have been done: the near gateway is asked again, which may say so. */
async function must(
  simulation: Simulation,
  side: SideName,
  what: string,
  done: number,
  ask: (client: KafkaClient) => Promise<number>,
): Promise<void> {
  const attempt = await simulation.attempt(side);
  const code = await simulation.asks(what, side, 'admin', ask);
  if (code !== undefined && simulation.holds(code, attempt, `${what} by ${side} got`)) return;
  const again = await simulation.asks(what, 'near', 'admin', ask);
  agree(again === ErrorCode.NONE || again === done, () => `${what}, asked again, got error ${again}`);
}

export async function deleteSomeRecords(simulation: Simulation, draws: Draws): Promise<void> {
  const { model, time } = simulation;
  const [side, share, toEnd] = [draws.pick(SIDES), draws.below(100), draws.percent(10)];
  const allowed = model.partitions.filter(({ topic }) => topic.rules.configs['cleanup.policy'] !== 'compact');
  if (allowed.length === 0) return;
  const partition = draws.pick(allowed);
  const { start, end } = partition;
  const before = toEnd ? end : start + Math.floor(((end - start) * share) / 200);
  const attempt = await simulation.attempt(side, partition.topic.name);
  // Whatever is answered, it may have been done; past the end nothing is asked for.
  partition.deleteAsked = Math.max(partition.deleteAsked, before);
  const answer = await simulation.asks('DeleteRecords', side, 'admin', (client) =>
    deleteRecords(client, partition, before),
  );
  simulation.note('delete records', partition.name, `before ${before} by ${side}`);
  if (
    answer === undefined ||
    !simulation.holds(answer.errorCode, attempt, `DeleteRecords before ${before} of ${partition.name} got`)
  )
    return;
  const { lowWatermark } = answer;
  agree(
    lowWatermark >= before,
    () => `DeleteRecords before ${before} of ${partition.name} left it from ${lowWatermark} on`,
  );
  partition.begins(lowWatermark, attempt.teller, time.now);
  partition.deleted = Math.max(partition.deleted, before);
}

export async function listSomeOffset(simulation: Simulation, draws: Draws): Promise<void> {
  const { model, time } = simulation;
  const [side, ageMs] = [draws.pick(SIDES), draws.below(60_000)];
  const timestamp = draws.pick([EARLIEST, LATEST, time.now.nodeMs - ageMs]);
  const { partitions } = model;
  if (partitions.length === 0) return;
  const partition = draws.pick(partitions);
  const attempt = await simulation.attempt(side, partition.topic.name);
  const [end, start] = [partition.end, partition.startKnown(attempt.teller, time.now.gatewaysMs)];
  const answer = await simulation.asks('ListOffsets', side, 'admin', (client) =>
    listOffset(client, partition, timestamp),
  );
  const what = `ListOffsets of ${timestamp} in ${partition.name} by ${side} got`;
  if (answer === undefined || !simulation.holds(answer.errorCode, attempt, what) || attempt.mayBeOld) return;
  const { offset } = answer;
  if (timestamp === LATEST) agree(offset >= end, () => `${what} ${offset}; acked are ${end}`);
  else if (timestamp === EARLIEST) {
    agree(offset >= start, () => `${what} ${offset}; it begins at ${start}`);
    partition.begins(offset, attempt.teller, time.now);
  } else checkFound(partition, timestamp, { offset, end, nodeMs: time.now.nodeMs, what });
}

/** Retention has removed everything. */
export async function expectExpired(simulation: Simulation, partition: ModelPartition): Promise<void> {
  const ask = (timestamp: number) =>
    simulation.asks('ListOffsets', 'near', 'admin', (client) => listOffset(client, partition, timestamp));
  const [earliest, latest] = [await ask(EARLIEST), await ask(LATEST)];
  const range = `${partition.name} goes from ${earliest?.offset} to ${latest?.offset}`;
  agree(
    earliest?.offset === latest?.offset,
    () => `${range}; all of it is older than ${partition.topic.rules.retentionMs} ms`,
  );
}

interface Found {
  /** -1: none was found. */
  readonly offset: number;
  readonly end: number;
  readonly nodeMs: number;
  readonly what: string;
}

/** The first record of that time or later; what may have left the log does not count. */
function checkFound(partition: ModelPartition, timestamp: number, { offset, end, nodeMs, what }: Found): void {
  const at = partition.at(offset)?.timestamp;
  agree(offset === -1 || at === undefined || at >= timestamp, () => `${what} ${offset}, whose time is ${at}`);
  for (let each = partition.startMost(nodeMs); each < (offset === -1 ? end : offset); each += 1) {
    const earlier = partition.at(each)?.timestamp ?? -1;
    const isPassedOver = earlier >= timestamp && !partition.isRemovable(each, nodeMs);
    agree(!isPassedOver, () => `${what} ${offset}; the record at ${each} has the time ${earlier}`);
  }
}

const NOISE = 'noise';
const NOISE_BATCHES = 20;
const NOISE_BYTES = 900_000;

/** As much as pushes everything else out of the node's memory. */
export async function makeNoise(simulation: Simulation): Promise<void> {
  const admin = await simulation.system.client('near', 'admin');
  const value = Buffer.alloc(NOISE_BYTES, NOISE);
  const batch = encodeBatch([{ timestamp: simulation.time.now.nodeMs, key: null, value, offset: toOffset(0) }]);
  const work = async (): Promise<void> => {
    const codes = [await createTopic(admin, NOISE, NOISE_RULES, 1)];
    for (let sent = 0; sent < NOISE_BATCHES; sent += 1) codes.push((await admin.produce(NOISE, batch)).errorCode);
    codes.push(await deleteTopic(admin, NOISE));
    agree(
      codes.every((code) => code === ErrorCode.NONE),
      () => `noise was answered with ${codes.join()}`,
    );
  };
  await simulation.time.until(work(), 'noise');
}
