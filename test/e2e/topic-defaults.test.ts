/**
 * Goal: kafka.topic-defaults hold for the records of a topic that says nothing itself, on either engine, and the topic's own come first;
 * a node that was started with others is told of. Method: whole gateways and what they log.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { batchHeaders, codecOfAttributes, timestampTypeOf } from '../../src/protocol/record-batch';
import { startNode } from '../../src/node/start';
import { startScriptedSeaweedMQ } from '../support/scripted-seaweedmq';
import { startTold } from './incidents';
import { batchOf, createTopic, get, startWholeGateway } from './support';

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

test.each([
  ['the node alone', '', 'retention.ms is 1000 there and 604800000 here'],
  ['the node and the gateway', 'retention.ms=1000', undefined],
  ['both, each its own', 'retention.ms=2000', 'retention.ms is 1000 there and 2000 here'],
])('a default that was given to %s', async (_to, own, differs) => {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'seaglass-e2e-'));
  closing.push(() => rmSync(dataDirectory, { recursive: true, force: true }));
  const options = { dataDirectory, tcp: '127.0.0.1:0', topicDefaults: { 'retention.ms': '1000' } };
  const node = await startNode(options);
  closing.push(() => node.close());
  const flags = { 'node.connect': node.address, 'kafka.topic-defaults': own };
  const { gateway, told } = await startTold(flags, { topic: 'asked', closing });
  // Readiness asks the node about itself.
  for (const _ of [1, 2]) expect((await get(`${gateway.console}/readyz`)).status).toBe(200);
  const messages = told.lines('topic_defaults.differ').map(({ message }) => message);
  expect(messages).toEqual(differs === undefined ? [] : [expect.stringContaining(differs)]);
});
