/**
 * Goal: before SeaweedMQ each drill is seen where somebody on call looks, nothing else pages, what it caused is over behind it, and what it came to
 * is a metric. Method: `rounds.ts`; a scripted SeaweedMQ for each gateway.
 */
import { refusalOf } from '../../src/drills/drill-list';
import { startScriptedSeaweedMQ } from '../support/scripted-seaweedmq';
import { CALM, testDrills } from './rounds';
import { post, startDrilledGateway } from './support';

testDrills('seaweedmq', [
  [['lookup-hang'], ['slow-publish-ack', { delayMs: 4_000 }], ['hang-recv']],
  [['filer-hang'], ['disk-full'], ['engine-down'], ['zero-end']],
  [['withhold-newest', { forMs: 60_000 }]],
  [['drop-value'], ['truncate-value'], ['flip-bit'], ['mid-batch-empty'], ['lazy-client']],
  CALM,
]);

test.each(['init-delay', 'stale-session', 'null-answer'] as const)(
  'before SeaweedMQ %s says that it has nothing to strike, and why',
  async (drill) => {
    const mq = await startScriptedSeaweedMQ();
    const gateway = await startDrilledGateway({ engine: 'seaweedmq', brokers: mq.address, filer: mq.filer });
    const refusal = refusalOf(drill, 'seaweedmq') ?? '';
    try {
      expect(refusal).toMatch(new RegExp(`^${drill} has nothing to strike before SeaweedMQ: `));
      await expect(gateway.run(drill)).rejects.toThrow(refusal);
      const { status, text } = await post(gateway.console, { do: 'start', drill, forMs: 1_000 });
      expect([status, JSON.parse(text)]).toEqual([409, { error: refusal }]);
    } finally {
      await gateway.close();
      await mq.stop();
    }
  },
  30_000,
);
