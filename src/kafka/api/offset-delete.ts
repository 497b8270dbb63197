/** OffsetDelete: committed offsets of single partitions, except of topics that members of the group read (KIP-496). */
import { ErrorCode } from '../../protocol/error-code';
import {
  createOffsetDeleteResponse,
  createOffsetDeleteResponsePartition,
  createOffsetDeleteResponseTopic,
  offsetDeleteApi,
  readOffsetDeleteRequest,
  writeOffsetDeleteResponse,
} from '../../protocol/generated/offset-delete';
import type {
  OffsetDeleteRequest,
  OffsetDeleteRequestTopic,
  OffsetDeleteResponse,
} from '../../protocol/generated/offset-delete';
import type { CallContext } from '../../telemetry/trace/operation';
import { codesOf } from '../admin/error-codes';
import { errorCodeOf } from '../error-mapping';
import { findAllowedTopic, hasPartition } from '../find-topic';
import { mapBounded } from '../../waiting/map-bounded';
import { offsetDeletionRule } from '../groups/offsets/offset-deletion-rule';
import type { OffsetDeletionRule } from '../groups/offsets/offset-deletion-rule';
import { accessOf } from '../security/access';
import { AUTHORIZATION } from '../security/authorization-table';
import type { Services } from '../services';
import { ZERO_TOPIC_ID } from '../../types';
import { defineApi } from './define-api';

/** Offsets deleted at the same time for one topic of one request. */
const DELETIONS_MAX = 32;

export const offsetDelete = defineApi<OffsetDeleteRequest, OffsetDeleteResponse>({
  facts: offsetDeleteApi,
  activity: 'coordinator',
  read: readOffsetDeleteRequest,
  write: writeOffsetDeleteResponse,
  handle: async (request, context, services) => {
    const rule = await offsetDeletionRule(request.groupId, services.groups, context);
    if (!('isSubscribed' in rule)) return createOffsetDeleteResponse(rule);
    const access = accessOf(context, services);
    const allows = (name: string): boolean => access.allows(AUTHORIZATION.offsetDelete.topic, name);
    const topics = [];
    for (const asked of request.topics) {
      if (asked.partitions.length > 0)
        topics.push(await deleteOfTopic(request.groupId, asked, { ...rule, allows }, services, context));
    }
    return createOffsetDeleteResponse({ topics });
  },
  failure: (_, errorCode) => createOffsetDeleteResponse({ errorCode }),
  errors: function* (response) {
    yield* codesOf([response]);
    for (const topic of response.topics) yield* codesOf(topic.partitions);
  },
});

async function deleteOfTopic(
  groupId: string,
  { name, partitions }: OffsetDeleteRequestTopic,
  rule: OffsetDeletionRule & { readonly allows: (name: string) => boolean },
  services: Services,
  context: CallContext,
) {
  const wanted = { activity: 'coordinator', allows: rule.allows } as const;
  const found = await findAllowedTopic({ name, id: ZERO_TOPIC_ID }, wanted, services, context);
  const codeOf = async (partition: (typeof partitions)[number]['partitionIndex']): Promise<ErrorCode> => {
    if (name === '') return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
    if (found.topic === undefined) return found.errorCode;
    if (!hasPartition(found.topic, partition)) return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
    if (rule.isSubscribed(name)) return ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC;
    try {
      await services.groups.offsets.deleteOffsets(groupId, [{ topic: name, partition }], context);
      return ErrorCode.NONE;
    } catch (error) {
      return errorCodeOf(error, 'coordinator');
    }
  };
  const answers = await mapBounded(partitions, DELETIONS_MAX, async ({ partitionIndex }) =>
    createOffsetDeleteResponsePartition({ partitionIndex, errorCode: await codeOf(partitionIndex) }),
  );
  return createOffsetDeleteResponseTopic({ name, partitions: answers });
}
