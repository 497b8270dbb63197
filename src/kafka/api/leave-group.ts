/** LeaveGroup: one member up to version 2, several at once from version 3 on (KIP-345). */
import { ErrorCode } from '../../protocol/error-code';
import {
  createLeaveGroupResponse,
  createMemberResponse,
  leaveGroupApi,
  readLeaveGroupRequest,
  writeLeaveGroupResponse,
} from '../../protocol/generated/leave-group';
import type { LeaveGroupRequest, LeaveGroupResponse } from '../../protocol/generated/leave-group';
import { codesOf } from '../admin/error-codes';
import { type LeavingMember, removalsIn, tellRemovals } from '../audited/tell-removals';
import { defineApi } from './define-api';

const SEVERAL_FROM = 3;

export const leaveGroup = defineApi<LeaveGroupRequest, LeaveGroupResponse>({
  facts: leaveGroupApi,
  activity: 'coordinator',
  read: readLeaveGroupRequest,
  write: writeLeaveGroupResponse,
  handle: async (request, context, services) => {
    const { groups } = services;
    const { groupId } = request;
    if (groupId === '') return createLeaveGroupResponse({ errorCode: ErrorCode.INVALID_GROUP_ID });
    const refused = await groups.whenLoaded(context);
    if (refused !== ErrorCode.NONE) return createLeaveGroupResponse({ errorCode: refused });
    const leave = (members: readonly LeavingMember[]): readonly ErrorCode[] => {
      const removals = removalsIn(members, groups.group(groupId), context);
      const codes = groups.leave(groupId, members);
      tellRemovals(removals, codes, { groupId, context, services });
      return codes;
    };
    if (context.apiVersion < SEVERAL_FROM) {
      const [errorCode = ErrorCode.NONE] = leave([{ memberId: request.memberId, groupInstanceId: null, reason: null }]);
      return createLeaveGroupResponse({ errorCode });
    }
    const codes = leave(request.members);
    const members = request.members.map(({ memberId, groupInstanceId }, index) =>
      createMemberResponse({ memberId, groupInstanceId, errorCode: codes[index] ?? ErrorCode.NONE }),
    );
    return createLeaveGroupResponse({ members });
  },
  failure: (_, errorCode) => createLeaveGroupResponse({ errorCode }),
  errors: (response) => codesOf([response, ...response.members]),
});
