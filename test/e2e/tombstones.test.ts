/** Goal: tombstones and NOOPs of a compacted topic alarm nobody, whatever restarts. Method: tombstones.ts, on an embedded node. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeWithProgram } from '../support/outside-program';
import { tombstonesOn } from './tombstones';

describeWithProgram('prometheus', 'SEAGLASS_TEST_PROMETHEUS')('2,000 tombstones and NOOPs on a node', () => {
  test('are not one alert, one incident or one count', async () => {
    const data = mkdtempSync(join(tmpdir(), 'seaglass-tombstones-'));
    try {
      const told = await tombstonesOn({ data });
      expect({ ...told, values: [...told.values] }).toEqual({
        ...{ read: 5_000, values: [null], incidents: [], counts: {}, alerts: [] },
      });
    } finally {
      rmSync(data, { recursive: true, force: true });
    }
  }, 300_000);
});
