/** The claims of incident.ts on a real SeaweedFS, which flushes while the offsets are asked again. */
import { describeWithWeed, startWeed, type Weed } from '../support/weed';
import { incident } from './incident';
import { startWholeGateway } from './support';

const FLUSH_SECONDS = 2;

describeWithWeed('behind a whole gateway', () => {
  let weed: Weed;
  beforeAll(async () => {
    weed = await startWeed({ flushSeconds: FLUSH_SECONDS });
  }, 180_000);
  afterAll(() => weed.stop(), 30_000);

  incident('SeaweedFS', {
    againForMs: FLUSH_SECONDS * 1_000 + 2_000,
    start: ({ flags, ...options }) => {
      const { broker, master, filer } = weed;
      const engine = { engine: 'seaweedmq', brokers: broker.address, masters: master, filer };
      return startWholeGateway({ flags: { ...flags, ...engine }, ...options });
    },
  });
});
