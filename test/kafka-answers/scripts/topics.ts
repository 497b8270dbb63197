/** CreateTopics, CreatePartitions, DeleteTopics and Metadata: what is made, what is refused, and how it is then described. */
import {
  createCreatableReplicaAssignment,
  createCreatableTopic,
  createCreatableTopicConfig,
  createCreateTopicsRequest,
  type CreatableTopic,
} from '../../../src/protocol/generated/create-topics';
import {
  createCreatePartitionsAssignment,
  createCreatePartitionsRequest,
  createCreatePartitionsTopic,
  type CreatePartitionsTopic,
} from '../../../src/protocol/generated/create-partitions';
import { createDeleteTopicsRequest, createDeleteTopicState } from '../../../src/protocol/generated/delete-topics';
import { createMetadataRequest, createMetadataRequestTopic } from '../../../src/protocol/generated/metadata';
import { toPartitionId, toTopicId, type TopicId, ZERO_TOPIC_ID } from '../../../src/types';
import { CREATE_PARTITIONS, CREATE_TOPICS, DELETE_TOPICS, METADATA } from '../codecs';
import type { Script } from '../script';

const NOBODYS_ID = toTopicId('AAAAAAAAAAAAAAAAAAAAAQ');

export async function topicsScript(script: Script): Promise<void> {
  await create(script);
  await refusedCreations(script);
  await partitions(script);
  await metadata(script);
  await remove(script);
}

const topic = (name: string, fields: Partial<CreatableTopic> = {}): CreatableTopic =>
  createCreatableTopic({ name, numPartitions: 1, replicationFactor: 1, ...fields });
const creation = (...topics: CreatableTopic[]) => createCreateTopicsRequest({ topics, timeoutMs: 30_000 });
const settings = (...pairs: [string, string | null][]) =>
  pairs.map(([name, value]) => createCreatableTopicConfig({ name, value }));
const replicas = (...brokers: [number, number[]][]) =>
  brokers.map(([index, brokerIds]) =>
    createCreatableReplicaAssignment({ partitionIndex: toPartitionId(index), brokerIds }),
  );

async function create(script: Script): Promise<void> {
  await script.askInAll(CREATE_TOPICS, 'a topic, only validated', {
    ...creation(topic('validated', { configs: settings(['retention.ms', '1000']) })),
    validateOnly: true,
  });
  await script.askInAll(CREATE_TOPICS, 'a topic', (version) => creation(topic(`created-${version}`)));
  await script.ask(
    CREATE_TOPICS,
    'numbers left to the broker',
    creation(topic('left', { numPartitions: -1, replicationFactor: -1 })),
  );
  await script.ask(
    CREATE_TOPICS,
    'assigned replicas',
    creation(
      topic('assigned', { numPartitions: -1, replicationFactor: -1, assignments: replicas([0, [1]], [1, [1]]) }),
    ),
  );
  await script.ask(CREATE_TOPICS, 'no topics', creation());
  await script.ask(
    CREATE_TOPICS,
    'one that is right beside one that is wrong',
    creation(topic('right'), topic('wrong/name')),
  );
}

async function refusedCreations(script: Script): Promise<void> {
  await script.topic('there', 3);
  await script.askInAll(CREATE_TOPICS, 'a topic that is there', creation(topic('there')));
  const refused: [string, ...CreatableTopic[]][] = [
    ['a name with a slash', topic('a/b')],
    ['an empty name', topic('')],
    ['the name .', topic('.')],
    ['the name ..', topic('..')],
    ['a name of 250 characters', topic('n'.repeat(250))],
    ['a name with a dot', topic('collides.here')],
    ['a name that differs in its dots from one that is there', topic('collides_here')],
    ['no partitions', topic('bad', { numPartitions: 0 })],
    ['-2 partitions', topic('bad', { numPartitions: -2 })],
    ['two replicas', topic('bad', { replicationFactor: 2 })],
    ['no replicas', topic('bad', { replicationFactor: 0 })],
    ['-2 replicas', topic('bad', { replicationFactor: -2 })],
    ['a setting that nobody knows', topic('bad', { configs: settings(['no.such.setting', '1']) })],
    ['a number that is none', topic('bad', { configs: settings(['retention.ms', 'abc']) })],
    ['a number in exponents', topic('bad', { configs: settings(['retention.ms', '1e3']) })],
    ['a number with blanks', topic('bad', { configs: settings(['retention.ms', ' 1000 ']) })],
    ['a number out of its range', topic('bad', { configs: settings(['retention.ms', '-2']) })],
    ['a cleanup policy that is none', topic('bad', { configs: settings(['cleanup.policy', 'shred']) })],
    ['a boolean in capitals', topic('capitals', { configs: settings(['unclean.leader.election.enable', 'TRUE']) })],
    ['a boolean that is none', topic('bad', { configs: settings(['preallocate', 'yes']) })],
    ['a setting without a value', topic('bad', { configs: settings(['retention.ms', null]) })],
    ['a setting twice', topic('twice', { configs: settings(['retention.ms', '1'], ['retention.ms', '2']) })],
    ['one topic twice', topic('bad'), topic('bad')],
    [
      'assigned replicas and a count',
      topic('bad', { numPartitions: 1, replicationFactor: -1, assignments: replicas([0, [1]]) }),
    ],
    [
      'assigned replicas and a factor',
      topic('bad', { numPartitions: -1, replicationFactor: 1, assignments: replicas([0, [1]]) }),
    ],
    [
      'assigned replicas with a gap',
      topic('bad', { numPartitions: -1, replicationFactor: -1, assignments: replicas([1, [1]]) }),
    ],
    [
      'replicas at a broker that is not there',
      topic('bad', { numPartitions: -1, replicationFactor: -1, assignments: replicas([0, [9]]) }),
    ],
    [
      'replicas twice at one broker',
      topic('bad', { numPartitions: -1, replicationFactor: -1, assignments: replicas([0, [1, 1]]) }),
    ],
    [
      'a partition assigned to nobody',
      topic('bad', { numPartitions: -1, replicationFactor: -1, assignments: replicas([0, []]) }),
    ],
  ];
  for (const [what, ...topics] of refused) await script.ask(CREATE_TOPICS, what, creation(...topics));
  await script.ask(CREATE_TOPICS, 'the internal topic of transactions, only validated', {
    ...creation(topic('__transaction_state')),
    validateOnly: true,
  });
}

async function partitions(script: Script): Promise<void> {
  const more = (name: string, count: number, fields: Partial<CreatePartitionsTopic> = {}) =>
    createCreatePartitionsTopic({ name, count, ...fields });
  const request = (...topics: CreatePartitionsTopic[]) => createCreatePartitionsRequest({ topics, timeoutMs: 30_000 });
  await script.topic('grows');
  await script.askInAll(CREATE_PARTITIONS, 'one partition more', (version) => request(more('grows', version + 2)));
  await script.ask(CREATE_PARTITIONS, 'one more, only validated', { ...request(more('grows', 6)), validateOnly: true });
  const assigned = (...brokers: number[][]) =>
    brokers.map((brokerIds) => createCreatePartitionsAssignment({ brokerIds }));
  const refused: [string, ...CreatePartitionsTopic[]][] = [
    ['as many as there are', more('grows', 5)],
    ['fewer than there are', more('grows', 2)],
    ['none', more('grows', 0)],
    ['-1', more('grows', -1)],
    ['of a topic that is not there', more('not-there', 2)],
    ['of a name that cannot be', more('a/b', 2)],
    ['of one topic twice', more('grows', 6), more('grows', 7)],
    ['assigned, one too few', more('grows', 7, { assignments: assigned([1]) })],
    ['assigned to a broker that is not there', more('grows', 6, { assignments: assigned([9]) })],
    ['assigned to nobody', more('grows', 6, { assignments: assigned([]) })],
    ['assigned to two brokers', more('grows', 6, { assignments: assigned([1, 2]) })],
    ['assigned', more('grows', 6, { assignments: assigned([1]) })],
  ];
  for (const [what, ...topics] of refused) await script.ask(CREATE_PARTITIONS, what, request(...topics));
}

async function metadata(script: Script): Promise<void> {
  const of = (...names: string[]) =>
    createMetadataRequest({
      topics: names.map((name) => createMetadataRequestTopic({ name })),
      allowAutoTopicCreation: false,
    });
  const byId = (topicId: TopicId, name: string | null = null) =>
    createMetadataRequest({ topics: [createMetadataRequestTopic({ topicId, name })], allowAutoTopicCreation: false });
  for (let version = 2; version <= 7; version++) await script.know(`created-${version}`);
  await script.askInAll(METADATA, 'a topic', of('there'));
  await script.askInAll(METADATA, 'all topics', (version) => ({ ...of(), topics: version === 0 ? [] : null }));
  await script.askInAll(METADATA, 'no topics', of(), 1);
  await script.askInAll(METADATA, 'a topic that is not there, not to be made', of('not-there'), 4);
  await script.askInAll(METADATA, 'a name that cannot be', of('a/b'));
  await script.ask(METADATA, 'an empty name', of(''));
  await script.ask(METADATA, 'one topic twice', of('there', 'there'));
  await script.askInAll(METADATA, 'an id', byId(script.idOf('there')), 10);
  await script.askInAll(METADATA, 'an id that nobody has', byId(NOBODYS_ID), 10);
  await script.askInAll(METADATA, 'neither name nor id', byId(ZERO_TOPIC_ID), 10);
  await script.askInAll(METADATA, 'name and id', byId(script.idOf('there'), 'there'), 10);
  await script.askInAll(
    METADATA,
    'operations that are allowed on a topic',
    { ...of('there'), includeTopicAuthorizedOperations: true },
    8,
  );
  for (const version of [8, 9, 10]) {
    await script.ask(
      METADATA,
      'operations that are allowed on the cluster',
      { ...of(), includeClusterAuthorizedOperations: true },
      version,
    );
  }
  await script.ask(METADATA, 'a name that cannot be made', { ...of('a b'), allowAutoTopicCreation: true });
  await script.untold(METADATA, { ...of('made-by-asking'), allowAutoTopicCreation: true });
  await script.know('made-by-asking');
  await script.ask(METADATA, 'a topic that was made by asking for it', of('made-by-asking'));
}

async function remove(script: Script): Promise<void> {
  const states = (...topics: [string | null, TopicId][]) =>
    createDeleteTopicsRequest({
      topics: topics.map(([name, topicId]) => createDeleteTopicState({ name, topicId })),
      topicNames: topics.map(([name]) => name ?? ''),
      timeoutMs: 30_000,
    });
  const named = (...names: string[]) => states(...names.map((name): [string, TopicId] => [name, ZERO_TOPIC_ID]));
  await script.askInAll(DELETE_TOPICS, 'a topic', (version) => named(`created-${version + 1}`));
  await script.askInAll(DELETE_TOPICS, 'a topic that is not there', named('not-there'));
  await script.ask(DELETE_TOPICS, 'a topic by its id', states([null, script.idOf('grows')]));
  await script.ask(DELETE_TOPICS, 'an id that nobody has', states([null, NOBODYS_ID]));
  await script.ask(DELETE_TOPICS, 'neither name nor id', states([null, ZERO_TOPIC_ID]));
  await script.ask(DELETE_TOPICS, 'name and id', states(['there', script.idOf('there')]));
  await script.ask(DELETE_TOPICS, 'one topic twice', named('there', 'there'));
  await script.ask(
    DELETE_TOPICS,
    'one topic by name and by id',
    states(['there', ZERO_TOPIC_ID], [null, script.idOf('there')]),
  );
  await script.ask(DELETE_TOPICS, 'no topics', named());
  await script.ask(DELETE_TOPICS, 'a name that cannot be', named('a/b'));
}
