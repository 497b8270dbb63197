/**
 * Goal: a kind of calls that hangs is told although its target answers others. Method: whole gateways, which ask the filer for what they
 * share twice a second, before a scripted SeaweedMQ whose filer is at the broker's address, and before a node whose streams hang.
 */
import { GroupMember } from '../support/group-member';
import type { KafkaClient } from '../support/kafka-client';
import { startScriptedRecordLog } from '../support/scripted-record-log';
import { startScriptedSeaweedMQ } from '../support/scripted-seaweedmq';
import { startTold } from './incidents';
import { pause } from './load';
import { batchOf } from './support';

const TOPIC = 'orders';
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Asks again and again, until the test ends. */
function repeat(ask: () => Promise<unknown>): void {
  let isOver = false;
  const running = (async () => {
    while (!isOver) {
      await ask();
      await pause(50);
    }
  })();
  closing.push(async () => {
    isOver = true;
    await running;
  });
}

const reads = (client: KafkaClient) => (): Promise<unknown> => client.fetch(TOPIC, 0, { maxWaitMs: 500 });

async function brokerWithFiler() {
  const mq = await startScriptedSeaweedMQ();
  closing.push(() => mq.stop());
  const started = await startTold(
    { engine: 'seaweedmq', brokers: mq.address, filer: mq.filer },
    { topic: TOPIC, closing },
  );
  mq.append(TOPIC, 0, { value: Buffer.from('v') });
  return { mq, ...started };
}

test('calls of a broker that hang are told while its filer answers, and only they', async () => {
  const { mq, gateway, told } = await brokerWithFiler();
  mq.switches.range = 'never';
  const lookups = (): number => mq.calls.get('lookupDirectoryEntry') ?? 0;
  const before = lookups();
  for (const name of ['audit-svc', 'invoice-svc']) repeat(reads(await gateway.client(name)));
  const opened = await told.opened('engine_silent', mq.address);
  expect(lookups()).toBeGreaterThan(before);
  expect(opened.sentence).toMatch(
    /^Fetch orders-0@0 \(client \w+-svc\) waits [\d.]+ s in range\.info: broker 127\.0\.0\.1:\d+ answers other calls, and has answered no GetPartitionRangeInfo for [\d.]+ s \(\d+ calls, \d clients?\); fetches are told NOT_LEADER_OR_FOLLOWER/,
  );
  expect(await told.metric('seaglass_engine_up')).toEqual(new Map([[`target="${mq.address}",role="broker"`, 0]]));
  mq.switches.range = 'normal';
  const ended = await told.ended('engine_silent', mq.address);
  expect(ended.failedRequests).toBeGreaterThan(0);
  expect(ended.sentence).toContain('answers such calls again');
  expect(told.sentences('filer_failing')).toEqual([]);
  expect(told.lines('engine.silent')).toHaveLength(1);
}, 60_000);

test('entries that a filer does not store are told while it is read and its broker answers', async () => {
  const { mq, gateway, told } = await brokerWithFiler();
  mq.switches.storing = 'never';
  repeat(reads(await gateway.client('audit-svc')));
  const member = new GroupMember(await gateway.client('committer'), 'audit');
  repeat(() => member.commit(TOPIC, 1));
  const opened = await told.opened('filer_failing', mq.address);
  expect(opened.sentence).toMatch(
    /filer 127\.0\.0\.1:\d+ answers other calls, and has answered no CreateEntry for [\d.]+ s \(\d+ calls, 1 client\); commits are told COORDINATOR_NOT_AVAILABLE/,
  );
  expect(await told.metric('seaglass_engine_up')).toEqual(new Map([[`target="${mq.address}",role="broker"`, 1]]));
  mq.switches.storing = 'normal';
  await told.ended('filer_failing', mq.address);
  expect(told.sentences('engine_silent')).toEqual([]);
  expect(told.lines('filer.opened')).toHaveLength(1);
}, 60_000);

test.each([
  { what: 'greets no publisher', hangs: 'hello', method: 'Publish' },
  { what: 'answers no subscriber', hangs: 'init', method: 'Subscribe' },
] as const)(
  'a node that $what is told while it answers other calls',
  async ({ hangs, method }) => {
    const node = await startScriptedRecordLog();
    closing.push(() => node.stop());
    const { gateway, told } = await startTold({ 'node.connect': node.address }, { topic: TOPIC, closing });
    node.append(batchOf('v'), { records: 1, nulls: 0, empties: 0, controls: 0, valueBytes: 1n });
    node.switches[hangs] = false;
    const client = await gateway.client('client');
    const produce = (): Promise<unknown> => client.produce(TOPIC, batchOf('v'), { timeoutMs: 500 });
    repeat(hangs === 'hello' ? produce : reads(client));
    const opened = await told.opened('engine_silent', node.address);
    expect(opened.evidence).toMatch(new RegExp(`^answers other calls, and has answered no ${method} for`));
    node.switches[hangs] = true;
    await told.ended('engine_silent', node.address);
    expect(told.lines('engine.silent')).toHaveLength(1);
  },
  60_000,
);
