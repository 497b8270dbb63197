/**
 * Goal: nothing that a client wrote goes without being told, and nothing goes before its time. Method: the real program under a raw client,
 * its log lines and /metrics: on a node of its own with short intervals and with the defaults, on a node that runs apart, and over a
 * scripted SeaweedMQ.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeBatch } from '../../src/protocol/encode-batch';
import { ErrorCode } from '../../src/protocol/error-code';
import { REMOVAL_CAUSES, type RemovalCause } from '../../src/telemetry/metrics/removal';
import { startGatewayProcess, startMain, type GatewayProcess } from '../support/gateway-process';
import { KafkaClient } from '../support/kafka-client';
import { startScriptedSeaweedMQ } from '../support/scripted-seaweedmq';
import { awaitMetrics, lineOf, removalsOnSeaweedMq } from './removals';
import { awaitTopic, createTopic, deleteRecords, deleteTopic, get, samples } from './support';

const OLD_MS = Date.UTC(2023, 0, 1);
const WEEK_MS = 7 * 24 * 3_600_000;
const TIMEOUT_MS = 180_000;

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
}, TIMEOUT_MS);

async function start(...flags: string[]): Promise<{ gateway: GatewayProcess; client: KafkaClient }> {
  const gateway = await startGatewayProcess({ flags });
  closing.push(() => gateway.stop());
  const client = await KafkaClient.connect(Number(gateway.bootstrap.split(':')[1]));
  closing.push(() => client.close());
  return { gateway, client };
}

/** One batch for each record; where segment.ms is 1,000, three to a segment. */
async function write(client: KafkaClient, topic: string, count: number, firstMs = Date.now()): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    const timestamp = firstMs + index * 400;
    const batch = encodeBatch([{ timestamp, key: Buffer.from('key'), value: Buffer.alloc(190) }]);
    expect((await client.produce(topic, batch)).errorCode).toBe(ErrorCode.NONE);
  }
}

/** Seven records of one key and about 265 bytes. */
const RECORDS = 7;
const CASES: Record<RemovalCause, { configs: Record<string, string>; removed: number; logStart?: number }> = {
  retention_time: { configs: { 'retention.ms': '1000' }, removed: 7, logStart: 7 },
  retention_size: { configs: { 'retention.bytes': '1000' }, removed: 3, logStart: 3 },
  delete_records: { configs: {}, removed: 5, logStart: 5 },
  // Of the six in closed segments the newest stays.
  compaction: { configs: { 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '0' }, removed: 5 },
  topic_deletion: { configs: {}, removed: 7 },
};

test(
  'each cause writes its line, is counted from 0, and moves the log start',
  async () => {
    const often = ['--node-initial-task-delay-ms', '0', '--node-retention-check-interval-ms', '20'];
    const { gateway, client } = await start(...often, '--node-cleaner-backoff-ms', '20');
    const born = (await get(`${gateway.console}/metrics`)).text;
    for (const name of ['seaglass_records_removed_total', 'seaglass_removed_bytes_total']) {
      expect(samples(born, name)).toEqual(new Map(REMOVAL_CAUSES.map((cause) => [`cause="${cause}"`, 0])));
    }
    // Each topic has the name of what takes its records.
    for (const cause of REMOVAL_CAUSES) {
      const configs = { 'segment.ms': '1000', ...CASES[cause].configs };
      expect(await createTopic(client, cause, configs)).toBe(ErrorCode.NONE);
      await write(client, cause, RECORDS, cause === 'retention_time' ? OLD_MS : Date.now());
    }
    expect(await deleteRecords(client, { topic: 'delete_records', partition: 0, before: 5 })).toMatchObject({
      errorCode: 0,
    });
    expect(await deleteTopic(client, 'topic_deletion')).toBe(ErrorCode.NONE);
    for (const cause of REMOVAL_CAUSES) {
      const line = await lineOf(gateway.child, 'records.removed', { topic: cause, cause });
      expect(line).toMatchObject({ level: 'info', partition: 0 });
      for (const key of ['from', 'to', 'records', 'bytes']) expect([key, line[key]]).toEqual([key, expect.any(Number)]);
    }
    await awaitMetrics(gateway.console, (value) =>
      Object.entries(CASES).every(
        ([cause, { removed, logStart }]) =>
          value('seaglass_records_removed_total', `cause="${cause}"`) === removed &&
          value('seaglass_log_start_offset', `topic="${cause}"`) === logStart,
      ),
    );
    const { text } = await get(`${gateway.console}/metrics`);
    for (const cause of REMOVAL_CAUSES) {
      expect([cause, samples(text, 'seaglass_removed_bytes_total').get(`cause="${cause}"`)]).not.toEqual([cause, 0]);
    }
  },
  TIMEOUT_MS,
);

test(
  'with the defaults, old records are warned of, stay for now, and outlive a DeleteRecords on another topic',
  async () => {
    // The first look at what may go is put off, for a loaded machine.
    const { gateway, client } = await start('--node-initial-task-delay-ms', '600000');
    for (const topic of ['old', 'other']) expect(await createTopic(client, topic, {})).toBe(ErrorCode.NONE);
    await write(client, 'old', 2, OLD_MS);
    await write(client, 'other', 3);
    const warning = await lineOf(gateway.child, 'records.expired_on_arrival', { topic: 'old' });
    expect(warning).toEqual({
      ...{ level: 'warn', topic: 'old', partition: 0, 'retention.ms': WEEK_MS },
      ...{ newest_timestamp: '2023-01-01T00:00:00.000Z', newest_timestamp_ms: OLD_MS },
    });
    expect(await deleteRecords(client, { topic: 'other', partition: 0, before: 2 })).toMatchObject({ errorCode: 0 });
    const line = await lineOf(gateway.child, 'records.removed', { cause: 'delete_records' });
    expect(line).toMatchObject({ topic: 'other', from: 0, to: 2, records: 2, bytes: 0 });
    const { partition, records } = await client.fetch('old', 0);
    expect([partition.logStartOffset, partition.highWatermark]).toEqual([0, 2]);
    expect(records.length).toBeGreaterThan(0);
    expect(gateway.child.output()).not.toMatch(/records\.removed.*"old"|"old".*records\.removed/);
    expect(gateway.child.output().match(/records\.expired_on_arrival/g)).toHaveLength(1);
  },
  TIMEOUT_MS,
);

test(
  'a node that runs apart keeps its own intervals and log; its gateways count what it removes',
  async () => {
    const data = mkdtempSync(join(tmpdir(), 'seaglass-e2e-'));
    closing.push(() => rmSync(data, { recursive: true, force: true }));
    const often = ['--node-initial-task-delay-ms', '0', '--node-retention-check-interval-ms', '20'];
    const node = startMain(['node', '--data', data, ...often]);
    closing.push(() => node.stop());
    const [, address] = await node.printed(/^ +address +(\S+)$/m);
    const { gateway, client } = await start('--node-connect', address ?? '', '--topics-age-ms-max', '0');
    expect(await createTopic(client, 'old', { 'retention.ms': '1000' })).toBe(ErrorCode.NONE);
    await awaitTopic(client, 'old');
    await write(client, 'old', 2, OLD_MS);
    const line = await lineOf(node, 'records.removed', { topic: 'old', cause: 'retention_time' });
    expect(line).toMatchObject({ level: 'info', partition: 0, from: 0 });
    expect(await lineOf(node, 'records.expired_on_arrival', { topic: 'old' })).toMatchObject({ 'retention.ms': 1000 });
    // The gateway learns of it with the list of topics that it answers clients from.
    await awaitMetrics(
      gateway.console,
      (value) =>
        value('seaglass_records_removed_total', 'cause="retention_time"') === 2 &&
        value('seaglass_log_start_offset', 'topic="old"') === 2,
      () => awaitTopic(client, 'old'),
    );
  },
  TIMEOUT_MS,
);

test(
  'on SeaweedMQ the gateway accounts for DeleteRecords and for deleted topics, and deletes where the broker does not say what they hold',
  async () => {
    const mq = await startScriptedSeaweedMQ();
    closing.push(() => mq.stop());
    const { gateway, client } = await start('--engine', 'seaweedmq', '--brokers', mq.address, '--filer', mq.filer);
    expect(await createTopic(client, 'told', {})).toBe(ErrorCode.NONE);
    await write(client, 'told', 3);
    await removalsOnSeaweedMq(gateway, client, 'told');
    // As many questions without an answer as would open a breaker.
    expect(await createTopic(client, 'untold', {}, 8)).toBe(ErrorCode.NONE);
    mq.switches.range = 'never';
    expect(await deleteTopic(client, 'untold')).toBe(ErrorCode.NONE);
    const line = await lineOf(gateway.child, 'records.removed', { topic: 'untold' });
    expect(line).toEqual({ level: 'info', topic: 'untold', partition: 0, cause: 'topic_deletion' });
    mq.switches.range = 'normal';
    expect(await createTopic(client, 'next', {})).toBe(ErrorCode.NONE);
  },
  TIMEOUT_MS,
);
