/**
 * Metadata: one broker that leads everything, and the topics. A null list asks for all topics, an empty one for none; from version 12
 * on topics can be named by id. A topic that is named and does not exist is created where the request and the broker allow it.
 */
import type { Topic } from '../../engine/engine';
import { EngineError } from '../../engine-error';
import { ErrorCode } from '../../protocol/error-code';
import {
  createMetadataResponse,
  createMetadataResponseBroker,
  createMetadataResponsePartition,
  createMetadataResponseTopic,
  metadataApi,
  readMetadataRequest,
  writeMetadataResponse,
  type MetadataRequest,
  type MetadataRequestTopic,
  type MetadataResponse,
  type MetadataResponseTopic,
} from '../../protocol/generated/metadata';
import type { CallContext } from '../../telemetry/trace/operation';
import { toPartitionId, ZERO_TOPIC_ID } from '../../types';
import { CLUSTER_OPERATIONS, OPERATIONS_NOT_ASKED, TOPIC_OPERATIONS } from '../admin/authorized-operations';
import { autoCreateTopic } from '../auto-create';
import type { Cluster } from '../cluster/cluster';
import { errorCodeOf } from '../error-mapping';
import { findTopic } from '../find-topic';
import { giveUpAfter } from '../../waiting/give-up';
import type { Services } from '../services';
import { isInternalTopic, topicNameProblem } from '../topic-names';
import { defineApi, type RequestContext } from './define-api';

/** The version from which on a topic may be named by its id. */
const IDS_FROM = 12;

/** A client waits for it without saying how long; the engine has this long. */
const WAIT_MS = 1_900;

export const metadata = defineApi<MetadataRequest, MetadataResponse>({
  facts: metadataApi,
  read: readMetadataRequest,
  write: writeMetadataResponse,
  handle,
  failure: refused,
  errors: function* (response) {
    yield response.errorCode;
    for (const topic of response.topics) yield topic.errorCode;
  },
});

async function handle(
  request: MetadataRequest,
  context: RequestContext,
  services: Services,
): Promise<MetadataResponse> {
  const namesAll = (request.topics ?? []).every(({ name, topicId }) => name !== null && topicId === ZERO_TOPIC_ID);
  if (context.apiVersion < IDS_FROM && !namesAll) return refused(request, ErrorCode.INVALID_REQUEST);
  const { cluster } = services;
  const topics = await topicsOf(request, context, services);
  return createMetadataResponse({
    brokers: cluster
      .brokers(context.session.listener)
      .map(({ id, host, port }) => createMetadataResponseBroker({ nodeId: id, host, port })),
    clusterId: cluster.id,
    controllerId: cluster.controllerId,
    topics,
    clusterAuthorizedOperations: request.includeClusterAuthorizedOperations ? CLUSTER_OPERATIONS : OPERATIONS_NOT_ASKED,
  });
}

/** The whole request, as Kafka does it: without brokers. */
function refused(request: MetadataRequest, errorCode: ErrorCode): MetadataResponse {
  const topics = (request.topics ?? []).map(({ name, topicId }) =>
    createMetadataResponseTopic({ errorCode, name: name ?? '', topicId }),
  );
  return createMetadataResponse({ errorCode, topics });
}

async function topicsOf(
  request: MetadataRequest,
  context: RequestContext,
  services: Services,
): Promise<readonly MetadataResponseTopic[]> {
  const giveUp = giveUpAfter(WAIT_MS, context.signal, services.clock);
  const inner = { operation: context.operation, signal: giveUp.signal };
  context.operation.setBudget(WAIT_MS);
  const operations = request.includeTopicAuthorizedOperations ? TOPIC_OPERATIONS : OPERATIONS_NOT_ASKED;
  try {
    // Version 0 has no way to ask for no topics: there an empty list means all.
    if (request.topics === null || (context.apiVersion === 0 && request.topics.length === 0)) {
      const late = giveUp.reached.then(() =>
        Promise.reject(new EngineError('timeout', 'the topics were not listed in time')),
      );
      const all = await Promise.race([services.engine.topics(inner), late]);
      return all.map((topic) => describe(topic, services.cluster, operations));
    }
    const late = giveUp.reached.then(() => undefined);
    return await Promise.all(
      request.topics.map(async (named) => {
        const found = await Promise.race([
          namedTopic(named, request, { context: inner, asker: context, services, operations }),
          late,
        ]);
        return found ?? unknown(named, ErrorCode.LEADER_NOT_AVAILABLE, operations);
      }),
    );
  } finally {
    giveUp.abandon();
  }
}

interface Lookup {
  readonly context: CallContext;
  readonly asker: RequestContext;
  readonly services: Services;
  readonly operations: number;
}

async function namedTopic(
  named: MetadataRequestTopic,
  request: MetadataRequest,
  { context, asker, services, operations }: Lookup,
): Promise<MetadataResponseTopic> {
  const name = named.topicId === ZERO_TOPIC_ID ? named.name : '';
  if (name === null) return unknown(named, ErrorCode.INVALID_REQUEST, operations);
  const byName = named.topicId === ZERO_TOPIC_ID;
  if (byName && topicNameProblem(name) !== undefined) {
    return unknown(named, ErrorCode.INVALID_TOPIC_EXCEPTION, operations);
  }
  const found = await findTopic({ name, id: named.topicId }, 'log', services, context);
  if (found.topic !== undefined) return describe(found.topic, services.cluster, operations);
  const missing = byName && found.errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
  if (!missing) return unknown(named, retriable(found.errorCode), operations);
  if (!request.allowAutoTopicCreation || !services.settings.autoCreateTopics) {
    return unknown(named, found.errorCode, operations);
  }
  try {
    const created = await autoCreateTopic(name, services, context, asker);
    return describe(created, services.cluster, operations);
  } catch (error) {
    return unknown(named, retriable(errorCodeOf(error, 'log')), operations);
  }
}

/** A topic whose engine does not answer has no leader that can be reached: every client asks again after that. */
function retriable(errorCode: ErrorCode): ErrorCode {
  const passing: readonly ErrorCode[] = [ErrorCode.REQUEST_TIMED_OUT, ErrorCode.NOT_LEADER_OR_FOLLOWER];
  return passing.includes(errorCode) ? ErrorCode.LEADER_NOT_AVAILABLE : errorCode;
}

function unknown(
  { name, topicId }: MetadataRequestTopic,
  errorCode: ErrorCode,
  topicAuthorizedOperations: number,
): MetadataResponseTopic {
  return createMetadataResponseTopic({ errorCode, name, topicId, topicAuthorizedOperations });
}

function describe(topic: Topic, cluster: Cluster, topicAuthorizedOperations: number): MetadataResponseTopic {
  return createMetadataResponseTopic({
    name: topic.name,
    topicId: topic.id,
    isInternal: isInternalTopic(topic.name),
    partitions: Array.from({ length: topic.partitionCount }, (_, index) => {
      const partitionIndex = toPartitionId(index);
      const { leaderId, leaderEpoch, replicas } = cluster.leadership(topic.name, partitionIndex);
      return createMetadataResponsePartition({
        partitionIndex,
        leaderId,
        leaderEpoch,
        replicaNodes: replicas,
        isrNodes: replicas,
      });
    }),
    topicAuthorizedOperations,
  });
}
