/** THE list of APIs. Version answers, header versions, dispatch, span names and metric labels derive from it. */
import { alterClientQuotas } from './alter-client-quotas';
import { alterConfigs } from './alter-configs';
import { alterPartitionReassignments } from './alter-partition-reassignments';
import { alterUserScramCredentials } from './alter-user-scram-credentials';
import { apiVersionsOf } from './api-versions';
import { consumerGroupDescribe } from './consumer-group-describe';
import { createAcls } from './create-acls';
import { createPartitions } from './create-partitions';
import { createTopics } from './create-topics';
import type { AnyApi } from './define-api';
import { delegationTokens } from './delegation-tokens';
import { deleteAcls } from './delete-acls';
import { deleteGroups } from './delete-groups';
import { deleteRecords } from './delete-records';
import { deleteTopics } from './delete-topics';
import { describeAcls } from './describe-acls';
import { describeClientQuotas } from './describe-client-quotas';
import { describeCluster } from './describe-cluster';
import { describeConfigs } from './describe-configs';
import { describeGroups } from './describe-groups';
import { describeLogDirs } from './describe-log-dirs';
import { describeProducers } from './describe-producers';
import { describeTopicPartitions } from './describe-topic-partitions';
import { describeTransactions } from './describe-transactions';
import { describeUserScramCredentials } from './describe-user-scram-credentials';
import { electLeaders } from './elect-leaders';
import { fetch } from './fetch';
import { findCoordinator } from './find-coordinator';
import { getTelemetrySubscriptions } from './get-telemetry-subscriptions';
import { heartbeat } from './heartbeat';
import { incrementalAlterConfigs } from './incremental-alter-configs';
import { initProducerId } from './init-producer-id';
import { joinGroup } from './join-group';
import { leaveGroup } from './leave-group';
import { listConfigResources } from './list-config-resources';
import { listGroups } from './list-groups';
import { listOffsets } from './list-offsets';
import { listPartitionReassignments } from './list-partition-reassignments';
import { listTransactions } from './list-transactions';
import { metadata } from './metadata';
import { offsetCommit } from './offset-commit';
import { offsetDelete } from './offset-delete';
import { offsetFetch } from './offset-fetch';
import { offsetForLeaderEpoch } from './offset-for-leader-epoch';
import { produce } from './produce';
import { pushTelemetry } from './push-telemetry';
import { saslAuthenticate } from './sasl-authenticate';
import { saslHandshake } from './sasl-handshake';
import { syncGroup } from './sync-group';

const withoutApiVersions: readonly AnyApi[] = [
  produce,
  fetch,
  listOffsets,
  metadata,
  offsetForLeaderEpoch,
  alterClientQuotas,
  alterConfigs,
  alterPartitionReassignments,
  alterUserScramCredentials,
  consumerGroupDescribe,
  createAcls,
  createPartitions,
  createTopics,
  ...delegationTokens,
  deleteAcls,
  deleteGroups,
  deleteRecords,
  deleteTopics,
  describeAcls,
  describeClientQuotas,
  describeCluster,
  describeConfigs,
  describeGroups,
  describeLogDirs,
  describeProducers,
  describeTopicPartitions,
  describeTransactions,
  describeUserScramCredentials,
  electLeaders,
  findCoordinator,
  getTelemetrySubscriptions,
  heartbeat,
  incrementalAlterConfigs,
  initProducerId,
  joinGroup,
  leaveGroup,
  listConfigResources,
  listGroups,
  listPartitionReassignments,
  listTransactions,
  offsetCommit,
  offsetDelete,
  offsetFetch,
  pushTelemetry,
  saslAuthenticate,
  saslHandshake,
  syncGroup,
];

export const apis: readonly AnyApi[] = [...withoutApiVersions, apiVersionsOf(withoutApiVersions)];
