/**
 * Goal: a fetch points at whoever made its records, at their own contexts and at the produce traces that were kept, and at nothing that
 * was dropped; what a producer sampled is kept. Method: raw requests to a gateway whose rule keeps nothing that is not asked for.
 */
import type { Codec } from '../../src/protocol/compression/compression';
import { encodeBatch } from '../../src/protocol/encode-batch';
import type { FinishedSpan } from '../../src/telemetry/trace/finished-span';

import { startTestGateway, type TestGateway } from '../support/gateway';
import type { KafkaClient } from '../support/kafka-client';
import { MemorySink } from '../support/memory-sink';

const PRODUCER = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };
const EMPTY = Buffer.alloc(0);
const sink = new MemorySink();
const defaults = new MemorySink();
let strict: TestGateway;
let usual: TestGateway;
let client: KafkaClient;

beforeAll(async () => {
  strict = await startTestGateway({ telemetry: { sink, keep: { baseRate: 0, firstPerSecond: 0 } } });
  usual = await startTestGateway({ telemetry: { sink: defaults } });
  client = await strict.client();
});
afterAll(async () => {
  await strict.close();
  await usual.close();
});

/** Links of the fetch's poll but for those to subscriber sessions, which are traces of their own and still open. */
function writersOf(gateway: TestGateway, poll: FinishedSpan | undefined): FinishedSpan['links'] | undefined {
  const { operations } = gateway.telemetry.inflight();
  const sessions = operations.filter(({ path }) => path === 'subscriber.session').map(({ traceId }) => traceId);
  return poll?.links.filter(({ traceId }) => !sessions.includes(traceId));
}

/** Empty values keep the trace of their fetch. */
function batchOf(flags: string | undefined, codec: Codec = 'none'): Uint8Array {
  const value = Buffer.from(`00-${PRODUCER.traceId}-${PRODUCER.spanId}-${flags ?? ''}`);
  const headers = flags === undefined ? [] : [{ key: 'traceparent', value }];
  return encodeBatch([{ timestamp: Date.now(), key: null, value: EMPTY, headers }], { codec });
}

/** Produced and fetched, both traces exported or dropped; the send and the poll, where they were kept. */
async function through(
  batch: Uint8Array,
  configs: Readonly<Record<string, string>> = {},
): Promise<{
  readonly send: FinishedSpan | undefined;
  readonly poll: FinishedSpan | undefined;
  readonly kept: unknown;
}> {
  const topic = await strict.topic({ configs });
  expect(await client.produce(topic, batch)).toMatchObject({ errorCode: 0 });
  await client.fetch(topic, 0);
  await client.fetch(topic, 1, { maxWaitMs: 0 });
  const named = (name: string) => sink.spans.find((span) => span.name === `${name} ${topic}`);
  const send = named('send');
  const root = sink.spans.find(({ name, traceId }) => name === `Produce ${topic}` && traceId === send?.traceId);
  return { send, poll: named('poll'), kept: root?.attributes['seaglass.keep_reason'] };
}

test('a fetch does not point at a produce whose trace was dropped', async () => {
  const { send, poll } = await through(batchOf(undefined));
  expect(send).toBeUndefined();
  expect(writersOf(strict, poll)).toEqual([]);
});

test('what a producer did not sample is dropped, and nothing points at it', async () => {
  const { send, poll } = await through(batchOf('00'));
  expect(send).toBeUndefined();
  expect(writersOf(strict, poll)).toEqual([]);
});

test.each([
  ['as it came', 'none', {}],
  ['compressed by its producer', 'gzip', {}],
  ['compressed by its producer with zstd', 'zstd', {}],
  ['compressed for its topic', 'none', { 'compression.type': 'lz4' }],
  ['decompressed for its topic', 'snappy', { 'compression.type': 'uncompressed' }],
] as const)('what a producer sampled is kept, and the fetch points at both: %s', async (_how, codec, configs) => {
  const { send, poll, kept } = await through(batchOf('01', codec), configs);
  expect(kept).toBe('client_sampled');
  expect(send?.links).toEqual([PRODUCER]);
  expect(writersOf(strict, poll)).toEqual([PRODUCER, { traceId: send?.traceId, spanId: send?.spanId }]);
});

test('by the default rule of a quiet gateway every fetch points at the produce that wrote its records', async () => {
  const topic = await usual.topic();
  const writer = await usual.client();
  await writer.produce(topic, batchOf(undefined));
  await writer.fetch(topic, 0);
  await writer.fetch(topic, 1, { maxWaitMs: 0 });
  const [send, poll] = ['send', 'poll'].map((name) => defaults.spans.find((span) => span.name === `${name} ${topic}`));
  expect(send).toBeDefined();
  expect(writersOf(usual, poll)).toEqual([{ traceId: send?.traceId, spanId: send?.spanId }]);
});
