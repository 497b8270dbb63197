/** DeleteGroups: groups without members and everything they committed (KIP-229). One answer for each group, whichever way the others went. */
import {
  createDeletableGroupResult,
  createDeleteGroupsResponse,
  deleteGroupsApi,
  readDeleteGroupsRequest,
  writeDeleteGroupsResponse,
} from '../../protocol/generated/delete-groups';
import type { DeleteGroupsRequest, DeleteGroupsResponse } from '../../protocol/generated/delete-groups';
import { codesOf } from '../admin/error-codes';
import { mapBounded } from '../../waiting/map-bounded';
import { GROUPS_AT_ONCE } from '../groups/classic/group-settings';
import { ErrorCode } from '../../protocol/error-code';
import { accessOf } from '../security/access';
import { AUTHORIZATION } from '../security/authorization-table';
import { defineApi } from './define-api';

export const deleteGroups = defineApi<DeleteGroupsRequest, DeleteGroupsResponse>({
  facts: deleteGroupsApi,
  activity: 'coordinator',
  read: readDeleteGroupsRequest,
  write: writeDeleteGroupsResponse,
  handle: async (request, context, services) => {
    const denied = accessOf(context, services).denied(AUTHORIZATION.deleteGroups.group, request.groupsNames);
    // Named twice is deleted once, and answered once.
    const results = await mapBounded([...new Set(request.groupsNames)], GROUPS_AT_ONCE, async (groupId) => {
      const errorCode = denied.has(groupId)
        ? ErrorCode.GROUP_AUTHORIZATION_FAILED
        : await services.groups.deleteGroup(groupId, context);
      return createDeletableGroupResult({ groupId, errorCode, errorMessage: null });
    });
    return createDeleteGroupsResponse({ results });
  },
  failure: (request, errorCode) =>
    createDeleteGroupsResponse({
      results: request.groupsNames.map((groupId) =>
        createDeletableGroupResult({ groupId, errorCode, errorMessage: null }),
      ),
    }),
  errors: (response) => codesOf(response.results),
});
