/** Clusters of which some brokers do not answer: what a healthy one can say is heard in time, and nothing is left unhandled. */
import { startScriptedSeaweedMQ, startSilentPeer } from '../../support/scripted-seaweedmq';
import type { ScriptedSeaweedMQ } from '../../support/scripted-seaweedmq';
import { asRequest, codeOf, partitionOf, recordAt, retried } from '../support';
import { openMqEngine } from './support';
import type { MqEngine } from './support';

const DEADLINES = { connectDeadlineMs: 2_000, lookupDeadlineMs: 2_000, callDeadlineMs: 2_000 };
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

const openPartition = (name: string) => partitionOf(mq, name);

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

test.each(['silent', 'refusing'])(
  'behind a %s broker a lookup reaches the healthy one, once and for all',
  async (how) => {
    const first = how === 'silent' ? silent.address : REFUSES;
    for (const name of ['t', 'u']) {
      scripted.createTopic(name, 1);
      scripted.append(name, 0, { value: Buffer.from(name) });
    }
    mq = openMqEngine({ brokers: [first, scripted.address], filer: scripted.filer }, DEADLINES);
    const partition = await openPartition('t');
    expect((await recordAt(mq.telemetry, partition, 0)).value?.toString()).toBe('t');
    // Asked first from here on: a lookup of less than the share that the silent one was given is enough.
    const impatient = AbortSignal.timeout(DEADLINES.callDeadlineMs * 0.45);
    const other = await openPartition('u');
    const range = await asRequest(mq.telemetry, (context) => other.range(context), impatient);
    expect(range.highWatermark).toBe(1);
  },
);

test('a topic is made behind a silent broker, at the latest when its client tries again', async () => {
  mq = openMqEngine({ brokers: [silent.address, scripted.address], filer: scripted.filer }, DEADLINES);
  const made = await retried(() => asRequest(mq.telemetry, (context) => mq.engine.createTopic(REQUEST, context)));
  expect(made.partitionCount).toBe(1);
});

test('a topic that a broker may be making is asked of no other', async () => {
  const other = await startScriptedSeaweedMQ();
  try {
    mq = openMqEngine({ brokers: [scripted.address, other.address], filer: scripted.filer }, DEADLINES);
    scripted.switches.configureTopic = 'never';
    expect(await codeOf(asRequest(mq.telemetry, (context) => mq.engine.createTopic(REQUEST, context)))).toBe('timeout');
    expect(scripted.calls.get('configureTopic')).toBe(1);
    // Answered behind whatever else it was asked, on its connection.
    await codeOf(asRequest(mq.telemetry, (context) => mq.engine.topics(context)));
    expect(other.calls.get('configureTopic') ?? 0).toBe(0);
  } finally {
    scripted.switches.configureTopic = 'normal';
    await other.stop();
  }
});
