/**
 * Goal: a trouble with an engine target is told once, in the same words, by log, metric, /readyz and /api/incidents, with the requests
 * that it cost; and calm is calm. Method: a whole gateway under load whose engine is taken away, frozen or scripted to hang.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startNode, type RunningNode } from '../../src/node/start';
import { FreezingProxy } from '../support/freezing-proxy';
import { ErrorCode } from '../../src/protocol/error-code';
import { OtlpReceiver } from '../support/otlp-receiver';
import { startScriptedSeaweedMQ } from '../support/scripted-seaweedmq';
import { standStill } from '../support/stand-still';
import { freePorts } from '../support/weed';
import { startTold } from './incidents';
import { Load, pause } from './load';
import { askFor, get, samples, type WholeGateway } from './support';
import { LASTING_HANGS, PATIENCE_MS } from './stalls';

const TOPIC = 'orders';
const closing: (() => unknown)[] = [];
let receiver: OtlpReceiver;

beforeAll(async () => {
  receiver = await OtlpReceiver.start();
});
afterAll(() => receiver.close());
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function temporary(): string {
  const directory = mkdtempSync(join(tmpdir(), 'seaglass-incidents-'));
  closing.push(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

const gatewayTo = (flags: Readonly<Record<string, string>>) => startTold(flags, { topic: TOPIC, closing, receiver });

async function loadOn(gateway: WholeGateway): Promise<Load> {
  const clients = {
    fetch: await gateway.client('audit-svc'),
    produce: await gateway.client(),
    metadata: await gateway.client(),
  };
  const load = new Load(TOPIC, clients);
  closing.push(() => load.stop());
  await load.recovered();
  return load;
}

test('a node killed for some seconds under load is one unreachable and one recovered, with the requests that failed', async () => {
  const dataDirectory = temporary();
  const [port = 0] = await freePorts(1);
  const tcp = `127.0.0.1:${String(port)}`;
  let node: RunningNode = await startNode({ dataDirectory, tcp });
  closing.push(() => node.close());
  const { gateway, told } = await gatewayTo({ 'node.connect': tcp });
  const load = await loadOn(gateway);
  expect(await told.metric('seaglass_engine_up')).toEqual(new Map([[`target="${tcp}",role="node"`, 1]]));

  await node.close();
  const opened = await told.opened('engine_unreachable', tcp);
  expect(opened.sentence).toMatch(
    /^\w+ orders.*waits [\d.]+ s in \S+: node 127.0.0.1:\d+ cannot be connected to for [\d.]+ s|^node 127.0.0.1:\d+ cannot be connected to/,
  );
  expect(await told.metric('seaglass_engine_up')).toEqual(new Map([[`target="${tcp}",role="node"`, 0]]));
  expect((await get(`${gateway.console}/readyz`)).text).toContain(`node ${tcp} cannot be connected to`);
  await pause(3_000);
  node = await startNode({ dataDirectory, tcp });
  await load.recovered();
  const ended = await told.ended('engine_unreachable', tcp);
  await load.stop();

  const failures = [...load.failures.values()].reduce((sum, count) => sum + count, 0);
  expect(failures).toBeGreaterThan(0);
  expect(Math.abs(ended.failedRequests - failures)).toBeLessThanOrEqual(Math.max(3, failures * 0.05));
  expect(told.lines('engine.unreachable')).toHaveLength(1);
  const [recovered, ...more] = told.lines('engine.recovered');
  expect(more).toEqual([]);
  expect(recovered?.message).toBe(ended.sentence);
  expect(recovered).toMatchObject({ 'seaglass.incident.failed_requests': ended.failedRequests });
  expect(Number(recovered?.['seaglass.incident.duration_ms'])).toBeGreaterThan(2_000);
  expect((await get(`${gateway.console}/readyz`)).status).toBe(200);
  const counted = samples((await get(`${gateway.console}/metrics`)).text, 'seaglass_incidents_total');
  expect(counted.get('kind="engine_unreachable"')).toBe(1);
  expect(counted.get('kind="engine_silent"')).toBe(0);
}, 180_000);

test('a node that is frozen is silent, with who waits for it; stalls of the time name the incident', async () => {
  const node = await startNode({ dataDirectory: temporary(), tcp: '127.0.0.1:0' });
  closing.push(() => node.close());
  const proxy = new FreezingProxy(node.address);
  const address = await proxy.listen();
  closing.push(() => proxy.close());
  const { gateway, told } = await gatewayTo({ 'node.connect': address });
  const load = await loadOn(gateway);

  const before = receiver.spans.length;
  proxy.freeze();
  const opened = await told.opened('engine_silent', address);
  expect(opened.evidence).toMatch(/^accepts connections and has answered nothing for [\d.]+ s \(\d+ calls?/);
  const stall = await receiver.waitUntil(() =>
    receiver.spans.slice(before).find(({ attributes }) => attributes['seaglass.incident.kind'] === 'engine_silent'),
  );
  expect(stall.attributes).toMatchObject({ 'seaglass.stall': true, 'seaglass.incident.id': opened.id });
  const isFelt = async (): Promise<boolean> =>
    (await told.look()).current.some(({ id, failedRequests }) => id === opened.id && failedRequests > 0);
  while (!(await isFelt())) await pause(50);
  proxy.thaw();
  await load.recovered();
  const ended = await told.ended('engine_silent', address);
  await load.stop();
  expect(ended.failedRequests).toBeGreaterThan(0);
  expect(told.lines('engine.silent')).toHaveLength(1);
  expect(told.lines('engine.recovered')).toHaveLength(1);
}, 180_000);

test('a broker that answers one kind of call no more: who waits, where and for how long', async () => {
  const mq = await startScriptedSeaweedMQ({ filerApart: true });
  closing.push(() => mq.stop());
  const { gateway, told } = await gatewayTo({
    ...LASTING_HANGS,
    engine: 'seaweedmq',
    brokers: mq.address,
    filer: mq.filer,
  });
  const client = await gateway.client('audit-svc');
  let release = (): void => undefined;
  mq.switches.range = { until: new Promise<void>((resolve) => (release = resolve)) };
  const fetched = client.fetch(TOPIC, 0, { maxWaitMs: PATIENCE_MS });
  const opened = await told.opened('engine_silent', mq.address);
  expect(opened.sentence).toMatch(
    /^Fetch orders-0@0 \(client audit-svc\) waits [\d.]+ s in range\.info: broker 127\.0\.0\.1:\d+ accepts connections and has answered nothing for [\d.]+ s \(\d+ calls?, 1 client\); fetches are told NOT_LEADER_OR_FOLLOWER/,
  );
  mq.switches.range = 'normal';
  mq.append(TOPIC, 0, { value: Buffer.from('v') });
  release();
  await fetched;
  await told.ended('engine_silent', mq.address);
}, 180_000);

test('ten reads under way while the gateway itself stands still past their deadline: the engine is not blamed for it', async () => {
  const mq = await startScriptedSeaweedMQ();
  closing.push(() => mq.stop());
  const { gateway, told } = await gatewayTo({ engine: 'seaweedmq', brokers: mq.address, filer: mq.filer });
  mq.createTopic('ten', 10);
  const client = await gateway.client('reader');
  while ((await askFor(client, 'ten')) !== ErrorCode.NONE) await pause(50);
  const partitions = Array.from({ length: 10 }, (_, partition) => partition);
  for (const partition of partitions) mq.append('ten', partition, { value: Buffer.from('v') });
  const readers = await Promise.all(partitions.map((partition) => gateway.client(`reader-${String(partition)}`)));

  let release = (): void => undefined;
  mq.switches.range = { until: new Promise<void>((resolve) => (release = resolve)) };
  const asked = (): number => mq.calls.get('getPartitionRangeInfo') ?? 0;
  const before = asked();
  const reading = readers.map((reader, partition) => reader.fetch('ten', 0, { partition, maxWaitMs: 60_000 }));
  while (asked() < before + 10) await new Promise(setImmediate);
  standStill(3_500);
  mq.switches.range = 'normal';
  release();
  await Promise.all(reading);
  await told.look();
  expect(told.sentences()).toEqual([]);
  expect((await get(`${gateway.console}/readyz`)).text.trim()).toBe('ready');
  expect([...(await told.metric('seaglass_engine_breakers_open')).values()].filter((open) => open > 0)).toEqual([]);
  const counted = await told.metric('seaglass_incidents_total');
  expect(counted.get('kind="breaker_open"')).toBe(0);
  for (const [partition, reader] of readers.entries())
    expect((await reader.fetch('ten', 0, { partition })).records.byteLength).toBeGreaterThan(0);
}, 180_000);

test('idle consumers and a topic made and deleted are no incident', async () => {
  const { gateway, told } = await gatewayTo({ data: temporary() });
  const readers = await Promise.all(['one', 'two', 'three'].map((id) => gateway.client(id)));
  const untilMs = performance.now() + 4_000;
  await Promise.all(
    readers.map(async (reader) => {
      while (performance.now() < untilMs) await reader.fetch(TOPIC, 0, { maxWaitMs: 500 });
    }),
  );
  await told.look();
  expect(told.sentences()).toEqual([]);
}, 180_000);
