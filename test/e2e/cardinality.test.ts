/**
 * Goal: however many topics and clients there are, /metrics stays small and loses no count. Method: the real program on a data directory
 * of 5,000 topics, which 500 clients read and partly write; they also ask for as many topics that are none; then what a scrape gets.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeBatch } from '../../src/protocol/encode-batch';
import { ErrorCode } from '../../src/protocol/error-code';
import { createFetchRequest } from '../../src/protocol/generated/fetch';
import { createProduceRequest } from '../../src/protocol/generated/produce';
import { startGatewayProcess, type GatewayProcess } from '../support/gateway-process';
import { FETCH, fetchRequest, KafkaClient, PRODUCE, produceRequest } from '../support/kafka-client';
import { storeTopics } from '../support/stored-topics';
import { get, samples } from './support';

const CLIENTS = 500;
const TOPICS_EACH = 10;
const TOPICS = CLIENTS * TOPICS_EACH;
/** Of those of each client; the rest are read empty, which names them as well. */
const WRITTEN_EACH = 2;
const WRITTEN = CLIENTS * WRITTEN_EACH;
/** Of one label; what comes past it is `_other`. */
const TOPICS_SHOWN = 200;
/** Those that moved most. */
const CLIENTS_SHOWN = 20;
const VALUE = Buffer.from('ten bytes.');
const TIMEOUT_MS = 400_000;

let gateway: GatewayProcess;
const clients: KafkaClient[] = [];

beforeAll(async () => {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'seaglass-e2e-'));
  storeTopics(dataDirectory, numbers(TOPICS).map(nameOf));
  gateway = await startGatewayProcess({ dataDirectory });
}, TIMEOUT_MS);
afterAll(async () => {
  for (const client of clients) await client.close();
  // An orderly end would seal every segment, which is no claim of this test.
  await gateway.child.kill();
  rmSync(gateway.dataDirectory, { recursive: true, force: true });
}, TIMEOUT_MS);

const numbers = (count: number, from = 0): number[] => Array.from({ length: count }, (_, index) => from + index);
const nameOf = (index: number): string => `topic-${index}`;
const topicsOf = (client: number): string[] => numbers(TOPICS_EACH, client * TOPICS_EACH).map(nameOf);

async function connect(clientId: string): Promise<KafkaClient> {
  const client = await KafkaClient.connect(Number(gateway.bootstrap.split(':')[1]), clientId);
  clients.push(client);
  return client;
}

/** Writes a record to some of the client's topics, reads all of them, and asks for topics that are not there. */
async function work(index: number): Promise<void> {
  const client = await connect(`client-${index}`);
  const batch = encodeBatch([{ timestamp: Date.now(), key: null, value: VALUE }]);
  const topics = topicsOf(index);
  const written = topics.slice(0, WRITTEN_EACH);
  const topicData = written.flatMap((topic) => produceRequest(topic, batch).topicData);
  const produced = await client.call(PRODUCE, createProduceRequest({ acks: -1, timeoutMs: 60_000, topicData }), 12);
  expect(produced.responses.map(({ partitionResponses }) => partitionResponses[0]?.errorCode)).toEqual(
    written.map(() => ErrorCode.NONE),
  );
  const codes = async (wanted: readonly string[], maxWaitMs: number): Promise<readonly (number | undefined)[]> => {
    const request = createFetchRequest({
      maxWaitMs,
      maxBytes: 1024 * 1024,
      topics: wanted.flatMap((topic) => fetchRequest(topic, 0).topics),
    });
    return (await client.call(FETCH, request, 12)).responses.map(({ partitions }) => partitions[0]?.errorCode);
  };
  const none = topics.map((topic) => `no-${topic}`);
  const first = await codes([...topics, ...none], 10_000);
  expect(first.slice(topics.length)).toEqual(none.map(() => ErrorCode.UNKNOWN_TOPIC_OR_PARTITION));
  // What a busy gateway could not open in time is asked again, as clients do; what was read is not: it would count twice.
  let asked: readonly string[] = topics;
  let told = first.slice(0, topics.length);
  for (;;) {
    const left = asked.filter((_, index) => told[index] !== ErrorCode.NONE);
    expect(told.filter((code) => code !== ErrorCode.NONE)).toEqual(left.map(() => ErrorCode.NOT_LEADER_OR_FOLLOWER));
    if (left.length === 0) return;
    asked = left;
    told = [...(await codes(left, 500))];
  }
}

test(
  '5,000 topics and 500 clients make 200 topics and one for the rest, twenty clients, and every record is counted',
  async () => {
    for (const first of numbers(CLIENTS / 10).map((chunk) => chunk * 10)) {
      await Promise.all(numbers(10, first).map(work));
    }
    const { text } = await get(`${gateway.console}/metrics`);
    const shown = new Set([...text.matchAll(/topic="([^"]+)"/g)].map(([, topic]) => topic));
    expect(shown.size).toBe(TOPICS_SHOWN + 1);
    expect(shown).toContain('_other');
    const naming = text.split('\n').filter((line) => /client-\d/.test(line));
    expect(naming.filter((line) => !line.startsWith('seaglass_client_bytes{'))).toEqual([]);
    expect(naming).toHaveLength(CLIENTS_SHOWN);
    expect(text).not.toContain('no-topic-');
    expect(text.split('\n').length).toBeLessThan(8_000);
    const sum = (name: string, labels: string): number =>
      [...samples(text, name)].reduce((all, [found, value]) => (found.includes(labels) ? all + value : all), 0);
    for (const side of ['engine', 'delivered']) {
      expect(sum('seaglass_record_values_total', `kind="present",side="${side}"`)).toBe(WRITTEN);
      expect(sum('seaglass_value_bytes_total', `side="${side}"`)).toBe(WRITTEN * VALUE.length);
    }
    expect(sum('seaglass_connections', '')).toBe(CLIENTS);
  },
  TIMEOUT_MS,
);
