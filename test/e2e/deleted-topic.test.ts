/**
 * Goal: the series of a topic end when it is deleted, whatever was under way then, and begin at 0 where it is made again. Method: a whole
 * gateway; a fetch and a produce of a topic are held up by a long poll and by a drill, the topic is deleted meanwhile, and scrapes tell.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeBatch } from '../../src/protocol/encode-batch';
import { ErrorCode } from '../../src/protocol/error-code';
import { createFetchRequest } from '../../src/protocol/generated/fetch';
import { GroupMember } from '../support/group-member';
import { FETCH, fetchRequest, type KafkaClient } from '../support/kafka-client';
import { post } from '../drills/support';
import { awaitTopic, deleteTopic, get, samples, startWholeGateway, type WholeGateway } from './support';

const data = mkdtempSync(join(tmpdir(), 'seaglass-e2e-'));
let gateway: WholeGateway;
let writer: KafkaClient;

beforeAll(async () => {
  const flags = { data, 'drills.enabled': 'true', 'groups.initial-rebalance-delay-ms': '0' };
  gateway = await startWholeGateway({ flags });
  writer = await gateway.client('writer');
});
afterAll(async () => {
  await gateway.close();
  rmSync(data, { recursive: true, force: true });
});

const NULL_VALUE = encodeBatch([{ timestamp: Date.now(), key: null, value: null }]);
const lines = async (topic: string): Promise<readonly string[]> =>
  (await get(`${gateway.console}/metrics`)).text.split('\n').filter((line) => line.includes(`topic="${topic}"`));

/** All that is said of a topic: what was moved and found, a group behind, an incident. */
async function talkedAbout(topic: string): Promise<void> {
  await awaitTopic(writer, topic);
  expect((await writer.produce(topic, NULL_VALUE)).errorCode).toBe(ErrorCode.NONE);
  await writer.fetch(topic, 0);
  const member = new GroupMember(await gateway.client('member'), `readers-${topic}`);
  expect(await member.commit(topic, 0n)).toBe(ErrorCode.NONE);
}

/** Waits until something of the client's is in the phase. */
async function untilIn(phase: string, clientId: string): Promise<void> {
  for (;;) {
    const { text } = await get(`${gateway.console}/debug/inflight`);
    if (text.includes(`"${phase}"`) && text.includes(clientId)) return;
  }
}

test('what was under way brings back none of the series, and the topic that is made again begins at 0', async () => {
  for (const topic of ['gone', 'slow', 'kept']) await talkedAbout(topic);
  const before = await lines('gone');
  for (const name of [
    'produced_bytes_total',
    'fetched_bytes_total',
    'topic_info',
    'group_committed_offset',
    'incident_open',
  ])
    expect(before.filter((line) => line.startsWith(`seaglass_${name}{`))).not.toEqual([]);
  const [reader, slow] = [await gateway.client('late-reader'), await gateway.client('late-writer')];
  const request = createFetchRequest({
    ...{ maxWaitMs: 60_000, minBytes: 2 * NULL_VALUE.byteLength, maxBytes: 1 << 20 },
    topics: [...fetchRequest('gone', 0).topics, ...fetchRequest('kept', 1).topics],
  });
  const fetching = reader.call(FETCH, request, 12);
  await untilIn('long_poll', 'late-reader');
  const drill = { do: 'start', drill: 'slow-publish-ack', topic: 'slow', forMs: 60_000 };
  expect((await post(gateway.console, drill)).status).toBe(200);
  const producing = slow.produce('slow', NULL_VALUE, { timeoutMs: 1_500 });
  await untilIn('publish.ack', 'late-writer');

  for (const topic of ['gone', 'slow']) expect(await deleteTopic(writer, topic)).toBe(ErrorCode.NONE);
  await writer.produce('kept', NULL_VALUE);
  const { responses } = await fetching;
  expect(responses.map(({ topic, partitions: [one] }) => [topic, one?.errorCode])).toEqual([
    ['gone', ErrorCode.UNKNOWN_TOPIC_OR_PARTITION],
    ['kept', ErrorCode.NONE],
  ]);
  expect((await producing).errorCode).toBe(ErrorCode.REQUEST_TIMED_OUT);
  for (const topic of ['gone', 'slow']) expect(await lines(topic)).toEqual([]);
  expect(await lines('kept')).not.toEqual([]);

  await awaitTopic(writer, 'gone');
  expect((await writer.fetch('gone', 0, { maxWaitMs: 0 })).records).toHaveLength(0);
  const again = (await get(`${gateway.console}/metrics`)).text;
  expect(samples(again, 'seaglass_record_values_total').get('topic="gone",kind="null",side="delivered"')).toBe(0);
  expect(samples(again, 'seaglass_topic_info').get('topic="gone",cleanup_policy="delete"')).toBe(1);
}, 60_000);
