/** THE list of APIs. Version answers, header versions, dispatch, span names and metric labels derive from it. */
import { alterConfigs } from './alter-configs';
import { apiVersionsOf } from './api-versions';
import { createPartitions } from './create-partitions';
import { createTopics } from './create-topics';
import type { AnyApi } from './define-api';
import { deleteRecords } from './delete-records';
import { deleteTopics } from './delete-topics';
import { describeCluster } from './describe-cluster';
import { describeConfigs } from './describe-configs';
import { describeGroups } from './describe-groups';
import { describeLogDirs } from './describe-log-dirs';
import { describeTopicPartitions } from './describe-topic-partitions';
import { fetch } from './fetch';
import { findCoordinator } from './find-coordinator';
import { heartbeat } from './heartbeat';
import { incrementalAlterConfigs } from './incremental-alter-configs';
import { initProducerId } from './init-producer-id';
import { joinGroup } from './join-group';
import { leaveGroup } from './leave-group';
import { listGroups } from './list-groups';
import { listOffsets } from './list-offsets';
import { metadata } from './metadata';
import { offsetCommit } from './offset-commit';
import { offsetFetch } from './offset-fetch';
import { offsetForLeaderEpoch } from './offset-for-leader-epoch';
import { produce } from './produce';
import { syncGroup } from './sync-group';

const withoutApiVersions: readonly AnyApi[] = [
  produce,
  fetch,
  listOffsets,
  metadata,
  offsetForLeaderEpoch,
  alterConfigs,
  createPartitions,
  createTopics,
  deleteRecords,
  deleteTopics,
  describeCluster,
  describeConfigs,
  describeGroups,
  describeLogDirs,
  describeTopicPartitions,
  findCoordinator,
  heartbeat,
  incrementalAlterConfigs,
  initProducerId,
  joinGroup,
  leaveGroup,
  listGroups,
  offsetCommit,
  offsetFetch,
  syncGroup,
];

export const apis: readonly AnyApi[] = [...withoutApiVersions, apiVersionsOf(withoutApiVersions)];
