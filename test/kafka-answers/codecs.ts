/** The APIs that the script asks, as their generated codecs. */
import * as alterClientQuotas from '../../src/protocol/generated/alter-client-quotas';
import * as alterConfigs from '../../src/protocol/generated/alter-configs';
import * as apiVersions from '../../src/protocol/generated/api-versions';
import * as createPartitions from '../../src/protocol/generated/create-partitions';
import * as createTopics from '../../src/protocol/generated/create-topics';
import * as deleteGroups from '../../src/protocol/generated/delete-groups';
import * as deleteRecords from '../../src/protocol/generated/delete-records';
import * as deleteTopics from '../../src/protocol/generated/delete-topics';
import * as describeClientQuotas from '../../src/protocol/generated/describe-client-quotas';
import * as describeConfigs from '../../src/protocol/generated/describe-configs';
import * as describeProducers from '../../src/protocol/generated/describe-producers';
import * as findCoordinator from '../../src/protocol/generated/find-coordinator';
import * as incrementalAlterConfigs from '../../src/protocol/generated/incremental-alter-configs';
import * as initProducerId from '../../src/protocol/generated/init-producer-id';
import * as offsetCommit from '../../src/protocol/generated/offset-commit';
import * as offsetDelete from '../../src/protocol/generated/offset-delete';
import * as offsetFetch from '../../src/protocol/generated/offset-fetch';
import * as offsetForLeaderEpoch from '../../src/protocol/generated/offset-for-leader-epoch';
import type { Codec } from '../support/kafka-client';
import { codec } from './codec';

export { FETCH, LIST_OFFSETS, METADATA, PRODUCE } from '../support/kafka-client';

const ConfigSource = { default: 5 } as const;

/** The APIs whose newest version came after Kafka 4.3: asked as that broker knows them. */
function until<Request, Response>(max: number, newer: Codec<Request, Response>): Codec<Request, Response> {
  const { min } = newer.facts.requestVersions;
  return { ...newer, facts: { ...newer.facts, requestVersions: { min, max } } };
}
export const ALTER_CLIENT_QUOTAS = codec(
  alterClientQuotas.alterClientQuotasApi,
  alterClientQuotas.writeAlterClientQuotasRequest,
  alterClientQuotas.readAlterClientQuotasResponse,
);
export const ALTER_CONFIGS = codec(
  alterConfigs.alterConfigsApi,
  alterConfigs.writeAlterConfigsRequest,
  alterConfigs.readAlterConfigsResponse,
);
export const API_VERSIONS = until(
  4,
  codec(apiVersions.apiVersionsApi, apiVersions.writeApiVersionsRequest, apiVersions.readApiVersionsResponse),
);
export const CREATE_PARTITIONS = codec(
  createPartitions.createPartitionsApi,
  createPartitions.writeCreatePartitionsRequest,
  createPartitions.readCreatePartitionsResponse,
);
/** Settings at their defaults are left out of the answers: those to DescribeConfigs have them. */
export const CREATE_TOPICS = codec(
  createTopics.createTopicsApi,
  createTopics.writeCreateTopicsRequest,
  (reader, version) => {
    const answer = createTopics.readCreateTopicsResponse(reader, version);
    const topics = answer.topics.map((topic) => ({
      ...topic,
      configs: topic.configs?.filter(({ configSource }) => configSource !== ConfigSource.default) ?? null,
    }));
    return { ...answer, topics };
  },
);
export const DELETE_GROUPS = until(
  2,
  codec(deleteGroups.deleteGroupsApi, deleteGroups.writeDeleteGroupsRequest, deleteGroups.readDeleteGroupsResponse),
);
export const DELETE_RECORDS = codec(
  deleteRecords.deleteRecordsApi,
  deleteRecords.writeDeleteRecordsRequest,
  deleteRecords.readDeleteRecordsResponse,
);
export const DELETE_TOPICS = codec(
  deleteTopics.deleteTopicsApi,
  deleteTopics.writeDeleteTopicsRequest,
  deleteTopics.readDeleteTopicsResponse,
);
export const DESCRIBE_CLIENT_QUOTAS = codec(
  describeClientQuotas.describeClientQuotasApi,
  describeClientQuotas.writeDescribeClientQuotasRequest,
  describeClientQuotas.readDescribeClientQuotasResponse,
);
export const DESCRIBE_CONFIGS = codec(
  describeConfigs.describeConfigsApi,
  describeConfigs.writeDescribeConfigsRequest,
  describeConfigs.readDescribeConfigsResponse,
);
export const DESCRIBE_PRODUCERS = codec(
  describeProducers.describeProducersApi,
  describeProducers.writeDescribeProducersRequest,
  describeProducers.readDescribeProducersResponse,
);
export const FIND_COORDINATOR = codec(
  findCoordinator.findCoordinatorApi,
  findCoordinator.writeFindCoordinatorRequest,
  findCoordinator.readFindCoordinatorResponse,
);
export const INCREMENTAL_ALTER_CONFIGS = codec(
  incrementalAlterConfigs.incrementalAlterConfigsApi,
  incrementalAlterConfigs.writeIncrementalAlterConfigsRequest,
  incrementalAlterConfigs.readIncrementalAlterConfigsResponse,
);
export const INIT_PRODUCER_ID = codec(
  initProducerId.initProducerIdApi,
  initProducerId.writeInitProducerIdRequest,
  initProducerId.readInitProducerIdResponse,
);
export const OFFSET_COMMIT = codec(
  offsetCommit.offsetCommitApi,
  offsetCommit.writeOffsetCommitRequest,
  offsetCommit.readOffsetCommitResponse,
);
export const OFFSET_DELETE = codec(
  offsetDelete.offsetDeleteApi,
  offsetDelete.writeOffsetDeleteRequest,
  offsetDelete.readOffsetDeleteResponse,
);
export const OFFSET_FETCH = codec(
  offsetFetch.offsetFetchApi,
  offsetFetch.writeOffsetFetchRequest,
  offsetFetch.readOffsetFetchResponse,
);
export const OFFSET_FOR_LEADER_EPOCH = codec(
  offsetForLeaderEpoch.offsetForLeaderEpochApi,
  offsetForLeaderEpoch.writeOffsetForLeaderEpochRequest,
  offsetForLeaderEpoch.readOffsetForLeaderEpochResponse,
);
