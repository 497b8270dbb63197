/** Heartbeat: a member shows that it lives, and hears whether its group rebalances. */
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
  read: readHeartbeatRequest,
  write: writeHeartbeatResponse,
  handle: async (request, _, { groups }) =>
    createHeartbeatResponse({ errorCode: groups.heartbeat(request.groupId, request) }),
  failure: (_, errorCode) => createHeartbeatResponse({ errorCode }),
  errors: (response) => codesOf([response]),
});
