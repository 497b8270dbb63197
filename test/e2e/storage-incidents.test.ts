/**
 * Goal: what storage, groups and receivers do wrong is told once, with its evidence, and ends with its cause. Method: whole gateways over a
 * scripted SeaweedMQ whose filer fails, and over a node whose disk a test holds; clients at the Kafka port; a receiver that refuses.
 */
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import { startNode } from '../../src/node/start';
import { ErrorCode } from '../../src/protocol/error-code';
import { MemoryDisk } from '../node/memory-disk';
import { GroupMember } from '../support/group-member';
import { startScriptedSeaweedMQ } from '../support/scripted-seaweedmq';
import { freePorts } from '../support/weed';
import { startTold } from './incidents';
import { pause } from './load';
import { batchOf, get } from './support';

const TOPIC = 'orders';
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** In memory, for a node that listens at a port that does not change. */
async function nodeDisk() {
  const disk = new MemoryDisk();
  const dataDirectory = mkdtempSync(join(tmpdir(), 'seaglass-incidents-'));
  closing.push(() => rmSync(dataDirectory, { recursive: true, force: true }));
  disk.makeDirectory(dataDirectory);
  const [port = 0] = await freePorts(1);
  return { disk, dataDirectory, tcp: `127.0.0.1:${port}` };
}

/** Commits that go on until the filer takes them again; how many it refused. */
async function refusedCommits(member: GroupMember, isMended: () => boolean): Promise<number> {
  let refused = 0;
  let code: number = ErrorCode.NONE;
  for (let offset = 2; code !== ErrorCode.NONE || !isMended(); offset++) {
    code = await member.commit(TOPIC, offset);
    if (code !== ErrorCode.NONE) refused += 1;
    await pause(100);
  }
  return refused;
}

test('a filer that answers errors is failing, as one that is silent, until it serves again', async () => {
  const mq = await startScriptedSeaweedMQ();
  closing.push(() => mq.stop());
  const flags = { engine: 'seaweedmq', brokers: mq.address, filer: mq.filer };
  const { gateway, told } = await startTold(flags, { topic: TOPIC, closing });
  const member = new GroupMember(await gateway.client('committer'), 'audit');
  expect(await member.commit(TOPIC, 1)).toBe(ErrorCode.NONE);

  mq.switches.filer = { fail: { code: status.UNKNOWN, message: 'the store is read-only' } };
  const commits = refusedCommits(member, () => mq.switches.filer === 'normal');
  await told.opened('filer_failing');
  await told.saying(
    'filer_failing',
    /^OffsetCommit orders-0@\d+ \(client committer, group audit\) waits [\d.]+ s in filer\.call: filer 127\.0\.0\.1:\d+ answers errors: the last \d+ calls of \w+ failed in [\d.]+ s: .*the store is read-only; commits .*are told COORDINATOR_NOT_AVAILABLE/,
  );
  const ready = await get(`${gateway.console}/readyz`);
  expect([ready.status, ready.text]).toEqual([503, expect.stringContaining('the store is read-only')]);
  mq.switches.filer = 'normal';
  const refused = await commits;
  expect(refused).toBeGreaterThan(2);
  expect((await told.ended('filer_failing')).failedRequests).toBe(refused);
  expect(told.lines('filer.opened')).toHaveLength(1);
  expect(told.sentences('engine_silent')).toEqual([]);
}, 180_000);

const LOADS_NO_GROUP = /^JoinGroup \(client billing-svc, group billing\) waits [\d.]+ s in group\.load: /;

/** Joins again and again, as clients do, until it is let in. */
async function joins(member: GroupMember): Promise<void> {
  while ((await member.join()).errorCode !== ErrorCode.NONE) await pause(100);
}

test.each([
  ['is silent', 'never', 'accepts connections and has answered nothing for '],
  ['answers errors', { fail: { code: status.UNKNOWN, message: 'the store is gone' } }, 'answers errors: the last '],
] as const)(
  'groups that cannot be loaded, as the filer %s, are told by one that is hurt',
  async (_, filer, evidence) => {
    const mq = await startScriptedSeaweedMQ({ filerApart: true });
    closing.push(() => mq.stop());
    mq.switches.filer = filer;
    const { gateway, told } = await startTold(
      { engine: 'seaweedmq', brokers: mq.address, filer: mq.filer },
      { closing },
    );
    const joining = joins(new GroupMember(await gateway.client('billing-svc'), 'billing'));
    const { sentence } = await told.saying('filer_failing', LOADS_NO_GROUP);
    expect(sentence).toMatch(new RegExp(`: filer 127\\.0\\.0\\.1:\\d+ ${evidence}`));
    mq.switches.filer = 'normal';
    await joining;
    await told.ended('filer_failing');
    expect(told.sentences('engine_silent')).toEqual([]);
  },
  60_000,
);

test('groups that a silent node does not load are told by one that is hurt', async () => {
  const accepted: Socket[] = [];
  const silent = createTcpServer((socket) => void accepted.push(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    silent.close();
    for (const socket of accepted) socket.destroy();
  });
  const address = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const { gateway, told } = await startTold({ 'node.connect': address }, { closing });
  const ended = joins(new GroupMember(await gateway.client('billing-svc'), 'billing')).catch(() => undefined);
  const { sentence } = await told.saying('engine_silent', LOADS_NO_GROUP);
  expect(sentence).toContain(`: node ${address} accepts connections and has answered nothing for `);
  await gateway.close();
  await ended;
}, 60_000);

test('the filer of a node is told in the same words when its disk refuses entries', async () => {
  const { disk, dataDirectory, tcp } = await nodeDisk();
  const node = await startNode({ dataDirectory, tcp }, { disk });
  closing.push(() => node.close());
  const { gateway, told } = await startTold({ 'node.connect': tcp }, { topic: TOPIC, closing });
  const member = new GroupMember(await gateway.client('committer'), 'audit');
  expect(await member.commit(TOPIC, 1)).toBe(ErrorCode.NONE);

  disk.readOnly = true;
  const commits = refusedCommits(member, () => !disk.readOnly);
  const opened = await told.opened('filer_failing', tcp);
  expect(opened.sentence).toMatch(
    /^filer 127\.0\.0\.1:\d+ answers errors: the last \d+ calls of CreateEntry failed in [\d.]+ s: .*cannot append to .*journal.*EROFS.*; commits .*are told COORDINATOR_NOT_AVAILABLE/,
  );
  expect((await get(`${gateway.console}/readyz`)).text).toContain('EROFS');
  disk.readOnly = false;
  await commits;
  expect((await told.ended('filer_failing', tcp)).failedRequests).toBeGreaterThan(0);
  expect(told.lines('filer.opened')).toHaveLength(1);
  expect([...told.sentences('engine_silent'), ...told.sentences('disk_failing')]).toEqual([]);
}, 60_000);

/** Takes spans, metrics and logs and refuses them all. */
async function startRefusingReceiver(): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(400).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('a disk that refuses, a damaged range, a group that rebalances again and again, and a receiver that refuses', async () => {
  const { disk, dataDirectory, tcp } = await nodeDisk();
  let node = await startNode({ dataDirectory, tcp }, { disk });
  closing.push(() => node.close());
  const environment = {
    OTEL_EXPORTER_OTLP_ENDPOINT: await startRefusingReceiver(),
    OTEL_BSP_SCHEDULE_DELAY: '200',
    SEAGLASS_TRACE: 'all',
  };
  const { gateway, told } = await startTold({ 'node.connect': tcp }, { topic: TOPIC, closing, environment });
  const client = await gateway.client('billing');
  for (const value of ['a marker', 'one', 'two'])
    expect((await client.produce(TOPIC, batchOf(value))).errorCode).toBe(ErrorCode.NONE);

  const refused = await told.opened('telemetry_not_exported', 'traces');
  expect(refused.sentence).toMatch(/^traces are not received: /);
  expect(refused.holdsUntilMs).toBeGreaterThan(refused.sinceMs);

  disk.readOnly = true;
  expect((await client.produce(TOPIC, batchOf('three'))).errorCode).toBe(ErrorCode.KAFKA_STORAGE_ERROR);
  const failing = await told.opened('disk_failing', tcp);
  expect(failing.sentence).toMatch(/^disk 127\.0\.0\.1:\d+ refused: .*EROFS/);
  expect((await get(`${gateway.console}/readyz`)).status).toBe(503);
  // Nobody appends any more: it lasts as long as the disk refuses, and is over when the node's own write is taken.
  expect(failing.holdsUntilMs).toBeUndefined();
  disk.readOnly = false;
  expect((await told.ended('disk_failing', tcp)).evidence).toBe('takes records again');
  expect((await client.produce(TOPIC, batchOf('three'))).errorCode).toBe(ErrorCode.NONE);

  const stays = new GroupMember(await gateway.client('steady'), 'sink');
  await stays.enter();
  await stays.sync();
  /** Until its heartbeat tells it to, then joins anew. */
  const rejoined = async (): Promise<void> => {
    while ((await stays.heartbeat()) === ErrorCode.NONE) await pause(10);
    await stays.join();
  };
  for (let times = 0; times < 8; times++) {
    const restless = new GroupMember(await gateway.client('restless'), 'sink');
    const entered = restless.enter();
    await rejoined();
    await entered;
    await restless.leave();
    await rejoined();
    await stays.sync();
  }
  const storm = await told.opened('rebalance_storm', 'sink');
  expect(storm.evidence).toMatch(/^rebalanced \d+ times within five minutes with \d+ members?$/);
  expect(told.lines('group.rebalance_storm.opened')).toHaveLength(1);

  // Found by the recovery of the next start.
  await node.close();
  const [file = ''] = disk.named('.log').filter((name) => disk.content(name).includes('a marker'));
  const content = disk.content(file);
  const whole = Buffer.from(content);
  content.fill(9, content.indexOf('a marker'), content.indexOf('a marker') + 4);
  disk.put(file, content);
  node = await startNode({ dataDirectory, tcp }, { disk });
  let code: number = ErrorCode.NONE;
  const deadline = performance.now() + 30_000;
  while (code !== ErrorCode.KAFKA_STORAGE_ERROR && performance.now() < deadline)
    code = (await client.fetch(TOPIC, 0, { maxWaitMs: 500 })).partition.errorCode;
  const damaged = await told.opened('damaged_range', `${TOPIC}-0`);
  expect(damaged.evidence).toMatch(
    /^cannot be read: .*offsets 0 to 0 of orders-0 are damaged.*; they were produced by billing \(trace [0-9a-f]{32}\)$/,
  );
  expect(damaged.holdsUntilMs).toBeGreaterThan(damaged.sinceMs);
  // Other records are served, and no other gateway would serve these.
  const degraded = await get(`${gateway.console}/readyz`);
  expect([degraded.status, degraded.text]).toEqual([
    200,
    expect.stringMatching(/^ready\ndegraded: partition orders-0 /),
  ]);

  // In place, as a copy is put back under a node that runs.
  whole.copy(disk.content(file));
  while ((await client.fetch(TOPIC, 0, { maxWaitMs: 500 })).records.length === 0)
    expect(performance.now()).toBeLessThan(deadline);
  expect((await told.ended('damaged_range', `${TOPIC}-0`)).evidence).toBe('can be read again');
}, 120_000);
