/**
 * Goal: a fetch waits for the bytes it wants and bounds its answer as Kafka does, on every engine. Method: raw requests to a whole
 * gateway on the embedded node and on a scripted SeaweedMQ.
 */
import { encodeBatch } from '../../src/protocol/encode-batch';
import { createFetchPartition, createFetchRequest, createFetchTopic } from '../../src/protocol/generated/fetch';

import { toOffset, toPartitionId } from '../../src/types';
import type { TestGateway } from '../support/gateway';
import { FETCH, type KafkaClient } from '../support/kafka-client';
import { ENGINES, type RunningGateway } from './engines';
import { readRecords } from '../support/read-records';

const batch = (bytes: number): Uint8Array =>
  encodeBatch([{ timestamp: Date.now(), key: null, value: Buffer.alloc(bytes, 7) }]);
const offsetsOf = (records: Uint8Array): number[] => [...readRecords(records)].map(({ offset }) => offset);

describe.each(ENGINES)('on %s', (_kind, start) => {
  let running: RunningGateway;
  let gateway: TestGateway;
  let client: KafkaClient;
  beforeAll(async () => {
    running = await start();
    gateway = running.gateway;
    client = await gateway.client();
  });
  afterAll(() => running.close());

  test('min.bytes is waited for over several appends', async () => {
    const topic = await gateway.topic();
    const reader = await gateway.client();
    const fetched = reader.fetch(topic, 0, { maxWaitMs: 20_000, minBytes: 2_500 });
    for (let left = 3; left > 0; left--) await client.produce(topic, batch(1_000));
    const { records } = await fetched;
    expect(offsetsOf(records)).toEqual([0, 1, 2]);
  });

  test('min.bytes that do not come are waited for until max.wait, and what is there comes then', async () => {
    const topic = await gateway.topic();
    await client.produce(topic, batch(1_000));
    const begun = performance.now();
    const { records } = await client.fetch(topic, 0, { maxWaitMs: 300, minBytes: 2_500 });
    expect(performance.now() - begun).toBeGreaterThanOrEqual(295);
    expect(offsetsOf(records)).toEqual([0]);
  });

  test('partition max bytes bounds an answer, but the first batch always comes', async () => {
    const topic = await gateway.topic();
    for (let left = 4; left > 0; left--) await client.produce(topic, batch(1_000));
    const fetch = async (offset: number, bounds: { readonly partitionMaxBytes?: number; readonly maxBytes?: number }) =>
      offsetsOf((await client.fetch(topic, offset, bounds)).records);
    expect(await fetch(0, { partitionMaxBytes: 2_300 })).toEqual([0, 1]);
    expect(await fetch(0, { partitionMaxBytes: 1 })).toEqual([0]);
    expect(await fetch(1, { maxBytes: 1 })).toEqual([1]);
  });

  test('max.bytes is shared by the partitions in the order of the request', async () => {
    const topic = await gateway.topic({ partitions: 3 });
    for (const partition of [0, 1, 2]) await client.produce(topic, batch(1_000), { partition });
    const ask = async (order: readonly number[]): Promise<readonly number[]> => {
      const partitions = order.map((partition) =>
        createFetchPartition({
          partition: toPartitionId(partition),
          fetchOffset: toOffset(0),
          partitionMaxBytes: 1024 * 1024,
        }),
      );
      const topics = [createFetchTopic({ topic, partitions })];
      const request = createFetchRequest({ maxWaitMs: 500, minBytes: 1, maxBytes: 1_500, topics });
      const { responses } = await client.call(FETCH, request, 12);
      return (responses[0]?.partitions ?? [])
        .filter(({ records }) => records !== null && records.length > 0)
        .map(({ partitionIndex }) => partitionIndex);
    };
    expect(await ask([0, 1, 2])).toEqual([0]);
    expect(await ask([2, 1, 0])).toEqual([2]);
  });
});
