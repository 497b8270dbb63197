/**
 * Goal: the journey of an offset where no record lies (any more) says what is known of it and no more: who wrote what was there, who was
 * given it, what took it, and that a hole is one. Method: whole gateways, one after the other, on the data of one embedded node that cleans
 * often; journeys as text over HTTP.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeBatch } from '../../src/protocol/encode-batch';
import { ErrorCode } from '../../src/protocol/error-code';
import type { KafkaClient } from '../support/kafka-client';
import { awaitMetrics } from './removals';
import { createTopic, deleteRecords, get, startWholeGateway, type WholeGateway } from './support';

const data = mkdtempSync(join(tmpdir(), 'seaglass-e2e-'));
/** Three to a segment; of the six in closed segments the newest of the one key stays. */
const [RECORDS, REMOVED, APART_MS] = [7, 5, 400];
const COMPACTED = { 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '0', 'segment.ms': '1000' };
let gateway: WholeGateway;

const start = (): Promise<WholeGateway> =>
  startWholeGateway({
    flags: { data, 'node.initial-task-delay-ms': '0', 'node.cleaner-backoff-ms': '20' },
  });
beforeAll(async () => {
  gateway = await start();
});
afterAll(async () => {
  await gateway.close();
  rmSync(data, { recursive: true, force: true });
});

async function write(client: KafkaClient, topic: string): Promise<void> {
  const firstMs = Date.now();
  for (let index = 0; index < RECORDS; index++) {
    const timestamp = firstMs + index * APART_MS;
    const batch = encodeBatch([{ timestamp, key: Buffer.from('key'), value: Buffer.alloc(190) }]);
    expect((await client.produce(topic, batch)).errorCode).toBe(ErrorCode.NONE);
  }
}

async function journeyOf(topic: string, offset: number): Promise<string> {
  const query = new URLSearchParams({ topic, partition: '0', offset: String(offset), format: 'text' });
  const { status, text } = await get(`${gateway.console}/api/journey?${query.toString()}`);
  expect(status).toBe(200);
  return text;
}

const removed = (cause: string, records: number): Promise<void> =>
  awaitMetrics(gateway.console, (value) => value('seaglass_records_removed_total', `cause="${cause}"`) === records);

test('of a record that DeleteRecords took, who wrote it, who was given it, and who asked in vain', async () => {
  const writer = await gateway.client('shop');
  const reader = await gateway.client('invoice-svc');
  expect(await createTopic(writer, 'trimmed', {})).toBe(ErrorCode.NONE);
  await write(writer, 'trimmed');
  await reader.fetch('trimmed', 2);
  expect(await deleteRecords(writer, { topic: 'trimmed', partition: 0, before: 5 })).toMatchObject({ errorCode: 0 });
  const late = await gateway.client('late-svc');
  expect((await late.fetch('trimmed', 2)).partition.errorCode).toBe(ErrorCode.OFFSET_OUT_OF_RANGE);
  const text = await journeyOf('trimmed', 2);
  expect(text).toMatch(/acked .*, by client shop at 127\.0\.0\.1/);
  expect(text).toMatch(/absent: the log begins at 5: retention, compaction or DeleteRecords removed it/);
  expect(text).toMatch(/client invoice-svc at 127\.0\.0\.1.*asked from 2: given 2\.\.6 \(5 records\)/);
  expect(text).toMatch(/client late-svc at 127\.0\.0\.1.*asked from 2: told OFFSET_OUT_OF_RANGE/);
  expect(text).toMatch(/no record lies there any more; while one did, it was never found other than it was produced/);
});

test('of a hole that compaction left, that a record was there, as long as somebody knows', async () => {
  const writer = await gateway.client('shop');
  expect(await createTopic(writer, 'latest', COMPACTED)).toBe(ErrorCode.NONE);
  await write(writer, 'latest');
  await removed('compaction', REMOVED);
  const hole = /absent: the log has no record at this offset: compacted away, or a gap of the engine/;
  const known = await journeyOf('latest', 1);
  expect(known).toMatch(/acked .*, by client shop at 127\.0\.0\.1/);
  expect(known).toMatch(hole);
  expect(known).toMatch(/to nobody whom this gateway remembers/);
  expect(known).toMatch(/no record lies there any more; while one did/);

  await gateway.close();
  gateway = await start();
  const reader = await gateway.client('invoice-svc');
  await reader.fetch('latest', 0);
  const unknown = await journeyOf('latest', 1);
  expect(unknown).toMatch(/by nobody whom this gateway remembers/);
  expect(unknown).toMatch(hole);
  // Whoever reads over a hole is given what lies on either side of it, and no record of it.
  expect(unknown).toMatch(/client invoice-svc at 127\.0\.0\.1.*asked from 0: given 0\.\.6 \(2 records\)/);
  expect(unknown).toMatch(/none: no record lies there, and this gateway knows of none that did/);
  expect(await journeyOf('latest', 6)).toMatch(/readable now: a value of 190 bytes, a key of 3 bytes/);
}, 120_000);
