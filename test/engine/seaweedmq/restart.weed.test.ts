/**
 * Goal: a broker's restart costs its clients little more than the restart, though they ask all along: SeaweedFS 4.48 answers whoever
 * asks too early for the next 30 s that nobody leads.
 */
import { systemClock } from '../../../src/clock';
import { EngineError } from '../../../src/engine-error';
import { toPartitionId } from '../../../src/types';
import { describeWithWeed, startWeed } from '../../support/weed';
import { appendOf, value } from '../batches';
import { asRequest, drain, retried } from '../support';
import { openMqEngine } from './support';
import { expectWithin } from '../../support/measured';

const RECOVERY_MS_MAX = 60_000;

describeWithWeed('a broker that restarts', () => {
  test('takes appends soon after it serves again, asked all along', async () => {
    const weed = await startWeed({ flushSeconds: 1 });
    const mq = openMqEngine({ brokers: [weed.broker.address], filer: weed.filer });
    try {
      const topic = await asRequest(mq.telemetry, (context) =>
        mq.engine.createTopic({ name: 'restarts', partitionCount: 2, configs: new Map() }, context),
      );
      const partition = mq.engine.partition(topic, toPartitionId(0));
      const append = () => asRequest(mq.telemetry, (context) => partition.append(appendOf([value('x')]), context));
      await append();
      await weed.broker.process.kill();
      let readyMs = Number.POSITIVE_INFINITY;
      const restarted = weed.broker.restart().then(() => (readyMs = systemClock.monotonicMs()));
      const refusals = new Map<string, number>();
      while (systemClock.monotonicMs() - readyMs < RECOVERY_MS_MAX || readyMs === Number.POSITIVE_INFINITY) {
        try {
          await append();
          break;
        } catch (error) {
          if (!(error instanceof EngineError)) throw error;
          refusals.set(error.code, (refusals.get(error.code) ?? 0) + 1);
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      }
      const servedMs = systemClock.monotonicMs();
      await restarted;
      process.stdout.write(
        `seaweedmq: appends taken ${Math.round(servedMs - readyMs)} ms after the restarted broker was ready; refused before: ${JSON.stringify([...refusals])}\n`,
      );
      expectWithin('appends after the restart', servedMs - readyMs, 10_000);
      await append();
    } finally {
      await mq.close();
      await weed.stop();
    }
  }, 120_000);

  test('gives no record an offset that a reader has passed, though it was killed before it flushed', async () => {
    const weed = await startWeed({ flushSeconds: 30 });
    const mq = openMqEngine({ brokers: [weed.broker.address], filer: weed.filer });
    try {
      const topic = await asRequest(mq.telemetry, (context) =>
        mq.engine.createTopic({ name: 'kills', partitionCount: 1, configs: new Map() }, context),
      );
      const partition = mq.engine.partition(topic, toPartitionId(0));
      const append = (text: string) =>
        retried(() => asRequest(mq.telemetry, (context) => partition.append(appendOf([value(text)]), context)));
      for (const text of ['a', 'b', 'c']) await append(text);
      await weed.broker.process.kill();
      await weed.broker.restart();
      const { baseOffset } = await append('d');
      const records = await retried(() => drain(mq.telemetry, partition, { from: 3 }));
      process.stdout.write(`seaweedmq: three records were lost with the broker; the next has offset ${baseOffset}\n`);
      expect(baseOffset).toBeGreaterThanOrEqual(3);
      expect(records.map((record) => [record.offset, record.value?.toString()])).toEqual([[baseOffset, 'd']]);
    } finally {
      await mq.close();
      await weed.stop();
    }
  }, 120_000);
});
