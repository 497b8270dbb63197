/**
 * Goal: a fetch that is answered leaves nothing behind: no operation that is open for ever, no memory that nobody gives back. Method: a
 * gateway over an engine one of whose partitions gives no answer until it is given up; the others have records all the time.
 */
import { NO_VERDICTS } from '../../src/audit/verdict';
import type { Engine, Partition, ReadResult } from '../../src/engine/engine';
import { EngineError } from '../../src/engine-error';
import { encodeBatch } from '../../src/protocol/encode-batch';
import * as fetchCodec from '../../src/protocol/generated/fetch';
import { toOffset, toPartitionId } from '../../src/types';
import { deafEngine, topicOf } from '../support/deaf-engine';
import { startTestGateway } from '../support/gateway';
import { FETCH } from '../support/kafka-client';

const PARTITIONS = 4;
const topic = topicOf(PARTITIONS);
const batch = encodeBatch([{ timestamp: 1, key: null, value: Buffer.alloc(100) }]);
const range = { logStartOffset: toOffset(0), lastStableOffset: toOffset(1), highWatermark: toOffset(1) };

/** Counts what it gave and what came back. */
class Lent {
  given = 0;
  back = 0;

  read(): ReadResult {
    this.given++;
    const census = { records: 1, nulls: 0, empties: 0, controls: 0, valueBytes: 100 };
    return {
      ...range,
      chunks: [batch],
      bytes: batch.byteLength,
      firstOffset: toOffset(0),
      nextOffset: toOffset(1),
      engineCensus: census,
      deliveredCensus: census,
      verdicts: NO_VERDICTS,
      faults: [],
      generation: 0,
      session: { id: '', mode: 'retained' },
      release: () => {
        this.back++;
      },
    };
  }
}

/** The first partition is read once the reader has given up; the others at once. */
function engineOf(lent: Lent): Engine {
  const read = (index: number): Partition['read'] =>
    index > 0
      ? () => Promise.resolve(lent.read())
      : (_request, { signal }) =>
          new Promise((_resolve, reject) => {
            const givenUp = (): void => reject(new EngineError('cancelled', 'given up'));
            signal.addEventListener('abort', givenUp, { once: true });
          });
  return deafEngine({ topic, range, partition: (index) => ({ read: read(index) }) });
}

test('partitions that a fetch had no time for are not read behind its answer, and what was read late is given back', async () => {
  const lent = new Lent();
  const gateway = await startTestGateway({ engine: () => engineOf(lent) });
  try {
    const client = await gateway.client();
    const partitions = Array.from({ length: PARTITIONS }, (_, index) =>
      fetchCodec.createFetchPartition({
        partition: toPartitionId(index),
        fetchOffset: toOffset(0),
        partitionMaxBytes: 1_000,
      }),
    );
    // Room for two partitions at a time: the others are next, and the first is never heard of.
    const request = fetchCodec.createFetchRequest({
      ...{ maxWaitMs: 50, minBytes: 1, maxBytes: 2_000 },
      topics: [fetchCodec.createFetchTopic({ topic: topic.name, partitions })],
    });
    const answer = await client.call(FETCH, request, 12);
    expect(answer.responses[0]?.partitions).toHaveLength(PARTITIONS);
    // Behind another answer nothing of the first is left.
    await client.call(FETCH, { ...request, topics: [] }, 12);
    const open = gateway.telemetry.inflight().operations.filter(({ phase }) => phase === 'poll');
    expect(open).toEqual([]);
    expect(lent.given).toBeGreaterThan(0);
    expect(lent.back).toBe(lent.given);
  } finally {
    await gateway.close();
  }
});
