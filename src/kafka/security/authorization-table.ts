/**
 * THE table of who may ask what: which operation on which resource each API needs, as Kafka's handlers (KafkaApis, ControllerApis) check
 * it. The checks take their rules from here, dispatch makes those of whole requests by itself, and the table in README.md is made of it.
 */
import type { Operation, ResourceType } from './acl';

/** Kafka's errors of a refused authorization. */
export type AccessError =
  | 'TOPIC_AUTHORIZATION_FAILED'
  | 'GROUP_AUTHORIZATION_FAILED'
  | 'CLUSTER_AUTHORIZATION_FAILED'
  | 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED';

export interface AccessRule {
  /** Kafka's name of the API. */
  readonly api: string;
  readonly resource: ResourceType;
  readonly operation: Operation;
  /** In words, which resource of that type it is asked for. */
  readonly of: string;
  /** Present: dispatch checks it before the handler runs, on the cluster or on the resource that this field of the request names. */
  readonly request?: 'cluster' | 'groupId';
  /** The error that a client is answered where it is not allowed; undefined where there is none. */
  readonly error: AccessError | undefined;
  /** In words, what a client sees without it, where that is not the error alone. */
  readonly otherwise?: string;
  /** True where a refusal is not one of what was asked for: it only hides, or another rule may do instead. */
  readonly quiet?: true;
}

const ERRORS: Readonly<Partial<Record<ResourceType, AccessError>>> = {
  TOPIC: 'TOPIC_AUTHORIZATION_FAILED',
  GROUP: 'GROUP_AUTHORIZATION_FAILED',
  CLUSTER: 'CLUSTER_AUTHORIZATION_FAILED',
  TRANSACTIONAL_ID: 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
};

type More = Partial<Pick<AccessRule, 'request' | 'otherwise' | 'quiet'>> & { readonly error?: AccessError | 'none' };

function rule(api: string, operation: Operation, resource: ResourceType, of: string, more: More = {}): AccessRule {
  const { error, ...rest } = more;
  return { api, operation, resource, of, ...rest, error: error === 'none' ? undefined : (error ?? ERRORS[resource]) };
}

/** The whole request is about the cluster. */
const cluster = (api: string, operation: Operation): AccessRule =>
  rule(api, operation, 'CLUSTER', 'the cluster', { request: 'cluster' });

/** The whole request is of one group. */
const group = (api: string, operation: Operation): AccessRule =>
  rule(api, operation, 'GROUP', 'the group', { request: 'groupId' });

const topics = (api: string, operation: Operation, more?: More): AccessRule =>
  rule(api, operation, 'TOPIC', 'each topic', more);

const hidden = { error: 'none', quiet: true } as const;

export const AUTHORIZATION = {
  produce: {
    transactionalId: rule('Produce', 'WRITE', 'TRANSACTIONAL_ID', 'the transactional id, where there is one'),
    topic: topics('Produce', 'WRITE'),
  },
  fetch: {
    follower: rule('Fetch', 'CLUSTER_ACTION', 'CLUSTER', 'the cluster, for a request with a replica id', {
      error: 'TOPIC_AUTHORIZATION_FAILED',
    }),
    topic: topics('Fetch', 'READ'),
  },
  listOffsets: { topic: topics('ListOffsets', 'DESCRIBE') },
  metadata: {
    topic: topics('Metadata', 'DESCRIBE'),
    listed: rule('Metadata', 'DESCRIBE', 'TOPIC', 'each topic, where all are asked for', {
      ...hidden,
      otherwise: 'it is left out',
    }),
    createAny: rule('Metadata', 'CREATE', 'CLUSTER', 'the cluster, where a topic would be created', {
      ...hidden,
      otherwise: 'CREATE on the topic is needed',
    }),
    create: rule('Metadata', 'CREATE', 'TOPIC', 'the topic that would be created'),
    operations: rule('Metadata', 'DESCRIBE', 'CLUSTER', 'the cluster, where its authorized operations are asked for', {
      error: 'none',
      otherwise: 'they are 0',
    }),
  },
  offsetCommit: { group: group('OffsetCommit', 'READ'), topic: topics('OffsetCommit', 'READ') },
  offsetFetch: {
    group: rule('OffsetFetch', 'DESCRIBE', 'GROUP', 'each group'),
    topic: topics('OffsetFetch', 'DESCRIBE'),
    listed: rule('OffsetFetch', 'DESCRIBE', 'TOPIC', 'each topic, where all of a group are asked for', {
      ...hidden,
      otherwise: 'it is left out',
    }),
  },
  findCoordinator: {
    group: rule('FindCoordinator', 'DESCRIBE', 'GROUP', 'each group'),
    transactionalId: rule('FindCoordinator', 'DESCRIBE', 'TRANSACTIONAL_ID', 'each transactional id'),
    share: rule('FindCoordinator', 'CLUSTER_ACTION', 'CLUSTER', 'the cluster, for share coordinators'),
  },
  joinGroup: { group: group('JoinGroup', 'READ') },
  heartbeat: { group: group('Heartbeat', 'READ') },
  leaveGroup: { group: group('LeaveGroup', 'READ') },
  syncGroup: { group: rule('SyncGroup', 'READ', 'GROUP', 'the group') },
  describeGroups: { group: rule('DescribeGroups', 'DESCRIBE', 'GROUP', 'each group') },
  listGroups: {
    all: rule('ListGroups', 'DESCRIBE', 'CLUSTER', 'the cluster', {
      ...hidden,
      otherwise: 'DESCRIBE on each group is needed',
    }),
    group: rule('ListGroups', 'DESCRIBE', 'GROUP', 'each group', { ...hidden, otherwise: 'it is left out' }),
  },
  deleteGroups: { group: rule('DeleteGroups', 'DELETE', 'GROUP', 'each group') },
  offsetDelete: { group: group('OffsetDelete', 'DELETE'), topic: topics('OffsetDelete', 'READ') },
  consumerGroupDescribe: { group: rule('ConsumerGroupDescribe', 'DESCRIBE', 'GROUP', 'each group') },
  createTopics: {
    all: rule('CreateTopics', 'CREATE', 'CLUSTER', 'the cluster', {
      ...hidden,
      otherwise: 'CREATE on each topic is needed',
    }),
    topic: topics('CreateTopics', 'CREATE'),
    configs: rule('CreateTopics', 'DESCRIBE_CONFIGS', 'TOPIC', 'each topic that was created', {
      ...hidden,
      otherwise: 'its number of partitions and its settings are left out, and its `topicConfigErrorCode` says so',
    }),
  },
  deleteTopics: {
    all: rule('DeleteTopics', 'DELETE', 'CLUSTER', 'the cluster', {
      ...hidden,
      otherwise: 'DESCRIBE and DELETE on each topic are needed',
    }),
    describe: topics('DeleteTopics', 'DESCRIBE', {
      otherwise: 'the name of a topic that was named by its id is left out',
    }),
    topic: topics('DeleteTopics', 'DELETE'),
  },
  deleteRecords: { topic: topics('DeleteRecords', 'DELETE') },
  createPartitions: { topic: topics('CreatePartitions', 'ALTER') },
  initProducerId: {
    transactionalId: rule('InitProducerId', 'WRITE', 'TRANSACTIONAL_ID', 'the transactional id, where there is one'),
    cluster: rule('InitProducerId', 'IDEMPOTENT_WRITE', 'CLUSTER', 'the cluster, without a transactional id', {
      ...hidden,
      otherwise: 'WRITE on at least one topic is needed',
    }),
    someTopic: rule('InitProducerId', 'WRITE', 'TOPIC', 'any topic', { error: 'CLUSTER_AUTHORIZATION_FAILED' }),
  },
  offsetForLeaderEpoch: {
    all: rule('OffsetForLeaderEpoch', 'CLUSTER_ACTION', 'CLUSTER', 'the cluster', {
      ...hidden,
      otherwise: 'DESCRIBE on each topic is needed',
    }),
    topic: topics('OffsetForLeaderEpoch', 'DESCRIBE'),
  },
  describeConfigs: {
    topic: rule('DescribeConfigs', 'DESCRIBE_CONFIGS', 'TOPIC', 'each topic'),
    group: rule('DescribeConfigs', 'DESCRIBE_CONFIGS', 'GROUP', 'each group'),
    cluster: rule(
      'DescribeConfigs',
      'DESCRIBE_CONFIGS',
      'CLUSTER',
      'the cluster, for brokers, loggers and client metrics',
    ),
  },
  alterConfigs: {
    topic: rule('AlterConfigs', 'ALTER_CONFIGS', 'TOPIC', 'each topic'),
    group: rule('AlterConfigs', 'ALTER_CONFIGS', 'GROUP', 'each group'),
    cluster: rule('AlterConfigs', 'ALTER_CONFIGS', 'CLUSTER', 'the cluster, for brokers and client metrics'),
  },
  incrementalAlterConfigs: {
    topic: rule('IncrementalAlterConfigs', 'ALTER_CONFIGS', 'TOPIC', 'each topic'),
    group: rule('IncrementalAlterConfigs', 'ALTER_CONFIGS', 'GROUP', 'each group'),
    cluster: rule(
      'IncrementalAlterConfigs',
      'ALTER_CONFIGS',
      'CLUSTER',
      'the cluster, for brokers, loggers and client metrics',
    ),
  },
  describeProducers: { topic: topics('DescribeProducers', 'READ') },
  describeTransactions: {
    transactionalId: rule('DescribeTransactions', 'DESCRIBE', 'TRANSACTIONAL_ID', 'each transactional id'),
  },
  describeTopicPartitions: {
    topic: topics('DescribeTopicPartitions', 'DESCRIBE'),
    listed: rule('DescribeTopicPartitions', 'DESCRIBE', 'TOPIC', 'each topic, where all are asked for', {
      ...hidden,
      otherwise: 'it is left out',
    }),
  },
  describeCluster: {
    operations: rule(
      'DescribeCluster',
      'DESCRIBE',
      'CLUSTER',
      'the cluster, where its authorized operations are asked for',
      {
        error: 'none',
        otherwise: 'they are 0',
      },
    ),
  },
  describeLogDirs: { cluster: cluster('DescribeLogDirs', 'DESCRIBE') },
  electLeaders: { cluster: cluster('ElectLeaders', 'ALTER') },
  alterPartitionReassignments: { cluster: cluster('AlterPartitionReassignments', 'ALTER') },
  listPartitionReassignments: { cluster: cluster('ListPartitionReassignments', 'DESCRIBE') },
  listConfigResources: { cluster: cluster('ListConfigResources', 'DESCRIBE_CONFIGS') },
  describeClientQuotas: { cluster: cluster('DescribeClientQuotas', 'DESCRIBE_CONFIGS') },
  alterClientQuotas: { cluster: cluster('AlterClientQuotas', 'ALTER_CONFIGS') },
  describeUserScramCredentials: { cluster: cluster('DescribeUserScramCredentials', 'DESCRIBE') },
  alterUserScramCredentials: { cluster: cluster('AlterUserScramCredentials', 'ALTER') },
  describeAcls: { cluster: cluster('DescribeAcls', 'DESCRIBE') },
  createAcls: { cluster: cluster('CreateAcls', 'ALTER') },
  deleteAcls: { cluster: cluster('DeleteAcls', 'ALTER') },
} as const satisfies Readonly<Record<string, Readonly<Record<string, AccessRule>>>>;

export const ACCESS_RULES: readonly AccessRule[] = Object.values(AUTHORIZATION).flatMap(
  (rules): readonly AccessRule[] => Object.values(rules),
);

const NO_TOKENS = 'refused to everybody: there are no delegation tokens';

/** What everybody may ask, and why. */
export const OPEN_APIS: Readonly<Record<string, string>> = {
  ApiVersions: 'asked before a client has shown who it is',
  SaslHandshake: 'how a client shows who it is',
  SaslAuthenticate: 'how a client shows who it is',
  GetTelemetrySubscriptions: 'a client tells of itself alone',
  PushTelemetry: 'a client tells of itself alone',
  CreateDelegationToken: NO_TOKENS,
  RenewDelegationToken: NO_TOKENS,
  ExpireDelegationToken: NO_TOKENS,
  DescribeDelegationToken: NO_TOKENS,
  ListTransactions: 'only transactions that the client may DESCRIBE would be listed, and there are none',
};
