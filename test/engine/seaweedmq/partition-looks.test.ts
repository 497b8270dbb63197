/** Goal: looks at partitions go on while there are any, and only then. Method: a clock moved by hand, whose timers are counted. */
import { PartitionLooks } from '../../../src/engine/seaweedmq/log/partition-looks';
import { createTelemetry } from '../../../src/telemetry/create-telemetry';
import { toPartitionId } from '../../../src/types';
import { ManualClock } from '../../support/manual-clock';

const LOOK_MS = 5_000;
const at = { topic: 'orders', partition: toPartitionId(0) };

test('no timer is set while there is nothing to look at', async () => {
  const clock = new ManualClock();
  const telemetry = createTelemetry();
  const left = new Set<{ readonly at: typeof at }>();
  let looked = 0;
  const looks = new PartitionLooks({
    ...{ telemetry, clock, deadlineMs: 1_000, spanName: 'look', what: 'the log' },
    count: () => left.size,
    due: () => [...left],
    judge: async () => void (looked += 1),
    failed: () => undefined,
  });
  const pass = async (): Promise<void> => {
    clock.advance(LOOK_MS);
    while (telemetry.inflight().total > 0) await new Promise((resolve) => setImmediate(resolve));
  };
  try {
    for (let times = 1; times <= 2; times += 1) {
      left.add({ at });
      looks.begin();
      await pass();
      await pass();
      expect([looked, clock.timers]).toEqual([2 * times, 1]);
      left.clear();
      await pass();
      expect([looked, clock.timers]).toEqual([2 * times, 0]);
    }
  } finally {
    looks.close();
    telemetry.close();
  }
});
