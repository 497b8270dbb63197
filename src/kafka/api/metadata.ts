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
import { autoCreateTopic } from '../auto-create';
import type { Cluster } from '../cluster/cluster';
import { errorCodeOf } from '../error-mapping';
import { findAllowedTopic } from '../find-topic';
import { giveUpAfter } from '../../waiting/give-up';
import { type Access, accessOf, OPERATIONS_NOT_ASKED } from '../security/access';
import { AUTHORIZATION } from '../security/authorization-table';
import type { Services } from '../services';
import { isInternalTopic, topicNameProblem } from '../topic-names';
import { defineApi, type RequestContext } from './define-api';

/** The version from which on a topic may be named by its id. */
const IDS_FROM = 12;

const RULES = AUTHORIZATION.metadata;

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
  const access = accessOf(context, services);
  const topics = await topicsOf(request, context, { services, access });
  return createMetadataResponse({
    brokers: cluster
      .brokers(context.session.listener)
      .map(({ id, host, port }) => createMetadataResponseBroker({ nodeId: id, host, port })),
    clusterId: cluster.id,
    controllerId: cluster.controllerId,
    topics,
    clusterAuthorizedOperations: clusterOperations(request.includeClusterAuthorizedOperations, access),
  });
}

function clusterOperations(asked: boolean, access: Access): number {
  if (!asked) return OPERATIONS_NOT_ASKED;
  return access.allows(RULES.operations) ? access.operations('CLUSTER') : 0;
}

/** The whole request, as Kafka does it: without brokers. */
function refused(request: MetadataRequest, errorCode: ErrorCode): MetadataResponse {
  const topics = (request.topics ?? []).map(({ name, topicId }) =>
    createMetadataResponseTopic({ errorCode, name: name ?? '', topicId }),
  );
  return createMetadataResponse({ errorCode, topics });
}

interface Surroundings {
  readonly services: Services;
  readonly access: Access;
}

async function topicsOf(
  request: MetadataRequest,
  context: RequestContext,
  { services, access }: Surroundings,
): Promise<readonly MetadataResponseTopic[]> {
  const giveUp = giveUpAfter(WAIT_MS, context.signal, services.clock);
  const inner = { operation: context.operation, signal: giveUp.signal };
  context.operation.setBudget(WAIT_MS);
  const operationsOf = (name: string): number =>
    request.includeTopicAuthorizedOperations ? access.operations('TOPIC', name) : OPERATIONS_NOT_ASKED;
  try {
    // Version 0 has no way to ask for no topics: there an empty list means all.
    if (request.topics === null || (context.apiVersion === 0 && request.topics.length === 0)) {
      const late = giveUp.reached.then(() =>
        Promise.reject(new EngineError('timeout', 'the topics were not listed in time')),
      );
      const all = await Promise.race([services.engine.topics(inner), late]);
      return all
        .filter(({ name }) => access.allows(RULES.listed, name))
        .map((topic) => describe(topic, services.cluster, operationsOf(topic.name)));
    }
    const late = giveUp.reached.then(() => undefined);
    return await Promise.all(
      request.topics.map(async (named) => {
        const found = await Promise.race([
          namedTopic(named, request, { context: inner, asker: context, services, access, operationsOf }),
          late,
        ]);
        return found ?? unknown(named, ErrorCode.LEADER_NOT_AVAILABLE, operationsOf(named.name ?? ''));
      }),
    );
  } finally {
    giveUp.abandon();
  }
}

interface Lookup extends Surroundings {
  readonly context: CallContext;
  readonly asker: RequestContext;
  readonly operationsOf: (topic: string) => number;
}

async function namedTopic(
  named: MetadataRequestTopic,
  request: MetadataRequest,
  { context, asker, services, access, operationsOf }: Lookup,
): Promise<MetadataResponseTopic> {
  const byName = named.topicId === ZERO_TOPIC_ID;
  const name = byName ? named.name : '';
  if (name === null) return unknown(named, ErrorCode.INVALID_REQUEST, OPERATIONS_NOT_ASKED);
  const operations = operationsOf(name);
  const allows = (topic: string): boolean => access.allows(RULES.topic, topic);
  if (byName && topicNameProblem(name) !== undefined) {
    return allows(name) ? unknown(named, ErrorCode.INVALID_TOPIC_EXCEPTION, operations) : denied(named);
  }
  const found = await findAllowedTopic({ name, id: named.topicId }, { activity: 'log', allows }, services, context);
  if (found.topic !== undefined) return describe(found.topic, services.cluster, operationsOf(found.topic.name));
  if (found.errorCode === ErrorCode.TOPIC_AUTHORIZATION_FAILED) return denied(named);
  const missing = byName && found.errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
  if (!missing) return unknown(named, retriable(found.errorCode), operations);
  if (!request.allowAutoTopicCreation || !services.settings.autoCreateTopics) {
    return unknown(named, found.errorCode, operations);
  }
  if (!access.allows(RULES.createAny) && !access.allows(RULES.create, name)) return denied(named);
  try {
    const created = await autoCreateTopic(name, services, context, asker);
    return describe(created, services.cluster, operations);
  } catch (error) {
    return unknown(named, retriable(errorCodeOf(error, 'log')), operations);
  }
}

/** Of a topic that was named by its id not even the name is told. */
const denied = ({ name, topicId }: MetadataRequestTopic): MetadataResponseTopic =>
  createMetadataResponseTopic({
    errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED,
    name: topicId === ZERO_TOPIC_ID ? name : null,
    topicId,
  });

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
