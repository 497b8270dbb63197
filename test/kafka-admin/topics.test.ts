/** Topic administration over bytes and a real engine, in the words of Apache Kafka 4.3 as it answered the same requests. */
import { randomUUID } from 'node:crypto';
import { createPartitions } from '../../src/kafka/api/create-partitions';
import { createTopics } from '../../src/kafka/api/create-topics';
import { deleteRecords } from '../../src/kafka/api/delete-records';
import { EngineError } from '../../src/engine-error';
import { deleteTopics } from '../../src/kafka/api/delete-topics';
import { describeCluster } from '../../src/kafka/api/describe-cluster';
import { describeLogDirs } from '../../src/kafka/api/describe-log-dirs';
import { describeTopicPartitions } from '../../src/kafka/api/describe-topic-partitions';
import { ErrorCode } from '../../src/protocol/error-code';
import * as createPartitionsCodec from '../../src/protocol/generated/create-partitions';
import * as createTopicsCodec from '../../src/protocol/generated/create-topics';
import type { CreatableTopic } from '../../src/protocol/generated/create-topics';
import * as deleteRecordsCodec from '../../src/protocol/generated/delete-records';
import * as deleteTopicsCodec from '../../src/protocol/generated/delete-topics';
import * as describeClusterCodec from '../../src/protocol/generated/describe-cluster';
import * as describeLogDirsCodec from '../../src/protocol/generated/describe-log-dirs';
import * as describeTopicPartitionsCodec from '../../src/protocol/generated/describe-topic-partitions';
import { toOffset, toPartitionId, toTopicId, ZERO_TOPIC_ID } from '../../src/types';
import { appendOf, value } from '../engine/batches';
import { asRequest } from '../engine/support';
import { startHandlers } from './handlers';
import type { HandlerBench } from './handlers';

const CREATE = {
  api: createTopics,
  write: createTopicsCodec.writeCreateTopicsRequest,
  read: createTopicsCodec.readCreateTopicsResponse,
};
const DELETE = {
  api: deleteTopics,
  write: deleteTopicsCodec.writeDeleteTopicsRequest,
  read: deleteTopicsCodec.readDeleteTopicsResponse,
};
const ADD = {
  api: createPartitions,
  write: createPartitionsCodec.writeCreatePartitionsRequest,
  read: createPartitionsCodec.readCreatePartitionsResponse,
};
const DELETE_RECORDS = {
  api: deleteRecords,
  write: deleteRecordsCodec.writeDeleteRecordsRequest,
  read: deleteRecordsCodec.readDeleteRecordsResponse,
};
const LOG_DIRS = {
  api: describeLogDirs,
  write: describeLogDirsCodec.writeDescribeLogDirsRequest,
  read: describeLogDirsCodec.readDescribeLogDirsResponse,
};
const DESCRIBE = {
  api: describeTopicPartitions,
  write: describeTopicPartitionsCodec.writeDescribeTopicPartitionsRequest,
  read: describeTopicPartitionsCodec.readDescribeTopicPartitionsResponse,
};
const CLUSTER = {
  api: describeCluster,
  write: describeClusterCodec.writeDescribeClusterRequest,
  read: describeClusterCodec.readDescribeClusterResponse,
};

let bench: HandlerBench;
beforeAll(async () => {
  bench = await startHandlers();
}, 180_000);
afterAll(async () => {
  const left = bench.telemetry.inflight().operations;
  await bench.close();
  expect(left).toEqual([]);
}, 180_000);

const unused = (): string => `t-${randomUUID()}`;
const topic = (fields: Partial<CreatableTopic> = {}): CreatableTopic =>
  createTopicsCodec.createCreatableTopic({ name: unused(), numPartitions: 1, replicationFactor: 1, ...fields });
const create = (topics: readonly CreatableTopic[], fields: { validateOnly?: boolean } = {}, version?: number) =>
  bench.call(CREATE, createTopicsCodec.createCreateTopicsRequest({ topics, ...fields }), version);
const made = async (fields: Partial<CreatableTopic> = {}): Promise<{ name: string; id: string }> => {
  const { topics } = await create([topic(fields)]);
  expect(topics[0]).toMatchObject({ errorCode: 0, errorMessage: null });
  return { name: topics[0]?.name ?? '', id: topics[0]?.topicId ?? '' };
};
const partition = toPartitionId;

describe('CreateTopics', () => {
  test('answers id, counts and settings, and the topic is there', async () => {
    const { topics } = await create([
      topic({ name: 'first', numPartitions: 4, configs: [{ name: 'cleanup.policy', value: 'compact, delete' }] }),
    ]);
    expect(topics[0]).toMatchObject({ errorCode: 0, numPartitions: 4, replicationFactor: 1 });
    expect(topics[0]?.topicId).toMatch(/^[\w-]{22}$/);
    expect(topics[0]?.topicId).not.toBe(ZERO_TOPIC_ID);
    const config = (name: string) => topics[0]?.configs?.find((each) => each.name === name);
    expect(config('cleanup.policy')).toMatchObject({ value: 'compact,delete', configSource: 1, readOnly: false });
    expect(config('segment.ms')).toMatchObject({ value: '1000000', configSource: 4 });
    expect(config('retention.ms')).toMatchObject({ value: '604800000', configSource: 5 });
    const stored = await asRequest(bench.telemetry, (context) => bench.engine.topic('first', context));
    expect(stored).toMatchObject({ partitionCount: 4, id: topics[0]?.topicId });
  });

  test.each([2, 3, 4, 5, 6, 7])('works in version %i, with the broker’s defaults for -1', async (version) => {
    const wanted = topic({ numPartitions: -1, replicationFactor: -1 });
    const { topics } = await create([wanted], {}, version);
    expect(topics).toMatchObject([{ name: wanted.name, errorCode: 0 }]);
    const stored = await asRequest(bench.telemetry, (context) => bench.engine.topic(wanted.name, context));
    expect(stored?.partitionCount).toBe(3);
  });

  test('only validates where asked to', async () => {
    const wanted = topic({ numPartitions: 7 });
    expect((await create([wanted], { validateOnly: true })).topics).toMatchObject([{ errorCode: 0, numPartitions: 7 }]);
    const stored = await asRequest(bench.telemetry, (context) => bench.engine.topic(wanted.name, context));
    expect(stored).toBeUndefined();
    const taken = await made();
    expect((await create([topic({ name: taken.name })], { validateOnly: true })).topics).toMatchObject([
      { errorCode: ErrorCode.TOPIC_ALREADY_EXISTS, errorMessage: `Topic '${taken.name}' already exists.` },
    ]);
  });

  test('takes manual assignments of one replica', async () => {
    const assignments = [1, 0, 2].map((index) => ({ partitionIndex: partition(index), brokerIds: [1] }));
    const { topics } = await create([topic({ numPartitions: -1, replicationFactor: -1, assignments })]);
    expect(topics).toMatchObject([{ errorCode: 0, numPartitions: 3 }]);
  });

  const manual = (...replicas: readonly [number, number[]][]): Partial<CreatableTopic> => ({
    numPartitions: -1,
    replicationFactor: -1,
    assignments: replicas.map(([index, brokerIds]) => ({ partitionIndex: partition(index), brokerIds })),
  });
  test.each<[Partial<CreatableTopic>, number, string]>([
    [{ name: '.' }, ErrorCode.INVALID_TOPIC_EXCEPTION, "Topic name is invalid: '.' is not allowed"],
    [{ name: '..' }, ErrorCode.INVALID_TOPIC_EXCEPTION, "Topic name is invalid: '..' is not allowed"],
    [
      { name: 'a b' },
      ErrorCode.INVALID_TOPIC_EXCEPTION,
      "Topic name is invalid: 'a b' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'",
    ],
    [{ name: 'x'.repeat(250) }, ErrorCode.INVALID_TOPIC_EXCEPTION, 'is longer than the max allowed length 249'],
    [{ name: '__cluster_metadata' }, ErrorCode.INVALID_REQUEST, 'Creation of internal topic'],
    [{ replicationFactor: 3 }, ErrorCode.INVALID_REPLICATION_FACTOR, 'only 1 broker(s) are registered'],
    [{ replicationFactor: 0 }, ErrorCode.INVALID_REPLICATION_FACTOR, 'Replication factor must be larger than 0'],
    [{ replicationFactor: -2 }, ErrorCode.INVALID_REPLICATION_FACTOR, 'Replication factor must be larger than 0'],
    [
      { numPartitions: 0 },
      ErrorCode.INVALID_PARTITIONS,
      'Number of partitions was set to an invalid non-positive value.',
    ],
    [
      { numPartitions: -2 },
      ErrorCode.INVALID_PARTITIONS,
      'Number of partitions was set to an invalid non-positive value.',
    ],
    [{ numPartitions: 10_001 }, ErrorCode.POLICY_VIOLATION, 'Excessively large number of partitions per request.'],
    [
      manual([1, [1]], [2, [1]]),
      ErrorCode.INVALID_REPLICA_ASSIGNMENT,
      'partitions should be a consecutive 0-based integer sequence',
    ],
    [
      manual([0, [1]], [0, [1]]),
      ErrorCode.INVALID_REPLICA_ASSIGNMENT,
      'Found multiple manual partition assignments for partition 0',
    ],
    [manual([0, [1, 2]]), ErrorCode.INVALID_REPLICA_ASSIGNMENT, 'includes broker 2, but no such broker is registered.'],
    [manual([0, [1, 1]]), ErrorCode.INVALID_REPLICA_ASSIGNMENT, 'includes the broker 1 more than once.'],
    [manual([0, []]), ErrorCode.INVALID_REPLICA_ASSIGNMENT, 'includes an empty replica list.'],
    [{ ...manual([0, [1]]), numPartitions: 1 }, ErrorCode.INVALID_REQUEST, 'numPartitions was not set to -1.'],
    [{ ...manual([0, [1]]), replicationFactor: 1 }, ErrorCode.INVALID_REQUEST, 'replication factor was not set to -1.'],
    [{ configs: [{ name: 'foo', value: '1' }] }, ErrorCode.INVALID_CONFIG, 'Unknown topic config name: foo'],
    [
      { configs: [{ name: 'retention.ms', value: null }] },
      ErrorCode.INVALID_CONFIG,
      'Null value not supported for topic configs: retention.ms',
    ],
  ])('refuses %j', async (fields, errorCode, message) => {
    const { topics } = await create([topic(fields)]);
    expect(topics).toMatchObject([{ errorCode, errorMessage: expect.stringContaining(message) }]);
  });

  test('refuses a topic that is there, collides or is named twice, and makes the others', async () => {
    const base = unused();
    await made({ name: `${base}.x` });
    const good = topic();
    const { topics } = await create([
      topic({ name: `${base}.x` }),
      topic({ name: `${base}_x` }),
      topic({ name: 'twice' }),
      topic({ name: 'twice', numPartitions: 2 }),
      good,
    ]);
    const of = (name: string) => topics.filter((each) => each.name === name);
    expect(of(`${base}.x`)).toMatchObject([{ errorCode: ErrorCode.TOPIC_ALREADY_EXISTS }]);
    expect(of(`${base}_x`)).toMatchObject([
      {
        errorCode: ErrorCode.INVALID_TOPIC_EXCEPTION,
        errorMessage: `Topic '${base}_x' collides with existing topic: ${base}.x`,
      },
    ]);
    expect(of('twice')).toMatchObject([
      { errorCode: ErrorCode.INVALID_REQUEST, errorMessage: 'Duplicate topic name.' },
    ]);
    expect(of(good.name)).toMatchObject([{ errorCode: 0 }]);
  });
});

describe('DeleteTopics', () => {
  const remove = (topics: readonly { name?: string | null; topicId?: string }[]) =>
    bench.call(
      DELETE,
      deleteTopicsCodec.createDeleteTopicsRequest({
        timeoutMs: 30_000,
        topics: topics.map(({ name = null, topicId = ZERO_TOPIC_ID }) => ({ name, topicId: toTopicId(topicId) })),
      }),
    );

  test.each([1, 2, 3, 4, 5])('deletes by name in version %i, and the name can be used again', async (version) => {
    const { name, id } = await made();
    const request = deleteTopicsCodec.createDeleteTopicsRequest({ topicNames: [name, 'no-such'], timeoutMs: 30_000 });
    const { responses } = await bench.call(DELETE, request, version);
    expect(responses).toMatchObject([
      { name, errorCode: 0 },
      { name: 'no-such', errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION },
    ]);
    expect((await made({ name })).id).not.toBe(id);
  });

  test('is deleted though its committed offsets could not be', async () => {
    const { name } = await made();
    const { offsets } = bench.services.groups;
    const broken = jest.spyOn(offsets, 'deleteTopic').mockRejectedValueOnce(new EngineError('unavailable', 'away'));
    expect((await remove([{ name }])).responses).toMatchObject([{ name, errorCode: 0 }]);
    expect(broken).toHaveBeenCalledTimes(1);
    broken.mockRestore();
    expect((await remove([{ name }])).responses).toMatchObject([{ errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION }]);
  });

  test('deletes by name and by id', async () => {
    const [one, other] = [await made(), await made()];
    expect((await remove([{ name: one.name }, { topicId: other.id }])).responses).toMatchObject([
      { name: one.name, topicId: one.id, errorCode: 0 },
      { name: other.name, topicId: other.id, errorCode: 0 },
    ]);
    const stored = await asRequest(bench.telemetry, (context) => bench.engine.topic(other.name, context));
    expect(stored).toBeUndefined();
  });

  test('refuses what is unknown, unclear or given twice', async () => {
    const kept = await made();
    const unknownId = 'AAAAAAAAAAAAAAAAAAAAAQ';
    expect((await remove([{ name: 'no-such' }, { topicId: unknownId }])).responses).toMatchObject([
      { name: 'no-such', errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION },
      { name: null, topicId: unknownId, errorCode: ErrorCode.UNKNOWN_TOPIC_ID },
    ]);
    expect((await remove([{}, { name: 'x', topicId: unknownId }])).responses).toMatchObject([
      { errorCode: ErrorCode.INVALID_REQUEST, errorMessage: 'Neither topic name nor id were specified.' },
      { errorCode: ErrorCode.INVALID_REQUEST, errorMessage: 'You may not specify both topic name and topic id.' },
    ]);
    expect((await remove([{ name: kept.name }, { name: kept.name }])).responses).toMatchObject([
      { name: kept.name, errorCode: ErrorCode.INVALID_REQUEST, errorMessage: 'Duplicate topic name.' },
    ]);
    expect((await remove([{ name: kept.name }, { topicId: kept.id }])).responses).toMatchObject([
      { name: kept.name, topicId: kept.id, errorCode: ErrorCode.INVALID_REQUEST },
    ]);
    expect((await remove([{ topicId: kept.id }, { name: kept.name }, { topicId: kept.id }])).responses).toMatchObject([
      { name: null, topicId: kept.id, errorCode: ErrorCode.INVALID_REQUEST, errorMessage: 'Duplicate topic id.' },
      { name: kept.name, topicId: kept.id, errorCode: ErrorCode.INVALID_REQUEST },
    ]);
    const stored = await asRequest(bench.telemetry, (context) => bench.engine.topic(kept.name, context));
    expect(stored).toBeDefined();
  });
});

describe('CreatePartitions', () => {
  const add = (
    wanted: { name: string; count: number; assignments?: number[][] },
    fields: { validateOnly?: boolean; version?: number } = {},
  ) =>
    bench.call(
      ADD,
      createPartitionsCodec.createCreatePartitionsRequest({
        topics: [
          {
            name: wanted.name,
            count: wanted.count,
            assignments: wanted.assignments?.map((brokerIds) => ({ brokerIds })) ?? null,
          },
        ],
        timeoutMs: 30_000,
        validateOnly: fields.validateOnly ?? false,
      }),
      fields.version,
    );
  const count = async (name: string) =>
    (await asRequest(bench.telemetry, (context) => bench.engine.topic(name, context)))?.partitionCount;

  test.each([0, 1, 2, 3])('raises the number in version %i', async (version) => {
    const { name } = await made();
    expect((await add({ name, count: 5 }, { version })).results).toMatchObject([{ name, errorCode: 0 }]);
    expect(await count(name)).toBe(5);
    expect((await add({ name, count: 6, assignments: [[1]] }, { version })).results).toMatchObject([{ errorCode: 0 }]);
    expect(await count(name)).toBe(6);
  });

  test('only validates where asked to', async () => {
    const { name } = await made();
    expect((await add({ name, count: 9 }, { validateOnly: true })).results).toMatchObject([{ errorCode: 0 }]);
    expect(await count(name)).toBe(1);
  });

  test.each<[{ count: number; assignments?: number[][] }, number, string]>([
    [{ count: 2 }, ErrorCode.INVALID_PARTITIONS, 'Topic already has 2 partition(s).'],
    [{ count: 1 }, ErrorCode.INVALID_PARTITIONS, 'currently has 2 partition(s); 1 would not be an increase.'],
    [{ count: 0 }, ErrorCode.INVALID_PARTITIONS, 'currently has 2 partition(s); 0 would not be an increase.'],
    [
      { count: 4, assignments: [[1]] },
      ErrorCode.INVALID_REPLICA_ASSIGNMENT,
      'Attempted to add 2 additional partition(s), but only 1 assignment(s) were specified.',
    ],
    [{ count: 3, assignments: [[9]] }, ErrorCode.INVALID_REPLICA_ASSIGNMENT, 'includes broker 9, but no such broker'],
    [
      { count: 3, assignments: [[1, 2]] },
      ErrorCode.INVALID_REPLICA_ASSIGNMENT,
      'includes broker 2, but no such broker',
    ],
    [{ count: 20_000 }, ErrorCode.POLICY_VIOLATION, 'Excessively large number of partitions per request.'],
  ])('refuses %j', async (fields, errorCode, message) => {
    const { name } = await made({ numPartitions: 2 });
    expect((await add({ name, ...fields })).results).toMatchObject([
      { name, errorCode, errorMessage: expect.stringContaining(message) },
    ]);
    expect(await count(name)).toBe(2);
  });

  test('refuses an unknown topic', async () => {
    expect((await add({ name: 'no-such', count: 2 })).results).toMatchObject([
      { name: 'no-such', errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION },
    ]);
  });
});

describe('DeleteRecords', () => {
  const remove = async (name: string, offsets: readonly [number, number][], version?: number) => {
    const partitions = offsets.map(([index, offset]) => ({
      partitionIndex: partition(index),
      offset: toOffset(offset),
    }));
    const request = deleteRecordsCodec.createDeleteRecordsRequest({
      topics: [{ name, partitions }],
      timeoutMs: 30_000,
    });
    return (await bench.call(DELETE_RECORDS, request, version)).topics[0]?.partitions;
  };
  const withRecords = async (name: string, records: number): Promise<void> => {
    await asRequest(bench.telemetry, async (context) => {
      const found = await bench.engine.topic(name, context);
      if (found === undefined) throw new Error('the topic was made before');
      const batch = Array.from({ length: records }, (_, n) => value(String(n)));
      await bench.engine.partition(found, partition(0)).append(appendOf(batch), context);
    });
  };

  test.each([0, 1, 2])('moves the log start in version %i, -1 meaning the high watermark', async (version) => {
    const { name } = await made({ configs: [{ name: 'retention.ms', value: '-1' }] });
    await withRecords(name, 10);
    expect(await remove(name, [[0, 4]], version)).toMatchObject([{ lowWatermark: 4, errorCode: 0 }]);
    expect(await remove(name, [[0, 2]], version)).toMatchObject([{ lowWatermark: 4, errorCode: 0 }]);
    expect(await remove(name, [[0, -1]], version)).toMatchObject([{ lowWatermark: 10, errorCode: 0 }]);
  });

  test('refuses offsets past the end or below -1, and unknown partitions and topics', async () => {
    const { name } = await made();
    const refused = (errorCode: number) => ({ lowWatermark: -1, errorCode });
    expect(
      await remove(name, [
        [0, 10],
        [7, 0],
      ]),
    ).toMatchObject([refused(ErrorCode.OFFSET_OUT_OF_RANGE), refused(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)]);
    expect(await remove(name, [[0, -2]])).toMatchObject([refused(ErrorCode.OFFSET_OUT_OF_RANGE)]);
    expect(await remove('no-such', [[0, 0]])).toMatchObject([refused(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)]);
    expect(await remove('__consumer_offsets', [[0, 0]])).toMatchObject([refused(ErrorCode.INVALID_TOPIC_EXCEPTION)]);
  });

  test('refuses topics that do not delete', async () => {
    const { name } = await made({ configs: [{ name: 'cleanup.policy', value: 'compact' }] });
    expect(await remove(name, [[0, 0]])).toMatchObject([{ errorCode: ErrorCode.POLICY_VIOLATION }]);
  });
});

describe('DescribeLogDirs', () => {
  test.each([1, 2, 3, 4, 5])('lists all or what is asked, in version %i', async (version) => {
    const { name } = await made({ numPartitions: 2 });
    const describe = async (topics: { topic: string; partitions: number[] }[] | null) => {
      const request = describeLogDirsCodec.createDescribeLogDirsRequest({
        topics: topics?.map((each) => ({ topic: each.topic, partitions: each.partitions.map(partition) })) ?? null,
      });
      return bench.call(LOG_DIRS, request, version);
    };
    const all = await describe(null);
    expect(all.results).toHaveLength(1);
    expect(all.results[0]?.topics.find((each) => each.name === name)?.partitions).toHaveLength(2);
    const [some] = (await describe([{ topic: name, partitions: [1, 9] }])).results;
    expect(some?.topics).toMatchObject([
      { name, partitions: [{ partitionIndex: 1, offsetLag: 0, isFutureKey: false }] },
    ]);
    if (version >= 4) expect(some?.totalBytes).toBeGreaterThan(some?.usableBytes ?? Infinity);
  });
});

describe('DescribeTopicPartitions', () => {
  const describePage = (names: string[], fields: { limit?: number; cursor?: [string, number] } = {}) =>
    bench.call(
      DESCRIBE,
      describeTopicPartitionsCodec.createDescribeTopicPartitionsRequest({
        topics: names.map((name) => ({ name })),
        responsePartitionLimit: fields.limit ?? 2_000,
        cursor:
          fields.cursor === undefined
            ? null
            : { topicName: fields.cursor[0], partitionIndex: partition(fields.cursor[1]) },
      }),
    );

  test('describes each topic in the order of names, and says which are not there', async () => {
    const base = unused();
    const { id } = await made({ name: `${base}-b`, numPartitions: 2 });
    const { topics, nextCursor } = await describePage([`${base}-c`, `${base}-b`, 'a b', `${base}-b`]);
    expect(nextCursor).toBeNull();
    expect(topics).toMatchObject([
      { name: 'a b', errorCode: ErrorCode.INVALID_TOPIC_EXCEPTION, partitions: [] },
      {
        name: `${base}-b`,
        topicId: id,
        errorCode: 0,
        isInternal: false,
        topicAuthorizedOperations: 3_576,
        partitions: [
          { partitionIndex: 0, leaderId: 1, leaderEpoch: 0, replicaNodes: [1], isrNodes: [1], offlineReplicas: [] },
          { partitionIndex: 1, leaderId: 1 },
        ],
      },
      { name: `${base}-c`, errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, partitions: [] },
    ]);
  });

  test('pages by partitions: every partition comes exactly once', async () => {
    const names = await Promise.all([3, 1, 5].map(async (numPartitions) => (await made({ numPartitions })).name));
    const seen: string[] = [];
    let cursor: [string, number] | undefined;
    for (let pages = 0; pages < 20; pages += 1) {
      const page = await describePage(names, { limit: 2, ...(cursor === undefined ? {} : { cursor }) });
      const partitions = page.topics.flatMap((each) =>
        each.partitions.map((of) => `${each.name}/${of.partitionIndex}`),
      );
      expect(partitions.length).toBeLessThanOrEqual(2);
      seen.push(...partitions);
      if (page.nextCursor === null) break;
      cursor = [page.nextCursor.topicName, page.nextCursor.partitionIndex];
    }
    expect(seen).toHaveLength(9);
    expect(new Set(seen).size).toBe(9);
  });

  test('without names all topics are described', async () => {
    const { name } = await made();
    const { topics } = await describePage([]);
    expect(topics.map((each) => each.name)).toContain(name);
  });
});

describe('DescribeCluster', () => {
  test.each([0, 1, 2])('names this broker in version %i', async (version) => {
    const request = describeClusterCodec.createDescribeClusterRequest({ includeClusterAuthorizedOperations: true });
    expect(await bench.call(CLUSTER, request, version)).toMatchObject({
      errorCode: 0,
      clusterId: 'cluster',
      controllerId: 1,
      brokers: [{ brokerId: 1, host: '127.0.0.1', port: 9092, rack: null, isFenced: false }],
      clusterAuthorizedOperations: 8_096,
    });
  });

  test('has no controller endpoint, and knows no others', async () => {
    const ask = (endpointType: number) =>
      bench.call(CLUSTER, describeClusterCodec.createDescribeClusterRequest({ endpointType }));
    expect(await ask(2)).toMatchObject({ errorCode: ErrorCode.MISMATCHED_ENDPOINT_TYPE, brokers: [] });
    expect(await ask(7)).toMatchObject({ errorCode: ErrorCode.UNSUPPORTED_ENDPOINT_TYPE, brokers: [] });
  });
});
