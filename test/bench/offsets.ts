/**
 * Committed offsets of a large group: stored 1,000 partitions at a time, read by one OffsetFetch of all 10,000. On SeaweedFS they are stored
 * by the gateway's storage in this process: topics of so many partitions are slow to make there, and only commits ask for them.
 */
import { systemClock } from '../../src/clock';
import { parseServerAddress } from '../../src/engine/seaweedmq/addresses';
import { FilerOffsetStorage } from '../../src/kafka/groups/offsets/filer-offset-storage';
import type { PartitionOffset } from '../../src/kafka/groups/offsets/offset-storage';
import { OrderedOffsetStorage } from '../../src/kafka/groups/offsets/ordered-offset-storage';
import * as commitCodec from '../../src/protocol/generated/offset-commit';
import * as createCodec from '../../src/protocol/generated/create-topics';
import * as describeCodec from '../../src/protocol/generated/describe-groups';
import * as fetchCodec from '../../src/protocol/generated/offset-fetch';
import { toOffset, toPartitionId } from '../../src/types';
import { filerAt, type OpenFiler } from '../kafka-group/filers';
import { callContext } from '../kafka-group/support';
import { type Codec, KafkaClient } from '../support/kafka-client';
import { startWeed } from '../support/weed';
import type { BenchSettings } from './embedded';
import { median, type Sample } from './report';
import { cpuSecondsOf, portOf, startGateway, type System } from './systems';

const SECTION = 'Committed offsets of one group';
const PARTITIONS = 1_000;
const VERSIONS = { commit: 9, fetch: 8, create: 7, describe: 5 };

const COMMIT: Codec<commitCodec.OffsetCommitRequest, commitCodec.OffsetCommitResponse> = {
  facts: commitCodec.offsetCommitApi,
  write: commitCodec.writeOffsetCommitRequest,
  read: commitCodec.readOffsetCommitResponse,
};
const FETCH: Codec<fetchCodec.OffsetFetchRequest, fetchCodec.OffsetFetchResponse> = {
  facts: fetchCodec.offsetFetchApi,
  write: fetchCodec.writeOffsetFetchRequest,
  read: fetchCodec.readOffsetFetchResponse,
};
const CREATE: Codec<createCodec.CreateTopicsRequest, createCodec.CreateTopicsResponse> = {
  facts: createCodec.createTopicsApi,
  write: createCodec.writeCreateTopicsRequest,
  read: createCodec.readCreateTopicsResponse,
};
const DESCRIBE: Codec<describeCodec.DescribeGroupsRequest, describeCodec.DescribeGroupsResponse> = {
  facts: describeCodec.describeGroupsApi,
  write: describeCodec.writeDescribeGroupsRequest,
  read: describeCodec.readDescribeGroupsResponse,
};

export interface OffsetsSettings extends BenchSettings {
  /** Topics of PARTITIONS partitions each. */
  readonly offsetTopics: number;
}

export async function benchOffsets(settings: OffsetsSettings): Promise<Sample[]> {
  const samples: Sample[] = [];
  const node = await startGateway({ trace: 'default', name: 'embedded node' });
  try {
    samples.push(...(await measure(node, settings, await committer(node, settings))));
  } finally {
    await node.stop();
  }
  const weed = await startWeed();
  try {
    const flags = ['--engine', 'seaweedmq', '--brokers', weed.broker.address, '--filer', weed.filer];
    const gateway = await startGateway({ trace: 'default', flags, name: 'SeaweedFS' });
    try {
      const open = filerAt(parseServerAddress(weed.filer).grpc);
      samples.push(...(await measure(gateway, settings, storer(open))));
      await open.close();
    } finally {
      await gateway.stop();
    }
  } finally {
    await weed.stop();
  }
  return samples;
}

/** Commits one offset for each partition of a topic. */
type Commit = (groupId: string, topic: string, offset: number) => Promise<void>;

const topicNames = ({ offsetTopics }: OffsetsSettings): string[] =>
  Array.from({ length: offsetTopics }, (_, index) => `offsets-${index}`);

async function measure(system: System, settings: OffsetsSettings, commit: Commit): Promise<Sample[]> {
  const client = await KafkaClient.connect(portOf(system));
  const topics = topicNames(settings);
  const all = topics.length * PARTITIONS;
  const samples: Sample[] = [];
  const note = (measured: string, value: number, unit = 'ms'): void => {
    console.error(`offsets: ${system.name}: ${measured}: ${value.toFixed(unit === 'ms' ? 0 : 2)} ${unit}`);
    samples.push({ section: SECTION, measure: measured, unit, system: system.name, value });
  };
  const cpu = (): number => cpuSecondsOf(system);
  for (let round = 0; round < settings.rounds; round += 1) {
    const groupId = `bench-${round}`;
    for (const [kind, offset] of [
      ['first', 1],
      ['next', 2],
    ] as const) {
      const spent: number[] = [];
      for (const topic of topics) spent.push(await timed(() => commit(groupId, topic, offset)));
      note(`${PARTITIONS} offsets committed at once, the ${kind} of each`, median(spent));
    }
    const before = cpu();
    note(`OffsetFetch of all ${all}`, await timed(() => fetchOffsets(client, groupId, all)));
    note(`OffsetFetch of all ${all}, the gateway's CPU`, cpu() - before, 's');
    const asked = topics.slice(0, 1);
    note(`OffsetFetch of ${PARTITIONS} by name`, await timed(() => fetchOffsets(client, groupId, PARTITIONS, asked)));
    note('DescribeGroups of it', await timed(() => describe(client, groupId)));
  }
  await client.close();
  return samples;
}

async function timed(work: () => Promise<void>): Promise<number> {
  const begunMs = performance.now();
  await work();
  return performance.now() - begunMs;
}

async function committer(system: System, settings: OffsetsSettings): Promise<Commit> {
  const client = await KafkaClient.connect(portOf(system));
  for (const name of topicNames(settings)) {
    const topics = [createCodec.createCreatableTopic({ name, numPartitions: PARTITIONS, replicationFactor: 1 })];
    const request = createCodec.createCreateTopicsRequest({ topics, timeoutMs: 60_000 });
    const answer = await client.call(CREATE, request, VERSIONS.create);
    expectNone(answer.topics.map(({ errorCode }) => errorCode));
  }
  return async (groupId, name, offset) => {
    const partitions = Array.from({ length: PARTITIONS }, (_, partition) =>
      commitCodec.createOffsetCommitRequestPartition({
        partitionIndex: toPartitionId(partition),
        committedOffset: toOffset(offset),
      }),
    );
    const topics = [commitCodec.createOffsetCommitRequestTopic({ name, partitions })];
    const request = commitCodec.createOffsetCommitRequest({ groupId, topics });
    const answer = await client.call(COMMIT, request, VERSIONS.commit);
    expectNone(answer.topics.flatMap((each) => each.partitions.map(({ errorCode }) => errorCode)));
  };
}

const committed = (topic: string, partition: number, offset: number): PartitionOffset => ({
  topic,
  partition: toPartitionId(partition),
  offset: toOffset(offset),
  leaderEpoch: -1,
  metadata: '',
  committedAtMs: systemClock.nowMs(),
});

function storer({ filer }: OpenFiler): Commit {
  const commitTimeoutMs = 60_000;
  const storage = new OrderedOffsetStorage(new FilerOffsetStorage(filer), { clock: systemClock, commitTimeoutMs });
  return async (groupId, topic, offset) => {
    const commits = Array.from({ length: PARTITIONS }, (_, partition) =>
      storage.commit(groupId, committed(topic, partition, offset), callContext()),
    );
    await Promise.all(commits);
  };
}

/** Of all topics where none are named. */
async function fetchOffsets(
  client: KafkaClient,
  groupId: string,
  expected: number,
  names: readonly string[] | null = null,
): Promise<void> {
  const partitionIndexes = Array.from({ length: PARTITIONS }, (_, partition) => toPartitionId(partition));
  const topics = names?.map((name) => fetchCodec.createOffsetFetchRequestTopics({ name, partitionIndexes })) ?? null;
  const groups = [fetchCodec.createOffsetFetchRequestGroup({ groupId, topics })];
  const answer = await client.call(FETCH, fetchCodec.createOffsetFetchRequest({ groups }), VERSIONS.fetch);
  expectNone(answer.groups.map(({ errorCode }) => errorCode));
  const count = answer.groups.flatMap((group) => group.topics).flatMap(({ partitions }) => partitions).length;
  if (count !== expected) throw new Error(`expected ${expected} offsets, ${count} came back`);
}

async function describe(client: KafkaClient, groupId: string): Promise<void> {
  const request = describeCodec.createDescribeGroupsRequest({ groups: [groupId] });
  const answer = await client.call(DESCRIBE, request, VERSIONS.describe);
  expectNone(answer.groups.map(({ errorCode }) => errorCode));
}

function expectNone(codes: readonly number[]): void {
  const failed = codes.find((code) => code !== 0);
  if (failed !== undefined || codes.length === 0) throw new Error(`expected no error, got ${failed}`);
}
