/**
 * Goal: a client's request ends within its own wait plus two seconds, with data or a code it retries, whatever the engine does. Method: a
 * gateway over an engine that never answers, not even to a signal.
 */
import type { Engine } from '../../src/engine/engine';
import { encodeBatch } from '../../src/protocol/encode-batch';
import { ErrorCode } from '../../src/protocol/error-code';
import { isRetriable } from '../support/retriable';
import {
  createListOffsetsPartition,
  createListOffsetsRequest,
  createListOffsetsTopic,
} from '../../src/protocol/generated/list-offsets';
import { createMetadataRequest, createMetadataRequestTopic } from '../../src/protocol/generated/metadata';
import { toOffset, toPartitionId } from '../../src/types';
import { deafEngine, topicOf } from '../support/deaf-engine';
import { startTestGateway, type TestGateway } from '../support/gateway';
import { ManualClock } from '../support/manual-clock';
import { LIST_OFFSETS, METADATA } from '../support/kafka-client';

const topic = topicOf(1);
const batch = encodeBatch([{ timestamp: Date.now(), key: null, value: Buffer.from('v') }]);

const STEP_MS = 50;

interface TimedGateway extends TestGateway {
  readonly clock: ManualClock;
}

async function start(engine: Engine): Promise<TimedGateway> {
  const clock = new ManualClock(Date.now());
  const gateway = await startTestGateway({ engine: () => engine, clock, limits: { drainMsMax: 200 } });
  return {
    ...gateway,
    clock,
    async close() {
      const closed = gateway.close().then(() => true);
      while (!(await Promise.race([closed, turn()]))) clock.advance(STEP_MS);
    },
  };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Asks, and lets as much time pass as the request may take; resolves with the answer, which by then must have been given. */
async function within<T>({ clock, telemetry }: TimedGateway, limitMs: number, ask: () => Promise<T>): Promise<T> {
  const answer = ask();
  while (!telemetry.inflight().operations.some(({ phase }) => phase === 'request')) await turn();
  for (let passedMs = 0; passedMs < limitMs; passedMs += STEP_MS) {
    clock.advance(STEP_MS);
    // What a timer began goes on in later turns, and may set the next timer.
    for (let turns = 0; turns < 5; turns++) await turn();
  }
  return answer;
}

describe.each(['its topic', 'nothing'] as const)('over an engine that knows %s and answers nothing', (knows) => {
  let gateway: TimedGateway;
  beforeAll(async () => {
    gateway = await start(deafEngine(knows === 'nothing' ? {} : { topic }));
  });
  afterAll(() => gateway.close());

  test('a fetch ends within its wait and two seconds', async () => {
    const client = await gateway.client();
    const { partition } = await within(gateway, 2_500, () => client.fetch(topic.name, 0, { maxWaitMs: 500 }));
    expect(isRetriable(partition.errorCode)).toBe(true);
    expect(gateway.services.responseBudget.held).toBe(0);
  });

  test('a produce ends with its timeout', async () => {
    const client = await gateway.client();
    const { errorCode } = await within(gateway, 1_400, () => client.produce(topic.name, batch, { timeoutMs: 1_000 }));
    expect(errorCode).toBe(ErrorCode.REQUEST_TIMED_OUT);
  });

  test('a produce of little patience ends with it, one of none within two seconds', async () => {
    const client = await gateway.client();
    const hasty = await within(gateway, 450, () => client.produce(topic.name, batch, { timeoutMs: 100 }));
    expect(hasty.errorCode).toBe(ErrorCode.REQUEST_TIMED_OUT);
    const unnamed = await within(gateway, 2_000, () => client.produce(topic.name, batch, { timeoutMs: 0 }));
    expect(unnamed.errorCode).toBe(ErrorCode.REQUEST_TIMED_OUT);
  });

  test('metadata ends within two seconds', async () => {
    const client = await gateway.client();
    const named = createMetadataRequest({ topics: [createMetadataRequestTopic({ name: 'not-there' })] });
    const { topics, brokers } = await within(gateway, 2_000, () => client.call(METADATA, named));
    expect(brokers).toHaveLength(1);
    expect(topics[0]?.errorCode).toBe(ErrorCode.LEADER_NOT_AVAILABLE);
    const all = await within(gateway, 2_000, () => client.call(METADATA, createMetadataRequest({ topics: null })));
    expect(all.errorCode).not.toBe(ErrorCode.NONE);
  });

  test('list offsets ends within two seconds', async () => {
    const client = await gateway.client();
    const partitions = [createListOffsetsPartition({ partitionIndex: toPartitionId(0), timestamp: -1 })];
    const request = createListOffsetsRequest({ topics: [createListOffsetsTopic({ name: topic.name, partitions })] });
    const { topics } = await within(gateway, 2_500, () => client.call(LIST_OFFSETS, request, 7));
    expect(isRetriable(topics[0]?.partitions[0]?.errorCode ?? 0)).toBe(true);
  });
});

test('a produce that is late tells where the log begins, where that was heard before', async () => {
  const known = { logStartOffset: toOffset(7), lastStableOffset: toOffset(9), highWatermark: toOffset(9) };
  const gateway = await start(deafEngine({ topic, range: known }));
  try {
    const client = await gateway.client();
    const late = await within(gateway, 450, () => client.produce(topic.name, batch, { timeoutMs: 100 }));
    expect(late).toMatchObject({ errorCode: ErrorCode.REQUEST_TIMED_OUT, logStartOffset: 7 });
  } finally {
    await gateway.close();
  }
});
