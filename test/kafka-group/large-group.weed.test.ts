/** A large group on a real SeaweedFS. It is stored without its topics: OffsetFetch asks for none, and so many partitions are slow to make there. */
import { systemClock } from '../../src/clock';
import { parseServerAddress } from '../../src/engine/seaweedmq/addresses';
import { FilerOffsetStorage } from '../../src/kafka/groups/offsets/filer-offset-storage';
import { OrderedOffsetStorage } from '../../src/kafka/groups/offsets/ordered-offset-storage';
import { startGatewayProcess } from '../support/gateway-process';
import { KafkaClient } from '../support/kafka-client';
import { describeWithWeed, startWeed } from '../support/weed';
import { filerAt } from './filers';
import { expectAsked, expectWhole, nameOf, offsetOf, PARTITIONS, stateOf, TIMEOUT_MS, TOPICS } from './large-group';
import { at } from './offset-contract';
import { callContext } from './support';

describeWithWeed('on a real SeaweedFS', () => {
  test(
    '10,000 committed offsets come back whole within the client’s deadline',
    async () => {
      const weed = await startWeed();
      try {
        await store(parseServerAddress(weed.filer).grpc);
        const flags = ['--engine', 'seaweedmq', '--brokers', weed.broker.address, '--filer', weed.filer];
        const gateway = await startGatewayProcess({ flags });
        const client = await KafkaClient.connect(Number(gateway.bootstrap.split(':')[1]));
        try {
          await expectWhole(client, 'large');
          await expectAsked(client, 'large');
          expect(await stateOf(client, 'large')).toBe('Empty');
          expect(await stateOf(client, 'nobody')).toBe('Dead');
        } finally {
          await client.close();
          await gateway.stop();
        }
      } finally {
        await weed.stop();
      }
    },
    TIMEOUT_MS,
  );
});

async function store(filer: string): Promise<void> {
  const open = filerAt(filer);
  const storage = new OrderedOffsetStorage(new FilerOffsetStorage(open.filer), {
    clock: systemClock,
    commitTimeoutMs: TIMEOUT_MS,
  });
  for (let topic = 0; topic < TOPICS; topic += 1) {
    const commits = Array.from({ length: PARTITIONS }, (_, partition) =>
      storage.commit('large', at(nameOf(topic), partition, offsetOf(topic, partition)), callContext()),
    );
    await Promise.all(commits);
  }
  await storage.close();
  await open.close();
}
