/** A cluster that no longer says who leads, while the leader serves: seen for ten seconds after a broker had been stopped for twenty. */
import { status } from '@grpc/grpc-js';
import { toOffset } from '../../../src/types';
import { FreezingProxy } from '../../support/freezing-proxy';
import { startScriptedSeaweedMQ } from '../../support/scripted-seaweedmq';
import type { ScriptedSeaweedMQ } from '../../support/scripted-seaweedmq';
import { asRequest, codeOf, partitionOf, read, recordAt, retried } from '../support';
import { openMqEngine } from './support';
import type { MqEngine } from './support';

let scripted: ScriptedSeaweedMQ;
let mq: MqEngine;

beforeEach(async () => {
  scripted = await startScriptedSeaweedMQ();
  scripted.createTopic('t', 1);
  mq = openMqEngine({ brokers: [scripted.address], filer: scripted.filer }, { lookupDeadlineMs: 300 });
});

afterEach(async () => {
  await mq.close();
  await scripted.stop();
});

const openPartition = () => partitionOf(mq, 't');

test.each([
  ['at the end', 5],
  ['before it', 3],
])('a leader that falls silent is left for the one that the cluster names, by readers %s', async (_where, offset) => {
  await mq.close();
  const proxy = new FreezingProxy(scripted.address);
  const patienceMs = 200;
  // Five such deadlines last longer than most would wait for a breaker.
  mq = openMqEngine({ brokers: [scripted.address], filer: scripted.filer }, { callDeadlineMs: 2_600 });
  scripted.switches.leader = await proxy.listen();
  scripted.append('t', 0, ...Array.from({ length: 5 }, () => ({ value: Buffer.from('v') })));
  const partition = await openPartition();
  await asRequest(mq.telemetry, (context) => partition.range(context));

  proxy.freeze();
  scripted.switches.leader = undefined;
  const readAt = () =>
    asRequest(
      mq.telemetry,
      (context) => partition.read({ offset: toOffset(offset), isolation: 'read_uncommitted', bytesMax: 1 }, context),
      AbortSignal.timeout(patienceMs),
    );
  try {
    const { highWatermark } = await retried(readAt, 6_000);
    expect(highWatermark).toBe(5);
  } finally {
    await mq.close();
    proxy.close();
  }
});

test('where the lookup hangs, the leader named last is tried again', async () => {
  scripted.append('t', 0, { value: Buffer.from('before') }, { value: Buffer.from('behind') });
  const partition = await openPartition();
  expect((await recordAt(mq.telemetry, partition, 0)).value?.toString()).toBe('before');

  scripted.switches.lookup = scripted.switches.configureTopic = 'never';
  scripted.switches.range = { fail: { code: status.UNAVAILABLE, message: 'scripted' } };
  expect(await codeOf(read(mq.telemetry, partition, 2))).toBe('unavailable');
  scripted.switches.range = 'normal';
  scripted.append('t', 0, { value: Buffer.from('after') });
  expect((await recordAt(mq.telemetry, partition, 2)).value?.toString()).toBe('after');
});

test('a leader that says it no longer leads is not tried again', async () => {
  scripted.append('t', 0, { value: Buffer.from('before') });
  const partition = await openPartition();
  expect((await recordAt(mq.telemetry, partition, 0)).value?.toString()).toBe('before');

  scripted.switches.lookup = scripted.switches.configureTopic = 'never';
  scripted.switches.range = {
    fail: { code: status.UNKNOWN, message: 'not leader for topic t, leader is: 127.0.0.1:1' },
  };
  expect(await codeOf(read(mq.telemetry, partition, 1))).toBe('not_leader');
  scripted.switches.range = 'normal';
  expect(await codeOf(read(mq.telemetry, partition, 1))).toBe('timeout');
});

test('after a failure the cluster is made to see to the leaders, because lookups may repeat for long that there is none', async () => {
  scripted.append('t', 0, { value: Buffer.from('before') });
  const partition = await openPartition();
  expect((await recordAt(mq.telemetry, partition, 0)).value?.toString()).toBe('before');
  scripted.switches.range = { fail: { code: status.UNAVAILABLE, message: 'scripted' } };
  expect(await codeOf(read(mq.telemetry, partition, 1))).toBe('unavailable');
  scripted.switches.range = 'normal';
  scripted.switches.leaderless = true;
  scripted.append('t', 0, { value: Buffer.from('after') });
  expect((await recordAt(mq.telemetry, partition, 1)).value?.toString()).toBe('after');
  expect(scripted.calls.get('configureTopic')).toBe(1);
});

test('a topic that was deleted meanwhile is not made again by that', async () => {
  scripted.append('t', 0, { value: Buffer.from('before') });
  const partition = await openPartition();
  expect((await recordAt(mq.telemetry, partition, 0)).value?.toString()).toBe('before');
  scripted.switches.range = { fail: { code: status.UNAVAILABLE, message: 'scripted' } };
  expect(await codeOf(read(mq.telemetry, partition, 1))).toBe('unavailable');
  scripted.switches.range = 'normal';
  scripted.switches.leaderless = true;
  scripted.removeConf('t');
  expect(await codeOf(read(mq.telemetry, partition, 1))).toBe('not_leader');
  expect(scripted.calls.get('configureTopic') ?? 0).toBe(0);
});
