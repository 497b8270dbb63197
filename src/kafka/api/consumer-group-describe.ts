/**
 * ConsumerGroupDescribe: groups of the newer protocol (KIP-848), of which there are none here. The answer is the one that sends clients on to
 * DescribeGroups, as a Kafka broker gives it for a classic group.
 */
import { ErrorCode } from '../../protocol/error-code';
import {
  consumerGroupDescribeApi,
  createConsumerGroupDescribeResponse,
  createDescribedGroup,
  readConsumerGroupDescribeRequest,
  writeConsumerGroupDescribeResponse,
} from '../../protocol/generated/consumer-group-describe';
import type {
  ConsumerGroupDescribeRequest,
  ConsumerGroupDescribeResponse,
  DescribedGroup,
} from '../../protocol/generated/consumer-group-describe';
import type { CallContext } from '../../telemetry/trace/operation';
import { shortened } from '../../topic-settings/refusal';
import { codesOf } from '../admin/error-codes';
import { errorCodeOf } from '../error-mapping';
import type { GroupCoordinator } from '../groups/classic/group-coordinator';
import { accessOf } from '../security/access';
import { AUTHORIZATION } from '../security/authorization-table';
import { defineApi } from './define-api';

export const consumerGroupDescribe = defineApi<ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse>({
  facts: consumerGroupDescribeApi,
  activity: 'coordinator',
  read: readConsumerGroupDescribeRequest,
  write: writeConsumerGroupDescribeResponse,
  handle: async (request, context, services) => {
    const groups: DescribedGroup[] = [];
    const access = accessOf(context, services);
    for (const groupId of request.groupIds) {
      const allowed = access.allows(AUTHORIZATION.consumerGroupDescribe.group, groupId);
      groups.push(
        allowed
          ? await describeOne(groupId, services.groups, context)
          : createDescribedGroup({ groupId, errorCode: ErrorCode.GROUP_AUTHORIZATION_FAILED }),
      );
    }
    return createConsumerGroupDescribeResponse({ groups });
  },
  failure: (request, errorCode) =>
    createConsumerGroupDescribeResponse({
      groups: request.groupIds.map((groupId) => createDescribedGroup({ groupId, errorCode })),
    }),
  errors: (response) => codesOf(response.groups),
});

async function describeOne(groupId: string, groups: GroupCoordinator, context: CallContext): Promise<DescribedGroup> {
  if (groupId === '') return createDescribedGroup({ groupId, errorCode: ErrorCode.INVALID_GROUP_ID });
  const refused = await groups.whenLoaded(context);
  if (refused !== ErrorCode.NONE) return createDescribedGroup({ groupId, errorCode: refused });
  try {
    const exists = groups.group(groupId) !== undefined || (await groups.offsets.hasOffsets(groupId, context));
    const errorMessage = `Group ${shortened(groupId)} ${exists ? 'is not a consumer group' : 'not found'}.`;
    return createDescribedGroup({ groupId, errorCode: ErrorCode.GROUP_ID_NOT_FOUND, errorMessage });
  } catch (error) {
    return createDescribedGroup({ groupId, errorCode: errorCodeOf(error, 'coordinator') });
  }
}
