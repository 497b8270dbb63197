/** ListOffsets, OffsetForLeaderEpoch and DeleteRecords: where a log begins, ends, and what lies in between. */
import {
  createListOffsetsPartition,
  createListOffsetsRequest,
  createListOffsetsTopic,
  type ListOffsetsPartition,
  type ListOffsetsRequest,
} from '../../../src/protocol/generated/list-offsets';
import {
  createDeleteRecordsPartition,
  createDeleteRecordsRequest,
  createDeleteRecordsTopic,
} from '../../../src/protocol/generated/delete-records';
import {
  createOffsetForLeaderEpochRequest,
  createOffsetForLeaderPartition,
  createOffsetForLeaderTopic,
} from '../../../src/protocol/generated/offset-for-leader-epoch';
import { createFetchPartition, createFetchRequest, createFetchTopic } from '../../../src/protocol/generated/fetch';
import { encodeBatch } from '../../../src/protocol/encode-batch';
import { toLeaderEpoch, toOffset, toPartitionId } from '../../../src/types';
import { DELETE_RECORDS, FETCH, LIST_OFFSETS, OFFSET_FOR_LEADER_EPOCH, PRODUCE } from '../codecs';
import type { Script } from '../script';
import { batch, produceTo, record, write } from './produce';

const SPECIAL = [-1, -2, -3, -4, -5, -6, -7];

export async function offsetsScript(script: Script): Promise<void> {
  await script.topic('listed', 2);
  const times = [[1_000, 3_000, 2_000], [5_000, 4_000], [4_500]];
  for (const batchTimes of times) {
    const records = encodeBatch(batchTimes.map((time) => record('v', time)));
    await write(script, 'listed', 0, records);
  }
  await listed(script);
  await epochs(script);
  await deleted(script);
}

function list(
  name: string,
  partitions: readonly Partial<ListOffsetsPartition>[],
  fields: Partial<ListOffsetsRequest> = {},
) {
  const topics = [
    createListOffsetsTopic({ name, partitions: partitions.map((each) => createListOffsetsPartition(each)) }),
  ];
  return createListOffsetsRequest({ replicaId: -1, topics, ...fields });
}
const epoch = (currentLeaderEpoch: number) => ({ currentLeaderEpoch: toLeaderEpoch(currentLeaderEpoch) });
const index = (partitionIndex: number) => ({ partitionIndex: toPartitionId(partitionIndex) });

async function listed(script: Script): Promise<void> {
  for (const timestamp of SPECIAL)
    await script.askInAll(LIST_OFFSETS, `time ${timestamp}`, list('listed', [{ timestamp }]));
  for (const timestamp of [0, 1_000, 1_001, 2_500, 3_001, 4_000, 4_200, 5_000, 5_001]) {
    await script.ask(LIST_OFFSETS, `time ${timestamp}`, list('listed', [{ timestamp }]));
  }
  for (const timestamp of [...SPECIAL, 0]) {
    await script.ask(LIST_OFFSETS, `time ${timestamp} of an empty log`, list('listed', [{ timestamp, ...index(1) }]));
  }
  await script.askInAll(LIST_OFFSETS, 'a topic that is not there', list('not-there', [{ timestamp: -1 }]));
  await script.askInAll(
    LIST_OFFSETS,
    'a partition that is not there',
    list('listed', [{ timestamp: -1, ...index(9) }]),
  );
  await script.ask(LIST_OFFSETS, 'one partition twice', list('listed', [{ timestamp: -1 }, { timestamp: -2 }]));
  const twice = [
    ...list('listed', [{ timestamp: -1 }]).topics,
    ...list('listed', [{ timestamp: -2, ...index(1) }, { timestamp: -2 }]).topics,
  ];
  await script.ask(LIST_OFFSETS, 'one topic twice', { ...list('listed', []), topics: twice });
  await script.ask(LIST_OFFSETS, 'what is committed', list('listed', [{ timestamp: -1 }], { isolationLevel: 1 }));
  for (const current of [-1, 0, 1]) {
    await script.ask(LIST_OFFSETS, `leader epoch ${current}`, list('listed', [{ timestamp: -1, ...epoch(current) }]));
  }
  await script.ask(LIST_OFFSETS, 'no topics', createListOffsetsRequest());
  await script.topic('tied', 1);
  for (const values of [['a', 'b'], ['c']]) {
    await write(
      script,
      'tied',
      0,
      encodeBatch(
        values.map((value) => record(value, 7)),
        { codec: 'gzip' },
      ),
    );
  }
  await script.ask(LIST_OFFSETS, 'the greatest time, which several have', list('tied', [{ timestamp: -3 }]));
  await script.ask(LIST_OFFSETS, 'a time that several have', list('tied', [{ timestamp: 7 }]));
  await script.topic('timeless', 1);
  await write(script, 'timeless', 0, encodeBatch([record('a', -1)]));
  await script.ask(LIST_OFFSETS, 'the greatest time of records without one', list('timeless', [{ timestamp: -3 }]));
  await script.ask(LIST_OFFSETS, 'time 0 in records without one', list('timeless', [{ timestamp: 0 }]));
}

async function epochs(script: Script): Promise<void> {
  const ask = (topic: string, fields: { partition?: number; current?: number; leaderEpoch: number }) =>
    createOffsetForLeaderEpochRequest({
      replicaId: -1,
      topics: [
        createOffsetForLeaderTopic({
          topic,
          partitions: [
            createOffsetForLeaderPartition({
              partition: toPartitionId(fields.partition ?? 0),
              currentLeaderEpoch: toLeaderEpoch(fields.current ?? -1),
              leaderEpoch: toLeaderEpoch(fields.leaderEpoch),
            }),
          ],
        }),
      ],
    });
  await script.askInAll(OFFSET_FOR_LEADER_EPOCH, 'the end of epoch 0', ask('listed', { leaderEpoch: 0 }));
  for (const leaderEpoch of [-1, 1, 5]) {
    await script.ask(OFFSET_FOR_LEADER_EPOCH, `the end of epoch ${leaderEpoch}`, ask('listed', { leaderEpoch }));
  }
  await script.ask(
    OFFSET_FOR_LEADER_EPOCH,
    'the end of epoch 0 of an empty log',
    ask('listed', { leaderEpoch: 0, partition: 1 }),
  );
  await script.ask(OFFSET_FOR_LEADER_EPOCH, 'leader epoch 0', ask('listed', { leaderEpoch: 0, current: 0 }));
  await script.ask(OFFSET_FOR_LEADER_EPOCH, 'leader epoch 1', ask('listed', { leaderEpoch: 0, current: 1 }));
  await script.askInAll(OFFSET_FOR_LEADER_EPOCH, 'a topic that is not there', ask('not-there', { leaderEpoch: 0 }));
  await script.ask(
    OFFSET_FOR_LEADER_EPOCH,
    'a partition that is not there',
    ask('listed', { leaderEpoch: 0, partition: 9 }),
  );
}

async function deleted(script: Script): Promise<void> {
  await script.topic('shortened', 2);
  await script.topic('not-shortened', 1, { 'cleanup.policy': 'compact' });
  for (const values of [
    ['a', 'b', 'c'],
    ['d', 'e', 'f'],
  ]) {
    await write(script, 'shortened', 0, batch(values));
  }
  const before = (topic: string, ...partitions: [number, number][]) =>
    createDeleteRecordsRequest({
      timeoutMs: 30_000,
      topics: [
        createDeleteRecordsTopic({
          name: topic,
          partitions: partitions.map(([partition, offset]) =>
            createDeleteRecordsPartition({ partitionIndex: toPartitionId(partition), offset: toOffset(offset) }),
          ),
        }),
      ],
    });
  await script.askInAll(DELETE_RECORDS, 'one record more', (version) => before('shortened', [0, version + 1]));
  const steps: [string, Parameters<typeof before>][] = [
    ['what is gone already', ['shortened', [0, 1]]],
    ['past the end', ['shortened', [0, 7]]],
    ['before -2', ['shortened', [0, -2]]],
    ['an empty log, all', ['shortened', [1, -1]]],
    ['an empty log, before 1', ['shortened', [1, 1]]],
    ['a partition that is not there', ['shortened', [9, 0]]],
    ['a topic that is not there', ['not-there', [0, 0]]],
    ['of a compacted topic', ['not-shortened', [0, 0]]],
    ['one partition twice', ['shortened', [0, 3], [0, 4]]],
  ];
  for (const [what, [topic, ...partitions]] of steps)
    await script.ask(DELETE_RECORDS, what, before(topic, ...partitions));
  const fetch = (fetchOffset: number, currentLeaderEpoch = -1, lastFetchedEpoch = -1) =>
    createFetchRequest({
      maxWaitMs: 0,
      maxBytes: 1 << 20,
      topics: [
        createFetchTopic({
          topic: 'shortened',
          topicId: script.idOf('shortened'),
          partitions: [
            createFetchPartition({
              fetchOffset: toOffset(fetchOffset),
              currentLeaderEpoch: toLeaderEpoch(currentLeaderEpoch),
              lastFetchedEpoch: toLeaderEpoch(lastFetchedEpoch),
              partitionMaxBytes: 1 << 20,
            }),
          ],
        }),
      ],
    });
  await script.untold(DELETE_RECORDS, before('shortened', [0, 4]));
  await script.ask(FETCH, 'below the start of a shortened log', fetch(1));
  await script.ask(FETCH, 'below the start of a shortened log, with an epoch', fetch(1, 0, 0));
  await script.ask(FETCH, 'at the start of a shortened log', fetch(4));
  await script.ask(FETCH, 'past the end of a shortened log', fetch(99));
  for (const timestamp of [...SPECIAL, 0, 1_001]) {
    await script.ask(LIST_OFFSETS, `time ${timestamp} of a shortened log`, list('shortened', [{ timestamp }]));
  }
  await script.ask(
    PRODUCE,
    'a refused batch to a shortened log',
    produceTo(script, 'shortened', [0, encodeBatch([record('a', Date.now() + 7_200_000)])]),
  );
  await script.ask(DELETE_RECORDS, 'all', before('shortened', [0, -1]));
  for (const timestamp of [...SPECIAL, 0]) {
    await script.ask(LIST_OFFSETS, `time ${timestamp} of a log that was emptied`, list('shortened', [{ timestamp }]));
  }
  await script.ask(PRODUCE, 'a batch to a log that was emptied', produceTo(script, 'shortened', [0, batch(['a'])]));
}
