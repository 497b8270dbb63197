/** ListGroups: groups with members, and groups that only have committed offsets. Filters by state (KIP-518) and type (KIP-848). */
import { ErrorCode } from '../../protocol/error-code';
import {
  createListedGroup,
  createListGroupsResponse,
  listGroupsApi,
  readListGroupsRequest,
  writeListGroupsResponse,
} from '../../protocol/generated/list-groups';
import type { ListGroupsRequest, ListGroupsResponse } from '../../protocol/generated/list-groups';
import { codesOf } from '../admin/error-codes';
import { errorCodeOf } from '../error-mapping';
import { type Access, accessOf } from '../security/access';
import { AUTHORIZATION } from '../security/authorization-table';
import { defineApi } from './define-api';

const TYPE = 'classic';

export const listGroups = defineApi<ListGroupsRequest, ListGroupsResponse>({
  facts: listGroupsApi,
  activity: 'coordinator',
  read: readListGroupsRequest,
  write: writeListGroupsResponse,
  handle: async (request, context, services) => {
    const { groups } = services;
    const states = new Set(request.statesFilter.map((each) => each.toLowerCase()));
    const types = new Set(request.typesFilter.map((each) => each.toLowerCase()));
    if (types.size > 0 && !types.has(TYPE)) return createListGroupsResponse();
    const refused = await groups.whenLoaded(context);
    if (refused !== ErrorCode.NONE) return createListGroupsResponse({ errorCode: refused });
    try {
      const listed = new Map(
        (await groups.offsets.listGroups(context)).map((id) => [id, { protocolType: '', groupState: 'Empty' }]),
      );
      for (const group of groups.all()) {
        listed.set(group.id, { protocolType: group.protocolType ?? '', groupState: group.state.name });
      }
      const isVisible = visibleTo(accessOf(context, services));
      return createListGroupsResponse({
        groups: [...listed]
          .filter(([groupId]) => isVisible(groupId))
          .filter(([, each]) => states.size === 0 || states.has(each.groupState.toLowerCase()))
          .map(([groupId, each]) => createListedGroup({ groupId, ...each, groupType: TYPE })),
      });
    } catch (error) {
      return createListGroupsResponse({ errorCode: errorCodeOf(error, 'coordinator') });
    }
  },
  failure: (_, errorCode) => createListGroupsResponse({ errorCode }),
  errors: (response) => codesOf([response].filter((each) => each.errorCode !== ErrorCode.NONE)),
});

/** Whoever may describe the cluster sees all groups; others those that they may describe. */
function visibleTo(access: Access): (groupId: string) => boolean {
  const { all, group } = AUTHORIZATION.listGroups;
  return access.allows(all) ? () => true : (groupId) => access.allows(group, groupId);
}
