/** A group whose members come and go all the time, on a real SeaweedFS. */
import { startGatewayProcess } from '../support/gateway-process';
import type { GatewayProcess } from '../support/gateway-process';
import { describeWithWeed, startWeed } from '../support/weed';
import type { Weed } from '../support/weed';
import { churn, CHURN_TIMEOUT_MS } from './churn';

describeWithWeed('on SeaweedFS', () => {
  let weed: Weed;
  let gateway: GatewayProcess;

  beforeAll(async () => {
    weed = await startWeed();
    const engine = ['--engine', 'seaweedmq', '--brokers', weed.broker.address, '--filer', weed.filer];
    gateway = await startGatewayProcess({ flags: [...engine, '--groups-initial-rebalance-delay-ms', '0'] });
  }, CHURN_TIMEOUT_MS);
  afterAll(async () => {
    await gateway.stop();
    await weed.stop();
  }, CHURN_TIMEOUT_MS);

  test(
    'a hundred members come and go: one owner for each partition, every record processed',
    async () => {
      await churn(Number(gateway.bootstrap.split(':')[1]));
    },
    CHURN_TIMEOUT_MS,
  );
});
