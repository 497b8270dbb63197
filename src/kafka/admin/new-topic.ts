/** What a CreateTopics request asks for, checked: name, partitions, replicas, settings. In Kafka's order and words. */
import type { CreateTopicRequest } from '../../engine/engine';
import { ErrorCode } from '../../protocol/error-code';
import type { CreatableTopic } from '../../protocol/generated/create-topics';
import { validateTopicConfigs } from '../../topic-settings/validate';
import type { Services } from '../services';
import { brokerTexts } from '../effective-topic-config';
import { CLUSTER_METADATA_TOPIC, namesCollide, topicNameProblem } from '../topic-names';
import { AdminError } from './admin-error';
import { assignedPartitionCount } from './replica-assignment';

/** Kafka's bound on the partitions of one request. */
export const PARTITIONS_PER_REQUEST_MAX = 10_000;

/** `existing`: names that are taken, those of this request's earlier topics included. Throws AdminError or InvalidSetting. */
export function checkNewTopic(
  topic: CreatableTopic,
  existing: ReadonlySet<string>,
  services: Pick<Services, 'cluster' | 'settings'>,
): CreateTopicRequest {
  checkName(topic.name, existing);
  const configs = validateTopicConfigs(
    topic.configs.map((each) => [each.name, each.value] as const),
    brokerTexts(services.settings),
  );
  return { name: topic.name, partitionCount: partitionCountOf(topic, services), configs };
}

function checkName(name: string, existing: ReadonlySet<string>): void {
  if (name === CLUSTER_METADATA_TOPIC) {
    throw new AdminError(ErrorCode.INVALID_REQUEST, `Creation of internal topic ${name} is prohibited.`);
  }
  const problem = topicNameProblem(name);
  if (problem !== undefined) throw new AdminError(ErrorCode.INVALID_TOPIC_EXCEPTION, problem);
  if (existing.has(name)) throw new AdminError(ErrorCode.TOPIC_ALREADY_EXISTS, `Topic '${name}' already exists.`);
  if (!name.includes('.') && !name.includes('_')) return;
  for (const other of existing) {
    if (namesCollide(name, other)) {
      throw new AdminError(ErrorCode.INVALID_TOPIC_EXCEPTION, `Topic '${name}' collides with existing topic: ${other}`);
    }
  }
}

function partitionCountOf(topic: CreatableTopic, services: Pick<Services, 'cluster' | 'settings'>): number {
  const { numPartitions, replicationFactor, assignments } = topic;
  if (assignments.length > 0) {
    if (replicationFactor !== -1) throw notAlso('replication factor');
    if (numPartitions !== -1) throw notAlso('numPartitions');
    return assignedPartitionCount(assignments, services.cluster.selfId);
  }
  if (replicationFactor === 0 || replicationFactor < -1) {
    throw new AdminError(
      ErrorCode.INVALID_REPLICATION_FACTOR,
      'Replication factor must be larger than 0, or -1 to use the default value.',
    );
  }
  if (numPartitions === 0 || numPartitions < -1) {
    throw new AdminError(
      ErrorCode.INVALID_PARTITIONS,
      'Number of partitions was set to an invalid non-positive value.',
    );
  }
  if (replicationFactor > 1) {
    throw new AdminError(
      ErrorCode.INVALID_REPLICATION_FACTOR,
      `Unable to replicate the partition ${replicationFactor} time(s): The target replication factor of ` +
        `${replicationFactor} cannot be reached because only 1 broker(s) are registered.`,
    );
  }
  return numPartitions === -1 ? services.settings.defaultPartitionCount : numPartitions;
}

function notAlso(what: string): AdminError {
  const message = `A manual partition assignment was specified, but ${what} was not set to -1.`;
  return new AdminError(ErrorCode.INVALID_REQUEST, message);
}
