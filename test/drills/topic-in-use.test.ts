/**
 * Goal: a drill on a topic that is in use strikes, also the second time: what the gateway holds of the topic does not stand before it.
 * Method: on an embedded node and before a scripted SeaweedMQ, a topic that somebody reads from its begin all the while; drills one behind
 * the other, as the command line runs them.
 */
import type { DrillName } from '../../src/drills/drill-list';
import { batchOf, createTopic } from '../e2e/support';
import { startScriptedSeaweedMQ } from '../support/scripted-seaweedmq';
import { type DrilledGateway, FLUSHING, startDrilledGateway } from './support';

const TOPIC = 'orders';
const FOR_MS = 20_000;

test('a drill that nobody meets says that its faults struck nothing', async () => {
  const gateway = await startDrilledGateway();
  try {
    await createTopic(await gateway.client(), TOPIC, {});
    // It writes nothing, and nobody else does.
    const { said } = await gateway.run('slow-publish-ack', { topic: TOPIC, forMs: 1_000 });
    expect(said.at(-1)).toMatch('FAIL  slow-publish-ack');
    expect(said.join('\n')).toContain('its faults struck nothing');
  } finally {
    await gateway.close();
  }
}, 60_000);

/** Resolves with what each came to. */
async function runInUse(gateway: DrilledGateway, drills: readonly DrillName[]): Promise<readonly string[]> {
  const [writer, reader] = [await gateway.client('shop'), await gateway.client('audit-svc')];
  await createTopic(writer, TOPIC, {});
  await writer.produce(TOPIC, batchOf('first', 'second'));
  let open = true;
  const reading = (async () => {
    while (open) await reader.fetch(TOPIC, 0);
  })().catch(() => undefined);
  const said: string[] = [];
  for (const drill of drills) {
    const outcome = await gateway.run(drill, { topic: TOPIC, writes: true, forMs: FOR_MS });
    said.push(outcome.said.filter((line) => /PASS|FAIL|NOT SEEN/.test(line)).join('; '));
  }
  open = false;
  await reader.close();
  await reading;
  return said;
}

const passed = (drills: readonly DrillName[]): readonly unknown[] =>
  drills.map((drill) => expect.stringMatching(new RegExp(`^ *PASS +${drill}`)) as unknown);

test('on an embedded node', async () => {
  const drills = [
    'lookup-hang',
    'lookup-hang',
    'drop-value',
    'truncate-value',
    'drop-value',
    'hang-recv',
    'lookup-hang',
  ] as const;
  const gateway = await startDrilledGateway();
  try {
    expect(await runInUse(gateway, drills)).toEqual(passed(drills));
  } finally {
    await gateway.close();
  }
}, 240_000);

test('before SeaweedMQ', async () => {
  const drills = ['lookup-hang', 'drop-value', 'flip-bit', 'lookup-hang', 'drop-value'] as const;
  const mq = await startScriptedSeaweedMQ(FLUSHING);
  const gateway = await startDrilledGateway({ engine: 'seaweedmq', brokers: mq.address, filer: mq.filer });
  try {
    expect(await runInUse(gateway, drills)).toEqual(passed(drills));
  } finally {
    await gateway.close();
    await mq.stop();
  }
}, 240_000);
