/**
 * Goal: a fetch is filled as far as the log has data and the memory for answers goes, in one answer, on every engine. Method: raw requests
 * to a whole gateway on the embedded node and on a scripted SeaweedMQ, over logs larger than what an engine gives at once.
 */
import { encodeBatch } from '../../src/protocol/encode-batch';
import { createFetchPartition, createFetchRequest, createFetchTopic } from '../../src/protocol/generated/fetch';

import { toOffset, toPartitionId } from '../../src/types';
import { FETCH, type KafkaClient } from '../support/kafka-client';
import { ENGINES, type RunningGateway } from './engines';
import { readRecords } from '../support/read-records';

/** A fetch that waits for more outlasts its test. */
const LONG_MS = 600_000;
const MIB = 1024 * 1024;
const VALUE_BYTES = 900_000;
const BATCHES = 14;
const ALL = Array.from({ length: BATCHES }, (_, index) => index);
const batch = (): Uint8Array =>
  encodeBatch([{ timestamp: Date.now(), key: null, value: Buffer.alloc(VALUE_BYTES, 7) }]);
const offsetsOf = (records: Uint8Array): number[] => [...readRecords(records)].map(({ offset }) => offset);

describe.each(ENGINES)('on %s', (_kind, start) => {
  let running: RunningGateway;
  let client: KafkaClient;
  let topic: string;
  /** Two partitions of 12 MiB each. */
  beforeAll(async () => {
    running = await start();
    client = await running.gateway.client();
    topic = await running.gateway.topic({ partitions: 2 });
    for (const partition of [0, 1]) for (const _ of ALL) await client.produce(topic, batch(), { partition });
  });
  afterAll(() => running.close());

  const reader = () => running.gateway.client();
  const wide = { maxWaitMs: LONG_MS, maxBytes: 50 * MIB, partitionMaxBytes: 50 * MIB };

  test('one answer holds the whole log, with and without min.bytes', async () => {
    expect(offsetsOf((await client.fetch(topic, 0, wide)).records)).toEqual(ALL);
    expect(offsetsOf((await (await reader()).fetch(topic, 0, wide)).records)).toEqual(ALL);
    expect(offsetsOf((await client.fetch(topic, 0, { ...wide, minBytes: 10 * MIB })).records)).toEqual(ALL);
  });

  test('one answer holds more than a quarter of the memory for answers, where no other fetch needs it', async () => {
    const partitions = [0, 1].map((partition) =>
      createFetchPartition({
        partition: toPartitionId(partition),
        fetchOffset: toOffset(0),
        partitionMaxBytes: 50 * MIB,
      }),
    );
    const topics = [createFetchTopic({ topic, partitions })];
    const request = createFetchRequest({ maxWaitMs: LONG_MS, minBytes: 20 * MIB, maxBytes: 50 * MIB, topics });
    const { responses } = await client.call(FETCH, request, 12);
    const brought = responses.flatMap((each) =>
      each.partitions.map(({ records }) => offsetsOf(Buffer.concat(records ?? []))),
    );
    expect(brought).toEqual([ALL, ALL]);
    expect(running.gateway.services.responseBudget.held).toBeLessThanOrEqual(
      running.gateway.services.settings.responseBytesBudget,
    );
  });

  test('several partitions are filled up to their own bounds', async () => {
    const partitions = [0, 1].map((partition) =>
      createFetchPartition({
        partition: toPartitionId(partition),
        fetchOffset: toOffset(partition),
        partitionMaxBytes: 5 * VALUE_BYTES + 10_000,
      }),
    );
    const topics = [createFetchTopic({ topic, partitions })];
    const request = createFetchRequest({ maxWaitMs: LONG_MS, minBytes: 1, maxBytes: 50 * MIB, topics });
    const { responses } = await client.call(FETCH, request, 12);
    const brought = responses.flatMap((each) =>
      each.partitions.map(({ records }) => offsetsOf(Buffer.concat(records ?? []))),
    );
    expect(brought).toEqual([ALL.slice(0, 5), ALL.slice(1, 6)]);
  });

  test('where the memory for answers holds less than min.bytes, what it holds comes at once', async () => {
    const { responseBudget, settings } = running.gateway.services;
    const taken = settings.responseBytesBudget - 12 * MIB;
    responseBudget.adjust(0, taken);
    try {
      const { records } = await client.fetch(topic, 0, { ...wide, minBytes: 11 * MIB });
      // A quarter of what is left: three batches of 0.9 MB.
      expect(offsetsOf(records)).toEqual([0, 1, 2]);
    } finally {
      responseBudget.adjust(taken, 0);
    }
  });

  test('min.bytes that the bounds of a partition do not reach is no reason to wait', async () => {
    const { records } = await client.fetch(topic, 0, { ...wide, partitionMaxBytes: 2 * MIB, minBytes: 2 * MIB });
    expect(offsetsOf(records)).toEqual([0, 1]);
  });
});
