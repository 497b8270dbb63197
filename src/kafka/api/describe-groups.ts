/** DescribeGroups: a group's state, its protocol, and its members with what they offered and were assigned. */
import { ErrorCode } from '../../protocol/error-code';
import {
  createDescribedGroup,
  createDescribedGroupMember,
  createDescribeGroupsResponse,
  describeGroupsApi,
  readDescribeGroupsRequest,
  writeDescribeGroupsResponse,
} from '../../protocol/generated/describe-groups';
import type {
  DescribedGroup,
  DescribeGroupsRequest,
  DescribeGroupsResponse,
} from '../../protocol/generated/describe-groups';
import type { CallContext } from '../../telemetry/trace/operation';
import { shortened } from '../../topic-settings/refusal';
import { codesOf } from '../admin/error-codes';
import { errorCodeOf } from '../error-mapping';
import type { Group } from '../groups/classic/group';
import { mapBounded } from '../../waiting/map-bounded';
import { GROUPS_AT_ONCE } from '../groups/classic/group-settings';
import { NO_BYTES } from '../../protocol/reader';
import { metadataOf } from '../groups/classic/member';
import { type Access, accessOf, OPERATIONS_NOT_ASKED } from '../security/access';
import { AUTHORIZATION } from '../security/authorization-table';
import type { Services } from '../services';
import { defineApi, type RequestContext } from './define-api';

/** From this version on an unknown group is an error (KIP-1043); before it is a dead one. */
const NOT_FOUND_FROM = 6;

export const describeGroups = defineApi<DescribeGroupsRequest, DescribeGroupsResponse>({
  facts: describeGroupsApi,
  activity: 'coordinator',
  read: readDescribeGroupsRequest,
  write: writeDescribeGroupsResponse,
  handle: async (request, context, services) => {
    const access = accessOf(context, services);
    // Named twice is answered once: a large group must not be repeated as often as a request has room for its name.
    const groups = await mapBounded([...new Set(request.groups)], GROUPS_AT_ONCE, (groupId) =>
      describeAllowed(groupId, access, services, context),
    );
    const operationsOf = ({ groupId, errorCode }: DescribedGroup): number =>
      request.includeAuthorizedOperations && errorCode === ErrorCode.NONE
        ? access.operations('GROUP', groupId)
        : OPERATIONS_NOT_ASKED;
    return createDescribeGroupsResponse({
      groups: groups.map((group) => ({ ...group, authorizedOperations: operationsOf(group) })),
    });
  },
  failure: (request, errorCode) =>
    createDescribeGroupsResponse({
      groups: request.groups.map((groupId) => createDescribedGroup({ groupId, errorCode })),
    }),
  errors: (response) => codesOf(response.groups),
});

function describeAllowed(groupId: string, access: Access, services: Services, context: RequestContext) {
  if (access.allows(AUTHORIZATION.describeGroups.group, groupId)) {
    return describeOne(groupId, context.apiVersion, services, context);
  }
  return Promise.resolve(createDescribedGroup({ groupId, errorCode: ErrorCode.GROUP_AUTHORIZATION_FAILED }));
}

async function describeOne(
  groupId: string,
  version: number,
  services: Services,
  context: CallContext,
): Promise<DescribedGroup> {
  const refused = await services.groups.whenLoaded(context);
  if (refused !== ErrorCode.NONE) return createDescribedGroup({ groupId, errorCode: refused });
  const group = services.groups.group(groupId);
  if (group !== undefined) return describedGroup(group);
  try {
    if (await services.groups.offsets.hasOffsets(groupId, context))
      return createDescribedGroup({ groupId, groupState: 'Empty' });
  } catch (error) {
    return createDescribedGroup({ groupId, errorCode: errorCodeOf(error, 'coordinator') });
  }
  const notFound = { errorCode: ErrorCode.GROUP_ID_NOT_FOUND, errorMessage: `Group ${shortened(groupId)} not found.` };
  return createDescribedGroup({ groupId, groupState: 'Dead', ...(version >= NOT_FOUND_FROM ? notFound : {}) });
}

/** Offers are told of stable groups alone: before that the protocol is about to change. Assignments are the last ones. */
function describedGroup(group: Group): DescribedGroup {
  const stable = group.state.name === 'Stable';
  return createDescribedGroup({
    groupId: group.id,
    groupState: group.state.name,
    protocolType: group.protocolType ?? '',
    protocolData: stable ? (group.protocolName ?? '') : '',
    members: [...group.members.values()].map((member) =>
      createDescribedGroupMember({
        memberId: member.id,
        groupInstanceId: member.groupInstanceId,
        clientId: member.clientId,
        clientHost: `/${member.clientHost}`,
        memberMetadata: stable ? metadataOf(member, group.protocolName) : NO_BYTES,
        memberAssignment: member.assignment,
      }),
    ),
  });
}
