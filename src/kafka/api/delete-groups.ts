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
import { defineApi } from './define-api';

export const deleteGroups = defineApi<DeleteGroupsRequest, DeleteGroupsResponse>({
  facts: deleteGroupsApi,
  read: readDeleteGroupsRequest,
  write: writeDeleteGroupsResponse,
  handle: async (request, context, { groups }) => {
    const results = [];
    // Named twice is deleted once, and answered once.
    for (const groupId of new Set(request.groupsNames)) {
      const errorCode = await groups.deleteGroup(groupId, context);
      results.push(createDeletableGroupResult({ groupId, errorCode, errorMessage: null }));
    }
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
