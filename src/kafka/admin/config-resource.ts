/** Kafka's kinds of things that have settings, and the words for a resource that cannot be. */
import type { Topic } from '../../engine/engine';
import { ErrorCode } from '../../protocol/error-code';
import type { CallContext } from '../../telemetry/trace/operation';
import { shortened } from '../../topic-settings/refusal';
import type { Services } from '../services';
import { topicNameProblem } from '../topic-names';
import { AdminError } from './admin-error';

export const RESOURCE = { topic: 2, broker: 4, brokerLogger: 8, clientMetrics: 16, group: 32 } as const;

export interface ResourceName {
  readonly resourceType: number;
  readonly resourceName: string;
}

export const resourceKey = (resource: ResourceName): string => `${resource.resourceType}/${resource.resourceName}`;

/** Throws AdminError where the name is not allowed or the topic does not exist. `missing` is what is said then. */
export async function existingTopic(
  name: string,
  missing: string,
  services: Services,
  context: CallContext,
): Promise<Topic> {
  const problem = topicNameProblem(name);
  if (problem !== undefined) throw new AdminError(ErrorCode.INVALID_TOPIC_EXCEPTION, problem);
  const topic = await services.engine.topic(name, context);
  if (topic === undefined) throw new AdminError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, missing);
  return topic;
}

export function unexpectedType(resource: ResourceName): AdminError {
  return new AdminError(
    ErrorCode.INVALID_REQUEST,
    `Unexpected resource type ${resource.resourceType} for resource ${shortened(resource.resourceName)}`,
  );
}

export function checkBrokerName(name: string, brokerId: number): void {
  if (!/^-?[0-9]{1,10}$/.test(name)) {
    throw new AdminError(ErrorCode.INVALID_REQUEST, `Broker id must be an integer, but it is: ${shortened(name)}`);
  }
  if (Number(name) !== brokerId) {
    throw new AdminError(
      ErrorCode.INVALID_REQUEST,
      `Unexpected broker id, expected ${brokerId} or empty string, but received ${name}`,
    );
  }
}
