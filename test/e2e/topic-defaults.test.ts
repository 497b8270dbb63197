/** Goal: kafka.topic-defaults hold for the records of a topic that says nothing itself, on either engine, and the topic's own come first. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { batchHeaders, codecOfAttributes, timestampTypeOf } from '../../src/protocol/record-batch';
import { startScriptedSeaweedMQ } from '../support/scripted-seaweedmq';
import { batchOf, createTopic, startWholeGateway } from './support';

const DEFAULTS = 'compression.type=gzip;message.timestamp.type=LogAppendTime;seaglass.record.envelope=always';
const OWN = {
  'compression.type': 'lz4',
  'message.timestamp.type': 'CreateTime',
  'seaglass.record.envelope': 'auto',
};

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function open(flags: Readonly<Record<string, string>>) {
  const gateway = await startWholeGateway({ flags: { ...flags, 'kafka.topic-defaults': DEFAULTS } });
  closing.push(() => gateway.close());
  const client = await gateway.client();
  const written = async (topic: string, configs: Readonly<Record<string, string>>) => {
    expect(await createTopic(client, topic, configs)).toBe(0);
    const { logAppendTimeMs, errorCode, errorMessage } = await client.produce(topic, batchOf('v'));
    const [header] = batchHeaders((await client.fetch(topic, 0)).records);
    if (header === undefined) throw new Error(`no batch, error ${errorCode} ${errorMessage}`);
    const { attributes } = header;
    return { codec: codecOfAttributes(attributes), time: timestampTypeOf(attributes), stamped: logAppendTimeMs > 0 };
  };
  expect(await written('default', {})).toEqual({ codec: 'gzip', time: 'log_append_time', stamped: true });
  expect(await written('own', OWN)).toEqual({ codec: 'lz4', time: 'create_time', stamped: false });
}

test('on the embedded node', async () => {
  const data = mkdtempSync(join(tmpdir(), 'seaglass-e2e-'));
  closing.push(() => rmSync(data, { recursive: true, force: true }));
  await open({ data });
}, 180_000);

test('on SeaweedMQ, in what is stored there too', async () => {
  const mq = await startScriptedSeaweedMQ();
  closing.push(() => mq.stop());
  await open({ engine: 'seaweedmq', brokers: mq.address, filer: mq.filer });
  const stored = (topic: string) => Buffer.from(mq.records(topic, 0)[0]?.value ?? []);
  expect(stored('default').subarray(0, 4)).toEqual(Buffer.from([0xfe, 0x53, 0x47, 0x4d]));
  expect(stored('own').toString()).toBe('v');
}, 180_000);
