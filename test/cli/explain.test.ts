/**
 * Goal: who asks why a request hung is told the phase, the target, what was asked and given, who else waited; and of a record who wrote it,
 * how it lies there and who got it. Method: the built command against the built gateway, before a scripted SeaweedMQ that hangs.
 */
import { type GatewayProcess, startGatewayProcess, startMain } from '../support/gateway-process';
import { FETCH, fetchRequest, KafkaClient, PRODUCE, produceRequest } from '../support/kafka-client';
import { GroupMember } from '../support/group-member';
import * as subscriptions from '../../src/protocol/generated/get-telemetry-subscriptions';
import * as pushes from '../../src/protocol/generated/push-telemetry';
import { metricsData, PUSH, SUBSCRIPTIONS } from '../support/client-telemetry';
import { OtlpReceiver } from '../support/otlp-receiver';
import { type ScriptedSeaweedMQ, startScriptedSeaweedMQ } from '../support/scripted-seaweedmq';
import { freePorts } from '../support/weed';
import { batchOf, exportTo } from '../e2e/support';

let mq: ScriptedSeaweedMQ;
let gateway: GatewayProcess;
let receiver: OtlpReceiver;
const clients: KafkaClient[] = [];

beforeAll(async () => {
  mq = await startScriptedSeaweedMQ({ filerApart: true });
  mq.createTopic('orders', 2);
  mq.createTopic('wide', 2);
  receiver = await OtlpReceiver.start();
  gateway = await startGatewayProcess({
    flags: [
      ...['--engine', 'seaweedmq', '--brokers', mq.address, '--filer', mq.filer, '--cluster-id', 'explain'],
      ...['--console-trace-url', 'http://traces.example/trace/{trace}'],
    ],
    environment: exportTo(receiver),
  });
});
afterAll(async () => {
  for (const client of clients) await client.close();
  await gateway.stop();
  await receiver.close();
  await mq.stop();
});

async function client(clientId: string): Promise<KafkaClient> {
  const made = await KafkaClient.connect(Number(gateway.bootstrap.split(':')[1]), clientId);
  clients.push(made);
  return made;
}

async function seaglass(...args: readonly string[]): Promise<{ code: number | undefined; output: string }> {
  const child = startMain([...args, '--console', gateway.console]);
  await child.closed;
  return { code: child.exitCode, output: child.output() };
}

test('a fetch that hangs is explained while it hangs, and afterwards by its trace, its place, its slowness and its age', async () => {
  const audit = await client('audit-svc');
  const billing = await client('billing');
  mq.append('orders', 1, { value: Buffer.from('zero') });
  mq.switches.range = 'never';
  const hanging = [
    audit.fetch('orders', 0, { partition: 1, maxWaitMs: 4_000 }),
    billing.fetch('orders', 0, { maxWaitMs: 4_000 }),
  ];
  for (;;) {
    const { output } = await seaglass('explain', '--client', 'audit-svc', '--last');
    if (!/in flight for .*\n/.test(output) || !output.includes('range.info')) continue;
    process.stdout.write(`${output}\n`);
    expect(output).toMatch(/^Fetch.*client audit-svc.* in flight for/m);
    expect(output).toContain(`range.info at ${mq.address}`);
    expect(output).toMatch(/orders-1: asked from 0, was given no record.*in flight/);
    expect(output).toMatch(new RegExp(`What else waited for ${mq.address} then: .*billing`));
    break;
  }
  const settled = await Promise.allSettled(hanging);
  expect(settled).toHaveLength(2);
  mq.switches.range = 'normal';
  const { output, code } = await seaglass('explain', 'orders', '1', '0');
  expect(code).toBe(0);
  process.stdout.write(`${output}\n`);
  expect(output).toContain('kept because');
  expect(output).toMatch(new RegExp(`^    engine_silent, .*${mq.address} `, 'm'));
  expect(output).toContain(`range.info at ${mq.address}`);
  const [, traceId = ''] = /trace ([0-9a-f]{32})/.exec(output) ?? [];
  expect(output).toMatch(/What audit-svc asked of these offsets until then\n.* orders-1 asked from 0: told NOT_LEADER/);
  expect(output.trimEnd().split('\n').at(-1)).toBe(`  http://traces.example/trace/${traceId}`);
  const byTrace = await seaglass('explain', traceId, '--json');
  const explanation = {
    // What else waits and is told on a busy machine stands beside it; there it may have failed before it was told to hang.
    ...{ traceId, client: 'audit-svc', open: false, reason: expect.stringMatching(/^(?:stalled|error)$/) as unknown },
    asked: [{ partition: 'orders-1', kind: 'read', offset: 0, records: 0, mode: 'log' }],
    before: [{ client: 'audit-svc', topic: 'orders', partition: 1, offset: 0, error: 'NOT_LEADER_OR_FOLLOWER' }],
    waitedToo: among({
      target: mq.address,
      total: 1,
      clients: ['billing'],
      longest: among({ client: 'billing', open: false }),
    }),
    incidents: among({ kind: 'engine_silent', target: mq.address, related: true }),
    link: `http://traces.example/trace/${traceId}`,
  };
  expect(JSON.parse(byTrace.output)).toMatchObject({ explanations: [explanation] });
  expect(await asked({ topic: 'orders', partition: '1', offset: '0' })).toMatchObject([explanation]);
  await foundByTime(audit, traceId);
}, 180_000);

/** An array with such a thing in it. */
const among = (part: object): unknown => expect.arrayContaining([expect.objectContaining(part)]);

interface Spent {
  readonly durationMs: number;
  readonly busyMs: number;
  readonly spent: readonly { readonly phase: string; readonly target: string; readonly ms: number }[];
}

interface Explained {
  readonly traceId: string;
  readonly clientSays: readonly { readonly instanceId: string; readonly value: number }[];
  readonly beganMs: number;
  readonly durationMs: number;
}

/** /api/explain. */
async function asked(query: Readonly<Record<string, string>>): Promise<readonly Explained[]> {
  const answer = await fetch(`${gateway.console}/api/explain?${String(new URLSearchParams(query))}`);
  return ((await answer.json()) as { readonly explanations: readonly Explained[] }).explanations;
}

/** Once there are so many. */
async function askedUntil(query: Readonly<Record<string, string>>, count: number): Promise<readonly Explained[]> {
  for (;;) {
    const found = await asked(query);
    if (found.length >= count) return found;
  }
}

/** A fetch that is served behind one that hung: it is the newest, not the slowest; and what it was given of how much is told. */
async function foundByTime(audit: KafkaClient, hung: string): Promise<void> {
  expect((await seaglass('trace', '--client', 'audit-svc')).code).toBe(0);
  await audit.fetch('orders', 0, { partition: 1 });
  const { output } = await seaglass('explain', '--client', 'audit-svc', '--last');
  expect(output).toContain(
    'orders-1: asked from 0, was given 1 record (4 bytes of values), high watermark 1, session mode log',
  );
  expect(output).toMatch(/until then\n.* given 0\.\.0 \(1 record\), high watermark 1\n.* told NOT_LEADER_OR_FOLLOWER/);
  const [, served = ''] = /trace ([0-9a-f]{32})/.exec(output) ?? [];
  const found = async (...args: readonly string[]): Promise<readonly string[]> => {
    const { output: json } = await seaglass('explain', '--client', 'audit-svc', ...args, '--json');
    return (JSON.parse(json) as { readonly explanations: readonly Explained[] }).explanations.map(
      (each) => each.traceId,
    );
  };
  expect(await found('--topic', 'orders', '--slowest', '--since', '1h')).toEqual([hung]);
  expect(await found('--slowest', '5')).toEqual([hung, served]);
  expect(await found('--last', '5')).toEqual([served, hung]);
  expect(await found('--since', '1ms')).toEqual([]);
  const [slowest] = await asked({ client: 'audit-svc', slowest: '1' });
  if (slowest === undefined) throw new Error('the slowest is unknown');
  const since = Math.floor(Date.now() - slowest.beganMs - slowest.durationMs - 1);
  expect(await asked({ client: 'audit-svc', slowest: '1', since: String(since) })).toMatchObject([{ traceId: served }]);
}

test('the journey of a record names its producer, how it lies there, and each delivery', async () => {
  const producer = await client('shop');
  const reader = await client('invoice-svc');
  const { baseOffset } = await producer.produce('orders', batchOf('first', Buffer.alloc(0)));
  const offset = Number(baseOffset);
  await reader.fetch('orders', offset);
  await reader.fetch('orders', offset);
  const first = await seaglass('journey', 'orders', '0', String(offset));
  process.stdout.write(`${first.output}\n`);
  expect(first.code).toBe(0);
  expect(first.output).toMatch(/acked .*, by client shop at 127\.0\.0\.1, in one batch of offsets/);
  expect(first.output).toMatch(/readable now: a value of 5 bytes, no key/);
  expect(first.output).toMatch(/client invoice-svc at 127\.0\.0\.1.*asked from \d+: given .*\(2 records\), 2 fetches/);
  expect(first.output).not.toContain('first');
  const second = await seaglass('journey', 'orders', '0', String(offset + 1));
  expect(second.output).toContain('readable now: an empty value (0 bytes)');
  const absent = await seaglass('journey', 'orders', '0', '999');
  expect(absent.output).toMatch(/absent: the log ends at \d+: it is not written yet/);
  expect(absent.output).toContain('by nobody whom this gateway remembers');
  expect(absent.output).toMatch(/Verdicts\n {4}none: no record was written there yet/);
  expect(first.output).toMatch(/Verdicts\n {4}it was never found other than it was produced/);
  expect(await seaglass('journey', 'nowhere', '0', '0')).toMatchObject({ code: 1 });
});

test('the journey of a value that the engine lost says what was produced, by whom, and what came', async () => {
  const producer = await client('shop');
  const reader = await client('late-svc');
  const { baseOffset } = await producer.produce('orders', batchOf(Buffer.alloc(384, 'v')));
  const offset = Number(baseOffset);
  const stored = mq.records('orders', 0)[offset];
  if (stored === undefined) throw new Error('nothing was stored');
  Object.assign(stored, { value: stored.value.subarray(0, stored.value.byteLength - 100) });
  const { partition } = await reader.fetch('orders', offset);
  const { output } = await seaglass('journey', 'orders', '0', String(offset));
  process.stdout.write(`error ${partition.errorCode}\n${output}\n`);
  expect(output).toMatch(/proof \(\w+\): a value of 384 bytes was produced by client shop/);
  expect(output).toMatch(
    /(truncated|altered|lost): a value of 384 bytes was produced, .* came; .* last to client late-svc, trace [0-9a-f]{32}/,
  );
});

const LATENCY = 'org.apache.kafka.consumer.node.request.latency.avg';

/** The id of the instance that it is given. */
async function says(by: KafkaClient, latencyMs: number, node: string): Promise<string> {
  const given = await by.call(SUBSCRIPTIONS, subscriptions.createGetTelemetrySubscriptionsRequest({}));
  const { clientInstanceId, subscriptionId } = given;
  const metrics = metricsData([{ name: LATENCY, value: latencyMs, attributes: { node_id: node } }]);
  const push = pushes.createPushTelemetryRequest({ clientInstanceId, subscriptionId, metrics });
  expect((await by.call(PUSH, push)).errorCode).toBe(0);
  return clientInstanceId;
}

test('clients of one id are told apart in what they say and asked, and no word of a client is more than a word', async () => {
  mq.createTopic('said', 1);
  expect((await seaglass('trace', '--topic', 'said')).code).toBe(0);
  const evil = 'evil\u001b[2J\nFAIL all is lost\u202e';
  const [slow, quick, hostile] = [await client('rdkafka'), await client('rdkafka'), await client(evil)];
  const instances = [await says(slow, 4_000, '1'), await says(quick, 7, '1'), await says(hostile, 9, evil)];
  // One that neither tells nor is told of: it is at the same address, and any of the others may be it.
  const silent = await client('rdkafka');
  for (const each of [slow, quick, hostile, silent]) await each.fetch('said', 0, { maxWaitMs: 0 });
  await hostile.fetch(evil, 0, { maxWaitMs: 0 });
  const said = await askedUntil({ topic: 'said', api: 'Fetch', limit: '10' }, 4);
  expect(said.map(({ clientSays }) => clientSays.map((each) => [each.instanceId, each.value])).reverse()).toEqual([
    [[instances[0], 4_000]],
    [[instances[1], 7]],
    [[instances[2], 9]],
    [
      [instances[0], 4_000],
      [instances[1], 7],
    ],
  ]);
  const { output } = await seaglass('explain', '--topic', 'said', '--last', '10');
  process.stdout.write(`${output}\n`);
  expect(output).toMatch(
    new RegExp(`node.request.latency.avg of node 1: 4.00 s \\(told \\S+ by instance ${instances[0]}\\)`),
  );
  expect(output).toContain('latency.avg of node evil\\u{1b}[2J\\u{a}FAIL all is lost\\u{202e}: 9.0 ms');
  const all = await fetch(`${gateway.console}/api/explain?limit=100&format=text`);
  expect(await all.text()).not.toMatch(/[^\P{Cc}\n]|\p{Cf}|^FAIL/mu);
}, 120_000);

test('what is asked wrongly, and a gateway that is not there, are told in words', async () => {
  const wrong = await seaglass('explain');
  expect(wrong).toMatchObject({ code: 2 });
  expect(wrong.output).toContain('say what to explain');
  const nobody = await seaglass('explain', '--client', 'nobody');
  expect(nobody.code).toBe(1);
  expect(nobody.output).toContain('nothing is known that fits');
  const [port = 0] = await freePorts(1);
  const child = startMain(['explain', '--last', '--console', `http://127.0.0.1:${port}`]);
  await child.closed;
  expect(child.exitCode).toBe(1);
  expect(child.output()).toContain(
    `cannot ask the gateway's console at http://127.0.0.1:${port}: the connection was refused`,
  );
});

/** Both partitions in one request. */
function bothPartitions(): ReturnType<typeof fetchRequest> {
  const asks = [0, 1].map((partition) => fetchRequest('wide', 0, { partition, maxWaitMs: 4_000 }));
  const partitions = asks.flatMap(({ topics }) => topics.flatMap((each) => each.partitions));
  const [first = fetchRequest('wide', 0)] = asks;
  return { ...first, topics: first.topics.map((each) => ({ ...each, partitions })) };
}

test('partitions that wait side by side wait once', async () => {
  const wide = await client('wide');
  mq.switches.range = 'never';
  const asked = [wide.call(FETCH, bothPartitions(), 12)];
  for (;;) {
    const { output } = await seaglass('explain', '--client', 'wide', '--last', '--json');
    const [explanation] = (JSON.parse(output) as { explanations: readonly Spent[] }).explanations;
    if (explanation === undefined || explanation.durationMs < 1_000) continue;
    const { durationMs, busyMs, spent } = explanation;
    const [first] = spent;
    // A busy machine takes its time before it asks: until more than half of it was that wait.
    if (first === undefined || first.ms <= durationMs / 2) continue;
    expect(first).toMatchObject({ phase: 'range.info', target: mq.address });
    expect(busyMs).toBeLessThanOrEqual(durationMs);
    expect(first.ms).toBeLessThanOrEqual(durationMs);
    break;
  }
  mq.switches.range = 'normal';
  await Promise.allSettled(asked);
}, 60_000);

test('an answer that waits for those before it names the trace of the first, a join what its group waits for', async () => {
  const shop = await client('turns-svc');
  mq.switches.publishAck = 'never';
  const early = shop.send(PRODUCE, produceRequest('orders', batchOf('early'), { timeoutMs: 8_000 }), 9);
  const late = shop.send(PRODUCE, produceRequest('nowhere', batchOf('late')), 9);
  const turn = await explained('turns-svc', /response\.turn.*behind the answer of trace ([0-9a-f]{32})/, '2');
  const { output } = await seaglass('explain', turn[1] ?? '');
  expect(output).toMatch(/^Produce orders.*client turns-svc/m);
  mq.switches.publishAck = 'normal';
  for (const id of [early, late]) await shop.answer(PRODUCE, id, 9);

  const first = new GroupMember(await client('first-svc'), 'explained');
  await first.join();
  await explained('first-svc', /group\.join.*waits for the initial rebalance delay/, '5');
  const joining = new GroupMember(await client('second-svc'), 'explained').enter();
  await explained('second-svc', /group\.join.*in flight, waits for the joins of client first-svc/, '2');
  await Promise.all([joining, first.leave()]);
}, 120_000);

/** Once what the client did last is explained so. */
async function explained(clientId: string, words: RegExp, last: string): Promise<RegExpExecArray> {
  for (;;) {
    const found = words.exec((await seaglass('explain', '--client', clientId, '--last', last)).output);
    if (found !== null) return found;
  }
}
