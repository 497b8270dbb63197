/** Heartbeat: a member shows that it lives, and hears whether its group rebalances. */
import { ErrorCode } from '../../protocol/error-code';
import {
  createHeartbeatResponse,
  heartbeatApi,
  readHeartbeatRequest,
  writeHeartbeatResponse,
} from '../../protocol/generated/heartbeat';
import type { HeartbeatRequest, HeartbeatResponse } from '../../protocol/generated/heartbeat';
import { codesOf } from '../admin/error-codes';
import { defineApi } from './define-api';

export const heartbeat = defineApi<HeartbeatRequest, HeartbeatResponse>({
  facts: heartbeatApi,
  activity: 'coordinator',
  read: readHeartbeatRequest,
  write: writeHeartbeatResponse,
  handle: async (request, context, { groups }) => {
    context.operation.idle();
    const refused = await groups.whenLoaded(context);
    if (refused !== ErrorCode.NONE && refused !== ErrorCode.COORDINATOR_LOAD_IN_PROGRESS) {
      return createHeartbeatResponse({ errorCode: refused });
    }
    return createHeartbeatResponse({ errorCode: groups.heartbeat(request.groupId, request) });
  },
  failure: (_, errorCode) => createHeartbeatResponse({ errorCode }),
  errors: (response) => codesOf([response]),
});
