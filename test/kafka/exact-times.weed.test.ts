/** The claims of exact-times.ts on a real SeaweedFS, behind the real program. */
import { startGatewayProcess, type GatewayProcess } from '../support/gateway-process';
import { describeWithWeed, startWeed, type Weed } from '../support/weed';
import { exactTimes } from './exact-times';

describeWithWeed('times through SeaweedFS', () => {
  let weed: Weed;
  let gateway: GatewayProcess;
  beforeAll(async () => {
    weed = await startWeed();
    const flags = ['--engine', 'seaweedmq', '--brokers', weed.broker.address, '--masters', weed.master];
    gateway = await startGatewayProcess({ flags: [...flags, '--filer', weed.filer] });
  }, 180_000);
  afterAll(async () => {
    expect(await gateway.stop()).toBe(0);
    await weed.stop();
  }, 180_000);

  exactTimes({ port: () => Number(gateway.bootstrap.split(':')[1]), runs: 5 });
});
