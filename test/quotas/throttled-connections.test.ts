/**
 * Goal: a client over its quota is answered first, told for how long, and not read for that time; its connection counts neither as idle
 * nor as hanging, and a stop does not wait for it. Method: raw clients of a whole gateway whose clock the test moves.
 */
import { encodeBatch } from '../../src/protocol/encode-batch';
import { ErrorCode } from '../../src/protocol/error-code';
import { createFetchRequest } from '../../src/protocol/generated/fetch';
import * as createTopicsCodec from '../../src/protocol/generated/create-topics';
import { createMetadataRequest } from '../../src/protocol/generated/metadata';
import type { EntityType, StoredQuota } from '../../src/kafka/quotas/quota-entity';
import { startTestGateway, type TestGateway } from '../support/gateway';
import {
  type Codec,
  encodeRequest,
  FETCH,
  fetchRequest,
  type KafkaClient,
  METADATA,
  PRODUCE,
  produceRequest,
} from '../support/kafka-client';
import { ManualClock } from '../support/manual-clock';

/** Kafka's default windows: 11 of a second, the current one among them. */
const OVER_MS = 10_000;
const VERSION = 12;

const CREATE_TOPICS: Codec<createTopicsCodec.CreateTopicsRequest, createTopicsCodec.CreateTopicsResponse> = {
  facts: createTopicsCodec.createTopicsApi,
  write: createTopicsCodec.writeCreateTopicsRequest,
  read: createTopicsCodec.readCreateTopicsResponse,
};

let clock: ManualClock;
let gateway: TestGateway;
let topic: string;

beforeEach(async () => {
  clock = new ManualClock();
  gateway = await startTestGateway({ clock, limits: { idleMsMax: 5_000, firstFrameMsMax: 5_000 } });
  topic = await gateway.topic();
});
afterEach(() => gateway.close());

const quotaOf = (
  key: string,
  value: number,
  entity: readonly (readonly [EntityType, string | null])[],
): StoredQuota => ({
  entity: new Map(entity),
  values: new Map([[key, value]]),
});
const set = (...quotas: readonly StoredQuota[]): void => gateway.services.quotas.become(quotas);
const records = (bytes: number): Uint8Array => encodeBatch([{ timestamp: 1, key: null, value: Buffer.alloc(bytes) }]);
const metadata = createMetadataRequest({ topics: [] });
const metric = (name: 'seaglass_throttled_requests_total' | 'seaglass_throttle_seconds_total', quota: string) =>
  gateway.telemetry.instruments.value(name, { quota, principal: 'ANONYMOUS' });
const sizeOf = (chunks: readonly Uint8Array[]): number => chunks.reduce((sum, { byteLength }) => sum + byteLength, 0);

interface Asked {
  /** Resolves with the answer. */
  readonly answer: Promise<unknown>;
  /** Whether it is there once others, who ask later, were answered three times. */
  isThere(): Promise<boolean>;
}

function ask(client: KafkaClient): Asked {
  let there = false;
  const answer = client.call(METADATA, metadata).then((response) => {
    there = true;
    return response;
  });
  return {
    answer,
    async isThere() {
      const other = await gateway.client('other');
      for (let turn = 0; turn < 3; turn++) await other.call(METADATA, metadata);
      return there;
    },
  };
}

async function produceTooMuch(client: KafkaClient, limit: number): Promise<number> {
  const request = produceRequest(topic, records(100_000));
  const frame = sizeOf(encodeRequest(PRODUCE, request, { version: VERSION, correlationId: 1, clientId: 'app' }));
  const { throttleTimeMs, responses } = await client.call(PRODUCE, request, VERSION);
  expect(responses[0]?.partitionResponses[0]?.errorCode).toBe(ErrorCode.NONE);
  const rate = (frame - 4) / (OVER_MS / 1_000);
  expect(throttleTimeMs).toBe(Math.round(((rate - limit) / limit) * OVER_MS));
  return throttleTimeMs;
}

test('a produce over the quota is stored and answered at once, and what follows waits for the throttle', async () => {
  set(quotaOf('producer_byte_rate', 1_000, [['client-id', 'app']]));
  const client = await gateway.client('app');
  const throttleMs = await produceTooMuch(client, 1_000);
  const next = ask(client);
  expect(await next.isThere()).toBe(false);
  const view = gateway.listeners.clients().find(({ clientId }) => clientId === 'app');
  expect(view?.throttledMs).toBe(throttleMs);
  clock.advance(throttleMs - 1);
  expect(await next.isThere()).toBe(false);
  clock.advance(1);
  await next.answer;
  expect(metric('seaglass_throttled_requests_total', 'produce')).toBe(1);
  expect(metric('seaglass_throttle_seconds_total', 'produce')).toBe(throttleMs / 1_000);
});

test('while it is throttled a connection is neither idle nor a stall', async () => {
  set(quotaOf('producer_byte_rate', 1_000, [['user', null]]));
  const client = await gateway.client('app');
  const throttleMs = await produceTooMuch(client, 1_000);
  expect(throttleMs).toBeGreaterThan(60_000);
  clock.advance(60_000);
  expect(client.socket.destroyed).toBe(false);
  const { instruments } = gateway.telemetry;
  expect(instruments.value('seaglass_stalls_total', { phase: 'throttle' }) ?? 0).toBe(0);
  expect(instruments.value('seaglass_inflight', { phase: 'throttle' })).toBe(1);
  clock.advance(throttleMs - 60_000);
  expect(instruments.value('seaglass_inflight', { phase: 'throttle' })).toBe(0);
  expect(instruments.value('seaglass_wait_seconds_total', { api: 'Produce', blame: 'client' })).toBeGreaterThanOrEqual(
    throttleMs / 1_000,
  );
  expect((await client.call(METADATA, metadata)).controllerId).toBe(1);
});

test('a fetch over the quota is answered without records, and those do not count', async () => {
  const writer = await gateway.client('writer');
  await writer.produce(topic, records(50_000));
  set(quotaOf('consumer_byte_rate', 1_000, [['client-id', 'app']]));
  const client = await gateway.client('app');
  const request = fetchRequest(topic, 0, { maxWaitMs: 0, partitionMaxBytes: 5_000 });
  const held = await client.call(FETCH, request, VERSION);
  expect(held.responses).toEqual([]);
  expect([held.errorCode, held.sessionId]).toEqual([ErrorCode.NONE, 0]);
  expect(held.throttleTimeMs).toBeGreaterThan(0);
  const next = ask(client);
  expect(await next.isThere()).toBe(false);
  clock.advance(held.throttleTimeMs);
  await next.answer;
  expect(metric('seaglass_throttled_requests_total', 'fetch')).toBe(1);
  // Had the records counted, the client would be over its quota by what it never got.
  set(quotaOf('consumer_byte_rate', 10_000, [['client-id', 'app']]));
  const given = await client.call(FETCH, request, VERSION);
  expect(given.throttleTimeMs).toBe(0);
  expect(given.responses[0]?.partitions[0]?.records?.length).toBeGreaterThan(0);
});

test('a session that was held back goes on where it was', async () => {
  const writer = await gateway.client('writer');
  const client = await gateway.client('app');
  const open = { ...fetchRequest(topic, 0, { maxWaitMs: 0 }), sessionEpoch: 0 };
  const { sessionId } = await client.call(FETCH, open, VERSION);
  expect(sessionId).toBeGreaterThan(0);
  await writer.produce(topic, records(50_000));
  set(quotaOf('consumer_byte_rate', 1_000, [['client-id', 'app']]));
  const held = await client.call(
    FETCH,
    createFetchRequest({ sessionId, sessionEpoch: 1, maxWaitMs: 0, minBytes: 0 }),
    VERSION,
  );
  expect([held.sessionId, held.responses]).toEqual([sessionId, []]);
  set();
  clock.advance(held.throttleTimeMs);
  const given = await client.call(
    FETCH,
    createFetchRequest({ sessionId, sessionEpoch: 2, maxWaitMs: 0, minBytes: 0 }),
    VERSION,
  );
  expect(given.responses[0]?.partitions[0]?.records?.length).toBeGreaterThan(0);
});

test('a producer without acks is not answered, and held back all the same', async () => {
  set(quotaOf('producer_byte_rate', 1_000, [['user', 'ANONYMOUS']]));
  const client = await gateway.client('app');
  client.send(PRODUCE, produceRequest(topic, records(100_000), { acks: 0 }), VERSION);
  const next = ask(client);
  let throttleMs = 0;
  while (throttleMs === 0) {
    await new Promise(setImmediate);
    throttleMs = gateway.listeners.clients().find(({ clientId }) => clientId === 'app')?.throttledMs ?? 0;
  }
  expect(await next.isThere()).toBe(false);
  clock.advance(throttleMs);
  await next.answer;
});

test('a stop does not wait for throttled connections, and answers what had come', async () => {
  set(quotaOf('producer_byte_rate', 1_000, [['user', null]]));
  const client = await gateway.client('app');
  await produceTooMuch(client, 1_000);
  const closing = gateway.listeners.close();
  await client.closed;
  await closing;
  expect(gateway.telemetry.instruments.value('seaglass_inflight', { phase: 'throttle' })).toBe(0);
});

test('a throttled client that leaves is let go', async () => {
  set(quotaOf('producer_byte_rate', 1_000, [['user', null]]));
  const client = await gateway.client('app');
  await produceTooMuch(client, 1_000);
  client.socket.resetAndDestroy();
  while (gateway.listeners.clients().some(({ clientId }) => clientId === 'app')) await new Promise(setImmediate);
  expect(gateway.telemetry.instruments.value('seaglass_inflight', { phase: 'throttle' })).toBe(0);
});

test('requests that take more than their share of time are held back, by a window at most', async () => {
  const client = await gateway.client('app');
  set(quotaOf('request_percentage', 1e-9, [['client-id', 'app']]));
  expect((await client.call(METADATA, metadata)).throttleTimeMs).toBe(1_000);
  const next = ask(client);
  expect(await next.isThere()).toBe(false);
  clock.advance(1_000);
  await next.answer;
  expect(metric('seaglass_throttled_requests_total', 'request')).toBeGreaterThanOrEqual(1);
});

test('changes of partitions over the quota are refused where clients know it, and only throttled where they do not', async () => {
  set(quotaOf('controller_mutation_rate', 1, [['user', 'ANONYMOUS']]));
  const client = await gateway.client('app');
  const create = (name: string, numPartitions: number, version: number) =>
    client.call(
      CREATE_TOPICS,
      createTopicsCodec.createCreateTopicsRequest({
        topics: [createTopicsCodec.createCreatableTopic({ name, numPartitions, replicationFactor: 1 })],
        timeoutMs: 10_000,
      }),
      version,
    );
  // The bucket holds eleven, and one change may overdraw it.
  const made = await create('overdrawn', 15, 7);
  expect([made.topics[0]?.errorCode, made.throttleTimeMs]).toEqual([ErrorCode.NONE, 0]);
  const refused = await create('refused', 1, 7);
  expect([refused.topics[0]?.errorCode, refused.throttleTimeMs]).toEqual([ErrorCode.THROTTLING_QUOTA_EXCEEDED, 4_000]);
  clock.advance(4_000);
  const old = await create('older', 3, 5);
  expect([old.topics[0]?.errorCode, old.throttleTimeMs]).toEqual([ErrorCode.NONE, 3_000]);
  clock.advance(3_000);
  expect(metric('seaglass_throttled_requests_total', 'controller_mutation')).toBe(2);
});

test('without a quota nothing is measured', async () => {
  set(quotaOf('producer_byte_rate', 1_000, [['client-id', 'another']]));
  const client = await gateway.client('app');
  const { throttleTimeMs } = await client.call(PRODUCE, produceRequest(topic, records(100_000)), VERSION);
  expect(throttleTimeMs).toBe(0);
  set();
  expect(gateway.services.quotas.produce.isActive).toBe(false);
});
