/**
 * Goal: what a node removes goes when Kafka would remove it, and each removal is told: a line with its cause, and totals that gateways
 * count. Method: a node over gRPC whose clock is moved by hand; its log lines and its list of topics.
 */
import type { LogLevel } from '../../src/telemetry/log/log';
import { startNode } from '../../src/node/start';
import type { NodeOptions, RunningNode } from '../../src/node/start';
import type { RecordLogClient } from '../../src/rpc/record_log';
import type * as rpc from '../../src/rpc/record_log';
import { ManualClock } from '../support/manual-clock';
import { call, connect, makeBatch, makeDirectory, Publisher, removeDirectories } from './support';

const HOUR_MS = 3_600_000;
const BATCH_BYTES = 260;
const KEYED_BATCH_BYTES = BATCH_BYTES + 1;

interface Line {
  readonly level: LogLevel;
  readonly event: string;
  readonly [attribute: string]: unknown;
}

let clock: ManualClock;
let node: RunningNode;
let client: RecordLogClient;
let lines: Line[];
let lineCame: () => void;

async function start(options: Partial<NodeOptions> = {}): Promise<void> {
  clock = new ManualClock();
  lines = [];
  lineCame = () => undefined;
  const logger = {
    write: (level: LogLevel, event: string, _message: string, attributes: Readonly<Record<string, unknown>> = {}) => {
      lines.push({ level, event, ...attributes });
      lineCame();
    },
    enabled: () => true,
  };
  node = await startNode({ dataDirectory: makeDirectory(), ...options }, { clock, logger });
  client = connect(node.address);
}

afterEach(async () => {
  client.close();
  await node.close();
  removeDirectories();
});

/** Of that event, once there are so many. */
async function linesOf(event: string, count: number): Promise<Line[]> {
  for (;;) {
    const found = lines.filter((line) => line.event === event);
    if (found.length >= count) return found;
    await new Promise<void>((resolve) => (lineCame = resolve));
  }
}

async function createTopic(name: string, configs: Record<string, string> = {}, partitionCount = 1): Promise<void> {
  const request = { name, partitionCount, configs, id: Buffer.alloc(0) };
  expect((await call<rpc.TopicResponse>((done) => client.createTopic(request, done))).error).toBeUndefined();
}

/** One batch for each age: three to a segment of 1,000 bytes. */
async function write(topic: string, agesMs: readonly number[], keyed = false): Promise<void> {
  const publisher = new Publisher(client, topic);
  await publisher.hello();
  for (const ageMs of agesMs) {
    const record = { value: Buffer.alloc(190), key: keyed ? Buffer.from('k') : null };
    const ack = await publisher.append(makeBatch({ timestampMs: clock.nowMs() - ageMs, records: [record] }));
    expect(ack.error).toBeUndefined();
  }
  publisher.stream.end();
}

async function range(topic: string): Promise<readonly [logStart: number, end: number]> {
  const request = { topicPartition: { topic, partition: 0 } };
  const answer = await call<rpc.GetPartitionRangeResponse>((done) => client.getPartitionRange(request, done));
  return [Number(answer.logStartOffset), Number(answer.highWatermark)];
}

async function deleteRecords(topic: string, beforeOffset: bigint): Promise<void> {
  const request = { topicPartition: { topic, partition: 0 }, beforeOffset };
  await call<rpc.GetPartitionRangeResponse>((done) => client.deleteRecords(request, done));
}

const list = () => call<rpc.ListTopicsResponse>((done) => client.listTopics({}, done));

async function totals(): Promise<Record<string, readonly [records: number, bytes: number]>> {
  const { removed } = await list();
  return Object.fromEntries(removed.map(({ cause, records, bytes }) => [cause, [Number(records), Number(bytes)]]));
}

const ages = (count: number, ageMs: number): number[] => Array.from({ length: count }, () => ageMs);

test('retention first looks 30 s after the start, and then every five minutes', async () => {
  await start();
  await createTopic('t', { 'retention.ms': '1000' });
  await write('t', [2 * HOUR_MS]);
  clock.advance(29_999);
  expect(await range('t')).toEqual([0, 1]);
  clock.advance(1);
  expect(await range('t')).toEqual([1, 1]);
  await write('t', [2 * HOUR_MS]);
  clock.advance(299_999);
  expect(await range('t')).toEqual([1, 2]);
  clock.advance(1);
  expect(await range('t')).toEqual([2, 2]);
});

test('interval and first delay are settings', async () => {
  await start({ initialTaskDelayMs: 100, retentionCheckIntervalMs: 1_000 });
  await createTopic('t', { 'retention.ms': '1000' });
  await write('t', [HOUR_MS]);
  clock.advance(100);
  expect(await range('t')).toEqual([1, 1]);
  await write('t', [HOUR_MS]);
  clock.advance(999);
  expect(await range('t')).toEqual([1, 2]);
  clock.advance(1);
  expect(await range('t')).toEqual([2, 2]);
});

test('DeleteRecords frees only what it moved past: nothing of another topic, and nothing by age or size', async () => {
  await start();
  const configs = { 'internal.segment.bytes': '1000', 'retention.ms': '1000', 'retention.bytes': '500' };
  for (const topic of ['asked', 'other']) {
    await createTopic(topic, configs);
    await write(topic, ages(10, HOUR_MS));
  }
  lines = [];
  await deleteRecords('asked', 4n);
  const [line] = await linesOf('records.removed', 1);
  // The first segment holds offsets 0 to 2; the second stays, for offset 4 is in it.
  const removal = {
    topic: 'asked',
    partition: 0,
    cause: 'delete_records',
    from: 0,
    to: 4,
    records: 4,
    bytes: 3 * BATCH_BYTES,
  };
  expect(line).toEqual({ level: 'info', event: 'records.removed', ...removal });
  expect([await range('asked'), await range('other')]).toEqual([
    [4, 10],
    [0, 10],
  ]);
  clock.advance(29_999);
  expect(lines).toHaveLength(1);
  expect(await totals()).toEqual({ delete_records: [4, 3 * BATCH_BYTES] });
});

test('retention by time and by size account for what went, and say which of the two it was', async () => {
  await start();
  await createTopic('time', { 'internal.segment.bytes': '1000', 'retention.ms': String(HOUR_MS) });
  await createTopic('size', { 'internal.segment.bytes': '1000', 'retention.bytes': '1500' });
  // A segment goes by its newest record: the second one keeps what is old in it.
  await write('time', [...ages(3, 2 * HOUR_MS), 2 * HOUR_MS, 0, 0, ...ages(3, 0)]);
  await write('size', ages(10, 0));
  await deleteRecords('size', 1n);
  await linesOf('records.removed', 1);
  lines = [];
  clock.advance(30_000);
  expect(lines).toEqual([
    {
      ...{ level: 'info', event: 'records.removed', topic: 'time', partition: 0, cause: 'retention_time' },
      ...{ from: 0, to: 3, records: 3, bytes: 3 * BATCH_BYTES },
    },
    {
      // Of its three oldest records one was gone before.
      ...{ level: 'info', event: 'records.removed', topic: 'size', partition: 0, cause: 'retention_size' },
      ...{ from: 1, to: 3, records: 2, bytes: 3 * BATCH_BYTES },
    },
  ]);
  expect(await totals()).toEqual({
    delete_records: [1, 0],
    retention_time: [3, 3 * BATCH_BYTES],
    retention_size: [2, 3 * BATCH_BYTES],
  });
  const starts = (await list()).topics.map(({ name, logStartOffset }) => [name, Number(logStartOffset)]);
  expect(starts).toEqual([
    ['size', 3],
    ['time', 3],
  ]);
});

test('retention.bytes of 0 keeps nothing, as in Kafka', async () => {
  await start();
  await createTopic('t', { 'retention.bytes': '0' });
  await write('t', [0, 0]);
  clock.advance(30_000);
  expect(await range('t')).toEqual([2, 2]);
  expect(lines.filter(({ event }) => event === 'records.removed')).toEqual([
    {
      ...{ level: 'info', event: 'records.removed', topic: 't', partition: 0, cause: 'retention_size' },
      ...{ from: 0, to: 2, records: 2, bytes: 2 * BATCH_BYTES },
    },
  ]);
});

test('compaction accounts for the records that it dropped; what is compacted and deleted is both by the cleaner’s clock', async () => {
  await start();
  await createTopic('compacted', {
    ...{ 'cleanup.policy': 'compact', 'internal.segment.bytes': '1000', 'min.cleanable.dirty.ratio': '0' },
  });
  await createTopic('both', { 'cleanup.policy': 'compact,delete', 'retention.ms': '1000' });
  await write('compacted', ages(7, 0), true);
  await write('both', [HOUR_MS], true);
  clock.advance(15_000);
  const removed = await linesOf('records.removed', 2);
  // Offsets 0 to 5 lie in closed segments and have one key: the newest of them stays.
  expect(removed).toEqual([
    {
      ...{ level: 'info', event: 'records.removed', topic: 'compacted', partition: 0, cause: 'compaction' },
      ...{ from: 0, to: 6, records: 5, bytes: 5 * KEYED_BATCH_BYTES },
    },
    {
      ...{ level: 'info', event: 'records.removed', topic: 'both', partition: 0, cause: 'retention_time' },
      ...{ from: 0, to: 1, records: 1, bytes: KEYED_BATCH_BYTES },
    },
  ]);
  expect(await range('compacted')).toEqual([0, 7]);
  expect(await totals()).toEqual({ compaction: [5, 5 * KEYED_BATCH_BYTES], retention_time: [1, KEYED_BATCH_BYTES] });
  // What compaction left counts as what it is, not as its offsets.
  await call<rpc.TopicResponse>((done) => client.deleteTopic({ name: 'compacted' }, done));
  const [, , deletion] = await linesOf('records.removed', 3);
  expect(deletion).toMatchObject({ topic: 'compacted', cause: 'topic_deletion', from: 0, to: 7, records: 2 });
});

test('a topic that is deleted accounts for each partition that held records', async () => {
  await start();
  await createTopic('t', {}, 3);
  for (const partition of [0, 2]) {
    const publisher = new Publisher(client, 't', partition);
    await publisher.hello();
    await publisher.append(makeBatch({ timestampMs: clock.nowMs(), records: [{ value: Buffer.alloc(190) }] }));
    publisher.stream.end();
  }
  await call<rpc.TopicResponse>((done) => client.deleteTopic({ name: 't' }, done));
  const removal = { level: 'info', event: 'records.removed', topic: 't', cause: 'topic_deletion' };
  expect(lines.filter(({ event }) => event === 'records.removed')).toEqual(
    [0, 2].map((partition) => ({ ...removal, partition, from: 0, to: 1, records: 1, bytes: BATCH_BYTES })),
  );
  expect(await totals()).toEqual({ topic_deletion: [2, 2 * BATCH_BYTES] });
});

test('a topic that receives records which retention removes at once is named, once an hour', async () => {
  await start({ initialTaskDelayMs: 10 * HOUR_MS });
  const retentionMs = 7 * 24 * HOUR_MS;
  await createTopic('old');
  await createTopic('kept', { 'retention.ms': '-1' });
  await createTopic('compacted', { 'cleanup.policy': 'compact' });
  await createTopic('stamped', { 'message.timestamp.type': 'LogAppendTime' });
  const warnings = () => lines.filter(({ event }) => event === 'records.expired_on_arrival');
  const tooOld = retentionMs + 1;
  const newestMs = clock.nowMs() - tooOld;
  for (const topic of ['kept', 'compacted', 'stamped', 'old']) await write(topic, [tooOld + 1, tooOld], true);
  const warning = {
    ...{ level: 'warn', event: 'records.expired_on_arrival', topic: 'old', partition: 0 },
    ...{ newest_timestamp: new Date(newestMs - 1).toISOString(), newest_timestamp_ms: newestMs - 1 },
    'retention.ms': retentionMs,
  };
  expect(warnings()).toEqual([warning]);
  clock.advance(HOUR_MS - 1);
  await write('old', [tooOld]);
  expect(warnings()).toHaveLength(1);
  clock.advance(1);
  await write('old', [tooOld]);
  expect(warnings()).toHaveLength(2);
  // A segment with a newer record stays, and what is old in it.
  clock.advance(HOUR_MS);
  await write('old', [0]);
  await write('old', [tooOld]);
  expect(warnings()).toHaveLength(2);
});
