/** Committed offsets outlast SeaweedFS's filer being stopped and killed. It runs as a process of its own. */
import { startGatewayProcess } from '../support/gateway-process';
import type { GatewayProcess } from '../support/gateway-process';
import { describeWithWeed, startWeed } from '../support/weed';
import type { Weed } from '../support/weed';
import { committedThroughOutages } from './offset-outages';

const TIMEOUT_MS = 180_000;

describeWithWeed('a filer that stores committed offsets', () => {
  let weed: Weed;
  let gateway: GatewayProcess;

  beforeAll(async () => {
    weed = await startWeed({ filerApart: true });
    gateway = await startGatewayProcess({
      flags: [
        ...['--engine', 'seaweedmq', '--brokers', weed.broker.address, '--filer', weed.filer],
        ...['--deadlines-call-ms', '1000'],
      ],
    });
  }, TIMEOUT_MS);
  afterAll(async () => {
    await gateway.stop();
    await weed.stop();
  }, TIMEOUT_MS);

  test(
    'loses no acked commit and steps none back when it is stopped and killed, and clients go on by themselves',
    () => {
      if (weed.filerProcess === undefined) throw new Error('the filer is no process of its own');
      return committedThroughOutages(Number(gateway.bootstrap.split(':')[1]), weed.filerProcess);
    },
    TIMEOUT_MS,
  );
});
