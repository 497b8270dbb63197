/** CreatePartitions: topics get more partitions, never fewer. */
import { ErrorCode } from '../../protocol/error-code';
import {
  createCreatePartitionsResponse,
  createCreatePartitionsTopicResult,
  createPartitionsApi,
  readCreatePartitionsRequest,
  writeCreatePartitionsResponse,
} from '../../protocol/generated/create-partitions';
import type {
  CreatePartitionsRequest,
  CreatePartitionsResponse,
  CreatePartitionsTopic,
} from '../../protocol/generated/create-partitions';
import type { CallContext } from '../../telemetry/trace/operation';
import { AdminError, NO_ERROR, refusalOf } from '../admin/admin-error';
import type { Refusal } from '../admin/admin-error';
import { withinClientTimeout } from '../../waiting/give-up';
import { duplicatesOf } from '../admin/duplicates';
import { codesOf } from '../admin/error-codes';
import { PARTITIONS_PER_REQUEST_MAX } from '../admin/new-topic';
import { checkReplicas } from '../admin/replica-assignment';
import { mapBounded } from '../../waiting/map-bounded';
import { permitsOf, type TakePermits } from '../quotas/permits';
import { accessOf } from '../security/access';
import { AUTHORIZATION } from '../security/authorization-table';
import type { Services } from '../services';
import { defineApi } from './define-api';

const NOT_ALLOWED: Refusal = { errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED, errorMessage: null };

/** From this version on clients know THROTTLING_QUOTA_EXCEEDED (KIP-599). */
const STRICT_SINCE = 3;
/** Topics that are changed at the same time for one request. */
const CHANGES_MAX = 8;

export const createPartitions = defineApi<CreatePartitionsRequest, CreatePartitionsResponse>({
  facts: createPartitionsApi,
  read: readCreatePartitionsRequest,
  write: writeCreatePartitionsResponse,
  handle: (request, context, services) =>
    withinClientTimeout(context, { clock: services.clock, timeoutMs: request.timeoutMs }, async (within) => {
      const twice = duplicatesOf(request.topics.map((topic) => topic.name));
      const once = request.topics.filter((topic) => !twice.has(topic.name));
      const names = once.map(({ name }) => name);
      const permits = permitsOf(context, services, STRICT_SINCE);
      const denied = accessOf(context, services).denied(AUTHORIZATION.createPartitions.topic, names);
      const results = await mapBounded(once, CHANGES_MAX, async (topic) => {
        if (denied.has(topic.name)) return createCreatePartitionsTopicResult({ name: topic.name, ...NOT_ALLOWED });
        const outcome = await addPartitions(topic, request.validateOnly, { ...services, permits }, within);
        return createCreatePartitionsTopicResult({ name: topic.name, ...outcome });
      });
      const refused = [...twice].map((name) =>
        createCreatePartitionsTopicResult({
          name,
          errorCode: ErrorCode.INVALID_REQUEST,
          errorMessage: 'Duplicate topic name.',
        }),
      );
      return createCreatePartitionsResponse({ results: [...refused, ...results] });
    }),
  failure: (request, errorCode) =>
    createCreatePartitionsResponse({
      results: request.topics.map(({ name }) => createCreatePartitionsTopicResult({ name, errorCode })),
    }),
  errors: (response) => codesOf(response.results),
});

async function addPartitions(
  wanted: CreatePartitionsTopic,
  validateOnly: boolean,
  services: Services & { readonly permits: TakePermits },
  context: CallContext,
): Promise<Refusal> {
  try {
    const topic = await services.engine.topic(wanted.name, context);
    if (topic === undefined) {
      throw new AdminError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, 'This server does not host this topic-partition.');
    }
    checkIncrease(wanted, topic.partitionCount, services.cluster.selfId);
    services.permits(wanted.count - topic.partitionCount);
    if (!validateOnly) await services.engine.createPartitions(wanted.name, wanted.count, context);
    return NO_ERROR;
  } catch (error) {
    return refusalOf(error);
  }
}

function checkIncrease({ name, count, assignments }: CreatePartitionsTopic, now: number, brokerId: number): void {
  if (count === now) throw new AdminError(ErrorCode.INVALID_PARTITIONS, `Topic already has ${now} partition(s).`);
  if (count < now) {
    throw new AdminError(
      ErrorCode.INVALID_PARTITIONS,
      `The topic ${name} currently has ${now} partition(s); ${count} would not be an increase.`,
    );
  }
  const added = count - now;
  if (added > PARTITIONS_PER_REQUEST_MAX) {
    throw new AdminError(ErrorCode.POLICY_VIOLATION, 'Excessively large number of partitions per request.');
  }
  if (assignments === null) return;
  if (assignments.length !== added) {
    throw new AdminError(
      ErrorCode.INVALID_REPLICA_ASSIGNMENT,
      `Attempted to add ${added} additional partition(s), but only ${assignments.length} assignment(s) were specified.`,
    );
  }
  for (const { brokerIds } of assignments) checkReplicas(brokerIds, brokerId);
}
