/** The topic that a request names, by name or by id, as an answer or as an error code. */
import type { Topic } from '../engine/engine';
import { ErrorCode } from '../protocol/error-code';
import type { CallContext } from '../telemetry/trace/operation';
import { type PartitionId, type TopicId, ZERO_TOPIC_ID } from '../types';
import { type Activity, errorCodeOf } from './error-mapping';
import type { Services } from './services';

export type FoundTopic =
  | { readonly topic: Topic; readonly errorCode: typeof ErrorCode.NONE }
  | { readonly topic: undefined; readonly errorCode: ErrorCode };

export interface TopicName {
  readonly name: string;
  readonly id: TopicId;
}

/** Looks a topic up; by its id where the request has one. Never rejects. */
export async function findTopic(
  { name, id }: TopicName,
  activity: Activity,
  services: Services,
  context: CallContext,
): Promise<FoundTopic> {
  const byId = name === '';
  try {
    if (byId && id === ZERO_TOPIC_ID) return { topic: undefined, errorCode: ErrorCode.UNKNOWN_TOPIC_ID };
    const topic = byId ? await services.engine.topicById(id, context) : await services.engine.topic(name, context);
    if (topic !== undefined) {
      // Whoever asks for a topic is about to use it: what is counted of it begins at 0 now, before there is anything to count.
      services.valueWatch.seen(topic);
      return { topic, errorCode: ErrorCode.NONE };
    }
    return {
      topic: undefined,
      errorCode: byId ? ErrorCode.UNKNOWN_TOPIC_ID : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
    };
  } catch (error) {
    return { topic: undefined, errorCode: errorCodeOf(error, activity) };
  }
}

/** The client may not see the topic, whether it exists or not. */
export const DENIED: FoundTopic = { topic: undefined, errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED };

/**
 * As `findTopic`, for a client that may not see every topic. Whether one that it named by its name exists is not looked up where it may
 * not; of ids Kafka makes no secret.
 */
export async function findAllowedTopic(
  named: TopicName,
  { activity, allows }: { readonly activity: Activity; readonly allows: (name: string) => boolean },
  services: Services,
  context: CallContext,
): Promise<FoundTopic> {
  if (named.name !== '' && !allows(named.name)) return DENIED;
  const found = await findTopic(named, activity, services, context);
  return named.name === '' && found.topic !== undefined && !allows(found.topic.name) ? DENIED : found;
}

export const hasPartition = (topic: Topic, partition: PartitionId): boolean =>
  partition >= 0 && partition < topic.partitionCount;
