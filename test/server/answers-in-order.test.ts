/**
 * Goal: an answer that waits for those before it says so, and for which request it waits; nobody takes the time for the gateway's own.
 * Method: two produces on one connection, before an engine that acks the second of them first.
 */
import { encodeBatch } from '../../src/protocol/encode-batch';
import type { AppendResult } from '../../src/engine/engine';
import { toOffset } from '../../src/types';
import { deafEngine, topicOf } from '../support/deaf-engine';
import { startTestGateway } from '../support/gateway';
import { produceRequest, PRODUCE } from '../support/kafka-client';
import { MemorySink } from '../support/memory-sink';

const topic = topicOf(2);
const range = { logStartOffset: toOffset(0), lastStableOffset: toOffset(0), highWatermark: toOffset(0) };
const ACKED: AppendResult = { ...range, baseOffset: toOffset(0), logAppendTimeMs: -1, duplicate: false };

test('a produce that is acked before an earlier one of its connection waits in response.turn, behind that one', async () => {
  const sink = new MemorySink();
  let ackFirst: (acked: AppendResult) => void = () => undefined;
  const first = new Promise<AppendResult>((resolve) => (ackFirst = resolve));
  const engine = deafEngine({
    ...{ topic, range },
    partition: (index) => ({ append: () => (index === 0 ? first : Promise.resolve(ACKED)) }),
  });
  const gateway = await startTestGateway({ engine: () => engine, telemetry: { sink, keep: { mode: 'all' } } });
  try {
    const client = await gateway.client();
    const batch = encodeBatch([{ timestamp: 1, key: null, value: Buffer.from('v') }]);
    const sent = [0, 1].map((partition) => client.send(PRODUCE, produceRequest(topic.name, batch, { partition }), 9));
    const waiting = () => gateway.telemetry.inflight().operations.find(({ phase }) => phase === 'response.turn');
    while (waiting() === undefined) await new Promise((resolve) => setImmediate(resolve));
    ackFirst(ACKED);
    for (const id of sent) await client.answer(PRODUCE, id, 9);
    const [early, late] = await producesIn(sink);
    expect(sink.spans.filter(({ name }) => name === 'response.turn')).toEqual([
      expect.objectContaining({
        traceId: late,
        attributes: expect.objectContaining({ 'seaglass.response.behind': early }) as unknown,
      }),
    ]);
  } finally {
    await gateway.close();
  }
});

/** Traces of the produces, in their order, once both have ended. */
async function producesIn(sink: MemorySink): Promise<readonly string[]> {
  const ended = () => sink.spans.filter(({ name }) => name.startsWith('Produce'));
  while (ended().length < 2) await new Promise((resolve) => setImmediate(resolve));
  return ended()
    .sort((a, b) => a.startMs - b.startMs)
    .map(({ traceId }) => traceId);
}
