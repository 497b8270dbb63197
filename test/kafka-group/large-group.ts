/** A group that has committed 10,000 offsets, asked for at the Kafka port by OffsetFetch of all topics and by DescribeGroups. */
import * as describeCodec from '../../src/protocol/generated/describe-groups';
import * as fetchCodec from '../../src/protocol/generated/offset-fetch';
import { toPartitionId } from '../../src/types';
import type { Int64 } from '../../src/types';
import type { Codec, KafkaClient } from '../support/kafka-client';

export const TOPICS = 10;
export const PARTITIONS = 1_000;
/** After which the Java client gives up an answer (request.timeout.ms). */
export const CLIENT_DEADLINE_MS = 30_000;
export const TIMEOUT_MS = 240_000;

const OFFSET_FETCH: Codec<fetchCodec.OffsetFetchRequest, fetchCodec.OffsetFetchResponse> = {
  facts: fetchCodec.offsetFetchApi,
  write: fetchCodec.writeOffsetFetchRequest,
  read: fetchCodec.readOffsetFetchResponse,
};
const DESCRIBE_GROUPS: Codec<describeCodec.DescribeGroupsRequest, describeCodec.DescribeGroupsResponse> = {
  facts: describeCodec.describeGroupsApi,
  write: describeCodec.writeDescribeGroupsRequest,
  read: describeCodec.readDescribeGroupsResponse,
};

/** What was committed at a place. */
export const offsetOf = (topic: number, partition: number): number => topic * PARTITIONS + partition;
export const nameOf = (topic: number): string => `large-${topic}`;

/** Reads the whole group within the client's deadline; throws unless each offset is the one that was committed there. */
export async function expectWhole(client: KafkaClient, groupId: string): Promise<void> {
  const begunMs = performance.now();
  const request = fetchCodec.createOffsetFetchRequest({
    groups: [fetchCodec.createOffsetFetchRequestGroup({ groupId, topics: null })],
  });
  const [group] = (await client.call(OFFSET_FETCH, request, 8)).groups;
  const spentMs = performance.now() - begunMs;
  expect(group?.errorCode).toBe(0);
  const found = new Map<string, Int64>();
  for (const { name, partitions } of group?.topics ?? []) {
    for (const { partitionIndex, committedOffset, errorCode } of partitions) {
      expect(errorCode).toBe(0);
      found.set(`${name} ${partitionIndex}`, committedOffset);
    }
  }
  const expected = new Map<string, number>();
  for (let topic = 0; topic < TOPICS; topic += 1) {
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      expected.set(`${nameOf(topic)} ${partition}`, offsetOf(topic, partition));
    }
  }
  expect(found).toEqual(expected);
  expect(spentMs).toBeLessThan(CLIENT_DEADLINE_MS);
  process.stdout.write(`OffsetFetch of ${found.size} offsets: ${Math.round(spentMs)} ms\n`);
}

/** Reads the same by asking for each partition, and for as many that nothing was committed in. */
export async function expectAsked(client: KafkaClient, groupId: string): Promise<void> {
  const indexes = Array.from({ length: 2 * PARTITIONS }, (_, partition) => toPartitionId(partition));
  const topics = Array.from({ length: TOPICS }, (_, topic) =>
    fetchCodec.createOffsetFetchRequestTopics({ name: nameOf(topic), partitionIndexes: indexes }),
  );
  const request = fetchCodec.createOffsetFetchRequest({
    groups: [fetchCodec.createOffsetFetchRequestGroup({ groupId, topics })],
  });
  const [group] = (await client.call(OFFSET_FETCH, request, 8)).groups;
  expect(group?.errorCode).toBe(0);
  const found = (group?.topics ?? []).map(({ name, partitions }) => [
    name,
    partitions.map((each) => each.committedOffset),
  ]);
  const expected = Array.from({ length: TOPICS }, (_, topic) => [
    nameOf(topic),
    indexes.map((partition) => (partition < PARTITIONS ? offsetOf(topic, partition) : -1)),
  ]);
  expect(found).toEqual(expected);
}

/** The state of a group that only has offsets is told by their being there. */
export async function stateOf(client: KafkaClient, groupId: string): Promise<string | undefined> {
  const request = describeCodec.createDescribeGroupsRequest({ groups: [groupId] });
  return (await client.call(DESCRIBE_GROUPS, request, 5)).groups[0]?.groupState;
}
