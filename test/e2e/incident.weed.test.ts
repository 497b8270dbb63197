/**
 * The claims of incident.ts on a real SeaweedFS, which flushes while the offsets are asked again; and drills before it, one behind the
 * other, whose broker and filer answer as they do.
 */
import { startDrilledGateway } from '../drills/support';
import { describeWithWeed, startWeed, type Weed } from '../support/weed';
import { incident } from './incident';
import { startWholeGateway } from './support';

const FLUSH_SECONDS = 2;

const DRILLS = [
  ['hang-recv', {}],
  ['slow-publish-ack', { delayMs: 4_000 }],
  ['drop-value', {}],
  ['engine-down', {}],
] as const;

describeWithWeed('behind a whole gateway', () => {
  let weed: Weed;
  beforeAll(async () => {
    weed = await startWeed({ flushSeconds: FLUSH_SECONDS });
  }, 180_000);
  afterAll(() => weed.stop(), 30_000);

  test('drills are seen everywhere, nothing else pages, and they are over', async () => {
    const { broker, master, filer } = weed;
    const gateway = await startDrilledGateway({
      ...{ engine: 'seaweedmq', brokers: broker.address, masters: master, filer },
    });
    try {
      for (const [drill, options] of DRILLS) {
        const { passed, said, strangers, remnants } = await gateway.run(drill, options);
        const open = remnants.filter(({ end }) => end.how === 'open');
        expect({ said, passed, strangers, open }).toEqual({ said, passed: true, strangers: [], open: [] });
      }
    } finally {
      await gateway.close();
    }
  }, 240_000);

  incident('SeaweedFS', {
    againForMs: FLUSH_SECONDS * 1_000 + 2_000,
    start: ({ flags, ...options }) => {
      const { broker, master, filer } = weed;
      const engine = { engine: 'seaweedmq', brokers: broker.address, masters: master, filer };
      return startWholeGateway({ flags: { ...flags, ...engine }, ...options });
    },
  });
});
