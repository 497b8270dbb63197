/**
 * Goal: waits and answers that are a trouble of their own are told once, with who is hurt, and end with their cause. Method: a whole
 * gateway over scripted engines that withhold, contradict themselves or ack nothing; clients that do not read, or ask one offset again.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startNode } from '../../src/node/start';
import { ErrorCode } from '../../src/protocol/error-code';
import { MemoryDisk } from '../node/memory-disk';
import { GroupMember } from '../support/group-member';
import { PRODUCE, produceRequest } from '../support/kafka-client';
import { startScriptedRecordLog } from '../support/scripted-record-log';
import { startScriptedSeaweedMQ } from '../support/scripted-seaweedmq';
import { post } from '../drills/support';
import { startTold } from './incidents';
import { awaitTopic, batchOf, get, samples } from './support';

const TOPIC = 'orders';
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function temporary(): string {
  const directory = mkdtempSync(join(tmpdir(), 'seaglass-incidents-'));
  closing.push(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

const gatewayTo = (flags: Readonly<Record<string, string>>) => startTold(flags, { topic: TOPIC, closing });

test('an engine that has records and sends none; a client that does not read its answer; one that asks one offset again and again', async () => {
  const log = await startScriptedRecordLog();
  closing.push(() => log.stop());
  const { gateway, told } = await gatewayTo({ 'node.connect': log.address });
  const client = await gateway.client('reader');
  await client.produce(TOPIC, batchOf('zero'));

  log.switches.records = false;
  const { records } = await client.fetch(TOPIC, 0, { maxWaitMs: 60_000 });
  expect(records.byteLength).toBeGreaterThan(0);
  const withheld = await told.opened('engine_withholds_data', `${TOPIC}-0`);
  expect(withheld.sentence).toMatch(
    /^Fetch orders-0@0 \(client reader\) waited [\d.]+ s in stream\.recv: partition orders-0 has records that no stream brings: .*sent none for \d+ ms, and a read brought them \(1 client\); fetches there are answered late or told NOT_LEADER_OR_FOLLOWER, never empty\. Restart the node, or the gateway where/,
  );
  expect((await get(`${gateway.console}/readyz`)).text.split('\n')).toContain(`degraded: ${withheld.sentence}`);
  log.switches.records = true;

  for (let times = 0; times < 6; times++) await client.fetch(TOPIC, 0);
  const repeated = await told.opened('offset_repeated', 'reader');
  expect(repeated.evidence).toBe('asks offset 0 of orders-0 again and again and is given its record each time');

  // More than the buffers of both sockets hold.
  const value = Buffer.alloc(16 * 1024 * 1024, 1);
  log.append(batchOf(value), { records: 1, nulls: 0, empties: 0, controls: 0, valueBytes: BigInt(value.byteLength) });
  const deaf = await gateway.client('deaf');
  deaf.socket.pause();
  const answer = deaf.fetch(TOPIC, 1, { maxBytes: 50 * 1024 * 1024, partitionMaxBytes: 50 * 1024 * 1024 });
  const unread = await told.opened('client_not_reading', 'deaf');
  expect(unread.sentence).toMatch(
    /^Fetch \S*\s?\(client deaf\) waits [\d.]+ s in response\.write: client deaf has taken nothing of an answer for [\d.]+ s: \d{7,} bytes are unread; only this client waits\./,
  );
  deaf.socket.resume();
  await answer;
  await told.ended('client_not_reading', 'deaf');
  expect(told.lines('socket.not_read.opened')).toHaveLength(1);
}, 180_000);

test('an engine that has records and whose reads bring none: who was told an error is named and counted', async () => {
  const mq = await startScriptedSeaweedMQ();
  closing.push(() => mq.stop());
  const { gateway, told } = await gatewayTo({
    engine: 'seaweedmq',
    brokers: mq.address,
    filer: mq.filer,
    'drills.enabled': 'true',
  });
  // One is told when the read's time is over, the other when it is over itself.
  const readers = [
    { client: await gateway.client('reader'), maxWaitMs: 60_000 },
    { client: await gateway.client('auditor'), maxWaitMs: 500 },
  ];
  await (await gateway.client('writer')).produce(TOPIC, batchOf('zero'));

  await post(gateway.console, { do: 'start', drill: 'hang-recv', topic: TOPIC, forMs: 120_000 });
  let refused = 0;
  let isTold = false;
  const reading = readers.map(async ({ client, maxWaitMs }) => {
    while (!isTold) {
      const { partition } = await client.fetch(TOPIC, 0, { maxWaitMs });
      if (partition.errorCode === ErrorCode.NOT_LEADER_OR_FOLLOWER) refused += 1;
    }
  });
  const withheld = await told.opened('engine_withholds_data', `${TOPIC}-0`).finally(() => (isTold = true));
  await Promise.all(reading);
  expect(withheld.sentence).toMatch(
    /^Fetch orders-0@0 \(client (reader|auditor)\) (waits|waited) [\d.]+ s in stateless\.read: partition orders-0 has records from offset 0 on, .* brought nothing in [\d.]+ s \(\d clients?\); fetches there are answered late or told NOT_LEADER_OR_FOLLOWER, never empty\. Restart the broker that leads the partition;/,
  );
  expect(withheld.traceIds.length).toBeGreaterThan(0);
  const ready = await get(`${gateway.console}/readyz`);
  expect(ready.status).toBe(200);
  expect(ready.text).toMatch(/^ready\ndegraded: Fetch orders-0@0 .* partition orders-0 has records from offset 0 on, /);
  await post(gateway.console, { do: 'stop', drill: 'hang-recv' });
  await readers[0]?.client.fetch(TOPIC, 0);
  const over = await told.ended('engine_withholds_data', `${TOPIC}-0`);
  expect(refused).toBeGreaterThan(0);
  expect(over.failedRequests).toBe(refused);
}, 180_000);

test('a broker that acks no append, and one that contradicts itself', async () => {
  const mq = await startScriptedSeaweedMQ();
  closing.push(() => mq.stop());
  const { gateway, told } = await gatewayTo({ engine: 'seaweedmq', brokers: mq.address, filer: mq.filer });
  const client = await gateway.client('billing');
  await client.produce(TOPIC, batchOf('zero', 'one', 'two'));

  mq.switches.publishAck = 'never';
  const sent = client.produce(TOPIC, batchOf('three'), { timeoutMs: 6_000 });
  const opened = await told.opened('publisher_not_acked', mq.address);
  expect(opened.sentence).toMatch(
    /^Produce orders-0 \(client billing\) waits [\d.]+ s in publish\.ack: 127\.0\.0\.1:\d+ has acked nothing of 1 append for [\d.]+ s;/,
  );
  expect((await sent).errorCode).toBe(ErrorCode.REQUEST_TIMED_OUT);
  mq.switches.publishAck = 'normal';
  expect((await client.produce(TOPIC, batchOf('four'))).errorCode).toBe(ErrorCode.NONE);
  const acked = await told.ended('publisher_not_acked', mq.address);
  expect([acked.failedRequests, acked.evidence]).toEqual([1, 'acks again']);

  // Of producers that wait less than an append takes to count as late.
  mq.switches.publishAck = 'never';
  let isTold = false;
  const impatient = async () => {
    while (!isTold) await client.produce(TOPIC, batchOf('five'), { timeoutMs: 500 });
  };
  const trying = impatient();
  const again = await told.opened('publisher_not_acked', mq.address).finally(() => (isTold = true));
  expect(again.sentence).toMatch(
    /^Produce orders-0 \(client billing\): 127\.0\.0\.1:\d+ has acked nothing of what was sent to orders-0 for [\d.]+ s;/,
  );
  await trying;
  mq.switches.publishAck = 'normal';
  // The last of them may have left a stream that is given up meanwhile.
  let sixth = await client.produce(TOPIC, batchOf('six'));
  while (sixth.errorCode !== ErrorCode.NONE) sixth = await client.produce(TOPIC, batchOf('six'));
  await told.ended('publisher_not_acked', mq.address);

  mq.switches.fetchShift = 1;
  mq.switches.unflushed = 'never';
  const reader = await gateway.client('reader');
  const { partition } = await reader.fetch(TOPIC, 0, { maxWaitMs: 1_000 });
  const contradicts = await told.opened('engine_contradicts_itself', `${TOPIC}-0`);
  expect(contradicts.sentence).toMatch(
    /^Fetch orders-0@0 \(client reader\): partition orders-0 was read at other offsets than were asked for \(stateless_read, \d+ times?, (last )?at offset 0\)/,
  );
  expect(contradicts.traceIds.length).toBeGreaterThan(0);
  expect([partition.errorCode, contradicts.failedRequests]).toEqual([ErrorCode.NOT_LEADER_OR_FOLLOWER, 1]);
  const counted = samples((await get(`${gateway.console}/metrics`)).text, 'seaglass_engine_contradictions_total');
  expect(counted.get(`topic="${TOPIC}",kind="stateless_read"`)).toBeGreaterThan(0);
}, 180_000);

test('a full disk is told by /readyz until it takes records again; a rebalance that waits for a ghost', async () => {
  const disk = new MemoryDisk();
  const dataDirectory = temporary();
  disk.makeDirectory(dataDirectory);
  const node = await startNode({ dataDirectory, tcp: '127.0.0.1:0' }, { disk });
  closing.push(() => node.close());
  const { gateway, told } = await gatewayTo({ 'node.connect': node.address });
  const client = await gateway.client('billing');
  expect((await client.produce(TOPIC, batchOf('zero'))).errorCode).toBe(ErrorCode.NONE);
  await awaitTopic(client, 'others');
  const before = new GroupMember(await gateway.client('connect'), 'sink');
  await before.join();

  disk.capacityBytes = disk.usedBytes() + 1_000;
  const large = batchOf(Buffer.alloc(100_000, 1));
  // One request, of two partitions.
  const [one, other] = [produceRequest(TOPIC, large), produceRequest('others', large)];
  const both = { ...one, topicData: [...one.topicData, ...other.topicData] };
  const { responses } = await client.call(PRODUCE, both, 12);
  expect(responses.flatMap(({ partitionResponses }) => partitionResponses).map(({ errorCode }) => errorCode)).toEqual([
    ErrorCode.KAFKA_STORAGE_ERROR,
    ErrorCode.KAFKA_STORAGE_ERROR,
  ]);
  const full = await told.opened('disk_full', node.address);
  const ready = await get(`${gateway.console}/readyz`);
  expect([ready.status, ready.text.trim()]).toEqual([503, full.sentence]);
  // What is small still finds room: that makes the disk no less full.
  expect((await client.produce(TOPIC, batchOf('one'))).errorCode).toBe(ErrorCode.NONE);
  expect((await get(`${gateway.console}/readyz`)).status).toBe(503);
  disk.capacityBytes = Infinity;
  expect((await client.produce(TOPIC, large)).errorCode).toBe(ErrorCode.NONE);
  expect((await get(`${gateway.console}/readyz`)).status).toBe(200);
  expect((await told.ended('disk_full', node.address)).failedRequests).toBe(1);

  const anew = new GroupMember(await gateway.client('connect'), 'sink');
  const joining = anew.join();
  const ghost = await told.opened('ghost_member', 'sink');
  expect(ghost.evidence).toMatch(/^waits for [\d.]+ s for an old member of client connect, which has joined anew/);
  await Promise.all([joining, before.leave()]);
  await told.ended('ghost_member', 'sink');
  expect(told.sentences('disk_full')).toHaveLength(1);
}, 180_000);

test('a group that stands still, and one that reads and commits nothing', async () => {
  const { gateway, told } = await gatewayTo({ data: temporary(), 'groups.stuck-after-ms': '3000' });
  const writer = await gateway.client('writer');
  for (const value of ['zero', 'one', 'two'])
    expect((await writer.produce(TOPIC, batchOf(value))).errorCode).toBe(ErrorCode.NONE);
  /** A member with a connection of its own, by which the gateway knows whose fetches these are. */
  const member = async (group: string) => {
    const client = await gateway.client(`${group}-svc`);
    // Neither beats; both stay for as long as a busy machine takes.
    const joined = new GroupMember(client, group, { sessionTimeoutMs: 300_000 });
    await joined.enter();
    await joined.sync();
    return { client, joined };
  };
  const billing = await member('billing');
  expect(await billing.joined.commit(TOPIC, 1)).toBe(ErrorCode.NONE);
  const audit = await member('audit');
  const read = async (isOver: () => boolean) => {
    while (!isOver()) await audit.client.fetch(TOPIC, 0);
  };
  let isTold = false;
  const reading = read(() => isTold);
  const [stuck, never] = await Promise.all([
    told.opened('group_stuck', 'billing'),
    told.opened('group_never_commits', 'audit'),
  ]).finally(() => (isTold = true));
  await reading;
  expect(stuck.sentence).toMatch(
    /^group billing has 1 members and has not moved from orders-0@1 for \d+ s, where 2 records wait; its lag grows\. /,
  );
  expect(never.sentence).toMatch(
    /^group audit was given \d+ records in \d+ s and has committed nothing; after a restart /,
  );
  expect(await billing.joined.commit(TOPIC, 3)).toBe(ErrorCode.NONE);
  expect(await audit.joined.commit(TOPIC, 3)).toBe(ErrorCode.NONE);
  await told.ended('group_stuck', 'billing');
  await told.ended('group_never_commits', 'audit');
  expect(told.lines('group.stuck.opened')).toHaveLength(1);
  expect(told.lines('group.never_commits.opened')).toHaveLength(1);
}, 120_000);
