/**
 * Goal: a gateway can be made to fail only where it was started for that, on loopback, by who means it, and only for a time. Method: the
 * program and whole gateways, asked over HTTP and by a Kafka client.
 */
import { samplesOf } from '../../src/drills/run/gateway-client';
import { readRecords } from '../engine/batches';
import { ErrorCode } from '../../src/protocol/error-code';
import { batchOf, createTopic, get, startWholeGateway } from '../e2e/support';
import { startMain } from '../support/gateway-process';
import { post, startDrilledGateway } from './support';

interface View {
  readonly enabled: boolean;
  readonly running: readonly { readonly drill: string; readonly fired: number }[];
}

const viewOf = async (console: string): Promise<View> => JSON.parse((await get(`${console}/api/drills`)).text) as View;

const metricsOf = async (console: string) => samplesOf((await get(`${console}/metrics`)).text);

test('without the flag nothing can be started and no series is there', async () => {
  const gateway = await startWholeGateway({ flags: { 'node.connect': 'unix:/nowhere' } });
  const { status, text } = await post(gateway.console, { do: 'start', drill: 'engine-down', forMs: 1_000 });
  expect([status, text]).toEqual([403, expect.stringContaining('--drills-enabled')]);
  expect((await viewOf(gateway.console)).enabled).toBe(false);
  expect((await metricsOf(gateway.console)).filter(({ name }) => name.startsWith('seaglass_drill'))).toEqual([]);
  await gateway.close();
});

test.each([
  ['listen', ['--listen', '0.0.0.0:0', '--advertised', 'localhost']],
  ['console.listen', ['--listen', '127.0.0.1:0', '--console-listen', '0.0.0.0:0']],
  ['node.listen', ['--listen', '127.0.0.1:0', '--console-listen', '127.0.0.1:0', '--node-listen', '0.0.0.0:0']],
])('the start is refused where %s is no loopback address', async (key, flags) => {
  const child = startMain(['serve', '--drills', ...flags]);
  await child.exited;
  expect([child.exitCode, child.output()]).toEqual([2, expect.stringMatching(`${key}.* loopback`)]);
});

test('a drill is told of by log, metric and console, strikes its topic alone, and ends by itself', async () => {
  const gateway = await startDrilledGateway();
  const client = await gateway.client();
  for (const topic of ['struck', 'spared']) await createTopic(client, topic, {});
  const command = { do: 'start', drill: 'slow-publish-ack', topic: 'struck', forMs: 600_000, delayMs: 600_000 };

  // A web page of elsewhere can send this much without asking, and no more.
  expect((await post(gateway.console, command, { 'content-type': 'text/plain' })).status).toBe(415);
  expect((await post(gateway.console, { ...command, drill: 'nothing' })).status).toBe(400);
  await get(`${gateway.console}/api/drills?do=start&drill=slow-publish-ack`);
  expect((await viewOf(gateway.console)).running).toEqual([]);

  expect((await post(gateway.console, command)).status).toBe(200);
  expect((await client.produce('spared', batchOf('v'))).errorCode).toBe(0);
  expect((await viewOf(gateway.console)).running).toMatchObject([{ drill: 'slow-publish-ack', fired: 0 }]);
  const struck = client.produce('struck', batchOf('v'), { timeoutMs: 60_000 });
  let running: View['running'] = [];
  while (running[0]?.fired !== 1) ({ running } = await viewOf(gateway.console));
  expect(running).toMatchObject([{ drill: 'slow-publish-ack', fired: 1 }]);
  const drill = { drill: 'slow-publish-ack' };
  expect(await metricsOf(gateway.console)).toEqual(
    expect.arrayContaining([
      { name: 'seaglass_drill_active', labels: drill, value: 1 },
      { name: 'seaglass_drill_fired_total', labels: drill, value: 1 },
    ]),
  );
  expect((await post(gateway.console, { do: 'stop', drill: 'slow-publish-ack' })).status).toBe(200);
  expect((await struck).errorCode).toBe(0);
  // Nobody ends the next one.
  expect((await post(gateway.console, { ...command, forMs: 1_000 })).status).toBe(200);
  const begun = performance.now();
  while (running.length > 0) ({ running } = await viewOf(gateway.console));
  expect(performance.now() - begun).toBeGreaterThan(900);
  expect(await metricsOf(gateway.console)).toContainEqual({ name: 'seaglass_drill_active', labels: drill, value: 0 });
  await gateway.close();
});

test('a stream that stands elsewhere is told, and readers are given the record that they asked for', async () => {
  const gateway = await startDrilledGateway();
  const client = await gateway.client();
  await createTopic(client, 'struck', {});
  for (const text of ['zero', 'one', 'two', 'three']) await client.produce('struck', batchOf(text));
  expect((await post(gateway.console, { do: 'start', drill: 'stale-session', forMs: 600_000 })).status).toBe(200);
  for (const [offset, text] of [
    [3, 'three'],
    [1, 'one'],
  ] as const) {
    const [record] = readRecords([(await client.fetch('struck', offset)).records]);
    expect([record?.offset, String(record?.value)]).toEqual([offset, text]);
  }
  const found = (await metricsOf(gateway.console)).filter(
    ({ name }) => name === 'seaglass_engine_contradictions_total',
  );
  expect(
    found.find(({ labels: { kind, topic } }) => kind === 'stream_offset' && topic === 'struck')?.value,
  ).toBeGreaterThan(0);
  await client.close();
  await gateway.close();
}, 30_000);

test('what a connection carried up to a value that was lost is frozen, with the trace that tells of it', async () => {
  const gateway = await startDrilledGateway();
  const client = await gateway.client();
  await createTopic(client, 'struck', {});
  expect((await client.produce('struck', batchOf('v'))).errorCode).toBe(0);
  const command = { do: 'start', drill: 'drop-value', topic: 'struck', forMs: 600_000 };
  expect((await post(gateway.console, command)).status).toBe(200);
  expect((await client.fetch('struck', 0)).partition.errorCode).toBe(ErrorCode.KAFKA_STORAGE_ERROR);
  let recordings: readonly { readonly reason: string; readonly traceId: string; readonly clientPort: number }[] = [];
  while (recordings.length === 0)
    ({ recordings } = JSON.parse((await get(`${gateway.console}/api/recordings`)).text) as {
      recordings: typeof recordings;
    });
  expect(recordings).toMatchObject([{ reason: 'wrong_value', clientPort: client.socket.localPort }]);
  const { text } = await get(`${gateway.console}/api/explain?trace=${recordings[0]?.traceId ?? ''}`);
  expect(text).toContain('wrong_value');
  await client.close();
  await gateway.close();
}, 30_000);
