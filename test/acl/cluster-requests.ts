/** Requests about the cluster, settings and rights, one or more for each row of the authorization table. */
import * as alterClientQuotas from '../../src/protocol/generated/alter-client-quotas';
import * as alterConfigs from '../../src/protocol/generated/alter-configs';
import * as alterPartitionReassignments from '../../src/protocol/generated/alter-partition-reassignments';
import * as alterUserScramCredentials from '../../src/protocol/generated/alter-user-scram-credentials';
import * as createAcls from '../../src/protocol/generated/create-acls';
import * as deleteAcls from '../../src/protocol/generated/delete-acls';
import * as describeAcls from '../../src/protocol/generated/describe-acls';
import * as describeClientQuotas from '../../src/protocol/generated/describe-client-quotas';
import * as describeCluster from '../../src/protocol/generated/describe-cluster';
import * as describeConfigs from '../../src/protocol/generated/describe-configs';
import * as describeLogDirs from '../../src/protocol/generated/describe-log-dirs';
import * as describeUserScramCredentials from '../../src/protocol/generated/describe-user-scram-credentials';
import * as electLeaders from '../../src/protocol/generated/elect-leaders';
import * as incrementalAlterConfigs from '../../src/protocol/generated/incremental-alter-configs';
import * as listConfigResources from '../../src/protocol/generated/list-config-resources';
import * as listPartitionReassignments from '../../src/protocol/generated/list-partition-reassignments';
import { ErrorCode } from '../../src/protocol/error-code';
import { codec } from '../kafka-answers/codec';
import { request, type AskedRequest } from './asked-request';

const RESOURCE = { topic: 2, broker: 4, brokerLogger: 8, clientMetrics: 16, group: 32 } as const;
/** A filter that finds nothing: the answer holds no entry of the script's own. */
const NOTHING = {
  resourceTypeFilter: 2,
  resourceNameFilter: 'nothing',
  patternTypeFilter: 3,
  principalFilter: null,
  hostFilter: null,
  operation: 1,
  permissionType: 1,
} as const;

/** Whether it was refused for lack of a right: what is answered otherwise is compared elsewhere. */
const verdictOf = (answers: readonly { readonly errorCode: number }[]) => ({
  refused: answers.some(({ errorCode }) => errorCode === ErrorCode.CLUSTER_AUTHORIZATION_FAILED),
});

const ALTER_CLIENT_QUOTAS = codec(
  alterClientQuotas.alterClientQuotasApi,
  alterClientQuotas.writeAlterClientQuotasRequest,
  (reader, version) => {
    const answer = alterClientQuotas.readAlterClientQuotasResponse(reader, version);
    return verdictOf(answer.entries);
  },
);
const ALTER_CONFIGS = codec(
  alterConfigs.alterConfigsApi,
  alterConfigs.writeAlterConfigsRequest,
  alterConfigs.readAlterConfigsResponse,
);
const ALTER_PARTITION_REASSIGNMENTS = codec(
  alterPartitionReassignments.alterPartitionReassignmentsApi,
  alterPartitionReassignments.writeAlterPartitionReassignmentsRequest,
  alterPartitionReassignments.readAlterPartitionReassignmentsResponse,
);
const ALTER_USER_SCRAM_CREDENTIALS = codec(
  alterUserScramCredentials.alterUserScramCredentialsApi,
  alterUserScramCredentials.writeAlterUserScramCredentialsRequest,
  alterUserScramCredentials.readAlterUserScramCredentialsResponse,
);
export const CREATE_ACLS = codec(
  createAcls.createAclsApi,
  createAcls.writeCreateAclsRequest,
  createAcls.readCreateAclsResponse,
);
/** Kafka gives no order to them. */
const inOrder = <T extends object>(list: readonly T[]): readonly T[] =>
  list.toSorted((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1));

export const DELETE_ACLS = codec(deleteAcls.deleteAclsApi, deleteAcls.writeDeleteAclsRequest, (reader, version) => {
  const { filterResults, ...answer } = deleteAcls.readDeleteAclsResponse(reader, version);
  const ordered = filterResults.map((each) => ({ ...each, matchingAcls: inOrder(each.matchingAcls) }));
  return { ...answer, filterResults: ordered };
});
export const DESCRIBE_ACLS = codec(
  describeAcls.describeAclsApi,
  describeAcls.writeDescribeAclsRequest,
  (reader, version) => {
    const { resources, ...answer } = describeAcls.readDescribeAclsResponse(reader, version);
    return { ...answer, resources: inOrder(resources.map((each) => ({ ...each, acls: inOrder(each.acls) }))) };
  },
);
const DESCRIBE_CLIENT_QUOTAS = codec(
  describeClientQuotas.describeClientQuotasApi,
  describeClientQuotas.writeDescribeClientQuotasRequest,
  (reader, version) => {
    const answer = describeClientQuotas.readDescribeClientQuotasResponse(reader, version);
    return verdictOf([answer]);
  },
);
export const DESCRIBE_CLUSTER = codec(
  describeCluster.describeClusterApi,
  describeCluster.writeDescribeClusterRequest,
  describeCluster.readDescribeClusterResponse,
);
const DESCRIBE_CONFIGS = codec(
  describeConfigs.describeConfigsApi,
  describeConfigs.writeDescribeConfigsRequest,
  describeConfigs.readDescribeConfigsResponse,
);
const DESCRIBE_LOG_DIRS = codec(
  describeLogDirs.describeLogDirsApi,
  describeLogDirs.writeDescribeLogDirsRequest,
  (reader, version) => {
    const { results, ...answer } = describeLogDirs.readDescribeLogDirsResponse(reader, version);
    return { ...answer, directories: results.length };
  },
);
const DESCRIBE_USER_SCRAM_CREDENTIALS = codec(
  describeUserScramCredentials.describeUserScramCredentialsApi,
  describeUserScramCredentials.writeDescribeUserScramCredentialsRequest,
  describeUserScramCredentials.readDescribeUserScramCredentialsResponse,
);
const ELECT_LEADERS = codec(
  electLeaders.electLeadersApi,
  electLeaders.writeElectLeadersRequest,
  electLeaders.readElectLeadersResponse,
);
const INCREMENTAL_ALTER_CONFIGS = codec(
  incrementalAlterConfigs.incrementalAlterConfigsApi,
  incrementalAlterConfigs.writeIncrementalAlterConfigsRequest,
  incrementalAlterConfigs.readIncrementalAlterConfigsResponse,
);
const LIST_CONFIG_RESOURCES = codec(
  listConfigResources.listConfigResourcesApi,
  listConfigResources.writeListConfigResourcesRequest,
  listConfigResources.readListConfigResourcesResponse,
);
const LIST_PARTITION_REASSIGNMENTS = codec(
  listPartitionReassignments.listPartitionReassignmentsApi,
  listPartitionReassignments.writeListPartitionReassignmentsRequest,
  listPartitionReassignments.readListPartitionReassignmentsResponse,
);

const described = (resourceType: number, resourceName: string) =>
  describeConfigs.createDescribeConfigsRequest({
    resources: [
      describeConfigs.createDescribeConfigsResource({
        resourceType,
        resourceName,
        // Which settings there are is compared elsewhere.
        configurationKeys: ['no.such.setting'],
      }),
    ],
  });

const changed = (resourceType: number, resourceName: string) =>
  incrementalAlterConfigs.createIncrementalAlterConfigsRequest({
    validateOnly: true,
    resources: [incrementalAlterConfigs.createAlterConfigsResource({ resourceType, resourceName, configs: [] })],
  });

export const CLUSTER_REQUESTS: readonly AskedRequest[] = [
  request('describeConfigs', 'of a topic', DESCRIBE_CONFIGS, ({ topic }) => described(RESOURCE.topic, topic)),
  request('describeConfigs', 'of a topic that does not exist', DESCRIBE_CONFIGS, () =>
    described(RESOURCE.topic, 'absent'),
  ),
  request('describeConfigs', 'of a broker', DESCRIBE_CONFIGS, () => described(RESOURCE.broker, '1')),
  request('describeConfigs', 'of loggers', DESCRIBE_CONFIGS, () => described(RESOURCE.brokerLogger, '1')),
  request('describeConfigs', 'of a group', DESCRIBE_CONFIGS, ({ group }) => described(RESOURCE.group, group)),
  request('describeConfigs', 'of client metrics', DESCRIBE_CONFIGS, () => described(RESOURCE.clientMetrics, 'some')),
  request('alterConfigs', 'of a topic', ALTER_CONFIGS, ({ topic }) =>
    alterConfigs.createAlterConfigsRequest({
      validateOnly: true,
      resources: [topic, 'absent'].map((resourceName) =>
        alterConfigs.createAlterConfigsResource({ resourceType: RESOURCE.topic, resourceName }),
      ),
    }),
  ),
  request('alterConfigs', 'of a broker', ALTER_CONFIGS, () =>
    alterConfigs.createAlterConfigsRequest({
      validateOnly: true,
      resources: [alterConfigs.createAlterConfigsResource({ resourceType: RESOURCE.broker, resourceName: '1' })],
    }),
  ),
  request('alterConfigs', 'of a group', ALTER_CONFIGS, ({ group }) =>
    alterConfigs.createAlterConfigsRequest({
      validateOnly: true,
      resources: [alterConfigs.createAlterConfigsResource({ resourceType: RESOURCE.group, resourceName: group })],
    }),
  ),
  request('incrementalAlterConfigs', 'of a topic', INCREMENTAL_ALTER_CONFIGS, ({ topic }) =>
    changed(RESOURCE.topic, topic),
  ),
  request('incrementalAlterConfigs', 'of a topic that does not exist', INCREMENTAL_ALTER_CONFIGS, () =>
    changed(RESOURCE.topic, 'absent'),
  ),
  request('incrementalAlterConfigs', 'of a broker', INCREMENTAL_ALTER_CONFIGS, () => changed(RESOURCE.broker, '1')),
  request('incrementalAlterConfigs', 'of loggers', INCREMENTAL_ALTER_CONFIGS, () =>
    changed(RESOURCE.brokerLogger, '1'),
  ),
  request('incrementalAlterConfigs', 'of a group', INCREMENTAL_ALTER_CONFIGS, ({ group }) =>
    changed(RESOURCE.group, group),
  ),
  request('incrementalAlterConfigs', 'of client metrics', INCREMENTAL_ALTER_CONFIGS, () =>
    changed(RESOURCE.clientMetrics, 'some'),
  ),
  request('describeCluster', 'with operations', DESCRIBE_CLUSTER, () =>
    describeCluster.createDescribeClusterRequest({ includeClusterAuthorizedOperations: true, endpointType: 1 }),
  ),
  request(
    'describeLogDirs',
    'of no topic',
    DESCRIBE_LOG_DIRS,
    () => describeLogDirs.createDescribeLogDirsRequest({ topics: [] }),
    4,
  ),
  request('electLeaders', 'of a topic', ELECT_LEADERS, ({ topic }) =>
    electLeaders.createElectLeadersRequest({
      electionType: 0,
      timeoutMs: 5_000,
      topicPartitions: [electLeaders.createTopicPartitions({ topic, partitions: [] })],
    }),
  ),
  request('alterPartitionReassignments', 'of none', ALTER_PARTITION_REASSIGNMENTS, () =>
    alterPartitionReassignments.createAlterPartitionReassignmentsRequest({ timeoutMs: 5_000 }),
  ),
  request('listPartitionReassignments', 'all', LIST_PARTITION_REASSIGNMENTS, () =>
    listPartitionReassignments.createListPartitionReassignmentsRequest({ timeoutMs: 5_000, topics: null }),
  ),
  request('listConfigResources', 'client metrics', LIST_CONFIG_RESOURCES, () =>
    listConfigResources.createListConfigResourcesRequest({ resourceTypes: [RESOURCE.clientMetrics] }),
  ),
  request('describeClientQuotas', 'all', DESCRIBE_CLIENT_QUOTAS, () =>
    describeClientQuotas.createDescribeClientQuotasRequest({ components: [] }),
  ),
  request('alterClientQuotas', 'none', ALTER_CLIENT_QUOTAS, () =>
    alterClientQuotas.createAlterClientQuotasRequest({
      validateOnly: true,
      entries: [
        alterClientQuotas.createEntryData({
          entity: [alterClientQuotas.createEntityData({ entityType: 'user', entityName: 'somebody' })],
          ops: [],
        }),
      ],
    }),
  ),
  request('alterUserScramCredentials', 'of nobody', ALTER_USER_SCRAM_CREDENTIALS, () =>
    alterUserScramCredentials.createAlterUserScramCredentialsRequest({
      deletions: [alterUserScramCredentials.createScramCredentialDeletion({ name: 'nobody', mechanism: 1 })],
    }),
  ),
  request('describeUserScramCredentials', 'of nobody', DESCRIBE_USER_SCRAM_CREDENTIALS, () =>
    describeUserScramCredentials.createDescribeUserScramCredentialsRequest({
      users: [describeUserScramCredentials.createUserName({ name: 'nobody' })],
    }),
  ),
  request('describeAcls', 'that are not there', DESCRIBE_ACLS, () => describeAcls.createDescribeAclsRequest(NOTHING)),
  request('createAcls', 'with an empty name', CREATE_ACLS, () =>
    createAcls.createCreateAclsRequest({
      creations: [
        createAcls.createAclCreation({
          resourceType: 2,
          resourceName: '',
          resourcePatternType: 3,
          principal: 'User:nobody',
          host: '*',
          operation: 3,
          permissionType: 3,
        }),
      ],
    }),
  ),
  request('deleteAcls', 'that are not there', DELETE_ACLS, () =>
    deleteAcls.createDeleteAclsRequest({ filters: [deleteAcls.createDeleteAclsFilter(NOTHING)] }),
  ),
];
