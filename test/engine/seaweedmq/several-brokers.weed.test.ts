/**
 * Goal: a cluster of two brokers, of which one is named, is served whole: partitions led by either take appends and reads; when one
 * broker dies the other's go on, and its own are answered with an error or by the other. SeaweedFS 4.48 may leave the partitions of a dead broker without a leader for more than a minute.
 */
import { Metadata, credentials } from '@grpc/grpc-js';
import { systemClock } from '../../../src/clock';
import type { Partition, Topic } from '../../../src/engine/engine';
import { EngineError } from '../../../src/engine-error';
import { SeaweedMessagingClient } from '../../../src/rpc/mq_broker';
import { toPartitionId } from '../../../src/types';
import { describeWithWeed, startWeed } from '../../support/weed';
import type { Weed } from '../../support/weed';
import { appendOf, value } from '../batches';
import { asRequest, drain, retried } from '../support';
import { openMqEngine } from './support';
import type { MqEngine } from './support';

const PARTITIONS = 8;
const FLUSH_SECONDS = 1;
const RECOVERY_MS_MAX = 60_000;

describeWithWeed('a cluster of two brokers', () => {
  let weed: Weed;
  let mq: MqEngine;
  beforeAll(async () => {
    weed = await startWeed({ brokers: 2, flushSeconds: FLUSH_SECONDS });
    mq = openMqEngine({ brokers: [weed.broker.address], masters: [weed.master], filer: weed.filer });
  }, 180_000);
  afterAll(async () => {
    await mq.close();
    await weed.stop();
  }, 180_000);

  const append = async (partition: Partition, text: string): Promise<void> => {
    await asRequest(mq.telemetry, (context) => partition.append(appendOf([value(text)]), context));
  };
  const texts = async (partition: Partition): Promise<string[]> =>
    (await drain(mq.telemetry, partition)).map((record) => record.value?.toString() ?? '');
  const topicOf = (name: string): Promise<Topic> =>
    asRequest(mq.telemetry, (context) =>
      mq.engine.createTopic({ name, partitionCount: PARTITIONS, configs: new Map() }, context),
    );

  /** A broker that has just started is not given partitions yet: topics are made until one is led by both. */
  const spreadTopic = async (): Promise<Topic> => {
    const startedMs = systemClock.monotonicMs();
    for (let number = 0; ; number += 1) {
      const topic = await topicOf(`spread-${number}`);
      const leaders = await leadersOf(weed.broker.address, topic.name);
      if (new Set(leaders).size === 2) return topic;
      if (systemClock.monotonicMs() - startedMs > RECOVERY_MS_MAX) throw new Error('one broker leads everything');
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  };

  test('either broker’s partitions are served, and the one’s go on when the other dies', async () => {
    const topic = await spreadTopic();
    const partitions = Array.from({ length: PARTITIONS }, (_, index) =>
      mq.engine.partition(topic, toPartitionId(index)),
    );
    await Promise.all(partitions.map((partition, index) => append(partition, `first of ${index}`)));
    const leaders = await leadersOf(weed.broker.address, topic.name);
    for (const [index, partition] of partitions.entries())
      expect(await texts(partition)).toEqual([`first of ${index}`]);

    // Not the one that balances the others: without it the engine may find no leaders for minutes.
    const balancer = await balancerOf(weed.broker.address);
    const dying = weed.brokers.find(({ address }) => address !== balancer);
    if (dying === undefined) throw new Error(`expected one broker besides ${balancer}`);
    const orphaned = (index: number): boolean => leaders[index] === dying.address;
    await dying.process.kill();
    await Promise.all(
      partitions.map(async (partition, index) => {
        if (!orphaned(index)) return retried(() => append(partition, `second of ${index}`));
        // Whether the cluster moves it is the cluster's affair; an answer comes, and says to try again.
        return append(partition, 'kept by the other').catch((error: unknown) =>
          expect(error).toBeInstanceOf(EngineError),
        );
      }),
    );

    for (const [index, partition] of partitions.entries()) {
      if (!orphaned(index)) expect(await texts(partition)).toEqual([`first of ${index}`, `second of ${index}`]);
    }
  }, 180_000);
});

/** host:port of the broker that all brokers take for their balancer. */
function balancerOf(address: string): Promise<string> {
  return asked(
    address,
    (client) =>
      new Promise((resolve, reject) => {
        client.findBrokerLeader(
          { filerGroup: '' },
          new Metadata(),
          { deadline: Date.now() + 10_000 },
          (error, answer) => {
            if (error !== null) reject(error);
            else resolve(answer.broker);
          },
        );
      }),
  );
}

async function asked<T>(address: string, ask: (client: SeaweedMessagingClient) => Promise<T>): Promise<T> {
  const client = new SeaweedMessagingClient(address, credentials.createInsecure());
  try {
    return await ask(client);
  } finally {
    client.close();
  }
}

/** By partition. */
function leadersOf(address: string, topic: string): Promise<string[]> {
  return asked(address, (client) => {
    const request = { topic: { namespace: 'kafka', name: topic } };
    return new Promise((resolve, reject) => {
      client.lookupTopicBrokers(request, new Metadata(), { deadline: Date.now() + 10_000 }, (error, answer) => {
        if (error !== null) return reject(error);
        const inOrder = [...answer.brokerPartitionAssignments].sort(
          (one, other) => (one.partition?.rangeStart ?? 0) - (other.partition?.rangeStart ?? 0),
        );
        return resolve(inOrder.map(({ leaderBroker }) => leaderBroker));
      });
    });
  });
}
