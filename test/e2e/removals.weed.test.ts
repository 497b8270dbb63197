/** Goal and method: those of removals.test.ts, over a real SeaweedFS. */
import { ErrorCode } from '../../src/protocol/error-code';
import { startGatewayProcess, type GatewayProcess } from '../support/gateway-process';
import { KafkaClient } from '../support/kafka-client';
import { describeWithWeed, startWeed, type Weed } from '../support/weed';
import { removalsOnSeaweedMq } from './removals';
import { awaitTopic, batchOf } from './support';

describeWithWeed('what is removed from SeaweedFS', () => {
  let weed: Weed;
  let gateway: GatewayProcess;
  let client: KafkaClient;
  beforeAll(async () => {
    weed = await startWeed();
    const flags = ['--engine', 'seaweedmq', '--brokers', weed.broker.address, '--filer', weed.filer];
    gateway = await startGatewayProcess({ flags });
    client = await KafkaClient.connect(Number(gateway.bootstrap.split(':')[1]));
  }, 180_000);
  afterAll(async () => {
    await client.close();
    await gateway.stop();
    await weed.stop();
  }, 180_000);

  test('has a line and is counted, whether a client deletes records or the topic', async () => {
    await awaitTopic(client, 'orders');
    for (const value of ['first', 'second', 'third']) {
      expect((await client.produce('orders', batchOf(value))).errorCode).toBe(ErrorCode.NONE);
    }
    await removalsOnSeaweedMq(gateway, client, 'orders');
  }, 180_000);
});
