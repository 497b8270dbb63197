/**
 * Goal: a gateway that stood still while memory had to be found first says that its machine is starved of memory, by the kernel's own count.
 * Method: the real program, blocked for four seconds by a preload, beside processes whose cgroup has less memory than they write. Whatever
 * else the machine does waits with them, so it is skipped unless it is asked for, and where no such cgroup can be made:
 * SEAGLASS_TEST_SCARCE_MEMORY=1 npx jest test/telemetry/memory-pressure
 */
import { join } from 'node:path';
import { get, samples } from '../e2e/support';
import { startGatewayProcess } from '../support/gateway-process';
import { canMakeMemoryScarce, makeMemoryScarce } from '../support/scarce-memory';

const TIMEOUT_MS = 120_000;
const BLOCKER = join(__dirname, '..', 'support', 'block-on-signal.cjs');
const possible = process.env['SEAGLASS_TEST_SCARCE_MEMORY'] === '1' && canMakeMemoryScarce();
if (!possible) process.stderr.write('SKIPPED: memory is not to be made scarce, or cannot be\n');

(possible ? test : test.skip)(
  'the loop is late, and the kernel counted that somebody waited for memory meanwhile',
  async () => {
    const gateway = await startGatewayProcess({ environment: { NODE_OPTIONS: `--require ${BLOCKER}` } });
    const end = await makeMemoryScarce();
    try {
      gateway.child.signal('SIGUSR2');
      const [sentence] = await gateway.child.printed(/memory kept the gateway waiting for [\d.]+ of [\d.]+ s/);
      process.stdout.write(`${sentence}\n`);
      const open = samples((await get(`${gateway.console}/metrics`)).text, 'seaglass_incident_open');
      const kinds = [...open.keys()].filter((labels) => labels.includes('kind="machine_starved"'));
      expect(kinds).toEqual([expect.stringContaining('target="memory"')]);
    } finally {
      await end();
      await gateway.stop();
    }
  },
  TIMEOUT_MS,
);
