/**
 * Goal: what a producer to a LogAppendTime topic is told is what its consumers read. Method: a clock that is never the same twice, so
 * that two looks at it cannot agree by luck.
 */
import { systemClock } from '../../../src/clock';
import { batchHeaders } from '../../../src/protocol/record-batch';
import { toPartitionId } from '../../../src/types';
import { startScriptedSeaweedMQ } from '../../support/scripted-seaweedmq';
import { appendOf, value } from '../batches';
import { idempotentAppend } from '../idempotent-appends';
import { asRequest, codeOf, read } from '../support';
import { openMqEngine } from './support';

test('the time that an append is answered with is the time that its records are read with', async () => {
  const mq = await startScriptedSeaweedMQ();
  let nowMs = systemClock.nowMs();
  const clock = { ...systemClock, nowMs: () => (nowMs += 7) };
  const { engine, telemetry, close } = openMqEngine({ brokers: [mq.address], filer: mq.filer }, {}, clock);
  const configs = new Map([['message.timestamp.type', 'LogAppendTime']]);
  const topic = await asRequest(telemetry, (context) =>
    engine.createTopic({ name: 'stamped', partitionCount: 1, configs }, context),
  );
  const partition = engine.partition(topic, toPartitionId(0));
  try {
    // The second of these needs an envelope.
    for (const text of ['plain', '', 'plain again']) {
      const told = await asRequest(telemetry, (context) => partition.append(appendOf([value(text)]), context));
      const { chunks } = await read(telemetry, partition, told.baseOffset);
      const [batch] = batchHeaders(Buffer.concat(chunks));
      expect(batch?.maxTimestamp).toBe(told.logAppendTimeMs);
    }
    const first = await idempotentAppend(telemetry, partition, [0, 'once']);
    expect(first.logAppendTimeMs).toBeGreaterThan(0);
    const again = await idempotentAppend(telemetry, partition, [0, 'once']);
    expect(again).toMatchObject({ duplicate: true, logAppendTimeMs: first.logAppendTimeMs });
    // The record is appended, and no ack tells.
    mq.switches.publishDiesAfter = 4;
    expect(await codeOf(idempotentAppend(telemetry, partition, [1, 'lost']))).toBe('unavailable');
    mq.switches.publishDiesAfter = undefined;
    const found = await idempotentAppend(telemetry, partition, [1, 'lost']);
    const { chunks } = await read(telemetry, partition, found.baseOffset);
    expect(found).toMatchObject({
      duplicate: true,
      logAppendTimeMs: batchHeaders(Buffer.concat(chunks))[0]?.maxTimestamp,
    });
  } finally {
    await close();
    telemetry.close();
    await mq.stop();
  }
}, 180_000);
