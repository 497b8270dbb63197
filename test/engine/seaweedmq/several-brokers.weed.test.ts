/**
 * Goal: a cluster of two brokers, of which one is named, is served whole: partitions led by either take appends and reads; when one
 * broker dies the other's go on, its own are answered with an error, and all are served again once it is back, without a restart here;
 * what was flushed is there. The engine leaves the partitions of a dead broker without a leader for more than a minute.
 */
import { Metadata, credentials } from '@grpc/grpc-js';
import { systemClock } from '../../../src/clock';
import type { Partition, Topic } from '../../../src/engine/engine';
import { EngineError } from '../../../src/engine/engine-error';
import { SeaweedMessagingClient } from '../../../src/rpc/mq_broker';
import { toPartitionId } from '../../../src/types';
import { describeWithWeed, startWeed } from '../../support/weed';
import type { Weed } from '../../support/weed';
import { appendOf, value } from '../batches';
import { asRequest, drain } from '../support';
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
  }, 90_000);
  afterAll(async () => {
    await mq.close();
    await weed.stop();
  }, 30_000);

  const append = async (partition: Partition, text: string): Promise<void> => {
    const { batches, censuses } = appendOf([value(text)]);
    await asRequest(mq.telemetry, (context) => partition.append({ batches, censuses }, context));
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

  test('either broker’s partitions are served, and those of one that died by the other', async () => {
    const topic = await spreadTopic();
    const partitions = Array.from({ length: PARTITIONS }, (_, index) =>
      mq.engine.partition(topic, toPartitionId(index)),
    );
    await Promise.all(partitions.map((partition, index) => append(partition, `first of ${index}`)));
    const leaders = await leadersOf(weed.broker.address, topic.name);
    for (const [index, partition] of partitions.entries())
      expect(await texts(partition)).toEqual([`first of ${index}`]);

    // An ack is the broker's memory: what a kill must not lose is flushed first, as the engine does by itself.
    await flushed(weed, topic.name);
    const [, dying] = weed.brokers;
    if (dying === undefined) throw new Error('two brokers were asked for');
    const orphaned = (index: number): boolean => leaders[index] === dying.address;
    await dying.process.kill();
    await Promise.all(
      partitions.map(async (partition, index) => {
        if (!orphaned(index)) return retried(() => append(partition, `second of ${index}`));
        // Whether the cluster moves it is the cluster's affair; an answer comes, and says to try again.
        return append(partition, `lost or kept`).catch((error: unknown) => expect(error).toBeInstanceOf(EngineError));
      }),
    );

    const startedMs = systemClock.monotonicMs();
    await dying.restart();
    await Promise.all(partitions.map((partition, index) => retried(() => append(partition, `third of ${index}`))));
    process.stdout.write(
      `all take appends ${Math.round(systemClock.monotonicMs() - startedMs)} ms after the restart began\n`,
    );
    for (const [index, partition] of partitions.entries()) {
      const found = await retried(() => texts(partition));
      const expected = [`first of ${index}`, ...(orphaned(index) ? [] : [`second of ${index}`]), `third of ${index}`];
      expect(found.filter((text) => text !== 'lost or kept')).toEqual(expected);
    }
  }, 180_000);
});

/** An append may be refused while the cluster finds new leaders; refusals are retriable. */
async function retried<T>(work: () => Promise<T>): Promise<T> {
  const sinceMs = systemClock.monotonicMs();
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      if (systemClock.monotonicMs() - sinceMs > RECOVERY_MS_MAX) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** By partition. */
async function leadersOf(address: string, topic: string): Promise<string[]> {
  const client = new SeaweedMessagingClient(address, credentials.createInsecure());
  try {
    const request = { topic: { namespace: 'kafka', name: topic } };
    return await new Promise((resolve, reject) => {
      client.lookupTopicBrokers(request, new Metadata(), { deadline: Date.now() + 10_000 }, (error, answer) => {
        if (error !== null) return reject(error);
        const inOrder = [...answer.brokerPartitionAssignments].sort(
          (one, other) => (one.partition?.rangeStart ?? 0) - (other.partition?.rangeStart ?? 0),
        );
        return resolve(inOrder.map(({ leaderBroker }) => leaderBroker));
      });
    });
  } finally {
    client.close();
  }
}

/** Every partition directory holds a log file. */
async function flushed(weed: Weed, topic: string): Promise<void> {
  const deadlineMs = systemClock.monotonicMs() + RECOVERY_MS_MAX;
  for (;;) {
    const generations = await list(weed, `/topics/kafka/${topic}/`);
    const directories = (
      await Promise.all(generations.filter((path) => /\/v\d/.test(path)).map((path) => list(weed, `${path}/`)))
    ).flat();
    const files = await Promise.all(directories.map((path) => list(weed, `${path}/`)));
    const full = files.filter((names) => names.some((name) => /\/\d{4}-\d\d-\d\d-/.test(name))).length;
    if (full >= PARTITIONS) return;
    if (systemClock.monotonicMs() > deadlineMs)
      throw new Error(`only ${full} of ${PARTITIONS} partitions were flushed`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function list(weed: Weed, path: string): Promise<string[]> {
  const answer = await fetch(`http://${weed.filerHttp}${path}?limit=1000`, { headers: { accept: 'application/json' } });
  const { Entries } = (await answer.json()) as { Entries: readonly { FullPath: string }[] | null };
  return (Entries ?? []).map(({ FullPath }) => FullPath);
}
