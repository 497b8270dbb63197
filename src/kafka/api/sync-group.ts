/** SyncGroup: members get what their leader assigned them; the leader brings it. Assignments are opaque bytes. */
import { ErrorCode } from '../../protocol/error-code';
import {
  createSyncGroupResponse,
  readSyncGroupRequest,
  syncGroupApi,
  writeSyncGroupResponse,
} from '../../protocol/generated/sync-group';
import type { SyncGroupRequest, SyncGroupResponse } from '../../protocol/generated/sync-group';
import { codesOf } from '../admin/error-codes';
import { accessOf } from '../security/access';
import { AUTHORIZATION } from '../security/authorization-table';
import { defineApi } from './define-api';

const PROTOCOL_FROM = 5;

export const syncGroup = defineApi<SyncGroupRequest, SyncGroupResponse>({
  facts: syncGroupApi,
  activity: 'coordinator',
  read: readSyncGroupRequest,
  write: writeSyncGroupResponse,
  handle: async (request, context, services) => {
    // KIP-559: from this version on a client says which protocol it believes in.
    if (context.apiVersion >= PROTOCOL_FROM && (request.protocolType === null || request.protocolName === null)) {
      return createSyncGroupResponse({ errorCode: ErrorCode.INCONSISTENT_GROUP_PROTOCOL });
    }
    // Here and not before the handler: Kafka looks at the protocol first.
    if (!accessOf(context, services).allows(AUTHORIZATION.syncGroup.group, request.groupId)) {
      return createSyncGroupResponse({ errorCode: ErrorCode.GROUP_AUTHORIZATION_FAILED });
    }
    const { error, ...answer } = await services.groups.sync(
      request.groupId,
      {
        memberId: request.memberId,
        groupInstanceId: request.groupInstanceId,
        generationId: request.generationId,
        protocolType: request.protocolType,
        protocolName: request.protocolName,
        // Copied: the request's own bytes go back to be reused, these are kept as long as the generation.
        assignments: new Map(request.assignments.map((each) => [each.memberId, new Uint8Array(each.assignment)])),
      },
      context,
    );
    return createSyncGroupResponse({ ...answer, errorCode: error });
  },
  failure: (_, errorCode) => createSyncGroupResponse({ errorCode }),
  errors: (response) => codesOf([response]),
});
