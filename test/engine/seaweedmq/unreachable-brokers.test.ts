/** Clusters of which some brokers do not answer: what a healthy one can say is heard in time, and nothing is left unhandled. */
import { toPartitionId } from '../../../src/types';
import { startScriptedSeaweedMQ, startSilentPeer } from '../../support/scripted-seaweedmq';
import type { ScriptedSeaweedMQ } from '../../support/scripted-seaweedmq';
import { asRequest, codeOf } from '../support';
import { openMqEngine } from './support';
import type { MqEngine } from './support';

const REFUSES = '127.0.0.1:1';
const REQUEST = { name: 'made', partitionCount: 1, configs: new Map<string, string>() };

let scripted: ScriptedSeaweedMQ;
let silent: Awaited<ReturnType<typeof startSilentPeer>>;
let mq: MqEngine;

beforeEach(async () => {
  [scripted, silent] = await Promise.all([startScriptedSeaweedMQ(), startSilentPeer()]);
});

afterEach(async () => {
  await mq.close();
  await Promise.all([scripted.stop(), silent.stop()]);
});

async function openPartition(name: string) {
  const topic = await asRequest(mq.telemetry, (context) => mq.engine.topic(name, context));
  if (topic === undefined) throw new Error('the topic is not listed');
  return mq.engine.partition(topic, toPartitionId(0));
}

test('a lookup whose deadline passes at a silent broker asks no other one any more', async () => {
  scripted.createTopic('t', 1);
  mq = openMqEngine({ brokers: [silent.address, REFUSES], filer: scripted.filer }, { lookupDeadlineMs: 200 });
  const partition = await openPartition('t');
  expect(await codeOf(asRequest(mq.telemetry, (context) => partition.range(context)))).toBe('timeout');
  // Begun after it, and refused by the same peer: what nobody had waited for would be reported by now.
  await mq.close();
  mq = openMqEngine({ brokers: [REFUSES], filer: scripted.filer });
  expect(await codeOf(asRequest(mq.telemetry, (context) => mq.engine.createTopic(REQUEST, context)))).toBe(
    'unavailable',
  );
});
