/**
 * Goal: `seaglass drill` does what its help says: PASS and FAIL with the time to detect, exit codes, one topic alone that is only read, an end
 * to the drill whatever ends the command. Method: the built command against a built gateway, its topics asked by a Kafka client.
 */
import { awaitTopic, batchOf, deleteTopic, get } from '../e2e/support';
import { type GatewayProcess, startGatewayProcess, startMain } from '../support/gateway-process';
import { KafkaClient } from '../support/kafka-client';

let gateway: GatewayProcess;
let kafka: KafkaClient;

beforeAll(async () => {
  gateway = await startGatewayProcess({ flags: ['--drills'] });
  kafka = await KafkaClient.connect(Number(gateway.bootstrap.split(':')[1]), 'shop');
  await awaitTopic(kafka, 'orders');
  for (let record = 0; record < 3; record++) await kafka.produce('orders', batchOf('v'));
}, 60_000);
afterAll(async () => {
  await kafka.close();
  await gateway.stop();
});

interface Ran {
  readonly code: number | undefined;
  readonly output: string;
}

const start = (...args: readonly string[]) => startMain(['drill', ...args, '--console', gateway.console]);

async function drill(...args: readonly string[]): Promise<Ran> {
  const child = start(...args);
  await child.closed;
  return { code: child.exitCode, output: child.output() };
}

const ask = async <Answer>(path: string): Promise<Answer> =>
  JSON.parse((await get(`${gateway.console}${path}`)).text) as Answer;

/** What a drill may leave nothing of. */
async function left() {
  const { topics } = await ask<{ topics: { name: string }[] }>('/api/topics');
  const { groups } = await ask<{ groups: { name: string }[] }>('/api/groups');
  const { running } = await ask<{ running: unknown[] }>('/api/drills');
  return { topics: topics.map(({ name }) => name), groups: groups.map(({ name }) => name), running };
}
const NOTHING = { topics: ['orders'], groups: [], running: [] };
const endOfOrders = async () => (await kafka.fetch('orders', 0)).partition.highWatermark;

test('init-delay=3s of a topic that is there: only read, PASS with the time to detect, exit code 0', async () => {
  const { code, output } = await drill('init-delay=3s', '--topic', 'orders', '--for', '60s');
  expect(output).toMatch(/^init-delay: The engine takes a subscriber’s stream/);
  expect(output).toMatch(/^ {2}writes nothing to orders/m);
  for (const sight of [/span +subscriber\.init/, /metric +seaglass_stalls_total\{.*\}/, /console +subscriber\.init/])
    expect(output).toMatch(new RegExp(`^ +${sight.source} +\\d+\\.\\d s$`, 'm'));
  expect(output).toMatch(/^PASS {2}init-delay, detected after [1-9]\d*\.\d s$/m);
  expect(code).toBe(0);
  expect(await endOfOrders()).toBe(3);
  expect(await left()).toEqual(NOTHING);
});

test('what is not seen is FAIL, exit code 1: nobody writes to the topic that should not be acked', async () => {
  const { code, output } = await drill('slow-publish-ack', '--topic', 'orders', '--for', '2s');
  expect(output).toMatch(/writes nothing to orders: only producers of yours show it, or its own with --write/);
  expect(output).toMatch(/span +publish\.ack +NOT SEEN/);
  expect(output).toMatch(/^FAIL {2}slow-publish-ack$/m);
  expect([code, await endOfOrders()]).toEqual([1, 3]);
  const { results } = await ask<{ results: unknown[] }>('/api/drills');
  expect(results).toContainEqual({ drill: 'slow-publish-ack', passed: false });
});

test('with --write its own clients write there, and it says so', async () => {
  const { code, output } = await drill('slow-publish-ack=2s', '--topic', 'orders', '--write');
  expect(output).toMatch(/WRITES RECORDS to orders, and they stay there/);
  expect(output).toMatch(/^PASS {2}slow-publish-ack, detected after/m);
  expect(code).toBe(0);
  expect(await endOfOrders()).toBeGreaterThan(3);
});

test('behind a lost value of a topic that is there its journey can be asked', async () => {
  await awaitTopic(kafka, 'payments');
  // Written and not read: what the gateway has in memory is right whatever the engine sends.
  const ack = await kafka.produce('payments', batchOf('v'.repeat(384), 'v'.repeat(384), 'v'.repeat(384)));
  expect(ack.errorCode).toBe(0);
  const { code, output } = await drill('drop-value', '--topic', 'payments');
  expect(output).toMatch(/^PASS {2}drop-value, detected after/m);
  expect(code).toBe(0);
  const journey = startMain(['journey', 'payments', '0', '1', '--console', gateway.console]);
  await journey.closed;
  expect(journey.output()).toMatch(/a value of 384 bytes was produced/);
  expect(journey.output()).toMatch(/lost/);
  expect(await deleteTopic(kafka, 'payments')).toBe(0);
});

test('in a topic of its own nothing is left, of a group neither', async () => {
  const { code, output } = await drill('filer-hang');
  expect([code, output]).toEqual([0, expect.stringMatching(/^PASS {2}filer-hang/m)]);
  expect(await left()).toEqual(NOTHING);
});

test.each([
  ['nothing', [], /there is no drill "nothing": expected one of init-delay, hang-recv/],
  ['hang-recv=3s', [], /hang-recv has no delay/],
  ['hang-recv', ['--for', 'soon'], /--for: "soon" is no time/],
  ['hang-recv', ['--write'], /--write is of --topic/],
  ['hang-recv', ['--unknown'], /--unknown/],
  ['engine-down', ['--topic', 'orders'], /engine-down takes no topic: it strikes whatever the topic/],
  ['lazy-client', ['--topic', 'orders'], /lazy-client takes no topic: clients of its own make it/],
  ['restart-with-tombstones', [], /restarts the gateway: say how by --restart/],
] as const)('wrong usage is exit code 2 and words: %s %j', async (name, flags, words) => {
  const { code, output } = await drill(name, ...flags);
  expect([code, output]).toEqual([2, expect.stringMatching(words)]);
  expect((await ask<{ running: unknown[] }>('/api/drills')).running).toEqual([]);
});

test('a topic that is not there is refused, and not made', async () => {
  const { code, output } = await drill('hang-recv', '--topic', 'nowhere');
  expect([code, output]).toEqual([1, expect.stringMatching(/there is no topic "nowhere"/)]);
  expect(await left()).toEqual(NOTHING);
});

test('where the restart fails the drill is ended, and the words are those of the restart', async () => {
  const { code, output } = await drill('restart-with-tombstones', '--restart', 'exit 3');
  expect([code, output]).toEqual([1, expect.stringMatching(/the restart failed: exit 3/)]);
  expect(await left()).toEqual(NOTHING);
});

test('whoever interrupts the command ends the drill', async () => {
  const child = start('hang-recv', '--topic', 'orders', '--for', '600s');
  await child.printed(/writes nothing to orders/);
  let running: readonly { readonly drill: string }[] = [];
  while (running.length === 0) ({ running } = await ask<{ running: typeof running }>('/api/drills'));
  expect(running).toMatchObject([{ drill: 'hang-recv', topic: 'orders' }]);
  child.signal('SIGINT');
  await child.closed;
  expect([child.exitCode, child.output()]).toEqual([1, expect.stringMatching(/hang-recv was ended before its time/)]);
  expect(await left()).toEqual(NOTHING);
});

test('a gateway that was not started for drills refuses, and says how', async () => {
  const plain = await startGatewayProcess();
  const child = startMain(['drill', 'hang-recv', '--console', plain.console]);
  await child.closed;
  expect([child.exitCode, child.output()]).toEqual([1, expect.stringMatching(/not started for drills: .*--drills/)]);
  await plain.stop();
});
